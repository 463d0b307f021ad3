"""How to settle a problem: by the API's rule, or as well as can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from allocator.planning.problem import Assignment, Problem
from allocator.planning.rule import Grouping, assign_by_rule

if TYPE_CHECKING:
    from allocator.planning.certificate import Certificate

Strategy = Literal["rule", "optimal"]
Objective = Literal["total", "worst"]

EFFORT = 400
"""How often a group that goes without is forced in, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Solution:
    """A assignment, and what is proven of it.

    Attributes
    ----------
    assignment
        What was decided.
    certificate
        What is proven of it; None by the API's rule, which is no claim to be good.
    rule
        What the API's rule would have decided; None where it did.
    cut_off
        Whether a time limit ended the search before its effort was spent, so that another run may end elsewhere.
    """

    assignment: Assignment
    certificate: Certificate | None = None
    rule: Assignment | None = None
    cut_off: bool = False


Solver = Callable[[Problem, Grouping], Solution]


def solver(
    strategy: Strategy, effort: int = EFFORT, objective: Objective = "total", time_limit_s: float | None = None
) -> Solver:
    """The planner of a strategy.

    Parameters
    ----------
    strategy
        "rule" or "optimal".
    effort
        How long to look for better plans of groups that stay together, see `allocator.planning.optimal`.
    objective
        What to make small among plans that serve as much: the total distance, or the greatest and then the total.
    time_limit_s
        How long to look for better plans of groups that stay together at most, seconds.
    """
    if strategy == "rule":
        return solve_by_rule
    return partial(solve_optimal, effort=effort, objective=objective, time_limit_s=time_limit_s)


def solve_by_rule(problem: Problem, grouping: Grouping) -> Solution:
    """First come, first served, from the closest pool."""
    return Solution(assign_by_rule(problem, grouping))


def solve_optimal(
    problem: Problem,
    grouping: Grouping,
    effort: int = EFFORT,
    objective: Objective = "total",
    time_limit_s: float | None = None,
) -> Solution:
    """Most links served, then the least distance, checked and bounded.

    Raises
    ------
    AssertionError
        The plan that was found breaks a rule: a fault of this package.
    """
    from allocator.planning.certificate import certify
    from allocator.planning.optimal import Deadline, assign_best_split, assign_best_together, assign_least_worst

    nearness = None
    deadline = None if time_limit_s is None else Deadline(time_limit_s)
    if objective == "worst":
        assignment, prices, nearness = assign_least_worst(problem, grouping, kicks=effort, deadline=deadline)
    elif grouping == "split":
        assignment, prices = assign_best_split(problem)
    else:
        assignment, prices = assign_best_together(problem, kicks=effort, deadline=deadline)
    certificate = certify(problem, assignment, grouping, prices, nearness)
    if not certificate.feasible:
        raise AssertionError(f"the plan breaks its rules: {'; '.join(certificate.violations)}")
    cut_off = deadline is not None and deadline.heeded
    return Solution(assignment, certificate, assign_by_rule(problem, grouping), cut_off)
