"""The planning problem without its numbers: demands, pools, and the arcs over which a pool can serve a demand.

A demand is a group, or a class of BY AREA links. The links of a demand are interchangeable, and so are the numbers of a
pool. So the best plan is sought here, among some thousand demands instead of a million links.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.planning.arrays import IntArray, count_within, frozen, sum_by
from allocator.planning.problem import Problem

MILLIMETRES = 1_000_000
"""Millimetres in a kilometre. Distances are compared in whole millimetres, so that sums are exact."""


@dataclass(frozen=True, slots=True)
class Network:
    """Demands, pools and arcs. All arrays are int64.

    Attributes
    ----------
    demand
        Links of each demand, shape (d,): the groups in their order, then the classes of BY AREA links.
    turn
        Place of each demand in the order of first links in the document, shape (d,).
    supply
        Available numbers of each pool, shape (p,).
    tail, head
        Demand and pool of each arc, shape (e,). The arcs of a demand follow each other, in the order in which the rule
        would try its pools.
    cost_mm
        What serving one link over the arc costs, millimetres, shape (e,): a group's distance; for a class its place in
        the chain, so that the area code asked for comes first at a cost too small to matter beside any distance.
    candidate
        Row of the arc in `Candidates`, shape (e,); -1 for classes.
    groups
        The number of demands that are groups.
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
            Numbers of each pool that can be bought, shape (p,); none by default.
        """
        groups, candidates, area_requests = problem.groups, problem.candidates, problem.area_requests
        supply = problem.pools.available
        sources = supply if for_sale is None else supply + for_sale
        low, count = candidates.start[groups.code], candidates.start[groups.code + 1] - candidates.start[groups.code]
        tail, candidate = np.repeat(np.arange(len(groups)), count), np.repeat(low, count) + count_within(count)
        km = candidates.km[candidate]
        usable = (km <= groups.radius_km[tail]) & (sources[candidates.pool[candidate]] > 0)
        tail, candidate, km = tail[usable], candidate[usable], km[usable]
        links = area_requests.by_class()
        chains = [
            [(pool, step) for step, pool in enumerate(chain) if sources[pool] > 0 and len(waiting)]
            for chain, waiting in zip(area_requests.chain, links, strict=True)
        ]
        class_tail = np.repeat(np.arange(len(chains)), [len(chain) for chain in chains]) + len(groups)
        arcs = np.array([arc for chain in chains for arc in chain], dtype=np.int64).reshape(-1, 2)
        class_first = [int(waiting[0]) if len(waiting) else problem.links for waiting in links]
        first = np.concatenate((groups.first, np.array(class_first, dtype=np.int64)))
        turn = np.empty(len(first), dtype=np.int64)
        turn[np.argsort(first, kind="stable")] = np.arange(len(first))
        size = np.concatenate((groups.size, np.array([len(waiting) for waiting in links], dtype=np.int64)))
        return cls(
            demand=frozen(size.astype(np.int64)),
            turn=frozen(turn),
            supply=frozen(supply.astype(np.int64)),
            tail=frozen(np.concatenate((tail, class_tail)).astype(np.int64)),
            head=frozen(np.concatenate((candidates.pool[candidate].astype(np.int64), arcs[:, 0]))),
            cost_mm=frozen(np.concatenate((np.rint(km * MILLIMETRES).astype(np.int64), arcs[:, 1]))),
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
    def of_group(self) -> NDArray[np.bool_]:
        """Whether each arc serves a group, shape (e,)."""
        return self.tail < self.groups

    @property
    def moves(self) -> IntArray:
        """Whether a link that is served over an arc loses the number that it has, 0 or 1, shape (e,)."""
        held = self.held[self.tail]
        return np.where((held >= 0) & (held != self.head), 1, 0)

    @property
    def link_worth(self) -> int:
        """More than the distances of all links together can be: worth one link, it outweighs any saving of distance."""
        return int(self.cost_mm.max(initial=0)) * int(self.demand.sum()) + 1

    def served(self, flow: IntArray) -> IntArray:
        """Links of each demand that a flow (links over each arc, shape (e,)) serves, shape (d,)."""
        return sum_by(self.tail, len(self.demand), flow)

    def used(self, flow: IntArray) -> IntArray:
        """Numbers of each pool that a flow uses, shape (p,)."""
        return sum_by(self.head, len(self.supply), flow)

    def whole_flow(self, arc_of: list[int]) -> IntArray:
        """Links over each arc, shape (e,), where each group is served whole over its arc; -1 for none."""
        flow = np.zeros(len(self), dtype=np.int64)
        arcs = np.array([arc for arc in arc_of if arc >= 0], dtype=np.int64)
        flow[arcs] = self.demand[self.tail[arcs]]
        return flow

    def within(self, mm: int) -> Network:
        """The network without the arcs over which a group would go farther than a distance, millimetres."""
        return self.part(np.flatnonzero(~self.of_group | (self.cost_mm <= mm)), self.supply)

    def fits(self, for_sale: IntArray | None = None) -> NDArray[np.bool_]:
        """Whether each arc's pool, with what is for sale, has enough for the whole group, shape (e,).

        Arcs of BY AREA links always fit, as these links are served one by one.
        """
        sources = self.supply if for_sale is None else self.supply + for_sale
        return ~self.of_group | (self.demand[self.tail] <= sources[self.head])

    def whole(self, for_sale: IntArray | None = None) -> Network:
        """The network without the arcs over which a group can't be served whole, even with all that is for sale."""
        return self.part(np.flatnonzero(self.fits(for_sale)), self.supply)

    def part(self, arcs: IntArray, supply: IntArray) -> Network:
        """The same demands, with some of the arcs and another supply.

        Parameters
        ----------
        arcs
            Rows of the arcs that stay, ascending.
        supply
            Numbers of each pool, shape (p,).
        """
        return replace(
            self,
            supply=frozen(supply),
            tail=frozen(self.tail[arcs]),
            head=frozen(self.head[arcs]),
            cost_mm=frozen(self.cost_mm[arcs]),
            candidate=frozen(self.candidate[arcs]),
        )


