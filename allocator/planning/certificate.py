"""Whether a assignment keeps the rules, and how far it can be from the best: checked without trust in any solver.

Every number that was given is looked at again: that it is one of the pools', given once, the smallest that its pool
had, to a link that may have it. How good the best plan can be follows from prices by weak duality, in whole numbers:
whatever prices are given, if no arc brings more than its demand's and its pool's price, then no plan brings more than
all links and all numbers at their prices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from allocator.planning.bounds import best_value, served_bound
from allocator.planning.demand_classes import Classified, classified, gathered
from allocator.planning.flow import Prices
from allocator.planning.lagrangian import bound_by_multipliers
from allocator.planning.network import Network, arcs_used, rows_of
from allocator.planning.problem import Assignment, IntArray, Problem

__all__ = ["Certificate", "bounding", "certify"]


@dataclass(frozen=True, slots=True)
class Nearness:
    """What bounds the greatest distance of a plan.

    Attributes
    ----------
    at_least_mm
        Within less than that no plan serves as much, millimetres.
    below
        Prices that prove it.
    within
        Prices that bound the total distance of the plans within the plan's own greatest distance; None where no group
        can be served.
    """

    at_least_mm: int
    below: Prices
    within: Prices | None


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is proven of a assignment.

    Attributes
    ----------
    violations
        The rules that it breaks, as sentences; none when it is feasible.
    served
        Links of groups and BY AREA links that got a number.
    served_bound
        No plan serves more; all that ask, where links count differently.
    weight
        Of the links served: their number, where all count alike.
    weight_bound
        No plan serves more.
    distance_mm
        Total distance of the groups' links that are served, millimetres.
    distance_bound_mm
        No plan that serves `weight_bound` has less (within `worst_mm`, where that is bounded); None where that bound is
        none of the prices.
    worst_mm
        Greatest distance of a group's link that is served, millimetres.
    worst_bound_mm
        No plan that serves as much has less; None where that was not asked.
    """

    violations: tuple[str, ...]
    served: int
    served_bound: int
    weight: int
    weight_bound: int
    distance_mm: int
    distance_bound_mm: int | None
    worst_mm: int
    worst_bound_mm: int | None

    @property
    def feasible(self) -> bool:
        """Whether it breaks no rule."""
        return not self.violations

    @property
    def gap(self) -> float:
        """How much more the best plan could serve, as a share of what this one serves; 0 is proven best."""
        return (self.weight_bound - self.weight) / self.weight if self.weight else float(self.weight_bound > 0)

    @property
    def optimal(self) -> bool:
        """Whether no plan serves more, nor as much over a lesser total distance."""
        if self.worst_bound_mm is not None and self.worst_mm > self.worst_bound_mm:
            return False
        return self.feasible and self.weight == self.weight_bound and self.distance_mm == self.distance_bound_mm


