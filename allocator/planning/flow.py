"""The best plan of a network whose demands may be split: a transportation problem, solved exactly.

Most links first, then the least total distance. Many plans can be equally good, and which of them a solver returns
hangs on its insides. So a second, far smaller flow chooses among the best ones: the plan in which the links served come
earliest in the document (the least sum of their demands' turns); where that leaves a choice still, fixed weights of
demand and pool decide. That plan is the only one of its kind, which is checked, so every solver would return it.

Prices (a dual solution) prove what is best, in whole numbers: see `allocator.planning.certificate`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.planning.network import Network
from allocator.planning.problem import IntArray, frozen

__all__ = ["Prices", "best_flow", "gains"]


@dataclass(frozen=True, slots=True)
class Prices:
    """What one more link of a demand, and one more number of a pool, would bring to the objective.

    The objective is `gains`: serving a link is worth more than any saving of distance, less the distance.

    Attributes
    ----------
    demand
        Of each demand, shape (d,), not negative.
    pool
        Of each pool, shape (p,), not negative.
    """

    demand: IntArray
    pool: IntArray


def gains(network: Network) -> tuple[int, IntArray]:
    """What serving a link is worth, and what it brings over each arc: that less the distance.

    Worth is more than the distances of all links together can be, so no saving of distance outweighs a link.

    Parameters
    ----------
    network
        The network.

    Returns
    -------
    tuple
        The worth of a link, and the gain of each arc, shape (e,).
    """
    worth = int(network.cost_mm.max(initial=0)) * int(network.demand.sum()) + 1
    return worth, worth - network.cost_mm


def best_flow(network: Network) -> tuple[IntArray, Prices]:
    """How many links each arc serves in the best plan, and the prices that prove it.

    Parameters
    ----------
    network
        The network.

    Returns
    -------
    tuple
        Links over each arc, shape (e,), and the prices.

    Notes
    -----
    A cost-scaling push-relabel flow (OR-tools) on demands and pools, then one on the arcs that the best plans use.
    """
    if not len(network):
        empty = np.zeros(0, dtype=np.int64)
        return empty, prices(network, empty)
    capacity = np.minimum(network.demand[network.tail], network.supply[network.head])
    supply = np.concatenate((network.demand, -network.supply))
    pools = len(network.demand)
    flow = _least_cost(network.tail, pools + network.head, capacity, network.cost_mm, supply, partial=True)
    proof = prices(network, flow)
    return frozen(_chosen(network, flow, proof)), proof


def prices(network: Network, flow: IntArray) -> Prices:
    """The smallest prices of pools that a best flow allows, and the demands' that go with them.

    Parameters
    ----------
    network, flow
        The network, and a best flow of it.

    Notes
    -----
    Prices rise, round by round, until no demand would rather have another pool: O(e) a round, as many rounds as the
    longest chain of demands that make way for each other.
    """
    _, gain = gains(network)
    demands, pools = len(network.demand), len(network.supply)
    left = network.demand - np.bincount(network.tail, weights=flow, minlength=demands).astype(np.int64)
    by_pool = np.argsort(network.head, kind="stable")
    at_pool = _Runs.of(network.head[by_pool], pools)
    used = np.flatnonzero(flow > 0)
    at_demand = _Runs.of(network.tail[used], demands)
    price = np.zeros(pools, dtype=np.int64)
    worth = np.zeros(demands, dtype=np.int64)
    for _ in range(demands + pools + 1):
        # What a link of a demand brings beyond the price of its number; nothing where links of it are left over.
        worth = at_demand.least((gain - price[network.head])[used])
        worth[left > 0] = 0
        risen = np.maximum(at_pool.greatest((gain - worth[network.tail])[by_pool]), 0)
        if (risen == price).all():
            break
        price = risen
    return Prices(frozen(worth), frozen(price))


@dataclass(frozen=True, slots=True)
class _Runs:
    """Values that stand in runs, one run for each owner that has any."""

    owner: IntArray
    start: IntArray
    owners: int

    @classmethod
    def of(cls, owner: IntArray, owners: int) -> _Runs:
        start = np.flatnonzero(np.diff(owner, prepend=-1))
        return cls(owner[start], start, owners)

    def least(self, values: IntArray) -> IntArray:
        """The least value of each owner; 0 for those that have none."""
        found = np.zeros(self.owners, dtype=np.int64)
        if len(self.start):
            found[self.owner] = np.minimum.reduceat(values, self.start)
        return found

    def greatest(self, values: IntArray) -> IntArray:
        """The greatest value of each owner; 0 for those that have none."""
        found = np.zeros(self.owners, dtype=np.int64)
        if len(self.start):
            found[self.owner] = np.maximum.reduceat(values, self.start)
        return found


def _chosen(network: Network, flow: IntArray, proof: Prices) -> IntArray:
    """Of all best flows, the one that the module's docstring names."""
    _, gain = gains(network)
    # By complementary slackness the best flows are those that use tight arcs only, serve every demand and empty every
    # pool that has a price.
    tight = np.flatnonzero(proof.demand[network.tail] + proof.pool[network.head] == gain)
    demands, pools = len(network.demand), len(network.supply)
    free_demand = np.flatnonzero(proof.demand == 0)
    free_pool = np.flatnonzero(proof.pool == 0)
    unserved, unused = demands + pools, demands + pools + 1
    tail, head = network.tail[tight], network.head[tight]
    served = int(flow.sum())
    ends = (
        np.concatenate((tail, free_demand, np.full(len(free_pool), unused))),
        np.concatenate((demands + head, np.full(len(free_demand), unserved), demands + free_pool)),
    )
    capacity = np.concatenate(
        (
            np.minimum(network.demand[tail], network.supply[head]),
            network.demand[free_demand],
            network.supply[free_pool],
        )
    )
    supply = np.concatenate(
        (
            network.demand,
            -network.supply,
            [served - int(network.demand.sum()), int(network.supply.sum()) - served],
        )
    )
    for attempt in range(_ATTEMPTS):
        cost = np.concatenate(
            (_weights(network, tight, attempt), np.zeros(len(free_demand) + len(free_pool), np.int64))
        )
        best = _least_cost(*ends, capacity, cost, supply, partial=False)
        if _is_only(*ends, capacity, cost, best):
            break
    else:
        raise AssertionError("no weights tell the best plans apart")
    chosen = np.zeros(len(network), dtype=np.int64)
    chosen[tight] = best[: len(tight)]
    return chosen


