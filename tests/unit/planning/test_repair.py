"""The least repair of a group, by hand."""

from __future__ import annotations

import numpy as np

from allocator.planning.network import Network
from allocator.planning.problem import Problem
from allocator.planning.repair import Repair, repairs
from tests.support.planted import problem_of


def found(problem: Problem, flow: list[int], *, together: bool) -> list[Repair]:
    return list(repairs(problem, Network.of(problem), np.array(flow), together))


def test_a_group_of_four_is_repaired() -> None:
    """Pools in reach have 1 and 3 left, those beyond 2 and 5."""
    problem = problem_of([4], [[(0, 1.0), (1, 5.0), (2, 25.0), (3, 30.0)]], [1, 3, 2, 5])
    assert found(problem, [0, 0], together=True) == [Repair(0, 4, 1, 1, 30.0, 3, 4)]


def test_a_split_group_widens_until_all_pools_together_have_enough() -> None:
    problem = problem_of([6], [[(0, 1.0), (1, 25.0), (2, 30.0)]], [2, 1, 5])
    assert found(problem, [2], together=False) == [Repair(0, 4, 4, 0, 30.0, 2, 0)]


def test_only_short_groups_with_a_pool_in_reach_can_be_repaired() -> None:
    """Group 0 is served; group 1 has no candidate at all; group 2 waits for group 0's numbers."""
    problem = problem_of([1, 1, 1], [[(0, 1.0)], [], [(0, 1.0)]], [1])
    assert found(problem, [1, 0], together=True) == [Repair(2, 1, 1, 0, None, None, 0)]
