"""The best plan of a network whose demands may be split: a transportation problem, solved exactly.

Most links first (or the most weight, where links count differently), then as few links as can be lose the number that
they have, then the least total distance. Many plans can be equally good, and which of them a solver returns
hangs on its insides. So there is a third cost that chooses among the best ones: the plan in which the links served come
earliest in the document (the least sum of their demands' turns); where that leaves a choice still, fixed weights of
demand and pool decide. That plan is the only one of its kind, which is checked, so every solver would return it.

Prices (a dual solution) prove what is best, in whole numbers: see `allocator.planning.certificate`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from allocator.planning.lexicographic import Graph, greatest_amount, greatest_flow, least_flow
from allocator.planning.network import Network
from allocator.planning.problem import IntArray, frozen

__all__ = ["Prices", "best_flow", "gains", "graph_of", "most_links", "only_flow"]


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
    multipliers
        Where groups stay together, what being served costs each demand, see `allocator.planning.lagrangian`.
    """

    demand: IntArray
    pool: IntArray
    multipliers: IntArray | None = None


def gains(network: Network) -> tuple[int, IntArray]:
    """What serving a link of weight 1 is worth, and what a link brings over each arc: its worth less the distance.

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
    return worth, worth * network.weight[network.tail] - network.cost_mm


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
    Three flows, each far smaller than the one before, see `allocator.planning.lexicographic`.
    """
    demands, pools, arcs = len(network.demand), len(network.supply), len(network)
    graph = graph_of(network)
    others = np.zeros(len(graph.tail) - arcs, dtype=np.int64)
    left_over = np.zeros(len(graph.tail), dtype=np.int64)
    left_over[arcs : arcs + demands] = 1
    distance = np.concatenate((network.cost_mm, others))
    # A link more is served by a chain of links that make way for each other, each demand and pool in it once: longer
    # than all of that is a link that is left over. One cost instead of two, as each takes a flow.
    far = (int(network.cost_mm.max(initial=0)) + 1) * (demands + pools)
    if network.plain:
        costs: tuple[IntArray, ...] = (distance + left_over * far,)
        start = _greatest(network, graph)
    else:
        start = None
        weighty, moving = np.zeros_like(left_over), np.concatenate((network.moves, others))
        weighty[arcs : arcs + demands] = network.weight
        moving[arcs : arcs + demands] = network.held >= 0
        costs = (weighty, moving, distance)
    best = frozen(only_flow(network, graph, costs, start)[:arcs].copy())
    if (network.held < 0).all():
        return best, prices(network, best)
    # Prices know nothing of numbers to keep.
    return best, best_flow(replace(network, held=frozen(np.full(demands, -1, dtype=np.int64))))[1]


def _greatest(network: Network, graph: Graph) -> IntArray:
    """Most links, then the least distance, in one flow that knows of nothing left over: its costs are smaller."""
    arcs, demands, pools = len(network), len(network.demand), len(network.supply)
    nodes = demands + pools
    bare = Graph(graph.tail[:arcs], graph.head[:arcs], graph.capacity[:arcs], graph.supply[:nodes])
    flow = greatest_flow(bare, network.cost_mm)
    waiting = network.demand - np.bincount(network.tail, weights=flow, minlength=demands).astype(np.int64)
    unused = network.supply - np.bincount(network.head, weights=flow, minlength=pools).astype(np.int64)
    return np.concatenate((flow, waiting, unused, [flow.sum()]))


def most_links(network: Network) -> int:
    """The most links that can be served where groups may be split.

    Parameters
    ----------
    network
        The network.
    """
    if not len(network):
        return 0
    served = np.minimum(network.demand[network.tail], network.supply[network.head])
    supply = np.concatenate((network.demand, -network.supply))
    return greatest_amount(Graph(network.tail, len(network.demand) + network.head, served, supply))


def graph_of(network: Network, for_sale: IntArray | None = None, budget: int = 0) -> Graph:
    """A network as a graph in which everything is somewhere: links served or left over, numbers used or left.

    Parameters
    ----------
    network
        The network.
    for_sale
        How many numbers of each pool can be bought, shape (p,); no market at all by default.
    budget
        How many can be bought in all.

    Returns
    -------
    Graph
        Its arcs are those of the network, one for each demand with the links that are left over, one for each pool with
        its numbers that are; then, where there is a market, one for each pool with its numbers that are bought, and one
        with all that are. Its nodes are the demands, the pools, and two or three more.
    """
    demands, pools = len(network.demand), len(network.supply)
    asked, there = int(network.demand.sum()), int(network.supply.sum())
    all_demands, all_pools = np.arange(demands), demands + np.arange(pools)
    sources = network.supply if for_sale is None else network.supply + for_sale
    served = np.minimum(network.demand[network.tail], sources[network.head])
    unserved, unused, market = demands + pools, demands + pools + 1, demands + pools + 2
    graph = Graph(
        tail=np.concatenate((network.tail, all_demands, np.full(pools, unused), [unused])),
        head=np.concatenate((demands + network.head, np.full(demands, unserved), all_pools, [unserved])),
        capacity=np.concatenate((served, network.demand, network.supply, [there])),
        supply=np.concatenate((network.demand, -network.supply, [-asked, there])),
    )
    if for_sale is None:
        return graph
    return Graph(
        tail=np.concatenate((graph.tail, all_pools, [market])),
        head=np.concatenate((graph.head, np.full(pools, market), [unserved])),
        capacity=np.concatenate((graph.capacity, for_sale, [budget])),
        supply=np.append(graph.supply, 0),
    )


def only_flow(network: Network, graph: Graph, costs: tuple[IntArray, ...], start: IntArray | None = None) -> IntArray:
    """The flow that is least by the costs and then by the order of the document, of which there is only one.

    Parameters
    ----------
    network
        The network.
    graph
        Its graph, as `graph_of` makes it.
    costs
        Of each arc of the graph, the most important first.
    start
        A flow that is least by the first of them, where one is known.

    Raises
    ------
    AssertionError
        Several flows are as good: a fault of this package.
    """
    others = np.zeros(len(graph.tail) - len(network), dtype=np.int64)
    for attempt in range(_ATTEMPTS):
        weights = np.concatenate((_weights(network, attempt), others))
        flow, only = least_flow(graph, (*costs, weights), start)
        if only:
            return flow
    raise AssertionError("no weights tell the best plans apart")


_ATTEMPTS = 8
_WEIGHT_BITS = 8
# The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


def _weights(network: Network, attempt: int) -> IntArray:
    """What the choice among best flows counts: the demand's turn, then bits that scatter demand and pool."""
    turn = network.turn[network.tail]
    bits = (turn << 32 | network.head << 8 | attempt).astype(np.uint64)
    for shift, multiplier in _MIX:
        bits ^= bits >> np.uint64(shift)
        bits *= np.uint64(multiplier)  # wraps, as it is meant to
    scattered = (bits >> np.uint64(64 - _WEIGHT_BITS)).astype(np.int64)
    return (turn << _WEIGHT_BITS) + scattered


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
