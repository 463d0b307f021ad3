"""The walk of the rule against a plain re-telling of it: lists, one link at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.planning.problem import Callers, Groups, Pools, Problem, Reach
from allocator.planning.rule import Grouping, settle

POOLS = 4
OUTCODES = 3


@dataclass(frozen=True)
class Ask:
    """A link: BY POSTCODE in an outcode with a radius, or BY AREA of a class."""

    outcode: int = -1
    radius_km: float = 0.0
    kind: int = -1


@dataclass(frozen=True)
class Instance:
    asks: list[Ask]
    stock: list[list[int]]  # of each pool, ascending
    reach: list[list[tuple[float, int]]]  # of each outcode: (km, pool), closest first
    chains: list[list[int]]  # of each class


def plainly(instance: Instance, grouping: str) -> list[int]:
    """The number of each link, 0 for none, by walking through the links one by one."""
    left = [list(numbers) for numbers in instance.stock]
    got = [0] * len(instance.asks)
    settled: set[int] = set()
    for place, ask in enumerate(instance.asks):
        if ask.kind >= 0:
            pool = next((pool for pool in instance.chains[ask.kind] if left[pool]), None)
            got[place] = left[pool].pop(0) if pool is not None else 0
        elif ask.outcode not in settled:
            settled.add(ask.outcode)
            members = [other for other, them in enumerate(instance.asks) if them.outcode == ask.outcode]
            radius = min(instance.asks[member].radius_km for member in members)
            for km, pool in instance.reach[ask.outcode]:
                if km > radius or not members:
                    break
                if grouping == "split" or len(left[pool]) >= len(members):
                    while members and left[pool]:
                        got[members.pop(0)] = left[pool].pop(0)
    return got


def problem_of(instance: Instance) -> Problem:
    asks = instance.asks
    position = np.array([place for place, ask in enumerate(asks) if ask.kind < 0], dtype=np.int64)
    callers = np.array([place for place, ask in enumerate(asks) if ask.kind >= 0], dtype=np.int64)
    numbers = sorted((number, pool) for pool, stock in enumerate(instance.stock) for number in stock)
    rows = [row for outcode in instance.reach for row in outcode]
    return Problem(
        links=len(asks),
        groups=Groups.of(
            np.array([asks[place].outcode for place in position], dtype=np.uint16),
            np.array([asks[place].radius_km for place in position], dtype=np.float64),
            position,
        ),
        reach=Reach(
            np.cumsum([0] + [len(outcode) for outcode in instance.reach]),
            np.array([pool for _, pool in rows], dtype=np.int64),
            np.array([km for km, _ in rows], dtype=np.float64),
        ),
        pools=Pools.of(
            np.array([pool for _, pool in numbers], dtype=np.int64),
            np.array([number for number, _ in numbers], dtype=np.int64),
            POOLS,
        ),
        callers=Callers(
            callers,
            np.array([asks[place].kind for place in callers], dtype=np.int64),
            tuple(tuple(chain) for chain in instance.chains),
            tuple(tuple(0 for _ in chain) for chain in instance.chains),
        ),
    )


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    kilometres = st.sampled_from([0.0, 1.0, 2.0, 3.0])
    chains = draw(st.lists(st.lists(st.integers(0, POOLS - 1), unique=True), max_size=3))
    by_postcode = st.builds(Ask, outcode=st.integers(0, OUTCODES - 1), radius_km=kilometres)
    by_area = st.builds(Ask, kind=st.integers(0, len(chains) - 1)) if chains else by_postcode
    owners = draw(st.lists(st.integers(0, POOLS - 1), max_size=14))
    return Instance(
        asks=draw(st.lists(st.one_of(by_postcode, by_area), max_size=18)),
        stock=[[100 + number for number, owner in enumerate(owners) if owner == pool] for pool in range(POOLS)],
        reach=[
            sorted((draw(kilometres), pool) for pool in draw(st.lists(st.integers(0, POOLS - 1), unique=True)))
            for _ in range(OUTCODES)
        ],
        chains=chains,
    )


@pytest.mark.parametrize("grouping", ["together", "split"])
@given(instance=instances())
def test_the_walk_agrees_with_a_plain_retelling(grouping: Grouping, instance: Instance) -> None:
    settlement = settle(problem_of(instance), grouping)
    assert settlement.number.tolist() == plainly(instance, grouping)


@given(instance=instances())
def test_a_share_names_the_pool_that_each_number_came_from(instance: Instance) -> None:
    settlement = settle(problem_of(instance))
    owner = {number: pool for pool, stock in enumerate(instance.stock) for number in stock}
    for number, share in zip(settlement.number.tolist(), settlement.share.tolist(), strict=True):
        assert (share < 0) == (number == 0)
        if number:
            assert settlement.shares.pool[share] == owner[number]


@given(instance=instances())
def test_every_group_was_served_by_its_last_trial_or_by_none(instance: Instance) -> None:
    problem = problem_of(instance)
    trials = settle(problem).trials
    size = np.diff(problem.groups.start)
    for group in range(len(problem.groups)):
        taken = trials.taken[trials.group == group]
        assert (taken[:-1] == 0).all()
        assert not len(taken) or taken[-1] in (0, size[group])


def test_a_class_that_forecasts_the_same_dry_link_twice_moves_on_once() -> None:
    # A group that takes from the pool of a class makes it foresee again; the same link may come out.
    instance = Instance(
        asks=[Ask(outcode=0), Ask(kind=0), Ask(outcode=1), Ask(kind=0), Ask(kind=0)],
        stock=[[101, 102, 103], [104], [], []],
        reach=[[(0.0, 0)], [(0.0, 1)], []],
        chains=[[0, 1]],
    )
    assert settle(problem_of(instance)).number.tolist() == plainly(instance, "together") == [101, 102, 104, 103, 0]
