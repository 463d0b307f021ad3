"""Purchases for groups that may be split, by hand; `tests/oracle/test_market_oracle.py` has random ones."""

from __future__ import annotations

import numpy as np

from allocator.planning.network import Network
from allocator.planning.purchase import Market, Purchase, buy_split
from tests.support.planted import problem_of


def bought(supply: list[int], price: list[int], available: list[int], budget: int | None = None) -> Purchase:
    """A group of three near pool 0, and one of two that reaches pools 0 and 1."""
    market = Market(np.array(price), np.array(available))
    problem = problem_of([3, 2], [[(0, 1.0)], [(0, 1.0), (1, 2.0)]], supply)
    return buy_split(Network.of(problem, market.available), market, budget)


def test_the_cheapest_numbers_serve_every_link() -> None:
    """Pool 0 has two; one more for the first group costs 7, two in pool 1 for the second 3 each."""
    found = bought([2, 0], [7, 3], [9, 9])
    assert found.bought.tolist() == [1, 2]
    assert (found.served, found.served_bound, found.cost, found.cost_bound) == (5, 5, 13, 13)
    assert found.exact


def test_at_one_price_the_fewest_numbers_are_bought() -> None:
    found = bought([2, 1], [4, 4], [9, 9])
    assert (int(found.bought.sum()), found.cost, found.cost_bound) == (2, 8, 8)


def test_a_budget_buys_what_it_can() -> None:
    found = bought([2, 0], [7, 3], [9, 9], 1)
    assert (found.served, found.served_bound, int(found.bought.sum())) == (3, 3, 1)
    assert found.cost_bound == 0
    assert bought([2, 0], [7, 3], [9, 9], 0).served == 2


def test_numbers_that_are_not_for_sale_are_missed() -> None:
    found = bought([2, 0], [0, 0], [0, 1])
    assert (found.served, found.served_bound) == (3, 3)
    assert found.bought.tolist() == [0, 1]
    assert found.cost == 0
    assert bought([5, 0], [1, 1], [0, 0]).bought.tolist() == [0, 0]


def test_costs_in_finer_units_prefer_fewer_numbers() -> None:
    market = Market(np.array([2, 0]), np.array([1, 1]))
    unit, scale = market.unit_costs(10)
    assert (unit.tolist(), scale) == ([23, 1], 11)
    same = Market(np.array([2, 9]), np.array([1, 0]))  # the dear one is not for sale
    assert same.unit_costs(10)[1] == 1
    assert market.cost(np.array([3, 5])) == 6


def test_a_bound_in_finer_units_is_turned_into_price() -> None:
    market, numbers = Market(np.array([2, 0]), np.array([9, 9])), np.array([3, 0])
    assert market.cost_bound(69, numbers, 10) == 6  # as much as was paid: proven
    assert market.cost_bound(47, numbers, 10) == 4  # (47 - 10) / 11, rounded up
    assert market.cost_bound(0, numbers, 10) == 0
    assert Market(np.array([5]), np.array([9])).cost_bound(2, np.array([3]), 10) == 10
