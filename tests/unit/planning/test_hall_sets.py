"""Deficient sets of each kind, worked out by hand; `tests/oracle/test_market_oracle.py` has random ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allocator.planning.flow import best_flow
from allocator.planning.hall_sets import DeficientSet, DeficitKind, binding_pools, deficient_sets
from allocator.planning.network import Network
from allocator.planning.problem import AreaRequests, Problem
from tests.support.planted import problem_of


def found(problem: Problem, flow: list[int], *, together: bool) -> list[DeficientSet]:
    return list(deficient_sets(Network.of(problem), np.array(flow), together))


def test_a_group_alone_can_lack_numbers_or_a_pool_of_its_size() -> None:
    few = problem_of([3], [[(0, 1.0)]], [2])
    assert found(few, [2], together=False) == [DeficientSet(0, DeficitKind.COUNT, (0,), (0,), 3, 2)]
    small = problem_of([3], [[(0, 1.0), (1, 2.0)]], [2, 2])
    assert found(small, [0, 0], together=True) == [DeficientSet(0, DeficitKind.SIZE, (0,), (0, 1), 3, 2)]
    assert found(problem_of([1], [[]], [1]), [], together=True)[0].available == 0


def test_demands_that_are_not_needed_are_left_out() -> None:
    """Groups 0 and 1 share pool 0; group 1 could also have pool 1, which group 2 fills. Group 3 has its own pool."""
    reach = [[(0, 1.0)], [(0, 2.0), (1, 1.0)], [(1, 1.0)], [(2, 1.0)]]
    problem = problem_of([2, 1, 2, 1], reach, [2, 2, 1])
    # Arcs are by group and distance: (0,0), (1,1), (1,0), (2,1), (3,2). Group 1 has no number.
    assert found(problem, [2, 0, 0, 2, 1], together=False) == [
        DeficientSet(1, DeficitKind.COUNT, (0, 1, 2), (0, 1), 5, 4)
    ]


def test_a_set_that_is_known_serves_its_other_short_members() -> None:
    """Three groups of one, one number: the two that are short compete with the one that is served, or each other."""
    sets = found(problem_of([1, 1, 1], [[(0, 1.0)]] * 3, [1]), [1, 0, 0], together=False)
    assert [one.demand for one in sets] == [1, 2]
    for one in sets:
        assert (one.kind, one.needed, one.available, len(one.demands)) == (DeficitKind.COUNT, 2, 1, 2)


def test_whole_groups_that_do_not_fill_a_pool_are_a_packing_set() -> None:
    """Two groups of two in a pool of three: the numbers are there for one and a half."""
    sets = found(problem_of([2, 2], [[(0, 1.0)]] * 2, [3]), [2, 0], together=True)
    assert sets == [DeficientSet(1, DeficitKind.COUNT, (0, 1), (0,), 4, 3)]
    wider = problem_of([2, 2, 2], [[(0, 1.0), (1, 1.0)]] * 3, [3, 3])
    assert found(wider, [2, 0, 0, 2, 0, 0], together=True) == [
        DeficientSet(2, DeficitKind.PACKING, (0, 1, 2), (0, 1), 6, 4)
    ]


def test_what_cannot_be_proven_says_so_for_each_short_group() -> None:
    """All of 6 + 6 numbers could be used by whole groups (4 + 2, 2 + 4), but not by these at once: 4, 4, 2 and no 2."""
    problem = problem_of([3, 3, 2, 2, 2], [[(0, 1.0), (1, 1.0)]] * 5, [6, 6])
    flow = np.array([3, 0, 0, 3, 2, 0, 0, 2, 0, 0])  # 3 + 2 in each pool, a group of two left over
    sets = list(deficient_sets(Network.of(problem), flow, together=True))
    assert [one.demand for one in sets] == [4]
    assert sets[0].kind == DeficitKind.UNPROVEN
    assert sets[0].demands == (0, 1, 2, 3, 4)


def with_area_links(problem: Problem, links: int, *chain: int) -> Problem:
    """The problem with a class of BY AREA links behind its groups."""
    position = problem.links + np.arange(links)
    requests = AreaRequests(position, np.zeros(links, dtype=np.int64), (chain,), ((0,) * len(chain),))
    return replace(problem, links=problem.links + links, area_requests=requests)


def test_an_unproven_set_is_that_of_its_other_short_demands_too() -> None:
    """Group 4 is short, and one of two BY AREA links, though 3 + 3 and 2 + 2 + 2 with both would fill the pools."""
    problem = with_area_links(problem_of([3, 3, 2, 2, 2], [[(0, 1.0), (1, 1.0)]] * 5, [6, 8]), 2, 1)
    sets = found(problem, [3, 0, 0, 3, 2, 0, 0, 2, 0, 0, 1], together=True)
    assert [(one.demand, one.kind) for one in sets] == [(4, DeficitKind.UNPROVEN), (5, DeficitKind.UNPROVEN)]
    assert sets[0].demands == sets[1].demands == (0, 1, 2, 3, 4, 5)


def test_single_links_fill_what_whole_groups_leave() -> None:
    """Two pools of four, two groups of three: of two BY AREA links at pool 0 one fits. That makes seven of eight."""
    problem = with_area_links(problem_of([3, 3], [[(0, 1.0), (1, 1.0)]] * 2, [4, 4]), 2, 0)
    assert found(problem, [3, 0, 0, 3, 1], together=True) == [
        DeficientSet(2, DeficitKind.PACKING, (0, 1, 2), (0, 1), 8, 7)
    ]


def test_a_number_more_helps_only_in_pools_that_short_demands_lead_to() -> None:
    """Group 0 is short and reaches pool 0, which serves group 1, which reaches pool 1; pool 2 has numbers left."""
    reach = [[(0, 1.0)], [(0, 1.0), (1, 2.0)], [(2, 1.0)]]
    network = Network.of(problem_of([2, 2, 1], reach, [2, 1, 2]))
    flow, _ = best_flow(network)
    assert binding_pools(network, flow) == [0, 1]
    assert binding_pools(network, np.array([2, 0, 0, 1]) * 0) == [0, 1, 2]
