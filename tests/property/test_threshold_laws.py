"""A distance to use serves what it says when it is typed back, as text."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings

import allocator
from allocator.notation import usable_km
from allocator.planning import Strategy
from tests.support.command import allocator as command
from tests.support.strategies import Instance, instances


def served(instance: Instance, km: str, strategy: Strategy) -> int:
    plan = allocator.plan(
        instance.links_table,
        instance.stock_table,
        fallback_km=float(km),
        grouping=instance.grouping,
        strategy=strategy,
    )
    return plan.assignments.height


def without_own_distance(instance: Instance) -> Instance:
    links = tuple(
        {key: value for key, value in link.items() if key != "fallback_area_distance"} for link in instance.links
    )
    return Instance(links, instance.stock, instance.fallback_km, instance.grouping)


@pytest.mark.parametrize("strategy", ["rule", "optimal"])
@settings(max_examples=40)
@given(instances(kinds=("postcode",)))
def test_every_radius_of_the_curve_serves_what_its_row_says(strategy: Strategy, drawn: Instance) -> None:
    instance = without_own_distance(drawn)
    found = allocator.whatif.radius(
        instance.links_table,
        instance.stock_table,
        grouping=instance.grouping,
        strategy=strategy,
        up_to_km=60,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = found.write(Path(folder) / "radius") / "radius.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    for row in rows:
        assert served(instance, row["radius_km"], strategy) >= int(row["served"])
    if strategy == "rule":
        assert [served(instance, row["radius_km"], strategy) for row in rows] == [int(row["served"]) for row in rows]
    if found.smallest_km is not None:
        assert served(instance, usable_km(found.smallest_km), strategy) == found.summary["links"]


@settings(max_examples=40)
@given(instances(kinds=("postcode",)))
def test_widening_to_the_distance_of_a_repair_serves_the_outcode(drawn: Instance) -> None:
    instance = without_own_distance(drawn)
    found = allocator.whatif.why(
        instance.links_table, instance.stock_table, fallback_km=instance.fallback_km, grouping=instance.grouping
    )
    for row in found.repairs.drop_nulls("widen_km").iter_rows(named=True):
        typed = float(usable_km(row["widen_km"], beyond=instance.fallback_km))
        assert row["widen_km"] <= typed <= row["widen_km"] + 0.1 + 1e-9


def test_what_the_command_prints_serves_when_it_is_typed(tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_text("link_id,postcode\na,W11 3EP\n", encoding="utf-8")
    (tmp_path / "stock.csv").write_text("full_voxnumber\n441753960000\n", encoding="utf-8")
    files = ("--links", "links.csv", "--stock", "stock.csv")
    radius = command("whatif", "radius", *files, cwd=tmp_path)
    assert "All are served from 20.7 km on" in radius.stdout
    why = command("whatif", "why", *files, cwd=tmp_path)
    assert " 20.7 " in why.stdout
    assert command("plan", *files, "--fallback-km", "20.7", "--output", "plan", cwd=tmp_path).returncode == 0
    assert command("plan", *files, "--fallback-km", "20.6", "--output", "less", cwd=tmp_path).returncode == 1
    explained = command("explain", "less", "a", cwd=tmp_path).stdout
    assert "The nearest area code with enough for it is 01753 (Slough), 20.7 km away." in explained
