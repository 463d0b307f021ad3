"""Groups in pools, each whole or not at all: a multiple knapsack, packed by exact knapsacks one pool at a time.

The links of a group can't be parted, so what counts is how well each pool is filled. Sets of groups are chosen by the
sums that they reach (bits of a whole number: bit s says that some set has s links), or by dynamic programming where
groups are worth something else than their size. All of it is whole-number arithmetic in an order that the input sets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from allocator.planning.network import Network
from allocator.planning.problem import IntArray

__all__ = ["Packing", "best_fill", "greatest_sum", "most_worth"]

_NOWHERE = -1
# What a group is worth in `Packing.reconsider`: its links first, then that it is served from where it is asked for.
_LINK = 1000


def greatest_sum(sizes: Iterable[int], limit: int) -> int:
    """The greatest sum of some of the sizes that is not above a limit.

    Parameters
    ----------
    sizes
        Positive whole numbers.
    limit
        What the sum may reach.

    Notes
    -----
    O(sizes × limit / 64): one shift of a whole number of `limit` bits for each size.

    Examples
    --------
    >>> greatest_sum([5, 7, 9], 15)
    14
    """
    mask = (1 << (limit + 1)) - 1
    reached = 1
    for size in sizes:
        reached |= (reached << size) & mask
    return reached.bit_length() - 1


def best_fill(sizes: Sequence[int], limit: int) -> list[int]:
    """Places of the sizes whose sum is the greatest that is not above a limit; of several sets one that ends early.

    Parameters
    ----------
    sizes, limit
        As in `greatest_sum`.

    Examples
    --------
    >>> best_fill([5, 7, 9], 15)
    [0, 2]
    """
    mask = (1 << (limit + 1)) - 1
    reached = [1]
    for size in sizes:
        reached.append(reached[-1] | ((reached[-1] << size) & mask))
    rest = reached[-1].bit_length() - 1
    chosen = []
    for place in range(len(sizes) - 1, -1, -1):
        if not reached[place] >> rest & 1:
            chosen.append(place)
            rest -= sizes[place]
    return chosen[::-1]


def most_worth(sizes: Sequence[int], worths: Sequence[int], limit: int) -> list[int]:
    """Places of the sizes that are worth the most together and whose sum is not above a limit."""
    if sum(sizes) <= limit:
        return list(range(len(sizes)))
    best = np.zeros(limit + 1, dtype=np.int64)
    takes = []
    for size, worth in zip(sizes, worths, strict=True):
        take = np.zeros(limit + 1, dtype=np.bool_)
        if size <= limit:
            with_it = best[: limit + 1 - size] + worth
            np.greater(with_it, best[size:], out=take[size:])
            np.maximum(best[size:], with_it, out=best[size:])
        takes.append(take)
    rest = int(np.argmax(best))
    chosen = []
    for place in range(len(sizes) - 1, -1, -1):
        if takes[place][rest]:
            chosen.append(place)
            rest -= sizes[place]
    return chosen[::-1]


class Packing:
    """Which pool serves each group, while it is being improved.

    Parameters
    ----------
    network
        Demands, pools, and the arcs over which a demand can be served whole. Only groups are packed.
    supply
        Numbers of each pool that groups may have.
    worth
        What serving each group is worth; its links by default.
    cost
        What serving its group over each arc costs, shape (e,); the distance of all its links by default.

    Attributes
    ----------
    size
        Links of each group.
    worth
        What serving each group is worth.
    at
        Arc over which each group is served, -1 for none.
    rest
        What each pool has left.
    served
        What is served is worth so much.
    """

    def __init__(
        self,
        network: Network,
        supply: IntArray,
        worth: Sequence[int] | None = None,
        cost: Sequence[int] | None = None,
    ) -> None:
        self.size: list[int] = network.demand[: network.groups].tolist()
        self.worth = list(worth) if worth is not None else self.size
        self._alike = self.worth == self.size
        self.supply: list[int] = supply.tolist()
        self.rest = list(self.supply)
        self.at = [_NOWHERE] * network.groups
        self.served = 0
        self._head: list[int] = network.head.tolist()
        self._cost: list[int] = (
            list(cost) if cost is not None else (network.cost_mm * network.demand[network.tail]).tolist()
        )
        self.arcs_of: list[list[int]] = [[] for _ in self.size]
        self.arcs_at: list[list[int]] = [[] for _ in self.supply]
        for arc, (demand, pool) in enumerate(zip(network.tail.tolist(), self._head, strict=True)):
            if demand < network.groups and self.size[demand] <= self.supply[pool]:
                self.arcs_of[demand].append(arc)
                self.arcs_at[pool].append(arc)
        self._group: list[int] = network.tail.tolist()
        self._journal: list[tuple[int, int]] = []

    # Moves, which can be taken back.

    def put(self, group: int, arc: int) -> None:
        """Serve a group over an arc, or over none (-1); the pool must have enough."""
        old = self.at[group]
        self._journal.append((group, old))
        self._move(group, old, arc)

    def _move(self, group: int, old: int, new: int) -> None:
        size, worth = self.size[group], self.worth[group]
        if old >= 0:
            self.rest[self._head[old]] += size
            self.served -= worth
        if new >= 0:
            self.rest[self._head[new]] -= size
            self.served += worth
        self.at[group] = new

    def keep(self) -> None:
        """Make all moves so far final."""
        self._journal.clear()

    def undo(self) -> None:
        """Take all moves back since `keep`."""
        while self._journal:
            group, old = self._journal.pop()
            self._move(group, self.at[group], old)

    # What a pool can do.

    def pool_of(self, group: int) -> int:
        """The pool that serves a group, -1 for none."""
        return self._head[self.at[group]] if self.at[group] >= 0 else _NOWHERE

    def refill(self, pool: int) -> None:
        """Fill what a pool has left with groups that go without; if that leaves a rest, choose all its groups anew."""
        if self.rest[pool]:
            waiting = [arc for arc in self.arcs_at[pool] if self.at[self._group[arc]] < 0]
            for place in self._filled(waiting, self.rest[pool]):
                self.put(self._group[waiting[place]], waiting[place])
        if self.rest[pool]:
            here = [arc for arc in self.arcs_at[pool] if self.at[self._group[arc]] in (arc, _NOWHERE)]
            chosen = {here[place] for place in self._filled(here, self.supply[pool])}
            now = sum(self.worth[self._group[arc]] for arc in here if self.at[self._group[arc]] == arc)
            if sum(self.worth[self._group[arc]] for arc in chosen) > now:
                self._choose(here, chosen)

    def _filled(self, arcs: Sequence[int], limit: int) -> list[int]:
        """Places of those of some arcs whose groups are worth the most and fit into a limit."""
        sizes = [self.size[self._group[arc]] for arc in arcs]
        if self._alike:
            return best_fill(sizes, limit)
        return most_worth(sizes, [self.worth[self._group[arc]] for arc in arcs], limit)

    def _greatest(self, arcs: Sequence[int], limit: int) -> int:
        """What the best of `_filled` is worth."""
        if self._alike:
            return greatest_sum([self.size[self._group[arc]] for arc in arcs], limit)
        return sum(self.worth[self._group[arcs[place]]] for place in self._filled(arcs, limit))

    def _choose(self, arcs: Sequence[int], chosen: set[int]) -> list[int]:
        """Serve exactly the chosen ones of a pool's arcs; returns the groups that lost it."""
        lost = [self._group[arc] for arc in arcs if self.at[self._group[arc]] == arc and arc not in chosen]
        for group in lost:
            self.put(group, _NOWHERE)
        for arc in arcs:
            if arc in chosen and self.at[self._group[arc]] != arc:
                self.put(self._group[arc], arc)
        return lost

    def reconsider(self, pool: int) -> None:
        """Choose a pool's groups anew from all that can reach it, those of other pools too.

        A group that another pool serves is worth what that pool could fill in its place; one that could go elsewhere
        is worth next to nothing here.
        """
        arcs, worths = [], []
        for arc in self.arcs_at[pool]:
            group = self._group[arc]
            size = self.size[group]
            if self.at[group] == _NOWHERE:
                worth = self.worth[group] * _LINK + 1
            elif self.at[group] == arc:
                worth = 2 if self._has_room_elsewhere(group, pool) else self.worth[group] * _LINK + 1
            else:
                worth = self._refillable(self._head[self.at[group]], size) * _LINK
            if worth:
                arcs.append(arc)
                worths.append(worth)
        chosen = most_worth([self.size[self._group[arc]] for arc in arcs], worths, self.supply[pool])
        picked = {arcs[place] for place in chosen}
        left = sorted({self._head[self.at[self._group[arc]]] for arc in picked if self.at[self._group[arc]] >= 0})
        self.insert(self._choose(self.arcs_at[pool], picked))
        for other in left:
            self.refill(other)
        self.refill(pool)

    def _has_room_elsewhere(self, group: int, pool: int) -> bool:
        size = self.size[group]
        return any(self._head[arc] != pool and self.rest[self._head[arc]] >= size for arc in self.arcs_of[group])

    def _refillable(self, pool: int, room: int) -> int:
        """How much more a pool would serve if it had so many numbers more."""
        waiting = [arc for arc in self.arcs_at[pool] if self.at[self._group[arc]] < 0]
        rest = self.rest[pool]
        now = self._greatest(waiting, rest) if rest else 0
        return self._greatest(waiting, rest + room) - now

    def insert(self, groups: Iterable[int]) -> None:
        """Serve groups where there is room, the largest first, each from the pool with the least rest that has it."""
        for group in sorted(groups, key=lambda group: (-self.size[group], group)):
            if self.at[group] < 0:
                room = [arc for arc in self.arcs_of[group] if self.rest[self._head[arc]] >= self.size[group]]
                if room:
                    self.put(group, min(room, key=lambda arc: (self.rest[self._head[arc]], arc)))

    # Searching.

    def fill(self) -> None:
        """Refill all pools, then reconsider those with a rest for as long as that serves more."""
        for pool in self._by_rest():
            self.refill(pool)
        self.keep()
        before = -1
        while self.served > before:
            before = self.served
            for pool in self._by_rest():
                if self.rest[pool] and self.arcs_at[pool]:
                    self._try(lambda pool=pool: self.reconsider(pool))  # type: ignore[misc]

    def _by_rest(self) -> list[int]:
        return sorted(range(len(self.rest)), key=lambda pool: (-self.rest[pool], pool))

    def kick(self, choice: int) -> None:
        """Force one group that goes without into a pool, and mend what that breaks; undone when fewer are served.

        Parameters
        ----------
        choice
            A whole number that chooses the group and the pool.
        """
        waiting = [group for group, arc in enumerate(self.at) if arc < 0 and self.arcs_of[group]]
        if not waiting:
            return
        choice, place = divmod(choice, len(waiting))
        group = waiting[place]
        arc = self.arcs_of[group][choice % len(self.arcs_of[group])]
        before, pool = self.served, self._head[arc]
        here = [other for other in self.arcs_at[pool] if self.at[self._group[other]] == other]
        stay = {here[place] for place in self._filled(here, self.supply[pool] - self.size[group])}
        out = self._choose(here, stay)
        self.put(group, arc)
        self.insert(out)
        for other in out:
            for around in self.arcs_of[other]:
                if self.at[other] < 0 and self.served <= before and self._head[around] != pool:
                    self.reconsider(self._head[around])
        if self.rest[pool]:
            self.reconsider(pool)
        if self.served < before:
            self.undo()
        self.keep()

    def _try(self, change: Callable[[], None]) -> None:
        """Make a change, unless it doesn't serve more."""
        before = self.served
        change()
        if self.served <= before:
            self.undo()
        self.keep()

    def shorten(self) -> None:
        """Bring groups closer without serving fewer: into nearer pools with room, or by changing places in pairs."""
        shorter = True
        while shorter:
            shorter = False
            for group in range(len(self.at)):
                for arc in self.arcs_of[group]:
                    if (
                        self.at[group] >= 0
                        and self._cost[arc] < self._cost[self.at[group]]
                        and self._nearer(group, arc)
                    ):
                        shorter = True
        self.keep()

    def _nearer(self, group: int, arc: int) -> bool:
        """Serve a group over a shorter arc if there is room, or if one group makes room and the two walk less."""
        old, size, pool = self.at[group], self.size[group], self._head[arc]
        if self.rest[pool] >= size:
            self.put(group, arc)
            return True
        saved = self._cost[old] - self._cost[arc]
        for there in self.arcs_at[pool]:
            other = self._group[there]
            if self.at[other] != there or self.rest[pool] + self.size[other] < size:
                continue
            back = next((one for one in self.arcs_of[other] if self._head[one] == self._head[old]), _NOWHERE)
            if back < 0 or self.rest[self._head[old]] + size < self.size[other]:
                continue
            if self._cost[back] - self._cost[there] < saved:
                self.put(other, _NOWHERE)
                self.put(group, arc)
                self.put(other, back)
                return True
        return False
