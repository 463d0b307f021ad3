"""The planning problem and its answer as arrays: links that ask, numbers to give, and who gets which.

A pool is the available numbers of one area code. A group is the BY POSTCODE links that share an outcode.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from allocator.planning.arrays import FloatArray, IntArray, frozen, split_by

Grouping = Literal["together", "split"]
"""Whether one pool serves a whole group or none of it, or several pools may share it."""


@dataclass(frozen=True, slots=True)
class Groups:
    """The BY POSTCODE links of a document, grouped by outcode.

    Attributes
    ----------
    code
        Outcode row of each group, shape (g,), ascending, int64.
    members
        The links' places in the document, shape (m,), int64: the links of group 0 in document order, then those of
        group 1, …
    start
        Where each group begins in `members`, shape (g + 1,), int64.
    radius_km
        Fallback distance of each group, kilometres, shape (g,), float64: the smallest among its links.
    turn
        The groups in the order in which the rule serves them, shape (g,), int64: by the place of their first link.
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

        Examples
        --------
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
        turn = np.argsort(members[start[:-1]], kind="stable")
        return cls(*(frozen(a) for a in (present, members, start, radius, turn)))

    def __len__(self) -> int:
        return len(self.code)

    @property
    def size(self) -> IntArray:
        """The number of links of each group, shape (g,)."""
        return np.diff(self.start)

    @property
    def first(self) -> IntArray:
        """Place of each group's first link in the document, shape (g,)."""
        return self.members[self.start[:-1]]

    @property
    def of_member(self) -> IntArray:
        """The group of each of `members`, shape (m,)."""
        return np.repeat(np.arange(len(self)), self.size)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The pools that may serve each outcode, closest first.

    The candidates of the outcode in row `r` are `pool[start[r]:start[r + 1]]`, at `km[start[r]:start[r + 1]]`
    kilometres, ordered by distance, then by area code. They may lie beyond a group's radius: those are read only to
    say which pool would have had enough.

    Attributes
    ----------
    start
        Where the candidates of each outcode begin, shape (outcodes + 1,), int64.
    pool
        Pool of each candidate, shape (c,), any integer type.
    km
        Distance of the outcode to the candidate's area, kilometres, shape (c,), float64; 0 for the area code of the
        outcode itself.
    """

    start: IntArray
    pool: NDArray[np.integer]
    km: FloatArray


@dataclass(frozen=True, slots=True)
class Pools:
    """The available numbers, sorted by pool and, within a pool, ascending.

    Attributes
    ----------
    number
        The numbers, shape (s,), int64; those of pool `p` are `number[start[p]:start[p + 1]]`.
    start
        Where each pool begins in `number`, shape (p + 1,), int64.
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
            The number of pools, empty ones included.

        Examples
        --------
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
        """The number of numbers in each pool, shape (p,)."""
        return np.diff(self.start)


class Tier(IntEnum):
    """How a number was found: where it was asked for, or by which fallback."""

    NONE = 0
    DISTANCE = 1
    CITY = 2
    REGION = 3
    COUNTRY = 4


@dataclass(frozen=True, slots=True)
class AreaRequests:
    """The BY AREA links, by what they ask for.

    Links that ask for the same area code with the same fallbacks form a class. A class tries the pools of its chain one
    after the other.

    Attributes
    ----------
    position
        Place of each BY AREA link in the document, shape (k,), ascending, int64.
    kind
        Class of each link, shape (k,), int64.
    chain
        For each class the pools it may be served from, in order. The first is that of the area code asked for, unless
        the stock has none of it.
    tier
        For each class how each pool of its chain counts (see `Tier`), aligned with `chain`.
    """

    position: IntArray
    kind: IntArray
    chain: tuple[tuple[int, ...], ...] = ()
    tier: tuple[tuple[int, ...], ...] = ()

    @classmethod
    def none(cls) -> AreaRequests:
        """The value for a document without BY AREA links."""
        return cls(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.position)

    def by_class(self) -> list[IntArray]:
        """Places in the document of each class's links, ascending."""
        return split_by(self.kind, len(self.chain), self.position)


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything that a strategy decides upon.

    Attributes
    ----------
    links
        The number of links in the document, of any method.
    groups
        The BY POSTCODE links.
    candidates
        From outcode rows to pools.
    pools
        The available numbers, without those that BY VOXNUMBER links name.
    area_requests
        The BY AREA links.
    weight
        How much serving each link counts, positive whole numbers, shape (links,), int64; None where all count alike.
        The API's rule knows no weights.
    held
        The number that each link has now and would rather keep, shape (links,), int64; 0 for a link that has none,
        None where no link has one.
    """

    links: int
    groups: Groups
    candidates: Candidates
    pools: Pools
    area_requests: AreaRequests = field(default_factory=AreaRequests.none)
    weight: IntArray | None = None
    held: IntArray | None = None

    @property
    def plain(self) -> bool:
        """Whether all links count alike and none has a number to keep."""
        return self.weight is None and self.held is None

    def candidate_rows(self, group: int) -> slice:
        """Rows of a group's candidates, within its radius and beyond."""
        start, code = self.candidates.start, self.groups.code[group]
        return slice(int(start[code]), int(start[code + 1]))


@dataclass(frozen=True, slots=True)
class Trials:
    """The pools that each group tried: one row for each try, in the order of the decisions.

    The last trial of a group that was not wholly served may lie beyond its radius. It is the closest pool that would
    have had enough for the links left over, and nothing was taken from it.

    Attributes
    ----------
    group
        The group, shape (t,), int64.
    candidate
        Row of the candidate in `Candidates.pool` and `Candidates.km`, shape (t,), int64.
    left
        Numbers that the pool had left at that moment, shape (t,), int64.
    taken
        Numbers that the group took from it, shape (t,), int64.
    """

    group: IntArray
    candidate: IntArray
    left: IntArray
    taken: IntArray


@dataclass(frozen=True, slots=True)
class Shares:
    """Numbers that were taken together: one row for each pool that served a group, or a class of BY AREA links.

    Attributes
    ----------
    pool
        The pool, shape (s,), int64.
    tier
        How it was found (`Tier`), shape (s,), int64.
    km
        Distance of the group to the pool, kilometres, shape (s,), float64; NaN for BY AREA.
    group
        The group, shape (s,), int64; -1 for BY AREA.
    """

    pool: IntArray
    tier: IntArray
    km: FloatArray
    group: IntArray


@dataclass(frozen=True, slots=True)
class Assignment:
    """The answer to a problem: the number that each link gets, and where it came from.

    Attributes
    ----------
    number
        The number of each link of the document, shape (links,), int64; 0 for a link that gets none.
    share
        Row in `shares` of each link, shape (links,), int32; -1 for a link that gets none.
    shares
        Where the numbers came from.
    trials
        What each group tried.
    """

    number: IntArray
    share: NDArray[np.int32]
    shares: Shares
    trials: Trials
