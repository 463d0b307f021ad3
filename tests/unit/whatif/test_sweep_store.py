"""The folder of a sweep: what it recognises, what it refuses, and what it deletes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allocator.errors import InputError, OutputError
from allocator.plans import links_of
from allocator.whatif.inputs import Inputs
from allocator.whatif.job import Job, work
from allocator.whatif.sweep_store import SweepStore
from tests.unit.whatif.examples import only

BEGINNING = {"whatif": "run", "engine": {"name": "allocator"}}


@pytest.fixture
def job(inputs: Inputs) -> Job:
    return Job.of(only(), inputs)


@pytest.fixture
def store(tmp_path: Path, inputs: Inputs, job: Job) -> SweepStore:
    """A sweep with one scenario, not finished."""
    store = SweepStore(tmp_path / "sweep")
    store.check(["a"], force=False)
    store.open(BEGINNING, force=False)
    store.keep("a", work(inputs, job))
    return store


def test_a_scenario_is_recognised_by_its_digest_and_its_files(store: SweepStore, job: Job) -> None:
    assert store.holds("a", job.digest)
    assert not store.holds("a", "another")
    assert not store.holds("b", job.digest)
    (store.path / "scenarios" / "a" / "stock.csv").write_text("changed", encoding="utf-8")
    assert not store.holds("a", job.digest)
    (store.path / "scenarios" / "a" / "summary.json").write_text("[]", encoding="utf-8")
    assert not store.holds("a", job.digest)


def test_the_links_are_those_of_the_plan(store: SweepStore, inputs: Inputs) -> None:
    plan = only().plan(inputs)
    assert store.links("a").rows() == links_of(plan.assignments, plan.already, plan.unassigned).rows()
    assert store.summary("a")["links"] == plan.summary["links"]


def test_what_was_altered_is_named(store: SweepStore) -> None:
    for name in ("assignments.csv", "summary.json"):
        (store.path / "scenarios" / "a" / name).write_text("{", encoding="utf-8")
    for read in (store.links, store.summary):
        with pytest.raises(InputError, match="It was altered since it was written: run the sweep again"):
            read("a")


def test_a_sweep_is_unfinished_until_the_last_file_is_written(store: SweepStore) -> None:
    assert json.loads((store.path / "summary.json").read_bytes())["finished"] is False
    store.keep_changes("a", "b", b"link_id\n")
    store.keep_changes("a", "c", b"link_id\n")
    store.finish(b"scenario\n", BEGINNING | {"finished": True}, [("a", "b")])
    assert json.loads((store.path / "summary.json").read_bytes())["finished"] is True
    assert [path.name for path in (store.path / "changes").iterdir()] == ["a--b.csv"]
    assert sorted(path.name for path in store.path.iterdir()) == [
        "changes", "comparison.csv", "scenarios", "summary.json",
    ]  # fmt: skip


def test_half_written_files_are_cleared_away(store: SweepStore) -> None:
    (store.path / ".unfinished" / "half").mkdir()
    store.open(BEGINNING, force=False)
    assert list((store.path / ".unfinished").iterdir()) == []
    assert (store.path / "scenarios" / "a").is_dir()
    store.open(BEGINNING, force=True)
    assert list((store.path / "scenarios").iterdir()) == []


def test_an_earlier_scenario_is_replaced(store: SweepStore) -> None:
    store.keep("a", {"summary.json": b"{}"})
    assert [path.name for path in (store.path / "scenarios" / "a").iterdir()] == ["summary.json"]


def test_scenarios_that_would_be_lost_are_named(store: SweepStore) -> None:
    with pytest.raises(OutputError, match=r"it holds scenarios that are not among these \(a\).*--force"):
        store.check(["b"], force=False)
    store.check(["b"], force=True)
    (store.path / "scenarios" / "a" / "NOTES.txt").touch()
    with pytest.raises(OutputError, match=r"NOTES\.txt"):
        store.check(["b"], force=True)


def test_another_thing_in_the_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").touch()
    (tmp_path / "empty").mkdir()
    for name, message in (("file", "is not a folder"), ("mine", "is not the folder of a sweep")):
        with pytest.raises(OutputError, match=message):
            SweepStore(tmp_path / name).check(["a"], force=True)
    SweepStore(tmp_path / "empty").check(["a"], force=False)
    with pytest.raises(OutputError, match="it can't be written"):
        SweepStore(tmp_path / "file" / "below").open(BEGINNING, force=False)
