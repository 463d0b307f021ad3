"""The stand-in's state: an account in an SQLite file, and its mirror in memory, which answers.

The journal in the file has a request whole or not at all, whatever happens to the process or the machine: it is written
in one transaction, which requests that came at the same time may share.

Several processes may serve one file. Each writes under the file's lock, after its mirror has caught up with the
journal.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from allocator.account.answering import Answer, Errors, answer
from allocator.account.holdings import Holdings
from allocator.account.standin.database import HOLDERS, NUMBERS, Origin, check, connect, make, unusable
from allocator.tables import REJECTED, Source, Stock

# One row for each link, and none if the number is not the account's or is taken, or the link has one.
_ATTACH = """
INSERT INTO attachments (revision, link_id, full_voxnumber)
SELECT ?, ?, full_voxnumber FROM numbers WHERE full_voxnumber = ? AND link_id IS NULL
AND NOT EXISTS (SELECT 1 FROM holders WHERE link_id = ?)
"""
_NUMBERS_NOW = """
SELECT full_voxnumber, idd, area_code, coalesce(attachments.link_id, numbers.link_id), city, region, country
FROM numbers LEFT JOIN attachments USING (full_voxnumber) ORDER BY full_voxnumber
"""
_MADE_WITH = """
SELECT (SELECT count(*) FROM (SELECT link_id FROM links UNION SELECT link_id FROM holders)),
       (SELECT count(*) FROM numbers),
       (SELECT count(*) FROM numbers WHERE link_id IS NOT NULL)
"""
_HOLDERS_NOW = "SELECT link_id, full_voxnumber FROM holders UNION ALL SELECT link_id, full_voxnumber FROM attachments"


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it came in.

    Attributes
    ----------
    method, query, body
        HTTP method, query string and body, as `allocator.Account.answer` takes them.
    """

    method: str
    query: str
    body: bytes


AnswerOrError: TypeAlias = "Answer | Exception"
"""The result of a call: its answer, which is on disk already; or why there is none, and nothing was changed."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The number of things in a store.

    Attributes
    ----------
    links
        Links of the account; if any link exists, those that have a number.
    numbers
        VoxNumbers of the account.
    attached
        VoxNumbers that a link has.
    """

    links: int
    numbers: int
    attached: int


class _DisagreementError(Exception):
    """The file refuses what the mirror has decided."""


