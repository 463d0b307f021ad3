"""The numbers that each pool has left, and those given out so far."""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray

from allocator.planning.arrays import IntArray, frozen, run_starts
from allocator.planning.problem import Candidates, Groups, Pools, Shares, Tier, Trials


class Inventory:
    """What every pool has left, and who got what.

    A pool gives its smallest number first, and links that take together get theirs in document order. BY AREA links get
    their numbers when they take them. Numbers for groups are only set aside, and given out at the end, all at once:
    each step of the rule costs more than the numbers it moves.

    Parameters
    ----------
    links
        The number of links in the document.
    pools
        The available numbers.

    Attributes
    ----------
    left
        Numbers that each pool has left.
    number
        The number of each link so far, shape (links,), int64; 0 for none.
    share
        Row of each link in the shares, shape (links,), int32; -1 for none, less for an open share.
    """

    def __init__(self, links: int, pools: Pools) -> None:
        self._stock = pools.number
        self._next: list[int] = pools.start[:-1].tolist()
        self.left: list[int] = pools.available.tolist()
        self.number = np.zeros(links, dtype=np.int64)
        self.share = np.full(links, -1, dtype=np.int32)
        self._set_aside = array("q")  # row in the stock of the first number of each share of a group
        self._area_pool, self._area_tier = array("q"), array("q")  # of the shares of BY AREA links

    def open_share(self, pool: int, tier: int) -> int:
        """Open a share for BY AREA links; returns a provisional (negative) row that `hand_out` replaces."""
        self._area_pool.append(pool)
        self._area_tier.append(tier)
        return -1 - len(self._area_pool)

    def take(self, pool: int, links: IntArray, share: int | NDArray[np.int32]) -> None:
        """Give the smallest numbers of a pool to these links; the pool must have enough."""
        start = self._next[pool]
        self.number[links] = self._stock[start : start + len(links)]
        self.share[links] = share
        self._next[pool] += len(links)
        self.left[pool] -= len(links)

    def set_aside(self, pool: int, count: int) -> None:
        """Set the smallest numbers of a pool aside for a group; the pool must have enough."""
        start = self._next[pool]
        self._set_aside.append(start)
        self._next[pool] = start + count
        self.left[pool] -= count

    def hand_out(self, groups: Groups, candidates: Candidates, trials: Trials) -> Shares:
        """Give the groups what was set aside for them, in the order of the trials that took something.

        Returns
        -------
        Shares
            The groups' shares in the order in which they were set aside, then those of the BY AREA links.
        """
        took = np.flatnonzero(trials.taken)
        group, candidate, count = trials.group[took], trials.candidate[took], trials.taken[took]
        begin = groups.start[group] + _taken_before(group, count)
        number = np.zeros(len(groups.members), dtype=np.int64)
        for place, start, size in zip(begin.tolist(), self._set_aside, count.tolist(), strict=True):
            number[place : place + size] = self._stock[start : start + size]
        self.number[groups.members] = number
        if len(self._area_pool):
            opened = self.share < -1
            self.share[opened] = len(took) - 2 - self.share[opened]
        self.share[groups.members] = _share_of_members(begin, count, len(groups.members))
        area_pool, area_tier = np.array(self._area_pool, dtype=np.int64), np.array(self._area_tier, dtype=np.int64)
        return shares_of(candidates, candidate, group, area_pool, area_tier)


def shares_of(
    candidates: Candidates, candidate: IntArray, group: IntArray, area_pool: IntArray, area_tier: IntArray
) -> Shares:
    """Describe shares: those of groups, then those of BY AREA links.

    Parameters
    ----------
    candidates
        From outcode rows to pools.
    candidate, group
        Row of the candidate, and group, of each share of a group, shape (s,).
    area_pool, area_tier
        Pool and tier of each share of BY AREA links, shape (t,).
    """
    km = candidates.km[candidate]
    by_distance = np.where(km > 0, int(Tier.DISTANCE), int(Tier.NONE))
    return Shares(
        pool=frozen(np.concatenate((candidates.pool[candidate], area_pool)).astype(np.int64)),
        tier=frozen(np.concatenate((by_distance, area_tier)).astype(np.int64)),
        km=frozen(np.concatenate((km, np.full(len(area_pool), np.nan)))),
        group=frozen(np.concatenate((group, np.full(len(area_pool), -1)))),
    )


def _taken_before(group: IntArray, count: IntArray) -> IntArray:
    """The number of members of its group that come before each share; a group's shares follow each other."""
    first, before = run_starts(group), np.cumsum(count) - count
    return before - np.repeat(before[first], np.diff(first, append=len(group)))


def _share_of_members(begin: IntArray, count: IntArray, members: int) -> NDArray[np.int32]:
    """The share of each member of the groups: runs of one share, with runs of none (-1) between them."""
    order = np.argsort(begin)
    share = np.full(2 * len(order) + 1, -1, dtype=np.int32)
    share[1::2] = order
    length = np.empty(2 * len(order) + 1, dtype=np.int64)
    length[1::2] = count[order]
    length[0::2] = np.append(begin[order], members) - np.concatenate(([0], (begin + count)[order]))
    return np.repeat(share, length)
