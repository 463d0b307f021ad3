"""whatif run (tests/end_to_end has it stopped and continued)."""

from __future__ import annotations

from pathlib import Path

from allocator.cli import scenarios
from allocator.plans import Change
from tests.unit.cli.screen import run


def test_an_interrupt_says_what_is_finished() -> None:
    done = scenarios._Done()
    assert done.sentence() == "no scenario was planned"
    done.note("Reading", 0, 1200)
    done.note("Planning", 7, 1200)
    assert done.sentence() == "7 of 1,200 scenarios finished. Run the same command again to go on."
    done.note("Comparing", 3, 9)
    assert done.sentence().startswith("1,200 of 1,200 scenarios")


def test_there_are_words_for_every_change() -> None:
    assert set(scenarios._KINDS) == set(Change)


def test_scenarios_are_planned_and_compared(inputs: tuple[str, ...], tmp_path: Path) -> None:
    toml = '[[scenario]]\nname = "today"\n[[scenario]]\nname = "more"\nadd = { "20" = 1 }\n'
    (tmp_path / "scenarios.toml").write_text(toml, encoding="utf-8")
    done = run("whatif", "run", tmp_path / "scenarios.toml", *inputs, "--output", tmp_path / "sweep")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "Planned 2 scenarios"
    assert lines[3].split()[:3] == ["today", "2", "0"]
    assert lines[6].split() == ["from", "to", "gain", "a", "number", "unchanged"]
    assert lines[7].split() == ["today", "more", "2", "0"]
    done = run("whatif", "run", tmp_path / "scenarios.toml", *inputs, "--output", tmp_path / "sweep")
    assert done.stdout.startswith("Planned 0 scenarios, 2 there already\n")
