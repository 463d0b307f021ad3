"""plan and explain."""

from __future__ import annotations

import json
from pathlib import Path

import allocator
from tests.unit.cli.screen import run


def test_plan_writes_and_prints(inputs: tuple[str, ...], tmp_path: Path) -> None:
    done = run("plan", *inputs, "--output", tmp_path / "plan")
    assert done.exit_code == 1
    assert done.stdout.startswith("Plan of 2 links: each outcode from one area code, fallback distance 0 km\n")
    assert allocator.read_plan(tmp_path / "plan").unassigned.height == 2


def test_every_option_of_plan_reaches_the_plan(inputs: tuple[str, ...], tmp_path: Path) -> None:
    options = "--grouping split --strategy optimal --objective worst --effort 3 --time-limit 9 --batch-size 1"
    done = run("plan", *inputs, "--output", tmp_path / "plan", *options.split(), "--fallback-km", "7.5", "--json")
    assert done.exit_code == 1
    summary = json.loads(done.stdout)
    assert summary["folder"] == str(tmp_path / "plan")
    options_of = summary["options"]
    assert (options_of["grouping"], options_of["strategy"], options_of["objective"]) == ("split", "optimal", "worst")
    assert options_of["fallback_km"] == 7.5
    again = run("plan", *inputs, "--output", tmp_path / "plan", "--keep", tmp_path / "plan", "--strategy", "optimal")
    assert "exists already" in str(again.exception)
    assert run("plan", *inputs, "--output", tmp_path / "plan", "--force").exit_code == 1


def test_explain_prints_the_explanation(folder: Path) -> None:
    done = run("explain", folder, "short")
    assert done.exit_code == 0
    assert done.stdout == f"{allocator.explain(folder, 'short')}\n"
    found = json.loads(run("explain", folder, "fallback", "--json").stdout)
    assert found["link"]["full_voxnumber"] == "441895960000"
    assert {"area_code", "distance_km"} <= set(found["candidates"][0])
