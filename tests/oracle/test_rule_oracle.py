"""The planning core on arrays against a walk through the document, link by link.

The cases need no bundled data, so distances tie, pools run dry and BY AREA links compete with groups often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from allocator.planning.problem import AreaRequests, Candidates, Groups, Pools, Problem, Tier
from allocator.planning.rule import assign_by_rule

OUTCODES = 5
POOLS = 5
TIERS = (Tier.CITY, Tier.REGION, Tier.COUNTRY)


@dataclass(frozen=True)
class Case:
    """A document, link by link: an outcode with a radius, a class of BY AREA links, or a link of another method."""

    links: tuple[tuple[str, int, float], ...]
    candidates: tuple[tuple[tuple[float, int], ...], ...]
    pools: tuple[tuple[int, ...], ...]
    chains: tuple[tuple[tuple[int, int], ...], ...]


@st.composite
def cases(draw: DrawFn) -> Case:
    kms = st.sampled_from([0.0, 1.0, 1.0, 2.0, 3.0])
    candidates = tuple(
        tuple(sorted((draw(kms), pool) for pool in draw(st.sets(st.integers(0, POOLS - 1))))) for _ in range(OUTCODES)
    )
    owners = draw(st.lists(st.integers(0, POOLS - 1), max_size=25))
    pools = tuple(tuple(100 + n for n, owner in enumerate(owners) if owner == pool) for pool in range(POOLS))
    chains = []
    for _ in range(draw(st.integers(0, 4))):
        order = draw(st.permutations(range(POOLS)))[: draw(st.integers(0, POOLS))]
        tiers = sorted(draw(st.lists(st.sampled_from(TIERS), min_size=len(order), max_size=len(order))))
        chains.append(tuple(zip(order, [Tier.NONE, *tiers[1:]][: len(order)], strict=True)))
    radius = st.sampled_from([0.0, 1.0, 2.0, 3.0])
    link = st.one_of(
        st.tuples(st.just("outcode"), st.integers(0, OUTCODES - 1), radius),
        st.tuples(st.just("area"), st.integers(0, len(chains) - 1), st.just(0.0)) if chains else st.nothing(),
        st.tuples(st.just("other"), st.just(0), st.just(0.0)),
    )
    return Case(tuple(draw(st.lists(link, max_size=30))), candidates, pools, tuple(chains))


def walk(case: Case, grouping: str) -> list[tuple[int, int, float | None]]:
    """(number, tier, km) of each link; number 0 where it gets none."""
    left = [list(numbers) for numbers in case.pools]
    decided: list[tuple[int, int, float | None]] = [(0, 0, None)] * len(case.links)
    done: set[int] = set()
    for position, (kind, which, _) in enumerate(case.links):
        if kind == "area":
            for pool, tier in case.chains[which]:
                if left[pool]:
                    decided[position] = (left[pool].pop(0), tier, None)
                    break
        elif kind == "outcode" and which not in done:
            done.add(which)
            members = [n for n, link in enumerate(case.links) if link[:2] == ("outcode", which)]
            radius = min(case.links[n][2] for n in members)
            for km, pool in case.candidates[which]:
                if km > radius or (grouping == "together" and len(left[pool]) < len(members)):
                    continue
                while members and left[pool]:
                    decided[members.pop(0)] = (left[pool].pop(0), Tier.DISTANCE if km else Tier.NONE, km)
    return decided


def as_problem(case: Case) -> Problem:
    asked = [(n, which, radius) for n, (kind, which, radius) in enumerate(case.links) if kind == "outcode"]
    requests = [(n, which) for n, (kind, which, _) in enumerate(case.links) if kind == "area"]
    numbers = sorted((number, pool) for pool, members in enumerate(case.pools) for number in members)
    flat = [candidate for row in case.candidates for candidate in row]
    area_requests = AreaRequests(
        position=np.array([n for n, _ in requests], dtype=np.int64),
        kind=np.array([which for _, which in requests], dtype=np.int64),
        chain=tuple(tuple(pool for pool, _ in chain) for chain in case.chains),
        tier=tuple(tuple(tier for _, tier in chain) for chain in case.chains),
    )
    return Problem(
        links=len(case.links),
        groups=Groups.of(
            np.array([which for _, which, _ in asked], dtype=np.uint16),
            np.array([radius for _, _, radius in asked], dtype=np.float64),
            np.array([n for n, _, _ in asked], dtype=np.int64),
        ),
        candidates=Candidates(
            start=np.cumsum([0, *(len(row) for row in case.candidates)]),
            pool=np.array([pool for _, pool in flat], dtype=np.int64),
            km=np.array([km for km, _ in flat], dtype=np.float64),
        ),
        pools=Pools.of(
            np.array([pool for _, pool in numbers], dtype=np.int64),
            np.array([number for number, _ in numbers], dtype=np.int64),
            POOLS,
        ),
        area_requests=area_requests if requests else AreaRequests.none(),
    )


def decided_by_rule(case: Case, grouping: Literal["together", "split"]) -> list[tuple[int, int, float | None]]:
    assignment = assign_by_rule(as_problem(case), grouping)
    shares = assignment.shares
    decided: list[tuple[int, int, float | None]] = []
    for number, share in zip(assignment.number.tolist(), assignment.share.tolist(), strict=True):
        if share < 0:
            assert number == 0
            decided.append((0, 0, None))
        else:
            km = float(shares.km[share])
            decided.append((number, int(shares.tier[share]), None if np.isnan(km) else km))
    return decided


@given(cases(), st.sampled_from(["together", "split"]))
def test_the_rule_decides_as_a_walk_through_the_document(case: Case, grouping: Literal["together", "split"]) -> None:
    assert decided_by_rule(case, grouping) == walk(case, grouping)


@given(cases(), st.sampled_from(["together", "split"]))
def test_the_shares_name_the_pool_of_each_number(case: Case, grouping: Literal["together", "split"]) -> None:
    assignment = assign_by_rule(as_problem(case), grouping)
    owner = {number: pool for pool, members in enumerate(case.pools) for number in members}
    for number, share in zip(assignment.number.tolist(), assignment.share.tolist(), strict=True):
        if share >= 0:
            assert assignment.shares.pool[share] == owner[number]
