from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import InputError
from allocator.places import geodesy

longitudes = st.floats(-9.0, 3.0)
latitudes = st.floats(49.0, 61.0)


def chord_km(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    here, there = geodesy.earth_centred([lon1, lon2], [lat1, lat2])
    return float(np.linalg.norm(here - there)) / 1000.0


def test_a_degree_of_latitude_is_some_111_km() -> None:
    assert geodesy.distance_km(0.0, 51.0, 0.0, 52.0) == pytest.approx(111.26, abs=0.01)


def test_shapes_are_kept() -> None:
    assert geodesy.distance_km(np.zeros((2, 3)), np.zeros((2, 3)), 1.0, 1.0).shape == (2, 3)
    assert geodesy.earth_centred(np.zeros(4), np.zeros(4)).shape == (4, 3)


@given(longitudes, latitudes, longitudes, latitudes)
def test_a_chord_is_never_longer_than_its_geodesic(lon1: float, lat1: float, lon2: float, lat2: float) -> None:
    assert chord_km(lon1, lat1, lon2, lat2) <= float(geodesy.distance_km(lon1, lat1, lon2, lat2)) + 1e-9


@given(longitudes, latitudes, st.lists(st.tuples(longitudes, latitudes), min_size=2, max_size=2))
def test_the_nearest_by_geodesic_is_within_the_tolerance_of_the_shortest_chord(
    longitude: float, latitude: float, others: list[tuple[float, float]]
) -> None:
    km = [float(geodesy.distance_km(longitude, latitude, *other)) for other in others]
    chord = [chord_km(longitude, latitude, *other) for other in others]
    nearest = km.index(min(km))
    assert chord[nearest] <= min(chord) * (1.0 + geodesy.CHORD_TOLERANCE) + 1e-9


@pytest.mark.parametrize(
    ("longitude", "latitude", "named"),
    [(np.nan, 51.0, "longitude"), (181.0, 51.0, "longitude"), (0.0, 91.0, "latitude"), (0.0, -np.inf, "latitude")],
)
def test_what_is_no_position_is_refused_by_name(longitude: float, latitude: float, named: str) -> None:
    with pytest.raises(InputError, match=named):
        geodesy.check_positions(np.array([0.0, longitude]), np.array([51.0, latitude]))
