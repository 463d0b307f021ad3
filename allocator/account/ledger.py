"""The ledger of a plan: what was sent of it, and what came of each call.

`ledger.jsonl` stands in the plan's folder, one JSON object to a line, and is only ever appended to. The first line
binds it to the plan and to the URL; after it come, for each call, `sending` before it and `answered` or `broken` after
it. Each line is on disk before what follows it is done, so a batch that was sent is never unknown to the ledger:
`sending` with nothing after it is a call that was cut off, of which nobody knows whether it was carried out. A last
line that a crash has torn says nothing, and goes when the ledger is next opened.

Whoever has the ledger open holds a lock of the operating system on `ledger.lock`, which ends with the process however
that ends.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from allocator.errors import InputError, OutputError
from allocator.plans import LEDGER

__all__ = ["Binding", "Ledger", "Outcome", "Record", "Standing", "open_ledger", "read_ledger"]

_LOCK = "ledger.lock"


class Outcome(StrEnum):
    """What came of a batch.

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
        """Whether its links have their numbers."""
        return self in (Outcome.ATTACHED, Outcome.ATTACHED_UNSEEN)


@dataclass(frozen=True, slots=True)
class Binding:
    """What a ledger belongs to.

    Attributes
    ----------
    assignments_sha256
        The plan's digest.
    requests_sha256
        That of its requests, as batches are known by their numbers.
    requests
        How many there are.
    url
        Where they are sent.
    """

    assignments_sha256: str
    requests_sha256: str
    requests: int
    url: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a batch stands.

    Attributes
    ----------
    outcome
        What came of it.
    status
        HTTP code of the last call, where it was answered.
    error
        What was wrong with the last call.
    attempts
        Calls so far.
    """

    outcome: Outcome = Outcome.NOT_SENT
    status: int | None = None
    error: str | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """What a ledger says.

    Attributes
    ----------
    binding
        What it belongs to; None before that is known.
    standings
        How each batch stands that was sent, by its number.
    length
        Bytes of the lines that are whole.
    """

    binding: Binding | None
    standings: Mapping[int, Standing]
    length: int

    def standing(self, batch: int) -> Standing:
        """How a batch stands."""
        return self.standings.get(batch, Standing())

    def check(self, binding: Binding, file: str) -> None:
        """Refuse to go on with another plan, or somewhere else.

        Parameters
        ----------
        binding
            What is to be sent where.
        file
            What errors call the ledger.

        Raises
        ------
        InputError
            The ledger belongs to something else. Another URL is none as long as nothing came of any call.
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
        if mine.url != binding.url and any(one.outcome is not Outcome.NOT_SENT for one in self.standings.values()):
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
        The plan's folder; without a ledger nothing was sent.

    Raises
    ------
    InputError
        It can't be read, or was altered.

    Examples
    --------
    >>> read_ledger("a-folder-without").standing(1)
    Standing(outcome=<Outcome.NOT_SENT: 'not sent'>, status=None, error=None, attempts=0)
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
    standings: dict[int, Standing] = {}
    for number, line in enumerate(data[:length].splitlines(), start=1):
        try:
            event = json.loads(line)
            if event["event"] == "opened":
                binding = Binding(**{name: event[name] for name in Binding.__slots__})
                continue
            batch = _known_batch(event, binding)
            standings[batch] = _after(standings.get(batch, Standing()), event)
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                "the ledger was altered: this line is none of its own",
                file=file,
                row=number,
                remedy="Put it back as it was. If it is lost, plan again to another folder, from a new listing.",
            ) from error
    return Record(binding, MappingProxyType(standings), length)


def _known_batch(event: dict[str, Any], binding: Binding | None) -> int:
    batch = event["batch"]
    if binding is None or not isinstance(batch, int) or not 1 <= batch <= binding.requests:
        raise ValueError("it tells of a batch that the plan does not have")
    return batch


def _after(before: Standing, event: dict[str, Any]) -> Standing:
    """How a batch stands after an event."""
    if event["event"] == "sending":
        return Standing(Outcome.IN_DOUBT, attempts=before.attempts + 1)
    if event["event"] not in ("answered", "broken"):
        raise ValueError("there is no such event")
    return Standing(Outcome(event["outcome"]), event.get("status"), event.get("error"), before.attempts)


