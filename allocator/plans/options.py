"""How a plan is made: the options as one value, checked in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from allocator.errors import OptionError
from allocator.notation import check_km
from allocator.planning import EFFORT, Grouping, Objective, Solver, Strategy, solver

CHOICES: dict[str, tuple[str, ...]] = {
    "grouping": get_args(Grouping),
    "strategy": get_args(Strategy),
    "objective": get_args(Objective),
}
"""The values that each option with a fixed list of values takes."""


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """How a plan is made. The options are checked when the value is made.

    Attributes
    ----------
    fallback_km
        Fallback distance of BY POSTCODE links that give none of their own, kilometres.
    grouping
        "together" or "split", see `allocator.plan`.
    strategy
        "rule" or "optimal".
    objective
        "total" or "worst"; the API's rule has no objective.
    effort
        How hard to search for a better plan of groups kept together, 0 or more.
    time_limit_s
        Longest search, seconds; None for no limit.

    Raises
    ------
    OptionError
        An option is outside its range, or the API's rule is given an objective.

    Examples
    --------
    >>> PlanOptions(fallback_km=20).summary()
    {'fallback_km': 20.0, 'grouping': 'together', 'strategy': 'rule'}
    """

    fallback_km: float = 0.0
    grouping: Grouping = "together"
    strategy: Strategy = "rule"
    objective: Objective = "total"
    effort: int = EFFORT
    time_limit_s: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "fallback_km", check_km(self.fallback_km))
        for name, choices in CHOICES.items():
            if (value := getattr(self, name)) not in choices:
                remedy = f"Give {' or '.join(map(repr, choices))}."
                raise OptionError(f"there is no such {name}", value=value, remedy=remedy)
        if self.strategy == "rule" and self.objective != "total":
            raise OptionError(
                "the API's rule has no objective", value=self.objective, remedy="Give the strategy 'optimal'."
            )
        if self.effort < 0:
            raise OptionError("the effort is negative", value=self.effort, remedy="Give 0 or more.")
        if self.time_limit_s is not None and not self.time_limit_s > 0:
            raise OptionError(
                "the time limit is not more than 0", value=self.time_limit_s, remedy="Give a number of seconds."
            )

    def solver(self) -> Solver:
        """Return the planner for these options."""
        return solver(self.strategy, self.effort, self.objective, self.time_limit_s)

    def summary(self, keep: str | None = None) -> dict[str, Any]:
        """Return the options as `summary.json` has them: only those that matter for the strategy.

        Parameters
        ----------
        keep
            Digest of the earlier plan whose numbers are kept, if there is one.
        """
        options: dict[str, Any] = {
            "fallback_km": self.fallback_km,
            "grouping": self.grouping,
            "strategy": self.strategy,
        }
        if self.strategy == "optimal":
            options["objective"] = self.objective
            if keep is not None:
                options["keep"] = keep
            if self.grouping == "together":
                options["effort"] = self.effort
        return options
