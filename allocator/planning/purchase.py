"""What to buy: the cheapest numbers that serve every link, or the numbers within a budget that serve the most.

Where groups may be split, this is a flow over the same network with one more node, the market, and exact. Where groups
stay together the flow is a bound, see `allocator.planning.purchase_together`.

Anyone who can add can check both bounds: give every pool a worth of one number. Each link that is served takes a number
of at least the least worth in its reach, and numbers that are not in the stock have to be paid for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from allocator.planning.arrays import IntArray, frozen
from allocator.planning.flow import graph_of, unique_flow
from allocator.planning.lexicographic import Graph, potentials
from allocator.planning.network import Network


@dataclass(frozen=True, slots=True)
class Market:
    """What can be bought.

    Attributes
    ----------
    price
        Of a number of each pool, in whole units, not negative, shape (p,), int64.
    available
        Numbers of each pool that are for sale, shape (p,), int64.
    """

    price: IntArray
    available: IntArray

    def unit_costs(self, links: int) -> tuple[IntArray, int]:
        """What a number of each pool costs in finer units, in which fewer numbers cost less at the same price.

        Parameters
        ----------
        links
            The most numbers that are ever bought.

        Returns
        -------
        tuple
            The costs, shape (p,), and the number of finer units in a unit of price.
        """
        sold = self.price[self.available > 0]
        if not len(sold) or (sold[0] > 0 and (sold == sold[0]).all()):
            return np.ones_like(self.price), 1
        return self.price * (links + 1) + 1, links + 1

    def cost(self, bought: IntArray) -> int:
        """The price of numbers bought in each pool, shape (p,), in whole units."""
        return int((self.price * bought).sum())

    def cost_bound(self, least: int, bought: IntArray, links: int) -> int:
        """Turn a lower bound in the units of `unit_costs` into one in whole units of price.

        Parameters
        ----------
        least
            The bound.
        bought
            A purchase that is known to be enough, shape (p,).
        links
            As in `unit_costs`.
        """
        unit, scale = self.unit_costs(links)
        if least >= int((unit * bought).sum()):
            return self.cost(bought)
        if scale > 1:
            return max(0, -(-(least - links) // scale))
        return least * int(self.price[self.available > 0].max(initial=0))


@dataclass(frozen=True, slots=True)
class Purchase:
    """What is bought, and what it serves.

    Attributes
    ----------
    flow
        Links over each arc of the network, shape (e,), int64.
    bought
        Numbers of each pool, shape (p,), int64.
    served, served_bound
        Links that are served, and the most that can be: with the same budget, if there is one.
    cost, cost_bound
        What is paid, and the least for which as many links can be served, in whole units of price. With a budget of
        numbers the bound is 0.
    """

    flow: IntArray
    bought: IntArray
    served: int
    served_bound: int
    cost: int
    cost_bound: int

    @property
    def exact(self) -> bool:
        """Whether no purchase is better."""
        return self.served == self.served_bound and self.cost == self.cost_bound


def buy_split(network: Network, market: Market, budget: int | None = None) -> Purchase:
    """Serve the most links, with the cheapest numbers for that, over the least distance; groups may be split.

    Parameters
    ----------
    network
        The network with the arcs to all pools that have or sell numbers.
    market
        What can be bought.
    budget
        The most numbers; no limit by default.

    Returns
    -------
    Purchase
        Exact; no other is as good in all three respects and in the order of the document.
    """
    links = int(network.demand.sum())
    limit = links if budget is None else min(budget, links)
    for_sale = np.minimum(market.available, links)
    unit, _ = market.unit_costs(links)
    graph = graph_of(network, for_sale, limit)
    demands, pools, arcs = len(network.demand), len(network.supply), len(network)
    unserved, bought = slice(arcs, arcs + demands), slice(len(graph.tail) - pools - 1, len(graph.tail) - 1)
    # A cycle in the graph passes the market once: it buys at most one number more and one fewer.
    far = 2 * int(unit[for_sale > 0].max(initial=0)) + 1
    paid, distance, waiting = (np.zeros(len(graph.tail), dtype=np.int64) for _ in range(3))
    paid[unserved], paid[bought], distance[:arcs], waiting[unserved] = far, unit, network.cost_mm, 1
    flow = unique_flow(network, graph, (paid, distance))
    served = int(flow[:arcs].sum())
    # Only what is for sale, and the budget, are limits of their own. The others follow, and must not take their worth.
    graph = replace(graph, capacity=np.where(np.arange(len(flow)) < bought.start, graph.capacity + 1, graph.capacity))
    worth, of_budget = _shadow_prices(network, graph, waiting, flow)
    most = links - _dual_value(network, for_sale, np.where(for_sale > 0, of_budget, 0), worth, of_budget * limit, 1)
    least = 0
    if budget is None:
        worth, _ = _shadow_prices(network, graph, paid, flow)
        least = _dual_value(network, for_sale, unit, worth, 0, far) - (links - served) * far
    numbers = frozen(flow[bought].copy())
    return Purchase(
        flow=frozen(flow[:arcs].copy()),
        bought=numbers,
        served=served,
        served_bound=most,
        cost=market.cost(numbers),
        cost_bound=market.cost_bound(least, numbers, links),
    )


def _shadow_prices(network: Network, graph: Graph, cost: IntArray, flow: IntArray) -> tuple[IntArray, int]:
    """The worth of one more number of each pool, shape (p,), and of one more in the budget."""
    demands, pools = len(network.demand), len(network.supply)
    potential = potentials(graph, cost, flow)
    worth = np.maximum(potential[demands + pools] - np.append(potential[demands : demands + pools], potential[-1]), 0)
    return worth[:-1], int(worth[-1])


def _dual_value(network: Network, for_sale: IntArray, unit: IntArray, worth: IntArray, spent: int, far: int) -> int:
    """Bound the cost from below by weak duality: an unserved link costs `far`, a bought number its unit.

    Each link is unserved, or takes a number of at least the least worth in its reach. The numbers of the stock are
    free, and those for sale may cost less than they are worth.
    """
    cheapest = np.full(len(network.demand), far, dtype=np.int64)
    np.minimum.at(cheapest, network.tail, worth[network.head])
    total = sum(int(price) * int(size) for price, size in zip(cheapest, network.demand, strict=True))
    total -= sum(int(price) * int(size) for price, size in zip(worth, network.supply, strict=True))
    total -= sum(int(gain) * int(size) for gain, size in zip(np.maximum(worth - unit, 0), for_sale, strict=True))
    return max(0, total - spent)
