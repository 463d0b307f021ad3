"""Instances at real places: arbitrary ones, planted ones whose best plan is known, and the small ones of `planted`."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from itertools import chain

import polars as pl
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from allocator.places import dataset
from allocator.places.distances import default_distances
from tests.support.exhaustive import Unit
from tests.support.planted import Planted
from tests.support.strategies import ANCHORS, neighbourhood, unit_postcodes

FAR_KM = 100.0
# One more pool for all area codes that have no number: numbers in them cost the same and serve all who reach them.
ELSEWHERE = 1


@cache
def reached(outcode: str, radius_km: float) -> tuple[tuple[int, float], ...]:
    """Return the area codes within a distance of an outcode with their distances, kilometres, closest first."""
    row = dataset.bundled_outcodes().row(outcode)
    assert row is not None
    index, km = default_distances().within(row, radius_km)
    return tuple(zip(dataset.bundled_area_codes().area_code[index].tolist(), km.tolist(), strict=True))


@dataclass(frozen=True)
class Places:
    """Links and stock at real places.

    Attributes
    ----------
    wanted
        Outcode and priority of each BY POSTCODE link, in document order.
    numbers
        Area codes and the count of numbers in each.
    radius_km
        The fallback distance.
    by_area
        The area code of each BY AREA link.
    own_radius_km
        Outcodes whose links have a fallback distance of their own.
    best
        The most links that any plan serves; None where that is not known.
    """

    wanted: tuple[tuple[str, float], ...]
    numbers: tuple[tuple[int, int], ...]
    radius_km: float
    by_area: tuple[int, ...] = ()
    own_radius_km: tuple[tuple[str, float], ...] = ()
    best: int | None = None

    @property
    def links(self) -> pl.DataFrame:
        own = dict(self.own_radius_km)
        rows: list[tuple[object, ...]] = [
            (
                f"L{n}",
                "BY POSTCODE",
                f"{outcode} {unit_postcodes(outcode)[0][0]}",
                own.get(outcode),
                None,
                None,
                priority,
            )
            for n, (outcode, priority) in enumerate(self.wanted)
        ]
        rows += [(f"A{n}", "BY AREA", None, None, "44", str(code), 1.0) for n, code in enumerate(self.by_area)]
        columns = ("link_id", "method", "postcode", "fallback_area_distance", "voxnumber_idd", "area_code", "priority")
        return pl.DataFrame(
            [[None if value is None else str(value) for value in row] for row in rows],
            schema=dict.fromkeys(columns, pl.String),
            orient="row",
        )

    @property
    def stock(self) -> pl.DataFrame:
        numbers = [
            f"44{code}{str(last).zfill(10 - len(str(code)))}" for code, many in self.numbers for last in range(many)
        ]
        return pl.DataFrame({"full_voxnumber": numbers}, schema={"full_voxnumber": pl.String})

    @property
    def codes(self) -> list[int]:
        return [code for code, _ in self.numbers]

    @property
    def supply(self) -> list[int]:
        return [many for _, many in self.numbers]

    def units(self, *, together: bool, radius_km: float | None = None, elsewhere: bool = False) -> list[Unit]:
        """Return the links as the oracle takes them; `elsewhere` adds a last pool for all other area codes."""
        radius_km = self.radius_km if radius_km is None else radius_km
        own, pool_of = dict(self.own_radius_km), {code: pool for pool, code in enumerate(self.codes)}
        of_outcode: dict[str, list[float]] = {}
        for outcode, priority in self.wanted:
            of_outcode.setdefault(outcode, []).append(priority)
        units = []
        for outcode, priorities in of_outcode.items():
            near = reached(outcode, own.get(outcode, radius_km))
            km = {pool_of[code]: distance for code, distance in near if code in pool_of}
            others = [distance for code, distance in near if code not in pool_of]
            if elsewhere and others:
                km[len(pool_of)] = min(others)
            if together:
                units.append(Unit(len(priorities), km, sum(priorities), outcode))
            else:
                units += [Unit(1, km, priority, outcode) for priority in priorities]
        for code in self.by_area:
            there = {pool_of[code]: 0.0} if code in pool_of else {len(pool_of): 0.0} if elsewhere else {}
            units.append(Unit(1, there, 1.0, f"BY AREA {code}"))
        return units


@st.composite
def places(draw: DrawFn, *, by_area: bool = True, priorities: bool = False) -> Places:
    """Draw 2 to 11 links and two to four pools of one to five numbers, close together."""
    near = neighbourhood(draw(st.sampled_from(ANCHORS)))
    with_postcodes = [outcode for outcode in near.outcodes if unit_postcodes(outcode)[0]]
    outcodes = draw(st.lists(st.sampled_from(with_postcodes), min_size=2, max_size=11))
    weights = st.sampled_from([1.0, 2.0, 5.0]) if priorities else st.just(1.0)
    codes = draw(st.lists(st.sampled_from(near.area_codes), min_size=2, max_size=4, unique=True))
    return Places(
        tuple((outcode, draw(weights)) for outcode in outcodes),
        tuple((code, draw(st.integers(1, 5))) for code in codes),
        draw(st.sampled_from([0.0, 5.0, 15.0, 30.0, 60.0])),
        tuple(draw(st.lists(st.sampled_from(near.area_codes), max_size=2))) if by_area else (),
    )


def planted_places(groups: int, seed: int, *, missing: int = 0) -> Places:
    """Plant an instance: each group gets an area code in its reach, and the stock is exactly what that takes.

    Parameters
    ----------
    groups
        The number of groups, each of one to four links.
    seed
        Seed of the random choices.
    missing
        How many numbers are taken out of the stock again.
    """
    chance = random.Random(seed)  # noqa: S311 - a test wants the same instances every time
    near = neighbourhood(chance.choice(ANCHORS[:8]))
    wanted: list[tuple[str, float]] = []
    stock: dict[int, int] = {}
    for outcode in [outcode for outcode in near.outcodes if unit_postcodes(outcode)[0]][:groups]:
        size = chance.randint(1, 4)
        code = chance.choice(reached(outcode, 40.0)[:4])[0]
        wanted += [(outcode, 1.0)] * size
        stock[code] = stock.get(code, 0) + size
    chance.shuffle(wanted)
    for _ in range(missing):
        code = chance.choice([code for code, many in stock.items() if many])
        stock[code] -= 1
    left = {code: many for code, many in stock.items() if many}
    return Places(tuple(wanted), tuple(sorted(left.items())), 40.0, best=len(wanted) - missing)


def at_places(instance: Planted) -> Places:
    """Put an instance of at most two groups and two pools on the map.

    The first group is at W11, which reaches 020 and, farther off, one other area code. The second is at SW1A, which has
    a radius of 0 km and reaches 020 only. These area codes are the two pools.

    Parameters
    ----------
    instance
        An instance in which the first group reaches all pools and the second the first pool only.
    """
    assert [sorted(pool for pool, _ in candidates) for candidates in instance.reach] in (
        [list(range(len(instance.supply)))],
        [[0, 1], [0]],
    )
    codes = [code for code, _ in reached("W11", FAR_KM)]
    wanted = [((outcode, 1.0),) * size for outcode, size in zip(("W11", "SW1A"), instance.sizes, strict=False)]
    return Places(
        tuple(chain(*wanted)),
        tuple(zip(codes, instance.supply, strict=False)),
        30.0,
        own_radius_km=(("SW1A", 0.0),),
        best=instance.split,
    )
