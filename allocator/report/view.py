"""Which part of the country a map shows, and whether it shows the outcodes."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.report import shapes

# Where the links fit into this share of the country's extent, the map opens on them, with a margin.
_LOCAL = 0.5
_MARGIN = 0.12
_LEAST_SPAN = 400
# Dots of more outcodes than this hide the map, unless there are that many to an area code.
_DOTS = 150
_CROWDED = 12.0


def focus_of(outcodes: pl.DataFrame) -> tuple[int, ...]:
    """Choose where the map opens: on the whole country, or on the corner that has all the links.

    Parameters
    ----------
    outcodes
        Outcodes with links: `longitude`, `latitude` (WGS84 degrees).

    Returns
    -------
    tuple of int
        West, north, east and south, on the plane of the map.
    """
    extent = shapes.extent()
    if outcodes.is_empty():
        return extent
    spots = spots_of(outcodes)
    low, high = spots.min(axis=0), spots.max(axis=0)
    span = float(max((high - low).max(), _LEAST_SPAN))
    if span > _LOCAL * max(extent[2] - extent[0], extent[3] - extent[1]):
        return extent
    margin = span * _MARGIN
    return tuple(int(value) for value in (*np.floor(low - margin), *np.ceil(high + margin)))


def crowded(outcodes: pl.DataFrame) -> bool:
    """Whether the area codes have so many outcodes each that dots show more than the colours of area codes."""
    return outcodes.height > _CROWDED * max(outcodes["area_code"].n_unique(), 1)


def shows_dots(outcodes: pl.DataFrame) -> bool:
    """Whether a map that can be zoomed shows the outcodes at first."""
    return outcodes.height <= _DOTS or crowded(outcodes)


def spots_of(outcodes: pl.DataFrame) -> NDArray[np.float64]:
    """Place outcodes on the plane of the map, shape (n, 2)."""
    return shapes.plane(outcodes["longitude"], outcodes["latitude"])


def lines_of(fallbacks: pl.DataFrame) -> NDArray[np.float64]:
    """Place both ends of each fallback on the plane of the map, shape (n, 2, 2)."""
    end = shapes.plane(fallbacks["to_longitude"], fallbacks["to_latitude"])
    return np.stack([spots_of(fallbacks), end], axis=1)
