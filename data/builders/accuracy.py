"""How accurate the coverage is, and where it isn't: what held-out observations and unit postcodes tell, summed up.

Only sums leave this module: what would be of too few observations is left empty.
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

# A share of fewer observations is chance, and could give away a single one.
LEAST_OBSERVATIONS = 20
# From side to side, metres; smaller ones would mostly be of too few observations.
HEXAGON_M = 15_000.0
DEGREE_DECIMALS = 4
# An outcode that has less than this share of its unit postcodes elsewhere does not straddle; they are a few at its rim.
LEAST_STRADDLING = 0.01
SHARE_DECIMALS = 4


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Observations, and the area code that the coverage drawn without them has at their unit postcode.

    Attributes
    ----------
    source
        The register of each, length n.
    longitude, latitude
        Of its unit postcode, WGS84 degrees, shape (n,).
    count
        How often the register saw the number, shape (n,).
    area_code, found
        Of the number, and of the polygon that it lies in (0 for none), shape (n,).
    """

    source: tuple[str, ...]
    longitude: FloatArray
    latitude: FloatArray
    count: IntArray
    area_code: IntArray
    found: IntArray

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether each lies in the polygon of its own area code, shape (n,)."""
        return np.equal(self.area_code, self.found)


@dataclass(frozen=True)
class Share:
    """How many of a register's rows and observations lie in the right polygon.

    Attributes
    ----------
    rows, observations
        How many there are; a row counts as often as the register saw the number.
    rows_right, observations_right
        The share of them that is right.
    """

    rows: int
    rows_right: float
    observations: int
    observations_right: float


def by_register(held_out: HeldOut) -> dict[str, Share]:
    """The share that is right, of all registers, of the clean ones, and of each by name."""
    source, right = np.array(held_out.source), held_out.right
    groups = {"all": np.ones(len(source), dtype=bool), "clean": np.isin(source, CLEAN)}
    groups |= {name: source == name for name in sorted(set(held_out.source))}
    return {name: _share(right[chosen], held_out.count[chosen]) for name, chosen in groups.items()}


def _share(right: NDArray[np.bool_], count: IntArray) -> Share:
    observations = int(count.sum())
    return Share(len(right), float(right.mean()), observations, float((right * count).sum()) / observations)


def accuracy_csv(held_out: HeldOut, codes: AreaCodes) -> bytes:
    """For each area code how far its numbers and its polygon agree, sorted by number.

    Columns: the area code; the observations of its numbers, how many of them lie in the polygon of another area code,
    their share; the observations in its polygon, how many of them are of numbers of another area code, their share.
    Three of them are empty where there are fewer than `LEAST_OBSERVATIONS`.
    """
    code, own, found, wrong = codes.area_code, held_out.area_code, held_out.found, ~held_out.right
    rows = [
        (one, *_of(held_out.count, wrong, own == one), *_of(held_out.count, wrong, found == one))
        for one in code.tolist()
    ]
    numbers, polygon = ("observations", "wrong", "share"), ("in_polygon", "of_others", "share_of_others")
    return csv_bytes(("area_code", *numbers, *polygon), rows)


def hexagons_csv(held_out: HeldOut) -> bytes:
    """For hexagons of `HEXAGON_M` how many of the observations there lie in a wrong polygon, from west to east.

    Columns: the middle of the hexagon, WGS84 degrees; the observations in it, how many of them lie in the polygon of
    another area code than their number's, their share. Hexagons with fewer than `LEAST_OBSERVATIONS` are left out.
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
    """The middle of the hexagon that each point of the plane is in, metres, shape (n, 2).

    Their rows run from west to east, with a corner to the north. The middles are those of two lattices of oblongs, each
    in the midst of four of the other; a point is in the hexagon whose middle is nearest.
    """
    points = np.stack((x, y), axis=1)
    size = np.array([HEXAGON_M, HEXAGON_M * np.sqrt(3.0)])
    one = np.rint(points / size) * size
    other = (np.rint(points / size - 0.5) + 0.5) * size
    nearer = ((points - one) ** 2).sum(axis=1) <= ((points - other) ** 2).sum(axis=1)
    middle: FloatArray = np.where(nearer[:, None], one, other)
    return middle


def _of(count: IntArray, wrong: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> tuple[object, object, object]:
    """Of the chosen observations their number, how many are wrong, and the share; empty where there are too few."""
    observations, amiss = int(count[chosen].sum()), int(count[chosen & wrong].sum())
    if observations < LEAST_OBSERVATIONS:
        return "", "", ""
    return observations, amiss, _printed(amiss / observations)


def straddling_csv(postcodes: Postcodes, coverage: Coverage, outcodes: Outcodes, codes: AreaCodes) -> bytes:
    """The outcodes that straddle area codes: those with unit postcodes in the coverage of another than their own.

    Only unit postcodes that have a position are counted. Outcodes with less than `LEAST_STRADDLING` of them elsewhere
    are left out.

    Columns: the outcode, the area code that covers it, the other one that has most of its unit postcodes (of two with
    as many the smaller), the unit postcodes, how many of them lie elsewhere, their share, and how many in the other
    one. Sorted by outcode.
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
    """The area code that is there most often, and how often; of two as frequent the smaller."""
    codes, count = np.unique(code, return_counts=True)
    best = int(count.argmax())
    return int(codes[best]), int(count[best])


def _printed(share: float) -> str:
    return f"{share:.{SHARE_DECIMALS}f}"
