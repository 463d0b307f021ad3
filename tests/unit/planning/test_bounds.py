"""Bounds from prices, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allocator.planning.bounds import best_value, served_bound
from allocator.planning.flow import Prices, best_flow
from allocator.planning.network import MILLIMETRES, Network
from tests.support.planted import problem_of


def nothing(network: Network) -> Prices:
    return Prices(np.zeros(len(network.demand), dtype=np.int64), np.zeros(len(network.supply), dtype=np.int64))


def test_the_prices_of_the_best_plan_prove_it() -> None:
    """Five links want three numbers at 1 km: three can be served, over 3 km."""
    network = Network.of(problem_of([2, 3], [[(0, 1.0)]] * 2, [3]))
    assert best_value(network, best_flow(network)[1]) == (3, 3 * MILLIMETRES)


def test_any_prices_are_raised_until_they_bound() -> None:
    """Without prices every demand is priced at its gain, so all five links count, at no less than their distance."""
    network = Network.of(problem_of([2, 3], [[(0, 1.0)]] * 2, [3]))
    assert best_value(network, nothing(network)) == (5, 5 * MILLIMETRES)


def test_whole_groups_fill_a_pool_only_by_their_sums() -> None:
    """Groups of three in a pool of five: split serves five links, whole groups three."""
    network = Network.of(problem_of([3, 3], [[(0, 1.0)]] * 2, [5]))
    prices = best_flow(network)[1]
    assert best_value(network, prices)[0] == 5
    assert served_bound(network, prices) == 3


def test_demands_with_a_price_are_counted_whole() -> None:
    network = Network.of(problem_of([3, 3], [[(0, 1.0)]] * 2, [5]))
    dear = Prices(np.full(2, 2 * network.link_worth), np.zeros(1, dtype=np.int64))
    assert served_bound(network, dear) == 6


def test_with_weights_the_bound_is_that_of_split_groups() -> None:
    network = Network.of(problem_of([3, 3], [[(0, 1.0)]] * 2, [5]))
    weighty = replace(network, weight=np.array([2, 1]))
    prices = best_flow(weighty)[1]
    assert served_bound(weighty, prices) == best_value(weighty, prices)[0] == 3 * 2 + 2
