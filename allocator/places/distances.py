"""Distances from outcodes to area codes.

The distance is 0 where the area code covers the outcode; otherwise it is the geodesic from the outcode's centroid to
the nearest centroid of an outcode that the area code covers. An area code that covers no centroid is measured from a
point inside its coverage.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allocator.places.dataset import HORIZON_KM, bundled_area_codes, bundled_distances, bundled_outcodes

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class DistanceTable:
    """Distances from n outcodes to m area codes.

    Attributes
    ----------
    longitude, latitude
        Centroid of each outcode, WGS84 degrees, shape (n,); NaN where it has none.
    area_index
        Row of its covering area code, shape (n,); -1 where it has none.
    code_longitude, code_latitude
        A point inside each area code's coverage, WGS84 degrees, shape (m,); NaN where it has none.
    """

    longitude: FloatArray
    latitude: FloatArray
    area_index: IndexArray
    code_longitude: FloatArray
    code_latitude: FloatArray

    def compute(self, rows: ArrayLike) -> FloatArray:
        """Compute the distances from outcodes to all area codes.

        Parameters
        ----------
        rows
            Outcode rows, shape (r,).

        Returns
        -------
        array of float64, shape (r, m)
            Kilometres; infinite where the outcode or the area code has no position.

        Notes
        -----
        Chords through the Earth pick the few centroids of an area code that can be the nearest; geodesics decide
        between them. O(r × n).
        """
        from allocator.places.geodesy import CHORD_TOLERANCE, distance_km, earth_centred

        rows = np.asarray(rows, dtype=np.int64)
        longitude, latitude, owner, first = self._representatives()
        at = earth_centred(longitude, latitude)
        out = np.full((len(rows), len(self.code_longitude)), np.inf)
        for place in np.flatnonzero(self.area_index[rows] >= 0).tolist():
            row = rows[place]
            here = earth_centred(self.longitude[row], self.latitude[row])
            chord = np.sqrt(((at - here) ** 2).sum(axis=1))
            nearest = np.minimum.reduceat(chord, first)
            limit = nearest * (1.0 + CHORD_TOLERANCE) + 1e-6
            near = np.flatnonzero(chord <= np.repeat(limit, np.diff(np.append(first, len(chord)))))
            km = distance_km(self.longitude[row], self.latitude[row], longitude[near], latitude[near])
            np.minimum.at(out[place], owner[near], km)
            out[place, self.area_index[row]] = 0.0
        return out

    def _representatives(self) -> tuple[FloatArray, FloatArray, IndexArray, NDArray[np.int64]]:
        """List the points of each area code, sorted by area code, with the first place of each area code."""
        placed = np.flatnonzero(self.area_index >= 0)
        alone = np.setdiff1d(np.flatnonzero(~np.isnan(self.code_longitude)), self.area_index[placed]).astype(np.int32)
        owner = np.concatenate((self.area_index[placed], alone))
        order = np.argsort(owner, kind="stable")
        longitude = np.concatenate((self.longitude[placed], self.code_longitude[alone]))[order]
        latitude = np.concatenate((self.latitude[placed], self.code_latitude[alone]))[order]
        first = np.flatnonzero(np.diff(owner[order], prepend=-1))
        return longitude, latitude, owner[order], first

    def table(self, radius_km: float, rows: ArrayLike) -> tuple[NDArray[np.int64], IndexArray, FloatArray]:
        """List the area codes near outcodes, at least up to a radius.

        Parameters
        ----------
        radius_km
            The radius, kilometres. Up to `HORIZON_KM` the bundled distances serve, which end there.
        rows
            The outcode rows that are wanted, ascending.

        Returns
        -------
        start, area_index, km
            The area codes near the outcode in row r are `area_index[start[r]:start[r + 1]]`, `km` kilometres away,
            closest first, then by area code. Rows that are not wanted may be empty.
        """
        if radius_km <= HORIZON_KM:
            return bundled_distances()
        rows = np.asarray(rows, dtype=np.int64)
        count = np.zeros(len(self.longitude), dtype=np.int64)
        near = [closest_first(distances, radius_km) for distances in self.compute(rows)]
        count[rows] = [len(area_index) for area_index, _ in near]
        start = np.concatenate(([0], np.cumsum(count)))
        empty = (np.empty(0, dtype=np.int32), np.empty(0))
        area_index, km = (np.concatenate(parts) for parts in zip(empty, *near, strict=True))
        return start, area_index, km

    def within(self, row: int, distance_km: float) -> tuple[IndexArray, FloatArray]:
        """Find the area codes within a distance of an outcode.

        Parameters
        ----------
        row
            The outcode's row.
        distance_km
            Kilometres, inclusive.

        Returns
        -------
        area_index, km
            Rows of the area codes and their distances (kilometres), closest first, then by area code. Both are empty
            for an outcode without a position.

        Examples
        --------
        >>> from allocator.places import bundled_area_codes, bundled_outcodes
        >>> area_index, km = default_distances().within(bundled_outcodes().row("W11"), 0)
        >>> bundled_area_codes().area_code[area_index].tolist(), km.tolist()
        ([20], [0.0])
        """
        start, area_index, km = self.table(distance_km, [row])
        near = slice(int(start[row]), int(start[row + 1]))
        count = int(np.searchsorted(km[near], distance_km, side="right"))
        return area_index[near][:count], km[near][:count]


def closest_first(distances: FloatArray, radius_km: float) -> tuple[IndexArray, FloatArray]:
    """Sort the area codes within a radius by distance, then by area code (the order of the rows)."""
    near = np.flatnonzero(distances <= radius_km)
    order = near[np.argsort(distances[near], kind="stable")]
    return order.astype(np.int32), distances[order]


@cache
def default_distances() -> DistanceTable:
    """Load the distances of the bundled outcodes and area codes."""
    outcodes, codes = bundled_outcodes(), bundled_area_codes()
    return DistanceTable(outcodes.longitude, outcodes.latitude, outcodes.area_index, codes.longitude, codes.latitude)
