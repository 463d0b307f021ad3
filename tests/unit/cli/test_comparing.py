"""diff."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

import allocator
from tests.unit.cli.screen import run

POSTCODES = ["W11 3EP", *["SW1A 0AA"] * 11]
LINKS = pl.DataFrame({"link_id": [f"{n:02}" for n in range(12)], "postcode": POSTCODES})
NUMBERS = pl.DataFrame({"full_voxnumber": [str(442079460000 + n) for n in range(12)]})


@pytest.fixture
def plans(tmp_path: Path) -> tuple[Path, Path]:
    few, enough = tmp_path / "few", tmp_path / "enough"
    allocator.plan(LINKS, NUMBERS.head(1), output=few)
    allocator.plan(LINKS, NUMBERS, output=enough)
    return few, enough


def test_what_changes_is_listed(plans: tuple[Path, Path], tmp_path: Path) -> None:
    done = run("diff", *plans)
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert lines[1:3] == ["   11  gains a number", "    1  unchanged"]
    assert lines[5].split() == ["01", "gains", "a", "number", "NO_STOCK_IN_REACH", "442079460001"]
    assert lines[-1] == "… and 1 more; --output FILE lists them all"
    done = run("diff", *plans, "--output", tmp_path / "changes.csv")
    assert done.stdout.splitlines()[-2:] == ["… and 1 more", f"Written to {tmp_path / 'changes.csv'}"]
    assert pl.read_csv(tmp_path / "changes.csv").height == 11


def test_nothing_changes(plans: tuple[Path, Path]) -> None:
    done = run("diff", plans[0], plans[0])
    assert (done.exit_code, done.stdout) == (0, "links\n   12  unchanged\n")
    assert json.loads(run("diff", plans[0], plans[0], "--json").stdout) == {"counts": {}, "unchanged": 12, "links": []}
