"""Groups that are served one after the other, by hand."""

from __future__ import annotations

import numpy as np

from allocator.planning.greedy_purchase import Rescue, rescues
from allocator.planning.network import Network
from allocator.planning.purchase import Market
from tests.support.planted import problem_of


def steps(
    sizes: list[int], supply: list[int], available: list[int], flow: list[int], budget: int | None = None
) -> list[Rescue]:
    """Rescues of groups that all reach all pools, the first pool nearest."""
    market = Market(np.ones(len(supply), dtype=np.int64), np.array(available))
    problem = problem_of(sizes, [[(pool, 1.0 + pool) for pool in range(len(supply))]] * len(sizes), supply)
    return rescues(Network.of(problem, market.available), market, np.array(flow), budget)


def test_the_fewest_numbers_for_each_link_come_first() -> None:
    """Two left: the group of four needs two (a half each), that of three one (a third), then the four needs four."""
    assert steps([4, 3], [2], [9], [0, 0]) == [Rescue(1, 1, 1, 3), Rescue(0, 0, 4, 4)]


def test_a_group_that_a_budget_cannot_pay_for_is_skipped() -> None:
    assert steps([4, 3], [2], [9], [0, 0], 1) == [Rescue(1, 1, 1, 3)]
    assert steps([4, 1], [0], [9], [0, 0], 3) == [Rescue(1, 1, 1, 1)]


def test_served_groups_and_pools_without_enough_are_passed_over() -> None:
    assert steps([2, 2], [2], [0], [2, 0]) == []
    assert steps([2, 2], [2], [2], [2, 0]) == [Rescue(1, 1, 2, 2)]


def test_a_group_goes_elsewhere_once_its_pool_has_sold_out() -> None:
    """Both want the one number that pool 0 sells; the second group then buys in pool 1."""
    assert steps([1, 1], [0, 0], [1, 1], [0, 0, 0, 0]) == [Rescue(0, 0, 1, 1), Rescue(1, 3, 1, 1)]
    assert steps([1, 1], [0], [1], [0, 0]) == [Rescue(0, 0, 1, 1)]
