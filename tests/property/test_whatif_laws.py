"""Laws of the best plan and of what-ifs, on real places; each test is named by its law."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Literal

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

import allocator
from allocator import whatif
from tests.support import exhaustive
from tests.support.exhaustive import Unit
from tests.support.places import Places, at_places, places
from tests.support.planted import all_ties, hurtful_purchase

Grouping = Literal["together", "split"]
GROUPINGS: st.SearchStrategy[Grouping] = st.sampled_from(["together", "split"])


def best(case: Places, grouping: Grouping) -> allocator.Plan:
    return allocator.plan(
        case.links, case.stock, fallback_km=case.radius_km, grouping=grouping, strategy="optimal", effort=50
    )


def with_more(case: Places, more: dict[int, int]) -> Places:
    numbers = Counter(dict(case.numbers))
    numbers.update(more)
    return replace(case, numbers=tuple(numbers.items()))


def bound_of(case: Places, grouping: Grouping) -> int:
    """Return the most links that any plan serves, by exhaustive search."""
    return exhaustive.most_served(case.units(together=grouping == "together"), case.supply)


@given(places(), GROUPINGS)
def test_the_best_plan_serves_no_fewer_than_the_rule(case: Places, grouping: Grouping) -> None:
    rule = allocator.plan(case.links, case.stock, fallback_km=case.radius_km, grouping=grouping)
    assert rule.assignments.height <= best(case, grouping).assignments.height <= bound_of(case, grouping)


@given(places(), GROUPINGS, st.data())
def test_more_stock_never_serves_fewer(case: Places, grouping: Grouping, data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(case.codes))
    after = with_more(case, {code: data.draw(st.integers(1, 3))})
    assert best(case, grouping).assignments.height <= best(after, grouping).assignments.height


@given(places(), GROUPINGS, st.sampled_from([1.0, 10.0, 40.0]))
def test_a_wider_radius_never_serves_fewer(case: Places, grouping: Grouping, wider_km: float) -> None:
    after = replace(case, radius_km=case.radius_km + wider_km)
    assert best(case, grouping).assignments.height <= best(after, grouping).assignments.height


@given(places(), GROUPINGS)
def test_the_shopping_list_once_bought_serves_all(case: Places, grouping: Grouping) -> None:
    found = whatif.buy(case.links, case.stock, fallback_km=case.radius_km, grouping=grouping)
    bought = {int(code): numbers for code, numbers in found.shopping.select("area_code", "numbers").iter_rows()}
    after = with_more(case, bought)
    assert bound_of(after, grouping) == len(case.wanted) + len(case.by_area)
    assert found.plan.unassigned.is_empty()
    assert found.infeasible.is_empty()
    assert found.shopping["links_rescued"].sum() == found.rescued["bought_in"].drop_nulls().len()


@given(places(), GROUPINGS)
def test_rescued_links_had_no_number_before(case: Places, grouping: Grouping) -> None:
    found = whatif.buy(case.links, case.stock, fallback_km=case.radius_km, grouping=grouping)
    after = set(found.plan.assignments["link_id"])
    assert found.rescued["link_id"].is_unique().all()
    assert set(found.rescued["link_id"]) <= after
    summary = found.summary
    assert summary["served_after"] == len(after)
    assert found.rescued.height == summary["links_rescued"] >= summary["served_after"] - summary["served_before"]


def served_by_plan(case: Places, grouping: Grouping) -> int:
    """Count the links served by the plan that `why` asks about."""
    return allocator.plan(
        case.links, case.stock, fallback_km=case.radius_km, grouping=grouping, strategy="optimal"
    ).assignments.height


def names(text: str) -> list[str]:
    return text.split(", ")


@given(places(), GROUPINGS)
def test_a_block_does_block(case: Places, grouping: Grouping) -> None:
    found = whatif.why(case.links, case.stock, fallback_km=case.radius_km, grouping=grouping)
    units = case.units(together=grouping == "together")
    served = served_by_plan(case, grouping)
    assert found.blocks["links"].sum() == len(case.wanted) + len(case.by_area) - served
    for row in found.blocks.iter_rows(named=True):
        places_of_block = names(row["outcodes"])
        members = [unit for unit in units if unit.place in places_of_block]
        wanted = sum(unit.size for unit in members)
        assert row["outcode"] in places_of_block
        assert len(places_of_block) == row["groups"]
        if row["kind"] == "UNPROVEN":
            continue
        assert row["needed"] == wanted > row["available"]
        assert exhaustive.most_served(members, case.supply) < wanted
        if grouping == "split":
            assert_counted(row["outcode"], members, case)


def assert_counted(outcode: str, members: list[Unit], case: Places) -> None:
    """Check that counting alone proves the block, and that no demand in the block could be left out of it."""
    assert exhaustive.blocks(members, case.supply)
    for other in {unit.place for unit in members} - {outcode}:
        assert not exhaustive.blocks([unit for unit in members if unit.place != other], case.supply)


@given(places(by_area=False), GROUPINGS)
def test_a_repair_repairs(case: Places, grouping: Grouping) -> None:
    found = whatif.why(case.links, case.stock, fallback_km=case.radius_km, grouping=grouping)
    today = served_by_plan(case, grouping)
    for row in found.repairs.iter_rows(named=True):
        bought = with_more(case, {int(row["buy_area_code"]): row["buy_numbers"]})
        assert bound_of(bought, grouping) >= today + row["links"]
        if row["widen_km"] is not None:
            wider = replace(case, own_radius_km=((row["outcode"], row["widen_km"]),))
            assert bound_of(wider, grouping) >= today + row["links"]


@given(places(by_area=False), st.integers(0, 9))
def test_an_order_serves_what_planning_in_it_serves(case: Places, seed: int) -> None:
    risk = whatif.order(case.links, case.stock, fallback_km=case.radius_km, shuffles=5, seed=seed)
    again = whatif.order(case.links, case.stock, fallback_km=case.radius_km, shuffles=5, seed=seed)
    assert risk.runs.equals(again.runs)
    shuffles = risk.runs.filter(pl.col("shuffle") > 0)["served"]
    rule = allocator.plan(case.links, case.stock, fallback_km=case.radius_km).assignments.height
    assert risk.runs.row(0) == (0, rule)
    assert (risk.best, risk.worst) == (shuffles.max(), shuffles.min())
    assert risk.worst <= risk.median <= risk.best <= bound_of(case, "together")


@given(places(), st.sampled_from([0.0, 10.0, 60.0]))
def test_as_few_links_as_can_be_lose_their_number(case: Places, earlier_km: float) -> None:
    earlier = allocator.plan(case.links, case.stock, fallback_km=earlier_km, grouping="split")
    plan = allocator.plan(
        case.links, case.stock, fallback_km=case.radius_km, grouping="split", strategy="optimal", keep=earlier
    )
    had = dict(earlier.assignments.select("link_id", "full_voxnumber").iter_rows())
    has = dict(plan.assignments.select("link_id", "full_voxnumber").iter_rows())
    code = dict(earlier.assignments.select("link_id", "area_code").iter_rows())
    pool_of = {str(code): pool for pool, code in enumerate(case.codes)}
    members: dict[str, list[str]] = {}
    for position, (outcode, _) in enumerate(case.wanted):
        members.setdefault(outcode, []).append(f"L{position}")
    order = [link for links in members.values() for link in links] + [f"A{n}" for n in range(len(case.by_area))]
    units = [
        replace(unit, had=pool_of[code[link]] if link in code else None)
        for link, unit in zip(order, case.units(together=False), strict=True)
    ]
    assert plan.assignments.height == bound_of(case, "split")
    kept = sum(has.get(link) == number for link, number in had.items())
    assert kept == exhaustive.most_kept(units, case.supply)


@given(places(), GROUPINGS)
def test_nothing_changes_where_everything_can_be_kept(case: Places, grouping: Grouping) -> None:
    plan = best(case, grouping)
    again = allocator.plan(
        case.links,
        case.stock,
        fallback_km=case.radius_km,
        grouping=grouping,
        strategy="optimal",
        effort=50,
        keep=plan,
    )
    if again.assignments.height == plan.assignments.height:
        assert allocator.diff(plan, again).links.is_empty()


@given(places(), places(), GROUPINGS)
def test_a_difference_is_what_it_says(case: Places, other: Places, grouping: Grouping) -> None:
    """The links listed as gaining or losing make up the difference in counts; all others are as before."""
    before, after = best(case, grouping), best(replace(case, numbers=other.numbers), grouping)
    changes = allocator.diff(before, after)
    kinds = Counter(changes.links["change"].to_list())
    gained = kinds["gains a number"] - kinds["loses its number"]
    assert after.assignments.height - before.assignments.height == gained
    changed = set(changes.links["link_id"])
    columns = ("link_id", "full_voxnumber", "area_code")
    unchanged = [
        {row for row in plan.assignments.select(columns).iter_rows() if row[0] not in changed}
        for plan in (before, after)
    ]
    assert unchanged[0] == unchanged[1]
    assert changes.unchanged + len(changed) == len(case.wanted) + len(case.by_area)


def test_a_purchase_that_hurts_the_rule_is_shown_as_such() -> None:
    before, after = map(at_places, hurtful_purchase())
    table = whatif.worth(before.links, before.stock, fallback_km=before.radius_km).table
    row = table.filter(pl.col("area_code") == "20").to_dicts()
    assert [(one["numbers"], one["rule_gain"]) for one in row] == [(1, -2)]
    assert best(after, "together").assignments.height == after.best


def test_ties_go_to_the_first_link() -> None:
    case = at_places(all_ties([6], [4]))
    assert best(case, "split").assignments["link_id"].to_list() == ["L0", "L1", "L2", "L3"]
