"""The API's rule on small documents; `tests/oracle/test_rule_oracle.py` has random ones."""

from __future__ import annotations

import numpy as np

from allocator.planning.problem import AreaRequests, Candidates, Groups, Pools, Problem, Tier
from allocator.planning.rule import assign_by_rule
from tests.support.planted import problem_of


def test_a_group_that_cannot_be_served_whole_stays_unserved_and_names_the_pool_with_enough() -> None:
    """Three links, two numbers at 1 km, none with enough within 20 km; the pool at 30 km would have."""
    problem = problem_of([3], [[(0, 1.0), (1, 30.0)]], [2, 3])
    together = assign_by_rule(problem, "together")
    assert together.number.tolist() == [0, 0, 0]
    assert together.trials.candidate.tolist() == [0, 1]
    assert together.trials.left.tolist() == [2, 3]
    assert together.trials.taken.tolist() == [0, 0]
    split = assign_by_rule(problem, "split")
    assert split.number.tolist() == [1, 2, 0]
    assert split.shares.tier.tolist() == [Tier.DISTANCE]
    assert split.trials.taken.tolist() == [2, 0]


def test_candidates_beyond_the_first_eight_are_tried_too() -> None:
    """Nine pools with one number each; ten links take them all, closest first."""
    problem = problem_of([10], [[(8 - pool, 1.0 + pool) for pool in range(9)]], [1] * 9)
    assert assign_by_rule(problem, "split").number.tolist() == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    alone = problem_of([2], [[(pool, 1.0 + pool) for pool in range(10)]], [1] * 9 + [2])
    assert assign_by_rule(alone, "together").number.tolist() == [10, 11]


def test_by_area_links_and_groups_share_pools_in_document_order() -> None:
    """Document: BY AREA, group of two, BY AREA. Three numbers: the last link gets none."""
    problem = Problem(
        links=4,
        groups=Groups.of(np.zeros(2, dtype=np.uint16), 20.0, np.array([1, 2])),
        candidates=Candidates(np.array([0, 1]), np.array([0]), np.array([0.0])),
        pools=Pools.of(np.zeros(3, dtype=np.int64), np.array([7, 8, 9]), 1),
        area_requests=AreaRequests(np.array([0, 3]), np.array([0, 0]), ((0,),), ((Tier.NONE,),)),
    )
    assignment = assign_by_rule(problem)
    assert assignment.number.tolist() == [7, 8, 9, 0]
    assert assignment.share.tolist() == [1, 0, 0, -1]
    assert assignment.shares.group.tolist() == [0, -1]


def test_a_group_without_candidates_and_an_empty_document() -> None:
    assert assign_by_rule(problem_of([2], [[]], [1])).number.tolist() == [0, 0]
    assert assign_by_rule(problem_of([], [], [1])).number.tolist() == []
