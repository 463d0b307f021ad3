"""A plan for people with a geographic information system: its figures on the coverage polygons."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from allocator.errors import OptionError
from allocator.places import bundled_coverage
from allocator.plans import Plan, write_file
from allocator.report.figures import figures

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

_EXTRA = "Install it: pip install 'voxnumber-allocator[geo]'."


def to_geojson(plan: Plan) -> bytes:
    """The coverage of every area code with a plan's figures, as GeoJSON.

    Parameters
    ----------
    plan
        The plan.

    Returns
    -------
    bytes
        A feature collection in WGS84 (RFC 7946), by area code; its properties are the columns of
        `allocator.report.figures.Figures.area_codes`.

    Examples
    --------
    >>> import allocator
    >>> links = pl.DataFrame({"link_id": ["1"], "postcode": ["W11 3EP"]})
    >>> plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    >>> import json
    >>> json.loads(to_geojson(plan))["features"][0]["properties"]["served"]
    1
    """
    rows = {row["area_code"]: row for row in figures(plan).area_codes.iter_rows(named=True)}
    features = [
        feature | {"properties": rows[str(feature["properties"]["area_code"])]}
        for feature in json.loads(bundled_coverage())["features"]
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":"))
    return (text + "\n").encode("utf-8")


def to_geodataframe(plan: Plan) -> GeoDataFrame:
    """The coverage of every area code with a plan's figures, as a GeoDataFrame in WGS84 (EPSG:4326).

    Parameters
    ----------
    plan
        See `to_geojson`.

    Raises
    ------
    OptionError
        geopandas is not installed (extra `geo`).
    """
    try:
        import geopandas
    except ImportError as error:
        raise OptionError("a GeoDataFrame needs geopandas", remedy=_EXTRA) from error
    from allocator.places import default_coverage

    coverage = default_coverage()
    order = pl.DataFrame({"area_code": [str(code) for code in coverage.area_code.tolist()]})
    table = order.join(figures(plan).area_codes, on="area_code", how="left", maintain_order="left")
    columns: dict[str, Any] = {name: table[name].to_list() for name in table.columns}
    return geopandas.GeoDataFrame(columns, geometry=list(coverage.polygons), crs="EPSG:4326")


def to_geoparquet(plan: Plan, path: str | Path, *, force: bool = False) -> Path:
    """Write the coverage of every area code with a plan's figures as GeoParquet.

    Parameters
    ----------
    plan
        See `to_geojson`.
    path
        The file to make.
    force
        Replace what is there.

    Raises
    ------
    OptionError
        geopandas or pyarrow is not installed (extra `geo`).
    OutputError
        Something is there already, or the file can't be written.
    """
    buffer = io.BytesIO()
    try:
        to_geodataframe(plan).to_parquet(buffer, index=False)
    except ImportError as error:
        raise OptionError("GeoParquet needs pyarrow", remedy=_EXTRA) from error
    write_file(Path(path), buffer.getvalue(), force=force)
    return Path(path)
