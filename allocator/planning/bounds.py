"""Upper bounds on what any plan can serve: they follow from prices, and anyone can check them by counting."""

from __future__ import annotations

import numpy as np

from allocator.planning.arrays import split_by, sum_by
from allocator.planning.flow import Prices, gains
from allocator.planning.knapsack import greatest_sum
from allocator.planning.network import Network


def best_value(network: Network, prices: Prices) -> tuple[int, int]:
    """Bound the most weight that can be served where groups may be split, and the least distance for that much.

    By weak duality: if no arc adds more than its demand's and its pool's price together, no plan adds more than all
    links and all numbers at their prices. Prices that break this are raised first.

    Parameters
    ----------
    network, prices
        The network, and any prices; those of the best plan give the tightest bound.

    Returns
    -------
    tuple
        Weight (links, where all count alike), and millimetres.
    """
    worth, gain = gains(network)
    pool, demand = np.maximum(prices.pool, 0), np.maximum(prices.demand, 0)
    np.maximum.at(demand, network.tail, gain - pool[network.head])
    # In Python's whole numbers, which don't overflow.
    total = sum(int(price) * int(size) for price, size in zip(demand, network.demand, strict=True))
    total += sum(int(price) * int(size) for price, size in zip(pool, network.supply, strict=True))
    # A plan adds the worth of its links less its distance, which is less than the worth of one link.
    most = min(-(-total // worth), int((network.demand * network.weight).sum()))
    return most, max(0, most * worth - total)


def served_bound(network: Network, prices: Prices) -> int:
    """Bound the most weight that can be served where each group is served from one pool or not at all.

    Demands whose links have a price are counted whole. All others take what pools hold, and no pool can serve more of
    them than the greatest sum of whole groups (and single BY AREA links) that fits into it. So each part of the bound
    can be checked by counting.

    Parameters
    ----------
    network, prices
        The network without the arcs over which a group can't be served whole, and any prices.
    """
    if not (network.weight == 1).all():
        return best_value(network, prices)[0]
    worth, _ = gains(network)
    counted = 2 * prices.demand > worth
    pools, size = len(network.supply), network.demand[network.tail]
    of_group = ~counted[network.tail] & network.of_group
    of_class = ~counted[network.tail] & ~network.of_group
    waiting = split_by(network.head[of_group], pools, size[of_group])
    singles = sum_by(network.head[of_class], pools, size[of_class])
    bound = int(network.demand[counted].sum())
    for sizes, single, supply in zip(waiting, singles.tolist(), network.supply.tolist(), strict=True):
        bound += min(supply, greatest_sum(sizes.tolist(), supply) + single)
    return min(bound, int(network.demand.sum()), best_value(network, prices)[0])
