"""The stand-in's state: an account in an SQLite file, and its mirror in memory that does the answering.

The file holds what the account was made from, which never changes, and a journal of what was attached since, one row
for each link, which only grows. A request is in the journal whole or not at all, whatever happens to the process or the
machine, as it is written in one transaction (which others may share that came at the same time). The journal's two
UNIQUE columns keep a number from two links and a link from two numbers.

Several processes may serve one file. Each writes under the file's lock, after its mirror has caught up with the
journal.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any, Literal, TypeAlias

import polars as pl

from allocator.account.account import Account, Answer
from allocator.errors import InputError, OptionError, OutputError
from allocator.tables import REJECTED, Source, Stock, read_account

__all__ = ["Call", "Counts", "Outcome", "Store", "open_store"]

Errors = Literal["first", "all"]

SCHEMA_VERSION = 1
BUSY_S = 5.0
"""How long to wait for another process that writes, seconds."""

_APPLICATION_ID = 0x616C6C6F  # "allo", in the file's header
_SCHEMA = f"""
PRAGMA application_id = {_APPLICATION_ID};
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
-- What the account was made from: its numbers, its links, and the links that had a number already.
CREATE TABLE numbers (
    full_voxnumber INTEGER PRIMARY KEY,
    idd INTEGER NOT NULL,
    area_code INTEGER,
    link_id TEXT,
    city TEXT,
    region TEXT,
    country TEXT
);
CREATE TABLE links (link_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE holders (link_id TEXT PRIMARY KEY, full_voxnumber INTEGER NOT NULL) WITHOUT ROWID;
-- What was attached since; the links of one request have one revision.
CREATE TABLE attachments (
    sequence INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL,
    link_id TEXT NOT NULL UNIQUE,
    full_voxnumber INTEGER NOT NULL UNIQUE REFERENCES numbers
);
"""
_NUMBERS = {
    "full_voxnumber": pl.Int64,
    "idd": pl.Int32,
    "area_code": pl.Int32,
    "link_id": pl.String,
    "city": pl.String,
    "region": pl.String,
    "country": pl.String,
}
_HOLDERS = {"link_id": pl.String, "full_voxnumber": pl.Int64}
# One row for each link, and none where the number is not the account's or is taken, or the link has one.
_ATTACH = """
INSERT INTO attachments (revision, link_id, full_voxnumber)
SELECT ?1, ?2, full_voxnumber FROM numbers WHERE full_voxnumber = ?3 AND link_id IS NULL
AND NOT EXISTS (SELECT 1 FROM holders WHERE link_id = ?2)
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
        HTTP method, query string and body, as `allocator.account.Account.answer` takes them.
    """

    method: str
    query: str
    body: bytes


Outcome: TypeAlias = "Answer | Exception"
"""What becomes of a call: its answer, true on disk already; or why there is none, and nothing was changed."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What is in a store.

    Attributes
    ----------
    links
        Links of the account; of an account in which any link exists, those that have a number.
    numbers
        VoxNumbers of the account.
    attached
        Of these, the ones that a link has.
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
        The rows of the stock that could not be read when the file was made, see `allocator.stock.Stock`; none when it
        was there before.

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
        self._account: Account | None = None
        self._sequence = 0
        self._uncommitted = False  # whether the mirror is ahead of the file
        self._catch_up()
        self._any_link = self._row("SELECT value FROM meta WHERE key = 'links_digest'") == ("",)
        self._made_with = Counts(*self._row(_MADE_WITH))

    def settle(self, calls: Sequence[Call], *, errors: Errors = "first") -> list[Outcome]:
        """Answer calls one after the other, and write down what they attach in one transaction.

        Parameters
        ----------
        calls
            In the order in which they are answered.
        errors
            As in `allocator.account.Account.answer`.

        Returns
        -------
        list
            The outcome of each call. When the file can't be written, the calls whose answers were to be written have
            the error instead, and so have those after them, as they were decided on what did not become true.

        Notes
        -----
        Writing waits for other processes for up to `BUSY_S` seconds. An answer of 204 has been synced to the disk.
        """
        outcomes: list[Outcome] = []
        with self._turn:
            try:
                try:
                    self._settle(calls, errors, outcomes)
                except _DisagreementError:
                    # Somebody has changed the file behind the journal's back: what the file says is taken, once.
                    self._undo()
                    self._account = None
                    outcomes.clear()
                    self._settle(calls, errors, outcomes)
            except Exception as error:  # noqa: BLE001 - an outcome: whoever called answers 500 and logs it
                self._undo()
                certain = next((place for place, one in enumerate(outcomes) if _attaches(one)), len(outcomes))
                outcomes[certain:] = [error] * (len(calls) - certain)
        return outcomes

    def _settle(self, calls: Sequence[Call], errors: Errors, outcomes: list[Outcome]) -> None:
        self._catch_up()
        for call in calls:
            outcome = self._decided(call, errors)
            if _attaches(outcome) and not self._connection.in_transaction:
                self._connection.execute("BEGIN IMMEDIATE")
                if self._catch_up():
                    outcome = self._decided(call, errors)
            if isinstance(outcome, Answer) and _attaches(outcome):
                self._attach(outcome)
            outcomes.append(outcome)
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")
            self._uncommitted = False

    def _decided(self, call: Call, errors: Errors) -> Outcome:
        try:
            return self._mirror.answer(call.method, call.query, call.body, errors=errors)
        except Exception as error:  # noqa: BLE001 - one request's misfortune is not that of those settled with it
            return error

    def _attach(self, answer: Answer) -> None:
        """Write an answer into the journal, then into the mirror, so that the next call is decided on it."""
        # Of the last row: the largest of all would have to be looked for.
        last = self._row("SELECT coalesce((SELECT revision FROM attachments ORDER BY sequence DESC LIMIT 1), 0)")
        rows = zip(repeat(last[0] + 1), answer.link_ids, answer.full_voxnumbers, strict=False)
        try:
            written = self._connection.executemany(_ATTACH, rows).rowcount
        except sqlite3.IntegrityError as error:
            raise _DisagreementError(f"the file does not take what was decided ({error})") from error
        if written != len(answer.link_ids):
            raise _DisagreementError(
                f"the file takes {written} of {len(answer.link_ids)} attachments that were decided"
            )
        self._uncommitted = True
        self._mirror.attach(answer)
        self._sequence = self._last_sequence()

    @property
    def _mirror(self) -> Account:
        if self._account is None:
            raise AssertionError("caught up before every use")
        return self._account

    def _catch_up(self) -> bool:
        """Bring the mirror to where the journal is; tell whether it was behind."""
        last = self._last_sequence()
        if self._account is not None and last == self._sequence:
            return False
        if self._account is None or last < self._sequence:
            self._load()
        else:
            journal = "SELECT sequence, link_id, full_voxnumber FROM attachments WHERE sequence > ? ORDER BY sequence"
            sequence, link_ids, numbers = zip(*self._connection.execute(journal, (self._sequence,)), strict=True)
            self._account.attach(Answer(204, link_ids=link_ids, full_voxnumbers=numbers))
            self._sequence = sequence[-1]
        return True

    def _load(self) -> None:
        self._account = None  # before the new one is made: two of a million numbers are much
        with _snapshot(self._connection):
            self._sequence = self._last_sequence()
            numbers = self._frame(_NUMBERS_NOW, _NUMBERS).with_row_index("row", offset=1)
            holders = self._frame(_HOLDERS_NOW, _HOLDERS).sort("link_id")
            listed = self._frame("SELECT link_id FROM links ORDER BY link_id", {"link_id": pl.String})["link_id"]
            meta = dict(self._connection.execute("SELECT key, value FROM meta"))
        stock = Stock(numbers, holders, pl.DataFrame(schema=REJECTED), str(self.path), meta["stock_digest"])
        self._account = Account.of(stock, listed if meta["links_digest"] else None)

    def _undo(self) -> None:
        """Undo what is not committed, in the file and in the mirror."""
        if self._uncommitted:
            self._account, self._uncommitted = None, False
        with suppress(sqlite3.Error):  # what is wrong with the file is known by now
            self._connection.rollback()

    def _last_sequence(self) -> int:
        return int(self._row("SELECT coalesce(max(sequence), 0) FROM attachments")[0])

    def _row(self, query: str) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._connection.execute(query).fetchone()
        return row

    def _frame(self, query: str, schema: Mapping[str, Any]) -> pl.DataFrame:
        return pl.DataFrame(self._connection.execute(query).fetchall(), schema=schema, orient="row")

    def links_table(self) -> pl.DataFrame:
        """The links as they are now, see `allocator.account.Account.links_table`."""
        with self._turn:
            self._catch_up()
            return self._mirror.links_table()

    def voxnumbers_table(self) -> pl.DataFrame:
        """The numbers as they are now, see `allocator.account.Account.voxnumbers_table`."""
        with self._turn:
            self._catch_up()
            return self._mirror.voxnumbers_table()

    def counts(self) -> Counts:
        """How many links and numbers there are, and how many are attached."""
        with self._turn, _snapshot(self._connection):
            (attached,) = self._row("SELECT count(*) FROM attachments")
        made = self._made_with
        return Counts(made.links + (attached if self._any_link else 0), made.numbers, made.attached + attached)

    def close(self) -> None:
        """Let the file go."""
        with self._turn:
            self._connection.close()


def _attaches(outcome: Outcome) -> bool:
    return isinstance(outcome, Answer) and bool(outcome.link_ids)


@contextmanager
def _snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Let all that is read within be of one moment."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.rollback()


# --- files -----------------------------------------------------------------------------------------------------------


def open_store(path: str | os.PathLike[str], stock: Source | None = None, links: Source | None = None) -> Store:
    """Open an account's file, or make it.

    Parameters
    ----------
    path
        The file. It appears whole or not at all.
    stock
        The numbers that the account is made from. A file that is there already must have been made from the same, or
        none is given.
    links
        The links of the account, likewise; in an account that is made without them any link exists.

    Returns
    -------
    Store
        At the state in which the file was left.

    Raises
    ------
    TableError
        The stock or the links can't be read.
    InputError
        The file is not there and no stock is given; it was made from another stock or other links; or it is no such
        file.
    OptionError
        Links are given without stock.
    OutputError
        It can't be made.

    Notes
    -----
    Linear in numbers and links: a file of a million numbers is made in some 6 s and opened in some 3 s.
    """
    path = Path(path)
    origin = _Origin.read(stock, links)
    rejected = pl.DataFrame(schema=REJECTED)
    if not path.exists():
        rejected = _make(path, origin)
    connection = _connect(path)
    try:
        _check(connection, path, origin)
        return Store(path, connection, rejected)
    except sqlite3.Error as error:
        connection.close()
        raise _unusable(path, error) from error
    except BaseException:
        connection.close()
        raise


@dataclass(frozen=True, slots=True)
class _Origin:
    """What an account is made from, as far as it was given."""

    stock: Stock | None
    link_ids: pl.Series | None

    @classmethod
    def read(cls, stock: Source | None, links: Source | None) -> _Origin:
        if stock is None:
            if links is not None:
                raise OptionError("links alone make no account", remedy="Give --stock too, or neither.")
            return cls(None, None)
        numbers, link_ids = read_account(stock, links)
        return cls(numbers, None if link_ids is None else link_ids.sort())

    @property
    def links_digest(self) -> str:
        """The sha256 of the links, in order, and of the numbers that they have; empty where any link exists."""
        if self.stock is None or self.link_ids is None:
            return ""
        digest = hashlib.sha256()
        for table in (self.link_ids.to_frame(), self.stock.attached):
            digest.update(table.write_csv().encode())
        return digest.hexdigest()


def _make(path: Path, origin: _Origin) -> pl.DataFrame:
    """Make the file whole or not at all; returns the rows of the stock that could not be read."""
    if origin.stock is None:
        raise InputError("there is no such file", file=str(path), remedy="Give --stock and --links to make it.")
    _refuse_place(path)
    # Beside its place, as a file is only linked within a file system.
    partial = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        with closing(sqlite3.connect(os.path.abspath(partial), isolation_level=None)) as connection:  # noqa: PTH100
            _fill(connection, origin.stock, origin)
        _publish(partial, path)
    except (OSError, sqlite3.Error) as error:
        raise OutputError(f"the database can't be made ({error})", file=str(path)) from error
    finally:
        for leftover in (partial, Path(f"{partial}-journal"), Path(f"{partial}-wal"), Path(f"{partial}-shm")):
            leftover.unlink(missing_ok=True)
    return origin.stock.rejected


def _refuse_place(path: Path) -> None:
    if not path.parent.is_dir():
        raise OutputError(f"there is no folder {path.parent}", file=str(path), remedy="Make it, or correct its name.")
    # SQLite would take it for the new file's own and play it back into it.
    stray = Path(f"{path}-wal")
    if stray.exists() and not path.exists():
        raise OutputError("it is left of another database", file=str(stray), remedy="Remove it.")


def _fill(connection: sqlite3.Connection, stock: Stock, origin: _Origin) -> None:
    connection.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;{_SCHEMA}")
    meta = {
        "schema_version": str(SCHEMA_VERSION),
        "stock_digest": stock.digest,
        "links_digest": origin.links_digest,
    }
    connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    numbers = stock.table.select(*_NUMBERS)
    connection.executemany("INSERT INTO numbers VALUES (?, ?, ?, ?, ?, ?, ?)", numbers.iter_rows())
    holders = stock.attached.select(*_HOLDERS)
    connection.executemany("INSERT INTO holders VALUES (?, ?)", holders.iter_rows())
    if origin.link_ids is not None:
        connection.executemany("INSERT INTO links VALUES (?)", zip(origin.link_ids, strict=True))
    connection.execute("COMMIT")
    # In the file's header, so that whoever opens it finds it set.
    connection.execute("PRAGMA journal_mode = WAL")


def _publish(partial: Path, path: Path) -> None:
    """Give the file its name, unless another process was faster: then that one counts."""
    _sync(partial)
    with suppress(FileExistsError):
        path.hardlink_to(partial)
    if os.name == "posix":
        _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _connect(path: Path) -> sqlite3.Connection:
    if path.is_dir():
        raise InputError("it is a folder, not a file", file=str(path), remedy="Name a file in it.")
    if not path.stat().st_size:
        raise _no_store(path, "it is empty")
    try:
        # An absolute path, as SQLite gives names such as ":memory:" a meaning.
        absolute = os.path.abspath(path)  # noqa: PTH100 - symbolic links are SQLite's to follow
        connection = sqlite3.connect(absolute, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        connection.executescript("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    return connection


def _check(connection: sqlite3.Connection, path: Path, origin: _Origin) -> None:
    """Refuse a file that is none of ours, or that was made from something else than what was given.

    Raises
    ------
    InputError
        It is such a file.
    """
    if connection.execute("PRAGMA application_id").fetchone() != (_APPLICATION_ID,):
        raise _no_store(path, "it belongs to another program")
    meta = dict(connection.execute("SELECT key, value FROM meta"))
    if meta["schema_version"] != str(SCHEMA_VERSION):
        version = meta["schema_version"]
        raise InputError(
            f"it has schema version {version}, and this allocator knows {SCHEMA_VERSION} only",
            file=str(path),
            remedy="Use another --database, or the allocator that made it.",
        )
    if origin.stock is not None and origin.stock.digest != meta["stock_digest"]:
        raise _other_origin(path, f"it was made from another stock than {origin.stock.source}", "--stock")
    if origin.link_ids is not None and origin.links_digest != meta["links_digest"]:
        made = "other links than these" if meta["links_digest"] else "no list of links: any link exists in it"
        raise _other_origin(path, f"it was made from {made}", "--links")


def _other_origin(path: Path, problem: str, option: str) -> InputError:
    return InputError(
        problem, file=str(path), remedy=f"Use another --database, or leave {option} out to go on with this one."
    )


def _unusable(path: Path, error: sqlite3.Error) -> InputError:
    # What the machine refuses, such as a file that is read-only, and what the file is not.
    if isinstance(error, sqlite3.OperationalError):
        remedy = "Check its permissions, and who else uses it."
        return InputError(f"the database can't be used ({error})", file=str(path), remedy=remedy)
    return _no_store(path, str(error))


def _no_store(path: Path, problem: str) -> InputError:
    return InputError(
        f"it is no database of allocator serve, or damaged ({problem})",
        file=str(path),
        remedy="Name another --database.",
    )
