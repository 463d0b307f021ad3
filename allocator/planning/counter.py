"""The counter at which numbers are handed out, and the queue of BY AREA links in front of it."""

from __future__ import annotations

import heapq
from array import array

import numpy as np
from numpy.typing import NDArray

from allocator.planning.problem import Callers, IntArray, Pools, Shares, frozen


class Counter:
    """What every pool has left, and who got what.

    Within a pool the smallest number goes first; links that take together are served in the order given.

    Parameters
    ----------
    links
        How many links the document has.
    members
        The links of the groups, as in `Groups.members`.
    pools
        The available numbers.
    """

    def __init__(self, links: int, members: IntArray, pools: Pools) -> None:
        self._stock = pools.number
        self._members = members
        self._next: list[int] = pools.start[:-1].tolist()
        self.left: list[int] = pools.available.tolist()
        self.number = np.zeros(links, dtype=np.int64)
        self.share = np.full(links, -1, dtype=np.int32)
        # Of each share.
        self._pool, self._tier, self._group, self._km = array("q"), array("q"), array("q"), array("d")
        # Of each share of a group: its row; where its members and its numbers begin, and how many they are.
        self._rows, self._taken = array("q"), array("q")

    def open_share(self, pool: int, tier: int, km: float, group: int) -> int:
        """Write down that something is taken from a pool, and give the row to name it by."""
        self._pool.append(pool)
        self._tier.append(tier)
        self._km.append(km)
        self._group.append(group)
        return len(self._pool) - 1

    def take(self, pool: int, links: IntArray, share: int | NDArray[np.int32]) -> None:
        """Hand the smallest numbers of a pool to these links; the pool must have enough."""
        start = self._next[pool]
        self.number[links] = self._stock[start : start + len(links)]
        self.share[links] = share
        self._next[pool] += len(links)
        self.left[pool] -= len(links)

    def take_group(self, pool: int, begin: int, count: int, tier: int, km: float, group: int) -> None:
        """Set the smallest numbers of a pool aside for so many members of a group; the pool must have enough."""
        self._rows.append(self.open_share(pool, tier, km, group))
        start = self._next[pool]
        self._taken.extend((begin, start, count))
        self._next[pool] = start + count
        self.left[pool] -= count

    def hand_out(self) -> None:
        """Give the groups' members the numbers that were set aside for them, all at once."""
        number = np.zeros(len(self._members), dtype=np.int64)
        stock, taken = self._stock, self._taken
        for begin, start, count in zip(taken[0::3], taken[1::3], taken[2::3], strict=True):
            number[begin : begin + count] = stock[start : start + count]
        self.number[self._members] = number
        self.share[self._members] = self._share_of_members()

    def _share_of_members(self) -> NDArray[np.int32]:
        """The share of each member of the groups: runs of one share, with runs of none between them."""
        begin, _, count = np.array(self._taken, dtype=np.int64).reshape(-1, 3).T
        order = np.argsort(begin)
        begin, count = begin[order], count[order]
        share = np.full(2 * len(order) + 1, -1, dtype=np.int32)
        share[1::2] = np.array(self._rows, dtype=np.int32)[order]
        length = np.empty(2 * len(order) + 1, dtype=np.int64)
        length[1::2] = count
        length[0::2] = np.append(begin, len(self._members)) - np.concatenate(([0], begin + count))
        return np.repeat(share, length)

    def shares(self) -> Shares:
        """What was taken together, as arrays."""
        whole = (np.array(column, dtype=np.int64) for column in (self._pool, self._tier, self._group))
        pool, tier, group = (frozen(column) for column in whole)
        return Shares(pool=pool, tier=tier, km=frozen(np.array(self._km, dtype=np.float64)), group=group)


class CallerQueue:
    """The BY AREA links, settled in document order without walking through them.

    Pools only ever shrink, so a class of links moves through its chain in one direction, and it moves only at a link
    that finds its pool empty. The queue foresees that link for every pool (`forecast`) and jumps from one to the next
    (`advance`); the links in between are settled together, the first time anybody asks what the pool has left (`sync`).

    Notes
    -----
    O(k log k) for k links, plus O(classes × length of chain × log k).
    """

    def __init__(self, counter: Counter, callers: Callers) -> None:
        self._counter = counter
        self._callers = callers
        order = np.argsort(callers.kind, kind="stable")
        ends = np.cumsum(np.bincount(callers.kind, minlength=len(callers.chain)))
        self._links: list[IntArray] = np.split(callers.position[order], ends[:-1])
        self._settled = [0] * len(callers.chain)
        self._step = [-1] * len(callers.chain)
        self._share = [-1] * len(callers.chain)
        self._drawers: dict[int, list[int]] = {}
        self._dry_at: dict[int, int] = {}
        self._heap: list[tuple[int, int]] = []
        for kind in range(len(callers.chain)):
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
                self._share[kind] = self._counter.open_share(pool, self._callers.tier[kind][step], np.nan, -1)
                self._drawers.setdefault(pool, []).append(kind)
                self.forecast(pool)
                return
        self._step[kind] = len(chain)
