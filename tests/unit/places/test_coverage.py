from __future__ import annotations

import json

import numpy as np
import pytest
import shapely

from allocator.errors import DataError, InputError
from allocator.places import dataset
from allocator.places.coverage import Coverage, default_coverage


def geojson(*boxes: tuple[int, tuple[float, float, float, float]]) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"area_code": str(code), "name": f"place {code}"},
            "geometry": json.loads(shapely.to_geojson(shapely.box(*box))),
        }
        for code, box in boxes
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.fixture
def two_boxes() -> Coverage:
    return Coverage.from_geojson(geojson((1539, (0, 51, 1, 52)), (20, (-1, 51, 0, 52))))


def test_area_codes_are_in_order(two_boxes: Coverage) -> None:
    assert two_boxes.area_code.tolist() == [20, 1539]
    assert two_boxes.name == ("place 20", "place 1539")


def test_points_inside_on_the_border_and_outside(two_boxes: Coverage) -> None:
    found = two_boxes.area_codes_at([-0.5, 0.5, 0.0, 5.0], [51.5, 51.5, 51.5, 51.5])
    assert found.tolist() == [20, 1539, 20, 0]


def test_scalars_give_a_scalar_array(two_boxes: Coverage) -> None:
    assert two_boxes.area_codes_at(0.5, 51.5).shape == ()


@pytest.mark.parametrize(
    ("longitude", "latitude", "code"),
    [(1.2, 51.5, 1539), (-1.2, 51.5, 20), (0.3, 52.001, 1539), (-0.0001, 50.9, 20), (0.0, 50.5, 20), (9.0, 57.0, 1539)],
)
def test_the_nearest_coverage(two_boxes: Coverage, longitude: float, latitude: float, code: int) -> None:
    assert two_boxes.nearest_area_codes(longitude, latitude) == code


def test_the_nearest_coverage_of_a_covered_point_is_its_own(two_boxes: Coverage) -> None:
    assert two_boxes.nearest_area_codes([0.0, 0.5], [51.5, 51.5]).tolist() == [20, 1539]


def test_no_position_is_refused(two_boxes: Coverage) -> None:
    with pytest.raises(InputError, match="item 1"):
        two_boxes.area_codes_at([0.0, np.nan], [51.0, 51.0])


@pytest.mark.parametrize("content", [b"", b"{}", b'{"features": [{}]}', b"[1]"])
def test_what_is_no_coverage_is_refused(content: bytes) -> None:
    with pytest.raises(DataError):
        Coverage.from_geojson(content)


def test_the_bundled_coverage_tiles_the_land() -> None:
    polygons = default_coverage().polygons
    assert shapely.coverage_is_valid(polygons)
    assert shapely.is_valid(polygons).all()


def test_every_area_code_but_ebbsfleet_has_a_coverage() -> None:
    missing = set(dataset.bundled_area_codes().area_code.tolist()) - set(default_coverage().area_code.tolist())
    assert missing == {1987}


def test_the_point_of_every_area_code_is_inside_its_coverage() -> None:
    codes = dataset.bundled_area_codes()
    placed = ~np.isnan(codes.longitude)
    found = default_coverage().area_codes_at(codes.longitude[placed], codes.latitude[placed])
    assert (found == codes.area_code[placed]).all()


PLACES = [
    ("Brodick, Arran", -5.145, 55.576, 1770),
    ("Lamlash, Arran", -5.129, 55.534, 1770),
    ("Lundy", -4.667, 51.170, 1237),
    ("Walney", -3.250, 54.100, 1229),
    ("St Mary's, Isles of Scilly", -6.300, 49.920, 1720),
    ("Tresco, Isles of Scilly", -6.334, 49.954, 1720),
    ("Holy Island", -1.800, 55.670, 1289),
    ("Hayling Island", -0.980, 50.790, 23),
    ("Alderney", -2.205, 49.714, 1481),
    ("Sark", -2.361, 49.433, 1481),
    ("Jersey", -2.100, 49.200, 1534),
    ("Douglas, Isle of Man", -4.485, 54.150, 1624),
    ("Port St Mary, Isle of Man", -4.740, 54.075, 1624),
    ("Colonsay", -6.210, 56.070, 1951),
    ("Islay", -6.200, 55.750, 1496),
    ("Tiree", -6.860, 56.500, 1879),
    ("Barra", -7.487, 56.956, 1871),
    ("Mid Yell", -1.075, 60.600, 1957),
    ("Baltasound, Unst", -0.857, 60.757, 1957),
    ("Symbister, Whalsay", -1.020, 60.343, 1806),
    ("Newport, Isle of Wight", -1.300, 50.700, 1983),
    ("Holyhead, Anglesey", -4.630, 53.305, 1407),
    ("Belfast", -5.930, 54.600, 28),
    ("Enniskillen", -7.630, 54.340, 28),
    ("Londonderry", -7.320, 55.000, 28),
    ("Rathlin Island", -6.200, 55.292, 28),
    ("Wigton", -3.161, 54.824, 16973),
    ("Raughton Head", -2.984, 54.796, 16974),
    ("Brampton", -2.734, 54.942, 16977),
    ("Hawkshead", -2.997, 54.374, 15394),
    ("Grange-over-Sands", -2.915, 54.191, 15395),
    ("Sedbergh", -2.528, 54.323, 15396),
    ("Hornby", -2.636, 54.111, 15242),
    ("Langholm", -3.000, 55.151, 13873),
    ("Appleby", -2.490, 54.577, 17683),
    ("Pooley Bridge", -2.821, 54.613, 17684),
    ("Keswick", -3.135, 54.601, 17687),
    ("Gosforth", -3.432, 54.418, 19467),
    ("Charing Cross", -0.127, 51.507, 20),
]


@pytest.mark.parametrize(("place", "longitude", "latitude", "code"), PLACES, ids=[place[0] for place in PLACES])
def test_what_is_known_of_places(place: str, longitude: float, latitude: float, code: int) -> None:
    assert default_coverage().area_codes_at(longitude, latitude) == code, place
