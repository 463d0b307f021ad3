"""Growth: the links that a scenario adds."""

from __future__ import annotations

import polars as pl
import pytest

from allocator.whatif.inputs import Inputs, read_inputs
from allocator.whatif.scenario import Scenario
from allocator.whatif.scenario_error import ScenarioError
from allocator.whatif.scenario_growth import Growing, outcode_rows
from tests.unit.whatif.examples import STOCK, only


def ids(scenario: Scenario, inputs: Inputs) -> list[str]:
    return scenario.applied(inputs)[0].table["link_id"].to_list()


def test_growth_takes_the_postcodes_of_the_outcodes_links_in_turn(inputs: Inputs) -> None:
    table = only(growth={"W11": 3}, fallback_km=20).applied(inputs)[0].table.tail(3)
    rows = table.select("row", "link_id", "postcode", "fallback_km").rows()
    # W11 0ZZ does not exist.
    assert rows == [
        (None, "growth-W11-1", "W11 3EP", 7.0),
        (None, "growth-W11-2", "W11 4FQ", 20.0),
        (None, "growth-W11-3", "W11 3EP", 7.0),
    ]


def test_growth_in_per_cent_is_rounded_up(inputs: Inputs) -> None:
    for percent, count in {"0%": 0, "1%": 1, "33%": 1, "33.4 %": 2, "100%": 3, "200%": 6}.items():
        assert len(ids(only(growth={"W11": percent}), inputs)) == 7 + count


def test_growth_counts_the_links_that_take_part(inputs: Inputs) -> None:
    assert ids(only(growth={"W11": "100%"}, links={"only_link_ids": ["a", "b"]}), inputs) == ["a", "b", "growth-W11-1"]


def test_growth_where_no_link_is_takes_the_first_postcode_that_exists(inputs: Inputs) -> None:
    plan = only(growth={"EH1": 2}).plan(inputs)
    rows = plan.unassigned.filter(pl.col("outcode") == "EH1").select("link_id", "postcode", "reason", "row").rows()
    (postcode,) = {row[1] for row in rows}
    assert rows == [(f"growth-EH1-{turn}", postcode, "NO_STOCK_IN_REACH", None) for turn in (1, 2)]


def test_growth_comes_in_the_order_of_the_file(inputs: Inputs) -> None:
    assert ids(only(growth={"W11": 1, "EH1": 1, "M1": 1}), inputs)[-3:] == [
        "growth-W11-1",
        "growth-EH1-1",
        "growth-M1-1",
    ]


def test_growth_takes_no_id_that_a_link_has_though_it_is_filtered_away() -> None:
    links = pl.DataFrame({"link_id": ["growth-W11-1", "growth-W11-3"], "postcode": ["W11 3EP"] * 2})
    scenario = only(growth={"W11": 3}, links={"without_link_ids": ["growth-W11-1"]})
    found = ids(scenario, read_inputs(links, STOCK))
    assert found == ["growth-W11-3", "growth-W11-2", "growth-W11-4", "growth-W11-5"]


def test_too_much_growth_is_refused() -> None:
    links = pl.DataFrame({"link_id": [str(place) for place in range(200)], "postcode": ["W11 3EP"] * 200})
    with pytest.raises(ScenarioError, match=r"key growth.W11: '999999%': that is 1999998 more links"):
        only(growth={"W11": "999999%"}).check(read_inputs(links, STOCK))


def test_links_that_come_count_as_those_whose_postcode_they_have() -> None:
    links = pl.DataFrame({"link_id": ["a", "b"], "postcode": ["W11 3EP", "M1 1AA"], "priority": ["2.5", None]})
    table = only(growth={"W11": 1, "EH1": 1}).applied(read_inputs(links, STOCK))[0].table
    assert table["priority"].to_list() == [2500, 1000, 2500, 1000]


def test_what_is_not_by_postcode_does_not_grow(inputs: Inputs) -> None:
    table = inputs.links.table
    assert (outcode_rows(table) < 0).tolist() == [False] * 5 + [True] * 2
    assert Growing(table, (("W11", "100%"), ("M1", "100%"), ("EH1", 7)), "a").counts() == [3, 1, 7]
