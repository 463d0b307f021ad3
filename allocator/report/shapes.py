"""The coverage polygons for drawing: on a plane, with fewer vertices, in whole numbers.

The plane is a transverse Mercator projection of a sphere about 2° west. It is so close to the National Grid that the
country looks familiar. It is for pictures only: no distance is measured on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allocator.places import default_coverage

IntArray = NDArray[np.int64]

_EARTH_M = 6_371_008.8
_CENTRAL_MERIDIAN = -2.0
_NORTH = 61.0
_WEST = -9.0
UNIT_M = 50.0
"""Metres on the ground to a unit of the plane."""
FINE_M = 250.0
MIDDLE_M = 1_000.0
COARSE_M = 4_000.0
_TRIANGLE = 3
_SEEN_M = 4_000.0


def plane(longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.float64]:
    """Put positions on the plane of the map, x to the east and y to the south.

    Parameters
    ----------
    longitude, latitude
        WGS84 degrees, shape (n,).

    Returns
    -------
    array of float64, shape (n, 2)
        In units of `UNIT_M`. NaN stays NaN.

    Examples
    --------
    >>> plane([-2.0], [54.0]).round().tolist()
    [[10209.0, 15567.0]]
    """
    corner = _mercator(np.array([_CENTRAL_MERIDIAN]), np.array([_NORTH]))[0]
    west = _mercator(np.array([_WEST]), np.array([49.0]))[0, 0]
    raw = _mercator(np.asarray(longitude, dtype=np.float64), np.asarray(latitude, dtype=np.float64))
    return np.stack([raw[:, 0] - west, corner[1] - raw[:, 1]], axis=1) / UNIT_M


def _mercator(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> NDArray[np.float64]:
    east, north = np.radians(longitude - _CENTRAL_MERIDIAN), np.radians(latitude)
    return _EARTH_M * np.stack(
        [np.arctanh(np.cos(north) * np.sin(east)), np.arctan2(np.tan(north), np.cos(east))], axis=1
    )


@dataclass(frozen=True, slots=True)
class Shape:
    """The coverage of an area code on the plane.

    Attributes
    ----------
    area_code
        As text.
    name
        The place.
    polygons
        The rings of each polygon, the outer one first, each of shape (n, 2) and not closed.
    """

    area_code: str
    name: str
    polygons: tuple[tuple[IntArray, ...], ...]

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """West, north, east and south."""
        points = np.concatenate([polygon[0] for polygon in self.polygons])
        (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
        return int(x0), int(y0), int(x1), int(y1)

    def path(self, grain: int = 1) -> str:
        """An SVG path of relative moves, in whole numbers of `grain` units; rings smaller than that are left out."""
        rings = (ring for polygon in self.polygons for ring in polygon)
        if grain > 1:
            rings = (whole for ring in rings if len(whole := _whole(np.concatenate([ring, ring[:1]]) / grain)))
        return "".join(map(_path, rings))


def _path(ring: IntArray) -> str:
    steps = np.diff(ring, axis=0).tolist()
    x, y = ring[0].tolist()
    return f"M{x} {y}l" + " ".join(f"{dx} {dy}" for dx, dy in steps) + "z"


@cache
def shapes(tolerance_m: float = FINE_M) -> tuple[Shape, ...]:
    """The coverages for drawing, by area code ascending.

    Neighbours keep their common border, as all are simplified together and rounded to the same whole numbers.

    Parameters
    ----------
    tolerance_m
        How much a border may be simplified: the side of a square as large as a bend that is cut off, metres.

    Examples
    --------
    >>> shapes()[0].area_code, shapes()[0].name
    ('20', 'London')
    """
    import shapely

    coverage = default_coverage()
    flat = shapely.transform(list(coverage.polygons), lambda xy: plane(xy[:, 0], xy[:, 1]))
    simple = shapely.coverage_simplify(flat, tolerance_m / UNIT_M)
    found = []
    for code, name, geometry in zip(coverage.area_code.tolist(), coverage.name, simple, strict=True):
        parts = tuple(rings for part in shapely.get_parts(geometry) if (rings := _rings(part)))
        found.append(Shape(str(code), name, parts))
    return tuple(found)


def _rings(polygon: object) -> tuple[IntArray, ...]:
    """The rings that still have an area after rounding; none where the outer one has not."""
    import shapely

    rings = [_whole(shapely.get_coordinates(ring)) for ring in shapely.get_rings(polygon)]
    if not rings or len(rings[0]) == 0:
        return ()
    return tuple(ring for ring in rings if len(ring))


def _whole(points: NDArray[np.float64]) -> IntArray:
    rounded = np.rint(points).astype(np.int64)
    kept = np.ones(len(rounded), dtype=bool)
    kept[1:] = (rounded[1:] != rounded[:-1]).any(axis=1)
    ring = rounded[kept]
    ring = ring[:-1] if (ring[0] == ring[-1]).all() else ring
    return ring if len(ring) >= _TRIANGLE else ring[:0]


def encoded(shape: Shape) -> list[list[list[int]]]:
    """The polygons of a shape as lists of numbers: for each ring its first vertex, then the steps from there.

    >>> from itertools import accumulate
    >>> ring = encoded(shapes()[0])[0][0]
    >>> list(accumulate(ring[0::2]))[-1] == int(shapes()[0].polygons[0][0][-1, 0])
    True
    """
    return [
        [np.concatenate([ring[:1], np.diff(ring, axis=0)]).ravel().tolist() for ring in polygon]
        for polygon in shape.polygons
    ]


def extent(tolerance_m: float = FINE_M) -> tuple[int, int, int, int]:
    """West, north, east and south of all that is large enough to see. With Rockall the map would be half sea."""
    outer = [polygon[0] for shape in shapes(tolerance_m) for polygon in shape.polygons]
    corners = [(ring.min(axis=0), ring.max(axis=0)) for ring in outer]
    seen = [(low, high) for low, high in corners if (high - low).max() * UNIT_M > _SEEN_M]
    low = np.min([low for low, _ in seen], axis=0).tolist()
    high = np.max([high for _, high in seen], axis=0).tolist()
    return low[0], low[1], high[0], high[1]
