"""A plan for people with a geographic information system: its figures on the coverage polygons."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from allocator.errors import OptionError, install_hint
from allocator.places import bundled_coverage, default_coverage
from allocator.plans import Plan
from allocator.report.document import Document
from allocator.report.figures import figures
from allocator.report.folders import read_one_plan

if TYPE_CHECKING:
    from geopandas import GeoDataFrame


def geojson(plan: Plan | str | Path) -> Document:
    """Give the coverage of every area code, with the plan's figures, as GeoJSON.

    Parameters
    ----------
    plan
        A plan, or a plan's folder.

    Returns
    -------
    Document
        A feature collection in WGS84 (RFC 7946), one feature for each area code, ascending. Its properties are
        `area_code` and `name`; for the BY POSTCODE links in outcodes that it covers `outcodes` (number of outcodes
        with links), `asked` (number of links), `served`, `share` (null where there are no links), `mean_km` (of those
        served; null where there are none) and `missing` (links for which no area code in reach had enough numbers);
        for its numbers `given` (handed out by the plan) and `left` (null where the stock has none, or the folder does
        not say).

    Raises
    ------
    InputError
        The folder holds no plan, or its files were altered.

    Examples
    --------
    >>> import allocator, json, polars as pl
    >>> links = pl.DataFrame({"link_id": ["1"], "postcode": ["W11 3EP"]})
    >>> plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    >>> json.loads(allocator.report.geojson(plan).content)["features"][0]["properties"]["served"]
    1
    """
    rows = {row["area_code"]: row for row in figures(read_one_plan(plan)).area_codes.iter_rows(named=True)}
    features = [
        feature | {"properties": rows[str(feature["properties"]["area_code"])]}
        for feature in json.loads(bundled_coverage())["features"]
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":"))
    return Document(f"{text}\n".encode(), "application/geo+json")


def geodataframe(plan: Plan | str | Path) -> GeoDataFrame:
    """Give the coverage of every area code, with the plan's figures, as a GeoDataFrame.

    Parameters
    ----------
    plan
        A plan, or a plan's folder.

    Returns
    -------
    geopandas.GeoDataFrame
        One row for each area code, ascending. The columns are the properties that `geojson` has, and `geometry`:
        polygons in WGS84 (EPSG:4326, longitude before latitude).

    Raises
    ------
    InputError
        The folder holds no plan, or its files were altered.
    OptionError
        geopandas is not installed (extra `geo`).

    Examples
    --------
    >>> import allocator, polars as pl
    >>> links = pl.DataFrame({"link_id": ["1"], "postcode": ["W11 3EP"]})
    >>> plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    >>> allocator.report.geodataframe(plan).set_index("area_code").loc["20", "name"]
    'London'
    """
    try:
        import geopandas
    except ImportError as error:
        raise OptionError("a GeoDataFrame needs geopandas", remedy=install_hint("geo")) from error
    coverage = default_coverage()
    order = pl.DataFrame({"area_code": [str(code) for code in coverage.area_code.tolist()]})
    rows = figures(read_one_plan(plan)).area_codes
    table = order.join(rows, on="area_code", how="left", maintain_order="left")
    columns: dict[str, Any] = {name: table[name].to_list() for name in table.columns}
    return geopandas.GeoDataFrame(columns, geometry=list(coverage.polygons), crs="EPSG:4326")


def geoparquet(plan: Plan | str | Path) -> Document:
    """Give the coverage of every area code, with the plan's figures, as GeoParquet.

    Parameters
    ----------
    plan
        A plan, or a plan's folder.

    Returns
    -------
    Document
        A Parquet file with the rows and columns of `geodataframe`.

    Raises
    ------
    InputError
        The folder holds no plan, or its files were altered.
    OptionError
        geopandas or pyarrow is not installed (extra `geo`).

    Examples
    --------
    >>> import allocator, polars as pl
    >>> links = pl.DataFrame({"link_id": ["1"], "postcode": ["W11 3EP"]})
    >>> plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    >>> allocator.report.geoparquet(plan).content[:4]
    b'PAR1'
    """
    buffer = io.BytesIO()
    try:
        geodataframe(plan).to_parquet(buffer, index=False)
    except ImportError as error:
        raise OptionError("GeoParquet needs pyarrow", remedy=install_hint("geo")) from error
    return Document(buffer.getvalue(), "application/vnd.apache.parquet")
