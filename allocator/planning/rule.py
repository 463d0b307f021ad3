"""The API's rule: first come, first served; a BY POSTCODE group is served from one area code or not at all.

The rule goes through the document once. A group has its turn at its first link, and tries its candidates closest first.
Between two groups the BY AREA links draw, one by one, from the pools of their chains.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import numpy as np

from allocator.planning.area_queue import AreaQueue
from allocator.planning.arrays import IntArray, frozen
from allocator.planning.inventory import Inventory
from allocator.planning.problem import Assignment, Grouping, Problem, Trials

_CANDIDATES_AT_FIRST = 8


def assign_by_rule(problem: Problem, grouping: Grouping = "together") -> Assignment:
    """Serve every link by the API's rule.

    Parameters
    ----------
    problem
        Links, candidates and numbers.
    grouping
        "together": one pool serves a whole group, or none does. "split": the closest pools each give what they have;
        when that is not enough, the last links of the group in the document get no number.

    Returns
    -------
    Assignment
        A number, or none, for each link. A pool gives its smallest number first.

    Notes
    -----
    O(links) in arrays, plus a loop over groups × candidates tried. Nothing depends on the order of the stock.

    Examples
    --------
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
    """One pass through the document."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._inventory = Inventory(problem.links, problem.pools)
        self._queue = AreaQueue(self._inventory, problem.area_requests) if len(problem.area_requests) else None
        self._trials = array("q")

    def run(self, split: bool) -> Assignment:
        groups, candidates, queue = self._problem.groups, self._problem.candidates, self._queue
        size, radius_km = groups.size.tolist(), groups.radius_km.tolist()
        starts, ends = candidates.start[groups.code], candidates.start[groups.code + 1]
        first_pools, first_km = self._first_candidates(starts, ends)
        first, low, high = groups.first.tolist(), starts.tolist(), ends.tolist()
        for group in groups.turn.tolist():
            if queue is not None:
                queue.advance(first[group])
            row, radius, position = low[group], radius_km[group], first[group]
            near = zip(first_pools[group], first_km[group], strict=True)
            need = self._serve(group, size[group], position, radius, row, near, split)
            if need and row + _CANDIDATES_AT_FIRST < high[group]:
                row += _CANDIDATES_AT_FIRST
                rest = slice(row, high[group])
                more = zip(candidates.pool[rest].tolist(), candidates.km[rest].tolist(), strict=True)
                self._serve(group, need, position, radius, row, more, split)
        if queue is not None:
            queue.finish(self._problem.links)
        rows = np.frombuffer(self._trials, dtype=np.int64).reshape(-1, 4)
        trials = Trials(*(frozen(column.copy()) for column in rows.T))
        shares = self._inventory.hand_out(groups, candidates, trials)
        return Assignment(frozen(self._inventory.number), frozen(self._inventory.share), shares, trials)

    def _first_candidates(self, low: IntArray, high: IntArray) -> tuple[list[list[int]], list[list[float]]]:
        """The closest candidates of every group, which serve most groups; the others are read only when needed."""
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
        """Serve a group from candidates, closest first; beyond its radius only look for a pool with enough.

        Returns
        -------
        int
            The number of members that still wait for farther candidates; 0 also when a pool with enough was found
            beyond the radius.
        """
        queue, add_trial, set_aside = self._queue, self._trials.extend, self._inventory.set_aside
        left_of = self._inventory.left
        for pool, km in candidates:
            if queue is not None:
                queue.sync(pool, position)
            left = left_of[pool]
            within = km <= radius_km
            taken = need if left >= need else left if split else 0
            if within or left >= need:
                add_trial((group, row, left, taken if within else 0))
            if within and taken:
                set_aside(pool, taken)
                if queue is not None:
                    queue.forecast(pool)
                need -= taken
            if not need or (left >= need and not within):
                return 0
            row += 1
        return need
