"""What to buy for one group after the other, the groups that need the fewest numbers for each link first."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from allocator.planning.arrays import IntArray
from allocator.planning.network import Network
from allocator.planning.purchase import Market


@dataclass(frozen=True, slots=True)
class Rescue:
    """One more group is served, with numbers bought for it.

    Attributes
    ----------
    group
        The group.
    arc
        The arc over which it is served.
    numbers
        Numbers bought in the arc's pool.
    links
        Links that it serves.
    """

    group: int
    arc: int
    numbers: int
    links: int


def rescues(network: Network, market: Market, flow: IntArray, budget: int | None = None) -> list[Rescue]:
    """Serve the groups that have no numbers one after the other, those first that need the fewest for each link.

    Parameters
    ----------
    network
        The network with the arcs to all pools that have or sell numbers.
    market
        What can be bought.
    flow
        A plan, links over each arc, shape (e,), in which each group is served from one pool or not at all.
    budget
        The most numbers; a group that needs more than is left of it is skipped.

    Notes
    -----
    A heap of the groups by what each needs, which only grows: O(arcs × log groups).
    """
    left: list[int] = (network.supply - network.used(flow)).tolist()
    for_sale: list[int] = market.available.tolist()
    head, cost, size = network.head.tolist(), network.cost_mm.tolist(), network.demand.tolist()
    arcs: dict[int, list[int]] = {}
    for arc in np.flatnonzero((network.served(flow) == 0)[network.tail] & network.of_group).tolist():
        arcs.setdefault(int(network.tail[arc]), []).append(arc)

    def need(group: int) -> tuple[float, int, int, int, int] | None:
        """Numbers for each link, and in all; then the group's turn, the group, and its arc."""
        found = [
            (max(0, size[group] - left[head[arc]]), cost[arc], arc)
            for arc in arcs[group]
            if size[group] - left[head[arc]] <= for_sale[head[arc]]
        ]
        if not found:
            return None
        numbers, _, arc = min(found)
        return numbers / size[group], numbers, int(network.turn[group]), group, arc

    waiting = [entry for group in arcs if (entry := need(group)) is not None]
    heapq.heapify(waiting)
    steps = []
    while waiting:
        entry = heapq.heappop(waiting)
        now = need(entry[3])
        if now is None:
            continue
        if now != entry:
            heapq.heappush(waiting, now)
            continue
        _, numbers, _, group, arc = now
        if budget is not None:
            if numbers > budget:
                continue
            budget -= numbers
        pool = head[arc]
        left[pool] += numbers - size[group]
        for_sale[pool] -= numbers
        steps.append(Rescue(group, arc, numbers, size[group]))
    return steps
