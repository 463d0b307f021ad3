"""The assignment with the least greatest distance: a bottleneck assignment, found by bisection."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace

import numpy as np

from allocator.planning.arrays import frozen
from allocator.planning.certificate import BottleneckBound, bounding_classes, weight_bound
from allocator.planning.demand_classes import classify
from allocator.planning.flow import Prices, best_flow
from allocator.planning.network import MILLIMETRES
from allocator.planning.optimal import Deadline, assign_best_split, assign_best_together
from allocator.planning.problem import Assignment, Grouping, Problem


def assign_bottleneck(
    problem: Problem, grouping: Grouping, *, perturbations: int, deadline: Deadline | None = None
) -> tuple[Assignment, Prices, BottleneckBound]:
    """Serve the most links with the least greatest distance, and then over the least total distance.

    Parameters
    ----------
    problem
        The problem; weights and numbers to keep count as in `allocator.planning.optimal.assign_best_split`.
    grouping
        Whether each group is served from one pool.
    perturbations, deadline
        As in `allocator.planning.optimal.assign_best_together`.

    Returns
    -------
    tuple
        The assignment, the prices that bound what can be served, and the bound on the greatest distance.

    Notes
    -----
    Bisection over the distances takes some fifteen plans. Where groups stay together each is as good as the search
    finds.
    """

    def best(one: Problem) -> tuple[Assignment, Prices]:
        if grouping == "split":
            return assign_best_split(one)
        return assign_best_together(one, perturbations=perturbations, deadline=deadline)

    classes = classify(problem)
    network = bounding_classes(problem, grouping).network
    if grouping == "together":
        network = network.whole()
    assignment, prices = best(problem)
    goal = classes.weight_served(assignment.number)
    within: Prices | None = None
    distances = np.unique(network.cost_mm[network.of_group])

    def may_serve(place: int) -> bool:
        near = network.within(int(distances[place]))
        return weight_bound(near, best_flow(near)[1], grouping) >= goal

    def serves(place: int) -> bool:
        nonlocal assignment, within
        found, within = best(_nearer(problem, int(distances[place])))
        enough = classes.weight_served(found.number) >= goal
        if enough:
            assignment = found
        return enough

    last = max(len(distances) - 1, 0)
    least = bisect_left(range(last), True, key=may_serve)
    at_least = int(distances[least]) if len(distances) else 0
    below = best_flow(network.within(at_least - 1))[1]
    if len(distances):
        serves(bisect_left(range(last), True, lo=least, key=serves))
    return assignment, prices, BottleneckBound(at_least, below, within)


def _nearer(problem: Problem, mm: int) -> Problem:
    """The problem in which no group may go farther than a distance, millimetres."""
    groups = problem.groups
    km = (mm + 0.5) / MILLIMETRES  # distances are rounded to whole millimetres
    return replace(problem, groups=replace(groups, radius_km=frozen(np.minimum(groups.radius_km, km))))
