"""The certificate finds every broken rule, and bounds without trust in a solver."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allocator.planning.certificate import BottleneckBound, Certificate, bounding_classes, certify, weight_bound
from allocator.planning.flow import best_flow
from allocator.planning.network import MILLIMETRES, Network
from allocator.planning.optimal import assign_best_split, assign_best_together
from allocator.planning.problem import Grouping, Problem
from allocator.planning.rule import assign_by_rule
from tests.support.planted import problem_of


def simple() -> Problem:
    """Two groups of two; pool 0 with numbers 1, 2, 3 for both, pool 1 with numbers 4, 5 for the first alone."""
    return problem_of([2, 2], [[(0, 1.0), (1, 2.0)], [(0, 1.0)]], [3, 2])


def checked(problem: Problem, number: list[int], grouping: Grouping = "together") -> Certificate:
    assignment = replace(assign_by_rule(problem), number=np.array(number))
    return certify(problem, assignment, grouping, best_flow(bounding_classes(problem, grouping).network)[1])


@pytest.mark.parametrize(
    ("number", "violation"),
    [
        ([1, 99, 0, 0], "1 of the numbers given are in no pool"),
        ([4, 4, 0, 0], "1 numbers are given twice"),
        ([5, 0, 0, 0], "1 pools give others than their smallest numbers"),
        ([0, 0, 4, 5], "2 links have a number that they may not have"),
        ([1, 4, 0, 0], "1 groups are served from several pools, or in part"),
        ([1, 0, 0, 0], "1 groups are served from several pools, or in part"),
    ],
)
def test_every_broken_rule_is_named(number: list[int], violation: str) -> None:
    certificate = checked(simple(), number)
    assert violation in certificate.violations
    assert not certificate.feasible
    assert not certificate.optimal


def test_a_split_group_breaks_no_rule_where_groups_may_be_split() -> None:
    assert checked(simple(), [1, 4, 2, 3], "split").violations == ()


def test_a_number_that_a_link_keeps_need_not_be_the_smallest() -> None:
    assert checked(simple(), [5, 0, 0, 0], "split").violations
    assert checked(replace(simple(), held=np.array([5, 0, 0, 0])), [5, 0, 0, 0], "split").feasible


def test_what_is_served_is_counted_and_bounded() -> None:
    """All are served, over 2, 2, 1 and 1 km; split, three could take pool 0 at 1 km, and one pool 1 at 2 km."""
    certificate = checked(simple(), [4, 5, 1, 2])
    assert (certificate.served, certificate.served_bound, certificate.gap) == (4, 4, 0.0)
    assert (certificate.distance_mm, certificate.distance_bound_mm) == (6 * MILLIMETRES, 5 * MILLIMETRES)
    assert not certificate.optimal
    assert certificate.worst_mm == 2 * MILLIMETRES
    assert certificate.worst_bound_mm is None
    half = checked(simple(), [1, 2, 0, 0])
    assert (half.served, half.weight_bound, half.gap, half.optimal) == (2, 4, 1.0, False)
    assert checked(simple(), [0, 0, 0, 0]).gap == 1.0


def test_weights_count_instead_of_links() -> None:
    problem = replace(problem_of([1, 1], [[(0, 1.0)]] * 2, [1]), weight=np.array([1, 4]))
    assignment, prices = assign_best_split(problem)
    certificate = certify(problem, assignment, "split", prices)
    assert (certificate.weight, certificate.weight_bound, certificate.served_bound) == (4, 4, 2)
    assert certificate.optimal


def test_multipliers_prove_what_prices_cannot() -> None:
    """Two pools of four, three groups of three: whole groups serve six, the multipliers say no more than that."""
    problem = problem_of([3, 3, 3], [[(0, 1.0), (1, 1.0)]] * 3, [4, 4])
    assignment, prices = assign_best_together(problem, perturbations=20)
    without = certify(problem, assignment, "together", replace(prices, multipliers=None))
    assert certify(problem, assignment, "together", prices).served_bound <= without.served_bound
    assert without.served == 6


def test_the_greatest_distance_is_bounded_too() -> None:
    problem = simple()
    assignment, prices = assign_best_split(problem)
    network = bounding_classes(problem, "split").network
    below = best_flow(network.within(2 * MILLIMETRES - 1))[1]
    certificate = certify(problem, assignment, "split", prices, BottleneckBound(2 * MILLIMETRES, below, prices))
    assert (certificate.worst_mm, certificate.worst_bound_mm) == (2 * MILLIMETRES, 2 * MILLIMETRES)
    assert certificate.optimal
    nothing = best_flow(network.within(MILLIMETRES - 1))[1]
    loose = certify(problem, assignment, "split", prices, BottleneckBound(MILLIMETRES, nothing, None))
    assert loose.worst_bound_mm == MILLIMETRES
    assert not loose.optimal
    unproven = certify(problem, assignment, "split", prices, BottleneckBound(9 * MILLIMETRES, prices, None))
    assert unproven.worst_bound_mm == 0  # as much can be served within 9 km


def test_whole_groups_without_weights_are_bounded_as_if_they_held_nothing() -> None:
    held = replace(simple(), held=np.array([1, 0, 0, 0]))
    assert len(bounding_classes(held, "together").network.demand) == 2
    assert len(bounding_classes(held, "split").network.demand) == 3


def test_the_bound_on_weight_is_by_grouping() -> None:
    network = Network.of(problem_of([3, 3], [[(0, 1.0)]] * 2, [5]))
    prices = best_flow(network)[1]
    assert (weight_bound(network, prices, "split"), weight_bound(network, prices, "together")) == (5, 3)


def test_a_document_without_groups_splits_none() -> None:
    assert checked(problem_of([], [], [1]), []).feasible
