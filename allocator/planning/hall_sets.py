"""Why a group goes without: sets of groups that can't all be served, which anyone can check by counting.

Whatever the plan, the groups of a set can only take from the pools in their reach. When these have fewer numbers than
the groups have links, somebody of the set goes without. Where groups stay together less is needed to block: a pool is
only as good as the whole groups that fill it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from allocator.planning.network import Network
from allocator.planning.packing import greatest_sum
from allocator.planning.problem import IntArray, Problem

__all__ = ["Block", "Kind", "Repair", "blocks", "reached_pools", "repairs"]


class Kind(StrEnum):
    """Why the groups of a block can't all be served."""

    COUNT = "COUNT"
    """All area codes in their reach together have too few numbers."""
    SIZE = "SIZE"
    """No area code in reach has as many numbers as the group has links."""
    PACKING = "PACKING"
    """Whole groups don't fill the area codes in reach well enough."""
    UNPROVEN = "UNPROVEN"
    """No way was found to serve them all, and none is excluded."""


@dataclass(frozen=True, slots=True)
class Block:
    """A set of demands that can't all be served.

    Attributes
    ----------
    demand
        The one that goes without, and whose block this is.
    kind
        Why.
    demands
        All of the set, in the order of the document.
    pools
        The pools in their reach.
    needed
        Links of the set.
    available
        How many of them the pools can serve at most; for SIZE what the largest pool has.
    """

    demand: int
    kind: Kind
    demands: tuple[int, ...]
    pools: tuple[int, ...]
    needed: int
    available: int


@dataclass(frozen=True, slots=True)
class Repair:
    """What would serve a group that goes without, everything else staying as it is.

    Attributes
    ----------
    group
        The group.
    links
        Its links that go without.
    numbers, pool
        How many numbers to buy at least, and in which pool.
    widen_km, widen_pool
        The least radius at which a pool (the last of several, where the group may be split) has enough left, and that
        pool; None where there is none as far as distances were looked at.
    split
        How many of its links the pools in reach could serve if it were split; 0 where it is split already.
    """

    group: int
    links: int
    numbers: int
    pool: int
    widen_km: float | None
    widen_pool: int | None
    split: int


def blocks(network: Network, flow: IntArray, together: bool) -> Iterator[Block]:
    """A block for each demand of which links go without.

    Parameters
    ----------
    network, flow
        A network, and a best plan: links over each arc, shape (e,).
    together
        Whether each group is served from one pool.

    Yields
    ------
    Block
        By the order of the document. No demand but its own can be left out of one without its blocking no more, unless
        it is unproven.

    Notes
    -----
    The demands that can be reached from one that goes without, over pools and those whom they serve, block if any do.
    Of them as many are left out as can be, first many at once. O(arcs × log demands) for each block.
    """
    counting = _Counting(network.whole() if together else network, together)
    served = np.bincount(network.tail, weights=flow, minlength=len(network.demand)).astype(np.int64)
    users = _by(network.head[flow > 0], network.tail[flow > 0], len(network.supply))
    without = np.flatnonzero(served < network.demand)
    known: dict[int, Block] = {}
    reach = _by(network.tail, network.head, len(network.demand))
    for demand in without[np.argsort(network.turn[without], kind="stable")].tolist():
        alone = counting.alone(demand, reach[demand], [int(network.supply[pool]) for pool in reach[demand]])
        if alone is not None:
            yield alone
            continue
        block = counting.smallest(demand, users, network.turn, known.get(demand))
        for other in block.demands:
            if served[other] < network.demand[other]:
                known.setdefault(other, block)
        yield block


def reached_pools(network: Network, flow: IntArray) -> list[int]:
    """The pools in which one more number serves one link more, in a best plan of groups that may be split.

    Parameters
    ----------
    network, flow
        A network, and a best plan.

    Notes
    -----
    From the demands of which links go without over pools to those whom they serve, and on: O(arcs).
    """
    served = np.bincount(network.tail, weights=flow, minlength=len(network.demand)).astype(np.int64)
    users = _by(network.head[flow > 0], network.tail[flow > 0], len(network.supply))
    reach = _by(network.tail, network.head, len(network.demand))
    waiting = np.flatnonzero(served < network.demand).tolist()
    demands, pools = set(waiting), set[int]()
    for demand in waiting:
        for pool in reach[demand]:
            if pool not in pools:
                pools.add(pool)
                new = [user for user in users[pool] if user not in demands]
                demands.update(new)
                waiting.extend(new)
    return sorted(pools)


def _by(owner: IntArray, value: IntArray, owners: int) -> list[list[int]]:
    """The values of each owner."""
    order = np.argsort(owner, kind="stable")
    ends = np.cumsum(np.bincount(owner, minlength=owners))
    return [part.tolist() for part in np.split(value[order], ends[:-1])] if owners else []


