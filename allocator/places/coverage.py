"""The coverage of area codes: the polygons in which their numbers are the local ones.

Nothing else in the package imports shapely.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allocator.errors import DataError
from allocator.places.dataset import bundled_coverage
from allocator.places.geodesy import check_positions, distance_km

if TYPE_CHECKING:
    from shapely import STRtree

CodeArray = NDArray[np.int32]

_SEARCH_DEGREES = 0.05  # half the height of the first window in which to look for the nearest coverage
_STEP_M = 100.0  # the largest gap between vertices of a border when distances to it are measured


@dataclass(frozen=True, eq=False)
class Coverage:
    """The coverage polygons of area codes; they tile the land and don't overlap.

    Attributes
    ----------
    area_code
        The area codes, ascending, shape (n,).
    name
        Their names, length n.
    polygons
        Their polygons or multipolygons (shapely), longitude and latitude, WGS84 degrees, shape (n,).
    """

    area_code: CodeArray
    name: tuple[str, ...]
    polygons: NDArray[Any]

    @classmethod
    def from_geojson(cls, content: bytes) -> Coverage:
        """Read coverage from a GeoJSON feature collection with `area_code` and `name` in the properties.

        Raises
        ------
        DataError
            The content is not such a collection.
        """
        import shapely

        try:
            features = json.loads(content)["features"]
            rows = sorted((int(f["properties"]["area_code"]), f["properties"]["name"], f["geometry"]) for f in features)
            polygons = shapely.from_geojson([json.dumps(geometry) for _, _, geometry in rows])
        except (ValueError, KeyError, TypeError, shapely.GEOSException) as error:
            raise DataError(f"the coverage can't be read ({error})", remedy="Install the package again.") from error
        shapely.prepare(polygons)
        codes = np.array([code for code, _, _ in rows], dtype=np.int32)
        codes.flags.writeable = False
        return cls(codes, tuple(name for _, name, _ in rows), polygons)

    @cached_property
    def _tree(self) -> STRtree:
        from shapely import STRtree

        return STRtree(self.polygons)

    def area_codes_at(self, longitude: ArrayLike, latitude: ArrayLike) -> CodeArray:
        """Find the area codes that cover points.

        Parameters
        ----------
        longitude, latitude
            WGS84 degrees, shape (n,), or two numbers.

        Returns
        -------
        array of int32, shape (n,)
            0 for a point outside all coverage (at sea, abroad). On a border the smaller area code.

        Raises
        ------
        InputError
            A coordinate is not a number or outside its range.

        Notes
        -----
        O(n log m) by an STR tree with prepared polygons.

        Examples
        --------
        >>> default_coverage().area_codes_at([-0.1247, -4.0], [51.4998, 49.0]).tolist()
        [20, 0]
        """
        import shapely

        lon, lat = np.broadcast_arrays(np.asarray(longitude, np.float64), np.asarray(latitude, np.float64))
        check_positions(lon, lat)
        point, polygon = self._tree.query(shapely.points(lon.ravel(), lat.ravel()), predicate="intersects")
        found = np.full(lon.size, np.iinfo(np.int32).max, dtype=np.int32)
        np.minimum.at(found, point, self.area_code[polygon])
        found[found == np.iinfo(np.int32).max] = 0
        return found.reshape(lon.shape)

    def nearest_area_codes(self, longitude: ArrayLike, latitude: ArrayLike) -> CodeArray:
        """Find the area codes with the coverage nearest to points, which may be outside all coverage.

        Parameters
        ----------
        longitude, latitude
            WGS84 degrees, shape (n,), or two numbers.

        Returns
        -------
        array of int32, shape (n,)
            The covering area code where there is one; otherwise the one with the nearest border, or the smaller of two
            that are equally near.

        Raises
        ------
        InputError
            A coordinate is not a number or outside its range.

        Notes
        -----
        The distance to a border is the geodesic to the nearest of its vertices, with vertices added until they are no
        more than 100 m apart. So the answer is right if the next coverage is at least 50 m farther away.

        Examples
        --------
        >>> default_coverage().nearest_area_codes(1.0, 50.9).tolist()
        1797
        """
        lon, lat = np.broadcast_arrays(np.asarray(longitude, np.float64), np.asarray(latitude, np.float64))
        found = np.array(self.area_codes_at(lon, lat)).reshape(lon.shape)
        flat = found.ravel()
        for place in np.flatnonzero(flat == 0).tolist():
            flat[place] = self._nearest(float(lon.ravel()[place]), float(lat.ravel()[place]))
        return flat.reshape(lon.shape)

    def _nearest(self, longitude: float, latitude: float) -> int:
        import shapely

        def look(half: float) -> tuple[Any, NDArray[np.int64]]:
            # Degrees of longitude are shorter than those of latitude, so a square in degrees would favour north.
            wide = half / max(np.cos(np.radians(latitude)), 0.01)
            window = shapely.box(longitude - wide, latitude - half, longitude + wide, latitude + half)
            return window, np.sort(self._tree.query(window, predicate="intersects"))

        half = _SEARCH_DEGREES
        while not len(look(half)[1]):
            half *= 2.0
        # A coverage in a corner of the window can be farther away than one just beyond a side.
        window, near = look(1.5 * half)
        borders = shapely.clip_by_rect(shapely.boundary(self.polygons[near]), *window.bounds)
        dense = shapely.segmentize(borders, _STEP_M / 111_320.0)
        vertex, owner = shapely.get_coordinates(dense, return_index=True)
        km = distance_km(longitude, latitude, vertex[:, 0], vertex[:, 1])
        best = np.lexsort((owner, km))[0]
        return int(self.area_code[near[owner[best]]])


@cache
def default_coverage() -> Coverage:
    """Load the bundled coverage."""
    return Coverage.from_geojson(bundled_coverage())
