"""Why a group of BY POSTCODE links has too few numbers: the facts of the plan, and the sentence made from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from allocator.notation import usable_km
from allocator.places import HORIZON_KM, bundled_area_codes, bundled_outcodes
from allocator.planning import IntArray, frozen
from allocator.plans.allocation import Allocation


@dataclass(frozen=True, slots=True)
class Attempts:
    """What each group could take from the area codes near it, in the order of the decisions.

    By the rule, the numbers are those at the group's turn. In the best plan there is no turn: they are those at the
    end, with what the group itself took.

    Attributes
    ----------
    group
        The group, int64, shape (t,).
    candidate
        Row of the problem's candidates, int64, shape (t,). Those of a group come closest first. The last of a group
        with too few numbers may be beyond its radius: it is the nearest that had enough for the links without one.
    left
        Numbers that the area code had left for the group, int64, shape (t,).
    taken
        Numbers that the group took, int64, shape (t,).
    at_the_end
        Whether the numbers are those at the end.
    """

    group: IntArray
    candidate: IntArray
    left: IntArray
    taken: IntArray
    at_the_end: bool


def attempts_of(allocation: Allocation) -> Attempts:
    """Return what each group could take from the area codes near it.

    Parameters
    ----------
    allocation
        What was decided.

    Notes
    -----
    O(groups × candidates within the radius), in arrays. For a group of the best plan that is wholly served, candidates
    end with the farthest that it took from.
    """
    trials = allocation.assignment.trials
    if allocation.solution.certificate is None:
        return Attempts(trials.group, trials.candidate, trials.left, trials.taken, at_the_end=False)
    problem, assignment = allocation.problem, allocation.assignment
    groups, candidates, shares = problem.groups, problem.candidates, assignment.shares
    count = np.bincount(assignment.share[assignment.share >= 0], minlength=len(shares.pool))
    left = problem.pools.available - np.bincount(shares.pool, weights=count, minlength=len(problem.pools.available))
    ours = shares.group >= 0
    served = np.bincount(shares.group[ours], weights=count[ours], minlength=len(groups)).astype(np.int64)
    missing = np.diff(groups.start) - served

    low, high = candidates.start[groups.code], candidates.start[groups.code + 1]
    group = np.repeat(np.arange(len(groups)), high - low)
    first = np.repeat(np.cumsum(high - low) - (high - low), high - low)
    row = np.arange(len(group)) - first + np.repeat(low, high - low)
    pool, km = candidates.pool[row].astype(np.int64), candidates.km[row]
    # Each pair of group and pool has one number, so that what the group took from the pool can be looked up.
    width = len(problem.pools.available)
    taken_key = shares.group[ours] * width + shares.pool[ours]
    order = np.argsort(taken_key)
    key = group * width + pool
    place = np.minimum(np.searchsorted(taken_key[order], key), max(len(order) - 1, 0))
    taken = np.zeros(len(row), dtype=np.int64)
    if len(order):
        found = taken_key[order][place] == key
        taken[found] = count[ours][order][place[found]]
    had = left[pool].astype(np.int64) + taken

    within = km <= groups.radius_km[group]
    farthest = np.zeros(len(groups))
    np.maximum.at(farthest, group[taken > 0], km[taken > 0])
    shown = within & ((missing[group] > 0) | (km <= farthest[group]))
    enough = np.flatnonzero(~within & (missing[group] > 0) & (had >= missing[group]))
    _, nearest = np.unique(group[enough], return_index=True)
    shown[enough[nearest]] = True
    rows = np.flatnonzero(shown)
    turn = np.empty(len(groups), dtype=np.int64)
    turn[groups.turn] = np.arange(len(groups))
    rows = rows[np.argsort(turn[group[rows]], kind="stable")]
    return Attempts(frozen(group[rows]), frozen(row[rows]), frozen(had[rows]), frozen(taken[rows]), at_the_end=True)


@dataclass(frozen=True, slots=True)
class InReach:
    """An area code near a group.

    Attributes
    ----------
    area_code, name
        The area code and its name.
    distance_km
        Distance from the group's outcode, kilometres; 0 for its own area code.
    had
        Numbers that the account could give at the start.
    left
        Numbers that were left for the group, see `Attempts`.
    """

    area_code: int
    name: str
    distance_km: float
    had: int
    left: int

    def __str__(self) -> str:
        return f"0{self.area_code} ({self.name})"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why a group has too few numbers.

    Attributes
    ----------
    outcode
        Where its links are.
    links, missing
        Number of its links, and of those without a number.
    radius_km
        The group's fallback distance: the smallest among its links, kilometres.
    together
        Whether one area code must serve the whole group.
    at_the_end
        Whether numbers left are those at the end of the plan; else those at the group's turn.
    reach
        The area codes within the radius, closest first.
    nearest
        The nearest area code beyond the radius with enough for the links without a number; None where there is none
        within `horizon_km`.
    horizon_km
        How far was looked for it, kilometres.
    limit
        The first link that allows no more than `radius_km` (its id, its row or None), where others of the group allow
        more; else None.
    farthest_km
        The greatest distance that a link of the group allows, kilometres.
    """

    outcode: str
    links: int
    missing: int
    radius_km: float
    together: bool
    at_the_end: bool
    reach: tuple[InReach, ...]
    nearest: InReach | None
    horizon_km: float
    limit: tuple[str, int | None] | None
    farthest_km: float

    def __str__(self) -> str:
        return " ".join(self._sentences())

    def _sentences(self) -> Iterator[str]:
        one = " from one area code" if self.together and self.links > 1 else ""
        yield f"{self.outcode} needs {_numbers(self.links)}{one}{self._state()}"
        needed = "it" if self.links == 1 else f"all {self.missing}" if self.missing == self.links else "the rest"
        if self.limit is not None:
            link_id, row = self.limit
            where = "" if row is None else f" (row {row})"
            yield (
                f"Link {link_id}{where} allows no more than {self.radius_km:g} km, "
                f"others in {self.outcode} up to {self.farthest_km:g} km."
            )
        if self.nearest is not None:
            away = usable_km(self.nearest.distance_km, beyond=self.radius_km)
            yield f"The nearest area code with enough for {needed} is {self.nearest}, {away} km away."
        else:
            yield f"No area code within {self.horizon_km:g} km had enough for {needed}."

    def _state(self) -> str:
        """Say what the area codes in reach had."""
        if not self.reach:
            return f", and no area code is within {self.radius_km:g} km."
        own = self.reach[0] if self.reach[0].distance_km == 0 else None
        others = self.reach if own is None else self.reach[1:]
        what = "other area code" if own is not None else "area code"
        near = _counted(len(others), what) + f" within {self.radius_km:g} km"
        if not any(one.had for one in self.reach):
            names = ([f"its own area code, {own}"] if own is not None else []) + ([f"the {near}"] if others else [])
            return f", and the account has no free number in {' or in '.join(names)}."
        facts = [] if own is None else [f"its own area code, {own}, had {own.left or 'none'} left"]
        if others and self.together:
            most = max(one.left for one in others)
            if len(others) == 1:
                facts.append(f"the {near} had {most or 'none'} left")
            else:
                facts.append(f"none of the {near} had " + (f"more than {most} left" if most else "any left"))
        elif others:
            total = sum(one.left for one in others)
            in_all = " in all" if total and len(others) > 1 else ""
            facts.append(f"the {near} had {total or 'none'} left{in_all}")
        when = "at the end" if self.at_the_end else "when its turn came"
        return f"; {when} {' and '.join(facts)}{' for it' if self.at_the_end and not self.together else ''}."


