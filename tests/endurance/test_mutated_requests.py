"""A few mutated requests, and that a seed always gives the same ones."""

from __future__ import annotations

import pytest

from tests.endurance.mutated_requests import put

pytestmark = pytest.mark.slow


def test_mutated_requests_do_no_harm() -> None:
    tally = put(1_500, seed=2)
    assert tally.faults == []
    assert sum(tally.rows.values()) == 1_500
    assert tally.rows["204"] > 0
    assert len(tally.rows) > 15


def test_mutated_requests_are_the_same_each_time() -> None:
    assert put(200, seed=7).rows == put(200, seed=7).rows
