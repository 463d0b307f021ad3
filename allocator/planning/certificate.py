"""Check that an assignment keeps the rules, and how far it can be from the best, without trust in any solver.

Every number that was given is looked at again: it is in a pool, given once, among the smallest that its pool had, and
given to a link that may have it. Prices bound how good the best plan can be, by weak duality and in whole numbers:
whatever the prices, if no arc adds more than its demand's and its pool's price together, then no plan adds more than
all links and all numbers at their prices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from allocator.planning.arrays import IntArray, count_within
from allocator.planning.bounds import best_value, served_bound
from allocator.planning.demand_classes import Classified, classify, gather
from allocator.planning.flow import Prices
from allocator.planning.lagrangian import lagrangian_bound
from allocator.planning.network import Network, arcs_used, rows_of
from allocator.planning.problem import Assignment, Grouping, Problem


@dataclass(frozen=True, slots=True)
class BottleneckBound:
    """A lower bound on the greatest distance of a plan, and the prices that prove it.

    Attributes
    ----------
    at_least_mm
        The bound, millimetres: no plan serves as much within less.
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
    """What is proven about an assignment.

    Attributes
    ----------
    violations
        The rules that it breaks, as sentences; empty when it is feasible.
    served
        Links of groups and BY AREA links that got a number.
    served_bound
        No plan serves more. Where links count differently, all links that ask.
    weight
        The weight of the links served: their number, where all count alike.
    weight_bound
        No plan serves more.
    distance_mm
        Total distance of the groups' links that are served, millimetres.
    distance_bound_mm
        No plan that serves `weight_bound` has less (within `worst_mm`, where that is bounded). None where
        `weight_bound` does not come from the prices.
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
        """Whether no plan serves more, nor as much over a smaller total distance."""
        near = self.worst_bound_mm is None or self.worst_mm <= self.worst_bound_mm
        served = self.weight == self.weight_bound and self.distance_mm == self.distance_bound_mm
        return self.feasible and near and served


def certify(
    problem: Problem,
    assignment: Assignment,
    grouping: Grouping,
    prices: Prices,
    bottleneck: BottleneckBound | None = None,
) -> Certificate:
    """Check an assignment against its problem, and bound it by prices.

    Parameters
    ----------
    problem, assignment, grouping
        The problem, its answer, and whether each group must be served from one pool.
    prices
        Any prices; those of the best plan give the tightest bound. Prices that are no dual solution are raised until
        they are one.
    bottleneck
        The bound on the greatest distance, where that was minimised.

    Returns
    -------
    Certificate
        What is proven.

    Notes
    -----
    O(links + arcs); for groups that stay together also one knapsack for each pool.
    """
    network = Network.of(problem)
    row, pool = rows_of(problem, assignment.number)
    over = arcs_used(problem, network, assignment.number, pool)
    given = assignment.number != 0
    kept = row[:0] if problem.held is None else row[(assignment.number == problem.held)[given]]
    classes = bounding_classes(problem, grouping)
    weight = classes.weight_served(assignment.number)
    of_groups = over[problem.groups.members]
    worst = int(network.cost_mm[of_groups[of_groups >= 0]].max(initial=0))
    most, distance_bound = best_value(classes.network, prices)
    bound = min(most, _together_bound(problem, classes, prices)) if grouping == "together" else most
    worst_bound = None
    if bottleneck is not None:
        nearer = classes.network.within(bottleneck.at_least_mm - 1)
        worst_bound = bottleneck.at_least_mm if weight_bound(nearer, bottleneck.below, grouping) < weight else 0
        if bottleneck.within is not None and grouping == "split":
            distance_bound = best_value(classes.network.within(worst), bottleneck.within)[1]
    return Certificate(
        violations=tuple(_violations(problem, network, grouping, row, kept, over)),
        served=int(given.sum()),
        served_bound=bound if problem.weight is None else int(network.demand.sum()),
        weight=weight,
        weight_bound=bound,
        distance_mm=int(network.cost_mm[over[over >= 0]].sum()),
        distance_bound_mm=distance_bound if bound == most else None,
        worst_mm=worst,
        worst_bound_mm=worst_bound,
    )


def bounding_classes(problem: Problem, grouping: Grouping) -> Classified:
    """The classified problem whose network bounds what a plan of a problem can serve.

    Parameters
    ----------
    problem, grouping
        The problem, and whether each group must be served from one pool.
    """
    if grouping == "together" and problem.weight is None:
        problem = replace(problem, held=None)  # parts of a group would be easier to pack than the group
    return classify(problem)


def weight_bound(network: Network, prices: Prices, grouping: Grouping) -> int:
    """Bound the most weight that can be served, by any prices.

    Parameters
    ----------
    network, prices, grouping
        A network, prices of its demands and pools, and whether each group must be served from one pool.
    """
    return served_bound(network.whole(), prices) if grouping == "together" else best_value(network, prices)[0]


def _together_bound(problem: Problem, classes: Classified, prices: Prices) -> int:
    """Bound the most weight that can be served where groups stay together, also by multipliers where there are any."""
    bound = weight_bound(classes.network, prices, "together")
    if prices.multipliers is None:
        return bound
    _, network, worth = gather(problem, classify(problem))
    return min(bound, lagrangian_bound(network, worth, prices.multipliers))


def _violations(
    problem: Problem, network: Network, grouping: Grouping, row: IntArray, kept: IntArray, over: IntArray
) -> Iterator[str]:
    """Name the rules that are broken.

    `row` is the row in the stock of each number given, `kept` the rows of numbers that links had before, and `over` the
    arc of each link.
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
    """The number of pools that have a smaller number left than one they give; numbers that links keep don't count."""
    start = problem.pools.start
    pool = np.repeat(np.arange(len(start) - 1), problem.pools.available)[given]
    place = given - np.searchsorted(kept, given) - (start[pool] - np.searchsorted(kept, start[pool]))
    return len(np.unique(pool[place != count_within(np.bincount(pool, minlength=len(start) - 1))]))


def _split_groups(problem: Problem, network: Network, over: IntArray) -> int:
    """The number of groups that are served in part, or from several pools."""
    start = problem.groups.start[:-1]
    if not len(start):
        return 0
    head = np.append(network.head, -1)[np.maximum(over[problem.groups.members], -1)]
    return int((np.minimum.reduceat(head, start) != np.maximum.reduceat(head, start)).sum())
