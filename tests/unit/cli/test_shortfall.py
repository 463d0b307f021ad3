"""whatif why and shortage."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tests.unit.cli.screen import run


def test_why_outcodes_are_short(inputs: tuple[str, ...], tmp_path: Path) -> None:
    done = run("whatif", "why", *inputs)
    assert done.exit_code == 0
    first, _, block, _, title, _, header, repair = done.stdout.splitlines()
    assert first == "2 links have no number in the best plan, as there are too few"
    assert block.startswith("W11 needs 2 numbers")
    assert block.endswith(" (W11 is short: 2 links)")
    assert title == "What would serve an outcode, if nothing else changes"
    assert " ".join(header.split()) == "outcode links buy in or widen to km to reach or split, to serve"
    assert repair.split()[:4] == ["W11", "2", "1", "020"]
    pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001"]}).write_csv(tmp_path / "stock.csv")
    done = run("whatif", "why", *inputs[:2], "--stock", tmp_path / "stock.csv")
    assert done.stdout == "No outcode is short of numbers\n"


def test_what_runs_out_first(inputs: tuple[str, ...]) -> None:
    done = run("whatif", "shortage", *inputs, "--growth", "100%")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "Of 2 extra links, how many could be served, by covering area code"
    assert lines[3].split() == ["020", "London", "2", "2", "2", "0", "0.0"]
