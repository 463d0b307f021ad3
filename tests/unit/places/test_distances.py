from __future__ import annotations

import numpy as np
import pytest

from allocator.places.distances import DistanceTable, closest_first, default_distances


@pytest.fixture
def small() -> DistanceTable:
    """Three outcodes on a line, the last without a position; a third area code that covers no outcode, a fourth that is
    nowhere."""
    return DistanceTable(
        longitude=np.array([0.0, 0.1, np.nan]),
        latitude=np.array([51.0, 51.0, np.nan]),
        area_index=np.array([0, 1, -1], dtype=np.int32),
        code_longitude=np.array([0.5, 0.5, 0.2, np.nan]),
        code_latitude=np.array([51.0, 51.0, 51.0, np.nan]),
    )


def test_the_own_area_code_is_at_zero_and_others_at_their_nearest_outcode(small: DistanceTable) -> None:
    km = small.compute([0, 1])
    assert km[0, 0] == 0.0
    assert km[1, 1] == 0.0
    assert km[0, 1] == pytest.approx(7.02, abs=0.01)
    assert km[0, 1] == pytest.approx(km[1, 0])


def test_an_area_code_that_covers_no_outcode_is_its_own_point(small: DistanceTable) -> None:
    assert small.compute([0])[0, 2] == pytest.approx(14.04, abs=0.01)


def test_what_has_no_position_is_infinitely_far(small: DistanceTable) -> None:
    km = small.compute([0, 2])
    assert np.isinf(km[0, 3])
    assert np.isinf(km[1]).all()


def test_equal_distances_go_by_area_code() -> None:
    area_index, km = closest_first(np.array([2.0, 1.0, 2.0, 0.0, 9.0]), 2.0)
    assert area_index.tolist() == [3, 1, 0, 2]
    assert km.tolist() == [0.0, 1.0, 2.0, 2.0]


def test_beyond_the_horizon_only_the_rows_asked_for_are_computed(small: DistanceTable) -> None:
    start, area_index, km = small.table(500.0, [1])
    assert start.tolist() == [0, 0, 3, 3]
    assert area_index.tolist() == [1, 0, 2] or area_index.tolist() == [1, 2, 0]
    assert (np.diff(km) >= 0).all()


def test_nothing_asked_for_gives_nothing(small: DistanceTable) -> None:
    start, area_index, km = small.table(500.0, [])
    assert start.tolist() == [0, 0, 0, 0]
    assert len(area_index) == len(km) == 0


def test_within_is_inclusive() -> None:
    row = 100
    area_index, km = default_distances().within(row, 50.0)
    assert len(area_index) > 3
    until, _ = default_distances().within(row, float(km[2]))
    assert until.tolist() == area_index[:3].tolist()
