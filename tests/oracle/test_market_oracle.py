"""Purchases, deficient sets and what they claim, against integer programs that know nothing of flows."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, milp

from allocator.planning.arrays import IntArray, frozen
from allocator.planning.certificate import certify
from allocator.planning.greedy_purchase import rescues
from allocator.planning.hall_sets import DeficitKind, binding_pools, deficient_sets
from allocator.planning.network import Network, flow_of
from allocator.planning.optimal import assign_best_split, assign_best_together
from allocator.planning.problem import Problem
from allocator.planning.purchase import Market, buy_split
from allocator.planning.purchase_together import buy_together, tighten_bound
from allocator.planning.repair import repairs
from allocator.whatif.credit import credit_of
from tests.oracle.test_rule_oracle import POOLS, Case, as_problem, cases

Rows = tuple[Network, Market]


@st.composite
def markets(draw: st.DrawFn) -> tuple[Problem, Network, Market]:
    problem = as_problem(draw(cases()))
    price = np.array(draw(st.lists(st.integers(0, 5), min_size=POOLS, max_size=POOLS)), dtype=np.int64)
    if draw(st.booleans()):
        price[:] = 1
    available = np.array(draw(st.lists(st.integers(0, 4), min_size=POOLS, max_size=POOLS)), dtype=np.int64)
    if draw(st.booleans()):
        available[:] = 50
    return problem, Network.of(problem, available), Market(price, available)


def cheapest(network: Network, market: Market, *, together: bool, budget: int | None = None) -> tuple[int, float]:
    """The most links that can be served, and the least price for that many; by two integer programs."""
    arcs, pools, demands = len(network), len(network.supply), len(network.demand)
    if not arcs:
        return 0, 0.0
    whole = (network.tail < network.groups) & together
    size = np.where(whole, network.demand[network.tail], 1)  # a whole group goes over one arc, 0 or 1 times
    columns = arcs + pools
    of_demand, of_pool = np.zeros((demands, columns)), np.zeros((pools, columns))
    of_demand[network.tail, np.arange(arcs)] = np.where(whole, 1, size)
    of_pool[network.head, np.arange(arcs)] = size
    of_pool[np.arange(pools), arcs + np.arange(pools)] = -1
    alone = np.array([together and demand < network.groups for demand in range(demands)])
    limits = [
        LinearConstraint(of_demand, -np.inf, np.where(alone, 1, network.demand)),
        LinearConstraint(of_pool, -np.inf, network.supply),
        LinearConstraint(np.eye(columns), 0, np.concatenate((np.full(arcs, 10**4), market.available))),
    ]
    links = np.concatenate((size, np.zeros(pools)))
    numbers = np.concatenate((np.zeros(arcs), np.ones(pools)))
    if budget is not None:
        limits.append(LinearConstraint(numbers, -np.inf, budget))
    whole_numbers = np.ones(columns)
    most = milp(-links, constraints=limits, integrality=whole_numbers)
    served = round(-most.fun)
    prices = np.concatenate((np.zeros(arcs), market.price))
    least = milp(prices, constraints=[*limits, LinearConstraint(links, served, np.inf)], integrality=whole_numbers)
    return served, round(least.fun, 6)


def paid(market: Market, bought: IntArray) -> int:
    return int((market.price * bought).sum())


def holds(network: Network, market: Market, flow: IntArray, bought: IntArray, *, together: bool) -> None:
    """The flow keeps the rules with what was bought."""
    into = np.bincount(network.head, weights=flow, minlength=POOLS)
    out = np.bincount(network.tail, weights=flow, minlength=len(network.demand))
    assert (into <= network.supply + bought).all()
    assert (out <= network.demand).all()
    assert ((bought >= 0) & (bought <= market.available)).all()
    if together:
        of_group = (network.tail < network.groups) & (flow > 0)
        assert (flow[of_group] == network.demand[network.tail[of_group]]).all()


@given(markets(), st.none() | st.integers(0, 8))
def test_a_purchase_for_split_groups_is_the_best(case: tuple[Problem, Network, Market], budget: int | None) -> None:
    _, network, market = case
    found = buy_split(network, market, budget)
    holds(network, market, found.flow, found.bought, together=False)
    served, price = cheapest(network, market, together=False, budget=budget)
    assert found.served == int(found.flow.sum()) == served == found.served_bound
    if budget is None:
        assert found.cost == paid(market, found.bought) == price
        assert found.cost_bound == found.cost
    else:
        assert int(found.bought.sum()) <= budget


@given(markets())
def test_a_purchase_for_whole_groups_is_sound(case: tuple[Problem, Network, Market]) -> None:
    _, network, market = case
    market = Market(market.price, np.full(POOLS, 50, dtype=np.int64))
    found = buy_together(network, market, 5)
    holds(network, market, found.flow, found.bought, together=True)
    served, price = cheapest(network, market, together=True)
    assert found.served <= served <= found.served_bound
    assert found.cost == paid(market, found.bought)
    if found.served == served:
        assert found.cost_bound <= price <= found.cost
        better = tighten_bound(network, market, found, 200)
        assert found.cost_bound <= better.cost_bound <= price


@given(markets(), st.none() | st.integers(0, 8))
def test_rescues_one_by_one_are_sound(case: tuple[Problem, Network, Market], budget: int | None) -> None:
    problem, network, market = case
    assignment, _ = assign_best_together(problem, perturbations=10)
    flow = flow_of(problem, network, assignment.number)
    bought = np.zeros(POOLS, dtype=np.int64)
    for step in rescues(network, market, flow, budget):
        assert flow[step.arc] == 0
        flow[step.arc] = step.links
        bought[network.head[step.arc]] += step.numbers
    holds(network, market, flow, bought, together=True)
    assert budget is None or bought.sum() <= budget
    assert int(flow.sum()) <= cheapest(network, market, together=True, budget=budget)[0]


@given(markets())
def test_every_rescued_link_has_its_purchase(case: tuple[Problem, Network, Market]) -> None:
    problem, network, market = case
    before = flow_of(problem, network, assign_best_split(problem)[0].number)
    found = buy_split(network, market)
    credit = credit_of(network, before, found)
    gained = np.bincount(network.tail, weights=found.flow - before, minlength=len(network.demand))
    for demand, links in enumerate(gained.tolist()):
        assert sum(amount for _, amount in credit.get(demand, [])) == max(links, 0)
    of_pool = np.zeros(POOLS, dtype=np.int64)
    for pairs in credit.values():
        for pool, amount in pairs:
            if pool >= 0:
                of_pool[pool] += amount
    more = np.bincount(network.head, weights=found.flow - before, minlength=POOLS)
    assert (of_pool <= more).all()


# --- why not ---------------------------------------------------------------------------------------------------------


def can_serve_all(network: Network, demands: tuple[int, ...], *, together: bool) -> bool:
    """Whether some plan serves all links of some demands, if no other demand asks."""
    chosen = np.isin(network.tail, demands)
    part = network.part(np.flatnonzero(chosen), network.supply)
    none = Market(np.zeros(POOLS, dtype=np.int64), np.zeros(POOLS, dtype=np.int64))
    return cheapest(part, none, together=together)[0] == sum(int(network.demand[demand]) for demand in demands)


def counted(network: Network, demands: tuple[int, ...], *, together: bool) -> bool:
    """Whether counting alone shows that demands can't all be served, as a deficient set claims."""
    arcs = [
        arc
        for arc in range(len(network))
        if network.tail[arc] in demands
        and (
            not together
            or network.tail[arc] >= network.groups
            or network.demand[network.tail[arc]] <= network.supply[network.head[arc]]
        )
    ]
    needed = sum(int(network.demand[demand]) for demand in demands)
    pools = {int(network.head[arc]) for arc in arcs}
    if needed > sum(int(network.supply[pool]) for pool in pools):
        return True
    return together and needed > sum(usable(network, arcs, pool) for pool in pools)


