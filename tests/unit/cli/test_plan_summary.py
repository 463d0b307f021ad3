"""What `allocator plan` prints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import allocator
from allocator.cli import plan_summary

CERTIFICATE = {"optimal": False, "gap": 0.0, "assigned_at_most": 9, "cut_off": False}


def test_the_counts_are_those_of_the_tables(plan: allocator.Plan) -> None:
    counted = plan_summary.assigned_links(plan.summary["assigned"])
    tables = plan.assignments.group_by("method", "fallback").len().rows()
    assert counted == {(method, fallback): number for method, fallback, number in tables}
    assert set(counted) == set(plan_summary._ASSIGNED)


def test_a_plan_prints_as_plain_lines(plan: allocator.Plan, capsys: pytest.CaptureFixture[str]) -> None:
    plan_summary.show_plan(plan, Path("where[red]it\nis"))
    printed = capsys.readouterr().out
    assert printed.splitlines()[0] == "Plan of 9 links: each outcode from one area code, fallback distance 30 km"
    assert "1  unassigned" in printed
    assert "Most short of numbers, by covering area code: 01872 Truro (1)" in printed
    assert "1 row of the links can't be read, see rejected.csv" in printed
    assert printed.splitlines()[-1] == r"Written to 'where[red]it\nis'"
    assert printed.isascii()


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({}, "no plan serves more links"),
        ({"gap": 0.125}, "no plan serves more than 9 links, so this one is within 12.50% of the best"),
        (
            {"optimal": True},
            "no plan serves more links, and none that serves as much has a shorter total distance",
        ),
        (
            {"optimal": True, "worst_km": 3.0, "priority": 5.0},
            (
                "no plan serves more by priority, and none that serves as much has a shorter longest distance, nor, "
                "with the same longest, a shorter total distance"
            ),
        ),
        (
            {"priority": 4.5, "priority_at_most": 6.0},
            "no plan serves priorities of more than 6 in all; this one serves 4.5",
        ),
    ],
)
def test_what_is_proven_is_a_sentence(facts: dict[str, Any], sentence: str) -> None:
    assert plan_summary._proof(CERTIFICATE | facts) == sentence


def test_the_best_plan_is_beside_the_rules(capsys: pytest.CaptureFixture[str]) -> None:
    links = pl.DataFrame({"link_id": ["1", "2", "3"], "postcode": ["W11 3EP", "W11 4FQ", "SW1A 0AA"]})
    stock = pl.DataFrame({"full_voxnumber": ["442079460000"]})
    earlier = allocator.plan(links, stock)
    best = allocator.plan(links, stock, strategy="optimal", objective="worst", keep=earlier)
    plan_summary.show_plan(best, Path("best"))
    printed = capsys.readouterr().out
    assert printed.startswith("Plan of 3 links: each outcode from one area code, the best plan, fallback distance 0 km")
    assert "strategy  assigned  unassigned" in printed
    assert "Proven: no plan serves more links" in printed
    assert "Of 1 link with a number in the earlier plan, 1 keep it, 0 get another and 0 have none now" in printed


def test_only_the_worst_shortages_are_named() -> None:
    shortages = [{"area_code": f"16{n}", "name": "X", "unassigned_links": 9 - n} for n in range(7)]
    (line,) = plan_summary._shortages(shortages)
    assert line.endswith("0164 X (5) and 2 more")
    assert list(plan_summary._shortages([])) == []
