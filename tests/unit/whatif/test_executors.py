"""Where scenarios are planned: here, or with any executor; processes and clusters are in tests/end_to_end."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from allocator.errors import AllocatorError
from allocator.whatif import executors
from allocator.whatif.executors import open_executors
from allocator.whatif.inputs import Inputs
from allocator.whatif.job import Job, work
from tests.unit.whatif.examples import only


def test_this_process_plans_one_scenario_at_a_time(inputs: Inputs) -> None:
    job = Job.of(only(), inputs)
    with open_executors(inputs, 1, None, None) as here:
        assert (here.width, here.renew, here.cancels_on_exit) == (1, None, False)
        assert here.submit(job).result() == work(inputs, job)


def test_an_error_is_raised_where_the_result_is_asked_for(inputs: Inputs) -> None:
    job = Job.of(only(remove={"20": 99}), inputs)
    with open_executors(inputs, 1, None, None) as here:
        future = here.submit(job)
        with pytest.raises(AllocatorError, match="99 are to be removed"):
            future.result()


def test_an_executor_is_used_and_left_open(inputs: Inputs) -> None:
    job = Job.of(only(), inputs)
    with ThreadPoolExecutor(1) as threads:
        with open_executors(inputs, 1, threads, None) as there:
            assert there.submit(job).result() == work(inputs, job)
        assert threads.submit(int, "7").result() == 7


def test_processes_do_not_take_all_cores_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POLARS_MAX_THREADS", raising=False)
    with executors._spawning(3):
        assert os.environ["POLARS_MAX_THREADS"] == "3"
    assert "POLARS_MAX_THREADS" not in os.environ
    monkeypatch.setenv("POLARS_MAX_THREADS", "1")
    with executors._spawning(3):
        assert os.environ["POLARS_MAX_THREADS"] == "1"
    assert os.environ["POLARS_MAX_THREADS"] == "1"


def test_a_cluster_needs_distributed(inputs: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(AllocatorError, match=r"pip install 'voxnumber-allocator\[dask\]'"),
        open_executors(inputs, 1, None, "tcp://127.0.0.1:9"),
    ):
        pass
