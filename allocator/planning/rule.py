"""The API's rule: first come, first served; a BY POSTCODE group from one area code or not at all.

The rule walks through the document once. A group stands where its first link stands and tries its candidates closest
first. Between two groups the BY AREA links draw, one by one, from the pools of their chains.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from allocator.planning.counter import CallerQueue, Counter
from allocator.planning.problem import IntArray, Problem, Settlement, Tier, Trials, frozen

Grouping = Literal["together", "split"]

_CANDIDATES_AT_FIRST = 8


def settle(problem: Problem, grouping: Grouping = "together") -> Settlement:
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
    Settlement
        A number, or none, for each link. Within a pool the smallest number goes first.

    Notes
    -----
    O(links) in arrays, plus a loop over groups × candidates tried. Nothing depends on the order of the stock.

    >>> import numpy as np
    >>> from allocator.planning.problem import Groups, Pools, Problem, Reach
    >>> two_links = Groups.of(np.array([0, 0], dtype=np.uint16), 20.0)
    >>> one_number_here_two_nearby = Pools.of(np.array([0, 1, 1]), np.array([20, 171, 172]), pools=2)
    >>> reach = Reach(np.array([0, 2]), np.array([0, 1]), np.array([0.0, 12.5]))
    >>> settle(Problem(2, two_links, reach, one_number_here_two_nearby)).number.tolist()
    [171, 172]
    >>> settle(Problem(2, two_links, reach, one_number_here_two_nearby), grouping="split").number.tolist()
    [20, 171]
    """
    return _Walk(problem).run(split=grouping == "split")


class _Walk:
    """One walk through the document."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._counter = Counter(problem.links, problem.pools)
        self._callers = CallerQueue(self._counter, problem.callers) if len(problem.callers) else None
        self._trials: list[tuple[int, int, int, int]] = []

    def run(self, split: bool) -> Settlement:
        groups, reach = self._problem.groups, self._problem.reach
        stand = groups.members[groups.start[:-1]].tolist()
        begin, radius_km = groups.start.tolist(), groups.radius_km.tolist()
        low, high = reach.start[groups.code].tolist(), reach.start[groups.code + 1].tolist()
        for group in groups.turn.tolist():
            if self._callers is not None:
                self._callers.advance(stand[group])
            waiting = groups.members[begin[group] : begin[group + 1]]
            self._serve(group, waiting, radius_km[group], low[group], high[group], split)
        if self._callers is not None:
            self._callers.finish(self._problem.links)
        trials = np.array(self._trials, dtype=np.int64).reshape(-1, 4)
        return Settlement(
            number=frozen(self._counter.number),
            share=frozen(self._counter.share),
            shares=self._counter.shares(),
            trials=Trials(*(frozen(column.copy()) for column in trials.T)),
        )

    def _serve(self, group: int, waiting: IntArray, radius_km: float, low: int, high: int, split: bool) -> None:
        """Serve a group from its candidates, closest first; past its radius only look for what would have done."""
        counter, callers, need = self._counter, self._callers, len(waiting)
        position = int(waiting[0])
        for candidate, pool, km in self._candidates(low, high):
            if callers is not None:
                callers.sync(pool, position)
            left = counter.left[pool]
            if km > radius_km:
                if left >= need:
                    self._trials.append((group, candidate, left, 0))
                    return
                continue
            taken = need if left >= need else left if split else 0
            self._trials.append((group, candidate, left, taken))
            if taken:
                tier = Tier.DISTANCE if km > 0 else Tier.NONE
                counter.take(pool, waiting[:taken], counter.open_share(pool, tier, km, group))
                if callers is not None:
                    callers.forecast(pool)
                waiting, need = waiting[taken:], need - taken
                if not need:
                    return

    def _candidates(self, low: int, high: int) -> Iterator[tuple[int, int, float]]:
        """Candidates as Python values: the first few, which serve most groups, and the rest only if asked for."""
        reach = self._problem.reach
        for start, end in ((low, min(low + _CANDIDATES_AT_FIRST, high)), (low + _CANDIDATES_AT_FIRST, high)):
            yield from zip(range(start, end), reach.pool[start:end].tolist(), reach.km[start:end].tolist(), strict=True)
