"""The ledger of a plan: what was sent of it, and the outcome of each call.

The file `ledger.jsonl` in the plan's folder has one JSON object to a line, and lines are only ever appended. The first
line binds the ledger to the plan and to the URL. After it each call has two lines: `sending` before it, and `answered`
or `broken` after it. Each line is on disk before the next step is taken, so the ledger knows of every batch that was
sent: `sending` with no line after it is a call that was cut off, and nobody knows whether it had an effect. If a crash
left half a line at the end, that half is ignored, and removed when the ledger is next opened.

A run that has the ledger open holds a lock on `ledger.lock`, see `allocator.account.lock`.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from allocator.account.lock import cannot_write, locked
from allocator.errors import InputError
from allocator.plans import LEDGER

_LOCK = "ledger.lock"


class Outcome(StrEnum):
    """The outcome of a batch.

    Examples
    --------
    >>> [outcome.value for outcome in Outcome if outcome.attached]
    ['attached', 'attached (by the call that was cut off)']
    """

    ATTACHED = "attached"
    ATTACHED_UNSEEN = "attached (by the call that was cut off)"
    REFUSED = "refused"
    IN_DOUBT = "in doubt"
    NOT_SENT = "not sent"

    @property
    def attached(self) -> bool:
        """Whether the batch's links have their numbers."""
        return self in (Outcome.ATTACHED, Outcome.ATTACHED_UNSEEN)


@dataclass(frozen=True, slots=True)
class Binding:
    """The plan and the URL that a ledger belongs to.

    Attributes
    ----------
    assignments_sha256
        The plan's digest.
    requests_sha256
        The digest of its requests. Batches are known by their numbers, so other requests are another plan.
    requests
        Number of requests.
    url
        Where they are sent.
    """

    assignments_sha256: str
    requests_sha256: str
    requests: int
    url: str


@dataclass(frozen=True, slots=True)
class BatchState:
    """The state of a batch.

    Attributes
    ----------
    outcome
        The outcome so far.
    status
        HTTP code of the last call, if it was answered.
    error
        What was wrong with the last call.
    attempts
        Number of calls so far.
    """

    outcome: Outcome = Outcome.NOT_SENT
    status: int | None = None
    error: str | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """The content of a ledger.

    Attributes
    ----------
    binding
        What the ledger belongs to; None if its first line is missing.
    states
        The state of each batch that was sent, by its number.
    length
        Bytes of the whole lines.
    """

    binding: Binding | None
    states: Mapping[int, BatchState]
    length: int

    def state(self, batch: int) -> BatchState:
        """The state of a batch."""
        return self.states.get(batch, BatchState())

    def check(self, binding: Binding, file: str) -> None:
        """Refuse to go on with another plan, or to another URL.

        Parameters
        ----------
        binding
            The plan and the URL to send to.
        file
            The ledger's name in errors.

        Raises
        ------
        InputError
            The ledger belongs to another plan or URL. Another URL is allowed as long as no call had an effect.
        """
        mine = self.binding
        if mine is None:
            return
        if replace(mine, url=binding.url) != binding:
            raise InputError(
                "the ledger belongs to another plan, or the requests were altered since",
                file=file,
                remedy="Put the plan's folder back as it was when it was sent, or plan again to another folder.",
            )
        if mine.url != binding.url and any(one.outcome is not Outcome.NOT_SENT for one in self.states.values()):
            raise InputError(
                f"this plan was sent to {mine.url} already",
                file=file,
                value=binding.url,
                remedy="Give that URL, or send a copy of the folder that has no ledger.",
            )


def read_ledger(folder: str | os.PathLike[str]) -> Record:
    """Read the ledger of a plan's folder.

    Parameters
    ----------
    folder
        The plan's folder. If it has no ledger, nothing was sent.

    Raises
    ------
    InputError
        The ledger can't be read, or was altered.

    Examples
    --------
    >>> read_ledger("a-folder-without").state(1)
    BatchState(outcome=<Outcome.NOT_SENT: 'not sent'>, status=None, error=None, attempts=0)
    """
    path = Path(folder) / LEDGER
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        data = b""
    except OSError as error:
        raise InputError(
            f"the ledger can't be read ({error.strerror or error})", file=str(path), remedy="Make it readable."
        ) from error
    return _read(data, str(path))


def _read(data: bytes, file: str) -> Record:
    length = data.rfind(b"\n") + 1
    binding: Binding | None = None
    states: dict[int, BatchState] = {}
    for number, line in enumerate(data[:length].splitlines(), start=1):
        try:
            event = json.loads(line)
            if event["event"] == "opened":
                binding = Binding(**{name: event[name] for name in Binding.__slots__})
                continue
            batch = _known_batch(event, binding)
            states[batch] = _after(states.get(batch, BatchState()), event)
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                "the ledger was altered: allocator did not write this line",
                file=file,
                row=number,
                remedy="Put it back as it was. If it is lost, plan again to another folder, from a new listing.",
            ) from error
    return Record(binding, MappingProxyType(states), length)


