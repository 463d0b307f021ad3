"""The stand-in's file: whole requests or none, one truth for all processes, clear words for what is no such file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import polars as pl
import pytest

from allocator import Account
from allocator.account import Answer
from allocator.account.standin import database
from allocator.account.standin.store import AnswerOrError, Call, Counts, Store, open_store
from tests.support.serving import request

QUERY = "v=3&method=attachVoxnumberToLink"
NUMBERS = [f"44207946{n:04d}" for n in range(12)]
LINK_IDS = [f"shop {n}" for n in range(10)]
STOCK = pl.DataFrame({"full_voxnumber": NUMBERS, "link_id": [*[None] * 11, "shop 9"]})
LINKS = pl.DataFrame({"link_id": LINK_IDS})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "account.sqlite"


@contextmanager
def opened(path: Path, stock: pl.DataFrame | None = STOCK, links: pl.DataFrame | None = LINKS) -> Iterator[Store]:
    with closing(open_store(path, stock, links)) as store:
        yield store


def call(*attachments: tuple[int, int]) -> Call:
    """A request that attaches numbers to links, each given by its place."""
    return Call("PUT", QUERY, request((LINK_IDS[link], NUMBERS[number]) for link, number in attachments))


def statuses(results: list[AnswerOrError]) -> list[int | str]:
    """The status of each answer, or the name of the error."""
    return [one.status if isinstance(one, Answer) else type(one).__name__ for one in results]


def attached(store: Store) -> dict[str, str]:
    return dict(store.links_table().drop_nulls().iter_rows())


# --- answers ---------------------------------------------------------------------------------------------------------


def test_what_is_answered_is_there_after_a_restart(path: Path) -> None:
    with opened(path) as store:
        assert statuses(store.settle([call((0, 0), (1, 1)), call((2, 2))])) == [204, 204]
        tables = store.links_table(), store.voxnumbers_table()
    with opened(path) as store:
        assert (store.links_table().rows(), store.voxnumbers_table().rows()) == tuple(table.rows() for table in tables)
        assert attached(store) == {
            "shop 0": NUMBERS[0],
            "shop 1": NUMBERS[1],
            "shop 2": NUMBERS[2],
            "shop 9": NUMBERS[11],
        }
        assert statuses(store.settle([call((0, 3)), call((3, 0)), call((3, 3))])) == [400, 400, 204]


def test_a_store_shows_what_an_account_in_memory_shows(path: Path) -> None:
    account = Account(STOCK, LINKS)
    calls = [call((0, 0), (1, 1)), call((2, 1)), call((2, 2), (9, 3)), call((4, 2))]
    with opened(path) as store:
        assert statuses(store.settle(calls)) == [account.handle(one.method, one.query, one.body)[0] for one in calls]
        assert store.links_table().rows() == account.links_table().rows()
        assert store.voxnumbers_table().rows() == account.voxnumbers_table().rows()


def test_a_later_call_of_a_group_is_decided_on_the_earlier_ones(path: Path) -> None:
    with opened(path) as store:
        first, second, third = store.settle([call((0, 0)), call((1, 0)), call((0, 1))])
        assert statuses([first, second, third]) == [204, 400, 400]
        assert isinstance(second, Answer)
        assert b"VoxNumber 1 of 1 not available" in second.body
        assert isinstance(third, Answer)
        assert b"Link ID 1 of 1 already has a Voxnumber" in third.body


def test_a_request_is_attached_whole_or_not_at_all(path: Path) -> None:
    with opened(path) as store:
        assert statuses(store.settle([call((0, 0), (1, 1), (2, 11))])) == [400]
        assert attached(store) == {"shop 9": NUMBERS[11]}
        assert store.counts() == Counts(links=10, numbers=12, attached=1)


def test_the_links_of_a_request_have_one_revision(path: Path) -> None:
    with opened(path) as store:
        store.settle([call((0, 0), (1, 1)), call((5, 0)), call((2, 2))])
    with closing(sqlite3.connect(path)) as file:
        rows = file.execute("SELECT revision, link_id FROM attachments ORDER BY sequence").fetchall()
    assert rows == [(1, "shop 0"), (1, "shop 1"), (2, "shop 2")]


def test_all_errors_are_told_when_all_are_asked_for(path: Path) -> None:
    with opened(path) as store:
        (answer,) = store.settle([call((9, 0), (0, 11))], errors="all")
        assert isinstance(answer, Answer)
        assert [fault.row.name for fault in answer.faults] == ["LINK_ID_HAS_VOXNUMBER", "VOXNUMBER_NOT_AVAILABLE"]


def test_an_account_made_without_links_has_any_link(path: Path) -> None:
    with opened(path, links=None) as store:
        body = request([("nobody's", NUMBERS[0])])
        assert statuses(store.settle([Call("PUT", QUERY, body)])) == [204]
        assert store.counts() == Counts(links=2, numbers=12, attached=2)
    with opened(path, None, None) as store:
        assert attached(store) == {"nobody's": NUMBERS[0], "shop 9": NUMBERS[11]}


def test_a_stock_that_contradicts_itself_is_kept_as_an_account_keeps_it(path: Path) -> None:
    # A number listed twice, for two links; a link that has two numbers; a number assigned to nobody knows whom.
    stock = pl.DataFrame(
        {
            "full_voxnumber": [NUMBERS[0], NUMBERS[0], NUMBERS[1], NUMBERS[2], NUMBERS[3], NUMBERS[4]],
            "link_id": ["shop 0", "shop 1", "shop 2", "shop 2", None, None],
            "assigned_status": [*["ASSIGNED"] * 4, "ASSIGNED", "UNASSIGNED"],
        }
    )
    account = Account(stock, LINKS)
    calls = [call((link, 4)) for link in (0, 1, 2)] + [call((3, 3)), call((3, 0)), call((3, 4))]
    for _ in range(2):
        with opened(path, stock) as store:
            assert store.links_table().rows() == account.links_table().rows()
            assert store.voxnumbers_table().rows() == account.voxnumbers_table().rows()
            expected = [account.handle(one.method, one.query, one.body)[0] for one in calls]
            assert statuses(store.settle(calls)) == expected
    assert account.links_table().drop_nulls().height == 4


# --- several processes, and a file that others hold or change --------------------------------------------------------


def test_two_stores_of_one_file_see_one_truth(path: Path) -> None:
    with opened(path) as one, opened(path) as other:
        assert statuses(one.settle([call((0, 0))])) == [204]
        assert statuses(other.settle([call((1, 0))])) == [400]
        assert statuses(other.settle([call((1, 1), (2, 2))])) == [204]
        assert attached(one) == attached(other)
        assert statuses(one.settle([call((1, 3)), call((3, 3))])) == [400, 204]
        assert one.voxnumbers_table().rows() == other.voxnumbers_table().rows()
        assert one.counts() == other.counts()


def test_stores_that_race_for_a_number_give_it_once(path: Path) -> None:
    with opened(path) as one, opened(path) as other, ThreadPoolExecutor(2) as pool:
        for number in range(4):
            calls = [(one, call((2 * number, number))), (other, call((2 * number + 1, number)))]
            found = list(pool.map(lambda pair: statuses(pair[0].settle([pair[1]]))[0], calls))
            assert sorted(found) == [204, 400]
        numbers = list(attached(one).values())
        assert sorted(numbers) == [*NUMBERS[:4], NUMBERS[11]]


def test_a_locked_file_refuses_what_would_be_written_and_answers_the_rest(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_S", 0.05)
    with opened(path) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        # The last is decided after the first two, which did not become true: nobody can tell.
        assert statuses(store.settle([call((0, 11)), call((0, 0)), call((1, 0))])) == [
            400,
            "OperationalError",
            "OperationalError",
        ]
        assert attached(store) == {"shop 9": NUMBERS[11]}
        other.execute("ROLLBACK")
        assert statuses(store.settle([call((1, 0)), call((0, 0))])) == [204, 400]


def test_a_full_disk_changes_nothing(path: Path) -> None:
    big = Call("PUT", QUERY, request([("x" * 20_000, NUMBERS[1])]))
    small = Call("PUT", QUERY, request([("y", NUMBERS[1])]))
    with opened(path, links=None) as store:
        # SQLite itself says that there is no room for another page.
        (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
        store._connection.execute(f"PRAGMA max_page_count = {pages}")
        (full,) = store.settle([big])
        assert str(full) == "database or disk is full"
        assert attached(store) == {"shop 9": NUMBERS[11]}
        assert statuses(store.settle([small, big])) == [204, 400]
    with opened(path, None, None) as store:
        assert attached(store) == {"shop 9": NUMBERS[11], "y": NUMBERS[1]}


def test_a_file_that_became_read_only_changes_nothing(path: Path) -> None:
    with opened(path) as store:
        store._connection.execute("PRAGMA query_only = ON")
        (refused, answered) = store.settle([call((0, 0))]) + store.settle([call((0, 11))])
        assert str(refused) == "attempt to write a readonly database"
        assert statuses([answered]) == [400]
        store._connection.execute("PRAGMA query_only = OFF")
        assert statuses(store.settle([call((0, 0))])) == [204]


def test_a_request_that_nobody_thought_of_is_its_own_misfortune(path: Path) -> None:
    with opened(path) as store:
        broken = Call("PUT", QUERY, "not bytes")  # type: ignore[arg-type]
        assert statuses(store.settle([call((0, 0)), broken, call((1, 1))])) == [204, "TypeError", 204]


def test_a_file_changed_by_hand_is_believed(path: Path) -> None:
    with opened(path) as store:
        assert statuses(store.settle([call((0, 0), (1, 1))])) == [204]
        with closing(sqlite3.connect(path, isolation_level=None)) as file:
            file.execute("UPDATE numbers SET link_id = 'somebody' WHERE full_voxnumber = ?", (int(NUMBERS[2]),))
        # The mirror does not know; the file does not take it; the mirror learns.
        assert statuses(store.settle([call((2, 2)), call((2, 3))])) == [400, 204]
        with closing(sqlite3.connect(path, isolation_level=None)) as file:
            file.execute("DELETE FROM attachments")
        assert attached(store) == {"shop 9": NUMBERS[11]}
        assert statuses(store.settle([call((0, 0))])) == [204]


# --- files -----------------------------------------------------------------------------------------------------------


def test_stores_that_are_made_at_once_are_one(path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: open_store(path, STOCK, LINKS), range(4)))
    assert statuses([store.settle([call((0, 0))])[0] for store in stores]) == [204, 400, 400, 400]
    for store in stores:
        store.close()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