def flow_of(problem: Problem, network: Network, number: IntArray) -> IntArray:
    """Links over each arc, shape (e,), where links have these numbers, shape (links,); 0 for none."""
    over = arcs_used(problem, network, number)
    return np.bincount(over[over >= 0], minlength=len(network))


def arcs_used(problem: Problem, network: Network, number: IntArray, pool: IntArray | None = None) -> IntArray:
    """Find the arc over which each link is served.

    Parameters
    ----------
    problem, network
        A problem and its network.
    number
        The number of each link, shape (links,); 0 for none.
    pool
        The pools of the numbers given, as `rows_of` finds them, where they are known.

    Returns
    -------
    array of int64, shape (links,)
        -1 for a link without a number, -2 where the network has no such arc.
    """
    over = np.full(problem.links, -1, dtype=np.int64)
    served = np.flatnonzero(number)
    demand = demand_of_links(problem, network)[served]
    if pool is None:
        _, pool = rows_of(problem, number)
    pools = len(network.supply)
    key = network.tail * pools + network.head
    order = np.argsort(key, kind="stable")
    over[served] = _find(key[order], demand * pools + pool, order, missing=-2)
    over[served[(demand < 0) | (pool < 0)]] = -2
    return over


def rows_of(problem: Problem, number: IntArray) -> tuple[IntArray, IntArray]:
    """Find the numbers that links have in the stock.

    Parameters
    ----------
    problem
        A problem.
    number
        The number of each link, shape (links,); 0 for none.

    Returns
    -------
    tuple
        Row in `Pools.number`, and pool, of each number other than 0; -1 for a number that is in no pool.
    """
    order = np.argsort(problem.pools.number, kind="stable")
    # In ascending order, as neighbours lie near each other in memory: several times as fast for a million.
    wanted = number[number != 0]
    ascending = np.argsort(wanted, kind="stable")
    row = np.empty(len(wanted), dtype=np.int64)
    row[ascending] = _find(problem.pools.number[order], wanted[ascending], order, missing=-1)
    pool_of_row = np.repeat(np.arange(len(problem.pools.start) - 1), problem.pools.available)
    return row, np.where(row >= 0, np.append(pool_of_row, -1)[row], -1)


def demand_of_links(problem: Problem, network: Network) -> IntArray:
    """The demand of each link, shape (links,); -1 for a link of another method than BY POSTCODE and BY AREA."""
    demand = np.full(problem.links, -1, dtype=np.int64)
    demand[problem.groups.members] = problem.groups.of_member
    demand[problem.area_requests.position] = network.groups + problem.area_requests.kind
    return demand


def _find(values: IntArray, wanted: IntArray, rows: IntArray, missing: int) -> IntArray:
    """The row of each wanted value among ascending ones."""
    if not len(values):
        return np.full(len(wanted), missing, dtype=np.int64)
    place = np.minimum(np.searchsorted(values, wanted), len(values) - 1)
    return np.where(values[place] == wanted, rows[place], missing)
