"""`allocator.report.page`: which page shows what, and always the same bytes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import allocator
from allocator import report
from allocator.errors import InputError
from tests.support.reports import ANSWERS, data_of, table_of, what_if


def test_the_same_folder_gives_the_same_bytes_for_every_hash_seed(example: Path, best: Path) -> None:
    program = (
        "import allocator, hashlib, sys;print(hashlib.sha256(allocator.report.page(*sys.argv[1:]).content).hexdigest())"
    )
    for folders in ((example,), (example, best)):
        digests = {
            subprocess.run(
                [sys.executable, "-c", program, *map(str, folders)],
                capture_output=True,
                text=True,
                check=True,
                env=os.environ | {"PYTHONHASHSEED": seed},
            ).stdout
            for seed in ("1", "2")
        }
        assert digests == {hashlib.sha256(report.page(*folders).content).hexdigest() + "\n"}


def test_a_shopping_list_is_shown_with_the_plan(example: Path, tmp_path: Path) -> None:
    data = data_of(report.page(example, what_if(tmp_path / "buy", "buy", ANSWERS["buy"])))
    bought = {row["area_code"]: row["buy"] for row in table_of(data, "area-codes") if row["buy"]}
    assert bought == {"20": 3, "161": 1}
    assert "buy" in {layer["id"] for layer in data["map"]["layers"]}
    assert data["tables"][0]["id"] == "shopping"


def test_a_plan_in_memory_has_a_page_of_every_kind(small: allocator.Plan, tmp_path: Path) -> None:
    assert b"<h1>Plan</h1>" in report.page(small).content
    assert b"<h1>one plan and another plan</h1>" in report.page(small, small).content
    bought = what_if(tmp_path / "buy", "buy", ANSWERS["buy"])
    assert b"<h1>Plan, and what to buy</h1>" in report.page(small, bought).content


def test_what_does_not_go_together_says_so(example: Path, tmp_path: Path) -> None:
    curve = what_if(tmp_path / "radius", "radius", ANSWERS["radius"])
    for folders in ((curve, example), (example, curve), (curve, curve)):
        with pytest.raises(InputError, match="can't show these two together"):
            report.page(*folders)
    empty = what_if(tmp_path / "buy", "buy", {})
    with pytest.raises(InputError, match="no shopping list"):
        report.page(example, empty)