_ATTEMPTS = 8
_WEIGHT_BITS = 16


def _weights(network: Network, arcs: IntArray, attempt: int) -> IntArray:
    """What the choice among best flows counts: the demand's turn, then bits that scatter demand and pool."""
    turn = network.turn[network.tail[arcs]]
    bits = (turn << 32 | network.head[arcs] << 8 | attempt).astype(np.uint64)
    for shift, multiplier in _MIX:
        bits ^= bits >> np.uint64(shift)
        bits *= np.uint64(multiplier)  # wraps, as it is meant to
    scattered = (bits >> np.uint64(64 - _WEIGHT_BITS)).astype(np.int64)
    return (turn << _WEIGHT_BITS) + scattered


# The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


def _is_only(tail: IntArray, head: IntArray, capacity: IntArray, cost: IntArray, flow: IntArray) -> bool:
    """Whether a least-cost flow is the only one: whether the arcs that cost nothing to change form no cycle."""
    nodes = int(max(tail.max(initial=0), head.max(initial=0))) + 1
    more, less = flow < capacity, flow > 0
    start = np.concatenate((tail[more], head[less]))
    end = np.concatenate((head[more], tail[less]))
    price = np.concatenate((cost[more], -cost[less]))
    distance = np.zeros(nodes, dtype=np.int64)
    for _ in range(nodes):
        nearer = distance.copy()
        np.minimum.at(nearer, end, distance[start] + price)
        if (nearer == distance).all():
            break
        distance = nearer
    free = (distance[tail] + cost == distance[head]) & (capacity > 0)
    return _is_forest(tail[free].tolist(), head[free].tolist(), nodes)


def _is_forest(tail: list[int], head: list[int], nodes: int) -> bool:
    """Whether arcs, whatever their direction, form no cycle."""
    parent = list(range(nodes))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for one, other in zip(tail, head, strict=True):
        left, right = root(one), root(other)
        if left == right:
            return False
        parent[left] = right
    return True


def _least_cost(
    tail: IntArray, head: IntArray, capacity: IntArray, cost: IntArray, supply: IntArray, *, partial: bool
) -> IntArray:
    """A flow of least cost; a partial one moves as much as can be moved."""
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    solver = SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(tail, head, capacity, cost)
    solver.set_nodes_supplies(np.arange(len(supply)), supply)
    status = solver.solve_max_flow_with_min_cost() if partial else solver.solve()
    if status != SimpleMinCostFlow.OPTIMAL:
        raise AssertionError(f"a flow that must exist was not found: {status}")
    flow: IntArray = np.asarray(solver.flows(arcs), dtype=np.int64)
    return flow
