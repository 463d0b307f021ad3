"""Groups in pools, each whole or not at all: a multiple knapsack, improved by exact knapsacks one pool at a time.

The links of a group can't be parted, so what counts is how well each pool is filled. The search is in whole numbers, in
an order that the input sets, so that it always ends at the same packing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from allocator.planning.arrays import IntArray
from allocator.planning.knapsack import best_fill, greatest_sum, most_worth
from allocator.planning.network import Network

_NOWHERE = -1
# What a group is worth in `Packing.reconsider`: its links first, then that it is served from where it is asked for.
_LINK = 1000


class Packing:
    """The pool that serves each group, while the search improves it.

    Parameters
    ----------
    network
        Demands, pools, and the arcs over which a demand can be served whole. Only groups are packed.
    supply
        Numbers of each pool that groups may have, shape (p,).
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
    arc_of
        Arc over which each group is served, -1 for none.
    left
        What each pool has left.
    served
        The worth of all groups that are served.
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
        self.left = list(self.supply)
        self.arc_of = [_NOWHERE] * network.groups
        self.served = 0
        self._head: list[int] = network.head.tolist()
        self._cost: list[int] = (
            list(cost) if cost is not None else (network.cost_mm * network.demand[network.tail]).tolist()
        )
        self._arcs_from: list[list[int]] = [[] for _ in self.size]
        self._arcs_to: list[list[int]] = [[] for _ in self.supply]
        for arc, (demand, pool) in enumerate(zip(network.tail.tolist(), self._head, strict=True)):
            if demand < network.groups and self.size[demand] <= self.supply[pool]:
                self._arcs_from[demand].append(arc)
                self._arcs_to[pool].append(arc)
        self._group: list[int] = network.tail.tolist()
        self._journal: list[tuple[int, int]] = []

    # Moves, which can be undone.

    def put(self, group: int, arc: int) -> None:
        """Serve a group over an arc, or over none (-1); the pool must have enough."""
        old = self.arc_of[group]
        self._journal.append((group, old))
        self._move(group, old, arc)

    def _move(self, group: int, old: int, new: int) -> None:
        size, worth = self.size[group], self.worth[group]
        if old >= 0:
            self.left[self._head[old]] += size
            self.served -= worth
        if new >= 0:
            self.left[self._head[new]] -= size
            self.served += worth
        self.arc_of[group] = new

    def keep(self) -> None:
        """Make all moves so far final."""
        self._journal.clear()

    def undo(self) -> None:
        """Undo all moves since `keep`."""
        while self._journal:
            group, old = self._journal.pop()
            self._move(group, self.arc_of[group], old)

    # Filling one pool.

    def refill(self, pool: int) -> None:
        """Fill what a pool has left with unserved groups; if that leaves numbers over, choose all its groups anew."""
        if self.left[pool]:
            waiting = [arc for arc in self._arcs_to[pool] if self.arc_of[self._group[arc]] < 0]
            for place in self._filled(waiting, self.left[pool]):
                self.put(self._group[waiting[place]], waiting[place])
        if self.left[pool]:
            here = [arc for arc in self._arcs_to[pool] if self.arc_of[self._group[arc]] in (arc, _NOWHERE)]
            chosen = {here[place] for place in self._filled(here, self.supply[pool])}
            now = sum(self.worth[self._group[arc]] for arc in here if self.arc_of[self._group[arc]] == arc)
            if sum(self.worth[self._group[arc]] for arc in chosen) > now:
                self._choose(here, chosen)

    def _filled(self, arcs: Sequence[int], limit: int) -> list[int]:
        """Choose the arcs whose groups fit into a limit and are worth the most; returns their places."""
        sizes = [self.size[self._group[arc]] for arc in arcs]
        if self._alike:
            return best_fill(sizes, limit)
        return most_worth(sizes, [self.worth[self._group[arc]] for arc in arcs], limit)

    def _greatest(self, arcs: Sequence[int], limit: int) -> int:
        """The worth of the groups that `_filled` chooses."""
        if self._alike:
            return greatest_sum([self.size[self._group[arc]] for arc in arcs], limit)
        return sum(self.worth[self._group[arcs[place]]] for place in self._filled(arcs, limit))

    def _choose(self, arcs: Sequence[int], chosen: set[int]) -> list[int]:
        """Serve exactly the chosen ones of a pool's arcs; returns the groups that lost it."""
        lost = [self._group[arc] for arc in arcs if self.arc_of[self._group[arc]] == arc and arc not in chosen]
        for group in lost:
            self.put(group, _NOWHERE)
        for arc in arcs:
            if arc in chosen and self.arc_of[self._group[arc]] != arc:
                self.put(self._group[arc], arc)
        return lost

    def reconsider(self, pool: int) -> None:
        """Choose a pool's groups anew from all that can reach it, those of other pools included.

        A group that another pool serves is worth what that pool could fill in its place. A group that could be served
        elsewhere is worth next to nothing here.
        """
        arcs, worths = [], []
        for arc in self._arcs_to[pool]:
            group = self._group[arc]
            size = self.size[group]
            if self.arc_of[group] == _NOWHERE:
                worth = self.worth[group] * _LINK + 1
            elif self.arc_of[group] == arc:
                worth = 2 if self._has_room_elsewhere(group, pool) else self.worth[group] * _LINK + 1
            else:
                worth = self._refillable(self._head[self.arc_of[group]], size) * _LINK
            if worth:
                arcs.append(arc)
                worths.append(worth)
        chosen = most_worth([self.size[self._group[arc]] for arc in arcs], worths, self.supply[pool])
        picked = {arcs[place] for place in chosen}
        now = [self.arc_of[self._group[arc]] for arc in picked]
        robbed = sorted({self._head[arc] for arc in now if arc >= 0})
        self.insert(self._choose(self._arcs_to[pool], picked))
        for other in robbed:
            self.refill(other)
        self.refill(pool)

    def _has_room_elsewhere(self, group: int, pool: int) -> bool:
        size = self.size[group]
        return any(self._head[arc] != pool and self.left[self._head[arc]] >= size for arc in self._arcs_from[group])

    def _refillable(self, pool: int, room: int) -> int:
        """How much more a pool would serve if it had `room` numbers more."""
        waiting = [arc for arc in self._arcs_to[pool] if self.arc_of[self._group[arc]] < 0]
        left = self.left[pool]
        now = self._greatest(waiting, left) if left else 0
        return self._greatest(waiting, left + room) - now

    def insert(self, groups: Iterable[int]) -> None:
        """Serve groups where there is room, the largest first, each from the pool with the least left that has it."""
        for group in sorted(groups, key=lambda group: (-self.size[group], group)):
            if self.arc_of[group] < 0:
                room = [arc for arc in self._arcs_from[group] if self.left[self._head[arc]] >= self.size[group]]
                if room:
                    self.put(group, min(room, key=lambda arc: (self.left[self._head[arc]], arc)))

    # The search.

    def fill(self) -> None:
        """Refill all pools, then reconsider those with numbers left for as long as that serves more."""
        for pool in self._by_left():
            self.refill(pool)
        self.keep()
        before = -1
        while self.served > before:
            before = self.served
            for pool in self._by_left():
                if self.left[pool] and self._arcs_to[pool]:
                    self._try(lambda pool=pool: self.reconsider(pool))  # type: ignore[misc]

    def _by_left(self) -> list[int]:
        """The pools, those with the most numbers left first."""
        return sorted(range(len(self.left)), key=lambda pool: (-self.left[pool], pool))

    def perturb(self, choice: int) -> None:
        """Force one unserved group into a pool, and mend what that breaks; undone if less is served in the end.

        Parameters
        ----------
        choice
            A whole number that chooses the group and the pool.
        """
        waiting = [group for group, arc in enumerate(self.arc_of) if arc < 0 and self._arcs_from[group]]
        if not waiting:
            return
        choice, place = divmod(choice, len(waiting))
        group = waiting[place]
        arc = self._arcs_from[group][choice % len(self._arcs_from[group])]
        before, pool = self.served, self._head[arc]
        here = [other for other in self._arcs_to[pool] if self.arc_of[self._group[other]] == other]
        stay = {here[place] for place in self._filled(here, self.supply[pool] - self.size[group])}
        out = self._choose(here, stay)
        self.put(group, arc)
        self.insert(out)
        for other in out:
            for around in self._arcs_from[other]:
                if self.arc_of[other] < 0 and self.served <= before and self._head[around] != pool:
                    self.reconsider(self._head[around])
        if self.left[pool]:
            self.reconsider(pool)
        if self.served < before:
            self.undo()
        self.keep()

    def _try(self, change: Callable[[], None]) -> None:
        """Make a change, and undo it unless it serves more."""
        before = self.served
        change()
        if self.served <= before:
            self.undo()
        self.keep()

    def shorten(self) -> None:
        """Bring groups closer without serving less: into nearer pools with room, or by exchanging two groups."""
        shorter = True
        while shorter:
            shorter = False
            for group in range(len(self.arc_of)):
                for arc in self._arcs_from[group]:
                    now = self.arc_of[group]
                    if now >= 0 and self._cost[arc] < self._cost[now] and self._moved_nearer(group, arc):
                        shorter = True
        self.keep()

    def _moved_nearer(self, group: int, arc: int) -> bool:
        """Serve a group over a shorter arc if there is room, or if one group makes room and the two save distance."""
        old, size, pool = self.arc_of[group], self.size[group], self._head[arc]
        if self.left[pool] >= size:
            self.put(group, arc)
            return True
        saved = self._cost[old] - self._cost[arc]
        for there in self._arcs_to[pool]:
            other = self._group[there]
            if self.arc_of[other] != there or self.left[pool] + self.size[other] < size:
                continue
            back = next((one for one in self._arcs_from[other] if self._head[one] == self._head[old]), _NOWHERE)
            if back < 0 or self.left[self._head[old]] + size < self.size[other]:
                continue
            if self._cost[back] - self._cost[there] < saved:
                self.put(other, _NOWHERE)
                self.put(group, arc)
                self.put(other, back)
                return True
        return False
