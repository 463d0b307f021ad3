"""The best assignments, on problems whose best is plain to see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allocator.planning.certificate import certify
from allocator.planning.optimal import Deadline, assign_best_split, assign_best_together
from allocator.planning.problem import AreaRequests, Problem
from tests.support.planted import greedy_traps, planted, problem_of


def with_areas(problem: Problem, kinds: list[int], chain: tuple[tuple[int, ...], ...]) -> Problem:
    """The problem with BY AREA links of these classes behind its groups."""
    position = problem.links + np.arange(len(kinds))
    tier = tuple((0,) * len(pools) for pools in chain)
    requests = AreaRequests(position, np.array(kinds), chain, tier)
    return replace(problem, links=problem.links + len(kinds), area_requests=requests)


def test_all_links_of_a_trap_are_served() -> None:
    trap = greedy_traps(2)
    assert np.count_nonzero(assign_best_split(trap.problem)[0].number) == trap.split
    assert np.count_nonzero(assign_best_together(trap.problem, perturbations=0)[0].number) == trap.together


def test_by_area_links_make_way_for_a_group_that_needs_the_pool() -> None:
    """Pool 0 fits the group of two; the BY AREA link can also have pool 1."""
    problem = with_areas(problem_of([2], [[(0, 1.0)]], [2, 1]), [0], ((0, 1),))
    for assignment, _ in (assign_best_split(problem), assign_best_together(problem, perturbations=5)):
        assert assignment.number.tolist() == [1, 2, 3]


def test_the_heavier_links_are_served() -> None:
    problem = replace(problem_of([2, 2], [[(0, 1.0)]] * 2, [2]), weight=np.array([1, 1, 1, 5]))
    assert np.flatnonzero(assign_best_split(problem)[0].number).tolist() == [0, 3]
    assert np.flatnonzero(assign_best_together(problem, perturbations=5)[0].number).tolist() == [2, 3]


def test_links_keep_their_numbers_though_another_pool_is_nearer() -> None:
    problem = replace(problem_of([2], [[(0, 1.0), (1, 2.0)]], [2, 2]), held=np.array([0, 4]))
    assert assign_best_split(problem)[0].number.tolist() == [1, 4]
    assert assign_best_together(problem, perturbations=5)[0].number.tolist() == [3, 4]


def test_a_plan_that_misses_its_bound_brings_multipliers() -> None:
    instance = planted(12, 3, spare=0.3)
    assignment, prices = assign_best_together(instance.problem, perturbations=1)
    certificate = certify(instance.problem, assignment, "together", prices)
    assert prices.multipliers is not None
    assert instance.together is not None
    assert certificate.served < instance.together <= certificate.served_bound


def test_a_deadline_that_has_passed_leaves_a_plan_that_keeps_the_rules() -> None:
    problem = planted(8, 3, spare=0.3).problem
    deadline = Deadline(0.0)
    assignment, prices = assign_best_together(problem, perturbations=20, deadline=deadline)
    assert deadline.cut_off
    assert certify(problem, assignment, "together", prices).feasible


def test_a_deadline_says_whether_it_cut_off() -> None:
    far, near = Deadline(3600.0), Deadline(0.0)
    assert not far.stops()
    assert not far.cut_off
    assert not near.cut_off
    assert near.stops()
    assert near.cut_off


def test_nothing_asked_nothing_given() -> None:
    empty = problem_of([], [], [3])
    assert assign_best_split(empty)[0].number.tolist() == []
    assert assign_best_together(empty, perturbations=5)[0].number.tolist() == []
