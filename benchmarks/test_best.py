"""The best plan compared with the rule's, its solver with other solvers, and its gap when groups stay together."""

from __future__ import annotations

from functools import cache

import networkx as nx
import numpy as np
import pytest
from numpy.typing import NDArray
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow
from pytest_benchmark.fixture import BenchmarkFixture
from scipy.optimize import linprog
from scipy.sparse import csr_array

from allocator.planning.arrays import IntArray
from allocator.planning.flow import best_flow
from allocator.planning.network import MILLIMETRES, Network
from allocator.planning.strategy import solve_optimal
from allocator.plans.instance import Instance, build_instance
from allocator.tables.links import read_links
from allocator.tables.stock import read_stock
from benchmarks.instances import FALLBACK_KM, FOLDER, case
from benchmarks.test_processes import ALLOCATOR, SOME_LINKS_UNASSIGNED, measure

SIZE = 1_000_000
ROUNDS = 7


@cache
def instance(fallback_km: float) -> Instance:
    """Return the links and the stock as a planning problem."""
    made = case(SIZE)
    return build_instance(read_links(made.links, fallback_km=fallback_km), read_stock(made.stock))


@pytest.mark.parametrize("strategy", ["rule", "optimal"])
def test_strategy(benchmark: BenchmarkFixture, strategy: str) -> None:
    """Time whole processes, one right after the other; the best plan may split groups."""
    made, output = case(SIZE), FOLDER / f"plan-{strategy}"
    options = ("--links", made.links, "--stock", made.stock, "--fallback-km", f"{FALLBACK_KM:g}", "--output", output)
    how = ("--strategy", strategy, "--grouping", "split" if strategy == "optimal" else "together")
    measure(benchmark, [ALLOCATOR, "plan", *options, *how], output, SOME_LINKS_UNASSIGNED)


def test_solver(benchmark: BenchmarkFixture) -> None:
    """Time the unique best plan, with the prices that prove it."""
    network = Network.of(instance(FALLBACK_KM).problem)
    flow, _ = benchmark.pedantic(best_flow, (network,), rounds=ROUNDS, warmup_rounds=1)
    assert value(network, flow) == value(network, by_ortools(network))


def test_ortools(benchmark: BenchmarkFixture) -> None:
    """Time any best plan, by OR-tools."""
    network = Network.of(instance(FALLBACK_KM).problem)
    benchmark.pedantic(by_ortools, (network,), rounds=ROUNDS, warmup_rounds=1)


def test_networkx(benchmark: BenchmarkFixture) -> None:
    """Time any best plan, by `networkx.network_simplex`."""
    network = Network.of(instance(FALLBACK_KM).problem)
    flow = benchmark.pedantic(by_networkx, (network,), rounds=1)
    assert value(network, flow) == value(network, by_ortools(network))


def test_highs(benchmark: BenchmarkFixture) -> None:
    """Time any best plan, as a linear program by HiGHS through scipy."""
    network = Network.of(instance(FALLBACK_KM).problem)
    flow = benchmark.pedantic(by_highs, (network,), rounds=3, warmup_rounds=1)
    served, mm = value(network, by_ortools(network))
    assert round(float(flow.sum())) == served
    assert round(float(flow @ network.cost_mm)) == pytest.approx(mm, rel=1e-9)


@pytest.mark.parametrize("fallback_km", [20.0, 50.0])
def test_together(benchmark: BenchmarkFixture, fallback_km: float) -> None:
    """Time the search, its check and its bound when groups stay together."""
    problem = instance(fallback_km).problem
    solution = benchmark.pedantic(solve_optimal, (problem, "together"), rounds=3, warmup_rounds=1)
    assert solution.certificate is not None
    assert solution.certificate.feasible
    benchmark.extra_info["gap"] = solution.certificate.gap


def value(network: Network, flow: IntArray) -> tuple[int, int]:
    """Return the links served and their total distance, millimetres."""
    return int(flow.sum()), int((flow * network.cost_mm).sum())


def far(network: Network) -> int:
    """Return a cost greater than that of any plan."""
    return (int(network.cost_mm.max()) + 1) * (len(network.demand) + len(network.supply))


def by_ortools(network: Network) -> IntArray:
    """Find the most links over the least distance by `solve_max_flow_with_min_cost`, the fastest way in OR-tools."""
    capacity = np.minimum(network.demand[network.tail], network.supply[network.head])
    solver = SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        network.tail, len(network.demand) + network.head, capacity, network.cost_mm
    )
    supplies = np.concatenate((network.demand, -network.supply))
    solver.set_nodes_supplies(np.arange(len(supplies)), supplies)
    assert solver.solve_max_flow_with_min_cost() == SimpleMinCostFlow.OPTIMAL
    flow: IntArray = np.asarray(solver.flows(arcs), dtype=np.int64)
    return flow


def by_highs(network: Network) -> NDArray[np.float64]:
    """Find the most links over the least distance: each link earns more kilometres than any arc costs."""
    arcs = np.arange(len(network))
    rows = np.concatenate((network.tail, len(network.demand) + network.head))
    shape = (len(network.demand) + len(network.supply), len(network))
    limits = csr_array((np.ones(2 * len(network)), (rows, np.concatenate((arcs, arcs)))), shape=shape)
    gain = network.cost_mm / MILLIMETRES - 1000.0
    found = linprog(gain, A_ub=limits, b_ub=np.concatenate((network.demand, network.supply)), method="highs")
    flow: NDArray[np.float64] = found.x
    return flow


def by_networkx(network: Network) -> IntArray:
    """Find the most links over the least distance in networkx."""
    graph = nx.DiGraph()
    demands = network.demand.tolist()
    for demand, links in enumerate(demands):
        graph.add_node(("demand", demand), demand=-links)
        graph.add_edge(("demand", demand), "left over", capacity=links, weight=far(network))
    for pool, numbers in enumerate(network.supply.tolist()):
        graph.add_edge(("pool", pool), "sink", capacity=numbers, weight=0)
    graph.add_edge("left over", "sink", weight=0)
    graph.add_node("sink", demand=sum(demands))
    pairs = list(zip(network.tail.tolist(), network.head.tolist(), strict=True))
    for (demand, pool), cost in zip(pairs, network.cost_mm.tolist(), strict=True):
        graph.add_edge(("demand", demand), ("pool", pool), weight=cost)
    _, flow = nx.network_simplex(graph)
    return np.array([flow["demand", demand]["pool", pool] for demand, pool in pairs], dtype=np.int64)
