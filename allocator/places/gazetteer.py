"""Places with a position, found by distance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from allocator.errors import OptionError
from allocator.places.dataset import bundled_outcodes
from allocator.places.geodesy import check_positions, distance_km, earth_centred

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

FloatArray = NDArray[np.float64]
RowArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Gazetteer:
    """Places with a position.

    A KD-tree on Earth-centred coordinates picks candidates by their chord, which is never longer than the geodesic; the
    geodesic decides. So nothing within a distance is missed, and nothing beyond it is kept.

    Attributes
    ----------
    longitude, latitude
        WGS84 degrees, shape (n,); NaN for a place without a position, which is never found. The places must be in the
        order of their names, which breaks ties.
    """

    longitude: FloatArray
    latitude: FloatArray

    @cached_property
    def _placed(self) -> RowArray:
        return np.flatnonzero(~np.isnan(self.longitude))

    @cached_property
    def _tree(self) -> cKDTree:
        from scipy.spatial import cKDTree

        return cKDTree(earth_centred(self.longitude[self._placed], self.latitude[self._placed]))

    def within(self, longitude: float, latitude: float, within_km: float) -> tuple[RowArray, FloatArray]:
        """Find the places within a distance of a point.

        Parameters
        ----------
        longitude, latitude
            WGS84 degrees.
        within_km
            The distance, kilometres, inclusive.

        Returns
        -------
        row, km
            Rows of the places and their distances (kilometres), closest first, then by name.

        Raises
        ------
        InputError
            A coordinate is not a number or outside its range.
        OptionError
            The distance is negative or not a number.

        Examples
        --------
        >>> from allocator.places import bundled_outcodes
        >>> row, km = default_gazetteer().within(-0.2, 51.51, 1.5)
        >>> bundled_outcodes().outcode[row.tolist()].to_list()
        ['W2', 'W8', 'W11']
        """
        if not within_km >= 0:
            raise OptionError("it is not a distance", value=within_km, remedy="Give 0 or more kilometres.")
        check_positions(np.asarray(longitude, np.float64), np.asarray(latitude, np.float64))
        # A millimetre more allows for the rounding of coordinates; the geodesic decides in the end.
        candidates = self._tree.query_ball_point(earth_centred(longitude, latitude), within_km * 1000.0 + 1e-3)
        row = self._placed[np.asarray(candidates, dtype=np.int64)]
        km = distance_km(longitude, latitude, self.longitude[row], self.latitude[row])
        order = np.lexsort((row, km))
        inside = order[km[order] <= within_km]
        return row[inside], km[inside]


@cache
def default_gazetteer() -> Gazetteer:
    """Load the gazetteer of the bundled outcodes; its rows are those of `bundled_outcodes()`."""
    outcodes = bundled_outcodes()
    return Gazetteer(outcodes.longitude, outcodes.latitude)
