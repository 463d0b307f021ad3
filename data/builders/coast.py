"""The land that the coverage tiles: Natural Earth's coast, joined with discs around unit postcodes.

Natural Earth lacks small islands and draws estuaries and harbours coarsely, and the npm package `world-atlas` quantises
it to some 200 m. So a disc around each unit postcode near or beyond that coast is joined with it.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

FloatArray = NDArray[np.float64]

# ISO 3166-1 numeric: the United Kingdom, the Isle of Man, Jersey and Guernsey. Ireland is not among them, so that its
# border with Northern Ireland is a coast.
COUNTRIES = ("826", "833", "832", "831")

# The plane in which everything is drawn: the projection of the British National Grid, on WGS84. Its metres are true to
# 1 in 200 in the whole of the British Isles.
_PLANE = Transformer.from_pipeline(
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
    "+step +proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=WGS84"
)

# Discs are large enough to survive the simplification of the coast and of the coverage.
DISC_M = 350.0
INLAND_M = 300.0
_GRID_M = 50.0
_CLOSE_M = 100.0
_SIMPLIFY_M = 60.0


def to_plane(longitude: FloatArray, latitude: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Project longitude and latitude, WGS84 degrees, to metres east and north in the plane."""
    x, y = _PLANE.transform(longitude, latitude)
    return np.asarray(x), np.asarray(y)


def to_degrees(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Turn metres in the plane into longitude and latitude, WGS84 degrees."""
    longitude, latitude = _PLANE.transform(x, y, direction="INVERSE")
    return np.asarray(longitude), np.asarray(latitude)


def country_polygons(topojson: bytes) -> list[shapely.Polygon]:
    """Read the polygons of the countries from a TopoJSON world atlas, WGS84 degrees."""
    atlas = json.loads(topojson)
    scale, translate = atlas["transform"]["scale"], atlas["transform"]["translate"]
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + translate for arc in atlas["arcs"]]

    def ring(numbers: list[int]) -> FloatArray:
        parts = [arcs[number] if number >= 0 else arcs[~number][::-1] for number in numbers]
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])

    polygons = []
    for geometry in atlas["objects"]["countries"]["geometries"]:
        if geometry.get("id") in COUNTRIES:
            members: list[Any] = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
            polygons += [shapely.Polygon(ring(rings[0]), [ring(hole) for hole in rings[1:]]) for rings in members]
    return polygons


def land(topojson: bytes, x: FloatArray, y: FloatArray) -> shapely.Geometry:
    """Draw the land in the plane; it holds all the points given, with room to spare."""
    polygons = [
        shapely.transform(polygon, lambda points: np.stack(to_plane(points[:, 0], points[:, 1]), axis=1))
        for polygon in country_polygons(topojson)
    ]
    coast = shapely.union_all(shapely.make_valid([p for p in polygons if _in_the_british_isles(p)]))
    inland = shapely.buffer(coast, -INLAND_M)
    shapely.prepare(inland)
    beside = ~shapely.contains_xy(inland, x, y)
    corners = np.unique(np.stack((x[beside], y[beside]), axis=1) // _GRID_M, axis=0)
    discs = shapely.buffer(shapely.points((corners + 0.5) * _GRID_M), DISC_M, quad_segs=3)
    joined = shapely.union_all([coast, *discs])
    # Closing removes slits between discs, which would be drawn as water.
    closed = shapely.buffer(shapely.buffer(joined, _CLOSE_M, join_style="mitre"), -_CLOSE_M, join_style="mitre")
    return shapely.simplify(closed, _SIMPLIFY_M)


def _in_the_british_isles(polygon: shapely.Polygon) -> bool:
    """Whether a polygon is in the British Isles: the United Kingdom has parts elsewhere, which the plane distorts."""
    west, south, east, north = polygon.bounds
    return bool(west > -300_000 and south > -200_000 and east < 800_000 and north < 1_400_000)
