"""What to buy: the shopping list, the links it rescues, and the links that no purchase helps."""

from __future__ import annotations

import polars as pl
import pytest

from allocator import whatif
from allocator.errors import OptionError
from tests.support.strategies import unit_postcodes
from tests.unit.whatif.examples import LINKS, STOCK, links

ONE = pl.DataFrame({"full_voxnumber": ["442079460000"]})


def test_the_list_says_where_to_buy_and_for_whom() -> None:
    found = whatif.buy(links(W11=2, M1=3), ONE)
    assert found.shopping.select("area_code", "name", "numbers", "links_rescued", "outcodes").rows() == [
        ("161", "Manchester", 3, 3, "M1 (3)"),
        ("20", "London", 1, 2, "W11 (2)"),
    ]
    assert found.shopping["price"].null_count() == 2
    assert found.rescued["bought_in"].to_list() == ["20", "20", "161", "161", "161"]
    assert repr(found) == "<Purchase: 4 numbers for 5 links, exact>"
    assert (found.summary["served_before"], found.summary["served_after"]) == (0, 5)
    assert found.plan.hypothetical


def test_prices_make_a_cost() -> None:
    prices = pl.DataFrame({"area_code": ["20", "161"], "price": ["10", "2.50"], "available": ["", "2"]})
    found = whatif.buy(links(W11=2, M1=3), ONE, prices=prices, grouping="split")
    assert found.shopping.select("area_code", "numbers", "price", "cost").rows() == [
        ("161", 2, 2.5, 5.0),
        ("20", 1, 10.0, 10.0),
    ]
    assert found.summary["cost"] == 15.0
    # Manchester has no third number for sale.
    assert found.infeasible["reason"].to_list() == ["NO_STOCK_IN_REACH"]
    assert not found.ok


def test_a_link_that_numbers_can_not_help_is_listed_with_its_reason() -> None:
    found = whatif.buy(LINKS, STOCK)
    assert dict(found.infeasible.select("link_id", "reason").rows())["d"] == "POSTCODE_UNKNOWN"
    assert found.ok


def test_the_options_and_the_steps() -> None:
    steps: list[str] = []
    summary = whatif.buy(links(W11=2), ONE, budget=1, progress=steps.append).summary
    assert (summary["options"]["budget"], summary["options"]["prices"]) == (1, None)
    assert steps[-1] == "Listing the links that it rescues"
    with pytest.raises(OptionError, match="the budget is negative"):
        whatif.buy(links(W11=2), ONE, budget=-1)


def test_many_outcodes_are_cut_off_in_the_list() -> None:
    outcodes = ["E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8", "E9", "E10", "E11", "E13", "E14", "E15"]
    postcodes = [f"{outcode} {unit_postcodes(outcode)[0][0]}" for outcode in outcodes]
    table = pl.DataFrame({"link_id": outcodes, "postcode": postcodes})
    (row,) = whatif.buy(table, ONE).shopping["outcodes"]
    assert row.endswith(" (1) and 1 more")
    assert row.count("(1)") == 12
