"""Which area code covers what, in a country of two squares and an island."""

from __future__ import annotations

import json

import numpy as np
import pytest

from allocator.places.coverage import Coverage
from data.builders.covering import covering_area_codes, points_inside
from data.builders.positions import Postcodes
from data.builders.tables import Centroids

NAN = float("nan")


def square(area_code: int, west: float, south: float, east: float, north: float) -> dict[str, object]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    properties = {"area_code": str(area_code), "name": f"Town {area_code}"}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "MultiPolygon", "coordinates": [[ring]]}}


@pytest.fixture(scope="module")
def coverage() -> Coverage:
    features = [square(161, -2, 53, -1, 54), square(1204, -1, 53, 0, 54), square(1624, -4.8, 54, -4.3, 54.4)]
    return Coverage.from_geojson(json.dumps({"type": "FeatureCollection", "features": features}).encode())


def centroids(**places: tuple[float, float]) -> Centroids:
    outcode = np.array(sorted(places), dtype=np.str_)
    position = np.array([places[name] for name in outcode.tolist()]).reshape(-1, 2)
    crown = np.strings.startswith(outcode, "IM")
    return Centroids(outcode, position[:, 0], position[:, 1], np.ones(len(outcode), dtype=np.int64), crown)


def postcodes(*positions: tuple[float, float]) -> Postcodes:
    longitude, latitude = np.array(positions).reshape(-1, 2).T
    text = np.array(["M1"] * len(positions))
    return Postcodes(text, text, longitude, latitude, text, np.array(["M1"]), np.zeros(len(positions), dtype=np.int64))


def test_an_outcode_is_covered_by_the_polygon_that_holds_it_or_else_the_nearest(coverage: Coverage) -> None:
    places = centroids(
        A1=(-1.5, 53.5),
        B1=(-0.5, 53.5),
        C1=(-1.0, 53.5),
        D1=(0.2, 53.5),
        E1=(NAN, NAN),
        F1=(-1.5, 52.99),
        IM1=(-4, 54.2),
    )
    # On the border of the two squares the smaller area code.
    assert covering_area_codes(coverage, places).tolist() == [161, 1204, 161, 1204, 0, 161, 1624]


def test_the_point_of_an_area_code_is_the_postcode_nearest_to_their_mean(coverage: Coverage) -> None:
    made = postcodes((-1.9, 53.5), (-1.6, 53.5), (-1.1, 53.5), (NAN, NAN), (-0.9, 53.1), (-0.9, 53.9), (1.5, 53.0))
    points = points_inside(coverage, made, centroids(IM1=(-4.5, 54.2), E1=(NAN, NAN)))
    assert points[161] == (-1.6, 53.5)
    assert points[1624] == (-4.5, 54.2)
    assert points[1204] in {(-0.9, 53.1), (-0.9, 53.9)}
    assert set(points) == {161, 1204, 1624}


def test_postcodes_count_as_often_as_they_are_at_a_place(coverage: Coverage) -> None:
    points = points_inside(coverage, postcodes(*[(-1.9, 53.5)] * 9, (-1.2, 53.5), (-1.1, 53.5)), centroids())
    assert points == {161: (-1.9, 53.5)}
