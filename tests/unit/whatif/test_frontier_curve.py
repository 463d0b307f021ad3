"""The frontier: its first and last point, limits, and what each point claims."""

from __future__ import annotations

import polars as pl
import pytest

from allocator import whatif
from allocator.errors import OptionError
from tests.unit.whatif.examples import links

ONE = pl.DataFrame({"full_voxnumber": ["442079460000"]})


@pytest.mark.parametrize("grouping", ["together", "split"])
def test_the_curve_ends_with_the_purchase(grouping: str) -> None:
    table = links(W11=2, M1=3, SW1A=1)
    curve = whatif.frontier(table, ONE, grouping=grouping)  # type: ignore[arg-type]
    bought = whatif.buy(table, ONE, grouping=grouping).summary  # type: ignore[arg-type]
    first, last = curve.points.row(0, named=True), curve.points.row(-1, named=True)
    assert (first["numbers"], first["served"]) == (0, bought["served_before"])
    assert (last["numbers"], last["served"]) == (bought["numbers"], bought["served_after"])
    assert curve.points["numbers"].is_sorted()
    assert (curve.points["served"] <= curve.points["served_at_most"]).all()
    assert curve.ok


def test_each_step_serves_a_group_and_says_where() -> None:
    curve = whatif.frontier(links(W11=2, M1=3), ONE)
    assert curve.points.select("numbers", "served", "area_code").rows() == [(0, 0, None), (1, 2, "20"), (4, 5, "161")]


def test_by_area_links_are_in_the_last_step() -> None:
    asked = pl.DataFrame(
        {"link_id": ["1", "2", "3"], "postcode": ["W11 3EP", None, None], "area_code": [None, "161", "161"],
         "voxnumber_idd": [None, "44", "44"]}
    )  # fmt: skip
    assert whatif.frontier(asked, ONE).points.select("numbers", "served").rows() == [(0, 1), (2, 3)]
    assert whatif.frontier(asked, ONE, most=1).points.select("numbers", "served").rows() == [(0, 1), (1, 2)]


@pytest.mark.parametrize("grouping", ["together", "split"])
def test_no_more_is_bought_than_asked(grouping: str) -> None:
    curve = whatif.frontier(links(W11=2, M1=3), ONE, grouping=grouping, most=2)  # type: ignore[arg-type]
    assert curve.points["numbers"].max() == (1 if grouping == "together" else 2)
    assert not curve.ok
    with pytest.raises(OptionError, match="the number is negative"):
        whatif.frontier(links(W11=2), ONE, most=-1)
