"""Making a plan: its steps, its options, the radius beyond the bundled distances, and an earlier plan to keep."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import allocator
from allocator.errors import InputError, OptionError, OutputError
from tests.support.tables import greedy_trap
from tests.unit.plans.examples import LINKS, STOCK


def test_the_folder_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "plan").write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError):
        allocator.plan("no-such-links.csv", "no-such-stock.csv", output=tmp_path / "plan")


def test_progress_is_told() -> None:
    steps: list[str] = []
    allocator.plan(LINKS, STOCK, progress=steps.append)
    assert steps == ["Reading the links", "Reading the stock", "Planning"]


@pytest.mark.parametrize("option", [{"fallback_km": -1.0}, {"fallback_km": float("inf")}, {"grouping": "apart"}])
def test_options_outside_their_range_are_refused(option: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        allocator.plan(LINKS, STOCK, **option)  # type: ignore[arg-type]


def test_a_plan_beyond_the_horizon_equals_one_within_it_where_both_apply() -> None:
    links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "M1 1AE"]})
    stock = pl.DataFrame({"full_voxnumber": ["441895960000", "441625960000"]})
    near, far = (allocator.plan(links, stock, fallback_km=km) for km in (100.0, 100.5))
    assert near.digest == far.digest


def test_a_number_at_the_other_end_of_the_country_is_found_when_allowed() -> None:
    links = pl.DataFrame({"link_id": ["1"], "postcode": ["TR1 1AA"]})
    stock = pl.DataFrame({"full_voxnumber": ["441595960000"]})
    assert allocator.plan(links, stock, fallback_km=900).assignments.height == 0
    made = allocator.plan(links, stock, fallback_km=1200)
    assert made.assignments["area_code"].to_list() == ["1595"]
    assert made.assignments["distance_km"].item() == pytest.approx(1120, abs=60)


def test_the_last_step_writes_the_plan(tmp_path: Path) -> None:
    steps: list[str] = []
    made = allocator.plan(LINKS, STOCK, output=tmp_path / "plan", progress=steps.append)
    assert steps[-1] == "Writing the plan"
    assert allocator.read_plan(tmp_path / "plan").digest == made.digest


def test_an_earlier_plan_is_kept_by_the_best_plan_only(tmp_path: Path) -> None:
    links, stock = greedy_trap()
    earlier = allocator.plan(links, stock)
    earlier.write(tmp_path / "earlier")
    kept, again = (
        allocator.plan(links, stock, strategy="optimal", keep=keep) for keep in (earlier, tmp_path / "earlier")
    )
    assert kept.digest == again.digest
    assert kept.summary["options"]["keep"] == earlier.digest
    with pytest.raises(OptionError, match="the API's rule keeps no numbers"):
        allocator.plan(links, stock, keep=earlier)
    with pytest.raises(InputError, match="there is no plan in this folder"):
        allocator.plan(links, stock, strategy="optimal", keep=tmp_path)
