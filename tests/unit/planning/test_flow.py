"""The best flow of a network and its prices; `tests/oracle/test_best_oracle.py` compares random ones with a solver."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allocator.planning import flow as flow_module
from allocator.planning.flow import best_flow, dual_prices, gains, graph_of, most_links, unique_flow
from allocator.planning.network import MILLIMETRES, Network
from tests.support.planted import problem_of


def trap() -> Network:
    """Two groups of two and two pools of two: the second group can only have pool 0, so the first must leave it."""
    return Network.of(problem_of([2, 2], [[(0, 1.0), (1, 2.0)], [(0, 1.0)]], [2, 2]))


def test_serving_more_comes_before_distance() -> None:
    flow, prices = best_flow(trap())
    assert flow.tolist() == [0, 2, 2]
    worth, gain = gains(trap())
    assert worth == 2 * MILLIMETRES * 4 + 1
    assert gain.tolist() == [worth - MILLIMETRES, worth - 2 * MILLIMETRES, worth - MILLIMETRES]
    # All numbers are used, and one more in either pool would serve no more links, only save a kilometre in pool 0.
    assert prices.pool.tolist() == [MILLIMETRES, 0]
    assert prices.demand.tolist() == [worth - 2 * MILLIMETRES, worth - 2 * MILLIMETRES]


def test_where_plans_tie_the_first_links_of_the_document_are_served() -> None:
    network = Network.of(problem_of([1, 1, 1], [[(0, 1.0)]] * 3, [2]))
    flow, prices = best_flow(network)
    assert flow.tolist() == [1, 1, 0]
    assert prices.pool.tolist() == [network.link_worth - MILLIMETRES]
    assert prices.demand.tolist() == [0, 0, 0]


def test_weight_comes_before_the_order_and_a_number_is_kept_before_distance() -> None:
    network = Network.of(problem_of([1, 1], [[(0, 1.0)]] * 2, [1]))
    assert best_flow(replace(network, weight=np.array([1, 3])))[0].tolist() == [0, 1]
    near_and_far = Network.of(problem_of([1], [[(0, 1.0), (1, 5.0)]], [1, 1]))
    flow, prices = best_flow(replace(near_and_far, held=np.array([1])))
    assert flow.tolist() == [0, 1]
    assert prices.demand[0] == gains(near_and_far)[1].max()  # the prices are those of the plan without held numbers


def test_the_most_links() -> None:
    assert most_links(trap()) == 4
    assert most_links(Network.of(problem_of([3, 1], [[(0, 1.0)]] * 2, [2]))) == 2
    assert most_links(Network.of(problem_of([3], [[]], [2]))) == 0


def test_in_the_graph_all_links_and_numbers_end_somewhere() -> None:
    network = trap()
    graph = graph_of(network)
    assert len(graph.tail) == 3 + 2 + 2 + 1
    assert graph.supply.tolist() == [2, 2, -2, -2, -4, 4]
    market = graph_of(network, np.array([1, 0]), 5)
    assert len(market.tail) == len(graph.tail) + 3
    assert market.capacity[-3:].tolist() == [1, 0, 5]
    assert market.capacity[:3].tolist() == [2, 2, 2]
    assert market.supply.sum() == 0


def test_the_unique_flow_is_least_by_its_costs() -> None:
    network = trap()
    graph = graph_of(network)
    away = np.zeros(len(graph.tail), dtype=np.int64)
    away[:3] = 1  # serving anything costs
    assert unique_flow(network, graph, (away,))[:3].tolist() == [0, 0, 0]


def test_prices_without_arcs_are_nothing() -> None:
    prices = dual_prices(Network.of(problem_of([1], [[]], [1])), np.empty(0, dtype=np.int64))
    assert (prices.demand.tolist(), prices.pool.tolist(), prices.multipliers) == ([0], [0], None)


def test_plans_that_nothing_tells_apart_are_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same weight for every arc, either group could be served."""
    monkeypatch.setattr(flow_module, "_tie_breaks", lambda network, _: np.zeros(len(network), dtype=np.int64))
    network = Network.of(problem_of([1, 1], [[(0, 1.0)]] * 2, [1]))
    with pytest.raises(AssertionError, match="no weights tell the best plans apart"):
        best_flow(network)


def test_without_pools_nothing_is_served() -> None:
    assert best_flow(Network.of(problem_of([2], [[]], [])))[0].tolist() == []
