"""Flows by several costs, on graphs small enough to see through."""

from __future__ import annotations

import numpy as np
import pytest

from allocator.planning.lexicographic import Graph, greatest_amount, greatest_flow, least_flow, potentials

# Two units from node 0 to node 3, over node 1 (arcs 0, 1) or node 2 (arcs 2, 3), two on each way at most.
DIAMOND = Graph(np.array([0, 1, 0, 2]), np.array([1, 3, 2, 3]), np.array([2, 2, 2, 2]), np.array([2, 0, 0, -2]))
EVEN = np.array([1, 1, 1, 1])


def test_a_later_cost_decides_where_an_earlier_one_ties() -> None:
    flow, unique = least_flow(DIAMOND, (EVEN,))
    assert not unique
    flow, unique = least_flow(DIAMOND, (EVEN, np.array([0, 1, 0, 0])))
    assert unique
    assert flow.tolist() == [0, 0, 2, 2]
    flow, unique = least_flow(DIAMOND, (np.array([0, 1, 1, 1]), np.array([9, 9, 0, 0])))
    assert (flow.tolist(), unique) == ([2, 2, 0, 0], True)  # the first cost leaves nothing to decide


def test_a_known_start_is_taken_as_least_by_the_first_cost() -> None:
    flow, unique = least_flow(DIAMOND, (EVEN, np.array([0, 0, 0, 1])), start=np.array([1, 1, 1, 1]))
    assert (flow.tolist(), unique) == ([2, 2, 0, 0], True)


def test_potentials_are_the_least_costs_of_one_more_unit() -> None:
    """With the flow on the dearer way (3 against 2), a unit reaches node 3 at -3 from itself, back over node 1."""
    cost = np.array([1, 1, 1, 2])
    assert potentials(DIAMOND, cost, np.array([2, 2, 0, 0])).tolist() == [-2, -1, -1, 0]
    none = np.empty(0, dtype=np.int64)
    assert potentials(Graph(none, none, none, np.zeros(2, dtype=np.int64)), none, none).tolist() == [0, 0]


def test_the_greatest_flow_need_not_meet_all_supplies() -> None:
    """Five wanted, three can pass: two on the cheap way, one on the other."""
    graph = Graph(DIAMOND.tail, DIAMOND.head, np.array([2, 2, 1, 2]), np.array([5, 0, 0, -5]))
    assert greatest_amount(graph) == 3
    assert greatest_flow(graph, np.array([0, 0, 5, 0])).tolist() == [2, 2, 1, 1]


def test_a_flow_that_does_not_exist_is_a_fault() -> None:
    with pytest.raises(AssertionError, match="was not found"):
        least_flow(Graph(DIAMOND.tail, DIAMOND.head, DIAMOND.capacity, np.array([9, 0, 0, -9])), (EVEN,))
