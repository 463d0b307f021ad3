"""The shop: the numbers for sale to a case, and the best way to buy them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from allocator.planning import (
    IntArray,
    Market,
    Network,
    Purchase,
    Solution,
    buy_split,
    buy_together,
    rescues,
    tighten_bound,
)
from allocator.whatif.case import Case
from allocator.whatif.prices import PriceList, every_area_code

ROUNDS = 20
"""Rounds of the search for the fewest numbers that serve groups kept together."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A case, and the numbers for sale.

    Attributes
    ----------
    case
        The case.
    prices
        The price list.
    market
        Price and availability of the numbers of each pool.
    network
        What each group and each BY AREA link can be served from, with the stock or with bought numbers.
    """

    case: Case
    prices: PriceList
    market: Market
    network: Network

    @classmethod
    def of(cls, case: Case, prices: PriceList | None) -> Shop:
        """Open a shop with a price list; without one every area code is for sale at one price."""
        prices = prices or every_area_code(case.instance.pools)
        market = prices.market(case.instance.pools, case.instance.problem.links)
        return cls(case, prices, market, Network.of(case.instance.problem, market.available))

    def purchase(self, before: Solution, budget: int | None) -> Purchase:
        """Find what to buy.

        Parameters
        ----------
        before
            The best plan with the stock of today.
        budget
            The most numbers to buy; None for as many as serve every link that numbers can help.
        """
        if not self.case.together:
            return buy_split(self.network, self.market, budget)
        one_by_one = self._one_by_one(self.case.flow(self.network, before.assignment), budget)
        if budget is not None:
            return one_by_one
        at_once = buy_together(self.network, self.market, ROUNDS)
        best = min(at_once, one_by_one, key=lambda found: (-found.served, found.cost, int(found.bought.sum())))
        return tighten_bound(self.network, self.market, best, self.case.options.effort)

    def _one_by_one(self, now: IntArray, budget: int | None) -> Purchase:
        """Buy for one group after the other; the bounds are those of groups that may be split."""
        flow, bought = now.copy(), np.zeros_like(self.market.available)
        for step in rescues(self.network, self.market, now, budget):
            flow[step.arc] = step.links
            bought[self.network.head[step.arc]] += step.numbers
        if len(self.network.demand) > self.network.groups:
            flow, bought = self._with_area_requests(flow, bought, budget)
        relaxed = buy_split(self.network, self.market, budget)
        served = int(flow.sum())
        return Purchase(
            flow=flow,
            bought=bought,
            served=served,
            served_bound=relaxed.served_bound,
            cost=int((self.market.price * bought).sum()),
            cost_bound=relaxed.cost_bound if budget is None and served >= relaxed.served else 0,
        )

    def _with_area_requests(self, flow: IntArray, bought: IntArray, budget: int | None) -> tuple[IntArray, IntArray]:
        """Serve the BY AREA links that have no number yet, from what is left or from more numbers bought."""
        network = self.network
        taken = np.bincount(network.head, weights=flow, minlength=len(bought)).astype(np.int64)
        served = np.bincount(network.tail, weights=flow, minlength=len(network.demand)).astype(np.int64)
        arcs = np.flatnonzero(network.tail >= network.groups)
        part = network.part(arcs, network.supply + bought - taken)
        found = buy_split(
            replace(part, demand=network.demand - served),
            Market(self.market.price, self.market.available - bought),
            None if budget is None else budget - int(bought.sum()),
        )
        flow = flow.copy()
        flow[arcs] += found.flow
        return flow, bought + found.bought
