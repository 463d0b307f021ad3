"""Places found by distance."""

from __future__ import annotations

import numpy as np
import pytest

from allocator.errors import InputError, OptionError
from allocator.places.gazetteer import Gazetteer, default_gazetteer


@pytest.fixture
def three() -> Gazetteer:
    """Two places at one spot, one without a position, one farther."""
    return Gazetteer(np.array([0.0, np.nan, 0.0, 1.0]), np.array([51.0, np.nan, 51.0, 51.0]))


def test_ties_are_broken_by_row(three: Gazetteer) -> None:
    row, km = three.within(0.0, 51.0, 100.0)
    assert row.tolist() == [0, 2, 3]
    assert km.tolist() == [0.0, 0.0, pytest.approx(70.2, abs=0.1)]


def test_a_place_without_a_position_is_never_found(three: Gazetteer) -> None:
    assert three.within(0.0, 51.0, 20_000.0)[0].tolist() == [0, 2, 3]


def test_no_place_at_all() -> None:
    nowhere = Gazetteer(np.array([np.nan]), np.array([np.nan]))
    assert len(nowhere.within(0.0, 51.0, 10.0)[0]) == 0


def test_zero_kilometres_find_what_is_there(three: Gazetteer) -> None:
    assert three.within(0.0, 51.0, 0.0)[0].tolist() == [0, 2]


@pytest.mark.parametrize("distance_km", [-1.0, float("nan")])
def test_no_distance_is_refused(three: Gazetteer, distance_km: float) -> None:
    with pytest.raises(OptionError):
        three.within(0.0, 51.0, distance_km)


def test_no_position_is_refused() -> None:
    with pytest.raises(InputError, match="latitude"):
        default_gazetteer().within(0.0, 100.0, 1.0)
