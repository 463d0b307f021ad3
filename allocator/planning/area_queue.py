"""BY AREA links under the API's rule: served in document order without a step for each of them."""

from __future__ import annotations

import heapq

import numpy as np

from allocator.planning.arrays import IntArray
from allocator.planning.inventory import Inventory
from allocator.planning.problem import AreaRequests


class AreaQueue:
    """The BY AREA links that still wait, served in document order as the rule goes through the document.

    Pools only ever shrink, so a class of links moves through its chain in one direction, and only at a link that finds
    its pool empty. The queue foresees that link for every pool (`forecast`) and jumps from one to the next (`advance`).
    The links in between take their numbers together, the next time that the rule reads what the pool has left (`sync`).

    Parameters
    ----------
    inventory
        The numbers, which the queue and the rule draw from.
    area_requests
        The BY AREA links.

    Notes
    -----
    O(k log k) for k links, plus O(classes × length of chain × log k).
    """

    def __init__(self, inventory: Inventory, area_requests: AreaRequests) -> None:
        self._inventory = inventory
        self._requests = area_requests
        self._links = area_requests.by_class()
        self._served = [0] * len(self._links)  # links of each class that have their numbers
        self._step = [-1] * len(self._links)  # place of each class in its chain
        self._share = [-1] * len(self._links)
        self._users: dict[int, list[int]] = {}  # classes that draw on each pool
        self._dry_at: dict[int, int] = {}
        self._heap: list[tuple[int, int]] = []
        for kind in range(len(self._links)):
            self._move_on(kind, 0)

    def advance(self, position: int) -> None:
        """Move on every class whose pool runs dry before this place of the document."""
        while self._heap and self._heap[0][0] < position:
            dry_at, pool = heapq.heappop(self._heap)
            if self._dry_at.get(pool) != dry_at:
                continue  # an older forecast, made before somebody else drew on the pool
            del self._dry_at[pool]
            self.sync(pool, dry_at)
            for kind in self._users.pop(pool):
                self._move_on(kind, dry_at)

    def finish(self, links: int) -> None:
        """Serve the links that still wait at the end of a document of this many links."""
        self.advance(links)
        for pool in sorted(self._users):
            self.sync(pool, links)

    def sync(self, pool: int, position: int) -> None:
        """Give this pool's classes the numbers they have drawn before this place of the document."""
        drawn: list[IntArray] = []
        shares: list[int] = []
        for kind in self._users.get(pool, ()):
            links, served = self._links[kind], self._served[kind]
            until = int(np.searchsorted(links, position))
            if until > served:
                drawn.append(links[served:until])
                shares.append(self._share[kind])
                self._served[kind] = until
        if len(drawn) == 1:
            self._inventory.take(pool, drawn[0], shares[0])
        elif drawn:
            together = np.concatenate(drawn)
            order = np.argsort(together, kind="stable")
            share = np.repeat(np.array(shares, dtype=np.int32), [len(links) for links in drawn])
            self._inventory.take(pool, together[order], share[order])

    def forecast(self, pool: int) -> None:
        """Foresee the link that will find this pool empty; the pool must be in sync."""
        kinds = self._users.get(pool)
        if not kinds:
            return
        left = self._inventory.left[pool]
        if len(kinds) == 1:
            links, place = self._links[kinds[0]], self._served[kinds[0]] + left
            dry_at = int(links[place]) if place < len(links) else None
        else:
            dry_at = self._first_beyond(kinds, left)
        if dry_at is None:
            self._dry_at.pop(pool, None)
        else:
            self._dry_at[pool] = dry_at
            heapq.heappush(self._heap, (dry_at, pool))

    def _first_beyond(self, kinds: list[int], left: int) -> int | None:
        """The link that comes after `left` others, among the waiting links of several classes."""
        waiting = [self._links[kind][self._served[kind] :] for kind in kinds]
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
        chain = self._requests.chain[kind]
        for step in range(self._step[kind] + 1, len(chain)):
            pool = chain[step]
            self.sync(pool, position)
            if self._inventory.left[pool]:
                self._step[kind] = step
                self._share[kind] = self._inventory.open_share(pool, self._requests.tier[kind][step])
                self._users.setdefault(pool, []).append(kind)
                self.forecast(pool)
                return
        self._step[kind] = len(chain)
