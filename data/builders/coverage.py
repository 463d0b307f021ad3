"""`area_codes.geojson`: the coverage polygons of the area codes, and how far they can be trusted.

Every unit postcode gets the local area code (`classifier`); the land is divided by the nearest unit postcode (`cells`),
up to the coast (`coast`).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from data.builders import cells, coast
from data.builders.accuracy import HeldOut
from data.builders.classifier import TRUST, Classifier, Observations, Points
from data.builders.positions import Postcodes
from data.builders.sources import Sources
from data.builders.tables import Centroids

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

NORTHERN_IRELAND = 28
CROWN = {"GY": 1481, "JE": 1534, "IM": 1624}
# More places, for which the registers have nothing, or a council's switchboard on another island: general knowledge,
# within 2 km. (area code, longitude, latitude)
PLACES_ADDED = (
    (16977, -2.734, 54.942),  # Brampton
    (1289, -1.800, 55.672),  # Holy Island, off Northumberland
    (1806, -1.267, 60.348),  # Voe
    (1806, -1.353, 60.397),  # Brae
    (1806, -1.020, 60.343),  # Symbister, Whalsay
    (1957, -0.857, 60.757),  # Baltasound, Unst
    (1957, -0.869, 60.590),  # Houbie, Fetlar
    (17684, -2.821, 54.613),  # Pooley Bridge
)
_PLACE_POSTCODES = 6  # nearest to a place, that get its area code as observations

# Unit postcodes closer together than this are drawn as one point, metres: borders are not that fine.
_CELL_M = 200.0
TOLERANCE_M = 80.0
FOLDS = 10


@dataclass(frozen=True, eq=False)
class _Ground:
    """Everything from which the coverage is drawn, in the plane.

    Attributes
    ----------
    points
        The unit postcodes with a position.
    longitude, latitude
        Their positions, WGS84 degrees, shape (n,).
    irish
        Whether each is in Northern Ireland, shape (n,).
    cell
        The rows of those that are drawn, one for each cell of the grid.
    rows
        The observations in the order of the register: row of the unit postcode, area code, source and count.
    places
        The observations from places: row of the unit postcode and area code.
    crown
        Position and area code of the outcodes of the Crown dependencies.
    land
        The land to divide.
    """

    points: Points
    longitude: FloatArray
    latitude: FloatArray
    irish: NDArray[np.bool_]
    cell: IntArray
    rows: list[tuple[int, int, str, int]]
    places: list[tuple[int, int]]
    crown: tuple[FloatArray, FloatArray, IntArray]
    land: shapely.Geometry


def build_coverage(sources: Sources, postcodes: Postcodes, outcodes: Centroids, names: Mapping[int, str]) -> bytes:
    """Build the coverage as GeoJSON: one feature for each area code that has a coverage, in numerical order.

    Parameters
    ----------
    sources
        The observations, the places and the coast.
    postcodes
        The unit postcodes and where they are.
    outcodes
        The outcodes; those of the Crown dependencies are used in place of their unit postcodes.
    names
        The names of the area codes.

    Raises
    ------
    ValueError
        The polygons overlap or leave gaps, or leave out a unit postcode.
    """
    ground = _ground(sources, postcodes, outcodes)
    everything = np.arange(len(ground.rows))
    codes, polygons = _draw(ground, everything)
    _check(ground, codes, polygons, names)
    features = [
        {
            "type": "Feature",
            "properties": {"area_code": str(code), "name": names[code]},
            "geometry": json.loads(shapely.to_geojson(polygon)),
        }
        for code, polygon in zip(codes.tolist(), polygons, strict=True)
    ]
    lines = ",\n".join(json.dumps(feature, separators=(",", ":"), ensure_ascii=False) for feature in features)
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'.encode()


def cross_validate(sources: Sources, postcodes: Postcodes, outcodes: Centroids, folds: int = FOLDS) -> HeldOut:
    """Look up held-out observations in a coverage that is drawn without them.

    A checksum of their postcode deals the observations into folds, so that no postcode is both learnt from and asked
    for. For each fold the whole coverage is built from the others, drawn and simplified as it is published, and the
    fold's observations are looked up in it at their unit postcode.
    """
    ground = _ground(sources, postcodes, outcodes)
    fold = np.array([crc32(f"{postcodes_name(postcodes, ground, row)}".encode()) % folds for row, *_ in ground.rows])
    place, code, source, count = (list(column) for column in zip(*ground.rows, strict=True))
    position, expected = np.array(place), np.array(code, dtype=np.int64)
    longitude, latitude = ground.longitude[position], ground.latitude[position]
    found = np.zeros(len(ground.rows), dtype=np.int64)
    for number in range(folds):
        held_out = np.flatnonzero(fold == number)
        codes, polygons = _draw(ground, np.flatnonzero(fold != number))
        found[held_out] = _codes_at(codes, polygons, longitude[held_out], latitude[held_out])
        right = found[held_out] == expected[held_out]
        print(f"fold {number + 1} of {folds}: {right.mean():.4f}", flush=True)
    return HeldOut(tuple(source), longitude, latitude, np.array(count, dtype=np.int64), expected, found)


def postcodes_name(postcodes: Postcodes, ground: _Ground, row: int) -> str:
    """Write a unit postcode of the ground as text."""
    place = int(ground.points.postcode[row])
    return f"{postcodes.outcode[place]} {postcodes.incode[place]}"


def _ground(sources: Sources, postcodes: Postcodes, outcodes: Centroids) -> _Ground:
    placed = np.flatnonzero(~np.isnan(postcodes.longitude))
    longitude, latitude = postcodes.longitude[placed], postcodes.latitude[placed]
    x, y = coast.to_plane(longitude, latitude)
    digit = np.strings.slice(postcodes.incode[placed], 1).astype(np.int64)
    district = postcodes.row[placed]
    _, authority = np.unique(postcodes.authority[placed], return_inverse=True)
    points = Points(x, y, placed, district * 10 + digit, district, authority.astype(np.int64), np.zeros(len(x)))
    crown = _crown(outcodes)
    row_of = {
        f"{outcode} {incode}": row
        for row, (outcode, incode) in enumerate(
            zip(postcodes.outcode[placed].tolist(), postcodes.incode[placed].tolist(), strict=True)
        )
    }
    rows = _rows(sources, row_of)
    places = _places(sources, cKDTree(np.stack((x, y), axis=1)))
    # The density is needed only where something is drawn or learnt.
    cell = _cells(x, y, np.array([row for row, _ in places]))
    used = np.unique(np.concatenate((cell, [row for row, *_ in rows], [row for row, _ in places])).astype(np.int64))
    tree = cKDTree(np.stack((x, y), axis=1))
    points.density_m[used] = tree.query(np.stack((x[used], y[used]), axis=1), k=[100])[0][:, 0]
    land = coast.land(sources.countries, np.concatenate((x, crown[0])), np.concatenate((y, crown[1])))
    irish = np.strings.startswith(postcodes.outcode[placed], "BT")
    return _Ground(points, longitude, latitude, irish, cell, rows, places, crown, land)


def _crown(outcodes: Centroids) -> tuple[FloatArray, FloatArray, IntArray]:
    rows = np.flatnonzero(outcodes.crown)
    x, y = coast.to_plane(outcodes.longitude[rows], outcodes.latitude[rows])
    codes = np.array([CROWN[str(outcodes.outcode[row])[:2]] for row in rows], dtype=np.int64)
    _, first = np.unique(np.stack((x, y), axis=1), axis=0, return_index=True)
    return x[first], y[first], codes[first]


def _rows(sources: Sources, row_of: Mapping[str, int]) -> list[tuple[int, int, str, int]]:
    with sources.observations.open(encoding="utf-8", newline="") as file:
        return [
            (row_of[line["postcode"]], int(line["area_code"]), line["source"], int(line["observations"]))
            for line in csv.DictReader(file)
            if line["postcode"] in row_of
        ]


def _places(sources: Sources, tree: cKDTree) -> list[tuple[int, int]]:
    """Find the unit postcodes nearest to each place, with its area code."""
    with sources.places.open(encoding="utf-8", newline="") as file:
        places = [
            (int(line["area_code"]), float(line["longitude"]), float(line["latitude"])) for line in csv.DictReader(file)
        ]
    found: list[tuple[int, int]] = []
    for code, longitude, latitude in (*places, *PLACES_ADDED):
        if code in CROWN.values():
            continue
        x, y = coast.to_plane(np.array([longitude]), np.array([latitude]))
        _, near = tree.query([x[0], y[0]], k=_PLACE_POSTCODES)
        found += [(int(row), code) for row in near]
    return found


def _cells(x: FloatArray, y: FloatArray, always: IntArray) -> IntArray:
    """Choose one unit postcode for each cell of a grid: one that is always drawn where there is one."""
    order = np.concatenate((always, np.arange(len(x)))).astype(np.int64)
    position = np.stack((x[order] // _CELL_M, y[order] // _CELL_M), axis=1)
    _, first = np.unique(position, axis=0, return_index=True)
    return np.sort(order[first])


def _observations(ground: _Ground, chosen: IntArray) -> Observations:
    rows = [ground.rows[row] for row in chosen.tolist()]
    place = np.array([row for row, *_ in rows] + [row for row, _ in ground.places], dtype=np.int64)
    code = np.array([code for _, code, *_ in rows] + [code for _, code in ground.places], dtype=np.int64)
    trust = np.array([TRUST[source] for _, _, source, _ in rows] + [TRUST["place"]] * len(ground.places))
    count = np.array([count for *_, count in rows] + [1] * len(ground.places))
    # 028 is all of Northern Ireland and nothing else, so other rows are numbers used away from home.
    possible = (code == NORTHERN_IRELAND) == ground.irish[place]
    weight = trust * np.sqrt(np.minimum(count, 4))
    return Observations(ground.points[place], code, trust, weight)[possible]


def _draw(ground: _Ground, chosen: IntArray) -> tuple[IntArray, Any]:
    """Draw the coverage that follows from some of the observations, as it is published."""
    label = np.full(len(ground.cell), NORTHERN_IRELAND, dtype=np.int64)
    british = np.flatnonzero(~ground.irish[ground.cell])
    label[british] = Classifier(_observations(ground, chosen)).classify(ground.points[ground.cell[british]])
    crown_x, crown_y, crown_code = ground.crown
    x, y = (
        np.concatenate((ground.points.x[ground.cell], crown_x)),
        np.concatenate((ground.points.y[ground.cell], crown_y)),
    )
    codes, polygons = cells.tessellate(x, y, np.concatenate((label, crown_code)), ground.land)
    return codes, cells.simplify(polygons, TOLERANCE_M)


def _codes_at(codes: IntArray, polygons: Any, longitude: FloatArray, latitude: FloatArray) -> IntArray:
    """Find the area codes at points, 0 where there is none."""
    shapely.prepare(polygons)
    point, polygon = shapely.STRtree(polygons).query(shapely.points(longitude, latitude), predicate="intersects")
    found = np.zeros(len(longitude), dtype=np.int64)
    found[point] = codes[polygon]
    return found


def _check(ground: _Ground, codes: IntArray, polygons: Any, names: Mapping[int, str]) -> None:
    if not shapely.coverage_is_valid(polygons):
        raise ValueError("the polygons overlap or leave gaps")
    outside = np.count_nonzero(_codes_at(codes, polygons, ground.longitude, ground.latitude) == 0)
    if outside:
        raise ValueError(f"{outside} unit postcodes are outside all coverage")
    missing = sorted(set(names) - set(codes.tolist()))
    print("area codes without coverage:", missing)