def usable(network: Network, arcs: list[int], pool: int) -> int:
    """The most links of whole groups, and single ones, that fit into a pool; by trying every set."""
    here = [int(network.tail[arc]) for arc in arcs if network.head[arc] == pool]
    whole = [int(network.demand[demand]) for demand in here if demand < network.groups]
    singles = sum(int(network.demand[demand]) for demand in here if demand >= network.groups)
    supply = int(network.supply[pool])
    sums = (sum(size for size, taken in zip(whole, choice, strict=True) if taken)
            for choice in product((False, True), repeat=len(whole)))  # fmt: skip
    return max(min(supply, total + singles) for total in sums if total <= supply)


@given(cases(), st.booleans())
def test_a_deficient_set_cannot_be_served(case: Case, together: bool) -> None:
    problem = as_problem(case)
    network = Network.of(problem)
    assignment = assign_best_together(problem, perturbations=20)[0] if together else assign_best_split(problem)[0]
    flow = flow_of(problem, network, assignment.number)
    found = list(deficient_sets(network, flow, together))
    served = np.bincount(network.tail, weights=flow, minlength=len(network.demand))
    assert [one.demand for one in found] == sorted(
        np.flatnonzero(served < network.demand).tolist(), key=lambda demand: int(network.turn[demand])
    )
    for one in found:
        assert one.demand in one.demands
        if one.kind == DeficitKind.UNPROVEN:
            assert together
            continue
        assert one.needed > one.available
        assert not can_serve_all(network, one.demands, together=together)
        if one.kind != DeficitKind.SIZE:
            assert counted(network, one.demands, together=together) or len(one.demands) == 1


