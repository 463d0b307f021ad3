"""A scenario: what it does to links and stock, and what it refuses."""

from __future__ import annotations

import pickle
from typing import Any

import polars as pl
import pytest
from hypothesis import given

import allocator
from allocator.plans import PlanOptions, csv_bytes
from allocator.tables import number_texts
from allocator.whatif.inputs import Inputs, read_inputs
from allocator.whatif.scenario import Scenario
from allocator.whatif.scenario_error import ScenarioError
from tests.support.strategies import Instance, instances
from tests.unit.whatif.examples import LINKS, STOCK, only


def ids(scenario: Scenario, inputs: Inputs) -> list[str]:
    return scenario.applied(inputs)[0].table["link_id"].to_list()


def numbers(scenario: Scenario, inputs: Inputs) -> list[str]:
    return number_texts(scenario.applied(inputs)[1].table["full_voxnumber"]).to_list()


@given(instances())
def test_a_scenario_without_changes_is_the_plan(instance: Instance) -> None:
    links, stock = instance.links_table, instance.stock_table
    options: dict[str, Any] = {"fallback_km": instance.fallback_km, "grouping": instance.grouping}
    plan = allocator.plan(links, stock, **options)
    again = only(**options).plan(read_inputs(links, stock))
    for name in ("assignments", "unassigned", "rejected", "decisions"):
        assert csv_bytes(getattr(again, name)) == csv_bytes(getattr(plan, name))
    assert again.summary == plan.summary


def test_a_links_own_fallback_distance_wins_over_the_scenarios(inputs: Inputs) -> None:
    table = only(fallback_km=30).applied(inputs)[0].table
    assert table["fallback_km"].to_list() == [7.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0]


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        ({"only_outcodes": ["w11"]}, "acd"),
        ({"without_outcodes": ["W11", "M1"]}, "efg"),
        ({"only_area_codes": ["020"]}, "acde"),
        ({"without_area_codes": [20]}, "bfg"),
        ({"only_link_ids": ["f", "a"]}, "af"),
        ({"without_link_ids": ["f", "a"]}, "bcdeg"),
        ({"only_area_codes": ["20"], "without_link_ids": ["a"], "without_outcodes": ["SW1A"]}, "cd"),
        ({"only_outcodes": []}, ""),
        ({"without_outcodes": []}, "abcdefg"),
    ],
)
def test_filters_say_which_links_take_part(inputs: Inputs, filters: dict[str, Any], left: str) -> None:
    assert ids(only(links=filters), inputs) == list(left)


def test_the_largest_available_numbers_are_removed(inputs: Inputs) -> None:
    left = numbers(only(remove={"20": 2}), inputs)
    assert left == ["441614960000", "442079460000", "442079460002"]


def test_numbers_that_are_added_do_not_look_like_numbers(inputs: Inputs) -> None:
    more = numbers(only(add={"0161": 2, "845": 1}, remove={"161": 1}), inputs)
    assert more[-3:] == ["new-161-1", "new-161-2", "new-845-1"]
    assert "441614960000" not in more
    plan = only(add={"161": 1}, remove={"161": 1}, links={"only_link_ids": ["b"]}).plan(inputs)
    assert plan.assignments["full_voxnumber"].to_list() == ["new-161-1"]
    assert plan.hypothetical


def test_the_summary_counts_the_rows_that_were_read(inputs: Inputs) -> None:
    plan = only(add={"20": 5}, links={"only_outcodes": ["M1"]}, growth={"M1": 4}).plan(inputs)
    assert plan.summary["inputs"]["links"]["rows"] == LINKS.height
    assert plan.summary["inputs"]["stock"]["rows"] == STOCK.height
    assert plan.summary["links"]["total"] == 5


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"remove": {"20": 4}},
            "remove.20: 4 are to be removed, but the stock has 3 available in area code 20. Remove 3 at most.",
        ),
        (
            {"remove": {"131": 1}},
            "remove.131: 1 are to be removed, but the stock has none available in area code 131. Leave it out.",
        ),
        (
            {"links": {"only_link_ids": ["a", "nobody"]}},
            "links.only_link_ids: 'nobody': the links have no such link_id. Name links that are in the table.",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_tables_is_refused(inputs: Inputs, keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        only(**keys).check(inputs, "scenarios.toml")
    assert str(caught.value) == f"scenarios.toml, scenario 'a', key {message}"


def test_a_link_id_that_may_be_meant_is_suggested() -> None:
    links = pl.DataFrame({"link_id": ["shop-17"], "postcode": ["W11 3EP"]})
    with pytest.raises(ScenarioError, match=r"Did you mean 'shop-17'\?"):
        only(links={"without_link_ids": ["shop17"]}).check(read_inputs(links, STOCK))


def test_what_changes_is_as_the_file_says_it() -> None:
    keys: dict[str, Any] = {
        "add": {"161": 3, "20": 1},
        "remove": {"131": 0},
        "links": {"without_link_ids": ["a"], "only_outcodes": ["W11"]},
        "growth": {"W11": "10%", "M1": 2},
    }
    assert only(**keys).changes() == {
        "add": {"20": 1, "161": 3},
        "links": {"only_outcodes": ["W11"], "without_link_ids": ["a"]},
        "growth": {"W11": "10%", "M1": 2},
    }


def test_a_scenario_is_a_value() -> None:
    scenario = Scenario("a", PlanOptions(5), add=((20, 1),))
    assert pickle.loads(pickle.dumps(scenario)) == scenario == only(fallback_km=5, add={"20": 1})
    assert Scenario("a") == only()
