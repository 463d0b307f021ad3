"""Strategies: through the public door what the best plan serves, says about itself, and repeats; then the solvers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import allocator
from allocator.errors import OptionError
from allocator.planning import optimal
from allocator.planning.flow import Prices
from allocator.planning.optimal import assign_best_split
from allocator.planning.problem import Assignment, Problem
from allocator.planning.strategy import solve_by_rule, solve_optimal, solver
from tests.support.planted import greedy_traps, planted, problem_of
from tests.support.tables import greedy_trap


@pytest.mark.parametrize("grouping", ["together", "split"])
def test_the_best_plan_serves_links_that_the_rule_leaves_out(grouping: str) -> None:
    links, stock = greedy_trap()
    kind = "together" if grouping == "together" else "split"
    assert allocator.plan(links, stock, grouping=kind).assignments.height < 4  # type: ignore[arg-type]
    plan = allocator.plan(links, stock, grouping=kind, strategy="optimal")  # type: ignore[arg-type]
    assert plan.ok
    summary = plan.summary
    assert summary["options"]["strategy"] == "optimal"
    assert summary["certificate"]["assigned_at_most"] == summary["certificate"]["assigned"] == 4
    assert summary["certificate"]["gap"] == 0
    assert summary["strategies"]["optimal"]["assigned"] == 4
    assert summary["strategies"]["rule"]["assigned"] == 2
    assert summary["strategies"]["rule"]["unassigned"] == 2


def test_the_rule_claims_nothing() -> None:
    assert not {"certificate", "strategies"} & set(allocator.plan(*greedy_trap()).summary)


def test_numbers_that_links_name_count_in_the_bound() -> None:
    links = pl.DataFrame(
        {"link_id": ["1", "2"], "postcode": ["W11 3EP", None], "full_voxnumber": [None, "442079460000"]},
    )
    stock = pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001"]})
    certificate = allocator.plan(links, stock, strategy="optimal").summary["certificate"]
    assert (certificate["assigned"], certificate["assigned_at_most"], certificate["optimal"]) == (2, 2, True)


def test_the_best_plan_repeats_and_shows_what_it_tried(tmp_path_factory: pytest.TempPathFactory) -> None:
    links, stock = greedy_trap()
    first = allocator.plan(links, stock, strategy="optimal", grouping="split")
    again = allocator.plan(links, stock.sample(fraction=1, shuffle=True, seed=1), strategy="optimal", grouping="split")
    assert first.digest == again.digest
    assert first.decisions.filter(pl.col("numbers_taken") > 0)["numbers_taken"].sum() == 4
    folder = tmp_path_factory.mktemp("best") / "plan"
    first.write(folder)
    assert "WC1A" in str(allocator.read_plan(folder).explain("3"))


def test_an_unknown_strategy_is_refused() -> None:
    links, stock = greedy_trap()
    with pytest.raises(OptionError, match="there is no such strategy"):
        allocator.plan(links, stock, strategy="greedy")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="the effort is negative"):
        allocator.plan(links, stock, strategy="optimal", effort=-1)


def test_a_solver_is_that_of_its_strategy() -> None:
    problem = greedy_traps(1).problem
    rule = solver("rule")(problem, "together")
    assert np.count_nonzero(rule.assignment.number) == 4
    assert (rule.certificate, rule.rule, rule.cut_off) == (None, None, False)
    best = solver("optimal", effort=5)(problem, "together")
    assert best.certificate is not None
    assert best.certificate.optimal
    assert best.rule is not None
    assert (
        best.rule.number.tolist()
        == rule.assignment.number.tolist()
        == solve_by_rule(problem, "together").assignment.number.tolist()
    )


def test_a_time_limit_says_whether_it_cut_the_search_off() -> None:
    problem = planted(8, 3, spare=0.3).problem
    assert solve_optimal(problem, "together", effort=50, time_limit_s=0.0).cut_off
    assert not solve_optimal(problem, "together", effort=50, time_limit_s=3600.0).cut_off
    assert not solve_optimal(problem, "split", time_limit_s=0.0).cut_off


def test_the_worst_distance_can_be_the_objective() -> None:
    problem = problem_of([1, 1], [[(0, 1.0), (1, 6.0)], [(0, 6.0), (1, 9.0)]], [1, 1])
    assert solve_optimal(problem, "split", objective="total").assignment.number.tolist() == [1, 2]
    worst = solve_optimal(problem, "split", objective="worst")
    assert worst.assignment.number.tolist() == [2, 1]
    assert worst.certificate is not None
    assert worst.certificate.optimal


def test_a_plan_that_breaks_a_rule_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of([1], [[(0, 1.0)]], [2])

    def tampered(one: Problem) -> tuple[Assignment, Prices]:
        assignment, prices = assign_best_split(one)
        return replace(assignment, number=np.array([2])), prices

    monkeypatch.setattr(optimal, "assign_best_split", tampered)
    with pytest.raises(AssertionError, match="1 pools give others than their smallest numbers"):
        solve_optimal(problem, "split")
