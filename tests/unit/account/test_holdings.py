"""What an account holds, and what changes when numbers are attached."""

from __future__ import annotations

import numpy as np
import polars as pl

from allocator.account.holdings import Holdings
from allocator.tables import read_stock

NUMBERS = ["442079460000", "442079460001", "448450000001"]


def holdings(link_ids: list[str] | None = None, holders: tuple[str | None, ...] = (None, None, "9")) -> Holdings:
    stock = read_stock(pl.DataFrame({"full_voxnumber": NUMBERS, "link_id": holders}))
    return Holdings(stock, None if link_ids is None else pl.Series(link_ids))


def test_links_exist_that_are_listed_or_have_a_number() -> None:
    asked = pl.Series(["1", "9", "10"])
    assert holdings(["1", "2"]).exist(asked).tolist() == [True, True, False]
    assert holdings().exist(asked).tolist() == [True, True, True]
    assert holdings(["1", "2"]).attached(asked).tolist() == [False, True, False]


def test_numbers_are_available_that_are_there_and_free() -> None:
    asked = np.array([442079460001, 448450000001, 0, 10**15])
    assert holdings().available(asked).tolist() == [True, False, False, False]
    nothing = Holdings(read_stock(pl.DataFrame({"full_voxnumber": []}, schema={"full_voxnumber": pl.String})))
    assert nothing.available(asked).tolist() == [False] * 4
    assert str(nothing) == "0 of 0 numbers free; links: any"


def test_what_is_attached_is_taken_and_its_link_is_listed() -> None:
    held = holdings(["1", "2"])
    held.attach(["2", "new"], [442079460001, 442079460000])
    assert held.links_table().rows() == [
        ("1", None),
        ("2", "442079460001"),
        ("9", "448450000001"),
        ("new", "442079460000"),
    ]
    assert held.voxnumbers_table()["link_id"].to_list() == ["new", "2", "9"]
    assert held.stock.table["link_id"].to_list() == ["", "", ""]
    assert str(held) == "0 of 3 numbers free; links: 4"


def test_the_stock_for_an_allocation_names_no_holder() -> None:
    stock = holdings().stock
    assert stock.table["link_id"].to_list() == [None, None, ""]
    assert stock.table["link_id"].dtype == pl.String
    assert stock.attached.is_empty()