def certify(
    problem: Problem,
    assignment: Assignment,
    grouping: Literal["together", "split"],
    prices: Prices,
    nearness: Nearness | None = None,
) -> Certificate:
    """Check a assignment against its problem, and bound it by prices.

    Parameters
    ----------
    problem, assignment, grouping
        What was to be settled, how it was, and whether each group must be served from one pool.
    prices
        Any prices; those of the best plan give the least bound. Ones that are no dual solution are raised until they
        are one.
    nearness
        What bounds the greatest distance, where that was to be small.

    Returns
    -------
    Certificate
        What is proven.

    Notes
    -----
    O(links + arcs); for groups that stay together also as many sums as there are numbers.
    """
    network = Network.of(problem)
    row, pool = rows_of(problem, assignment.number)
    over = arcs_used(problem, network, assignment.number, pool)
    served = np.flatnonzero(assignment.number)
    classes = bounding(problem, grouping)
    distance_mm = int(network.cost_mm[over[over >= 0]].sum())
    most, distance_bound = best_value(classes.network, prices)
    bound = min(most, _together(problem, classes, prices)) if grouping == "together" else most
    kept = row[:0] if problem.held is None else row[assignment.number[served] == problem.held[served]]
    weight = int(classes.network.weight[classes.of_link[served]].sum()) if len(served) else 0
    of_groups = over[problem.groups.members]
    worst = int(network.cost_mm[of_groups[of_groups >= 0]].max(initial=0))
    worst_bound = None
    if nearness is not None:
        near = classes.network.within(nearness.at_least_mm - 1)
        near = near.whole() if grouping == "together" else near
        less = served_bound(near, nearness.below) if grouping == "together" else best_value(near, nearness.below)[0]
        worst_bound = nearness.at_least_mm if less < weight else 0
        if nearness.within is not None and grouping == "split":
            distance_bound = best_value(classes.network.within(worst), nearness.within)[1]
    return Certificate(
        violations=tuple(_violations(problem, network, grouping, row, kept, over)),
        served=len(served),
        served_bound=bound if problem.weight is None else int(network.demand.sum()),
        weight=weight,
        weight_bound=bound,
        distance_mm=distance_mm,
        distance_bound_mm=distance_bound if bound == most else None,
        worst_mm=worst,
        worst_bound_mm=worst_bound,
    )


def _together(problem: Problem, classes: Classified, prices: Prices) -> int:
    """The most weight that can be served where groups stay together."""
    bound = served_bound(classes.network.whole(), prices)
    if prices.multipliers is None:
        return bound
    _, network, worth = gathered(problem, classified(problem))
    return min(bound, bound_by_multipliers(network, worth, prices.multipliers))


def bounding(problem: Problem, grouping: str) -> Classified:
    """The network that bounds what a plan of a problem can serve.

    Parameters
    ----------
    problem, grouping
        What is to be settled, and whether each group must be served from one pool.
    """
    if grouping == "together" and problem.weight is None:
        problem = replace(problem, held=None)  # parts of a group would be easier to pack than the group
    return classified(problem)


def _violations(
    problem: Problem, network: Network, grouping: str, row: IntArray, kept: IntArray, over: IntArray
) -> Iterator[str]:
    """What is against the rules: `row` is that of each given number, `kept` of those that links had before.

    `over` is the arc of each link.
    """
    if (row < 0).any():
        yield f"{int((row < 0).sum())} of the numbers given are in no pool"
    given = np.bincount(row[row >= 0], minlength=len(problem.pools.number))
    if (given > 1).any():
        yield f"{int((given - 1)[given > 1].sum())} numbers are given twice"
    given[kept[kept >= 0]] = 0
    others = _pools_out_of_order(problem, np.flatnonzero(given), np.sort(kept))
    if others:
        yield f"{others} pools give others than their smallest numbers"
    beyond = int((over == -2).sum())
    if beyond:
        yield f"{beyond} links have a number that they may not have"
    if grouping == "together":
        split = _split_groups(problem, network, over)
        if split:
            yield f"{split} groups are served from several pools, or in part"


def _pools_out_of_order(problem: Problem, given: IntArray, kept: IntArray) -> int:
    """How many pools have smaller numbers left than some that they give; those that links keep don't count."""
    start = problem.pools.start
    pool = np.repeat(np.arange(len(start) - 1), np.diff(start))[given]
    place = given - np.searchsorted(kept, given) - (start[pool] - np.searchsorted(kept, start[pool]))
    count = np.bincount(pool, minlength=len(start) - 1)
    smallest = np.arange(len(given)) - np.repeat(np.cumsum(count) - count, count)
    return len(np.unique(pool[place != smallest]))


def _split_groups(problem: Problem, network: Network, over: IntArray) -> int:
    """How many groups are not served from one pool, and not left alone either."""
    start = problem.groups.start[:-1]
    if not len(start):
        return 0
    head = np.append(network.head, -1)[np.maximum(over[problem.groups.members], -1)]
    return int((np.minimum.reduceat(head, start) != np.maximum.reduceat(head, start)).sum())
