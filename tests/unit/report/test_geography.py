"""Files for a GIS have every coverage with the figures of the plan."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import polars as pl
import pytest

import allocator
from allocator import report
from allocator.errors import OptionError
from allocator.places import dataset
from allocator.places.coverage import default_coverage
from allocator.report.figures import figures


def test_the_geojson_has_every_coverage_with_its_figures(example: Path) -> None:
    plan = allocator.read_plan(example)
    made = json.loads(report.geojson(plan).content)
    found = {one["properties"]["area_code"]: one for one in made["features"]}
    assert len(found) == len(default_coverage().area_code)
    bundled = json.loads(dataset.bundled_coverage())["features"][0]
    assert found[bundled["properties"]["area_code"]]["geometry"] == bundled["geometry"]
    expected = figures(plan).area_codes.filter(pl.col("area_code") == "20").row(0, named=True)
    assert found["20"]["properties"] == expected
    assert report.geojson(plan) == report.geojson(example)


def test_a_geodataframe_and_a_geoparquet_file_have_them_too(example: Path) -> None:
    geopandas = pytest.importorskip("geopandas", reason="the extra `geo` is not installed")
    frame = report.geodataframe(example)
    assert frame.crs == "EPSG:4326"
    assert frame.set_index("area_code").loc["20", "served"] == 43
    document = report.geoparquet(allocator.read_plan(example))
    assert document.media_type == "application/vnd.apache.parquet"
    again = geopandas.read_parquet(io.BytesIO(document.content))
    assert again["served"].tolist() == frame["served"].tolist()
    assert again.geometry.geom_equals(frame.geometry).all()


@pytest.mark.parametrize("module", ["geopandas", "pyarrow"])
def test_without_an_extra_the_error_says_what_to_install(
    module: str, small: allocator.Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("geopandas", reason="the extra `geo` is not installed")
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(OptionError, match=r"pip install '\.\[geo\]'"):
        report.geoparquet(small)
