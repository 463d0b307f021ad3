"""The page of a sweep shows its scenarios side by side."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import allocator
from allocator import report, whatif
from allocator.errors import InputError
from allocator.report.figures import figures
from tests.support.reports import LINKS, STOCK, data_of, table_of, what_if


def test_a_real_sweep_is_reported(tmp_path: Path) -> None:
    scenarios = {"scenario": [{"name": "today"}, {"name": "far", "fallback_km": 50}]}
    made = whatif.run(scenarios, LINKS, STOCK, tmp_path / "sweep")
    data = data_of(report.page(tmp_path / "sweep"))
    assert [layer["label"] for layer in data["map"]["layers"]] == ["today", "far"]
    assert [row["assigned"] for row in table_of(data, "comparison")] == made.table["assigned"].to_list()
    assert table_of(data, "pairs")[0]["after"] == "far"


def test_scenarios_are_layers_of_the_map(example: Path, best: Path, tmp_path: Path) -> None:
    compared = "scenario,links,assigned,unassigned,rejected,mean_km,p90_km,max_km,numbers_left,assignments_sha256\n"
    compared += "today,298,197,97,4,2.125,12.710,19.106,71,a\nbest,298,215,79,4,1.624,11.193,19.106,53,b\n"
    change = {"before": "today", "after": "best", "unchanged": 100, "by_change": {"gains a number": 45}}
    folder = what_if(tmp_path / "run", "run", {"comparison": compared}, changes=[change])
    (folder / "scenarios").mkdir()
    for name, made in (("today", example), ("best", best)):
        (folder / "scenarios" / name).symlink_to(made)
    data = data_of(report.page(folder))
    assert [layer["label"] for layer in data["map"]["layers"]] == ["today", "best"]
    served = figures(allocator.read_plan(best)).area_codes
    shown = {row["area_code"]: row["served-1"] for row in table_of(data, "area-codes")}
    assert shown == dict(served.filter(pl.col("asked") > 0).select("area_code", "served").iter_rows())
    assert table_of(data, "pairs")[0]["gains a number"] == 45


def test_a_scenario_can_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    compared = "scenario,assigned,mean_km,numbers_left\n../../elsewhere,1,1.0,1\n"
    with pytest.raises(InputError, match="not a scenario's name"):
        report.page(what_if(tmp_path / "run", "run", {"comparison": compared}))
