"""The summary: its counts add up, and its distances are those of the table."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given

import allocator
from allocator import Plan
from allocator.plans import engine, inputs_of
from allocator.tables import read_links, read_stock
from tests.support.strategies import Instance, instances
from tests.support.tables import greedy_trap
from tests.unit.plans.examples import LINKS, STOCK


@given(instances())
def test_counts_add_up(instance: Instance) -> None:
    made = allocator.plan(
        instance.links_table, instance.stock_table, fallback_km=instance.fallback_km, grouping=instance.grouping
    )
    summary = made.summary
    links, stock = summary["links"], summary["stock"]
    assert links["assigned"] == made.assignments.height == sum(summary["assigned"]["by_method"].values())
    assert links["assigned"] == sum(summary["assigned"]["by_fallback"].values()) == stock["handed_out"]
    assert links["unassigned"] == made.unassigned.height == sum(summary["unassigned"].values())
    assert links["total"] == sum(links[state] for state in ("assigned", "already", "unassigned", "rejected"))
    assert links["already"] == made.already.height >= sum(summary["already"]["by_outcode"].values())
    assert stock["numbers"] == stock["assigned_before"] + stock["handed_out"] + stock["left"]
    km = made.assignments.filter(method="BY POSTCODE")["distance_km"]
    assert summary["distance_km"]["max"] == (None if km.is_empty() else round(float(km.max()), 3))  # type: ignore[arg-type]
    short = made.unassigned.filter(reason="NO_STOCK_IN_REACH").height
    assert sum(shortage["unassigned_links"] for shortage in summary["shortages"]) == short


def test_a_plan_by_the_rule_has_no_proof(plan: Plan) -> None:
    assert list(plan.summary) == [
        "engine", "data", "options", "inputs", "links", "assigned", "already", "unassigned", "stock", "distance_km",
        "shortages",
    ]  # fmt: skip
    assert plan.summary["engine"] == engine()


@pytest.mark.parametrize("objective", ["total", "worst"])
def test_the_best_plan_has_one(objective: str) -> None:
    links, stock = greedy_trap()
    made = allocator.plan(links, stock, strategy="optimal", objective=objective)  # type: ignore[arg-type]
    certificate = made.summary["certificate"]
    assert (certificate["assigned"], certificate["assigned_at_most"]) == (4, 4)
    assert certificate["total_km_at_least"] is None or certificate["total_km_at_least"] <= certificate["total_km"]
    assert ("worst_km" in certificate) == (objective == "worst")
    assert made.summary["strategies"]["rule"]["assigned"] == 2


def test_priorities_are_added_up() -> None:
    links, stock = greedy_trap()
    certificate = allocator.plan(
        links.with_columns(priority=pl.Series(["2", "2", "1", "0.5"])), stock, strategy="optimal"
    ).summary["certificate"]
    assert certificate["priority"] == certificate["priority_at_most"] == 5.5


def test_what_becomes_of_an_earlier_plan_is_counted() -> None:
    links, stock = greedy_trap()
    earlier = allocator.plan(links, stock)
    keep = allocator.plan(links, stock, strategy="optimal", keep=earlier).summary["keep"]
    assert (keep["links"], keep["kept"], keep["moved"], keep["without"]) == (2, 0, 2, 0)
    assert sum(keep["why"].values()) == 2


def test_inputs_are_counted_with_the_rows_that_can_not_be_read() -> None:
    links = read_links(LINKS, fallback_km=0.0)
    inputs = inputs_of(links, read_stock(STOCK))
    assert inputs["links"] == {"source": links.source, "sha256": links.digest, "rows": 7}
    assert inputs["stock"]["rows"] == 4