def shortfalls(allocation: Allocation, attempts: Attempts, groups: IntArray) -> Iterator[Shortfall]:
    """Yield the facts of groups with too few numbers.

    Parameters
    ----------
    allocation
        What was decided.
    attempts
        What each group could take.
    groups
        The groups, int64, ascending, shape (g,).
    """
    problem, table = allocation.problem, allocation.links.table
    codes, outcodes = bundled_area_codes(), bundled_outcodes()
    available = problem.pools.available
    fallback_km = table["fallback_km"].to_numpy()
    order = np.argsort(attempts.group, kind="stable")
    begin = np.searchsorted(attempts.group[order], np.append(groups, len(problem.groups)))
    end = np.searchsorted(attempts.group[order], groups, side="right")
    for group, low, high in zip(groups.tolist(), begin.tolist(), end.tolist(), strict=False):
        members = problem.groups.members[problem.groups.start[group] : problem.groups.start[group + 1]]
        radius_km = float(problem.groups.radius_km[group])
        rows = order[low:high]
        found = [
            InReach(
                int(codes.area_code[pool]),
                str(codes.name[pool]),
                float(problem.candidates.km[candidate]),
                int(available[pool]),
                int(left),
            )
            for candidate, left, pool in zip(
                attempts.candidate[rows].tolist(),
                attempts.left[rows].tolist(),
                problem.candidates.pool[attempts.candidate[rows]].tolist(),
                strict=True,
            )
        ]
        own_km = fallback_km[members]
        limit = None
        if own_km.max() > radius_km:
            link = table.row(int(members[int(np.argmax(own_km == radius_km))]), named=True)
            limit = (str(link["link_id"]), link["row"])
        beyond = [one for one in found if one.distance_km > radius_km]
        yield Shortfall(
            outcode=str(outcodes.outcode[int(problem.groups.code[group])]),
            links=len(members),
            missing=int(np.count_nonzero(allocation.number[members] == 0)),
            radius_km=radius_km,
            together=allocation.together,
            at_the_end=attempts.at_the_end,
            reach=tuple(one for one in found if one.distance_km <= radius_km),
            nearest=beyond[0] if beyond else None,
            horizon_km=max(HORIZON_KM, radius_km),
            limit=limit,
            farthest_km=float(own_km.max()),
        )


def _numbers(count: int) -> str:
    return _counted(count, "number")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
