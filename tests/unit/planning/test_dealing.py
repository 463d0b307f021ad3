"""From flows to numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allocator.planning.dealing import assignment_of, keep_numbers
from allocator.planning.network import Network
from allocator.planning.problem import AreaRequests, Problem, Tier
from tests.support.planted import problem_of


def mixed() -> Problem:
    """BY AREA links at 0 and 4 (pool 1, by city), a group of three at 1 to 3 (pool 0, then 1; pool 2 too far)."""
    problem = problem_of([3], [[(0, 1.0), (1, 2.0), (2, 30.0)]], [2, 3, 4])
    moved = replace(problem.groups, members=problem.groups.members + 1)
    requests = AreaRequests(np.array([0, 4]), np.array([0, 0]), ((1,),), ((Tier.CITY,),))
    return replace(problem, links=5, groups=moved, area_requests=requests)


def test_a_flow_becomes_numbers_in_document_order() -> None:
    """Pool 0 has numbers 1, 2; pool 1 has 3, 4, 5. The BY AREA links' first comes first in the document."""
    problem = mixed()
    assignment = assignment_of(problem, Network.of(problem), np.array([2, 1, 2]))
    assert assignment.number.tolist() == [3, 1, 2, 5, 4]
    assert assignment.share.tolist() == [2, 0, 0, 1, 2]
    assert assignment.shares.tier.tolist() == [Tier.DISTANCE, Tier.DISTANCE, Tier.CITY]
    assert assignment.trials.taken.tolist() == [2, 1]
    assert assignment.trials.left.tolist() == [2, 1]


def test_a_short_group_tries_all_in_reach_and_the_closest_beyond_with_enough() -> None:
    problem = mixed()
    trials = assignment_of(problem, Network.of(problem), np.array([0, 0, 2])).trials
    assert trials.candidate.tolist() == [0, 1, 2]
    assert trials.left.tolist() == [2, 1, 4]
    assert trials.taken.tolist() == [0, 0, 0]


def test_without_a_pool_with_enough_beyond_only_those_in_reach_were_tried() -> None:
    problem = problem_of([3], [[(0, 1.0), (1, 30.0)]], [2, 2])
    assert assignment_of(problem, Network.of(problem), np.array([0])).trials.candidate.tolist() == [0]


def test_links_keep_their_numbers_where_they_are_served_from_the_same_pool() -> None:
    """Link 3 holds 4 and keeps it; link 2 holds 5 but is served from pool 0; the others share what is left."""
    problem = replace(mixed(), held=np.array([0, 0, 5, 4, 0]))
    dealt = assignment_of(problem, Network.of(problem), np.array([2, 1, 2]))
    kept = keep_numbers(problem, dealt)
    assert kept.number.tolist() == [3, 1, 2, 4, 5]
    assert kept.share.tolist() == [2, 0, 0, 1, 2]
    assert kept.shares.pool.tolist() == dealt.shares.pool.tolist()
    assert kept.shares.tier.tolist() == dealt.shares.tier.tolist()
    assert kept.trials.taken.tolist() == dealt.trials.taken.tolist()


def test_of_two_links_with_one_number_the_first_keeps_it() -> None:
    problem = replace(problem_of([2], [[(0, 1.0)]], [3]), held=np.array([3, 3]))
    dealt = assignment_of(problem, Network.of(problem), np.array([2]))
    assert keep_numbers(problem, dealt).number.tolist() == [3, 1]


def test_without_numbers_to_keep_the_numbers_stay() -> None:
    problem = mixed()
    dealt = assignment_of(problem, Network.of(problem), np.array([2, 0, 1]))
    kept = keep_numbers(problem, dealt)
    assert kept.number.tolist() == dealt.number.tolist() == [3, 1, 2, 0, 0]
    assert kept.share.tolist() == [1, 0, 0, -1, -1]
