"""Reading a plan back from its folder, and explaining its links from there."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import allocator
from allocator import Plan
from allocator.errors import InputError


def test_a_plan_that_is_read_back_is_the_same(plan: Plan, tmp_path: Path) -> None:
    again = allocator.read_plan(plan.write(tmp_path / "plan"))
    assert again.digest == plan.digest
    assert again.unassigned.rows() == plan.unassigned.rows()
    assert str(again.explain("1")) == str(plan.explain("1"))
    written = json.loads((tmp_path / "plan" / "summary.json").read_text(encoding="utf-8"))
    assert written == again.summary
    assert written["result"] == {"assignments_sha256": plan.digest, "requests": 1}
    assert_frame_equal(again.decisions, plan.decisions, check_dtypes=False, abs_tol=5e-4)


def test_what_is_in_no_plan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no plan"):
        allocator.read_plan(tmp_path)


def test_the_stock_is_read_back_too(plan: Plan, tmp_path: Path) -> None:
    folder = plan.write(tmp_path / "plan")
    assert_frame_equal(allocator.read_plan(folder).stock, plan.stock)
    (folder / "stock.csv").unlink()  # as an earlier release wrote it
    assert allocator.read_plan(folder).stock.is_empty()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("summary.json", "{}"),
        ("summary.json", "["),
        ("assignments.csv", "postcode\n"),
        ("decisions.csv", ""),
        ("stock.csv", "area_code\n"),
    ],
)
def test_a_plan_that_was_altered_is_refused(plan: Plan, tmp_path: Path, name: str, text: str) -> None:
    folder = plan.write(tmp_path / "plan")
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="It was altered since it was written: plan again"):
        allocator.read_plan(folder)


def test_a_folder_explains_its_links(plan: Plan, tmp_path: Path) -> None:
    folder = plan.write(tmp_path / "plan")
    for link_id in pl.concat([plan.assignments["link_id"], plan.unassigned["link_id"]]):
        assert str(allocator.explain(folder, link_id)) == str(allocator.explain(plan, link_id))
    assert str(allocator.explain(str(folder), "1")) == str(plan.explain("1"))
