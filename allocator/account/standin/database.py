"""The SQLite file of a stand-in's account: what is in it, making it, and opening it.

The file holds what the account was made from, which never changes, and a journal of what was attached since: one row
for each link, and rows are only ever added. The journal's two UNIQUE columns keep a number from two links and a link
from two numbers.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from allocator.errors import InputError, OptionError, OutputError
from allocator.tables import Source, Stock, read_account

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
NUMBERS: Mapping[str, Any] = {
    "full_voxnumber": pl.Int64,
    "idd": pl.Int32,
    "area_code": pl.Int32,
    "link_id": pl.String,
    "city": pl.String,
    "region": pl.String,
    "country": pl.String,
}
"""The columns of `numbers`."""
HOLDERS: Mapping[str, Any] = {"link_id": pl.String, "full_voxnumber": pl.Int64}
"""The columns of `holders`."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What an account is made from, if it was given.

    Attributes
    ----------
    stock
        The numbers.
    link_ids
        The links, sorted; None where any link exists.
    """

    stock: Stock | None
    link_ids: pl.Series | None

    @classmethod
    def read(cls, stock: Source | None, links: Source | None) -> Origin:
        """Read both tables.

        Raises
        ------
        OptionError
            Links are given without stock.
        """
        if stock is None:
            if links is not None:
                raise OptionError("links are given without stock", remedy="Give --stock too, or neither.")
            return cls(None, None)
        numbers, link_ids = read_account(stock, links)
        return cls(numbers, None if link_ids is None else link_ids.sort())

    @property
    def links_digest(self) -> str:
        """The sha256 of the links, in order, and of their numbers; empty where any link exists."""
        if self.stock is None or self.link_ids is None:
            return ""
        digest = hashlib.sha256()
        for table in (self.link_ids.to_frame(), self.stock.attached):
            digest.update(table.write_csv().encode())
        return digest.hexdigest()


# --- making it -------------------------------------------------------------------------------------------------------


def make(path: Path, origin: Origin) -> pl.DataFrame:
    """Make the file whole or not at all; returns the rows of the stock that could not be read.

    Raises
    ------
    InputError
        There is no stock to make it from.
    OutputError
        It can't be made.
    """
    if origin.stock is None:
        raise InputError("there is no such file", file=str(path), remedy="Give --stock and --links to make it.")
    _refuse_place(path)
    # Beside its place, because a hard link can't cross file systems.
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
        raise OutputError("it belongs to another database that is gone", file=str(stray), remedy="Remove it.")


def _fill(connection: sqlite3.Connection, stock: Stock, origin: Origin) -> None:
    connection.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;{_SCHEMA}")
    meta = {
        "schema_version": str(SCHEMA_VERSION),
        "stock_digest": stock.digest,
        "links_digest": origin.links_digest,
    }
    connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    numbers = stock.table.select(*NUMBERS)
    connection.executemany("INSERT INTO numbers VALUES (?, ?, ?, ?, ?, ?, ?)", numbers.iter_rows())
    holders = stock.attached.select(*HOLDERS)
    connection.executemany("INSERT INTO holders VALUES (?, ?)", holders.iter_rows())
    if origin.link_ids is not None:
        connection.executemany("INSERT INTO links VALUES (?)", zip(origin.link_ids, strict=True))
    connection.execute("COMMIT")
    # Kept in the file's header, so that it holds for every later connection.
    connection.execute("PRAGMA journal_mode = WAL")


def _publish(partial: Path, path: Path) -> None:
    """Give the file its name. If another process was faster, its file is the one that counts."""
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


# --- opening it ------------------------------------------------------------------------------------------------------


def connect(path: Path) -> sqlite3.Connection:
    """Open the file.

    Raises
    ------
    InputError
        It is not a database, or can't be used.
    """
    if path.is_dir():
        raise InputError("it is a folder, not a file", file=str(path), remedy="Name a file in it.")
    if not path.stat().st_size:
        raise _not_ours(path, "it is empty")
    try:
        # An absolute path, as names such as ":memory:" mean something to SQLite.
        absolute = os.path.abspath(path)  # noqa: PTH100 - symbolic links are SQLite's to follow
        connection = sqlite3.connect(absolute, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            connection.executescript("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
        except sqlite3.Error:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise unusable(path, error) from error
    return connection


def check(connection: sqlite3.Connection, path: Path, origin: Origin) -> None:
    """Refuse a file that is not ours, or that was made from another stock or other links.

    Raises
    ------
    InputError
        It is such a file.
    """
    if connection.execute("PRAGMA application_id").fetchone() != (_APPLICATION_ID,):
        raise _not_ours(path, "it belongs to another program")
    meta = dict(connection.execute("SELECT key, value FROM meta"))
    if meta["schema_version"] != str(SCHEMA_VERSION):
        version = meta["schema_version"]
        raise InputError(
            f"it has schema version {version}, and this allocator reads only version {SCHEMA_VERSION}",
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


def unusable(path: Path, error: sqlite3.Error) -> InputError:
    """The error on a file that SQLite can't use: the machine refuses it, or it is another kind of file."""
    if isinstance(error, sqlite3.OperationalError):
        remedy = "Check its permissions, and who else uses it."
        return InputError(f"the database can't be used ({error})", file=str(path), remedy=remedy)
    return _not_ours(path, str(error))


def _not_ours(path: Path, problem: str) -> InputError:
    return InputError(
        f"it is not a database of allocator serve, or it is damaged ({problem})",
        file=str(path),
        remedy="Name another --database.",
    )