class _Counting:
    """How many links of a set of demands can be served at most."""

    def __init__(self, network: Network, together: bool) -> None:
        self._size: list[int] = network.demand.tolist()
        self._supply: list[int] = network.supply.tolist()
        self._groups = network.groups
        self._together = together
        self._reach = _by(network.tail, network.head, len(network.demand))

    def alone(self, demand: int, reach: list[int], supply: list[int]) -> Block | None:
        """The block of a demand that can't be served even if nobody else is."""
        size = self._size[demand]
        pools = tuple(sorted(reach))
        if sum(supply) < size:
            return Block(demand, Kind.COUNT, (demand,), pools, size, sum(supply))
        if self._together and demand < self._groups and max(supply, default=0) < size:
            return Block(demand, Kind.SIZE, (demand,), pools, size, max(supply, default=0))
        return None

    def smallest(self, demand: int, users: list[list[int]], turn: IntArray, known: Block | None) -> Block:
        """A block of a demand from which no other can be left out; what blocks another may be known to begin with."""
        if known is not None and known.kind == Kind.UNPROVEN:
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
            return self._block(demand, Kind.UNPROVEN, found, turn)
        order = sorted(found - {demand}, key=lambda other: (-depth[other], -int(turn[other])))
        chunk = len(order)
        while chunk:
            before = len(found)
            for begin in range(0, len(order), chunk):
                fewer = found - set(order[begin : begin + chunk])
                if len(fewer) < len(found) and self._kind(fewer) is not None:
                    found = fewer
            order = [other for other in order if other in found]
            # One that was needed may not be needed any more when others are left out.
            if chunk > 1 or len(found) == before:
                chunk //= 2
        return self._block(demand, self._kind(found) or kind, found, turn)

    def _layers(self, demand: int, users: list[list[int]]) -> Iterator[list[int]]:
        """The demand, then those with which it competes for pools, then those with which these do, and so on."""
        seen, pools = {demand}, set[int]()
        layer = [demand]
        while layer:
            yield layer
            new = sorted({pool for other in layer for pool in self._reach[other]} - pools)
            pools.update(new)
            layer = sorted({user for pool in new for user in users[pool]} - seen)
            seen.update(layer)

    def _pools(self, demands: Iterable[int]) -> set[int]:
        return {pool for demand in demands for pool in self._reach[demand]}

    def _kind(self, demands: set[int]) -> Kind | None:
        """Why demands can't all be served; None where that is not known."""
        needed = sum(self._size[demand] for demand in demands)
        if needed > sum(self._supply[pool] for pool in self._pools(demands)):
            return Kind.COUNT
        if self._together and needed > self._usable(demands):
            return Kind.PACKING
        return None

    def _usable(self, demands: Iterable[int]) -> int:
        """How many links the pools can serve when each is filled with whole groups."""
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

    def _block(self, demand: int, kind: Kind, demands: set[int], turn: IntArray) -> Block:
        pools = self._pools(demands)
        available = self._usable(demands) if kind == Kind.PACKING else sum(self._supply[pool] for pool in pools)
        return Block(
            demand=demand,
            kind=kind,
            demands=tuple(sorted(demands, key=lambda other: int(turn[other]))),
            pools=tuple(sorted(pools)),
            needed=sum(self._size[other] for other in demands),
            available=available,
        )


def repairs(problem: Problem, network: Network, flow: IntArray, together: bool) -> Iterator[Repair]:
    """The cheapest repairs for each group of which links go without, in the order of the document.

    Parameters
    ----------
    problem, network, flow, together
        A problem, its network, a plan as links over each arc, and whether each group is served from one pool.
    """
    groups, candidates = problem.groups, problem.candidates
    served = np.bincount(network.tail, weights=flow, minlength=len(network.demand)).astype(np.int64)
    used = np.bincount(network.head, weights=flow, minlength=len(network.supply)).astype(np.int64)
    left = network.supply - used
    for group in groups.turn.tolist():
        missing = int(network.demand[group] - served[group])
        if not missing:
            continue
        rows = np.arange(candidates.start[groups.code[group]], candidates.start[groups.code[group] + 1])
        pool, km = candidates.pool[rows].astype(np.int64), candidates.km[rows]
        near = km <= groups.radius_km[group]
        if not near.any():
            continue
        there = left[pool[near]]
        numbers = np.maximum(missing - there, 0) if together else np.maximum(missing - there.sum(), 0) + 0 * there
        best = int(np.argmin(numbers))
        enough = left[pool] >= missing if together else np.cumsum(left[pool]) >= missing
        far = np.flatnonzero(enough & ~near)
        widen = int(far[0]) if len(far) else None
        yield Repair(
            group=group,
            links=missing,
            numbers=int(numbers[best]),
            pool=int(pool[near][best]),
            widen_km=None if widen is None else float(km[widen]),
            widen_pool=None if widen is None else int(pool[widen]),
            split=min(missing, int(there.sum())) if together else 0,
        )
