"""The engine decides every link as the oracle does."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given

import allocator
from allocator.places import dataset
from tests.support import planner
from tests.support.comparison import disagreements, engine_decisions, engine_plan, engine_trials, oracle_decisions
from tests.support.strategies import ANCHORS, Grouping, Instance, Texts, instances, neighbourhood, unit_postcodes

EXAMPLES = Path(dataset.DATA_FOLDER) / "examples"


@given(instances())
def test_engine_and_oracle_agree_on_every_link(instance: Instance) -> None:
    engine = engine_decisions(engine_plan(instance))
    assert disagreements(engine, oracle_decisions(instance)) == []


@given(instances(kinds=("postcode",)))
def test_engine_and_oracle_agree_on_postcodes_alone(instance: Instance) -> None:
    engine = engine_decisions(engine_plan(instance))
    assert disagreements(engine, oracle_decisions(instance)) == []


def by_area(asked: tuple[str, str], fallback: str, *stock: Texts) -> Instance:
    """Draw one BY AREA link whose own area code has no number."""
    idd, area_code = asked
    link: Texts = {"link_id": "L", "method": "BY AREA", "voxnumber_idd": idd, "area_code": area_code, fallback: "TRUE"}
    return Instance((link,), stock, 0.0, "together")


def number(full_voxnumber: str, link_id: str | None = None, **place: str) -> Texts:
    return {"full_voxnumber": full_voxnumber, "link_id": link_id, **place}


LONDON_CALLED_LEEDS = number("442079460000", "elsewhere", city="Leeds")
MOST_SAY_YORK = (
    number("441134960000", city="Leeds"),
    number("441134960001", city="York"),
    number("441134960002", city="York"),
)
AS_MANY_SAY_LEEDS_AS_YORK = (number("441614960000", city="York"), number("441614960001", city="Leeds"))
A_REGION_OF_BRITAIN = (
    number("442079460000", "elsewhere", region="South"),
    number("441273496000", region="South"),
)
A_REGION_OF_TWO_COUNTRIES = (
    number("12125550100", "elsewhere", region="North", country="US"),
    number("14165550100", region="North", country="CA"),
    number("17165550100", region="North", country="US"),
)


@example(by_area(("44", "20"), "fallback_city", LONDON_CALLED_LEEDS, *MOST_SAY_YORK))
@example(by_area(("44", "20"), "fallback_city", LONDON_CALLED_LEEDS, *AS_MANY_SAY_LEEDS_AS_YORK))
@example(by_area(("44", "20"), "fallback_city", LONDON_CALLED_LEEDS, *MOST_SAY_YORK, *AS_MANY_SAY_LEEDS_AS_YORK))
@example(by_area(("44", "20"), "fallback_region", *A_REGION_OF_BRITAIN))
@example(by_area(("1", "212"), "fallback_region", *A_REGION_OF_TWO_COUNTRIES))
@given(instances(kinds=("area", "voxnumber")))
def test_engine_and_oracle_agree_on_area_codes_and_their_fallbacks(instance: Instance) -> None:
    engine = engine_decisions(engine_plan(instance))
    assert disagreements(engine, oracle_decisions(instance)) == []


@given(instances())
def test_engine_and_oracle_tried_the_same_area_codes(instance: Instance) -> None:
    """Compare candidates, distances, numbers left at each moment, and the area codes that would have been enough.

    An area code beyond the bundled distances may be missing: they end there, unless a radius goes farther.
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
    """With one link, one number and no limit, both give the same distance, also beyond the bundled distances."""
    world = planner.bundled_world()
    outcode = neighbourhood(anchor).outcodes[0]
    link: planner.Row = {"link_id": "a", "postcode": f"{outcode} {unit_postcodes(outcode)[0][0]}"}
    distances_km = world.distances_km(outcode)
    assert distances_km is not None
    for area_code in sorted(distances_km)[::40]:
        stock: list[planner.Row] = [{"full_voxnumber": f"44{area_code}9460001"}]
        instance = Instance((dict(link),), tuple(dict(row) for row in stock), 3_000.0, "together")
        assert disagreements(engine_decisions(engine_plan(instance)), oracle_decisions(instance)) == []