def _known_batch(event: dict[str, Any], binding: Binding | None) -> int:
    batch = event["batch"]
    if binding is None or not isinstance(batch, int) or not 1 <= batch <= binding.requests:
        raise ValueError("the plan has no such batch")
    return batch


def _after(before: BatchState, event: dict[str, Any]) -> BatchState:
    """The state of a batch after an event."""
    if event["event"] == "sending":
        return BatchState(Outcome.IN_DOUBT, attempts=before.attempts + 1)
    if event["event"] not in ("answered", "broken"):
        raise ValueError("there is no such event")
    return BatchState(Outcome(event["outcome"]), event.get("status"), event.get("error"), before.attempts)


class Ledger:
    """A ledger that is open and locked; `open_ledger` makes one."""

    def __init__(self, descriptor: int, path: Path, record: Record) -> None:
        self._descriptor = descriptor
        self._path = path
        self._states = dict(record.states)

    def state(self, batch: int) -> BatchState:
        """The state of a batch."""
        return self._states.get(batch, BatchState())

    def sending(self, batch: int, links: int) -> None:
        """Note that a batch is about to be sent; it is in doubt until its next line.

        Parameters
        ----------
        batch
            Its number.
        links
            Number of its links.
        """
        self._append({"event": "sending", "batch": batch, "links": links})

    def answered(self, batch: int, status: int, outcome: Outcome, error: str | None) -> None:
        """Note an answer.

        Parameters
        ----------
        batch
            The batch's number.
        status
            HTTP code.
        outcome
            The batch's outcome.
        error
            What is wrong, by the answer.
        """
        event = {"event": "answered", "batch": batch, "status": status, "outcome": outcome.value}
        self._append(event if error is None else event | {"error": error})

    def broken(self, batch: int, outcome: Outcome, error: str) -> None:
        """Note that a call got no answer.

        Parameters
        ----------
        batch
            The batch's number.
        outcome
            The batch's outcome.
        error
            Why no answer came.
        """
        self._append({"event": "broken", "batch": batch, "outcome": outcome.value, "error": error})

    def bind(self, binding: Binding) -> None:
        """Note what the ledger belongs to."""
        self._append({"event": "opened"} | asdict(binding))

    def _append(self, event: dict[str, Any]) -> None:
        """Write a line, and wait until it is on disk."""
        time = {"time": datetime.now(UTC).isoformat(timespec="milliseconds")}
        line = f"{json.dumps(time | event)}\n".encode()
        try:
            _write(self._descriptor, line)
        except OSError as error:
            raise cannot_write(self._path, error) from error
        if "batch" in event:
            self._states[event["batch"]] = _after(self.state(event["batch"]), event)


def _write(descriptor: int, line: bytes) -> None:
    """Write a line with one call, and wait until it is on disk; a full disk may take only a part of it."""
    if os.write(descriptor, line) < len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(descriptor)


@contextmanager
def open_ledger(folder: str | os.PathLike[str], binding: Binding) -> Iterator[Ledger]:
    """Open the ledger of a plan's folder for one run; no other run can open it until it is closed.

    Parameters
    ----------
    folder
        The plan's folder.
    binding
        The plan and the URL to send to.

    Raises
    ------
    InputError
        The ledger can't be read, was altered, or belongs to another plan or URL.
    OutputError
        Another run has it open, or it can't be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with open_ledger(folder, Binding("a1", "b2", requests=3, url="http://localhost:8444/Links")) as ledger:
    ...         ledger.sending(1, links=500)
    ...         ledger.answered(1, 204, Outcome.ATTACHED, None)
    ...     read_ledger(folder).state(1)
    BatchState(outcome=<Outcome.ATTACHED: 'attached'>, status=204, error=None, attempts=1)
    """
    path = Path(folder) / LEDGER
    with locked(path.with_name(_LOCK)):
        record = read_ledger(folder)
        record.check(binding, str(path))
        descriptor = _opened(path, record.length)
        try:
            ledger = Ledger(descriptor, path, record)
            if record.binding != binding:
                ledger.bind(binding)
                _sync_folder(path.parent)
            yield ledger
        finally:
            os.close(descriptor)


def _opened(path: Path, length: int) -> int:
    """The file, open for appending, cut after its whole lines."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
    except OSError as error:
        raise cannot_write(path, error) from error
    try:
        if os.fstat(descriptor).st_size > length:
            os.ftruncate(descriptor, length)
    except OSError as error:
        os.close(descriptor)
        raise cannot_write(path, error) from error
    return descriptor


def _sync_folder(folder: Path) -> None:
    """Wait until the folder's entry for the file is on disk; not every system can sync a folder."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
