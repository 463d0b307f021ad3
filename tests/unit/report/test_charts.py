"""Charts show every figure once."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from allocator import report
from allocator.report.charts import bars, curves, histogram
from tests.support.reports import ANSWERS, data_of, what_if


def test_the_histogram_counts_every_distance_once() -> None:
    (made,) = histogram("h", "H", {"plan": pl.Series([0.0, 0.0, 0.1, 1.0, 1.001, 20.0, None])})
    found = {(row["from_km"], row["to_km"]): row["links"] for row in made["rows"] if row["links"]}
    assert found == {(0, 0): 2, (0, 1): 2, (1, 2): 1, (19, 20): 1}


def test_curves_have_the_points_of_the_file(tmp_path: Path) -> None:
    data = data_of(report.page(what_if(tmp_path / "frontier", "frontier", ANSWERS["frontier"])))
    (curve,) = data["charts"]
    assert [(row["series"], row["x"], row["y"]) for row in curve["spec"]["data"]["values"]] == [
        ("served", 0, 10),
        ("served", 1, 12),
        ("could be served at most", 0, 11),
        ("could be served at most", 1, 12),
    ]


def test_a_chart_of_nothing_is_not_made() -> None:
    nothing = pl.Series([None], dtype=pl.Float64)
    assert histogram("h", "H", {"plan": nothing}) == []
    assert bars("b", "B", "links", []) == []
    assert curves("c", "C", ("x", "y"), {"curve": (nothing, nothing)}) == []
