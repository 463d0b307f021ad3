"""What to buy: the cheapest numbers with which every link is served, or the most links that a budget serves.

Where groups may be split this is a flow over the same network with one more node, the market, and exact. Where they
stay together the flow is a bound, and what it splits is put in order by search.

Both bounds can be checked by anyone who can add: give every pool a worth of one number. Whoever is served takes a
number of at least the least worth in its reach, and what is not in the stock has to be paid for.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace

import numpy as np

from allocator.planning.flow import graph_of, only_flow
from allocator.planning.lagrangian import cost_by_multipliers, cost_multipliers
from allocator.planning.lexicographic import potentials
from allocator.planning.network import Network
from allocator.planning.problem import IntArray, frozen

__all__ = ["Market", "Purchase", "Step", "bounded", "buy_split", "buy_together", "rescues"]


@dataclass(frozen=True, slots=True)
class Market:
    """What can be bought.

    Attributes
    ----------
    price
        Of a number of each pool, in whole units, not negative, shape (p,).
    available
        How many numbers of each pool are for sale, shape (p,).
    """

    price: IntArray
    available: IntArray

    def costs(self, links: int) -> tuple[IntArray, int]:
        """What a number costs when fewer numbers are better where the price is the same, and how many such to a unit.

        Parameters
        ----------
        links
            More are never bought.
        """
        sold = self.price[self.available > 0]
        if not len(sold) or (sold[0] > 0 and (sold == sold[0]).all()):
            return np.ones_like(self.price), 1
        return self.price * (links + 1) + 1, links + 1


@dataclass(frozen=True, slots=True)
class Purchase:
    """What was bought, and what it serves.

    Attributes
    ----------
    flow
        Links over each arc of the network, shape (e,).
    bought
        Numbers of each pool, shape (p,).
    served, served_bound
        Links that are served, and how many can be at most: with the same budget, if there is one.
    cost, cost_bound
        What was paid, and the least for which so many links can be served, in whole units of price. With a budget of
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
        """Whether nothing better exists."""
        return self.served == self.served_bound and self.cost == self.cost_bound


def buy_split(network: Network, market: Market, budget: int | None = None) -> Purchase:
    """Serve the most links, buying the cheapest numbers for it, then over the least distance; groups may be split.

    Parameters
    ----------
    network
        The network with the arcs to all pools that have numbers or sell them.
    market
        What can be bought.
    budget
        How many numbers at most; any number by default.

    Returns
    -------
    Purchase
        Exact, and the only one that may be chosen.
    """
    links = int(network.demand.sum())
    limit = links if budget is None else min(budget, links)
    for_sale = np.minimum(market.available, links)
    unit, scale = market.costs(links)
    graph = graph_of(network, for_sale, limit)
    demands, pools, arcs = len(network.demand), len(network.supply), len(network)
    left_over, bought = slice(arcs, arcs + demands), slice(len(graph.tail) - pools - 1, len(graph.tail) - 1)
    # A circle in the graph passes the market once: it buys one number more and one fewer at most.
    far = 2 * int(unit[for_sale > 0].max(initial=0)) + 1
    first = np.zeros(len(graph.tail), dtype=np.int64)
    first[left_over], first[bought] = far, unit
    distance = np.zeros_like(first)
    distance[:arcs] = network.cost_mm
    flow = only_flow(network, graph, (first, distance))
    served = int(flow[:arcs].sum())
    # Only what is for sale, and the budget, are limits of their own: the others follow, and must not take their worth.
    graph = replace(graph, capacity=np.where(np.arange(len(flow)) < bought.start, graph.capacity + 1, graph.capacity))
    alone = np.zeros_like(first)
    alone[left_over] = 1
    worth = _worth(graph.supply, potentials(graph, alone, flow), demands, pools)
    most = links - _least(
        network, for_sale, np.where(for_sale > 0, worth[-1], 0), worth[:-1], int(worth[-1]) * limit, 1
    )
    paid = int((unit * flow[bought]).sum())
    bound = 0
    if budget is None:
        worth = _worth(graph.supply, potentials(graph, first, flow), demands, pools)
        bound = _least(network, for_sale, unit, worth[:-1], 0, far) - (links - served) * far
    taken = frozen(flow[bought].copy())
    return Purchase(
        flow=frozen(flow[:arcs].copy()),
        bought=taken,
        served=served,
        served_bound=most,
        cost=int((market.price * taken).sum()),
        cost_bound=_price_of(bound, paid, scale, market, taken, links),
    )


