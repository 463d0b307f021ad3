"""Whether a settlement keeps the rules, and how far it can be from the best: checked without trust in any solver.

Every number that was given is looked at again: that it is one of the pools', given once, the smallest that its pool
had, to a link that may have it. How good the best plan can be follows from prices by weak duality, in whole numbers:
whatever prices are given, if no arc brings more than its demand's and its pool's price, then no plan brings more than
all links and all numbers at their prices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from allocator.planning.bounds import best_value, served_bound
from allocator.planning.flow import Prices
from allocator.planning.network import Network
from allocator.planning.problem import IntArray, Problem, Settlement

__all__ = ["Certificate", "arcs_used", "certify"]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is proven of a settlement.

    Attributes
    ----------
    violations
        The rules that it breaks, as sentences; none when it is feasible.
    served
        Links of groups and BY AREA links that got a number.
    served_bound
        No plan serves more.
    distance_mm
        Total distance of the groups' links that are served, millimetres.
    distance_bound_mm
        No plan that serves `served_bound` links has less; None where the bound on links is not reached.
    """

    violations: tuple[str, ...]
    served: int
    served_bound: int
    distance_mm: int
    distance_bound_mm: int | None

    @property
    def feasible(self) -> bool:
        """Whether it breaks no rule."""
        return not self.violations

    @property
    def gap(self) -> float:
        """How many more links the best plan could serve, as a share of those that this one serves; 0 is proven best."""
        return (self.served_bound - self.served) / self.served if self.served else float(self.served_bound > 0)

    @property
    def optimal(self) -> bool:
        """Whether no plan serves more links, nor as many over a lesser total distance."""
        return self.feasible and self.served == self.served_bound and self.distance_mm == self.distance_bound_mm


def certify(
    problem: Problem,
    settlement: Settlement,
    grouping: Literal["together", "split"],
    prices: Prices,
) -> Certificate:
    """Check a settlement against its problem, and bound it by prices.

    Parameters
    ----------
    problem, settlement, grouping
        What was to be settled, how it was, and whether each group must be served from one pool.
    prices
        Any prices; those of the best plan give the least bound. Ones that are no dual solution are raised until they
        are one.

    Returns
    -------
    Certificate
        What is proven.

    Notes
    -----
    O(links + arcs); for groups that stay together also as many sums as there are numbers.
    """
    network = Network.of(problem)
    row, pool = _rows_of(problem, settlement.number)
    over = arcs_used(problem, network, settlement.number)
    served = int(np.count_nonzero(settlement.number))
    distance_mm = int(network.cost_mm[over[over >= 0]].sum())
    most, distance_bound = best_value(network, prices)
    bound = min(most, served_bound(network.whole(), prices)) if grouping == "together" else most
    return Certificate(
        violations=tuple(_violations(problem, network, grouping, row, pool, over)),
        served=served,
        served_bound=bound,
        distance_mm=distance_mm,
        distance_bound_mm=distance_bound if bound == most else None,
    )


def arcs_used(problem: Problem, network: Network, number: IntArray) -> IntArray:
    """The arc over which each link is served, shape (links,): -1 for none, -2 where the network has no such arc.

    Parameters
    ----------
    problem, network
        A problem and its network.
    number
        The number of each link, 0 for none.
    """
    over = np.full(problem.links, -1, dtype=np.int64)
    served = np.flatnonzero(number)
    demand = _demand_of_links(problem, network)[served]
    _, pool = _rows_of(problem, number)
    pools = len(network.supply)
    key = network.tail * pools + network.head
    order = np.argsort(key, kind="stable")
    over[served] = _found(key[order], demand * pools + pool, order, missing=-2)
    over[served[(demand < 0) | (pool < 0)]] = -2
    return over


def _rows_of(problem: Problem, number: IntArray) -> tuple[IntArray, IntArray]:
    """Row in the stock, and pool, of each number that was given; -1 for what no pool has."""
    order = np.argsort(problem.pools.number, kind="stable")
    row = _found(problem.pools.number[order], number[number != 0], order, missing=-1)
    return row, np.where(row >= 0, problem.pools.start[1:].searchsorted(row, side="right"), -1)


def _demand_of_links(problem: Problem, network: Network) -> IntArray:
    demand = np.full(problem.links, -1, dtype=np.int64)
    groups, callers = problem.groups, problem.callers
    demand[groups.members] = np.repeat(np.arange(len(groups)), np.diff(groups.start))
    demand[callers.position] = network.groups + callers.kind
    return demand


def _found(values: IntArray, wanted: IntArray, rows: IntArray, missing: int) -> IntArray:
    """The row of each wanted value among ascending ones."""
    if not len(values):
        return np.full(len(wanted), missing, dtype=np.int64)
    place = np.minimum(np.searchsorted(values, wanted), len(values) - 1)
    return np.where(values[place] == wanted, rows[place], missing)


def _violations(
    problem: Problem, network: Network, grouping: str, row: IntArray, pool: IntArray, over: IntArray
) -> Iterator[str]:
    """What is against the rules: `row` and `pool` are those of the given numbers, `over` the arc of each link."""
    if (row < 0).any():
        yield f"{int((row < 0).sum())} of the numbers given are in no pool"
    known = np.sort(row[row >= 0])
    if (np.diff(known) == 0).any():
        yield f"{int((np.diff(known) == 0).sum())} numbers are given twice"
    count = np.bincount(pool[pool >= 0], minlength=len(network.supply))
    start = np.repeat(problem.pools.start[:-1], count)
    smallest = start + np.arange(len(known)) - np.repeat(np.cumsum(count) - count, count)
    if not np.array_equal(known, smallest):
        others = np.unique(problem.pools.start[1:].searchsorted(known[known != smallest], side="right"))
        yield f"{len(others)} pools give others than their smallest numbers"
    beyond = int((over == -2).sum())
    if beyond:
        yield f"{beyond} links have a number that they may not have"
    if grouping == "together":
        split = _split_groups(problem, network, over)
        if split:
            yield f"{split} groups are served from several pools, or in part"


def _split_groups(problem: Problem, network: Network, over: IntArray) -> int:
    """How many groups are not served from one pool, and not left alone either."""
    start = problem.groups.start[:-1]
    if not len(start):
        return 0
    head = np.append(network.head, -1)[np.maximum(over[problem.groups.members], -1)]
    return int((np.minimum.reduceat(head, start) != np.maximum.reduceat(head, start)).sum())
