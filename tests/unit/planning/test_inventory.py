"""The inventory: smallest numbers first, and what is set aside is given out at the end."""

from __future__ import annotations

import numpy as np

from allocator.planning.inventory import Inventory, shares_of
from allocator.planning.problem import Groups, Pools, Tier, Trials
from tests.support.planted import problem_of


def test_numbers_go_smallest_first_and_groups_get_theirs_at_the_end() -> None:
    """Links 0, 1 and 3 are a group of three that takes two numbers of pool 0 and one of pool 1; link 2 is BY AREA."""
    problem = problem_of([3], [[(0, 0.0), (1, 4.0)]], [3, 2])
    groups = Groups.of(np.zeros(3, dtype=np.uint16), 20.0, np.array([0, 1, 3]))
    inventory = Inventory(4, Pools.of(np.array([0, 0, 0, 1, 1]), np.array([10, 11, 12, 20, 21]), 2))
    share = inventory.open_share(0, Tier.CITY)
    assert share == -2
    inventory.take(0, np.array([2]), share)
    assert inventory.number.tolist() == [0, 0, 10, 0]
    inventory.set_aside(0, 2)
    inventory.set_aside(1, 1)
    assert inventory.left == [0, 1]
    trials = Trials(np.array([0, 0]), np.array([0, 1]), np.array([2, 2]), np.array([2, 1]))
    shares = inventory.hand_out(groups, problem.candidates, trials)
    assert inventory.number.tolist() == [11, 12, 10, 20]
    assert inventory.share.tolist() == [0, 0, 2, 1]
    assert shares.pool.tolist() == [0, 1, 0]
    assert shares.tier.tolist() == [Tier.NONE, Tier.DISTANCE, Tier.CITY]
    assert shares.group.tolist() == [0, 0, -1]
    assert shares.km[:2].tolist() == [0.0, 4.0]
    assert np.isnan(shares.km[2])


def test_an_unserved_group_between_two_served_ones_gets_nothing() -> None:
    problem = problem_of([1, 2, 1], [[(0, 1.0)]] * 3, [2])
    inventory = Inventory(4, problem.pools)
    inventory.set_aside(0, 1)
    inventory.set_aside(0, 1)
    trials = Trials(np.array([0, 1, 2]), np.array([0, 1, 2]), np.array([2, 1, 1]), np.array([1, 0, 1]))
    inventory.hand_out(problem.groups, problem.candidates, trials)
    assert inventory.number.tolist() == [1, 0, 0, 2]
    assert inventory.share.tolist() == [0, -1, -1, 1]


def test_shares_have_the_types_that_they_state() -> None:
    none = np.empty(0, dtype=np.int64)
    shares = shares_of(problem_of([1], [[(0, 1.0)]], [1]).candidates, none, none, none, none)
    assert {array.dtype for array in (shares.pool, shares.tier, shares.group)} == {np.dtype(np.int64)}
    assert shares.km.dtype == np.float64
