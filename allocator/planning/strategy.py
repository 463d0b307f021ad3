"""How to solve a problem: by the API's rule, or optimally with a certificate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from allocator.planning.problem import Assignment, Grouping, Problem
from allocator.planning.rule import assign_by_rule

if TYPE_CHECKING:
    from allocator.planning.certificate import Certificate

Strategy = Literal["rule", "optimal"]
Objective = Literal["total", "worst"]

EFFORT = 400
"""Default effort: attempts to fit in a group that has no numbers."""


@dataclass(frozen=True, slots=True)
class Solution:
    """An assignment, and what is proven about it.

    Attributes
    ----------
    assignment
        Who gets which number.
    certificate
        What is proven about it; None for the API's rule, which does not claim to be good.
    rule
        The assignment that the API's rule would have made; None when the rule made this one.
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
    """The solver of a strategy.

    Parameters
    ----------
    strategy
        "rule" or "optimal".
    effort
        How long to look for better plans of groups that stay together, see `allocator.planning.optimal`.
    objective
        What to minimise among plans that serve as much: "total", the total distance, or "worst", the greatest distance
        and then the total.
    time_limit_s
        The most seconds to look for better plans of groups that stay together; None for no limit.
    """
    if strategy == "rule":
        return solve_by_rule
    return partial(solve_optimal, effort=effort, objective=objective, time_limit_s=time_limit_s)


def solve_by_rule(problem: Problem, grouping: Grouping) -> Solution:
    """Solve a problem by the API's rule: first come, first served, from the closest pool."""
    return Solution(assign_by_rule(problem, grouping))


def solve_optimal(
    problem: Problem,
    grouping: Grouping,
    effort: int = EFFORT,
    objective: Objective = "total",
    time_limit_s: float | None = None,
) -> Solution:
    """Serve the most links, then over the least distance; check the result and bound how much better it could be.

    Parameters
    ----------
    problem
        Links, candidates and numbers.
    grouping
        Whether each group is served from one pool.
    effort, objective, time_limit_s
        As in `solver`.

    Raises
    ------
    AssertionError
        The plan that was found breaks a rule: a fault of this package.
    """
    from allocator.planning.bottleneck import assign_bottleneck
    from allocator.planning.certificate import certify
    from allocator.planning.optimal import Deadline, assign_best_split, assign_best_together

    bottleneck = None
    deadline = None if time_limit_s is None else Deadline(time_limit_s)
    if objective == "worst":
        assignment, prices, bottleneck = assign_bottleneck(problem, grouping, perturbations=effort, deadline=deadline)
    elif grouping == "split":
        assignment, prices = assign_best_split(problem)
    else:
        assignment, prices = assign_best_together(problem, perturbations=effort, deadline=deadline)
    certificate = certify(problem, assignment, grouping, prices, bottleneck)
    if not certificate.feasible:
        raise AssertionError(f"the plan breaks its rules: {'; '.join(certificate.violations)}")
    cut_off = deadline is not None and deadline.cut_off
    return Solution(assignment, certificate, assign_by_rule(problem, grouping), cut_off)
