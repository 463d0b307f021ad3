"""An account of any source answers as the API does, and keeps what it attached."""

from __future__ import annotations

import pickle
from pathlib import Path

import polars as pl
import pytest

import allocator
from allocator.errors import OptionError, TableError
from tests.support.account_cases import (
    ACCEPTED,
    EXAMPLES_OF_THE_PAGE,
    LINK_IDS,
    QUERY,
    SOUND,
    STOCK,
    by_area,
    by_voxnumber,
    errors_body,
    new_account,
    request,
)


def test_the_request_that_all_others_are_made_of_is_served() -> None:
    account = new_account()
    assert account.handle("PUT", QUERY, request(SOUND)) == (204, b"")
    assert account.links_table().rows() == [
        *(("1", None), ("2", "442079460001")),
        *((link_id, None) for link_id in "345678"),
        ("9", "448450000001"),
    ]


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_the_page_allows_is_attached(name: str) -> None:
    account = new_account()
    assert account.handle("PUT", QUERY, request(ACCEPTED[name])) == (204, b"")
    attached = account.links_table().filter(pl.col("full_voxnumber").is_not_null())
    assert attached["link_id"].to_list() == ["1", "9"]


def test_the_pages_examples_are_served_one_after_the_other() -> None:
    numbers = ["4423012565866", "442079460000", "442079460001", "442079460002", "448450000001"]
    account = allocator.Account(pl.DataFrame({"full_voxnumber": numbers}))
    assert [account.handle("PUT", QUERY, body) for body in EXAMPLES_OF_THE_PAGE] == [(204, b"")] * 4
    assert dict(account.links_table().rows()) == {
        "333": "442079460000",
        "444": "4423012565866",
        "555": "442079460001",
        "334": "442079460002",
        "445": "448450000001",
    }
    status, answered = account.handle("PUT", QUERY, EXAMPLES_OF_THE_PAGE[3], errors="all")
    assert (status, answered) == (
        400,
        errors_body("Link ID 1 of 2 already has a Voxnumber", "Link ID 2 of 2 already has a Voxnumber"),
    )


def test_an_account_takes_any_source(tmp_path: Path) -> None:
    stock = pl.DataFrame({"full_voxnumber": list(STOCK), "link_id": list(STOCK.values())})
    links = pl.DataFrame({"link_id": LINK_IDS})
    stock.write_csv(tmp_path / "stock.csv")
    links.write_parquet(tmp_path / "links.parquet")
    (tmp_path / "voxnumbers.xml").write_text(
        "<response><results>"
        + "".join(f"<result><voxnumber>{number}</voxnumber></result>" for number in STOCK)
        + "</results></response>"
    )
    account = allocator.Account(str(tmp_path / "stock.csv"), links=tmp_path / "links.parquet")
    assert account.links_table().equals(new_account().links_table())
    assert account.voxnumbers_table().equals(new_account().voxnumbers_table())
    listed = allocator.Account(tmp_path / "voxnumbers.xml", links.lazy())
    assert listed.voxnumbers_table()["full_voxnumber"].to_list() == sorted(STOCK, key=int)


def test_links_that_have_a_number_by_their_listing_have_it() -> None:
    stock = pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001"]})
    links = pl.DataFrame({"link_id": ["1", "2"], "voxnumber": ["442079460001", None]})
    account = allocator.Account(stock, links)
    assert account.links_table().rows() == [("1", "442079460001"), ("2", None)]
    assert account.handle("PUT", QUERY, request(by_voxnumber("2", "442079460001")))[0] == 400
    with pytest.raises(TableError, match="is attached to link 3 by the stock"):
        allocator.Account(stock.with_columns(link_id=pl.Series([None, "3"])), links)


def test_without_links_any_link_exists() -> None:
    account = allocator.Account(pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    assert repr(account) == "<Account: 1 of 1 numbers free; links: any>"
    assert account.handle("PUT", QUERY, request(by_area("anybody"))) == (204, b"")
    assert repr(account) == "<Account: 0 of 1 numbers free; links: any>"
    assert account.links_table().rows() == [("anybody", "442079460000")]


def test_an_answer_changes_nothing_until_it_is_attached() -> None:
    account = new_account()
    answer = account.answer("PUT", QUERY, request(SOUND))
    assert (answer.status, answer.link_ids, answer.full_voxnumbers) == (204, ("2",), (442079460001,))
    assert account.links_table().equals(new_account().links_table())
    account.attach(answer)
    assert account.links_table().filter(link_id="2").row(0) == ("2", "442079460001")


def test_an_account_can_be_pickled_and_each_copy_goes_its_own_way() -> None:
    account = new_account()
    other = pickle.loads(pickle.dumps(account))
    assert repr(other) == repr(account) == "<Account: 4 of 5 numbers free; links: 9>"
    assert other.handle("PUT", QUERY, request(SOUND)) == (204, b"")
    assert account.handle("PUT", QUERY, request(SOUND)) == (204, b"")
    assert other.links_table().equals(account.links_table())


def test_another_choice_of_errors_is_refused() -> None:
    with pytest.raises(OptionError, match="'some': there is no such choice of errors"):
        new_account().handle("PUT", QUERY, request(SOUND), errors="some")  # type: ignore[arg-type]
