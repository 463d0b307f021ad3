"""The planning problem as arrays: who asks, what there is, and how far one is from the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


Scalar = TypeVar("Scalar", bound=np.generic)


def frozen(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """The same array, read-only from now on."""
    array.flags.writeable = False
    return array


@dataclass(frozen=True, slots=True)
class Groups:
    """The BY POSTCODE links of a document, sorted by the outcode they share.

    Attributes
    ----------
    code
        Outcode row of each group, shape (g,), ascending.
    members
        The links' places in the document, shape (m,): the links of group 0 in document order, then those of group 1, …
    start
        Where each group begins in `members`, shape (g + 1,).
    radius_km
        Fallback distance of each group, kilometres, shape (g,): the smallest among its links.
    turn
        The groups in the order in which they are settled, shape (g,): by the place of their first link.
    """

    code: IntArray
    members: IntArray
    start: IntArray
    radius_km: FloatArray
    turn: IntArray

    @classmethod
    def of(
        cls,
        code: NDArray[np.integer],
        radius_km: FloatArray | float,
        position: IntArray | None = None,
    ) -> Groups:
        """Group links by outcode row.

        Parameters
        ----------
        code
            Outcode row of each BY POSTCODE link in document order, shape (m,). Fastest as uint16, which sorts by radix.
        radius_km
            Fallback distance of each link, shape (m,), or one for all, kilometres.
        position
            Place of each link in the document, shape (m,), ascending; None when the links are the whole document.

        Notes
        -----
        O(m) time and memory: one stable sort by radix, so the links of a group stay in document order.

        >>> import numpy as np
        >>> groups = Groups.of(np.array([7, 3, 7], dtype=np.uint16), 5.0)
        >>> groups.code.tolist(), groups.members.tolist(), groups.turn.tolist()
        ([3, 7], [1, 0, 2], [1, 0])
        """
        order = np.argsort(code, kind="stable")
        count = np.bincount(code)
        present = np.flatnonzero(count)
        start = np.concatenate(([0], np.cumsum(count[present])))
        if isinstance(radius_km, np.ndarray) and present.size:
            radius = np.minimum.reduceat(radius_km[order], start[:-1])
        else:
            radius = np.full(present.size, radius_km if present.size else 0.0, dtype=np.float64)
        members = order if position is None else position[order]
        turn = np.argsort(members[start[:-1]], kind="stable") if present.size else np.empty(0, dtype=np.int64)
        return cls(*(frozen(a) for a in (present, members, start, radius, turn)))

    def __len__(self) -> int:
        return len(self.code)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Which pools a group may be served from, closest first.

    The candidates of the outcode in row `r` are `pool[start[r]:start[r + 1]]`, at `km[start[r]:start[r + 1]]`
    kilometres, ordered by distance, then by area code. They may go beyond a group's radius: what lies there is only
    used to say which pool would have done.
    """

    start: IntArray
    pool: NDArray[np.integer]
    km: FloatArray


@dataclass(frozen=True, slots=True)
class Pools:
    """The available numbers, sorted by pool and, within a pool, ascending.

    The numbers of pool `p` are `number[start[p]:start[p + 1]]`.
    """

    number: IntArray
    start: IntArray

    @classmethod
    def of(cls, pool: NDArray[np.integer], number: IntArray, pools: int) -> Pools:
        """Pools from the pool of each available number.

        Parameters
        ----------
        pool
            Pool of each number, shape (s,).
        number
            The numbers, ascending, shape (s,).
        pools
            How many pools there are; one may be empty.

        >>> import numpy as np
        >>> Pools.of(np.array([1, 0, 1]), np.array([441, 442, 443]), 3).start.tolist()
        [0, 1, 3, 3]
        """
        if pools < np.iinfo(np.uint16).max:
            pool = pool.astype(np.uint16)  # sorted by radix, which is linear
        order = np.argsort(pool, kind="stable")
        start = np.zeros(pools + 1, dtype=np.int64)
        np.cumsum(np.bincount(pool, minlength=pools), out=start[1:])
        return cls(frozen(number[order]), frozen(start))

    @property
    def available(self) -> IntArray:
        """How many numbers each pool has, shape (pools,)."""
        return np.diff(self.start)


@dataclass(frozen=True, slots=True)
class AreaRequests:
    """The BY AREA links, by what they ask for.

    Links that ask for the same area code with the same fallbacks form a class; a class tries the pools of its chain
    one after the other.

    Attributes
    ----------
    position
        Place of each BY AREA link in the document, shape (k,), ascending.
    kind
        Class of each link, shape (k,).
    chain
        For each class the pools it may be served from, in order; the first is the area code asked for, or -1 when the
        stock has none of it.
    tier
        For each class, how each pool of its chain counts (see `Tier`), aligned with `chain`.
    """

    position: IntArray
    kind: IntArray
    chain: tuple[tuple[int, ...], ...] = ()
    tier: tuple[tuple[int, ...], ...] = ()

    @classmethod
    def none(cls) -> AreaRequests:
        """No BY AREA link at all."""
        return cls(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.position)


class Tier:
    """How a number was found: where it was asked for, or by which fallback."""

    NONE = 0
    DISTANCE = 1
    CITY = 2
    REGION = 3
    COUNTRY = 4


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything the planners decide upon.

    Attributes
    ----------
    links
        How many links the document has, of any method.
    groups
        The BY POSTCODE links.
    candidates
        From outcode rows to pools.
    pools
        The available numbers, without those that BY VOXNUMBER links name.
    area_requests
        The BY AREA links.
    weight
        How much serving each link counts, positive whole numbers, shape (links,); None where all count alike. The API's
        rule knows no weights.
    held
        The number that each link has now and would rather keep, shape (links,); 0 where it has none, None where nobody
        has any.
    """

    links: int
    groups: Groups
    candidates: Candidates
    pools: Pools
    area_requests: AreaRequests = field(default_factory=AreaRequests.none)
    weight: IntArray | None = None
    held: IntArray | None = None


@dataclass(frozen=True, slots=True)
class Trials:
    """A group tried a pool: one row each, in the order of the decisions.

    The last trial of a group that was not wholly served may lie beyond its radius: it is the closest pool that would
    have had enough for those who go without, and nothing was taken from it.

    Attributes
    ----------
    group
        The group, shape (t,).
    candidate
        Row of the candidate in `Reach.pool` and `Reach.km`, shape (t,).
    left
        Numbers that the pool had left at that moment, shape (t,).
    taken
        Numbers that the group took from it, shape (t,).
    """

    group: IntArray
    candidate: IntArray
    left: IntArray
    taken: IntArray


@dataclass(frozen=True, slots=True)
class Shares:
    """What was taken together: one row for each pool that a group, or a class of BY AREA links, was served from.

    Attributes
    ----------
    pool
        The pool, shape (s,).
    tier
        How it was found (`Tier`), shape (s,).
    km
        Distance of the group to the pool, kilometres, shape (s,); NaN for BY AREA.
    group
        The group, shape (s,); -1 for BY AREA.
    """

    pool: IntArray
    tier: IntArray
    km: FloatArray
    group: IntArray


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a planner decided.

    Attributes
    ----------
    number
        The number of each link of the document, shape (links,); 0 where it got none.
    share
        Row in `shares` of each link, shape (links,); -1 where it got none.
    shares
        Where the numbers came from.
    trials
        What each group tried.
    """

    number: IntArray
    share: NDArray[np.int32]
    shares: Shares
    trials: Trials
