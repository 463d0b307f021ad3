"""How to settle a problem: by the API's rule, or as well as can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from allocator.planning.problem import Problem, Settlement
from allocator.planning.rule import Grouping, settle

if TYPE_CHECKING:
    from allocator.planning.certificate import Certificate

Strategy = Literal["rule", "optimal"]
Objective = Literal["total", "worst"]

EFFORT = 400
"""How often a group that goes without is forced in, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Solution:
    """A settlement, and what is proven of it.

    Attributes
    ----------
    settlement
        What was decided.
    certificate
        What is proven of it; None by the API's rule, which is no claim to be good.
    rule
        What the API's rule would have decided; None where it did.
    cut_off
        Whether a time limit ended the search before its effort was spent, so that another run may end elsewhere.
    """

    settlement: Settlement
    certificate: Certificate | None = None
    rule: Settlement | None = None
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
        How long to look for better plans of groups that stay together, see `allocator.planning.best`.
    objective
        What to make small among plans that serve as much: the total distance, or the greatest and then the total.
    time_limit_s
        How long to look for better plans of groups that stay together at most, seconds.
    """
    if strategy == "rule":
        return by_rule
    return partial(as_well_as_can_be, effort=effort, objective=objective, time_limit_s=time_limit_s)


def by_rule(problem: Problem, grouping: Grouping) -> Solution:
    """First come, first served, from the closest pool."""
    return Solution(settle(problem, grouping))


def as_well_as_can_be(
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
    from allocator.planning.best import Deadline, settle_best_split, settle_best_together, settle_least_worst
    from allocator.planning.certificate import certify

    nearness = None
    deadline = None if time_limit_s is None else Deadline(time_limit_s)
    if objective == "worst":
        settlement, prices, nearness = settle_least_worst(problem, grouping, kicks=effort, deadline=deadline)
    elif grouping == "split":
        settlement, prices = settle_best_split(problem)
    else:
        settlement, prices = settle_best_together(problem, kicks=effort, deadline=deadline)
    certificate = certify(problem, settlement, grouping, prices, nearness)
    if not certificate.feasible:
        raise AssertionError(f"the plan breaks its rules: {'; '.join(certificate.violations)}")
    cut_off = deadline is not None and deadline.heeded
    return Solution(settlement, certificate, settle(problem, grouping), cut_off)
