"""A sweep: its comparison, its folder, going on where it was, and its errors; workers are in tests/end_to_end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import allocator
from allocator import report, whatif
from allocator.errors import AllocatorError, OptionError
from allocator.plans import PlanOptions
from allocator.report.small_map import small_map
from allocator.whatif import sweep as sweeps
from allocator.whatif.executors import RENEWALS, Executors
from allocator.whatif.job import Files, Job
from allocator.whatif.scenario_error import ScenarioError
from tests.unit.whatif.examples import LINKS, STOCK

TWO: dict[str, Any] = {"scenario": [{"name": "near"}, {"name": "far", "fallback_km": 40, "add": {"161": 1}}]}


def sweep(folder: Path, scenarios: dict[str, Any] = TWO, **options: Any) -> whatif.Comparison:
    return whatif.run(scenarios, LINKS, STOCK, folder, **options)


def test_the_comparison_is_what_the_plans_say(tmp_path: Path) -> None:
    found = sweep(tmp_path / "sweep")
    for row in found.table.iter_rows(named=True):
        plan = allocator.read_plan(tmp_path / "sweep" / "scenarios" / row["scenario"])
        assert row["links"] == plan.summary["links"]["total"]
        assert row["assigned"] == plan.assignments.height
        assert row["max_km"] == plan.summary["distance_km"]["max"]
        assert row["numbers_left"] == plan.summary["stock"]["left"]
        assert row["assignments_sha256"] == plan.digest
    (change,) = found.changes.rows(named=True)
    difference = allocator.diff(*(tmp_path / "sweep" / "scenarios" / name for name in ("near", "far")))
    assert {kind: count for kind, count in change.items() if kind in difference.counts} == difference.counts
    assert change["unchanged"] == difference.unchanged


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_scenario_has_the_files_of_a_plan_without_requests(tmp_path: Path) -> None:
    sweep(tmp_path / "sweep")
    plan = names(allocator.plan(LINKS, STOCK).write(tmp_path / "plan"))
    without_requests = {name for name in plan if not name.startswith("requests/")}
    for name in ("near", "far"):
        assert names(tmp_path / "sweep" / "scenarios" / name) == without_requests


def test_a_scenario_is_reported_like_a_plan(tmp_path: Path) -> None:
    sweep(tmp_path / "sweep")
    near = tmp_path / "sweep" / "scenarios" / "near"
    assert report.page(near).content.startswith(b"<!DOCTYPE html>")
    plan = allocator.plan(LINKS, STOCK)
    assert allocator.read_plan(near).stock.rows() == plan.stock.rows()
    assert small_map(allocator.read_plan(near), layer="left") == small_map(plan, layer="left")


def test_what_is_finished_is_kept(tmp_path: Path) -> None:
    first = sweep(tmp_path / "sweep")
    again = sweep(tmp_path / "sweep")
    changed = sweep(tmp_path / "sweep", {"scenario": [TWO["scenario"][0], {"name": "far", "fallback_km": 41}]})
    assert (first.planned, first.kept) == (("near", "far"), ())
    assert (again.planned, again.kept) == ((), ("near", "far"))
    assert again.summary == first.summary
    assert changed.planned == ("far",)


def test_progress_counts_scenarios_and_pairs(tmp_path: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    sweep(tmp_path / "sweep", progress=lambda *step: steps.append(step))
    assert steps == [
        ("Reading", 0, 2), ("Planning", 0, 2), ("Planning", 1, 2), ("Planning", 2, 2), ("Comparing", 0, 1),
        ("Comparing", 1, 1),
    ]  # fmt: skip


def test_options_are_for_scenarios_without_their_own(tmp_path: Path) -> None:
    summary = sweep(tmp_path / "sweep", fallback_km=5, grouping="split").summary
    assert summary["options"] == {"fallback_km": 5, "grouping": "split"}
    assert [one["options"] for one in summary["scenarios"]] == [
        PlanOptions(5, "split").summary(), PlanOptions(40, "split").summary(),
    ]  # fmt: skip


@pytest.mark.parametrize("options", [{"workers": 0}, {"workers": 2, "scheduler": "tcp://127.0.0.1:9"}])
def test_ways_to_plan_exclude_each_other(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        sweep(tmp_path / "sweep", **options)


@pytest.mark.parametrize("options", [{"grouping": "apart"}, {"effort": -1}, {"fallback_km": -1}])
def test_options_outside_their_range_are_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError, match=f"the options, key {next(iter(options))}"):
        sweep(tmp_path / "sweep", **options)
    assert not (tmp_path / "sweep").exists()


@pytest.mark.parametrize("key", ["links", "stock"])
def test_links_and_stock_must_come_from_somewhere(tmp_path: Path, key: str) -> None:
    given = {"links": LINKS, "stock": STOCK} | {key: None}
    with pytest.raises(ScenarioError, match=f"the scenarios, key {key}: it names no {key}, and none were given"):
        whatif.run(TWO, given["links"], given["stock"], tmp_path / "sweep")


def test_a_fault_names_the_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> Files:
        raise ZeroDivisionError("odd")

    monkeypatch.setattr("allocator.whatif.executors.work", failing)
    with pytest.raises(ZeroDivisionError, match="odd") as caught:
        sweep(tmp_path / "sweep")
    assert caught.value.__notes__ == ["This happened in scenario 'near'."]


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("renewable", [False, True])
def test_a_worker_that_ends_again_and_again_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: bool, renewable: bool
) -> None:
    renewed: list[int] = []

    def submit(_: Job) -> Future[Files]:
        if at_once:
            raise BrokenExecutor
        future: Future[Files] = Future()
        future.set_exception(BrokenExecutor())
        return future

    @contextmanager
    def doomed(*_: object) -> Iterator[Executors]:
        renew: Callable[[], None] | None = (lambda: renewed.append(1)) if renewable else None
        yield Executors(submit, 2, renew=renew)

    monkeypatch.setattr(sweeps, "open_executors", doomed)
    with pytest.raises(AllocatorError, match=r"a worker ended before scenario '(near|far)' was planned"):
        sweep(tmp_path / "sweep")
    assert (RENEWALS <= len(renewed) <= 2 * RENEWALS + 1) if renewable else not renewed


def test_a_scenario_without_links_has_no_distances(tmp_path: Path) -> None:
    nobody = {"name": "nobody", "links": {"only_outcodes": []}}
    found = sweep(tmp_path / "sweep", {"scenario": [nobody, {"name": "all"}]})
    assert found.table.select("links", "mean_km").rows()[0] == (0, None)
    assert found.changes["is only in the second plan"].to_list() == [7]
    assert found.table.schema["mean_km"] == pl.Float64
