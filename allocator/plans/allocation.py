"""The decision: a number or a reason for each link."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.notation import Reason
from allocator.planning import Assignment, IntArray, Problem, Solution
from allocator.tables import Links, Stock

ALREADY = 255
"""In place of a reason: the link has a number already, so it gets none and lacks none."""


@dataclass(frozen=True, slots=True)
class PoolNames:
    """The area code of each pool of a problem.

    The first pools are the rows of the bundled area codes, in their order; area codes that have no coverage (non-
    geographic ones, other countries') follow by IDD and area code.

    Attributes
    ----------
    idd, area_code
        IDD and area code of each pool, int64, shape (pools,).
    covered
        Number of pools that are rows of the bundled area codes.
    """

    idd: IntArray
    area_code: IntArray
    covered: int

    def __len__(self) -> int:
        return len(self.idd)

    def rows(self) -> dict[tuple[int, int], int]:
        """Return the pool of each (IDD, area code)."""
        return {key: row for row, key in enumerate(zip(self.idd.tolist(), self.area_code.tolist(), strict=True))}


@dataclass(frozen=True, slots=True)
class Allocation:
    """What was decided for each link.

    Attributes
    ----------
    links, stock
        The tables.
    problem
        What was planned.
    solution
        What the planner decided, and what is proven of it.
    pools
        The area code of each pool.
    number
        The number of each link, int64, shape (links,); 0 for a link without one.
    reason
        Why each link gets none (`Reason.code`), uint8, shape (links,); 0 for a link that gets one, `ALREADY` for a link
        that has one already.
    together
        Whether one area code had to serve each group.
    """

    links: Links
    stock: Stock
    problem: Problem
    solution: Solution
    pools: PoolNames
    number: IntArray
    reason: NDArray[np.uint8]
    together: bool

    @property
    def already(self) -> IntArray:
        """Places in the document of the links that have a number already, ascending."""
        return np.flatnonzero(self.reason == ALREADY)

    @property
    def unassigned(self) -> IntArray:
        """Places in the document of the links without a number, ascending."""
        return np.flatnonzero((self.reason != 0) & (self.reason != ALREADY))

    @property
    def assignment(self) -> Assignment:
        """What the planner decided."""
        return self.solution.assignment

    def links_with(self, reason: Reason) -> IntArray:
        """Return the places in the document of the links that have no number for this reason, ascending."""
        return np.flatnonzero(self.reason == reason.code)
