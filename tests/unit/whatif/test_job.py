"""A job: what its digest depends on, and that inputs on their way to a worker arrive whole."""

from __future__ import annotations

import json
import pickle

import pytest

from allocator.errors import AllocatorError
from allocator.plans import engine
from allocator.whatif import job as jobs
from allocator.whatif.inputs import Inputs
from allocator.whatif.job import Job, Parcel, work
from allocator.whatif.scenario import Scenario
from tests.unit.whatif.examples import only


def test_the_digest_depends_on_all_that_the_files_depend_on(inputs: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    scenarios = [
        only(), only(fallback_km=1), only(add={"20": 1}), only(growth={"M1": 1, "M2": 1}),
        only(growth={"M2": 1, "M1": 1}), Scenario("b"),
    ]  # fmt: skip
    digests = {Job.of(scenario, inputs).digest for scenario in scenarios}
    assert Job.of(only(), inputs).digest in digests
    monkeypatch.setattr(jobs, "engine", lambda: engine() | {"version": "99"})
    digests.add(Job.of(only(), inputs).digest)
    assert len(digests) == len(scenarios) + 1


def test_a_worker_returns_the_files_of_a_plan_without_requests(inputs: Inputs) -> None:
    job = Job.of(only(fallback_km=20), inputs)
    files = work(inputs, job)
    made = job.scenario.plan(inputs)
    assert list(files) == [name for name, _ in made.files(requests=False)]
    scenario = json.loads(files["summary.json"])["scenario"]
    assert (scenario["name"], scenario["digest"]) == ("a", job.digest)
    assert sorted(scenario["files"]) == sorted(set(files) - {"summary.json"})


def test_a_parcel_arrives_whole_and_is_opened_once(inputs: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_OPENED", type(jobs._OPENED)())
    job = Job.of(only(growth={"W11": 3}, remove={"20": 1}), inputs)
    parcel = pickle.loads(pickle.dumps(Parcel.of(inputs)))
    assert work(parcel, job) == work(inputs, job)
    assert parcel.without_tables().tables == ()
    assert work(parcel.without_tables(), job) == work(inputs, job)


def test_another_version_is_refused(inputs: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job.of(only(), inputs)
    monkeypatch.setattr(jobs, "engine", lambda: engine() | {"version": "99"})
    with pytest.raises(AllocatorError, match=r"a worker has allocator 99 and data .*Install the same version"):
        work(inputs, job)
