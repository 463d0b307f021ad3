"""Which purchase rescues which links: what changes between two plans, taken apart into paths."""

from __future__ import annotations

from collections import Counter

import numpy as np

from allocator.planning import IntArray, Network, Purchase

Credit = dict[int, list[tuple[int, int]]]
"""For each demand that gains links: pools that bought numbers for it (-1 for none), each with the number of links."""


def credit_of(network: Network, before: IntArray, bought: Purchase) -> Credit:
    """Credit each link that a purchase rescues to the pool that bought the number for it.

    Parameters
    ----------
    network
        The network of both plans.
    before
        Links over each arc today, shape (arcs,).
    bought
        The purchase, with the links over each arc after it.

    Notes
    -----
    The changes between two plans fall apart into paths. Each path begins at a demand with one more link served, by a
    pool that bought a number or from which another link makes way. That link goes on to its next pool, and so on, until
    a pool uses more numbers than before, or a link has lost its number.
    """
    changes = _Changes(network, before, bought.flow)
    credit: Credit = {}
    for demand in sorted(changes.gains):
        while changes.gains[demand] > 0:
            pool, links = changes.take_path(demand)
            credit.setdefault(demand, []).append((pool if pool >= 0 and bought.bought[pool] else -1, links))
    return credit


class _Changes:
    """What changes between two plans, and is not credited yet."""

    def __init__(self, network: Network, before: IntArray, after: IntArray) -> None:
        self._change = (after - before).tolist()
        self._tail, self._head = network.tail.tolist(), network.head.tolist()
        self._more_of: dict[int, list[int]] = {}  # by demand, its arcs with more links than before
        self._fewer_in: dict[int, list[int]] = {}  # by pool, its arcs with fewer
        self.gains = Counter[int]()
        """By demand, how many more links it has served; negative for a demand that loses links."""
        self._uses = Counter[int]()
        for arc in np.flatnonzero(self._change).tolist():
            tail, head, change = self._tail[arc], self._head[arc], self._change[arc]
            if change > 0:
                self._more_of.setdefault(tail, []).append(arc)
            else:
                self._fewer_in.setdefault(head, []).append(arc)
            self.gains[tail] += change
            self._uses[head] += change

    def take_path(self, demand: int) -> tuple[int, int]:
        """Take out the shortest path from a demand; return the pool it ends at, or -1, and its links."""
        path, pool, loser = self._path(demand)
        room = self._uses[pool] if pool >= 0 else -self.gains[loser]
        links = min(self.gains[demand], room, *(abs(self._change[arc]) for arc in path))
        for arc in path:
            self._change[arc] -= links if self._change[arc] > 0 else -links
        self.gains[demand] -= links
        if pool >= 0:
            self._uses[pool] -= links
        else:
            self.gains[loser] += links
        return pool, links

    def _path(self, demand: int) -> tuple[list[int], int, int]:
        """Find the shortest path to a pool that uses more numbers than before, else to a demand that loses links.

        Returns
        -------
        tuple
            The arcs of the path; the pool, or -1; the demand, or -1.
        """
        came: dict[int, tuple[int, int] | None] = {demand: None}
        over: dict[int, tuple[int, int]] = {}
        waiting = [demand]
        for here in waiting:
            for arc in self._more_of.get(here, ()):
                pool = self._head[arc]
                if self._change[arc] <= 0 or pool in over:
                    continue
                over[pool] = (here, arc)
                if self._uses[pool] > 0:
                    return _traced(pool, came, over), pool, -1
                for back in self._fewer_in.get(pool, ()):
                    if self._change[back] < 0 and self._tail[back] not in came:
                        came[self._tail[back]] = (pool, back)
                        waiting.append(self._tail[back])
        for loser, step in came.items():
            if self.gains[loser] < 0 and step is not None:
                return [*_traced(step[0], came, over), step[1]], -1, loser
        raise AssertionError("a link is served by nothing")


def _traced(pool: int, came: dict[int, tuple[int, int] | None], over: dict[int, tuple[int, int]]) -> list[int]:
    """Return the arcs from the first demand to a pool."""
    path: list[int] = []
    while True:
        demand, arc = over[pool]
        path.append(arc)
        step = came[demand]
        if step is None:
            return path[::-1]
        pool, back = step
        path.append(back)
