"""Lagrangian bounds hold for any multipliers, and good ones are found."""

from __future__ import annotations

import numpy as np
import pytest

from allocator.planning import lagrangian
from allocator.planning.lagrangian import (
    PARTS,
    find_cost_multipliers,
    find_multipliers,
    lagrangian_bound,
    lagrangian_cost,
)
from allocator.planning.network import Network
from tests.support.planted import problem_of


def rivals() -> Network:
    """Two groups of three, a pool of four that can serve one of them, and a pool without numbers."""
    return Network.of(problem_of([3, 3], [[(0, 1.0), (1, 1.0)]] * 2, [4, 0])).whole()


def test_the_bound_by_hand() -> None:
    """One pool of four takes one of two groups of three. With multipliers of 1 both pay, and it gains 3 - 1."""
    network, worth = rivals(), np.array([3, 3])
    assert lagrangian_bound(network, worth, np.array([0, 0])) == 3
    assert lagrangian_bound(network, worth, np.array([PARTS, PARTS])) == 4
    assert lagrangian_bound(network, worth, np.array([-PARTS, 0])) == 3  # a negative one counts as 0


def test_pools_that_want_the_same_group_are_kept_apart_by_multipliers() -> None:
    """A group of four and one of three, two pools of four: without multipliers both take the four, 8; 7 is right."""
    network = Network.of(problem_of([4, 3], [[(0, 1.0), (1, 1.0)]] * 2, [4, 4])).whole()
    worth = np.array([4, 3])
    assert lagrangian_bound(network, worth, np.array([0, 0])) == 8
    found = find_multipliers(network, worth, 7, 200)
    assert found is not None
    assert lagrangian_bound(network, worth, found) == 7


def test_single_links_fill_what_groups_leave() -> None:
    """A pool of five: the group of three and two of the three BY AREA links."""
    problem = problem_of([3], [[(0, 1.0)]], [5])
    network = Network.of(problem)
    mixed = Network(
        demand=np.array([3, 3]),
        turn=np.array([0, 1]),
        supply=network.supply,
        tail=np.array([0, 1]),
        head=np.array([0, 0]),
        cost_mm=np.array([1, 0]),
        candidate=np.array([0, -1]),
        groups=1,
        weight=np.ones(2, dtype=np.int64),
        held=np.full(2, -1),
    )
    assert lagrangian_bound(mixed, np.array([3, 1]), np.array([0, 0])) == 5
    assert lagrangian_bound(mixed, np.array([3, 2]), np.array([0, 0])) == 7  # 3 singles and nothing, or 3 + 2 × 2
    found = find_multipliers(mixed, np.array([3, 1]), 5, 200)
    assert found is not None
    assert lagrangian_bound(mixed, np.array([3, 1]), found) == 5


def test_what_must_be_paid_by_hand() -> None:
    """Two groups of three, one pool with four numbers that sells more at 10: two must be bought."""
    network = Network.of(problem_of([3, 3], [[(0, 1.0)]] * 2, [4]), np.array([9]))
    for_sale, unit = np.array([9]), np.array([10])
    assert lagrangian_cost(network, for_sale, unit, np.array([0, 0])) == 0
    assert lagrangian_cost(network, for_sale, unit, np.array([30, 30]) * PARTS) == 20
    found = find_cost_multipliers(network, for_sale, unit, 20, 300)
    assert found is not None
    assert 0 < lagrangian_cost(network, for_sale, unit, found) <= 20


def test_knapsacks_that_are_too_large_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lagrangian, "_WORK", 5)
    assert find_multipliers(rivals(), np.array([3, 3]), 3, 200) is None
    assert find_cost_multipliers(rivals(), np.array([9, 9]), np.array([1, 1]), 9, 200) is None


def test_without_pools_nothing_is_served_and_nothing_paid() -> None:
    network = Network.of(problem_of([1], [[]], []))
    assert lagrangian_bound(network, np.array([1]), np.array([PARTS])) == 1  # what it would pay, and no pool takes it
    assert lagrangian_cost(network, np.array([], dtype=np.int64), np.array([], dtype=np.int64), np.array([PARTS])) == 0
