"""Distances on the Earth: geodesics on WGS84, and the chords that find candidates for the shortest.

Nothing else in the package imports pyproj.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allocator.errors import InputError

if TYPE_CHECKING:
    from pyproj import Geod

FloatArray = NDArray[np.float64]

# WGS84: equatorial radius, metres, and squared eccentricity.
_EQUATOR_M = 6_378_137.0
_ECCENTRICITY_2 = 0.0066943799901413165

# Two pairs of points with the same chord are on curves of different radius, so their geodesics differ a little: by less
# than chord² / 24 × (1/R² - 1/S²), where R = 6,335 km and S = 6,400 km bound the radii of curvature of the ellipsoid.
# Up to 2,000 km, farther than any two places of the United Kingdom, that is 8.5e-5 of the distance.
CHORD_TOLERANCE = 1e-4


@cache
def _geod() -> Geod:
    from pyproj import Geod

    return Geod(ellps="WGS84")


def distance_km(longitude1: ArrayLike, latitude1: ArrayLike, longitude2: ArrayLike, latitude2: ArrayLike) -> FloatArray:
    """Measure the geodesic between points, in kilometres.

    Parameters
    ----------
    longitude1, latitude1, longitude2, latitude2
        WGS84 degrees; arrays of one shape, or shapes that broadcast.

    Returns
    -------
    array of float64
        Accurate to some nanometres (Karney's algorithm, by PROJ).

    Examples
    --------
    >>> float(distance_km(-0.1247, 51.4998, -3.1883, 55.9533).round(3))
    535.201
    """
    given = (np.asarray(a, dtype=np.float64) for a in (longitude1, latitude1, longitude2, latitude2))
    lon1, lat1, lon2, lat2 = np.broadcast_arrays(*given)
    _, _, metres = _geod().inv(lon1.ravel(), lat1.ravel(), lon2.ravel(), lat2.ravel())
    return np.asarray(metres, dtype=np.float64).reshape(lon1.shape) / 1000.0


def earth_centred(longitude: ArrayLike, latitude: ArrayLike) -> FloatArray:
    """Compute Earth-centred coordinates of points on the ellipsoid.

    Parameters
    ----------
    longitude, latitude
        WGS84 degrees, shape (n,).

    Returns
    -------
    array of float64, shape (n, 3)
        Metres. The straight line between two of them (the chord) is never longer than their geodesic, so all points
        within d km by geodesic are among those within d km by chord.

    Examples
    --------
    >>> earth_centred([0.0], [0.0]).tolist()
    [[6378137.0, 0.0, 0.0]]
    """
    lon, lat = np.radians(np.asarray(longitude, np.float64)), np.radians(np.asarray(latitude, np.float64))
    normal = _EQUATOR_M / np.sqrt(1.0 - _ECCENTRICITY_2 * np.sin(lat) ** 2)
    level = normal * np.cos(lat)
    return np.stack((level * np.cos(lon), level * np.sin(lon), normal * (1.0 - _ECCENTRICITY_2) * np.sin(lat)), axis=-1)


def check_positions(longitude: FloatArray, latitude: FloatArray) -> None:
    """Refuse positions that are not on the Earth.

    Raises
    ------
    InputError
        A coordinate is not a number or outside its range; the error names the first.
    """
    for name, values, limit in (("longitude", longitude, 180.0), ("latitude", latitude, 90.0)):
        wrong = np.flatnonzero(~(np.abs(np.atleast_1d(values)) <= limit))
        if len(wrong):
            value = float(np.atleast_1d(values)[wrong[0]])
            remedy = f"Give degrees between -{limit:g} and {limit:g}, longitude first."
            raise InputError(f"it is not a {name} (item {wrong[0]})", value=value, remedy=remedy)
