"""Purchases for groups that stay together, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allocator.planning import lagrangian
from allocator.planning.network import Network
from allocator.planning.problem import AreaRequests, Problem
from allocator.planning.purchase import Market
from allocator.planning.purchase_together import buy_together, tighten_bound
from tests.support.planted import problem_of


def market_of(problem: Problem, price: int, available: int) -> tuple[Network, Market]:
    pools = len(problem.pools.start) - 1
    market = Market(np.full(pools, price), np.full(pools, available))
    return Network.of(problem, market.available), market


def test_a_group_that_would_be_split_needs_a_number_more() -> None:
    """A group of three, pools of two and one: split it needs none, together one, in pool 0."""
    network, market = market_of(problem_of([3], [[(0, 1.0), (1, 1.0)]], [2, 1]), 4, 9)
    found = buy_together(network, market, 5)
    assert found.flow.tolist() == [3, 0]
    assert found.bought.tolist() == [1, 0]
    assert (found.served, found.served_bound, found.cost, found.cost_bound, found.exact) == (3, 3, 4, 0, False)
    tightened = tighten_bound(network, market, found, 300)
    assert tightened.cost_bound == 4
    assert tightened.exact
    assert tighten_bound(network, market, tightened, 300) is tightened


def test_by_area_links_take_what_groups_leave_and_buy_the_rest() -> None:
    """Pool 0 has three numbers, for the group of two and one of the two BY AREA links; those at pool 1 are apart."""
    problem = problem_of([2], [[(0, 1.0)]], [3, 0])
    requests = AreaRequests(np.array([2, 3, 4]), np.array([0, 0, 1]), ((0,), (1,)), ((0,), (0,)))
    network, market = market_of(replace(problem, links=5, area_requests=requests), 1, 9)
    found = buy_together(network, market, 5)
    assert found.flow.tolist() == [2, 2, 1]
    assert found.bought.tolist() == [1, 1]
    assert (found.served, found.cost, found.cost_bound) == (5, 2, 2)
    loose = replace(found, cost_bound=0)
    assert tighten_bound(network, market, loose, 300).cost_bound >= 1  # the number at pool 1, which no group shares


def test_a_purchase_that_serves_too_few_gets_no_bound() -> None:
    """The only pool sells one number and a group of two needs two: no arc fits, and no bound is claimed."""
    network, market = market_of(problem_of([2, 1], [[(0, 1.0)]] * 2, [0]), 1, 1)
    found = buy_together(network, market, 5)
    assert (found.served, found.flow.tolist(), found.bought.tolist()) == (1, [0, 1], [1])
    short = replace(found, served=0)
    assert tighten_bound(network, market, short, 300) is short


def test_without_multipliers_the_bound_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    network, market = market_of(problem_of([3], [[(0, 1.0), (1, 1.0)]], [2, 1]), 4, 9)
    found = buy_together(network, market, 5)
    monkeypatch.setattr(lagrangian, "_WORK", 1)
    assert tighten_bound(network, market, found, 300) is found


def test_a_search_stops_after_its_rounds() -> None:
    network, market = market_of(problem_of([3], [[(0, 1.0), (1, 1.0)]], [2, 1]), 4, 9)
    assert buy_together(network, market, 0).served == 3
