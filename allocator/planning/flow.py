"""The best plan of a network whose demands may be split: a transportation problem, solved exactly.

The plan serves the most links (or the most weight, where links count differently). Among such plans it takes the fewest
numbers away from links that have one, and then has the least total distance. Many plans can be equally good, and which
one a solver returns depends on its insides. So a further cost chooses among them: the links served come earliest in the
document (the least sum of their demands' turns), and where that still ties, fixed weights of demand and pool decide.
Only one plan is best by all of these. That is checked, so every solver would return the same one.

Prices (a dual solution) prove what is best, in whole numbers: see `allocator.planning.certificate`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from allocator.planning.arrays import IntArray, frozen, run_starts
from allocator.planning.lexicographic import Graph, greatest_amount, greatest_flow, least_flow
from allocator.planning.network import Network


@dataclass(frozen=True, slots=True)
class Prices:
    """Dual prices: what one more link of a demand, and one more number of a pool, would add to the objective.

    The objective is `gains`: serving a link is worth more than any saving of distance, less the distance.

    Attributes
    ----------
    demand
        Of each demand, not negative, shape (d,), int64.
    pool
        Of each pool, not negative, shape (p,), int64.
    multipliers
        Where groups stay together, what being served costs each demand, shape (d,), int64, see
        `allocator.planning.lagrangian`; None where they were not needed.
    """

    demand: IntArray
    pool: IntArray
    multipliers: IntArray | None = None


def gains(network: Network) -> tuple[int, IntArray]:
    """What a link adds to the objective over each arc: its worth less the distance.

    Parameters
    ----------
    network
        The network.

    Returns
    -------
    tuple
        The worth of a link of weight 1 (see `Network.link_worth`), and the gain of each arc, shape (e,).
    """
    worth = network.link_worth
    return worth, worth * network.weight[network.tail] - network.cost_mm


def best_flow(network: Network) -> tuple[IntArray, Prices]:
    """Find the best plan, and the prices that prove it.

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
    unserved = np.zeros(len(graph.tail), dtype=np.int64)
    unserved[arcs : arcs + demands] = 1
    distance = np.concatenate((network.cost_mm, others))
    # Serving one link more moves a chain of others, which meets each demand and each pool at most once. An unserved
    # link costs more than the longest such chain, so one cost does for two, which would take a flow each.
    far = (int(network.cost_mm.max(initial=0)) + 1) * (demands + pools)
    if network.plain:
        costs: tuple[IntArray, ...] = (distance + unserved * far,)
    else:
        weighty, moving = np.zeros_like(unserved), np.concatenate((network.moves, others))
        weighty[arcs : arcs + demands] = network.weight
        moving[arcs : arcs + demands] = network.held >= 0
        costs = (weighty, moving, distance)
    start = _start(network, graph) if network.plain else None
    best = frozen(unique_flow(network, graph, costs, start)[:arcs].copy())
    if (network.held < 0).all():
        return best, dual_prices(network, best)
    # The objective of the prices has no term for numbers to keep.
    return best, best_flow(replace(network, held=frozen(np.full(demands, -1, dtype=np.int64))))[1]


def _start(network: Network, graph: Graph) -> IntArray:
    """Most links over the least distance, from a flow without arcs for unserved links: its costs are smaller."""
    arcs, nodes = len(network), len(network.demand) + len(network.supply)
    bare = Graph(graph.tail[:arcs], graph.head[:arcs], graph.capacity[:arcs], graph.supply[:nodes])
    flow = greatest_flow(bare, network.cost_mm)
    waiting, unused = network.demand - network.served(flow), network.supply - network.used(flow)
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
    """The graph of a network in which every link and every number ends somewhere, served or used or not.

    Parameters
    ----------
    network
        The network.
    for_sale
        Numbers of each pool that can be bought, shape (p,); without them there is no market.
    budget
        The most numbers that can be bought in all.

    Returns
    -------
    Graph
        Its arcs are those of the network, one for each demand with its unserved links, one for each pool with its
        unused numbers, and one with all unused numbers. With a market, one more for each pool with its bought numbers,
        and one with all of them. Its nodes are the demands, the pools, and two or three more.
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


def unique_flow(network: Network, graph: Graph, costs: tuple[IntArray, ...], start: IntArray | None = None) -> IntArray:
    """Find the flow that is least by the costs and then by the order of the document; there is only one.

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
        Several flows are equally good: a fault of this package.
    """
    others = np.zeros(len(graph.tail) - len(network), dtype=np.int64)
    for attempt in range(_ATTEMPTS):
        weights = np.concatenate((_tie_breaks(network, attempt), others))
        flow, unique = least_flow(graph, (*costs, weights), start)
        if unique:
            return flow
    raise AssertionError("no weights tell the best plans apart")


_ATTEMPTS = 8
_SCATTER_BITS = 8
# The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


def _tie_breaks(network: Network, attempt: int) -> IntArray:
    """The cost that chooses among best flows: the demand's turn, then bits that scatter demand and pool."""
    turn = network.turn[network.tail]
    bits = (turn << 32 | network.head << 8 | attempt).astype(np.uint64)
    for shift, multiplier in _MIX:
        bits ^= bits >> np.uint64(shift)
        bits *= np.uint64(multiplier)  # wraps, as it is meant to
    scattered = (bits >> np.uint64(64 - _SCATTER_BITS)).astype(np.int64)
    return (turn << _SCATTER_BITS) + scattered


def dual_prices(network: Network, flow: IntArray) -> Prices:
    """The smallest prices of pools that a best flow allows, and the demands' prices that go with them.

    Parameters
    ----------
    network, flow
        The network, and a best flow of it.

    Notes
    -----
    Prices rise, round by round, until no demand would rather have another pool: O(e) a round, with as many rounds as
    the longest chain of demands that make way for each other.
    """
    _, gain = gains(network)
    demands, pools = len(network.demand), len(network.supply)
    waiting = network.served(flow) < network.demand
    by_pool = np.argsort(network.head, kind="stable")
    at_pool = _Runs.of(network.head[by_pool], pools)
    used = np.flatnonzero(flow > 0)
    at_demand = _Runs.of(network.tail[used], demands)
    price = np.zeros(pools, dtype=np.int64)
    worth = np.zeros(demands, dtype=np.int64)
    for _ in range(demands + pools + 1):
        # What a link of a demand adds beyond the price of its number; nothing where the demand has unserved links.
        worth = at_demand.reduce(np.minimum, (gain - price[network.head])[used])
        worth[waiting] = 0
        risen = np.maximum(at_pool.reduce(np.maximum, (gain - worth[network.tail])[by_pool]), 0)
        if (risen == price).all():
            break
        price = risen
    return Prices(frozen(worth), frozen(price))


@dataclass(frozen=True, slots=True)
class _Runs:
    """Values in runs, one run for each owner that has any.

    Attributes
    ----------
    owner
        Owner of each run, shape (r,), int64.
    start
        Where each run begins, shape (r,), int64.
    owners
        The number of owners.
    """

    owner: IntArray
    start: IntArray
    owners: int

    @classmethod
    def of(cls, owner: IntArray, owners: int) -> _Runs:
        start = run_starts(owner)
        return cls(owner[start], start, owners)

    def reduce(self, operation: np.ufunc, values: IntArray) -> IntArray:
        """The least or greatest value of each owner, shape (owners,); 0 for owners that have none."""
        found = np.zeros(self.owners, dtype=np.int64)
        if len(self.start):
            found[self.owner] = operation.reduceat(values, self.start)
        return found
