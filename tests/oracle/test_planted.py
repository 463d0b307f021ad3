"""Instances whose best plan is known: it is found, proven and always the same."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from allocator.planning.network import Network
from allocator.planning.purchase import Market, buy_split
from allocator.planning.purchase_together import buy_together
from allocator.planning.rule import assign_by_rule
from allocator.planning.strategy import solve_optimal
from tests.support.planted import Planted, all_ties, greedy_traps, hurtful_purchase, planted

GROUPINGS: tuple[Literal["together", "split"], ...] = ("together", "split")


def by_rule(instance: Planted) -> int:
    return int(np.count_nonzero(assign_by_rule(instance.problem, "together").number))


@pytest.mark.parametrize("spare", [0.0, 0.3])
@pytest.mark.parametrize(("pools", "seed"), [(2, 1), (5, 2), (12, 3), (40, 4), (200, 5)])
def test_a_planted_optimum_is_found_or_bounded(pools: int, seed: int, spare: float) -> None:
    instance = planted(pools, seed, spare=spare)
    split = solve_optimal(instance.problem, "split").certificate
    assert split is not None
    assert split.optimal
    assert split.served == instance.split
    together = solve_optimal(instance.problem, "together").certificate
    assert together is not None
    assert instance.together is not None
    assert by_rule(instance) <= together.served <= instance.together <= together.served_bound
    assert together.served >= 0.98 * instance.together


def test_greedy_traps_are_avoided() -> None:
    instance = greedy_traps(50)
    assert by_rule(instance) == 200
    for grouping in GROUPINGS:
        solution = solve_optimal(instance.problem, grouping)
        assert solution.certificate is not None
        assert solution.certificate.served == solution.certificate.served_bound == 400
        assert solution.rule is not None
        assert np.count_nonzero(solution.rule.number) == 200 or grouping == "split"


def test_a_purchase_can_hurt_the_rule_and_never_the_best_plan() -> None:
    before, after = hurtful_purchase()
    assert (by_rule(before), by_rule(after)) == (5, 3)
    for instance in (before, after):
        for grouping in GROUPINGS:
            certificate = solve_optimal(instance.problem, grouping).certificate
            assert certificate is not None
            assert certificate.served == 5


@pytest.mark.parametrize("grouping", GROUPINGS)
def test_ties_are_broken_by_a_rule(grouping: Literal["together", "split"]) -> None:
    """The order of the candidates does not matter: the groups that come first in the document are served."""
    found = []
    for seed in range(4):
        instance = all_ties([2] * 24, [8] * 3, np.random.Generator(np.random.PCG64(seed)).permutation(3))
        solution = solve_optimal(instance.problem, grouping)
        assert solution.certificate is not None
        assert solution.certificate.served == instance.split
        found.append(solution.assignment.number.tolist())
    assert all(one == found[0] for one in found)
    if grouping == "split":
        assert [number > 0 for number in found[0]] == [True] * 24 + [False] * 24


@pytest.mark.parametrize(("pools", "seed"), [(4, 11), (30, 12)])
def test_what_is_missing_of_a_planted_stock_is_bought_again(pools: int, seed: int) -> None:
    """Take numbers out of a stock that is just enough: the shopping list is as long as what was taken."""
    instance = planted(pools, seed)
    network = Network.of(instance.problem, np.full(pools, 10**4, dtype=np.int64))
    taken = np.minimum(network.supply, np.arange(pools) % 4)
    short = network.part(np.arange(len(network)), network.supply - taken)
    market = Market(np.ones(pools, dtype=np.int64), np.full(pools, 10**4, dtype=np.int64))
    split = buy_split(short, market)
    assert (split.served, split.cost, split.exact) == (instance.problem.links, int(taken.sum()), True)
    together = buy_together(short, market, 20)
    assert together.served == instance.problem.links
    assert together.cost_bound <= int(taken.sum()) <= together.cost <= 2 * int(taken.sum())
