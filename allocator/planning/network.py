"""The planning problem without its numbers: demands, pools, and the arcs over which one may be served from the other.

A demand is a group, or a class of BY AREA links. Its links are interchangeable, and so are the numbers of a pool, so
the best plan is sought here, where there are some thousand demands instead of a million links.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.planning.problem import FloatArray, IntArray, Problem, frozen

MILLIMETRES = 1_000_000
"""To a kilometre. Distances are compared in whole millimetres, so that sums are exact."""


@dataclass(frozen=True, slots=True)
class Network:
    """Demands, pools and arcs.

    Attributes
    ----------
    demand
        Links of each demand, shape (d,): the groups in their order, then the classes of BY AREA links.
    turn
        Place of each demand in the order of first links in the document, shape (d,).
    supply
        Available numbers of each pool, shape (p,).
    tail, head
        Demand and pool of each arc, shape (e,); the arcs of a demand stand together, in the order in which it would try
        its pools.
    cost_mm
        What serving one link over the arc costs, millimetres, shape (e,): a group's distance; for a class its place in
        the chain, so that the area code asked for comes first at a cost that no distance notices.
    candidate
        Row of the arc in `Reach`, shape (e,); -1 for classes.
    groups
        How many of the demands are groups.
    weight
        How much serving a link of each demand counts, shape (d,).
    held
        The pool that each demand's links have their numbers from now, shape (d,); -1 for none.
    """

    demand: IntArray
    turn: IntArray
    supply: IntArray
    tail: IntArray
    head: IntArray
    cost_mm: IntArray
    candidate: IntArray
    groups: int
    weight: IntArray
    held: IntArray

    @classmethod
    def of(cls, problem: Problem, for_sale: IntArray | None = None) -> Network:
        """The network of a problem: only pools that have or could have numbers, and only within each group's radius.

        Parameters
        ----------
        problem
            The problem.
        for_sale
            How many numbers of each pool can be bought, shape (p,); none by default.
        """
        groups, candidates, area_requests = problem.groups, problem.candidates, problem.area_requests
        supply = problem.pools.available
        sources = supply if for_sale is None else supply + for_sale
        tail, candidate = _candidates(candidates.start[groups.code], candidates.start[groups.code + 1])
        km = candidates.km[candidate]
        usable = (km <= groups.radius_km[tail]) & (sources[candidates.pool[candidate]] > 0)
        tail, candidate, km = tail[usable], candidate[usable], km[usable]
        waiting = np.bincount(area_requests.kind, minlength=len(area_requests.chain))
        chains = [
            [(pool, step) for step, pool in enumerate(chain) if sources[pool] > 0 and links]
            for chain, links in zip(area_requests.chain, waiting.tolist(), strict=True)
        ]
        class_tail = np.repeat(np.arange(len(chains)), [len(chain) for chain in chains]) + len(groups)
        arcs = np.array([arc for chain in chains for arc in chain], dtype=np.int64).reshape(-1, 2)
        first = [
            area_requests.position[area_requests.kind == kind].min(initial=problem.links) for kind in range(len(chains))
        ]
        stand = np.concatenate((groups.members[groups.start[:-1]], np.array(first, dtype=np.int64)))
        turn = np.empty(len(stand), dtype=np.int64)
        turn[np.argsort(stand, kind="stable")] = np.arange(len(stand))
        size = np.concatenate((np.diff(groups.start), waiting))
        return cls(
            demand=frozen(size.astype(np.int64)),
            turn=frozen(turn),
            supply=frozen(supply.astype(np.int64)),
            tail=frozen(np.concatenate((tail, class_tail)).astype(np.int64)),
            head=frozen(np.concatenate((candidates.pool[candidate].astype(np.int64), arcs[:, 0]))),
            cost_mm=frozen(np.concatenate((_millimetres(km), arcs[:, 1]))),
            candidate=frozen(np.concatenate((candidate, np.full(len(arcs), -1, dtype=np.int64)))),
            groups=len(groups),
            weight=frozen(np.ones(len(size), dtype=np.int64)),
            held=frozen(np.full(len(size), -1, dtype=np.int64)),
        )

    def __len__(self) -> int:
        return len(self.tail)

    @property
    def plain(self) -> bool:
        """Whether all links count alike and none has a number to keep."""
        return bool((self.weight == 1).all() and (self.held < 0).all())

    @property
    def moves(self) -> IntArray:
        """Whether a link that is served over an arc loses the number that it has, 0 or 1, shape (e,)."""
        held = self.held[self.tail]
        moves: IntArray = ((held >= 0) & (held != self.head)).astype(np.int64)
        return moves

    def within(self, mm: int) -> Network:
        """Without the arcs over which a group would go farther than so many millimetres."""
        near = (self.tail >= self.groups) | (self.cost_mm <= mm)
        return self.part(np.flatnonzero(near), self.supply)

    def can_be_whole(self, for_sale: IntArray | None = None) -> NDArray[np.bool_]:
        """Whether each arc can serve a group whole, with what is for sale, or leads from BY AREA links, shape (e,)."""
        sources = self.supply if for_sale is None else self.supply + for_sale
        fits: NDArray[np.bool_] = (self.tail >= self.groups) | (self.demand[self.tail] <= sources[self.head])
        return fits

    def whole(self) -> Network:
        """Without the arcs over which a group can't be served whole."""
        return self.part(np.flatnonzero(self.can_be_whole()), self.supply)

    def whole_with(self, for_sale: IntArray) -> Network:
        """Without the arcs over which a group can't be served whole, even with all that is for sale."""
        return self.part(np.flatnonzero(self.can_be_whole(for_sale)), self.supply)

    def part(self, arcs: IntArray, supply: IntArray) -> Network:
        """The same demands, with some of the arcs and another supply.

        Parameters
        ----------
        arcs
            Rows of the arcs that stay, ascending.
        supply
            Numbers of each pool.
        """
        return replace(
            self,
            supply=frozen(supply),
            tail=frozen(self.tail[arcs]),
            head=frozen(self.head[arcs]),
            cost_mm=frozen(self.cost_mm[arcs]),
            candidate=frozen(self.candidate[arcs]),
        )


