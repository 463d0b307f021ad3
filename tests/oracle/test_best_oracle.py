"""The best plans against exhaustive search and a solver that knows nothing of flows."""

from __future__ import annotations

from itertools import product
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from scipy.optimize import linear_sum_assignment, linprog

from allocator.planning.arrays import frozen
from allocator.planning.certificate import certify
from allocator.planning.flow import Prices, best_flow, gains
from allocator.planning.network import MILLIMETRES, Network
from allocator.planning.optimal import assign_best_split, assign_best_together
from allocator.planning.problem import Assignment, Problem
from allocator.planning.rule import assign_by_rule
from tests.oracle.test_rule_oracle import POOLS, Case, as_problem, cases

FAR = 1e6


def groups_of(case: Case) -> dict[int, list[int]]:
    """The links of each outcode."""
    members: dict[int, list[int]] = {}
    for position, (kind, which, _) in enumerate(case.links):
        if kind == "outcode":
            members.setdefault(which, []).append(position)
    return members


def costs_of(case: Case, position: int) -> list[float]:
    """What serving a link from each pool costs, km; FAR for a pool that may not serve it."""
    kind, which, _ = case.links[position]
    costs = [FAR] * POOLS
    if kind == "area":
        for step, (pool, _) in enumerate(case.chains[which]):
            costs[pool] = step / MILLIMETRES
    elif kind == "outcode":
        radius = min(case.links[member][2] for member in groups_of(case)[which])
        for km, pool in case.candidates[which]:
            if km <= radius:
                costs[pool] = km
    return costs


def assigned(case: Case, positions: list[int], left: list[int]) -> tuple[int, float]:
    """The most of these links that can be served, and the least total distance then: links against single numbers."""
    numbers = [pool for pool in range(POOLS) for _ in range(left[pool])]
    if not positions or not numbers:
        return 0, 0.0
    table = np.array([[costs_of(case, position)[pool] for pool in numbers] for position in positions])
    rows, columns = linear_sum_assignment(table)
    served = table[rows, columns]
    return int((served < FAR).sum()), float(served[served < FAR].sum())


def best_split(case: Case) -> tuple[int, float]:
    positions = [n for n, (kind, _, _) in enumerate(case.links) if kind != "other"]
    return assigned(case, positions, [len(pool) for pool in case.pools])


def best_together(case: Case) -> int:
    """The most links that can be served, by trying every pool for every group."""
    groups = list(groups_of(case).values())
    area_requests = [n for n, (kind, _, _) in enumerate(case.links) if kind == "area"]
    most = 0
    for pools in product(range(-1, POOLS), repeat=len(groups)):
        left = [len(pool) for pool in case.pools]
        served = 0
        for members, pool in zip(groups, pools, strict=True):
            if pool >= 0:
                left[pool] -= len(members) if costs_of(case, members[0])[pool] < FAR else 10**6
                served += len(members)
        if min(left) >= 0:
            most = max(most, served + assigned(case, area_requests, left)[0])
    return most


def km_of(assignment: Assignment, case: Case) -> float:
    owner = {number: pool for pool, members in enumerate(case.pools) for number in members}
    numbers = assignment.number.tolist()
    return sum(costs_of(case, position)[owner[number]] for position, number in enumerate(numbers) if number)


@given(cases())
def test_the_best_split_plan_serves_the_most_links_over_the_least_distance(case: Case) -> None:
    problem = as_problem(case)
    assignment, prices = assign_best_split(problem)
    served, km = best_split(case)
    assert int((assignment.number > 0).sum()) == served
    assert km_of(assignment, case) == pytest.approx(km, abs=1e-9)
    certificate = certify(problem, assignment, "split", prices)
    assert certificate.violations == ()
    assert certificate.optimal


@given(cases())
def test_the_best_plan_of_whole_groups_is_found_or_bounded(case: Case) -> None:
    problem = as_problem(case)
    assignment, prices = assign_best_together(problem, perturbations=20)
    certificate = certify(problem, assignment, "together", prices)
    assert certificate.violations == ()
    assert certificate.served == int((assignment.number > 0).sum())
    best = best_together(case)
    assert certificate.served <= best <= certificate.served_bound
    assert certificate.served >= int((assign_by_rule(problem, "together").number > 0).sum())


@given(cases())
def test_the_flow_is_a_least_cost_flow_of_its_own_network(case: Case) -> None:
    network = Network.of(as_problem(case))
    flow, prices = best_flow(network)
    if not len(network):
        assert len(flow) == 0
        return
    worth, gain = gains(network)
    rows = np.zeros((len(network.demand) + len(network.supply), len(network)))
    rows[network.tail, np.arange(len(network))] = 1
    rows[len(network.demand) + network.head, np.arange(len(network))] = 1
    limits = np.concatenate((network.demand, network.supply))
    scaled = gain / worth
    found = linprog(-scaled, A_ub=rows, b_ub=limits, method="highs")
    assert float(scaled @ flow) == pytest.approx(-found.fun, abs=1e-6)
    assert (prices.demand >= 0).all()
    assert (prices.pool >= 0).all()
    assert (prices.demand[network.tail] + prices.pool[network.head] >= gain).all()


@given(cases())
def test_a_bound_holds_whatever_the_prices(case: Case) -> None:
    problem = as_problem(case)
    network = Network.of(problem)
    worth, _ = gains(network)
    rng = np.random.default_rng(len(case.links))
    prices = Prices(
        rng.integers(-worth, 2 * worth, len(network.demand)), rng.integers(-worth, 2 * worth, len(network.supply))
    )
    for grouping, best in (("split", best_split(case)[0]), ("together", best_together(case))):
        kind: Literal["split", "together"] = "split" if grouping == "split" else "together"
        assert certify(problem, assign_by_rule(problem, kind), kind, prices).served_bound >= best


@given(cases())
def test_the_certificate_sees_what_is_against_the_rules(case: Case) -> None:
    """Every kind of tampering with a sound assignment is found."""
    problem = as_problem(case)
    assignment, prices = assign_best_split(problem)
    served = np.flatnonzero(assignment.number)
    if not len(served):
        return
    for tampered in _tampered(problem, assignment, int(served[0])):
        assert certify(problem, tampered, "split", prices).violations


def _tampered(problem: Problem, assignment: Assignment, link: int) -> list[Assignment]:
    found = []
    other = np.flatnonzero(assignment.number[link + 1 :]) + link + 1
    if len(other):
        found.append((int(other[0]), assignment.number[link]))  # a number twice
    found.append((link, 1))  # a number that no pool has
    row = int(np.flatnonzero(problem.pools.number == assignment.number[link])[0])
    pool = int(np.searchsorted(problem.pools.start[1:], row, side="right"))
    members = problem.pools.number[problem.pools.start[pool] : problem.pools.start[pool + 1]]
    unused = np.setdiff1d(members, assignment.number)
    if len(unused):
        found.append((link, int(unused[-1])))  # not the smallest that its pool had
    tampered = []
    for place, number in found:
        numbers = assignment.number.copy()
        numbers[place] = number
        tampered.append(Assignment(frozen(numbers), assignment.share, assignment.shares, assignment.trials))
    return tampered
