"""What to buy where each group is served from one pool: a search, beside the bound of groups that may be split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allocator.planning.arrays import IntArray, frozen
from allocator.planning.lagrangian import find_cost_multipliers, lagrangian_cost
from allocator.planning.network import Network
from allocator.planning.placement import Placement
from allocator.planning.purchase import Market, Purchase, buy_split


def buy_together(network: Network, market: Market, rounds: int) -> Purchase:
    """Serve every link that can be, buying few numbers for it; each group is served from one pool.

    Parameters
    ----------
    network
        The network with the arcs to all pools that have or sell numbers.
    market
        What can be bought.
    rounds
        The most rounds through all groups, looking for a better place for each.

    Returns
    -------
    Purchase
        Its bounds are those of groups that may be split.
    """
    links = int(network.demand.sum())
    whole = network.whole(market.available)
    relaxed = buy_split(whole, market)
    placement = Placement(whole, market.available, market.unit_costs(links)[0])
    placement.start(relaxed.flow)
    for _ in range(rounds):
        if not placement.improve():
            break
    flow = whole.whole_flow(placement.arc_of)
    if len(whole.demand) > whole.groups:
        flow = _with_classes(whole, market, flow)
    bought = np.maximum(whole.used(flow) - whole.supply, 0)
    served = int(flow.sum())
    every = np.zeros(len(network), dtype=np.int64)
    every[np.flatnonzero(network.fits(market.available))] = flow
    return Purchase(
        flow=frozen(every),
        bought=frozen(bought),
        served=served,
        served_bound=relaxed.served_bound,
        cost=market.cost(bought),
        cost_bound=relaxed.cost_bound if served >= relaxed.served else 0,
    )


def _with_classes(network: Network, market: Market, flow: IntArray) -> IntArray:
    """The flow with the BY AREA links served from what the groups leave, and from what is bought besides."""
    spare = network.supply - network.used(flow)
    rest = np.flatnonzero(~network.of_group)
    part = network.part(rest, np.maximum(spare, 0))
    flow = flow.copy()
    flow[rest] = buy_split(part, Market(market.price, market.available + np.minimum(spare, 0))).flow
    return flow


def tighten_bound(network: Network, market: Market, purchase: Purchase, rounds: int) -> Purchase:
    """Raise the lower bound on a purchase's cost, by taking into account that groups stay whole.

    Parameters
    ----------
    network, market
        As in `buy_together`.
    purchase
        A purchase for groups that stay together.
    rounds
        The most steps towards a good bound, see `allocator.planning.lagrangian`.

    Returns
    -------
    Purchase
        The same with a bound that is no lower. Unchanged if it serves fewer links than its bound or is proven cheapest.
    """
    if purchase.served < purchase.served_bound or purchase.cost <= purchase.cost_bound:
        return purchase
    links = int(network.demand.sum())
    unit, _ = market.unit_costs(links)
    whole = network.whole(market.available)
    paid = int((unit * purchase.bought).sum())
    multipliers = find_cost_multipliers(whole, market.available, unit, paid, rounds)
    if multipliers is None:
        return purchase
    least = lagrangian_cost(whole, market.available, unit, multipliers) + _paid_apart(whole, market, unit)
    bound = market.cost_bound(least, purchase.bought, links)
    return replace(purchase, cost_bound=max(purchase.cost_bound, bound))


def _paid_apart(network: Network, market: Market, unit: IntArray) -> int:
    """What must be bought for BY AREA links that share no pool with any group, in units of `unit`."""
    shared = np.bincount(network.head[network.of_group], minlength=len(network.supply)) > 0
    mingled = np.bincount(network.tail[shared[network.head]], minlength=len(network.demand)) > 0
    arcs = np.flatnonzero(~network.of_group & ~mingled[network.tail])
    apart = buy_split(network.part(arcs, network.supply), market)
    return int((unit * apart.bought).sum())
