"""Array helpers, against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.planning.arrays import count_within, frozen, run_starts, split_by, sum_by

owners_and_values = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 99)), max_size=20)


@given(owners_and_values)
def test_values_are_split_and_summed_by_owner(pairs: list[tuple[int, int]]) -> None:
    owner = np.array([one for one, _ in pairs], dtype=np.int64)
    values = np.array([value for _, value in pairs], dtype=np.int64)
    plain = [[value for one, value in pairs if one == wanted] for wanted in range(5)]
    assert [part.tolist() for part in split_by(owner, 5, values)] == plain
    assert sum_by(owner, 5, values).tolist() == [sum(part) for part in plain]


def test_without_owners_there_are_no_parts() -> None:
    none = np.empty(0, dtype=np.int64)
    assert split_by(none, 0, none) == []


def test_runs() -> None:
    assert run_starts(np.array([0, 0, 3, 3, 0])).tolist() == [0, 2, 4]
    assert run_starts(np.empty(0, dtype=np.int64)).tolist() == []
    assert count_within(np.array([3, 0, 1, 2])).tolist() == [0, 1, 2, 0, 0, 1]


def test_a_frozen_array_is_read_only() -> None:
    array = frozen(np.zeros(2, dtype=np.int64))
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1
