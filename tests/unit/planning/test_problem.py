"""The problem's own values: groups, pools, classes of BY AREA links."""

from __future__ import annotations

import numpy as np

from allocator.planning.problem import AreaRequests, Groups, Pools, Problem, Tier
from tests.support.planted import problem_of


def test_groups_take_the_least_radius_and_their_turn_by_first_link() -> None:
    code = np.array([9, 4, 9, 4, 7], dtype=np.uint16)
    position = np.array([0, 2, 3, 5, 8], dtype=np.int64)
    groups = Groups.of(code, np.array([5.0, 3.0, 2.0, 8.0, 1.0]), position)
    assert len(groups) == 3
    assert groups.code.tolist() == [4, 7, 9]
    assert groups.members.tolist() == [2, 5, 8, 0, 3]
    assert groups.start.tolist() == [0, 2, 3, 5]
    assert groups.radius_km.tolist() == [3.0, 1.0, 2.0]
    assert groups.turn.tolist() == [2, 0, 1]
    assert groups.size.tolist() == [2, 1, 2]
    assert groups.first.tolist() == [2, 8, 0]
    assert groups.of_member.tolist() == [0, 0, 1, 2, 2]


def test_a_document_without_groups() -> None:
    none = Groups.of(np.empty(0, dtype=np.uint16), 5.0)
    assert len(none) == len(none.turn) == len(none.first) == len(none.of_member) == 0
    assert none.start.tolist() == [0]


def test_pools_of_many_area_codes_are_sorted_as_those_of_few() -> None:
    pool, number = np.array([2, 0, 2, 0]), np.array([11, 12, 13, 14])
    few, many = Pools.of(pool, number, 3), Pools.of(pool, number, 70_000)
    assert few.number.tolist() == many.number.tolist() == [12, 14, 11, 13]
    assert few.available.tolist() == [2, 0, 2]
    assert many.available[:3].tolist() == [2, 0, 2]
    assert many.available.sum() == 4


def test_by_area_links_by_class() -> None:
    requests = AreaRequests(np.array([1, 4, 6]), np.array([1, 0, 1]), ((0,), (2, 0), (1,)), ((0,), (0, 2), (0,)))
    assert len(requests) == 3
    assert [places.tolist() for places in requests.by_class()] == [[4], [1, 6], []]
    assert len(AreaRequests.none()) == 0
    assert AreaRequests.none().by_class() == []


def test_a_problem_knows_its_candidates_and_whether_links_differ() -> None:
    problem = problem_of([1, 1], [[(0, 1.0)], [(0, 2.0), (1, 1.0)]], [1, 1])
    assert problem.candidate_rows(0) == slice(0, 1)
    assert problem.candidate_rows(1) == slice(1, 3)
    assert problem.plain
    weight = np.array([2, 1])
    assert not Problem(2, problem.groups, problem.candidates, problem.pools, weight=weight).plain
    assert not Problem(2, problem.groups, problem.candidates, problem.pools, held=weight).plain


def test_tiers_are_numbers_in_arrays() -> None:
    assert np.array([Tier.NONE, Tier.COUNTRY]).tolist() == [0, 4]
