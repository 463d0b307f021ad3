"""The exhaustive oracle on cases worked out by hand, and the instances on what is known of them."""

from __future__ import annotations

import pytest

import allocator
from tests.support import exhaustive
from tests.support.exhaustive import Unit
from tests.support.places import Places, at_places, planted_places
from tests.support.planted import all_ties, greedy_traps, hurtful_purchase

# Three links that reach both pools, two that reach the first only, one that reaches none.
UNITS = (Unit(3, {0: 0.0, 1: 7.0}, 3.0), Unit(2, {0: 4.0}, 10.0), Unit(1, {}, 1.0))


def by_rule(case: Places) -> int:
    return allocator.plan(case.links, case.stock, fallback_km=case.radius_km).assignments.height


def test_by_hand() -> None:
    assert exhaustive.most_served(UNITS, (3, 2)) == 3
    assert exhaustive.most_served(UNITS, (2, 3)) == 5
    assert exhaustive.most_weight(UNITS, (3, 2)) == 10.0
    assert exhaustive.least_total_km(UNITS, (2, 3)) == 3 * 7.0 + 2 * 4.0
    assert exhaustive.least_total_km(UNITS, (5, 3)) == 2 * 4.0
    assert exhaustive.least_worst_km(UNITS, (5, 3)) == 4.0
    assert exhaustive.cheapest(UNITS, (3, 2), (3, 1), (9, 9)) == (5, 1)
    assert exhaustive.cheapest(UNITS, (3, 2), (3, 1), (9, 0)) == (5, 6)
    assert exhaustive.frontier(UNITS, (3, 2), (9, 9)) == [3, 5]
    assert exhaustive.frontier(UNITS, (0, 0), (9, 9)) == [0, 0, 2, 3, 3, 5]
    assert exhaustive.steps(UNITS, (2, 3), 100) == [(0.0, 0), (4.0, 2), (7.0, 5)]
    assert exhaustive.blocks(UNITS[1:2], (1, 9))
    assert not exhaustive.blocks(UNITS[:2], (3, 2))


@pytest.mark.parametrize("seed", range(6))
def test_the_planted_optimum_is_there(seed: int) -> None:
    case = planted_places(4, seed)
    assert exhaustive.most_served(case.units(together=True), case.supply) == case.best == len(case.wanted)
    short = planted_places(4, seed, missing=2)
    assert exhaustive.most_served(short.units(together=False), short.supply) == short.best


def test_the_trap_catches_the_rule() -> None:
    case = at_places(greedy_traps(1, 3))
    assert exhaustive.most_served(case.units(together=True), case.supply) == case.best == 6
    assert by_rule(case) == 3


def test_the_purchase_hurts() -> None:
    before, after = map(at_places, hurtful_purchase())
    assert (by_rule(before), by_rule(after)) == (5, 3)
    assert exhaustive.most_served(after.units(together=True), after.supply) == after.best


def test_ties_are_ties() -> None:
    case = at_places(all_ties([5], [3]))
    assert exhaustive.most_served(case.units(together=False), case.supply) == case.best
    assert exhaustive.most_served(case.units(together=True), case.supply) == 0
