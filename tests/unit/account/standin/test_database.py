"""The stand-in's file: it appears whole, and another kind of file is refused with a clear sentence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import polars as pl
import pytest

from allocator.account.standin import database
from allocator.account.standin.store import Store, open_store
from allocator.errors import InputError, OptionError, OutputError, TableError

STOCK = pl.DataFrame({"full_voxnumber": [f"44207946{n:04d}" for n in range(12)], "link_id": [*[None] * 11, "shop 9"]})
LINKS = pl.DataFrame({"link_id": [f"shop {n}" for n in range(10)]})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "account.sqlite"


@contextmanager
def opened(path: Path, stock: pl.DataFrame | None = STOCK, links: pl.DataFrame | None = LINKS) -> Iterator[Store]:
    with closing(open_store(path, stock, links)) as store:
        yield store


def test_the_file_appears_alone(path: Path) -> None:
    with opened(path):
        pass
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_the_same_stock_goes_on_and_so_does_none(path: Path) -> None:
    for stock, links in ((STOCK, LINKS), (STOCK, LINKS.reverse()), (STOCK, None), (None, None)):
        with opened(path, stock, links) as store:
            assert store.counts().numbers == 12


def test_another_stock_is_refused(path: Path) -> None:
    with opened(path):
        pass
    with pytest.raises(InputError, match=r"it was made from another stock than the stock table\. Use another --data"):
        open_store(path, STOCK.head(5), LINKS)
    with pytest.raises(InputError, match=r"made from other links.*leave --links out"):
        open_store(path, STOCK, LINKS.head(5))
    with pytest.raises(OptionError, match="links are given without stock"):
        open_store(path, None, LINKS)


def test_links_are_refused_where_any_link_exists(path: Path) -> None:
    with opened(path, links=None):
        pass
    with pytest.raises(InputError, match="no list of links: any link exists in it"):
        open_store(path, STOCK, LINKS)


def test_a_file_that_is_not_there_needs_a_stock(path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no such file\. Give --stock and --links to make it\."):
        open_store(path)
    assert not path.exists()


def test_a_stock_that_cannot_be_read_makes_no_file(path: Path) -> None:
    with pytest.raises(TableError, match="there is no column"):
        open_store(path, pl.DataFrame({"number": ["442079460000"]}))
    assert list(path.parent.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"there is no folder .*nowhere"):
        open_store(tmp_path / "nowhere" / "account.sqlite", STOCK)


def test_a_write_ahead_log_of_another_database_is_refused(path: Path) -> None:
    Path(f"{path}-wal").write_bytes(b"left")
    with pytest.raises(OutputError, match=r"-wal: it belongs to another database that is gone\. Remove it\."):
        open_store(path, STOCK)
    assert not path.exists()


@pytest.mark.parametrize("content", [b"", b"link_id\n1\n", b"SQLite format 3\0" + bytes(200), bytes(5000)])
def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(InputError, match="it is not a database of allocator serve, or it is damaged"):
        open_store(path, STOCK)
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE meta (key TEXT, value TEXT)")
    with pytest.raises(InputError, match="it belongs to another program"):
        open_store(path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it is a folder, not a file"):
        open_store(tmp_path)


def test_a_later_schema_is_refused(path: Path) -> None:
    with opened(path):
        pass
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("UPDATE meta SET value = '2' WHERE key = 'schema_version'")
    with pytest.raises(InputError, match=r"schema version 2, and this allocator reads only version 1"):
        open_store(path)


def test_the_rows_that_could_not_be_read_are_told_once(path: Path) -> None:
    stock = pl.DataFrame({"full_voxnumber": ["442079460000", "none"]})
    with opened(path, stock, None) as store:
        assert store.rejected["row"].to_list() == [2]
    with opened(path, stock, None) as store:
        assert store.rejected.is_empty()


def test_a_file_that_another_program_keeps_for_itself_is_a_sentence(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_S", 0.05)
    with opened(path):
        pass
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(InputError, match=r"can't be used \(database is locked\)\. Check its permissions, and who"):
            open_store(path)


def test_a_folder_that_can_not_be_written_is_a_sentence(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(database, "_publish", refuse)
    with pytest.raises(OutputError, match=r"the database can't be made \(no room\)"):
        open_store(path, STOCK)
    assert list(path.parent.iterdir()) == []
