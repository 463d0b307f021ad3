"""Best plans and `allocator.whatif`, compared with an exhaustive search."""

from __future__ import annotations

from typing import Literal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import allocator
from allocator import whatif
from tests.support import exhaustive
from tests.support.places import ELSEWHERE, Places, at_places, places, planted_places
from tests.support.planted import greedy_traps

# Distances are printed to the millimetre, and the oracle adds up distances that are not rounded.
KM = 1e-4
PLENTY = 99
Grouping = Literal["together", "split"]
GROUPINGS: st.SearchStrategy[Grouping] = st.sampled_from(["together", "split"])


def solved(case: Places, grouping: Grouping, objective: Literal["total", "worst"] = "total") -> allocator.Plan:
    return allocator.plan(
        case.links,
        case.stock,
        fallback_km=case.radius_km,
        grouping=grouping,
        strategy="optimal",
        objective=objective,
    )


def sale(case: Places) -> list[int]:
    return [PLENTY] * (len(case.codes) + ELSEWHERE)


def market_units(case: Places, grouping: Grouping) -> tuple[list[exhaustive.Unit], list[int]]:
    return case.units(together=grouping == "together", elsewhere=True), [*case.supply, 0]


@given(places(priorities=True))
def test_the_best_split_plan_serves_the_most_weight(case: Places) -> None:
    plan = solved(case, "split")
    units = case.units(together=False)
    weight = dict(case.links.select("link_id", pl.col("priority").cast(pl.Float64)).iter_rows())
    assert sum(weight[link] for link in plan.assignments["link_id"]) == exhaustive.most_weight(units, case.supply)
    assert plan.assignments.height == exhaustive.most_served(units, case.supply)


@given(places(priorities=True))
def test_the_best_plan_of_whole_groups_claims_no_more_weight_than_there_is(case: Places) -> None:
    plan = solved(case, "together")
    weight = dict(case.links.select("link_id", pl.col("priority").cast(pl.Float64)).iter_rows())
    had = sum(weight[link] for link in plan.assignments["link_id"])
    assert had <= exhaustive.most_weight(case.units(together=True), case.supply)


@given(places())
def test_distances_of_the_best_split_plan_are_the_least(case: Places) -> None:
    units = case.units(together=False)
    total = solved(case, "split").assignments["distance_km"].fill_null(0.0)
    assert total.sum() == pytest.approx(exhaustive.least_total_km(units, case.supply), abs=KM)
    worst = solved(case, "split", objective="worst").assignments["distance_km"].fill_null(0.0)
    assert len(worst) == len(total)
    assert (worst.max() or 0.0) == pytest.approx(max(0.0, exhaustive_worst(case)), abs=KM)


def exhaustive_worst(case: Places) -> float:
    return exhaustive.least_worst_km(case.units(together=False), case.supply)


@given(places(), GROUPINGS)
def test_the_fewest_numbers_are_bought(case: Places, grouping: Grouping) -> None:
    found = whatif.buy(case.links, case.stock, fallback_km=case.radius_km, grouping=grouping)
    units, supply = market_units(case, grouping)
    served, numbers = exhaustive.cheapest(units, supply, [1] * len(supply), sale(case))
    summary = found.summary
    assert summary["served_after"] == served == len(case.wanted) + len(case.by_area)
    assert summary["numbers"] == summary["cost"] == found.shopping["numbers"].sum()
    assert summary["cost_at_least"] <= numbers <= summary["cost"]
    if summary["exact"] or grouping == "split":
        assert summary["exact"]
        assert summary["cost_at_least"] == summary["cost"] == numbers


@given(places(), GROUPINGS, st.data())
def test_the_cheapest_numbers_are_bought(case: Places, grouping: Grouping, data: st.DataObject) -> None:
    price = [data.draw(st.integers(0, 5)) for _ in case.codes]
    available = [data.draw(st.integers(0, 4)) for _ in case.codes]
    prices = pl.DataFrame({"area_code": [str(code) for code in case.codes], "price": price, "available": available})
    found = whatif.buy(case.links, case.stock, fallback_km=case.radius_km, grouping=grouping, prices=prices)
    units = case.units(together=grouping == "together")
    served, cost = exhaustive.cheapest(units, case.supply, price, available)
    summary = found.summary
    bought = dict(found.shopping.select("area_code", "numbers").iter_rows())
    assert sum(bought.get(str(code), 0) * one for code, one in zip(case.codes, price, strict=True)) == summary["cost"]
    assert all(bought.get(str(code), 0) <= most for code, most in zip(case.codes, available, strict=True))
    assert summary["served_before"] <= summary["served_after"] <= served <= summary["served_at_most"]
    if summary["served_after"] == served:
        assert summary["cost_at_least"] <= cost <= summary["cost"]
    if summary["exact"] or grouping == "split":
        assert (summary["exact"], summary["served_after"], summary["cost"]) == (True, served, cost)


