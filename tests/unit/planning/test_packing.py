"""Moves and searches of a packing, on problems small enough to see through."""

from __future__ import annotations

import numpy as np

from allocator.planning.network import Network
from allocator.planning.packing import Packing
from tests.support.planted import problem_of


def packing_of(
    sizes: list[int], reach: list[list[tuple[int, float]]], supply: list[int], worth: list[int] | None = None
) -> Packing:
    network = Network.of(problem_of(sizes, reach, supply))
    return Packing(network, network.supply, worth)


def test_moves_are_undone_up_to_what_is_kept() -> None:
    packing = packing_of([2, 1], [[(0, 1.0)], [(0, 1.0)]], [3])
    packing.put(0, 0)
    packing.keep()
    packing.put(1, 1)
    packing.put(0, -1)
    assert (packing.arc_of, packing.left, packing.served) == ([-1, 1], [2], 1)
    packing.undo()
    assert (packing.arc_of, packing.left, packing.served) == ([0, -1], [1], 2)


def test_a_pool_is_refilled_and_chosen_anew_when_that_serves_more() -> None:
    """A pool of five serves two of its groups of 2, 3, 4; with 4 in it, the pair 2 + 3 is still better."""
    packing = packing_of([2, 3, 4], [[(0, 1.0)]] * 3, [5])
    packing.put(2, 2)
    packing.refill(0)
    assert (packing.arc_of, packing.served, packing.left) == ([0, 1, -1], 5, [0])


def test_the_worth_of_groups_decides_before_their_size() -> None:
    packing = packing_of([2, 3, 4], [[(0, 1.0)]] * 3, [5], [1, 1, 9])
    packing.fill()
    assert (packing.arc_of, packing.served) == ([-1, -1, 2], 9)


def test_groups_are_inserted_where_the_least_is_left() -> None:
    packing = packing_of([1, 2], [[(0, 1.0), (1, 1.0)]] * 2, [2, 3])
    packing.insert([0, 1])
    assert packing.left == [0, 2]  # the larger fills pool 0, the smaller goes to pool 1


def test_a_pool_takes_groups_from_another_that_can_be_filled_without_them() -> None:
    """Pool 0 (4) is served half; taking the group of four from pool 1 lets pool 1 serve the two that wait for it."""
    packing = packing_of([4, 2, 2], [[(0, 2.0), (1, 1.0)], [(1, 1.0)], [(1, 1.0)]], [4, 4])
    packing.put(0, 1)  # its arcs are by distance: pool 1 is nearer
    if packing.left[1]:
        packing.undo()
        packing.put(0, 0)
    packing.fill()
    assert packing.served == 8
    assert packing.left == [0, 0]


def test_a_perturbation_never_serves_less() -> None:
    packing = packing_of([3, 3, 2, 2], [[(0, 1.0), (1, 2.0)]] * 2 + [[(0, 1.0)], [(1, 1.0)]], [5, 4])
    packing.fill()
    for choice in range(40):
        before = packing.served
        packing.perturb(choice)
        assert packing.served >= before
        assert min(packing.left) >= 0
    assert packing.served == 8  # 3 + 2 and 3; the last group of two doesn't fit


def test_a_perturbation_without_waiting_groups_changes_nothing() -> None:
    packing = packing_of([1], [[(0, 1.0)]], [1])
    packing.fill()
    packing.perturb(7)
    assert packing.arc_of == [0]


def test_groups_move_nearer_and_change_places() -> None:
    """Both are served from the far pool of the other; they change places. The third moves into a nearer pool's room."""
    reach = [[(0, 1.0), (1, 9.0)], [(0, 9.0), (1, 1.0)], [(2, 1.0), (3, 5.0)]]
    packing = packing_of([2, 2, 1], reach, [2, 2, 1, 1])
    packing.put(0, 1)
    packing.put(1, 3)
    packing.put(2, 5)
    packing.shorten()
    assert packing.arc_of == [0, 2, 4]
    assert packing.served == 5


def test_a_given_cost_replaces_the_distance() -> None:
    network = Network.of(problem_of([1], [[(0, 1.0), (1, 2.0)]], [1, 1]))
    packing = Packing(network, network.supply, cost=[5, 3])
    packing.put(0, 0)
    packing.shorten()
    assert packing.arc_of == [1]
    assert Packing(network, np.array([0, 1])).left == [0, 1]
