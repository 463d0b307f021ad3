"""The page of a comparison shows what changes."""

from __future__ import annotations

from pathlib import Path

import allocator
from allocator import report
from allocator.report.figures import figures
from tests.support.reports import data_of, table_of


def test_a_comparison_shows_what_changes(example: Path, best: Path) -> None:
    data = data_of(report.page(example, best))
    found = allocator.diff(example, best)
    changed = [(row["link_id"], row["change"]) for row in table_of(data, "links")]
    assert changed == found.links.select("link_id", "change").rows()
    gains = {row["area_code"]: row["change"] for row in table_of(data, "area-codes")}
    one, two = (figures(allocator.read_plan(folder)).area_codes for folder in (example, best))
    for code, before, after in zip(one["area_code"], one["served"], two["served"], strict=True):
        assert gains.get(code, 0) == after - before
