"""The small map of a notebook shows figures when pointed at."""

from __future__ import annotations

from pathlib import Path

import polars as pl

import allocator
from allocator.places import dataset
from allocator.places.coverage import default_coverage
from allocator.report.figures import figures
from allocator.report.scene import LAYERS
from allocator.report.small_map import small_map
from tests.support.reports import STOCK


def test_the_small_map_has_its_figures(example: Path) -> None:
    made = small_map(allocator.read_plan(example))
    assert "<title>020 London: 43 of 50 links served, mean 2.4 km</title>" in made
    assert made.count("<path") == len(default_coverage().area_code)
    assert len(made) < 150_000


def test_the_map_of_one_city_shows_its_outcodes() -> None:
    outcodes = dataset.bundled_outcodes()
    there = [code for code, index in zip(outcodes.outcode, outcodes.area_index, strict=True) if index == 0][:100]
    links = pl.DataFrame({"link_id": there, "postcode": [f"{code} 1AA" for code in there]})
    plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    asked = figures(plan).outcodes.height
    assert asked > 20
    made = small_map(plan)
    assert made.count("<circle") == asked
    assert made.count("<path") < 50  # London and what is around it


def test_a_plan_without_links_has_a_small_map() -> None:
    links = pl.DataFrame({"link_id": [], "postcode": []}, schema={"link_id": pl.String, "postcode": pl.String})
    plan = allocator.plan(links, STOCK)
    for layer in LAYERS:
        assert "<svg" in small_map(plan, layer)