class Store:
    """An account in a file; `open_store` makes one.

    Its methods may be called from any thread; they take turns.

    Attributes
    ----------
    path
        The file.
    rejected
        The rows of the stock that could not be read when the file was made, see `allocator.tables.Stock`; none if the
        file was there before.

    Examples
    --------
    >>> import tempfile
    >>> stock, links = pl.DataFrame({"full_voxnumber": ["442079460000"]}), pl.DataFrame({"link_id": ["333"]})
    >>> body = (b"<request><link><link_id>333</link_id><method>BY AREA</method><voxnumber_idd>44</voxnumber_idd>"
    ...         b"<area_code>20</area_code></link></request>")
    >>> call = Call("PUT", "v=3&method=attachVoxnumberToLink", body)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = open_store(Path(folder, "account.sqlite"), stock, links)
    ...     [answer.status for answer in store.settle([call, call])]
    ...     store.links_table().rows()
    ...     store.close()
    [204, 400]
    [('333', '442079460000')]
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, rejected: pl.DataFrame) -> None:
        self.path = path
        self.rejected = rejected
        self._connection = connection
        self._turn = threading.Lock()
        self._holdings: Holdings | None = None
        self._sequence = 0
        self._uncommitted = False  # whether the mirror is ahead of the file
        self._catch_up()
        self._any_link = self._row("SELECT value FROM meta WHERE key = 'links_digest'") == ("",)
        self._made_with = Counts(*self._row(_MADE_WITH))

    def settle(self, calls: Sequence[Call], *, errors: Errors = "first") -> list[AnswerOrError]:
        """Answer calls one after the other, and write what they attach in one transaction.

        Parameters
        ----------
        calls
            The calls, in the order in which they are answered.
        errors
            Which errors to answer with, see `allocator.Account.answer`.

        Returns
        -------
        list
            The answer to each call, or an error. If the file can't be written, the calls that attach something get the
            error, and so do those after them, as they were decided on what did not become true.

        Notes
        -----
        Writing waits for other processes for up to `BUSY_S` seconds. An answer of 204 has been synced to the disk.
        """
        results: list[AnswerOrError] = []
        with self._turn:
            try:
                try:
                    self._settle(calls, errors, results)
                except _DisagreementError:
                    # Another program has changed the file without the journal: start again from the file, once.
                    self._undo()
                    self._holdings = None
                    results.clear()
                    self._settle(calls, errors, results)
            except Exception as error:  # noqa: BLE001 - a result: the caller answers 500 and logs it
                self._undo()
                certain = next((place for place, one in enumerate(results) if _attaches(one)), len(results))
                results[certain:] = [error] * (len(calls) - certain)
        return results

    def _settle(self, calls: Sequence[Call], errors: Errors, results: list[AnswerOrError]) -> None:
        self._catch_up()
        for call in calls:
            result = self._decided(call, errors)
            if _attaches(result) and not self._connection.in_transaction:
                self._connection.execute("BEGIN IMMEDIATE")
                if self._catch_up():
                    result = self._decided(call, errors)
            if isinstance(result, Answer) and _attaches(result):
                self._attach(result)
            results.append(result)
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")
            self._uncommitted = False

    def _decided(self, call: Call, errors: Errors) -> AnswerOrError:
        try:
            return answer(self._mirror, call.method, call.query, call.body, errors=errors)
        except Exception as error:  # noqa: BLE001 - the other calls of the transaction are not to fail with it
            return error

    def _attach(self, decided: Answer) -> None:
        """Write an answer into the journal, then into the mirror, where the next call is decided."""
        # The revision of the last row: the largest one would take a search.
        last = self._row("SELECT coalesce((SELECT revision FROM attachments ORDER BY sequence DESC LIMIT 1), 0)")
        revision, link_ids = repeat(last[0] + 1), decided.link_ids
        rows = zip(revision, link_ids, decided.full_voxnumbers, link_ids, strict=False)
        try:
            written = self._connection.executemany(_ATTACH, rows).rowcount
        except sqlite3.IntegrityError as error:
            raise _DisagreementError(f"the file refuses what was decided ({error})") from error
        if written != len(decided.link_ids):
            raise _DisagreementError(f"the file takes {written} of {len(decided.link_ids)} attachments")
        self._uncommitted = True
        self._mirror.attach(decided.link_ids, decided.full_voxnumbers)
        self._sequence = self._last_sequence()

    @property
    def _mirror(self) -> Holdings:
        if self._holdings is None:
            raise AssertionError("caught up before every use")
        return self._holdings

    def _catch_up(self) -> bool:
        """Bring the mirror up to the journal; returns whether it was behind."""
        last = self._last_sequence()
        if self._holdings is not None and last == self._sequence:
            return False
        if self._holdings is None or last < self._sequence:
            self._load()
        else:
            journal = "SELECT sequence, link_id, full_voxnumber FROM attachments WHERE sequence > ? ORDER BY sequence"
            sequence, link_ids, numbers = zip(*self._connection.execute(journal, (self._sequence,)), strict=True)
            self._holdings.attach(link_ids, numbers)
            self._sequence = sequence[-1]
        return True

    def _load(self) -> None:
        self._holdings = None  # first, so that two accounts of a million numbers are never in memory at once
        with _snapshot(self._connection):
            self._sequence = self._last_sequence()
            numbers = self._frame(_NUMBERS_NOW, NUMBERS).with_row_index("row", offset=1)
            holders = self._frame(_HOLDERS_NOW, HOLDERS).sort("link_id")
            listed = self._frame("SELECT link_id FROM links ORDER BY link_id", {"link_id": pl.String})["link_id"]
            meta = dict(self._connection.execute("SELECT key, value FROM meta"))
        stock = Stock(numbers, holders, pl.DataFrame(schema=REJECTED), str(self.path), meta["stock_digest"])
        self._holdings = Holdings(stock, listed if meta["links_digest"] else None)

    def _undo(self) -> None:
        """Undo what is not committed, in the file and in the mirror."""
        if self._uncommitted:
            self._holdings, self._uncommitted = None, False
        with suppress(sqlite3.Error):  # the error that led here is the one to report
            self._connection.rollback()

    def _last_sequence(self) -> int:
        return int(self._row("SELECT coalesce(max(sequence), 0) FROM attachments")[0])

    def _row(self, query: str) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._connection.execute(query).fetchone()
        return row

    def _frame(self, query: str, schema: Mapping[str, Any]) -> pl.DataFrame:
        return pl.DataFrame(self._connection.execute(query).fetchall(), schema=schema, orient="row")

    def links_table(self) -> pl.DataFrame:
        """The links as they are now, see `allocator.Account.links_table`."""
        with self._turn:
            self._catch_up()
            return self._mirror.links_table()

    def voxnumbers_table(self) -> pl.DataFrame:
        """The numbers as they are now, see `allocator.Account.voxnumbers_table`."""
        with self._turn:
            self._catch_up()
            return self._mirror.voxnumbers_table()

    def counts(self) -> Counts:
        """The number of links and numbers, and of numbers that are attached."""
        with self._turn, _snapshot(self._connection):
            (attached,) = self._row("SELECT count(*) FROM attachments")
        made = self._made_with
        return Counts(made.links + (attached if self._any_link else 0), made.numbers, made.attached + attached)

    def close(self) -> None:
        """Close the file."""
        with self._turn:
            self._connection.close()


def _attaches(result: AnswerOrError) -> bool:
    return isinstance(result, Answer) and bool(result.link_ids)


@contextmanager
def _snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Let all reads within see the same moment."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.rollback()


def open_store(path: str | os.PathLike[str], stock: Source | None = None, links: Source | None = None) -> Store:
    """Open an account's file, and make it first if it is not there.

    Parameters
    ----------
    path
        The file. It appears whole or not at all.
    stock
        The numbers that the account is made from. For a file that is there already, the same as it was made from, or
        none.
    links
        The links of the account, likewise. In an account that is made without them, any link exists.

    Returns
    -------
    Store
        The account in the state in which the file was left.

    Raises
    ------
    TableError
        The stock or the links can't be read.
    InputError
        The file is not there and no stock is given; it was made from another stock or other links; or it is another
        kind of file.
    OptionError
        Links are given without stock.
    OutputError
        The file can't be made.

    Notes
    -----
    Linear in numbers and links.
    """
    path = Path(path)
    origin = Origin.read(stock, links)
    rejected = pl.DataFrame(schema=REJECTED) if path.exists() else make(path, origin)
    connection = connect(path)
    try:
        check(connection, path, origin)
        return Store(path, connection, rejected)
    except sqlite3.Error as error:
        connection.close()
        raise unusable(path, error) from error
    except BaseException:
        connection.close()
        raise