@given(places(), GROUPINGS, st.integers(0, 6))
def test_a_budget_buys_the_most_links(case: Places, grouping: Grouping, budget: int) -> None:
    found = whatif.buy(case.links, case.stock, fallback_km=case.radius_km, grouping=grouping, budget=budget)
    units, supply = market_units(case, grouping)
    curve = exhaustive.frontier(units, supply, sale(case))
    most = curve[min(budget, len(curve) - 1)]
    summary = found.summary
    assert found.shopping["numbers"].sum() <= budget
    assert summary["served_after"] <= most <= summary["served_at_most"]
    if summary["exact"] or grouping == "split":
        assert summary["served_after"] == most
    if grouping == "split":
        assert summary["served_at_most"] == most


def test_a_budget_is_exact_only_where_the_bound_is_met() -> None:
    case = Places((("W11", 1.0),) * 2, ((20, 1), (1895, 1)), 0.0)
    summary = whatif.buy(case.links, case.stock, budget=0).summary
    assert summary["exact"] == (summary["served_after"] == summary["served_at_most"])


@given(places(), GROUPINGS)
def test_the_frontier_is_the_best_at_each_of_its_points(case: Places, grouping: Grouping) -> None:
    points = whatif.frontier(case.links, case.stock, fallback_km=case.radius_km, grouping=grouping).points
    units, supply = market_units(case, grouping)
    curve = exhaustive.frontier(units, supply, sale(case))
    assert points["numbers"][0] == 0
    for numbers, served, at_most in points.select("numbers", "served", "served_at_most").iter_rows():
        most = curve[min(numbers, len(curve) - 1)]
        assert served <= most <= at_most
        assert grouping == "together" or served == at_most
    assert points["served"][-1] == curve[-1]
    if grouping == "split":
        assert points["numbers"].to_list() == list(range(len(curve)))


@given(places())
def test_a_number_is_worth_what_solving_again_says(case: Places) -> None:
    table = whatif.worth(case.links, case.stock, fallback_km=case.radius_km, grouping="split").table
    gain_of = {int(code): (numbers, gain) for code, _, numbers, gain, _ in table.iter_rows()}
    units = case.units(together=False)
    before = exhaustive.most_served(units, case.supply)
    for pool, code in enumerate(case.codes):
        more = [many + (pool == other) for other, many in enumerate(case.supply)]
        gain = exhaustive.most_served(units, more) - before
        assert gain_of.get(code, (1, 0))[1] == gain


@given(places())
def test_whole_groups_gain_no_more_than_there_is(case: Places) -> None:
    table = whatif.worth(case.links, case.stock, fallback_km=case.radius_km, grouping="together").table
    units = case.units(together=True)
    today = solved(case, "together").assignments.height
    for code, _, numbers, gain, _ in table.iter_rows():
        if int(code) in case.codes:
            more = [many + numbers * (int(code) == other) for other, many in case.numbers]
            assert today + gain <= exhaustive.most_served(units, more)


@given(places(), st.sampled_from([0.0, 20.0, 60.0]))
def test_the_curve_is_the_exact_step_function(case: Places, up_to_km: float) -> None:
    found = whatif.radius(case.links, case.stock, strategy="optimal", grouping="split", up_to_km=up_to_km)
    expected = exhaustive.steps(case.units(together=False, radius_km=up_to_km), case.supply, up_to_km)
    assert found.steps["served"].to_list() == [served for _, served in expected]
    assert found.steps["radius_km"].to_list() == pytest.approx([km for km, _ in expected], abs=1e-6)
    everyone = [km for km, served in expected if served == len(case.wanted) + len(case.by_area)]
    if everyone:
        assert found.smallest_km == pytest.approx(everyone[0], abs=1e-6)


@given(places(by_area=False))
def test_the_curve_by_the_rule_is_the_rule_at_every_distance(case: Places) -> None:
    steps = whatif.radius(case.links, case.stock, strategy="rule", up_to_km=20.0).steps
    units = case.units(together=True, radius_km=20.0)
    for km in sorted({0.0, *(km for unit in units for km in unit.km.values())}):
        plan = allocator.plan(case.links, case.stock, fallback_km=km)
        assert steps.filter(pl.col("radius_km") <= km)["served"][-1] == plan.assignments.height


@pytest.mark.parametrize("seed", range(8))
def test_what_was_taken_from_a_planted_stock_is_bought_again(seed: int) -> None:
    case = planted_places(4, seed, missing=3)
    found = whatif.buy(case.links, case.stock, fallback_km=case.radius_km, grouping="split").summary
    assert (found["served_before"], found["served_after"], found["numbers"]) == (case.best, len(case.wanted), 3)
    whole = whatif.buy(case.links, case.stock, fallback_km=case.radius_km).summary
    assert whole["cost_at_least"] <= 3 <= whole["cost"]
    full = planted_places(4, seed)
    plan = solved(full, "together")
    assert plan.assignments.height == full.best


def test_the_trap_is_avoided() -> None:
    case = at_places(greedy_traps(1, 3))
    assert solved(case, "together").assignments.height == case.best
    assert whatif.buy(case.links, case.stock, fallback_km=case.radius_km).summary["numbers"] == 0
