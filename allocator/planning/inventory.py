"""The counter at which numbers are handed out, and the queue of BY AREA links in front of it."""

from __future__ import annotations

import heapq
from array import array

import numpy as np
from numpy.typing import NDArray

from allocator.planning.problem import AreaRequests, Candidates, Groups, IntArray, Pools, Shares, Tier, Trials, frozen


class Inventory:
    """What every pool has left, and who got what.

    Within a pool the smallest number goes first; links that take together are served in document order. BY AREA links
    are handed their numbers when they take them. Groups only have theirs set aside: they are handed out at the end, all
    at once, as each step in the walk costs more than the numbers it moves.

    Parameters
    ----------
    links
        How many links the document has.
    pools
        The available numbers.
    """

    def __init__(self, links: int, pools: Pools) -> None:
        self._stock = pools.number
        self._next: list[int] = pools.start[:-1].tolist()
        self.left: list[int] = pools.available.tolist()
        self.number = np.zeros(links, dtype=np.int64)
        self.share = np.full(links, -1, dtype=np.int32)
        self._set_aside = array("q")  # where the numbers of each share of a group begin
        self._callers_pool, self._callers_tier = array("q"), array("q")

    def open_share(self, pool: int, tier: int) -> int:
        """Write down that BY AREA links take from a pool, and give what to call it until the shares are complete."""
        self._callers_pool.append(pool)
        self._callers_tier.append(tier)
        return -1 - len(self._callers_pool)

    def take(self, pool: int, links: IntArray, share: int | NDArray[np.int32]) -> None:
        """Hand the smallest numbers of a pool to these links; the pool must have enough."""
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
        """Hand the groups what was set aside for them, in the order of the trials that took something.

        Returns
        -------
        Shares
            Those of the groups in the order in which they were settled, then those of the BY AREA links.
        """
        took = np.flatnonzero(trials.taken)
        group, candidate, count = trials.group[took], trials.candidate[took], trials.taken[took]
        begin = groups.start[group] + _taken_before(group, count)
        number = np.zeros(len(groups.members), dtype=np.int64)
        steps = zip(begin.tolist(), self._set_aside, count.tolist(), strict=True)
        for place, start, size in steps:
            number[place : place + size] = self._stock[start : start + size]
        self.number[groups.members] = number
        if len(self._callers_pool):
            opened = self.share < -1
            self.share[opened] = len(took) - 2 - self.share[opened]
        self.share[groups.members] = _in_runs(begin, count, len(groups.members))
        none = np.full(len(self._callers_pool), -1, dtype=np.int64)
        km = candidates.km[candidate]
        tier = np.where(km > 0, Tier.DISTANCE, Tier.NONE)
        return Shares(
            pool=frozen(np.concatenate((candidates.pool[candidate], np.array(self._callers_pool, dtype=np.int64)))),
            tier=frozen(np.concatenate((tier, np.array(self._callers_tier, dtype=np.int64)))),
            km=frozen(np.concatenate((km, np.full(len(none), np.nan)))),
            group=frozen(np.concatenate((group, none))),
        )


def _taken_before(group: IntArray, count: IntArray) -> IntArray:
    """How many members of its group each share comes after; the shares of a group stand together."""
    before = np.cumsum(count) - count
    first = np.diff(group, prepend=-1) != 0
    return before - np.maximum.accumulate(np.where(first, before, 0))


def _in_runs(begin: IntArray, count: IntArray, members: int) -> NDArray[np.int32]:
    """The share of each member of the groups: runs of one share, with runs of none between them."""
    order = np.argsort(begin)
    share = np.full(2 * len(order) + 1, -1, dtype=np.int32)
    share[1::2] = order
    length = np.empty(2 * len(order) + 1, dtype=np.int64)
    length[1::2] = count[order]
    length[0::2] = np.append(begin[order], members) - np.concatenate(([0], (begin + count)[order]))
    return np.repeat(share, length)


