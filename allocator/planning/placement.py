"""A local search for the pool that serves each group, where a pool with too few numbers buys more."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from allocator.planning.arrays import IntArray
from allocator.planning.network import Network


class Placement:
    """The pool that serves each group, while the search makes it cheaper.

    Parameters
    ----------
    network
        Demands, pools, and the arcs over which a group can be served whole.
    available
        Numbers of each pool that are for sale, shape (p,).
    unit
        What one costs, shape (p,).

    Attributes
    ----------
    arc_of
        Arc over which each group is served, -1 for none.
    load
        Links that each pool serves.
    """

    def __init__(self, network: Network, available: IntArray, unit: IntArray) -> None:
        self._network = network
        self._size: list[int] = network.demand[: network.groups].tolist()
        self._supply: list[int] = network.supply.tolist()
        self._most: list[int] = (network.supply + available).tolist()
        self._unit: list[int] = unit.tolist()
        self._head: list[int] = network.head.tolist()
        self._cost: list[int] = network.cost_mm.tolist()
        self._arcs: list[list[int]] = [[] for _ in self._size]
        for arc, group in enumerate(network.tail.tolist()):
            if group < network.groups:
                self._arcs[group].append(arc)
        self.arc_of = [-1] * len(self._size)
        self.load = [0] * len(self._supply)

    def start(self, flow: IntArray) -> None:
        """Serve the groups that a flow serves whole as it does, the others one by one where that costs least."""
        network = self._network
        self.load = network.used(np.where(network.of_group, 0, flow)).tolist()
        whole = network.of_group & (flow == network.demand[network.tail])
        for arc in np.flatnonzero(whole).tolist():
            self._put(int(network.tail[arc]), arc)
        split = [group for group, arc in enumerate(self.arc_of) if arc < 0 and self._arcs[group]]
        for group in sorted(split, key=lambda group: (-self._size[group], group)):
            self._place(group)

    def improve(self) -> bool:
        """Move each group once, or exchange it with another, where that is better; returns whether any was."""
        better = False
        for group in range(len(self.arc_of)):
            better |= self._place(group)
        over = [pool for pool, load in enumerate(self.load) if load > self._supply[pool]]
        served_by: dict[int, list[int]] = {}
        for group, arc in enumerate(self.arc_of):
            if arc >= 0:
                served_by.setdefault(self._head[arc], []).append(group)
        for pool in over:
            for group in served_by.get(pool, ()):
                if self._pool_of(group) == pool:
                    better |= self._exchange(group, served_by)
        return better

    def _pool_of(self, group: int) -> int:
        """The pool that serves a group, -1 for none."""
        arc = self.arc_of[group]
        return self._head[arc] if arc >= 0 else -1

    def _put(self, group: int, arc: int) -> None:
        old, size = self.arc_of[group], self._size[group]
        if old >= 0:
            self.load[self._head[old]] -= size
        if arc >= 0:
            self.load[self._head[arc]] += size
        self.arc_of[group] = arc

    def _added(self, arc: int, size: int) -> tuple[int, int] | None:
        """What serving `size` more links over an arc costs, and their distance; None where the pool can't."""
        pool = self._head[arc]
        load = self.load[pool]
        if load + size > self._most[pool]:
            return None
        over = max(0, load + size - max(self._supply[pool], load))
        return over * self._unit[pool], size * self._cost[arc]

    def _places(self, group: int) -> Iterator[tuple[tuple[int, int], int]]:
        """The arcs that have room for a group, each with what it adds."""
        for arc in self._arcs[group]:
            added = self._added(arc, self._size[group])
            if added is not None:
                yield added, arc

    def _place(self, group: int) -> bool:
        """Serve a group where that costs least; returns whether it moved."""
        old = self.arc_of[group]
        self._put(group, -1)
        places = list(self._places(group))
        if not places:
            self._put(group, old)
            return False
        best, arc = min(places)
        now = self._added(old, self._size[group]) if old >= 0 else None
        if now is not None and now <= best:
            arc = old
        self._put(group, arc)
        return arc != old

    def _exchange(self, group: int, served_by: dict[int, list[int]]) -> bool:
        """Let a group take the place of another, which is placed anew, if that costs less; returns whether it did."""
        for arc in self._arcs[group]:
            pool = self._head[arc]
            if pool == self._pool_of(group):
                continue
            for other in served_by.get(pool, ()):
                if self._pool_of(other) != pool or self._size[other] == self._size[group]:
                    continue
                third = self._exchanged(group, arc, other)
                if third >= 0:
                    served_by.setdefault(third, []).append(other)
                    served_by[pool].append(group)
                    return True
        return False

    def _exchanged(self, group: int, arc: int, other: int) -> int:
        """Serve a group over the arc to another one's pool, and the other elsewhere, if that costs less.

        Returns
        -------
        int
            The pool that the other went to; -1 if all stays as it was.
        """
        old, back = self.arc_of[group], self.arc_of[other]
        pools = (self._head[old], self._head[arc])
        before = self._paid(*pools)
        self._put(group, -1)
        self._put(other, -1)
        if self._added(arc, self._size[group]) is not None:
            self._put(group, arc)
            places = list(self._places(other))
            if places:
                added, place = min(places)
                third = self._head[place]
                extra = added[0] if third not in pools else 0
                self._put(other, place)
                if self._paid(*pools) + extra < before:
                    return third
        self._put(group, old)
        self._put(other, back)
        return -1

    def _paid(self, *pools: int) -> int:
        """What the numbers cost that pools must buy."""
        return sum(max(0, self.load[pool] - self._supply[pool]) * self._unit[pool] for pool in pools)
