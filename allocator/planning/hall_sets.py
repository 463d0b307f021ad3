"""Why a demand gets too few numbers: deficient sets, which cannot all be served, as anyone can check by counting.

By Hall's theorem all demands can be served unless some set of them has more links than the pools in its reach have
numbers. Such a set is deficient, and some of its links get no number whatever the plan. Where groups stay together,
smaller sets can be deficient, as whole groups may not fill a pool.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from allocator.planning.arrays import IntArray, split_by
from allocator.planning.knapsack import greatest_sum
from allocator.planning.network import Network


class DeficitKind(StrEnum):
    """Why the demands of a set can't all be served."""

    COUNT = "COUNT"
    """All area codes in their reach together have too few numbers."""
    SIZE = "SIZE"
    """No area code in reach has as many numbers as the group has links."""
    PACKING = "PACKING"
    """Whole groups don't fill the area codes in reach well enough."""
    UNPROVEN = "UNPROVEN"
    """No way was found to serve them all, and none is excluded."""


@dataclass(frozen=True, slots=True)
class DeficientSet:
    """A set of demands that can't all be served.

    Attributes
    ----------
    demand
        The demand that is short of numbers, and that the set was found for.
    kind
        Why they can't.
    demands
        All demands of the set, in the order of the document.
    pools
        The pools in their reach.
    needed
        Links of the set.
    available
        The most of them that the pools can serve; for SIZE what the largest pool has.
    """

    demand: int
    kind: DeficitKind
    demands: tuple[int, ...]
    pools: tuple[int, ...]
    needed: int
    available: int


def deficient_sets(network: Network, flow: IntArray, together: bool) -> Iterator[DeficientSet]:
    """Find a deficient set for each demand that is short of numbers.

    Parameters
    ----------
    network, flow
        A network, and a best plan: links over each arc, shape (e,).
    together
        Whether each group is served from one pool.

    Yields
    ------
    DeficientSet
        In the order of the document. Each is minimal: leave out any demand but its own, and the rest is not deficient.
        UNPROVEN ones are not minimised.

    Notes
    -----
    If any set is deficient, the demands that a short one reaches over pools and the demands they serve are. As many as
    possible of these are left out again, at first many at once. O(arcs × log demands) for each set.
    """
    search = _DeficitSearch(network.whole() if together else network, together)
    short = network.served(flow) < network.demand
    users = _users(network, flow)
    reach = _lists_by(network.tail, network.head, len(network.demand))
    known: dict[int, DeficientSet] = {}
    waiting = np.flatnonzero(short)
    for demand in waiting[np.argsort(network.turn[waiting], kind="stable")].tolist():
        alone = search.alone(demand, reach[demand], [int(network.supply[pool]) for pool in reach[demand]])
        if alone is not None:
            yield alone
            continue
        found = search.smallest(demand, users, network.turn, known.get(demand))
        for other in found.demands:
            if short[other]:
                known.setdefault(other, found)
        yield found


def binding_pools(network: Network, flow: IntArray) -> list[int]:
    """The pools in which one more number serves one link more, in a best plan of groups that may be split.

    Parameters
    ----------
    network, flow
        A network, and a best plan.

    Notes
    -----
    From the demands that are short over pools to the demands they serve, and on: O(arcs).
    """
    users = _users(network, flow)
    reach = _lists_by(network.tail, network.head, len(network.demand))
    waiting = np.flatnonzero(network.served(flow) < network.demand).tolist()
    demands, pools = set(waiting), set[int]()
    for demand in waiting:
        for pool in reach[demand]:
            if pool not in pools:
                pools.add(pool)
                new = [user for user in users[pool] if user not in demands]
                demands.update(new)
                waiting.extend(new)
    return sorted(pools)


def _users(network: Network, flow: IntArray) -> list[list[int]]:
    """The demands that each pool serves."""
    return _lists_by(network.head[flow > 0], network.tail[flow > 0], len(network.supply))


def _lists_by(owner: IntArray, value: IntArray, owners: int) -> list[list[int]]:
    return [part.tolist() for part in split_by(owner, owners, value)]


