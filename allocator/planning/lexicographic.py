"""Least-cost flows by several costs in order: least by the first, among those least by the second, and so on.

After each cost, the node potentials show which arcs carry the same in every flow that is least so far. Those arcs are
fixed, and the next cost is minimised over the others only. All costs are whole numbers, so ties are exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.planning.arrays import IntArray, run_starts


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes and arcs. All arrays are int64.

    Attributes
    ----------
    tail, head
        Node from which, and node to which each arc leads, shape (e,).
    capacity
        The most that each arc may carry, shape (e,).
    supply
        What each node gives, negative for what it takes, shape (n,); the sum is 0.
    """

    tail: IntArray
    head: IntArray
    capacity: IntArray
    supply: IntArray


def least_flow(graph: Graph, costs: Iterable[IntArray], start: IntArray | None = None) -> tuple[IntArray, bool]:
    """Find the flow that meets all supplies and is least by the costs, in their order.

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
    One cost-scaling push-relabel (OR-tools) for each cost, then Bellman-Ford on the residual graph: O(arcs) a round.
    """
    flow = np.zeros(len(graph.tail), dtype=np.int64)
    supply = graph.supply.copy()
    undecided = np.arange(len(graph.tail))
    for cost in costs:
        if not len(undecided):
            break
        part = Graph(graph.tail[undecided], graph.head[undecided], graph.capacity[undecided], supply)
        found = _solve(part, cost[undecided], meet_supply=True) if start is None else start
        start = None
        potential = potentials(part, cost[undecided], found)
        reduced = cost[undecided] + potential[part.tail] - potential[part.head]
        flow[undecided] = found
        fixed = _fixed(part, reduced != 0)
        np.subtract.at(supply, part.tail[fixed], found[fixed])
        np.add.at(supply, part.head[fixed], found[fixed])
        undecided = undecided[~fixed]
    return flow, not len(undecided)


def _fixed(graph: Graph, fixed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The fixed arcs, with those whose flow follows from them: a node with one open arc sends over it what it has left.

    The arcs that stay open lie on cycles, around which a flow can be changed.
    """
    fixed = fixed.copy()
    while True:
        open_arcs = np.flatnonzero(~fixed)
        tail, head = graph.tail[open_arcs], graph.head[open_arcs]
        arcs_at = np.bincount(np.concatenate((tail, head)), minlength=len(graph.supply))
        ends = (arcs_at[tail] == 1) | (arcs_at[head] == 1)
        if not ends.any():
            return fixed
        fixed[open_arcs[ends]] = True


def potentials(graph: Graph, cost: IntArray, flow: IntArray) -> IntArray:
    """The least cost at which one more unit can reach each node, from whichever node that is cheapest.

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
    first = run_starts(end)
    distance = np.zeros(len(graph.supply), dtype=np.int64)
    for _ in range(len(distance) if len(first) else 0):
        nearest = np.minimum.reduceat(distance[start] + price, first)
        if (nearest >= distance[end[first]]).all():
            break
        distance[end[first]] = np.minimum(distance[end[first]], nearest)
    return distance


def greatest_flow(graph: Graph, cost: IntArray) -> IntArray:
    """Find the flow that moves the most, and among those the one of least cost, shape (e,).

    Parameters
    ----------
    graph
        Nodes and arcs; supplies need not be met.
    cost
        Of each arc, shape (e,).
    """
    return _solve(graph, cost, meet_supply=False)


def greatest_amount(graph: Graph) -> int:
    """The most that can flow from the nodes that give to those that take.

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


def _solve(graph: Graph, cost: IntArray, *, meet_supply: bool) -> IntArray:
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    solver = SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(graph.tail, graph.head, graph.capacity, cost)
    solver.set_nodes_supplies(np.arange(len(graph.supply)), graph.supply)
    status = solver.solve() if meet_supply else solver.solve_max_flow_with_min_cost()
    if status != SimpleMinCostFlow.OPTIMAL:
        raise AssertionError(f"a flow that must exist was not found: {status}")
    return np.asarray(solver.flows(arcs), dtype=np.int64)
