"""Exhaustive search for the best plan: what `allocator.whatif` is compared with.

A problem is a list of units. A unit takes all its numbers from one of the pools that it reaches, or gets none. A group
that stays together is one unit; where groups may be split, each link is a unit. `usages` goes through all assignments
and keeps, for each count of numbers used in every pool, the greatest value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

Used = tuple[int, ...]
Value = tuple[float, ...]
Join = Callable[[Value, "Unit", float], Value]


@dataclass(frozen=True)
class Unit:
    """Links that are served from one pool, or not at all.

    Attributes
    ----------
    size
        The number of links.
    km
        The pools in reach, with their distances, kilometres.
    weight
        The sum of the links' priorities.
    place
        The outcode or area code.
    had
        The pool of the number that the links had in an earlier plan.
    """

    size: int
    km: Mapping[int, float]
    weight: float = 0.0
    place: str = ""
    had: int | None = None


def usages(
    units: Sequence[Unit], limits: Sequence[int], start: Value = (0.0,), join: Join | None = None
) -> dict[Used, Value]:
    """Return each possible use of the pools, with its greatest value."""
    found: dict[Used, Value] = {(0,) * len(limits): start}
    for unit in units:
        after = dict(found)
        for used, value in found.items():
            for pool, km in unit.km.items():
                if used[pool] + unit.size > limits[pool]:
                    continue
                then = (*used[:pool], used[pool] + unit.size, *used[pool + 1 :])
                worth = value if join is None else join(value, unit, km)
                if then not in after or worth > after[then]:
                    after[then] = worth
        found = after
    return found


def most_served(units: Sequence[Unit], supply: Sequence[int]) -> int:
    return max(sum(used) for used in usages(units, supply))


def most_weight(units: Sequence[Unit], supply: Sequence[int]) -> float:
    def heavier(value: Value, unit: Unit, _: float) -> Value:
        return (value[0] + unit.weight,)

    return max(value[0] for value in usages(units, supply, join=heavier).values())


def least_total_km(units: Sequence[Unit], supply: Sequence[int]) -> float:
    """Return the least sum of distances among plans that serve the most links, kilometres."""

    def farther(value: Value, unit: Unit, km: float) -> Value:
        return (value[0] - unit.size * km,)

    found = usages(units, supply, join=farther)
    most = max(sum(used) for used in found)
    return min(-value[0] for used, value in found.items() if sum(used) == most)


def least_worst_km(units: Sequence[Unit], supply: Sequence[int]) -> float:
    """Return the least distance of the farthest link among plans that serve the most links, kilometres."""

    def worse(value: Value, _: Unit, km: float) -> Value:
        return (min(value[0], -km),)

    found = usages(units, supply, join=worse)
    most = max(sum(used) for used in found)
    return min(-value[0] for used, value in found.items() if sum(used) == most)


def most_kept(units: Sequence[Unit], supply: Sequence[int]) -> int:
    """Return the most links that keep their pool among plans that serve the most links."""

    def joined(value: Value, unit: Unit, pool: int) -> Value:
        return (value[0] + unit.size * (pool == unit.had),)

    marked = [replace(unit, km={pool: float(pool) for pool in unit.km}) for unit in units]
    found = usages(marked, supply, join=lambda value, unit, pool: joined(value, unit, int(pool)))
    most = max(sum(used) for used in found)
    return int(max(value[0] for used, value in found.items() if sum(used) == most))


def _bought(used: Used, supply: Sequence[int]) -> list[int]:
    return [max(0, asked - there) for asked, there in zip(used, supply, strict=True)]


def cheapest(
    units: Sequence[Unit], supply: Sequence[int], price: Sequence[float], sale: Sequence[int]
) -> tuple[int, float]:
    """Return the most links that purchases can serve, and the least cost of serving them."""
    limits = [there + more for there, more in zip(supply, sale, strict=True)]
    served, cost = min(
        (-sum(used), sum(a * b for a, b in zip(price, _bought(used, supply), strict=True)))
        for used in usages(units, limits)
    )
    return -served, cost


def frontier(units: Sequence[Unit], supply: Sequence[int], sale: Sequence[int]) -> list[int]:
    """Return the links served with at most 0, 1, 2, … numbers bought, until more numbers serve no more links."""
    limits = [there + more for there, more in zip(supply, sale, strict=True)]
    best: dict[int, int] = {}
    for used in usages(units, limits):
        numbers = sum(_bought(used, supply))
        best[numbers] = max(best.get(numbers, 0), sum(used))
    most = max(best.values())
    until = min(numbers for numbers, served in best.items() if served == most)
    return [max(served for n, served in best.items() if n <= numbers) for numbers in range(until + 1)]


def within(units: Sequence[Unit], radius_km: float) -> list[Unit]:
    return [replace(unit, km={pool: km for pool, km in unit.km.items() if km <= radius_km}) for unit in units]


def steps(units: Sequence[Unit], supply: Sequence[int], up_to_km: float) -> list[tuple[float, int]]:
    """Return radius and links served by the best plan at each distance, from 0 on, where the count changes."""
    distances = sorted({0.0, *(km for unit in units for km in unit.km.values() if km <= up_to_km)})
    curve: list[tuple[float, int]] = []
    for radius_km in distances:
        served = most_served(within(units, radius_km), supply)
        if not curve or served != curve[-1][1]:
            curve.append((radius_km, served))
    return curve


def blocks(units: Sequence[Unit], supply: Sequence[int]) -> bool:
    """Say whether counting proves a shortage: the units want more numbers than all pools in their reach have."""
    reached = {pool for unit in units for pool in unit.km}
    return sum(unit.size for unit in units) > sum(supply[pool] for pool in reached)