def arcs_used(problem: Problem, network: Network, number: IntArray, pool: IntArray | None = None) -> IntArray:
    """The arc over which each link is served, shape (links,): -1 for none, -2 where the network has no such arc.

    Parameters
    ----------
    problem, network
        A problem and its network.
    number
        The number of each link, 0 for none.
    pool
        The pools of these numbers, as `rows_of` tells them, where they are known.
    """
    over = np.full(problem.links, -1, dtype=np.int64)
    served = np.flatnonzero(number)
    demand = _demand_of_links(problem, network)[served]
    if pool is None:
        _, pool = rows_of(problem, number)
    pools = len(network.supply)
    key = network.tail * pools + network.head
    order = np.argsort(key, kind="stable")
    over[served] = _found(key[order], demand * pools + pool, order, missing=-2)
    over[served[(demand < 0) | (pool < 0)]] = -2
    return over


def rows_of(problem: Problem, number: IntArray) -> tuple[IntArray, IntArray]:
    """Row in the stock, and pool, of each number that is given; -1 for what no pool has.

    Parameters
    ----------
    problem
        A problem.
    number
        The number of each link, 0 for none; only the others are looked for.
    """
    order = np.argsort(problem.pools.number, kind="stable")
    # Looked for in their order, which keeps to the memory nearby: several times as fast for a million.
    wanted = number[number != 0]
    ascending = np.argsort(wanted, kind="stable")
    row = np.empty(len(wanted), dtype=np.int64)
    row[ascending] = _found(problem.pools.number[order], wanted[ascending], order, missing=-1)
    pool_of_row = np.repeat(np.arange(len(problem.pools.start) - 1), problem.pools.available)
    return row, np.where(row >= 0, np.append(pool_of_row, -1)[row], -1)


def _demand_of_links(problem: Problem, network: Network) -> IntArray:
    demand = np.full(problem.links, -1, dtype=np.int64)
    groups, area_requests = problem.groups, problem.area_requests
    demand[groups.members] = np.repeat(np.arange(len(groups)), np.diff(groups.start))
    demand[area_requests.position] = network.groups + area_requests.kind
    return demand


def _found(values: IntArray, wanted: IntArray, rows: IntArray, missing: int) -> IntArray:
    """The row of each wanted value among ascending ones."""
    if not len(values):
        return np.full(len(wanted), missing, dtype=np.int64)
    place = np.minimum(np.searchsorted(values, wanted), len(values) - 1)
    return np.where(values[place] == wanted, rows[place], missing)


def _candidates(low: IntArray, high: IntArray) -> tuple[IntArray, IntArray]:
    """Group and row of every candidate, group by group."""
    count = high - low
    tail = np.repeat(np.arange(len(low)), count)
    within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    return tail, np.repeat(low, count) + within


def _millimetres(km: FloatArray) -> IntArray:
    whole: IntArray = np.rint(km * MILLIMETRES).astype(np.int64)
    return whole