class AreaRequestQueue:
    """The BY AREA links, settled in document order without walking through them.

    Pools only ever shrink, so a class of links moves through its chain in one direction, and it moves only at a link
    that finds its pool empty. The queue foresees that link for every pool (`forecast`) and jumps from one to the next
    (`advance`); the links in between are settled together, the first time anybody asks what the pool has left (`sync`).

    Notes
    -----
    O(k log k) for k links, plus O(classes × length of chain × log k).
    """

    def __init__(self, counter: Inventory, area_requests: AreaRequests) -> None:
        self._counter = counter
        self._callers = area_requests
        order = np.argsort(area_requests.kind, kind="stable")
        ends = np.cumsum(np.bincount(area_requests.kind, minlength=len(area_requests.chain)))
        self._links: list[IntArray] = np.split(area_requests.position[order], ends[:-1])
        self._settled = [0] * len(area_requests.chain)
        self._step = [-1] * len(area_requests.chain)
        self._share = [-1] * len(area_requests.chain)
        self._drawers: dict[int, list[int]] = {}
        self._dry_at: dict[int, int] = {}
        self._heap: list[tuple[int, int]] = []
        for kind in range(len(area_requests.chain)):
            self._move_on(kind, 0)

    def advance(self, position: int) -> None:
        """Let every class whose pool runs dry before this place of the document move on."""
        while self._heap and self._heap[0][0] < position:
            dry_at, pool = heapq.heappop(self._heap)
            if self._dry_at.get(pool) != dry_at:
                continue  # an older forecast of a pool that has since been drawn on
            del self._dry_at[pool]
            self.sync(pool, dry_at)
            for kind in self._drawers.pop(pool):
                self._move_on(kind, dry_at)

    def finish(self, links: int) -> None:
        """Settle all that is left of a document of so many links."""
        self.advance(links)
        for pool in sorted(self._drawers):
            self.sync(pool, links)

    def sync(self, pool: int, position: int) -> None:
        """Hand out what this pool's classes have drawn before this place of the document."""
        drawn: list[IntArray] = []
        shares: list[int] = []
        for kind in self._drawers.get(pool, ()):
            links, settled = self._links[kind], self._settled[kind]
            until = int(np.searchsorted(links, position))
            if until > settled:
                drawn.append(links[settled:until])
                shares.append(self._share[kind])
                self._settled[kind] = until
        if len(drawn) == 1:
            self._counter.take(pool, drawn[0], shares[0])
        elif drawn:
            together = np.concatenate(drawn)
            order = np.argsort(together, kind="stable")
            share = np.repeat(np.array(shares, dtype=np.int32), [len(links) for links in drawn])
            self._counter.take(pool, together[order], share[order])

    def forecast(self, pool: int) -> None:
        """Foresee the link that will find this pool empty; the pool must be in sync."""
        kinds = self._drawers.get(pool)
        if not kinds:
            return
        left = self._counter.left[pool]
        if len(kinds) == 1:
            links, turn = self._links[kinds[0]], self._settled[kinds[0]] + left
            dry_at = int(links[turn]) if turn < len(links) else None
        else:
            dry_at = self._first_beyond(kinds, left)
        if dry_at is None:
            self._dry_at.pop(pool, None)
        else:
            self._dry_at[pool] = dry_at
            heapq.heappush(self._heap, (dry_at, pool))

    def _first_beyond(self, kinds: list[int], left: int) -> int | None:
        """The link that comes after `left` others, among the links of several classes that are still to be settled."""
        waiting = [self._links[kind][self._settled[kind] :] for kind in kinds]
        if sum(map(len, waiting)) <= left:
            return None
        low, high = 0, int(max(links[-1] for links in waiting if len(links)))
        while low < high:
            middle = (low + high) // 2
            if sum(int(np.searchsorted(links, middle, side="right")) for links in waiting) > left:
                high = middle
            else:
                low = middle + 1
        return low

    def _move_on(self, kind: int, position: int) -> None:
        """Send a class to the next pool of its chain that has a number left at this place of the document."""
        chain = self._callers.chain[kind]
        for step in range(self._step[kind] + 1, len(chain)):
            pool = chain[step]
            self.sync(pool, position)
            if self._counter.left[pool]:
                self._step[kind] = step
                self._share[kind] = self._counter.open_share(pool, self._callers.tier[kind][step])
                self._drawers.setdefault(pool, []).append(kind)
                self.forecast(pool)
                return
        self._step[kind] = len(chain)