class _DeficitSearch:
    """Finds deficient sets, by the most links of a set of demands that can be served."""

    def __init__(self, network: Network, together: bool) -> None:
        self._size: list[int] = network.demand.tolist()
        self._supply: list[int] = network.supply.tolist()
        self._groups = network.groups
        self._together = together
        self._reach = _lists_by(network.tail, network.head, len(network.demand))

    def alone(self, demand: int, reach: list[int], supply: list[int]) -> DeficientSet | None:
        """The set of a demand that can't be served even if no other demand is."""
        size, pools = self._size[demand], tuple(sorted(reach))
        if sum(supply) < size:
            return DeficientSet(demand, DeficitKind.COUNT, (demand,), pools, size, sum(supply))
        if self._together and demand < self._groups and max(supply, default=0) < size:
            return DeficientSet(demand, DeficitKind.SIZE, (demand,), pools, size, max(supply, default=0))
        return None

    def smallest(self, demand: int, users: list[list[int]], turn: IntArray, known: DeficientSet | None) -> DeficientSet:
        """A minimal deficient set of a demand, found within the set of another one where that is known."""
        if known is not None and known.kind == DeficitKind.UNPROVEN:
            return replace(known, demand=demand)
        layers = list(self._layers(demand, users)) if known is None else [list(known.demands)]
        depth = {other: level for level, layer in enumerate(layers) for other in layer}
        found: set[int] = set()
        kind = None
        for layer in layers:
            found |= set(layer)
            kind = self._kind(found)
            if kind is not None:
                break
        if kind is None:
            return self._described(demand, DeficitKind.UNPROVEN, found, turn)
        order = sorted(found - {demand}, key=lambda other: (-depth[other], -int(turn[other])))
        chunk = len(order)
        while chunk:
            before = len(found)
            for begin in range(0, len(order), chunk):
                fewer = found - set(order[begin : begin + chunk])
                if len(fewer) < len(found) and self._kind(fewer) is not None:
                    found = fewer
            order = [other for other in order if other in found]
            # A demand that was needed may be superfluous once others are left out.
            if chunk > 1 or len(found) == before:
                chunk //= 2
        return self._described(demand, self._kind(found) or kind, found, turn)

    def _layers(self, demand: int, users: list[list[int]]) -> Iterator[list[int]]:
        """The demand, then those with which it competes for pools, then those with which these do, and so on."""
        seen, pools = {demand}, set[int]()
        layer = [demand]
        while layer:
            yield layer
            new = sorted(self._pools(layer) - pools)
            pools.update(new)
            layer = sorted({user for pool in new for user in users[pool]} - seen)
            seen.update(layer)

    def _pools(self, demands: Iterable[int]) -> set[int]:
        return {pool for demand in demands for pool in self._reach[demand]}

    def _kind(self, demands: set[int]) -> DeficitKind | None:
        """Why demands can't all be served; None where that is not known."""
        needed = sum(self._size[demand] for demand in demands)
        if needed > sum(self._supply[pool] for pool in self._pools(demands)):
            return DeficitKind.COUNT
        if self._together and needed > self._usable(demands):
            return DeficitKind.PACKING
        return None

    def _usable(self, demands: Iterable[int]) -> int:
        """The most links that the pools can serve when each is filled with whole groups."""
        sizes: dict[int, list[int]] = {}
        singles: dict[int, int] = {}
        for demand in sorted(demands):
            for pool in self._reach[demand]:
                if demand < self._groups:
                    sizes.setdefault(pool, []).append(self._size[demand])
                else:
                    singles[pool] = singles.get(pool, 0) + self._size[demand]
        return sum(
            min(self._supply[pool], greatest_sum(sizes.get(pool, ()), self._supply[pool]) + singles.get(pool, 0))
            for pool in sizes.keys() | singles.keys()
        )

    def _described(self, demand: int, kind: DeficitKind, demands: set[int], turn: IntArray) -> DeficientSet:
        pools = self._pools(demands)
        return DeficientSet(
            demand=demand,
            kind=kind,
            demands=tuple(sorted(demands, key=lambda other: int(turn[other]))),
            pools=tuple(sorted(pools)),
            needed=sum(self._size[other] for other in demands),
            available=self._usable(demands)
            if kind == DeficitKind.PACKING
            else sum(self._supply[pool] for pool in pools),
        )
