"""The best that can be done, by going through everything: what `allocator.whatif` is compared with.

All is told as units, each of which wants some numbers from one pool of those it reaches, or goes without. Groups that
stay together are one unit each; where they may be split, each link is a unit. `usages` goes through all assignments,
and keeps for each vector "how many numbers of each pool are used" the best way to come there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

Used = tuple[int, ...]
Value = tuple[float, ...]
Join = Callable[[Value, "Unit", float], Value]


@dataclass(frozen=True)
class Unit:
    """Links that are served from one pool, or not at all: how many, the km to each pool, how much they count, where
    they are, and the pool of the number that they had.
    """

    size: int
    km: Mapping[int, float]
    weight: float = 0.0
    place: str = ""
    had: int | None = None


def usages(
    units: Sequence[Unit], limits: Sequence[int], start: Value = (0.0,), join: Join | None = None
) -> dict[Used, Value]:
    """Each way in which pools can be used up, and the greatest value with which it can be had."""
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
    """The least sum of all links' distances among plans that serve the most links."""

    def farther(value: Value, unit: Unit, km: float) -> Value:
        return (value[0] - unit.size * km,)

    found = usages(units, supply, join=farther)
    most = max(sum(used) for used in found)
    return min(-value[0] for used, value in found.items() if sum(used) == most)


def least_worst_km(units: Sequence[Unit], supply: Sequence[int]) -> float:
    """The least distance of the worst served link among plans that serve the most links."""

    def worse(value: Value, _: Unit, km: float) -> Value:
        return (min(value[0], -km),)

    found = usages(units, supply, join=worse)
    most = max(sum(used) for used in found)
    return min(-value[0] for used, value in found.items() if sum(used) == most)


def most_kept(units: Sequence[Unit], supply: Sequence[int]) -> int:
    """The most links that can stay with the pool that they had, among plans that serve the most links."""

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
    """The most links that purchases can serve, and the least that it costs."""
    limits = [there + more for there, more in zip(supply, sale, strict=True)]
    served, cost = min(
        (-sum(used), sum(a * b for a, b in zip(price, _bought(used, supply), strict=True)))
        for used in usages(units, limits)
    )
    return -served, cost


def frontier(units: Sequence[Unit], supply: Sequence[int], sale: Sequence[int]) -> list[int]:
    """Links served with at most 0, 1, 2, … numbers bought, up to where more serve nobody."""
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
    """Radius and links served by the best plan, from 0 on, at each distance where that changes; all are tried."""
    distances = sorted({0.0, *(km for unit in units for km in unit.km.values() if km <= up_to_km)})
    curve: list[tuple[float, int]] = []
    for radius_km in distances:
        served = most_served(within(units, radius_km), supply)
        if not curve or served != curve[-1][1]:
            curve.append((radius_km, served))
    return curve


def blocks(units: Sequence[Unit], supply: Sequence[int]) -> bool:
    """Whether counting shows that not all can be served: they want more than all they reach has."""
    reached = {pool for unit in units for pool in unit.km}
    return sum(unit.size for unit in units) > sum(supply[pool] for pool in reached)
