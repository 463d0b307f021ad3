"""How many links can be served at most: bounds that follow from prices, and that anyone can check by counting."""

from __future__ import annotations

import numpy as np

from allocator.planning.flow import Prices, gains
from allocator.planning.network import Network
from allocator.planning.packing import greatest_sum

__all__ = ["best_value", "served_bound"]


def best_value(network: Network, prices: Prices) -> tuple[int, int]:
    """The most weight that can be served where groups may be split, and the least distance at which that much can.

    By weak duality: if no arc brings more than its demand's and its pool's price, no plan brings more than all links
    and all numbers at their prices. Prices for which that is not so are raised first.

    Parameters
    ----------
    network, prices
        The network, and any prices; those of the best plan give the least bound.

    Returns
    -------
    tuple
        Weight (links, where all count alike), and millimetres.
    """
    worth, gain = gains(network)
    pool, demand = np.maximum(prices.pool, 0), np.maximum(prices.demand, 0)
    if len(network):
        np.maximum.at(demand, network.tail, gain - pool[network.head])
    # In Python's whole numbers, which have no end.
    total = sum(int(price) * int(size) for price, size in zip(demand, network.demand, strict=True))
    total += sum(int(price) * int(size) for price, size in zip(pool, network.supply, strict=True))
    # A plan brings its links times worth less its distance, which is less than one link's worth.
    most = min(-(-total // worth), int((network.demand * network.weight).sum()))
    return most, max(0, most * worth - total)


def served_bound(network: Network, prices: Prices) -> int:
    """The most weight that can be served where each group is served from one pool or not at all.

    The demands whose links have a price are counted whole. All others can be served by what pools hold, and no pool
    can serve more of them than the greatest sum of whole groups (and single BY AREA links) that fits into it. So each
    part of the bound can be checked by counting.

    Parameters
    ----------
    network, prices
        The network without the arcs over which a group can't be served whole, and any prices.
    """
    if not (network.weight == 1).all():
        return best_value(network, prices)[0]
    worth, _ = gains(network)
    counted = 2 * prices.demand > worth
    waiting: list[list[int]] = [[] for _ in network.supply]
    singles = np.zeros(len(network.supply), dtype=np.int64)
    open_arcs = np.flatnonzero(~counted[network.tail])
    for arc in open_arcs[network.tail[open_arcs] < network.groups].tolist():
        waiting[int(network.head[arc])].append(int(network.demand[network.tail[arc]]))
    of_classes = open_arcs[network.tail[open_arcs] >= network.groups]
    np.add.at(singles, network.head[of_classes], network.demand[network.tail[of_classes]])
    bound = int(network.demand[counted].sum())
    for sizes, single, supply in zip(waiting, singles.tolist(), network.supply.tolist(), strict=True):
        bound += min(supply, greatest_sum(sizes, supply) + single)
    return min(bound, int(network.demand.sum()), best_value(network, prices)[0])
