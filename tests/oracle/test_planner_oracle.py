"""The engine decides every link as the oracle does."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

import allocator
from allocator import dataset
from tests.oracle import planner
from tests.oracle.comparison import disagreements, engine_decisions, engine_plan, engine_trials, oracle_decisions
from tests.property.strategies import ANCHORS, Grouping, Instance, instances, neighbourhood, unit_postcodes

EXAMPLES = Path(dataset.DATA_FOLDER) / "examples"


@given(instances())
def test_engine_and_oracle_agree_on_every_link(instance: Instance) -> None:
    engine = engine_decisions(engine_plan(instance))
    assert disagreements(engine, oracle_decisions(instance)) == []


@given(instances(kinds=("postcode",)))
def test_engine_and_oracle_agree_on_postcodes_alone(instance: Instance) -> None:
    engine = engine_decisions(engine_plan(instance))
    assert disagreements(engine, oracle_decisions(instance)) == []


@given(instances(kinds=("area", "voxnumber")))
def test_engine_and_oracle_agree_on_area_codes_and_their_fallbacks(instance: Instance) -> None:
    engine = engine_decisions(engine_plan(instance))
    assert disagreements(engine, oracle_decisions(instance)) == []


@given(instances())
def test_engine_and_oracle_tried_the_same_area_codes(instance: Instance) -> None:
    """The account of the decisions: candidates, distances and numbers left at each moment, and what would have done.

    An area code beyond the bundled distances may be named or not: they end there, unless a radius goes farther.
    """
    trials: list[planner.Trial] = []
    oracle_decisions(instance, trials)
    engine = engine_trials(engine_plan(instance))
    assert [round_km(trial) for trial in engine if is_near(trial)] == [
        round_km(trial) for trial in trials if is_near(trial)
    ]
    assert {round_km(trial) for trial in engine} <= {round_km(trial) for trial in trials}


def is_near(trial: planner.Trial) -> bool:
    return trial.distance_km <= max(trial.radius_km, dataset.HORIZON_KM)


def round_km(trial: planner.Trial) -> planner.Trial:
    return replace(trial, distance_km=round(trial.distance_km, 9))


def read_texts(path: Path) -> list[dict[str, str | None]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [dict(line) for line in csv.DictReader(file)]


@pytest.mark.parametrize("grouping", ["together", "split"])
@pytest.mark.parametrize("fallback_km", [0.0, 12.5, 20.0, 60.0])
def test_engine_and_oracle_agree_on_the_bundled_example(fallback_km: float, grouping: Grouping) -> None:
    links, stock = EXAMPLES / "links.csv", EXAMPLES / "stock.csv"
    plan = allocator.plan(links, stock, fallback_km=fallback_km, grouping=grouping)
    oracle = planner.plan(read_texts(links), read_texts(stock), fallback_km=fallback_km, grouping=grouping, first_row=2)
    assert disagreements(engine_decisions(plan), oracle) == []


@pytest.mark.parametrize("anchor", ANCHORS)
def test_every_area_code_is_as_far_as_by_brute_force(anchor: str) -> None:
    """One number, one link, no limit: the plan's distance is the oracle's, beyond the bundled distances too."""
    world = planner.bundled_world()
    outcode = neighbourhood(anchor).outcodes[0]
    link: planner.Row = {"link_id": "a", "postcode": f"{outcode} {unit_postcodes(outcode)[0][0]}"}
    distances_km = world.distances_km(outcode)
    assert distances_km is not None
    for area_code in sorted(distances_km)[::40]:
        stock: list[planner.Row] = [{"full_voxnumber": f"44{area_code}9460001"}]
        instance = Instance((dict(link),), tuple(dict(row) for row in stock), 3_000.0, "together")
        assert disagreements(engine_decisions(engine_plan(instance)), oracle_decisions(instance)) == []
