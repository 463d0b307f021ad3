"""The planning problem without its numbers: demands, pools, and the arcs over which one may be served from the other.

A demand is a group, or a class of BY AREA links. Its links are interchangeable, and so are the numbers of a pool, so
the best plan is sought here, where there are some thousand demands instead of a million links.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

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
    """

    demand: IntArray
    turn: IntArray
    supply: IntArray
    tail: IntArray
    head: IntArray
    cost_mm: IntArray
    candidate: IntArray
    groups: int

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
        groups, reach, callers = problem.groups, problem.reach, problem.callers
        supply = problem.pools.available
        sources = supply if for_sale is None else supply + for_sale
        tail, candidate = _candidates(reach.start[groups.code], reach.start[groups.code + 1])
        km = reach.km[candidate]
        usable = (km <= groups.radius_km[tail]) & (sources[reach.pool[candidate]] > 0)
        tail, candidate, km = tail[usable], candidate[usable], km[usable]
        waiting = np.bincount(callers.kind, minlength=len(callers.chain))
        chains = [
            [(pool, step) for step, pool in enumerate(chain) if sources[pool] > 0 and links]
            for chain, links in zip(callers.chain, waiting.tolist(), strict=True)
        ]
        class_tail = np.repeat(np.arange(len(chains)), [len(chain) for chain in chains]) + len(groups)
        arcs = np.array([arc for chain in chains for arc in chain], dtype=np.int64).reshape(-1, 2)
        first = [callers.position[callers.kind == kind].min(initial=problem.links) for kind in range(len(chains))]
        stand = np.concatenate((groups.members[groups.start[:-1]], np.array(first, dtype=np.int64)))
        turn = np.empty(len(stand), dtype=np.int64)
        turn[np.argsort(stand, kind="stable")] = np.arange(len(stand))
        size = np.concatenate((np.diff(groups.start), waiting))
        return cls(
            demand=frozen(size.astype(np.int64)),
            turn=frozen(turn),
            supply=frozen(supply.astype(np.int64)),
            tail=frozen(np.concatenate((tail, class_tail)).astype(np.int64)),
            head=frozen(np.concatenate((reach.pool[candidate].astype(np.int64), arcs[:, 0]))),
            cost_mm=frozen(np.concatenate((_millimetres(km), arcs[:, 1]))),
            candidate=frozen(np.concatenate((candidate, np.full(len(arcs), -1, dtype=np.int64)))),
            groups=len(groups),
        )

    def __len__(self) -> int:
        return len(self.tail)

    def whole(self) -> Network:
        """Without the arcs over which a group can't be served whole."""
        fits = (self.tail >= self.groups) | (self.demand[self.tail] <= self.supply[self.head])
        return self.part(np.flatnonzero(fits), self.supply)

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


def _candidates(low: IntArray, high: IntArray) -> tuple[IntArray, IntArray]:
    """Group and row of every candidate, group by group."""
    count = high - low
    tail = np.repeat(np.arange(len(low)), count)
    within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    return tail, np.repeat(low, count) + within


def _millimetres(km: FloatArray) -> IntArray:
    whole: IntArray = np.rint(km * MILLIMETRES).astype(np.int64)
    return whole
