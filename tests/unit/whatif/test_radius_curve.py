"""The radius: steps by the rule and by the best plan, own distances, and the smallest that serves all."""

from __future__ import annotations

from typing import Literal

import polars as pl
import pytest

import allocator
from allocator import whatif
from allocator.errors import OptionError
from tests.unit.whatif.examples import links

STOCK = pl.DataFrame({"full_voxnumber": ["442079460000", "441753960000", "441753960001", "441895960000"]})


@pytest.mark.parametrize("strategy", ["rule", "optimal"])
@pytest.mark.parametrize("grouping", ["together", "split"])
def test_a_step_serves_what_a_plan_at_that_radius_serves(
    strategy: Literal["rule", "optimal"], grouping: Literal["together", "split"]
) -> None:
    table = links(W11=2, SW1A=2)
    curve = whatif.radius(table, STOCK, strategy=strategy, grouping=grouping)
    for km, served in curve.steps.select("radius_km", "served").rows():
        plan = allocator.plan(table, STOCK, fallback_km=km, strategy=strategy, grouping=grouping)
        assert plan.assignments.height == served
    assert curve.exact == (strategy == "rule" or grouping == "split")
    assert ("served_at_most" in curve.steps.columns) == (not curve.exact)
    assert curve.ok == (curve.smallest_km is not None) == (curve.steps["served"].max() == 4)


def test_links_with_a_distance_of_their_own_keep_it() -> None:
    table = links(W11=2).with_columns(fallback_area_distance=pl.lit("0"))
    curve = whatif.radius(table, STOCK)
    assert curve.steps.rows() == [(0.0, 0)]
    assert repr(curve) == "<RadiusCurve: 0 to 0 of 2 links served, no radius serves all>"


def test_no_radius_beyond_the_widest_is_looked_at() -> None:
    curve = whatif.radius(links(W11=2), STOCK, up_to_km=5)
    assert (curve.steps.height, curve.summary["options"]["up_to_km"]) == (1, 5.0)


def test_the_summary_has_no_distance_of_the_plan() -> None:
    summary = whatif.radius(links(W11=1), STOCK).summary
    assert list(summary["options"]) == ["grouping", "strategy", "up_to_km"]
    assert (summary["links"], summary["smallest_km"], summary["most_served"], summary["exact"]) == (1, 0.0, 1, True)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"up_to_km": -1}, "up_to_km is not a distance"),
        ({"strategy": "greedy"}, "there is no such strategy"),
        ({"grouping": "apart"}, "there is no such grouping"),
        ({"effort": -1}, "the effort is negative"),
    ],
)
def test_options_outside_their_range_are_refused(option: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        whatif.radius(links(W11=1), STOCK, **option)  # type: ignore[arg-type]
