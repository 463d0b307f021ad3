"""How accurate the coverage is, and where it isn't, from held-out observations and unit postcodes.

Only sums leave this module; a figure from too few observations is left empty.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.places.coverage import Coverage
from allocator.places.dataset import AreaCodes, Outcodes
from data.builders import coast
from data.builders.positions import Postcodes
from data.builders.tables import csv_bytes

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

CLEAN = ("dvsa-mot", "dfe-schools", "rqia", "care-inspectorate")

# A share of fewer observations is mostly chance, and could give away a single one.
LEAST_OBSERVATIONS = 20
# From side to side, metres; most smaller ones would have too few observations.
HEXAGON_M = 15_000.0
DEGREE_DECIMALS = 4
# An outcode with a smaller share of its unit postcodes elsewhere does not straddle: these are a few at its rim.
LEAST_STRADDLING = 0.01
SHARE_DECIMALS = 4


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Observations, and the area code that a coverage drawn without them has at their unit postcode.

    Attributes
    ----------
    source
        The register of each, length n.
    longitude, latitude
        The position of its unit postcode, WGS84 degrees, shape (n,).
    count
        The number of times that the register saw the number, shape (n,).
    area_code, found
        The area code of the number, and that of the polygon around it (0 for none), shape (n,).
    """

    source: tuple[str, ...]
    longitude: FloatArray
    latitude: FloatArray
    count: IntArray
    area_code: IntArray
    found: IntArray

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether each is in the polygon of its own area code, shape (n,)."""
        return np.equal(self.area_code, self.found)


@dataclass(frozen=True)
class Share:
    """The share of a register's rows and observations in the right polygon.

    Attributes
    ----------
    rows, observations
        Their numbers; a row is as many observations as the register saw the number.
    rows_right, observations_right
        The shares that are right.
    """

    rows: int
    rows_right: float
    observations: int
    observations_right: float


def by_register(held_out: HeldOut) -> dict[str, Share]:
    """Compute the share that is right: of all registers, of the clean ones, and of each by name."""
    source, right = np.array(held_out.source), held_out.right
    groups = {"all": np.ones(len(source), dtype=bool), "clean": np.isin(source, CLEAN)}
    groups |= {name: source == name for name in sorted(set(held_out.source))}
    return {name: _share(right[chosen], held_out.count[chosen]) for name, chosen in groups.items()}


def _share(right: NDArray[np.bool_], count: IntArray) -> Share:
    observations = int(count.sum())
    return Share(len(right), float(right.mean()), observations, float((right * count).sum()) / observations)


def accuracy_csv(held_out: HeldOut, codes: AreaCodes) -> bytes:
    """Write how far the numbers and the polygon of each area code agree, sorted by area code.

    Columns: the area code; the observations of its numbers, the number of these in the polygon of another area code,
    their share; the observations in its polygon, the number of these with another area code, their share. Each group of
    three is empty where there are fewer than `LEAST_OBSERVATIONS`.
    """
    code, own, found, wrong = codes.area_code, held_out.area_code, held_out.found, ~held_out.right
    rows = [
        (one, *_of(held_out.count, wrong, own == one), *_of(held_out.count, wrong, found == one))
        for one in code.tolist()
    ]
    numbers, polygon = ("observations", "wrong", "share"), ("in_polygon", "of_others", "share_of_others")
    return csv_bytes(("area_code", *numbers, *polygon), rows)


def hexagons_csv(held_out: HeldOut) -> bytes:
    """Write how many observations in each hexagon of `HEXAGON_M` are in a wrong polygon, from west to east.

    Columns: the middle of the hexagon, WGS84 degrees; the observations in it, the number of these in the polygon of an
    area code that is not their number's, their share. Hexagons with fewer than `LEAST_OBSERVATIONS` are left out.
    """
    x, y = coast.to_plane(held_out.longitude, held_out.latitude)
    middle, which = np.unique(hexagons(x, y), axis=0, return_inverse=True)
    longitude, latitude = coast.to_degrees(middle[:, 0], middle[:, 1])
    rows = []
    for row in range(len(middle)):
        counted = _of(held_out.count, ~held_out.right, which == row)
        if counted[0]:
            place = (f"{float(degrees[row]):.{DEGREE_DECIMALS}f}" for degrees in (longitude, latitude))
            rows.append((*place, *counted))
    return csv_bytes(("longitude", "latitude", "observations", "wrong", "share"), rows)


def hexagons(x: FloatArray, y: FloatArray) -> FloatArray:
    """Find the middle of the hexagon around each point of the plane, metres, shape (n, 2).

    Rows of hexagons run from west to east, with a corner to the north. The middles form two lattices of rectangles,
    each centred on the other; a point is in the hexagon with the nearest middle.
    """
    points = np.stack((x, y), axis=1)
    size = np.array([HEXAGON_M, HEXAGON_M * np.sqrt(3.0)])
    one = np.rint(points / size) * size
    other = (np.rint(points / size - 0.5) + 0.5) * size
    nearer = ((points - one) ** 2).sum(axis=1) <= ((points - other) ** 2).sum(axis=1)
    middle: FloatArray = np.where(nearer[:, None], one, other)
    return middle


def _of(count: IntArray, wrong: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> tuple[object, object, object]:
    """Count the chosen observations and the wrong ones, with their share; empty where there are too few."""
    observations, amiss = int(count[chosen].sum()), int(count[chosen & wrong].sum())
    if observations < LEAST_OBSERVATIONS:
        return "", "", ""
    return observations, amiss, _printed(amiss / observations)


def straddling_csv(postcodes: Postcodes, coverage: Coverage, outcodes: Outcodes, codes: AreaCodes) -> bytes:
    """Write the outcodes that straddle area codes: those with unit postcodes in the coverage of another one.

    Only unit postcodes with a position are counted. Outcodes with less than `LEAST_STRADDLING` of them elsewhere are
    left out.

    Columns: the outcode, the area code that covers it, the other one with most of its unit postcodes (the smaller of
    two with as many), the unit postcodes, the number of these elsewhere, their share, and the number in the other one.
    Sorted by outcode.
    """
    placed = np.flatnonzero(~np.isnan(postcodes.longitude))
    found = coverage.area_codes_at(postcodes.longitude[placed], postcodes.latitude[placed]).astype(np.int64)
    own = dict(zip(outcodes.outcode.to_list(), outcodes.area_index.tolist(), strict=True))
    rows: list[tuple[object, ...]] = []
    present, first = np.unique(postcodes.row[placed], return_index=True)
    for row, inside in zip(present.tolist(), np.split(found, first[1:]), strict=True):
        outcode = str(postcodes.outcodes[row])
        code = int(codes.area_code[own[outcode]])
        away = inside[inside != code]
        if len(away) >= LEAST_STRADDLING * len(inside):
            other, there = _most(away)
            share = _printed(len(away) / len(inside))
            rows.append((outcode, code, other, len(inside), len(away), share, there))
    return csv_bytes(("outcode", "area_code", "other", "postcodes", "elsewhere", "share", "in_other"), rows)


def _most(code: IntArray) -> tuple[int, int]:
    """Find the most frequent area code (the smaller of two as frequent), and count it."""
    codes, count = np.unique(code, return_counts=True)
    best = int(count.argmax())
    return int(codes[best]), int(count[best])


def _printed(share: float) -> str:
    return f"{share:.{SHARE_DECIMALS}f}"
