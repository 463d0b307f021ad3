"""The area code that covers each outcode, and a point for each area code, from the coverage polygons."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.places.coverage import Coverage
from allocator.places.geodesy import earth_centred
from data.builders.positions import Postcodes
from data.builders.tables import DECIMALS, Centroids


def covering_area_codes(coverage: Coverage, places: Centroids) -> NDArray[np.int32]:
    """Find the area code whose coverage holds the printed centroid; failing that, the one with the nearest coverage.

    Returns
    -------
    array of int32, shape (n,)
        The area code of each outcode; 0 without a centroid.
    """
    placed = np.flatnonzero(places.placed)
    longitude, latitude = places.longitude[placed], places.latitude[placed]
    found = coverage.area_codes_at(longitude, latitude)
    outside = found == 0
    found[outside] = coverage.nearest_area_codes(longitude[outside], latitude[outside])
    covering = np.zeros(len(places.outcode), dtype=np.int32)
    covering[placed] = found
    return covering


def points_inside(coverage: Coverage, postcodes: Postcodes, places: Centroids) -> dict[int, tuple[float, float]]:
    """Find longitude and latitude, as printed, of a point inside the coverage of each area code.

    It is where people are: the unit postcode inside the coverage that is nearest to the mean of all of them. In the
    Crown dependencies, where unit postcodes have no position, outcodes are used.
    """
    longitude = np.concatenate((postcodes.longitude, places.longitude[places.crown]))
    latitude = np.concatenate((postcodes.latitude, places.latitude[places.crown]))
    known = ~np.isnan(longitude)
    position = np.round(np.stack((longitude[known], latitude[known]), axis=1), DECIMALS)
    position, count = np.unique(position, axis=0, return_counts=True)
    code = coverage.area_codes_at(position[:, 0], position[:, 1])
    inside = code > 0
    position, count, code = position[inside], count[inside], code[inside]
    codes, which = np.unique(code, return_inverse=True)
    away = _from_mean(earth_centred(position[:, 0], position[:, 1]), count, which)
    # The nearest comes first; of two equally near the westernmost, as `position` is sorted.
    order = np.lexsort((away, which))
    first = order[np.searchsorted(which[order], np.arange(len(codes)))]
    return {int(code[row]): (float(position[row, 0]), float(position[row, 1])) for row in first.tolist()}


def _from_mean(at: NDArray[np.float64], count: NDArray[np.int64], which: NDArray[np.int64]) -> NDArray[np.float64]:
    """Measure the distance of each point from the mean of the points of its kind, in metres through the Earth."""
    total = np.bincount(which, weights=count)
    mean = np.stack([np.bincount(which, weights=count * axis) / total for axis in at.T], axis=1)
    distance: NDArray[np.float64] = np.sqrt(((at - mean[which]) ** 2).sum(axis=1))
    return distance