@given(cases())
def test_one_more_number_serves_one_more_link_exactly_in_binding_pools(case: Case) -> None:
    problem = as_problem(case)
    everywhere = np.full(POOLS, 9, dtype=np.int64)
    network = Network.of(problem, everywhere)
    flow = flow_of(problem, network, assign_best_split(problem)[0].number)
    binding = binding_pools(network, flow)
    for pool in range(POOLS):
        available: NDArray[np.int64] = np.zeros(POOLS, dtype=np.int64)
        available[pool] = 1
        more = Network.of(problem, available)
        gain = buy_split(more, Market(np.ones(POOLS, dtype=np.int64), available)).served - int(flow.sum())
        assert gain == (pool in binding)


@given(cases(), st.booleans())
def test_a_repair_repairs(case: Case, together: bool) -> None:
    problem = as_problem(case)
    network = Network.of(problem)
    assignment = assign_best_together(problem, perturbations=20)[0] if together else assign_best_split(problem)[0]
    flow = flow_of(problem, network, assignment.number)
    left = network.supply - np.bincount(network.head, weights=flow, minlength=POOLS).astype(np.int64)
    candidates, groups = problem.candidates, problem.groups
    for repair in repairs(problem, network, flow, together):
        rows = range(
            int(candidates.start[groups.code[repair.group]]), int(candidates.start[groups.code[repair.group] + 1])
        )
        near = {int(candidates.pool[row]) for row in rows if candidates.km[row] <= groups.radius_km[repair.group]}
        assert repair.pool in near
        here = int(left[repair.pool]) if together else int(left[list(near)].sum())
        assert here + repair.numbers >= repair.links
        if repair.widen_km is not None:
            within = {int(candidates.pool[row]) for row in rows if candidates.km[row] <= repair.widen_km}
            there = int(left[repair.widen_pool]) if together else int(left[list(within)].sum())
            assert there >= repair.links


@given(cases(), st.data())
def test_weights_and_numbers_to_keep_break_no_rule(case: Case, data: st.DataObject) -> None:
    """The most weight is served; keeping takes nothing from it; and what can be kept is."""
    problem = as_problem(case)
    weight = np.array([data.draw(st.sampled_from([1, 2, 5])) for _ in range(problem.links)], dtype=np.int64)
    plain, _ = assign_best_split(problem)
    weighty = Problem(
        problem.links, problem.groups, problem.candidates, problem.pools, problem.area_requests, frozen(weight)
    )
    assignment, prices = assign_best_split(weighty)
    certificate = certify(weighty, assignment, "split", prices)
    assert certificate.violations == ()
    assert certificate.optimal
    assert np.count_nonzero(assignment.number) == np.count_nonzero(plain.number)  # a matroid: most weight is most links
    assert weight[assignment.number > 0].sum() >= weight[plain.number > 0].sum()
    held = Problem(
        problem.links,
        problem.groups,
        problem.candidates,
        problem.pools,
        problem.area_requests,
        None,
        frozen(plain.number.copy()),
    )
    for grouping in ("split", "together"):
        again, prices = assign_best_split(held) if grouping == "split" else assign_best_together(held, perturbations=5)
        assert certify(held, again, grouping, prices).violations == ()
        if grouping == "split":
            assert np.array_equal(again.number, plain.number)
