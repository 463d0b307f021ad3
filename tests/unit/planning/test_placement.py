"""The local search for where to buy."""

from __future__ import annotations

import numpy as np

from allocator.planning.network import Network
from allocator.planning.placement import Placement
from tests.support.planted import problem_of


def placement_of(
    sizes: list[int], reach: list[list[tuple[int, float]]], supply: list[int], available: list[int], unit: list[int]
) -> Placement:
    for_sale = np.array(available)
    network = Network.of(problem_of(sizes, reach, supply), for_sale).whole(for_sale)
    return Placement(network, for_sale, np.array(unit))


def test_a_group_that_a_flow_splits_is_placed_where_it_costs_least() -> None:
    """Four links: pool 0 has three numbers and sells at 5, pool 1 has two and sells at 1: 5 against 2."""
    placement = placement_of([4], [[(0, 1.0), (1, 2.0)]], [3, 2], [9, 9], [5, 1])
    placement.start(np.array([3, 1]))
    assert placement.arc_of == [1]
    assert placement.load == [0, 4]
    assert not placement.improve()


def test_a_whole_group_stays_at_first_and_moves_when_that_is_cheaper() -> None:
    placement = placement_of([2], [[(0, 1.0), (1, 2.0)]], [0, 2], [9, 0], [5, 5])
    placement.start(np.array([2, 0]))
    assert placement.arc_of == [0]
    assert placement.improve()
    assert placement.arc_of == [1]


def test_two_groups_change_places_where_neither_could_move_alone() -> None:
    """Pool 0 (3) serves a group of four, and buys one; pool 1 (4) serves one of three. Exchanged they buy none."""
    placement = placement_of([4, 3], [[(0, 1.0), (1, 2.0)], [(1, 1.0), (0, 2.0)]], [3, 4], [1, 0], [1, 1])
    placement.start(np.array([4, 0, 3, 0]))
    assert placement.load == [4, 3]
    assert placement.improve()
    assert placement.load == [3, 4]
    assert placement.arc_of == [1, 3]
    assert not placement.improve()


def test_an_exchange_that_saves_nothing_is_taken_back() -> None:
    placement = placement_of([4, 3], [[(0, 1.0), (1, 2.0)], [(1, 1.0), (0, 2.0)]], [3, 3], [1, 1], [1, 1])
    placement.start(np.array([4, 0, 3, 0]))
    assert not placement.improve()
    assert (placement.arc_of, placement.load) == ([0, 2], [4, 3])


def test_a_group_without_room_stays_unserved() -> None:
    placement = placement_of([2, 2], [[(0, 1.0)]] * 2, [2], [0], [1])
    placement.start(np.array([1, 1]))
    assert placement.arc_of == [0, -1]
    assert not placement.improve()
