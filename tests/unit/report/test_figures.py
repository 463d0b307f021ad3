"""The figures of a report are those of the plan's files."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

import allocator
from allocator import report
from allocator.places import dataset, geodesy
from allocator.report.figures import figures
from tests.support.reports import data_of, rows, table_of


def test_the_figures_by_outcode_are_those_of_the_files(example: Path) -> None:
    asked: Counter[str] = Counter()
    served: Counter[str] = Counter()
    km: Counter[str] = Counter()
    for row in rows(example / "assignments.csv"):
        if row["method"] == "BY POSTCODE":
            asked[row["outcode"]] += 1
            served[row["outcode"]] += 1
            km[row["outcode"]] += round(float(row["distance_km"]) * 1000)
    for row in rows(example / "unassigned.csv"):
        if row["method"] == "BY POSTCODE":
            asked[row["outcode"]] += 1
    summary = json.loads((example / "summary.json").read_text(encoding="utf-8"))
    already = Counter(summary["already"]["by_outcode"])
    assert already.total() > 0
    asked += already
    found = {row["outcode"]: row for row in table_of(data_of(report.page(example)), "outcodes")}
    positioned = {code for code in asked if allocator.lookup(code).area_code is not None}
    assert set(found) == positioned
    for outcode, figure in found.items():
        assert (figure["asked"], figure["served"]) == (asked[outcode], served[outcode])
        assert figure["already"] == already[outcode]
        if served[outcode]:
            assert figure["mean_km"] == pytest.approx(km[outcode] / served[outcode] / 1000, abs=0.0006)
        else:
            assert figure["mean_km"] is None


def test_the_figures_of_an_area_code_are_those_of_its_outcodes(example: Path) -> None:
    data = data_of(report.page(example))
    codes = {row["area_code"]: row for row in table_of(data, "area-codes")}
    for code, row in codes.items():
        own = [one for one in table_of(data, "outcodes") if one["area_code"] == code]
        assert row["outcodes"] == len(own)
        for figure in ("asked", "served", "missing"):
            assert row[figure] == sum(one[figure] for one in own)
    given = Counter(row["area_code"] for row in rows(example / "assignments.csv"))
    assert {code: row["given"] for code, row in codes.items() if row["given"]} == {
        code: count for code, count in given.items() if dataset.bundled_area_codes().index(int(code)) is not None
    }


def test_what_is_missing_is_what_the_summary_says(example: Path) -> None:
    data = data_of(report.page(example))
    missing = {one["area_code"]: one["unassigned_links"] for one in allocator.read_plan(example).summary["shortages"]}
    assert {row["area_code"]: row["missing"] for row in table_of(data, "area-codes") if row["missing"]} == missing


def test_every_fallback_by_distance_is_a_line(example: Path) -> None:
    groups: Counter[tuple[str, str]] = Counter(
        (row["outcode"], row["area_code"])
        for row in rows(example / "assignments.csv")
        if row["method"] == "BY POSTCODE" and row["fallback"] == "distance"
    )
    data = data_of(report.page(example))
    found = {(row["outcode"], row["area_code"]): row["links"] for row in table_of(data, "fallbacks")}
    assert found == dict(groups)
    assert len(data["map"]["lines"]["spots"]) == len(groups)


def test_a_line_is_as_long_as_the_distance(example: Path) -> None:
    fallbacks = figures(allocator.read_plan(example)).fallbacks
    assert fallbacks.height
    ends = [fallbacks[name].to_numpy() for name in ("longitude", "latitude", "to_longitude", "to_latitude")]
    assert geodesy.distance_km(*ends) == pytest.approx(fallbacks["distance_km"].to_numpy(), abs=0.001)
