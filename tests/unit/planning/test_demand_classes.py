"""Links that differ become demands of their own, and come together again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allocator.errors import OptionError
from allocator.planning.demand_classes import classify, gather, pools_held
from allocator.planning.problem import AreaRequests, Problem
from tests.support.planted import problem_of


def differing() -> Problem:
    """A group of four (weights 20, 10, 20, 10; the third holds number 3 of pool 1), and two BY AREA links."""
    problem = problem_of([4], [[(0, 1.0), (1, 2.0)]], [2, 3])
    requests = AreaRequests(np.array([4, 5]), np.array([0, 0]), ((1,),), ((0,),))
    return replace(
        problem,
        links=6,
        area_requests=requests,
        weight=np.array([20, 10, 20, 10, 10, 30]),
        held=np.array([0, 0, 3, 99, 4, 4]),
    )


def test_links_of_one_weight_and_one_pool_are_a_demand() -> None:
    classes = classify(differing())
    network = classes.network
    assert classes.problem.groups.members.tolist() == [0, 2, 1, 3]
    assert network.demand.tolist() == [1, 1, 2, 1, 1]
    assert network.weight.tolist() == [2, 2, 1, 3, 1]  # in lowest terms, heavier first
    assert network.held.tolist() == [-1, 1, -1, 1, 1]
    assert classes.of_link.tolist() == [0, 2, 1, 2, 4, 3]
    assert classes.problem.area_requests.chain == ((1,), (1,))
    assert classes.weight_served(np.array([1, 0, 3, 0, 0, 4])) == 2 + 2 + 3


def test_where_all_links_are_alike_the_problem_stays() -> None:
    problem = problem_of([2, 1], [[(0, 1.0)]] * 2, [2])
    classes = classify(problem)
    assert classes.problem is problem
    assert classes.of_link.tolist() == [0, 0, 1]
    assert classes.weight_served(np.array([1, 2, 0])) == 2


def test_the_pool_of_a_held_number_is_known_where_some_pool_has_it() -> None:
    assert pools_held(differing()).tolist() == [-1, -1, 1, -1, 1, 1]
    assert pools_held(replace(differing(), held=None)).tolist() == [-1] * 6


def test_groups_are_gathered_again_and_worth_all_their_links() -> None:
    problem = differing()
    finer, network, worth = gather(problem, classify(problem))
    assert finer.groups is problem.groups
    assert network.demand.tolist() == [4, 1, 1]
    assert worth.tolist() == [6, 3, 1]
    assert network.weight.tolist() == [1, 3, 1]
    assert network.tail.tolist() == [1, 2]  # no pool can serve the group of four whole


def test_weights_that_differ_too_finely_are_refused() -> None:
    problem = replace(problem_of([2], [[(0, 1.0)]], [2]), weight=np.array([1, 2**45]))
    with pytest.raises(OptionError, match="differ too finely") as error:
        classify(problem)
    assert error.value.remedy == f"Make the greatest priority at most {2**62 // 2_000_001:,} times the unit."