def _worth(supply: IntArray, potential: IntArray, demands: int, pools: int) -> IntArray:
    """What one more number of each pool is worth, and what one more of the budget is."""
    places = np.append(demands + np.arange(pools), len(supply) - 1)
    worth: IntArray = np.maximum(potential[demands + pools] - potential[places], 0)
    return worth


def _least(network: Network, for_sale: IntArray, unit: IntArray, worth: IntArray, spent: int, far: int) -> int:
    """What it costs at least, by weak duality: links left over at `far`, numbers bought at their unit.

    Each link is left over, or takes a number of at least the least worth in its reach. The numbers of the stock are
    free, and those for sale may be had for less than they are worth.
    """
    cheapest = np.full(len(network.demand), far, dtype=np.int64)
    np.minimum.at(cheapest, network.tail, worth[network.head])
    total = sum(int(price) * int(size) for price, size in zip(cheapest, network.demand, strict=True))
    total -= sum(int(price) * int(size) for price, size in zip(worth, network.supply, strict=True))
    total -= sum(int(gain) * int(size) for gain, size in zip(np.maximum(worth - unit, 0), for_sale, strict=True))
    return max(0, total - spent)


def _price_of(bound: int, paid: int, scale: int, market: Market, bought: IntArray, links: int) -> int:
    """A bound in units as one in whole units of price."""
    if bound >= paid:
        return int((market.price * bought).sum())
    if scale > 1:
        return max(0, -(-(bound - links) // scale))
    return bound * int(market.price[market.available > 0].max(initial=0))


def buy_together(network: Network, market: Market, rounds: int) -> Purchase:
    """Serve every link, buying few numbers for it; each group is served from one pool.

    Parameters
    ----------
    network
        The network with the arcs to all pools that have numbers or sell them.
    market
        What can be bought.
    rounds
        How often to go through all groups, looking for a better place.

    Returns
    -------
    Purchase
        Its bounds are those of groups that may be split.
    """
    links = int(network.demand.sum())
    whole = network.whole_with(market.available)
    relaxed = buy_split(whole, market)
    unit, _ = market.costs(links)
    search = _Placing(whole, market, unit)
    search.start(relaxed.flow)
    for _ in range(rounds):
        if not search.improve():
            break
    flow = search.flow()
    taken = np.bincount(whole.head, weights=flow, minlength=len(whole.supply)).astype(np.int64)
    if len(whole.demand) > whole.groups:
        flow, taken = _with_classes(whole, market, flow, taken)
    bought = np.maximum(taken - whole.supply, 0)
    served = int(flow.sum())
    every = np.zeros(len(network), dtype=np.int64)
    every[np.flatnonzero(network.can_be_whole(market.available))] = flow
    return Purchase(
        flow=frozen(every),
        bought=frozen(bought),
        served=served,
        served_bound=relaxed.served_bound,
        cost=int((market.price * bought).sum()),
        cost_bound=relaxed.cost_bound if served >= relaxed.served else 0,
    )


def bounded(network: Network, market: Market, purchase: Purchase, rounds: int) -> Purchase:
    """A purchase that serves every link, each group from one pool, with a bound that knows that groups stay whole.

    Parameters
    ----------
    network, market, purchase
        As `buy_together` has them.
    rounds
        Steps towards a good bound at most, see `allocator.planning.lagrangian`.
    """
    if purchase.served < purchase.served_bound or purchase.cost <= purchase.cost_bound:
        return purchase
    links = int(network.demand.sum())
    unit, scale = market.costs(links)
    whole = network.whole_with(market.available)
    paid = int((unit * purchase.bought).sum())
    multipliers = cost_multipliers(whole, market.available, unit, paid, rounds)
    if multipliers is None:
        return purchase
    least = cost_by_multipliers(whole, market.available, unit, multipliers) + _paid_apart(whole, market, unit)
    bound = _price_of(least, paid, scale, market, purchase.bought, links)
    return replace(purchase, cost_bound=max(purchase.cost_bound, bound))


def _paid_apart(network: Network, market: Market, unit: IntArray) -> int:
    """What BY AREA links must buy that have no pool in common with any group, in units."""
    shared = np.zeros(len(network.supply), dtype=np.bool_)
    shared[network.head[network.tail < network.groups]] = True
    mingled = np.zeros(len(network.demand), dtype=np.bool_)
    mingled[: network.groups] = True
    mingled[network.tail[shared[network.head]]] = True
    apart = buy_split(network.part(np.flatnonzero(~mingled[network.tail]), network.supply), market)
    return int((unit * apart.bought).sum())


def _with_classes(network: Network, market: Market, flow: IntArray, taken: IntArray) -> tuple[IntArray, IntArray]:
    """The BY AREA links served from what the groups leave, and what is bought besides."""
    left = np.maximum(network.supply - taken, 0)
    extra = np.maximum(taken - network.supply, 0)
    rest = np.flatnonzero(network.tail >= network.groups)
    found = buy_split(network.part(rest, left), Market(market.price, market.available - extra))
    flow = flow.copy()
    flow[rest] = found.flow
    return flow, taken + np.bincount(network.head[rest], weights=found.flow, minlength=len(taken)).astype(np.int64)


class _Placing:
    """Which pool serves each group, where a pool that has too few numbers buys more.

    Attributes
    ----------
    at
        Arc over which each group is served, -1 for none.
    load
        Links that each pool serves.
    """

    def __init__(self, network: Network, market: Market, unit: IntArray) -> None:
        self._size: list[int] = network.demand[: network.groups].tolist()
        self._supply: list[int] = network.supply.tolist()
        self._most: list[int] = (network.supply + market.available).tolist()
        self._unit: list[int] = unit.tolist()
        self._head: list[int] = network.head.tolist()
        self._cost: list[int] = network.cost_mm.tolist()
        self._arcs: list[list[int]] = [[] for _ in self._size]
        for arc, group in enumerate(network.tail.tolist()):
            if group < network.groups:
                self._arcs[group].append(arc)
        self._network = network
        self.at = [-1] * len(self._size)
        self.load = [0] * len(self._supply)

    def start(self, flow: IntArray) -> None:
        """Serve the groups as a flow does that it doesn't split, the others one by one where it costs least."""
        network = self._network
        of_classes = np.where(network.tail >= network.groups, flow, 0)
        self.load = np.bincount(network.head, weights=of_classes, minlength=len(self.load)).astype(int).tolist()
        whole = (flow == network.demand[network.tail]) & (network.tail < network.groups)
        for arc in np.flatnonzero(whole).tolist():
            self._put(int(network.tail[arc]), arc)
        split = [group for group, arc in enumerate(self.at) if arc < 0 and self._arcs[group]]
        for group in sorted(split, key=lambda group: (-self._size[group], group)):
            self._settle(group)

    def _put(self, group: int, arc: int) -> None:
        old, size = self.at[group], self._size[group]
        if old >= 0:
            self.load[self._head[old]] -= size
        if arc >= 0:
            self.load[self._head[arc]] += size
        self.at[group] = arc

    def _added(self, arc: int, size: int) -> tuple[int, int] | None:
        """What it costs to serve so many more links over an arc, and how far they are; None if it can't be."""
        pool = self._head[arc]
        load = self.load[pool]
        if load + size > self._most[pool]:
            return None
        over = max(0, load + size - max(self._supply[pool], load))
        return over * self._unit[pool], size * self._cost[arc]

    def _settle(self, group: int) -> bool:
        """Serve a group where that costs least; whether it is better than before."""
        old, size = self.at[group], self._size[group]
        self._put(group, -1)
        found = [(added, arc) for arc in self._arcs[group] if (added := self._added(arc, size)) is not None]
        if not found:
            self._put(group, old)
            return False
        now = self._added(old, size) if old >= 0 else None
        best, arc = min(found)
        if now is not None and now <= best:
            arc = old
        self._put(group, arc)
        return arc != old

    def improve(self) -> bool:
        """Go through all groups once, moving each or exchanging it with another; whether anything got better."""
        better = False
        for group in range(len(self.at)):
            better |= self._settle(group)
        over = {pool for pool, load in enumerate(self.load) if load > self._supply[pool]}
        served_by: dict[int, list[int]] = {}
        for group, arc in enumerate(self.at):
            if arc >= 0:
                served_by.setdefault(self._head[arc], []).append(group)
        for pool in sorted(over):
            for group in served_by.get(pool, ()):
                if self.at[group] >= 0 and self._head[self.at[group]] == pool:
                    better |= self._exchange(group, served_by)
        return better

    def _exchange(self, group: int, served_by: dict[int, list[int]]) -> bool:
        """Let a group change places with another, or take its place and let it be settled anew, if that is better."""
        old = self.at[group]
        for arc in self._arcs[group]:
            pool = self._head[arc]
            if pool == self._head[old]:
                continue
            for other in served_by.get(pool, ()):
                back = self.at[other]
                if back < 0 or self._head[back] != pool or self._size[other] == self._size[group]:
                    continue
                before = self._paid(self._head[old], pool)
                self._put(group, -1)
                self._put(other, -1)
                if self._added(arc, self._size[group]) is not None:
                    self._put(group, arc)
                    room = [
                        (added, one)
                        for one in self._arcs[other]
                        if (added := self._added(one, self._size[other])) is not None
                    ]
                    if room:
                        added, place = min(room)
                        third = self._head[place]
                        extra = added[0] if third not in (self._head[old], pool) else 0
                        self._put(other, place)
                        if self._paid(self._head[old], pool) + extra < before:
                            served_by.setdefault(third, []).append(other)
                            served_by[pool].append(group)
                            return True
                        self._put(other, -1)
                    self._put(group, -1)
                self._put(group, old)
                self._put(other, back)
        return False

    def _paid(self, *pools: int) -> int:
        return sum(max(0, self.load[pool] - self._supply[pool]) * self._unit[pool] for pool in pools)

    def flow(self) -> IntArray:
        """Links over each arc of the network."""
        flow = np.zeros(len(self._network), dtype=np.int64)
        arcs = np.array([arc for arc in self.at if arc >= 0], dtype=np.int64)
        flow[arcs] = self._network.demand[self._network.tail[arcs]]
        return flow


@dataclass(frozen=True, slots=True)
class Step:
    """A group more is served, with numbers bought for it.

    Attributes
    ----------
    group
        The group.
    arc
        The arc over which it is served.
    numbers
        How many are bought in the arc's pool.
    links
        How many links that serves.
    """

    group: int
    arc: int
    numbers: int
    links: int


def rescues(network: Network, market: Market, flow: IntArray, budget: int | None = None) -> list[Step]:
    """Serve the groups that go without, one after the other, those first that need the fewest numbers for a link.

    Parameters
    ----------
    network
        The network with the arcs to all pools that have numbers or sell them.
    market
        What can be bought.
    flow
        A plan, in which each group is served from one pool or not at all.
    budget
        How many numbers at most; a group that needs more than is left of it is passed over.

    Notes
    -----
    A heap of the groups by what each needs, which only grows: O(arcs × log groups).
    """
    taken = np.bincount(network.head, weights=flow, minlength=len(network.supply)).astype(np.int64)
    rest: list[int] = (network.supply - taken).tolist()
    most: list[int] = market.available.tolist()
    head, cost, size = network.head.tolist(), network.cost_mm.tolist(), network.demand.tolist()
    without = np.bincount(network.tail, weights=flow, minlength=len(network.demand)) == 0
    arcs: dict[int, list[int]] = {}
    for arc in np.flatnonzero(without[network.tail] & (network.tail < network.groups)).tolist():
        arcs.setdefault(int(network.tail[arc]), []).append(arc)

    def need(group: int) -> tuple[float, int, int, int, int] | None:
        found = [
            (max(0, size[group] - rest[head[arc]]), cost[arc], arc)
            for arc in arcs[group]
            if size[group] - rest[head[arc]] <= most[head[arc]]
        ]
        if not found:
            return None
        numbers, _, arc = min(found)
        return numbers / size[group], numbers, int(network.turn[group]), group, arc

    waiting = [entry for group in arcs if (entry := need(group)) is not None]
    heapq.heapify(waiting)
    steps = []
    left = budget
    while waiting:
        entry = heapq.heappop(waiting)
        now = need(entry[3])
        if now is None:
            continue
        if now != entry:
            heapq.heappush(waiting, now)
            continue
        _, numbers, _, group, arc = now
        if left is not None and numbers > left:
            continue
        if left is not None:
            left -= numbers
        pool = head[arc]
        rest[pool] = rest[pool] + numbers - size[group]
        most[pool] -= numbers
        steps.append(Step(group, arc, numbers, size[group]))
    return steps
