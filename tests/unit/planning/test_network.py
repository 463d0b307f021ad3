"""The network of a problem, and what a flow over it serves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allocator.planning.network import MILLIMETRES, Network, arcs_used, demand_of_links, flow_of, rows_of
from allocator.planning.problem import AreaRequests, Problem
from tests.support.planted import problem_of


def mixed() -> Problem:
    """Groups of two and three, and a class with one BY AREA link at the front; pool 2 is empty."""
    groups = problem_of([2, 3], [[(0, 1.0), (1, 25.0)], [(1, 2.5), (2, 0.0)]], [2, 2, 0])
    moved = replace(groups.groups, members=groups.groups.members + 1)
    requests = AreaRequests(np.array([0]), np.array([1]), ((0,), (2, 1)), ((0,), (0, 2)))
    return replace(groups, links=6, groups=moved, area_requests=requests)


def test_a_network_has_arcs_to_pools_with_numbers_within_the_radius() -> None:
    network = Network.of(mixed())
    assert network.demand.tolist() == [2, 3, 0, 1]
    assert network.turn.tolist() == [1, 2, 3, 0]
    assert network.supply.tolist() == [2, 2, 0]
    assert list(zip(network.tail.tolist(), network.head.tolist(), strict=True)) == [(0, 0), (1, 1), (3, 1)]
    assert network.cost_mm.tolist() == [MILLIMETRES, 2_500_000, 1]
    assert network.candidate.tolist() == [0, 3, -1]
    assert network.of_group.tolist() == [True, True, False]
    assert network.link_worth == 2_500_000 * 6 + 1
    assert network.plain


def test_a_pool_that_sells_numbers_is_in_reach() -> None:
    network = Network.of(mixed(), np.array([0, 0, 1]))
    assert list(zip(network.tail.tolist(), network.head.tolist(), strict=True)) == [
        (0, 0), (1, 2), (1, 1), (3, 2), (3, 1),
    ]  # fmt: skip


def test_parts_keep_the_arcs_that_fit() -> None:
    network = Network.of(mixed(), np.array([0, 0, 1]))
    assert network.fits().tolist() == [True, False, False, True, True]
    assert network.fits(np.array([0, 1, 3])).all()
    assert network.whole().head.tolist() == [0, 2, 1]
    assert network.within(MILLIMETRES).head.tolist() == [0, 2, 2, 1]
    part = network.part(np.array([4]), np.array([0, 9, 0]))
    assert (part.tail.tolist(), part.head.tolist(), part.supply.tolist()) == ([3], [1], [0, 9, 0])
    assert len(part) == 1


def test_what_a_flow_serves_and_uses() -> None:
    network = Network.of(mixed())
    flow = np.array([2, 1, 1])
    assert network.served(flow).tolist() == [2, 1, 0, 1]
    assert network.used(flow).tolist() == [2, 2, 0]
    assert network.whole_flow([0, -1]).tolist() == [2, 0, 0]


def test_moves_are_links_that_lose_a_number() -> None:
    network = replace(Network.of(mixed()), held=np.array([0, 0, -1, -1]))
    assert not network.plain
    assert network.moves.tolist() == [0, 1, 0]


def test_numbers_are_found_in_the_stock_and_in_the_network() -> None:
    """Numbers 1, 2 are in pool 0, numbers 3, 4 in pool 1; 99 is nowhere; the group at 1 and 2 may not have 3."""
    problem = mixed()
    network = Network.of(problem)
    assert demand_of_links(problem, network).tolist() == [3, 0, 0, 1, 1, 1]
    number = np.array([4, 2, 3, 99, 0, 0])
    row, pool = rows_of(problem, number)
    assert row.tolist() == [3, 1, 2, -1]
    assert pool.tolist() == [1, 0, 1, -1]
    assert arcs_used(problem, network, number).tolist() == [2, 0, -2, -2, -1, -1]
    assert arcs_used(problem, network, number, pool).tolist() == [2, 0, -2, -2, -1, -1]
    assert flow_of(problem, network, number).tolist() == [1, 0, 1]


def test_without_numbers_nothing_is_found() -> None:
    problem = problem_of([1], [[(0, 1.0)]], [0])
    assert [found.tolist() for found in rows_of(problem, np.array([5]))] == [[-1], [-1]]
    assert arcs_used(problem, Network.of(problem), np.array([5])).tolist() == [-2]