class Ledger:
    """A ledger that is open, and locked; see `open_ledger`."""

    def __init__(self, descriptor: int, path: Path, record: Record) -> None:
        self._descriptor = descriptor
        self._path = path
        self._standings = dict(record.standings)

    def standing(self, batch: int) -> Standing:
        """How a batch stands."""
        return self._standings.get(batch, Standing())

    def sending(self, batch: int, links: int) -> None:
        """Note that a batch is about to be sent; until the next line of it, it is in doubt.

        Parameters
        ----------
        batch
            Its number.
        links
            How many links it has.
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
            What came of the batch.
        error
            What the answer says is wrong.
        """
        told = {} if error is None else {"error": error}
        self._append({"event": "answered", "batch": batch, "status": status, "outcome": outcome.value} | told)

    def broken(self, batch: int, outcome: Outcome, error: str) -> None:
        """Note that a call was not answered.

        Parameters
        ----------
        batch
            The batch's number.
        outcome
            What came of the batch.
        error
            What has happened.
        """
        self._append({"event": "broken", "batch": batch, "outcome": outcome.value, "error": error})

    def bind(self, binding: Binding) -> None:
        """Note what the ledger belongs to."""
        self._append({"event": "opened"} | asdict(binding))

    def _append(self, event: dict[str, Any]) -> None:
        """Write a line, and see it on disk."""
        time = {"time": datetime.now(UTC).isoformat(timespec="milliseconds")}
        line = f"{json.dumps(time | event)}\n".encode()
        try:
            _write(self._descriptor, line)
        except OSError as error:
            raise _cannot_write(self._path, error) from error
        if "batch" in event:
            self._standings[event["batch"]] = _after(self.standing(event["batch"]), event)


def _write(descriptor: int, line: bytes) -> None:
    """Write a line in one go, and see it on disk; half of one is what a full disk leaves."""
    if os.write(descriptor, line) < len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(descriptor)


@contextmanager
def open_ledger(folder: str | os.PathLike[str], binding: Binding) -> Iterator[Ledger]:
    """Open the ledger of a plan's folder for one run; nobody else can until it is closed.

    Parameters
    ----------
    folder
        The plan's folder.
    binding
        What is to be sent where.

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
    ...     read_ledger(folder).standing(1)
    Standing(outcome=<Outcome.ATTACHED: 'attached'>, status=204, error=None, attempts=1)
    """
    path = Path(folder) / LEDGER
    with _locked(path.with_name(_LOCK)):
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
    """The file, open to be appended to, without what a crash has left after its whole lines."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
    except OSError as error:
        raise _cannot_write(path, error) from error
    try:
        if os.fstat(descriptor).st_size > length:
            os.ftruncate(descriptor, length)
    except OSError as error:
        os.close(descriptor)
        raise _cannot_write(path, error) from error
    return descriptor


def _sync_folder(folder: Path) -> None:
    """See on disk that the folder has the file; where folders can't be synced, the file itself is all there is."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _cannot_write(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"it can't be written ({error.strerror or error})",
        file=str(path),
        remedy="Nothing is sent without a ledger: give it room and the right to be written, then go on.",
    )


# --- the lock --------------------------------------------------------------------------------------------------------

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


_HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


@contextmanager
def _locked(path: Path, lock: Callable[[int], None] = _lock) -> Iterator[None]:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise _cannot_write(path, error) from error
    try:
        try:
            lock(descriptor)
        except OSError as error:
            if error.errno in _HELD:
                raise OutputError(
                    "another run is sending this plan",
                    file=str(path.parent),
                    remedy="Wait until it has ended, or end it.",
                ) from error
            raise OutputError(
                f"the folder can't be locked ({error.strerror or error})",
                file=str(path.parent),
                remedy="Copy it to a disk of this machine, and send it from there.",
            ) from error
        yield
    finally:
        os.close(descriptor)  # which also ends the lock
