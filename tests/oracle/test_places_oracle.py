"""Places and distances against brute force: every pair measured by `Geod`, every polygon asked by a plain loop."""

from __future__ import annotations

import csv
import json
from functools import cache

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from allocator.places import dataset
from allocator.places.coverage import default_coverage
from allocator.places.distances import default_distances
from allocator.places.gazetteer import default_gazetteer

GEOD = Geod(ellps="WGS84")


@cache
def outcodes() -> list[dict[str, str]]:
    text = (dataset.DATA_FOLDER / "outcodes.csv").read_text(encoding="utf-8")
    return [row for row in csv.DictReader(text.splitlines()) if row["latitude"]]


@cache
def area_codes() -> list[dict[str, str]]:
    text = (dataset.DATA_FOLDER / "area_codes.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def positions() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows = outcodes()
    return np.array([float(row["longitude"]) for row in rows]), np.array([float(row["latitude"]) for row in rows])


def kilometres_from(longitude: float, latitude: float) -> NDArray[np.float64]:
    """To every outcode that has a position."""
    lon, lat = positions()
    _, _, metres = GEOD.inv(np.full(len(lon), longitude), np.full(len(lon), latitude), lon, lat)
    return np.asarray(metres) / 1000.0


def every_distance() -> NDArray[np.float64]:
    """From every outcode that has a position to every area code, by the rule, in rows and columns of the files."""
    lon, lat = positions()
    owner = np.array([int(row["area_code"]) for row in outcodes()])
    out = np.full((len(lon), len(area_codes())), np.inf)
    for column, code in enumerate(area_codes()):
        members = np.flatnonzero(owner == int(code["area_code"]))
        inner_point = (
            [(float(code["longitude"]), float(code["latitude"]))] if code["latitude"] and not len(members) else []
        )
        for longitude, latitude in inner_point or zip(lon[members], lat[members], strict=True):
            np.minimum(out[:, column], kilometres_from(longitude, latitude), out=out[:, column])
        out[members, column] = 0.0
    return out


@pytest.fixture(scope="module")
def distances() -> NDArray[np.float64]:
    return every_distance()


def placed_rows() -> list[int]:
    rows = [dataset.bundled_outcodes().row(row["outcode"]) for row in outcodes()]
    assert None not in rows
    return [row for row in rows if row is not None]


def in_order(distances: NDArray[np.float64], limit_km: float) -> list[int]:
    """Rows within a distance: by distance, then by row, which is by area code."""
    near = [row for row in range(len(distances)) if distances[row] <= limit_km]
    return sorted(near, key=lambda row: (distances[row], row))


def test_the_bundled_distances_are_brute_force_on_every_outcode(distances: NDArray[np.float64]) -> None:
    start, area_index, km = dataset.bundled_distances()
    for place, row in enumerate(placed_rows()):
        expected = in_order(distances[place], dataset.HORIZON_KM)
        found = slice(start[row], start[row + 1])
        # Geod measures the same from both ends but for the last digits, which may swap two equal distances.
        np.testing.assert_allclose(km[found], distances[place][expected], rtol=0, atol=1e-9)
        np.testing.assert_allclose(distances[place][area_index[found]], km[found], rtol=0, atol=1e-9)
        assert sorted(area_index[found].tolist()) == sorted(expected)


def test_outcodes_without_a_position_have_no_distances() -> None:
    start, *_ = dataset.bundled_distances()
    without = set(range(len(dataset.bundled_outcodes()))) - set(placed_rows())
    assert without
    assert all(start[row] == start[row + 1] for row in without)


@pytest.mark.parametrize("limit_km", [150.0, 2000.0])
def test_beyond_the_horizon_the_distances_are_brute_force_too(distances: NDArray[np.float64], limit_km: float) -> None:
    rows = placed_rows()
    chosen = list(range(0, len(rows), 97))
    start, area_index, km = default_distances().table(limit_km, [rows[place] for place in chosen])
    for place in chosen:
        found = slice(start[rows[place]], start[rows[place] + 1])
        assert sorted(area_index[found].tolist()) == sorted(in_order(distances[place], limit_km))
        np.testing.assert_allclose(distances[place][area_index[found]], km[found], rtol=0, atol=1e-9)
        assert (np.diff(km[found]) >= 0).all()


def test_the_covering_area_code_comes_first() -> None:
    start, area_index, km = dataset.bundled_distances()
    for row in placed_rows():
        assert area_index[start[row]] == dataset.bundled_outcodes().area_index[row]
        assert km[start[row]] == 0.0


def test_the_outcodes_within_a_distance_are_brute_force_on_every_outcode() -> None:
    gazetteer, rows = default_gazetteer(), np.array(placed_rows())
    lon, lat = positions()
    for place in range(len(rows)):
        km = kilometres_from(lon[place], lat[place])
        limit_km = float(place % 40)
        found, found_km = gazetteer.within(lon[place], lat[place], limit_km)
        near = sorted(np.flatnonzero(km <= limit_km).tolist(), key=lambda other: (km[other], other))
        assert found.tolist() == rows[near].tolist()
        np.testing.assert_allclose(found_km, km[near], rtol=0, atol=1e-9)


def test_a_distance_is_inclusive() -> None:
    lon, lat = positions()
    km = kilometres_from(lon[0], lat[0])
    other = int(np.argsort(km)[5])
    found, found_km = default_gazetteer().within(lon[0], lat[0], float(km[other]))
    assert found_km[-1] == km[other]
    less, _ = default_gazetteer().within(lon[0], lat[0], float(np.nextafter(km[other], 0)))
    assert len(less) < len(found)


def test_the_covering_area_codes_are_those_of_a_plain_loop() -> None:
    features = json.loads(dataset.bundled_coverage())["features"]
    polygons = {int(f["properties"]["area_code"]): shapely.from_geojson(json.dumps(f["geometry"])) for f in features}
    lon, lat = positions()
    chosen = range(0, len(lon), 11)
    found = default_coverage().area_codes_at(lon[list(chosen)], lat[list(chosen)])
    for place, code in zip(chosen, found.tolist(), strict=True):
        point = shapely.Point(lon[place], lat[place])
        holding = [area_code for area_code, polygon in polygons.items() if polygon.intersects(point)]
        assert code == min(holding, default=0)
        if holding:
            assert int(outcodes()[place]["area_code"]) == code
