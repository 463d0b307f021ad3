"""The least greatest distance."""

from __future__ import annotations

import numpy as np
import pytest

from allocator.planning.bottleneck import assign_bottleneck
from allocator.planning.certificate import certify
from allocator.planning.network import MILLIMETRES
from allocator.planning.optimal import assign_best_split
from allocator.planning.problem import Grouping
from tests.support.planted import problem_of

# Least in all: 1 + 9 km. Least at worst: 6 + 6 km.
REACH = [[(0, 1.0), (1, 6.0)], [(0, 6.0), (1, 9.0)]]


@pytest.mark.parametrize("grouping", ["split", "together"])
def test_nobody_goes_farther_than_need_be(grouping: Grouping) -> None:
    problem = problem_of([1, 1], REACH, [1, 1])
    assert assign_best_split(problem)[0].number.tolist() == [1, 2]
    assignment, prices, bound = assign_bottleneck(problem, grouping, perturbations=5)
    assert assignment.number.tolist() == [2, 1]
    assert bound.at_least_mm == 6 * MILLIMETRES
    certificate = certify(problem, assignment, grouping, prices, bound)
    assert certificate.feasible
    assert certificate.worst_mm == certificate.worst_bound_mm == 6 * MILLIMETRES


def test_it_serves_as_much_as_the_best_plan() -> None:
    """The second group can only be served over 9 km, so that is the least."""
    problem = problem_of([1, 1], [[(0, 1.0)], [(1, 9.0)]], [1, 1])
    assignment, _, bound = assign_bottleneck(problem, "split", perturbations=0)
    assert assignment.number.tolist() == [1, 2]
    assert bound.at_least_mm == 9 * MILLIMETRES


def test_without_groups_there_is_no_distance() -> None:
    assignment, _, bound = assign_bottleneck(problem_of([1], [[]], [1]), "split", perturbations=0)
    assert np.count_nonzero(assignment.number) == 0
    assert (bound.at_least_mm, bound.within) == (0, None)
