"""Least-cost flows by several costs, one after the other: least by the first, of those the least by the second.

After each cost, its node potentials tell which arcs have the same flow in every flow that is least so far. These are
settled, and the next cost is asked about the others only. All costs are whole numbers, so equal is equal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.planning.problem import IntArray

__all__ = ["Graph", "greatest_amount", "greatest_flow", "least_flow", "potentials"]


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes and arcs.

    Attributes
    ----------
    tail, head
        Node from which, and node to which each arc leads, shape (e,).
    capacity
        What each arc may carry, shape (e,).
    supply
        What each node gives, negative for what it takes, shape (n,); their sum is 0.
    """

    tail: IntArray
    head: IntArray
    capacity: IntArray
    supply: IntArray


def least_flow(graph: Graph, costs: Iterable[IntArray], start: IntArray | None = None) -> tuple[IntArray, bool]:
    """The flow that meets all supplies and is least by the costs, one after the other.

    Parameters
    ----------
    graph
        Nodes and arcs; some flow must meet the supplies.
    costs
        Of each arc, shape (e,), the most important first.
    start
        A flow that is least by the first cost, where one is known.

    Returns
    -------
    tuple
        What each arc carries, shape (e,), and whether no other flow is as good by all costs.

    Raises
    ------
    AssertionError
        No flow meets the supplies.

    Notes
    -----
    One cost-scaling push-relabel (OR-tools) for each cost, then Bellman-Ford on what the flow leaves: O(arcs) a round.
    """
    flow = np.zeros(len(graph.tail), dtype=np.int64)
    supply = graph.supply.copy()
    undecided = np.arange(len(graph.tail))
    for cost in costs:
        if not len(undecided):
            break
        part = Graph(graph.tail[undecided], graph.head[undecided], graph.capacity[undecided], supply)
        found = _least_cost(part, cost[undecided]) if start is None else start
        start = None
        reduced = _reduced_costs(part, cost[undecided], found)
        flow[undecided] = found
        settled = _settled(part, reduced != 0)
        np.subtract.at(supply, part.tail[settled], found[settled])
        np.add.at(supply, part.head[settled], found[settled])
        undecided = undecided[~settled]
    return flow, not len(undecided)


def _settled(graph: Graph, settled: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The arcs whose flow follows from that of others: a node with one arc left sends over it what it has left.

    What stays are arcs on circles, over which a flow can be changed.
    """
    settled = settled.copy()
    while True:
        open_arcs = np.flatnonzero(~settled)
        tail, head = graph.tail[open_arcs], graph.head[open_arcs]
        arcs_at = np.bincount(np.concatenate((tail, head)), minlength=len(graph.supply))
        ends = (arcs_at[tail] == 1) | (arcs_at[head] == 1)
        if not ends.any():
            return settled
        settled[open_arcs[ends]] = True


def _reduced_costs(graph: Graph, cost: IntArray, flow: IntArray) -> IntArray:
    """What one more unit over each arc costs beside the cheapest way; 0 where it can be had for nothing."""
    potential = potentials(graph, cost, flow)
    reduced: IntArray = cost + potential[graph.tail] - potential[graph.head]
    return reduced


def potentials(graph: Graph, cost: IntArray, flow: IntArray) -> IntArray:
    """How little it can cost to bring one more unit to each node, from wherever that is the least.

    Parameters
    ----------
    graph, cost, flow
        Nodes and arcs, what each arc costs, and a flow of least cost.

    Returns
    -------
    array of int64, shape (n,)
        Not positive.
    """
    more, less = flow < graph.capacity, flow > 0
    start = np.concatenate((graph.tail[more], graph.head[less]))
    end = np.concatenate((graph.head[more], graph.tail[less]))
    price = np.concatenate((cost[more], -cost[less]))
    order = np.argsort(end, kind="stable")
    start, end, price = start[order], end[order], price[order]
    first = np.flatnonzero(np.diff(end, prepend=-1))
    distance = np.zeros(len(graph.supply), dtype=np.int64)
    for _ in range(len(distance) if len(first) else 0):
        nearest = np.minimum.reduceat(distance[start] + price, first)
        if (nearest >= distance[end[first]]).all():
            break
        distance[end[first]] = np.minimum(distance[end[first]], nearest)
    return distance


def greatest_flow(graph: Graph, cost: IntArray) -> IntArray:
    """The flow that takes the most from the nodes that give to those that take, and of these the one of least cost.

    Parameters
    ----------
    graph
        Nodes and arcs; supplies need not be met.
    cost
        Of each arc, shape (e,).
    """
    return _solved(graph, cost, whole=False)


def greatest_amount(graph: Graph) -> int:
    """How much can be taken from the nodes that give to those that take.

    Parameters
    ----------
    graph
        Nodes and arcs; supplies need not be met.
    """
    from ortools.graph.python.max_flow import SimpleMaxFlow

    nodes = len(graph.supply)
    giving, taking = np.flatnonzero(graph.supply > 0), np.flatnonzero(graph.supply < 0)
    solver = SimpleMaxFlow()
    solver.add_arcs_with_capacity(
        np.concatenate((graph.tail, np.full(len(giving), nodes), taking)),
        np.concatenate((graph.head, giving, np.full(len(taking), nodes + 1))),
        np.concatenate((graph.capacity, graph.supply[giving], -graph.supply[taking])),
    )
    if solver.solve(nodes, nodes + 1) != SimpleMaxFlow.OPTIMAL:
        raise AssertionError("a greatest flow was not found")
    return int(solver.optimal_flow())


def _least_cost(graph: Graph, cost: IntArray) -> IntArray:
    return _solved(graph, cost, whole=True)


def _solved(graph: Graph, cost: IntArray, *, whole: bool) -> IntArray:
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    solver = SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(graph.tail, graph.head, graph.capacity, cost)
    solver.set_nodes_supplies(np.arange(len(graph.supply)), graph.supply)
    status = solver.solve() if whole else solver.solve_max_flow_with_min_cost()
    if status != SimpleMinCostFlow.OPTIMAL:
        raise AssertionError(f"a flow that must exist was not found: {status}")
    flow: IntArray = np.asarray(solver.flows(arcs), dtype=np.int64)
    return flow
