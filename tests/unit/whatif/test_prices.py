"""Price lists: what is for sale, at what price, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from allocator.errors import TableError
from allocator.plans import build_instance
from allocator.tables import read_links, read_stock
from allocator.whatif.prices import every_area_code, read_prices
from tests.unit.whatif.examples import links


def prices(**columns: list[str]) -> pl.DataFrame:
    return pl.DataFrame(columns)


def test_prices_and_availability_are_read() -> None:
    table = prices(
        area_code=["020", "0161", "202"], price=["2.50", "0", "1"], available=["3", "", ""], voxnumber_idd=["", "", "1"]
    )
    found = read_prices(table)
    assert found.price == {(44, 20): 25_000, (44, 161): 0, (1, 202): 10_000}
    assert found.available == {(44, 20): 3}
    assert found.amount(25_000) == Decimal("2.5")


def test_a_market_sells_what_is_listed_and_no_more_than_there_are_links() -> None:
    pools = build_instance(
        read_links(links(W11=1), fallback_km=0.0), read_stock(pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    ).pools
    row = pools.rows()
    market = read_prices(prices(area_code=["20", "161"], price=["2", "1"], available=["1", "99"])).market(pools, 5)
    sold = {key: (int(market.price[pool]), int(market.available[pool])) for key, pool in row.items()}
    assert sold[44, 20] == (20_000, 1)
    assert sold[44, 161] == (10_000, 5)
    assert set(sold.values()) == {(20_000, 1), (10_000, 5), (0, 0)}
    everything = every_area_code(pools).market(pools, 5)
    assert (everything.price == 1).all()
    assert (everything.available == 5).all()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"area_code": ["20"], "price": ["dear"]}, "column price: 'dear': it is not a number"),
        ({"area_code": ["20"], "price": ["£1"]}, "column price: '£1': it is not a number"),
        ({"area_code": ["20"], "price": ["-1"]}, "column price: '-1': it is not a price"),
        ({"area_code": ["20"], "price": ["inf"]}, "column price: 'inf': it is not a price"),
        ({"area_code": ["20"], "price": ["0.00001"]}, "column price: '0.00001': it is not a price"),
        ({"area_code": ["20", "020"], "price": ["1", "2"]}, "column area_code: '020': it has a price already"),
        ({"area_code": ["abc"], "price": ["1"]}, "column area_code"),
        ({"area_code": ["20"], "price": ["1"], "available": ["many"]}, "'many': it is not a whole number"),
        ({"area_code": ["20"], "prices": ["1"]}, "price"),
    ],
)
def test_a_list_that_is_wrong_is_refused(columns: dict[str, list[str]], message: str) -> None:
    with pytest.raises(TableError) as caught:
        read_prices(prices(**columns))
    assert message in str(caught.value)
