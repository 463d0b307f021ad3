"""Placeholders for numbers that nobody has bought yet."""

from __future__ import annotations

import polars as pl
import pytest

from allocator.errors import OptionError
from allocator.tables.placeholders import PLACEHOLDER, number_texts, with_purchases
from allocator.tables.stock import Stock, read_stock


@pytest.fixture
def stock() -> Stock:
    return read_stock(pl.DataFrame({"full_voxnumber": ["442079460000", "441614960000"], "city": ["London", None]}))


def texts(stock: Stock) -> list[str]:
    return number_texts(stock.table["full_voxnumber"]).to_list()


def test_placeholders_come_after_all_real_numbers(stock: Stock) -> None:
    more = with_purchases(stock, {(44, 20): 2, (1, 212): 1})
    assert texts(more) == ["441614960000", "442079460000", "new-1-212-1", "new-20-1", "new-20-2"]
    assert more.table.select("idd", "area_code", "row", "link_id", "city").rows()[-1] == (44, 20, 0, None, None)
    assert more.table.schema == stock.table.schema
    assert more.attached.equals(stock.attached)
    assert len(stock) == 2


def test_more_placeholders_are_counted_on(stock: Stock) -> None:
    once = with_purchases(stock, {(44, 20): 1})
    twice = with_purchases(once, {(44, 20): 1, (44, 161): 1})
    assert texts(twice)[2:] == ["new-20-1", "new-20-2", "new-161-1"]


def test_no_purchases_change_nothing(stock: Stock) -> None:
    assert with_purchases(stock, {}).table.equals(stock.table)


def test_too_many_are_refused(stock: Stock) -> None:
    with pytest.raises(OptionError, match=r"too many numbers for area code 20\. Give fewer than ten million\."):
        with_purchases(stock, {(44, 20): 10**7})


def test_real_numbers_are_their_digits() -> None:
    assert number_texts(pl.Series("n", [442079460000, None])).to_list() == ["442079460000", None]
    assert number_texts(pl.Series("n", [10**18 - 1])).name == "n"
    assert PLACEHOLDER == "new-"
