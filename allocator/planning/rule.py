"""The API's rule: first come, first served; a BY POSTCODE group from one area code or not at all.

The rule walks through the document once. A group stands where its first link stands and tries its candidates closest
first. Between two groups the BY AREA links draw, one by one, from the pools of their chains.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Literal

import numpy as np

from allocator.planning.inventory import AreaRequestQueue, Inventory
from allocator.planning.problem import Assignment, IntArray, Problem, Trials, frozen

Grouping = Literal["together", "split"]

_CANDIDATES_AT_FIRST = 8


def assign_by_rule(problem: Problem, grouping: Grouping = "together") -> Assignment:
    """Settle every link by the API's rule.

    Parameters
    ----------
    problem
        Demand, reach and supply.
    grouping
        "together": one pool serves a whole group, or none does. "split": the closest pools each give what they have,
        and the links that come last in the document go without when that is not enough.

    Returns
    -------
    Assignment
        A number, or none, for each link. Within a pool the smallest number goes first.

    Notes
    -----
    O(links) in arrays, plus a loop over groups × candidates tried. Nothing depends on the order of the stock.

    >>> import numpy as np
    >>> from allocator.planning.problem import Candidates, Groups, Pools, Problem
    >>> two_links = Groups.of(np.array([0, 0], dtype=np.uint16), 20.0)
    >>> one_number_here_two_nearby = Pools.of(np.array([0, 1, 1]), np.array([20, 171, 172]), pools=2)
    >>> candidates = Candidates(np.array([0, 2]), np.array([0, 1]), np.array([0.0, 12.5]))
    >>> assign_by_rule(Problem(2, two_links, candidates, one_number_here_two_nearby)).number.tolist()
    [171, 172]
    >>> assign_by_rule(Problem(2, two_links, candidates, one_number_here_two_nearby), grouping="split").number.tolist()
    [20, 171]
    """
    return _Walk(problem).run(split=grouping == "split")


class _Walk:
    """One walk through the document."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._counter = Inventory(problem.links, problem.pools)
        self._callers = AreaRequestQueue(self._counter, problem.area_requests) if len(problem.area_requests) else None
        self._trials = array("q")

    def run(self, split: bool) -> Assignment:
        groups, candidates, area_requests = self._problem.groups, self._problem.candidates, self._callers
        size, radius_km = np.diff(groups.start).tolist(), groups.radius_km.tolist()
        starts, ends = candidates.start[groups.code], candidates.start[groups.code + 1]
        first_pools, first_km = self._first_candidates(starts, ends)
        stand, low, high = groups.members[groups.start[:-1]].tolist(), starts.tolist(), ends.tolist()
        for group in groups.turn.tolist():
            if area_requests is not None:
                area_requests.advance(stand[group])
            row, radius, position = low[group], radius_km[group], stand[group]
            near = zip(first_pools[group], first_km[group], strict=True)
            need = self._serve(group, size[group], position, radius, row, near, split)
            if need and row + _CANDIDATES_AT_FIRST < high[group]:
                row += _CANDIDATES_AT_FIRST
                rest = slice(row, high[group])
                more = zip(candidates.pool[rest].tolist(), candidates.km[rest].tolist(), strict=True)
                self._serve(group, need, position, radius, row, more, split)
        if self._callers is not None:
            self._callers.finish(self._problem.links)
        rows = np.frombuffer(self._trials, dtype=np.int64).reshape(-1, 4)
        trials = Trials(*(frozen(column.copy()) for column in rows.T))
        shares = self._counter.hand_out(groups, candidates, trials)
        return Assignment(frozen(self._counter.number), frozen(self._counter.share), shares, trials)

    def _first_candidates(self, low: IntArray, high: IntArray) -> tuple[list[list[int]], list[list[float]]]:
        """The closest candidates of every group, which serve most of them; the rest is read only for those who ask."""
        candidates = self._problem.candidates
        if not len(candidates.pool):
            return [[] for _ in low], [[] for _ in low]
        rows = np.minimum(low[:, None] + np.arange(_CANDIDATES_AT_FIRST), len(candidates.pool) - 1)
        pools, km = candidates.pool[rows].tolist(), candidates.km[rows].tolist()
        for group in np.flatnonzero(high - low < _CANDIDATES_AT_FIRST).tolist():
            count = int(high[group] - low[group])
            del pools[group][count:], km[group][count:]
        return pools, km

    def _serve(
        self,
        group: int,
        need: int,
        position: int,
        radius_km: float,
        row: int,
        candidates: Iterable[tuple[int, float]],
        split: bool,
    ) -> int:
        """Serve a group from candidates, closest first; past its radius only look for what would have done.

        Returns
        -------
        int
            How many members still wait for what lies farther; 0 also when it was found what would have done.
        """
        area_requests, try_, set_aside = self._callers, self._trials.extend, self._counter.set_aside
        left_of = self._counter.left
        for pool, km in candidates:
            if area_requests is not None:
                area_requests.sync(pool, position)
            left = left_of[pool]
            within = km <= radius_km
            taken = need if left >= need else left if split else 0
            if within or left >= need:
                try_((group, row, left, taken if within else 0))
            if within and taken:
                set_aside(pool, taken)
                if area_requests is not None:
                    area_requests.forecast(pool)
                need -= taken
            if not need or (left >= need and not within):
                return 0
            row += 1
        return need
