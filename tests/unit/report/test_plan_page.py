"""The page of a plan lists its links, and says what it leaves out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

import allocator
from allocator import Plan, report
from allocator.places import dataset
from allocator.report.plan_page import plan_content
from tests.support.reports import EXAMPLES, data_of, rows, table_of

LIMIT_BYTES = 6_000_000


def test_the_links_are_all_in_the_page_of_a_small_plan(example: Path) -> None:
    data = data_of(report.page(example))
    for name in ("assigned", "unassigned"):
        file = "assignments" if name == "assigned" else "unassigned"
        assert sorted(row["link_id"] for row in table_of(data, name)) == sorted(
            row["link_id"] for row in rows(example / f"{file}.csv")
        )


def test_a_plan_in_memory_and_its_folder_have_the_same_figures(example: Path) -> None:
    made = allocator.plan(EXAMPLES / "links.csv", EXAMPLES / "stock.csv", fallback_km=20)
    one, other = data_of(report.page(made)), data_of(report.page(example))
    for name in ("area-codes", "outcodes", "fallbacks", "unassigned"):
        assert [list(row.items())[:6] for row in table_of(one, name)] == [
            list(row.items())[:6] for row in table_of(other, name)
        ]


def test_links_that_do_not_fit_are_counted_and_the_file_named(example: Path) -> None:
    tables = {one["id"]: one for one in plan_content(allocator.read_plan(example), room=4_000).tables}
    short, none = tables["unassigned"], tables["assigned"]
    assert 0 < short["rows"] < short["of"] == len(rows(example / "unassigned.csv"))
    assert f"The first {short['rows']} of {short['of']} rows; unassigned.csv in the plan's folder" in short["note"]
    assert none["rows"] == 0
    assert "assignments.csv" in none["note"]


def test_two_hundred_thousand_links_fit_in_six_megabytes() -> None:
    outcodes = dataset.bundled_outcodes()
    there = [code for code, kind in zip(outcodes.outcode, outcodes.kind, strict=True) if kind == "geographic"]
    count = 200_000
    served = pl.DataFrame(
        {
            "link_id": [f"a-link-with-a-long-name-{number:09d}" for number in range(count)],
            "full_voxnumber": [f"{442_000_000_000 + number}" for number in range(count)],
            "method": "BY POSTCODE",
            "postcode": [f"{there[number % len(there)]} {number % 10}AA" for number in range(count)],
            "outcode": [there[number % len(there)] for number in range(count)],
            "area_code": "20",
            "distance_km": np.linspace(0, 99, count).round(3),
            "fallback": "distance",
        }
    )
    without = served.select(
        "link_id", "postcode", "method", "outcode", reason=pl.lit("NO_STOCK_IN_REACH"),
        message=pl.format("{} needs a number from one area code and none had any; so it stays without.", "outcode"),
    )  # fmt: skip
    small = allocator.plan(
        pl.DataFrame({"link_id": ["1"], "postcode": ["W11 3EP"]}), pl.DataFrame({"full_voxnumber": ["442079460000"]})
    )
    half = count // 2
    plan = Plan(served.head(half), without.tail(half), small.rejected, small.decisions, small.summary)
    assert len(report.page(plan).content) <= LIMIT_BYTES


def test_a_plan_without_links_or_places_has_a_report() -> None:
    links = pl.DataFrame({"link_id": [], "postcode": []}, schema={"link_id": pl.String, "postcode": pl.String})
    stock = pl.DataFrame({"full_voxnumber": ["442079460000"]})
    assert b"of 0 links get a number" in report.page(allocator.plan(links, stock)).content
    nowhere = pl.DataFrame({"link_id": ["1"], "postcode": ["ZZ99 9ZZ"]})
    assert b"of 1 links get a number" in report.page(allocator.plan(nowhere, stock)).content


def test_a_plan_that_is_proven_best_says_so(best: Path) -> None:
    links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "W11 3EP"]})
    plan = allocator.plan(
        links, pl.DataFrame({"full_voxnumber": ["442079460000"]}), strategy="optimal", grouping="split"
    )
    words = b"links: no plan could serve more with these numbers"
    assert words + b"; this plan is proven best" in report.page(plan).content
    assert words in report.page(best).content
