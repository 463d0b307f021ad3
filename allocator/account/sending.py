"""Sends a plan, batch by batch; a ledger notes each call before and after it, so that a run that was cut off can go on.

The API does not say which number a link already has. After a cut, compare the plan with a new listing to be sure, see
`allocator.account.reconciliation`.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from allocator.account.batches import Batch, read_batches
from allocator.account.client import Client, Next, Reply, advice, judge
from allocator.account.endpoint import Credentials, endpoint, read_credentials
from allocator.account.ledger import BatchState, Binding, Ledger, Outcome, open_ledger, read_ledger
from allocator.errors import AllocatorError, OptionError
from allocator.plans import LEDGER
from allocator.protocol import read_request

RETRIES = 3
TIMEOUT_S = 60.0
_LONGEST_TIMEOUT_S = 86_400
_SHOWN = 1_000  # characters of an answer's errors that the ledger keeps

Progress = Callable[[str, int, int], None]
"""Called with what is being done, the number of batches that are settled, and the number of batches."""


@dataclass(frozen=True)
class Sent:
    """The state of a plan's requests after a run, or before it.

    Attributes
    ----------
    batches
        One row for each request: `batch`, `links`, `outcome` (an `allocator.account.ledger.Outcome`), `status` (HTTP
        code of the last call), `error` (of the last call), `attempts`, `link_id` (of the link that a refusal is about).
    url
        Where the requests go.
    dry
        Whether this was a dry run: nothing was sent, as `yes` was not given.
    stopped
        Why the run ended early, as a sentence without its full stop; None if it did not.
    """

    batches: pl.DataFrame
    url: str
    dry: bool
    stopped: str | None = None

    @property
    def ok(self) -> bool:
        """Whether every batch is attached."""
        return bool(self.batches["outcome"].is_in([one.value for one in Outcome if one.attached]).all())

    def __repr__(self) -> str:
        counts = self.batches["outcome"].value_counts(sort=True).sort("count", "outcome", descending=[True, False])
        listed = ", ".join(f"{count} {outcome}" for outcome, count in counts.iter_rows()) or "nothing to send"
        return f"<Sent{' (dry run)' if self.dry else ''}: {listed}>"


def send(
    folder: str | os.PathLike[str],
    url: str,
    *,
    yes: bool = False,
    retries: int = RETRIES,
    timeout_s: float = TIMEOUT_S,
    retry_refused: bool = False,
    insecure_http: bool = False,
    progress: Progress | None = None,
    _wait: Callable[[float], None] = time.sleep,
) -> Sent:
    """Send a plan, or go on with one that was sent in part.

    Parameters
    ----------
    folder
        A folder that `Plan.write` made. The ledger is kept in it.
    url
        Where to send, such as "https://api.iovox.com:444"; a missing path and missing parameters are added.
    yes
        Whether to send. Otherwise the result only says how the batches stand.
    retries
        How often to send a batch again, in this run, after a broken connection or an answer of 500, 502, 503 or 504.
        The waits between are 1, 2, 4, … seconds.
    timeout_s
        How long to wait for the server at a time, seconds; at most a day.
    retry_refused
        Whether to send again the batches that were answered 400 in an earlier run.
    insecure_http
        Whether to allow http to another machine, where anybody on the way can read the key.
    progress
        Called before each call with what is being done, the number of batches that are settled, and the number of
        batches.

    Returns
    -------
    Sent
        The outcome of every batch.

    Raises
    ------
    InputError
        The folder holds no plan, or one that was altered; or the ledger belongs to another plan or URL.
    OptionError
        An option is outside its range, the URL can't be used, or name or key is missing from the environment.
    OutputError
        Another run is sending the plan, or the ledger can't be written.
    AllocatorError
        httpx is not installed, or the API gave an answer that ends the run, such as 401.

    Examples
    --------
    >>> import allocator, tempfile
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "SW1A 0AA"]})
    >>> plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001"]}))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sent = allocator.send(plan.write(f"{folder}/plan", batch_size=1), "https://api.iovox.com:444")
    >>> sent, sent.ok
    (<Sent (dry run): 2 not sent>, False)
    >>> sent.url
    'https://api.iovox.com:444/Links?v=3&method=attachVoxnumberToLink'
    """
    _check_options(retries, timeout_s)
    url = endpoint(url, insecure_http=insecure_http)
    read = read_batches(Path(folder))
    batches = read.batches
    binding = Binding(read.assignments_sha256, read.requests_sha256, len(batches), url)
    if not yes:
        record = read_ledger(folder)
        record.check(binding, str(Path(folder) / LEDGER))
        return Sent(_table(batches, record.state), url, dry=True)
    credentials = read_credentials(url)
    with Client(url, credentials, timeout_s) as client, open_ledger(folder, binding) as ledger:
        run = _Run(batches, ledger, client, credentials, retries, progress or (lambda *_: None), _wait)
        stopped = run.send(retry_refused=retry_refused)
        return Sent(_table(batches, ledger.state), url, dry=False, stopped=stopped)


def _check_options(retries: int, timeout_s: float) -> None:
    if retries < 0:
        raise OptionError("retries is negative", value=retries, remedy="Give 0 or more.")
    if not 0 < timeout_s <= _LONGEST_TIMEOUT_S:
        problem = f"the timeout must be more than 0 and at most {_LONGEST_TIMEOUT_S:,} seconds (a day)"
        raise OptionError(problem, value=timeout_s, remedy=f"Give a number of seconds, such as {TIMEOUT_S:g}.")


_SCHEMA = {
    "batch": pl.UInt32,
    "links": pl.UInt32,
    "outcome": pl.String,
    "status": pl.UInt16,
    "error": pl.String,
    "attempts": pl.UInt32,
    "link_id": pl.String,
}
_LINK = re.compile(r"\b(\d+) of \d+\b")


def _table(batches: Sequence[Batch], state: Callable[[int], BatchState]) -> pl.DataFrame:
    rows = []
    for batch in batches:
        one = state(batch.number)
        last_call = (one.outcome.value, one.status, one.error, one.attempts)
        rows.append((batch.number, batch.links, *last_call, _refused_link(batch, one)))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _refused_link(batch: Batch, state: BatchState) -> str | None:
    """The link that a refusal is about, where its text says "x of y"."""
    found = _LINK.search(state.error or "") if state.outcome is Outcome.REFUSED else None
    place = int(found[1]) if found else 0
    return read_request(batch.body()).links["link_id"][place - 1] if 0 < place <= batch.links else None


@dataclass(frozen=True, slots=True)
class _Run:
    """One run over the batches."""

    batches: Sequence[Batch]
    ledger: Ledger
    client: Client
    credentials: Credentials
    retries: int
    progress: Progress
    wait: Callable[[float], None]

    def send(self, *, retry_refused: bool) -> str | None:
        """Send the batches that are not settled, in order; returns why the run ended early, if it did.

        Raises
        ------
        AllocatorError
            The API gave an answer that ends the run.
        """
        total = len(self.batches)
        for done, batch in enumerate(self.batches):
            outcome = self.ledger.state(batch.number).outcome
            if outcome.attached or (outcome is Outcome.REFUSED and not retry_refused):
                continue
            self.progress(f"Batch {batch.number:,} of {total:,}", done, total)
            if not self._settle(batch, done):
                return self._early_end(batch)
        self.progress("Sent", total, total)
        return None

    def _settle(self, batch: Batch, done: int) -> bool:
        """Send a batch, and again where that can help; whether it is settled."""
        body = batch.body()
        for attempt in range(self.retries + 1):
            if attempt:
                seconds = 2.0 ** (attempt - 1)
                self.progress(f"Batch {batch.number:,}: again in {seconds:g} s", done, len(self.batches))
                self.wait(seconds)
            then, reply = self._call(batch, body)
            if then is Next.STOP:
                raise self._unusable(batch, reply)
            if then is Next.BATCH:
                return True
        return False

    def _call(self, batch: Batch, body: bytes) -> tuple[Next, Reply]:
        before = self.ledger.state(batch.number)
        self.ledger.sending(batch.number, batch.links)
        reply = self.client.put(body)
        outcome, then = judge(reply, before, batch.links)
        error = self._error(reply)
        if reply.status is None:
            self.ledger.broken(batch.number, outcome, error or "")
        else:
            self.ledger.answered(batch.number, reply.status, outcome, error)
        return then, reply

    def _error(self, reply: Reply) -> str | None:
        """What is wrong, in words. The secrets are hidden before the text is cut, so that no piece of one is left."""
        if reply.status is None:
            return self.credentials.hidden(reply.problem)
        words = self.credentials.hidden("; ".join(reply.errors))[:_SHOWN]
        return words or (None if reply.status < 400 else "an answer without words")

    def _early_end(self, batch: Batch) -> str:
        state = self.ledger.state(batch.number)
        cause = f"the answer was {state.status}, {state.error}" if state.status else state.error
        calls = "1 attempt" if self.retries == 0 else f"{self.retries + 1} attempts"
        return f"batch {batch.number:,} is still {state.outcome.value} after {calls}: {cause}"

    def _unusable(self, batch: Batch, reply: Reply) -> AllocatorError:
        state = self.ledger.state(batch.number)
        attached = sum(self.ledger.state(one.number).outcome.attached for one in self.batches)
        words = f" ({state.error})" if state.error else ""
        return AllocatorError(
            f"batch {batch.number:,} was answered {reply.status}{words}, so the run has stopped with "
            f"{attached:,} of {len(self.batches):,} batches attached and this one {state.outcome.value}",
            remedy=f"{advice(reply.status or 0)} Then run the same command again: it goes on from the ledger.",
        )
