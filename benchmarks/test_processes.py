"""Whole processes: `allocator plan` compared with a program that only reads and writes; the time of an import."""

from __future__ import annotations

import shutil
import statistics
import sys
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks import answers
from benchmarks.instances import FALLBACK_KM, FOLDER, SIZES, case
from benchmarks.processes import ChildClock, Run, run

ROUNDS = 7
IMPORT_ROUNDS = 21
ALLOCATOR = Path(sys.executable).with_name("allocator")
FLOOR = Path(__file__).with_name("floor_plan.py")
SOME_LINKS_UNASSIGNED = 1


def plan_folder(size: int) -> Path:
    return FOLDER / f"plan-{size}"


def measure(benchmark: BenchmarkFixture, command: list[str | Path], output: Path, exit_code: int = 0) -> None:
    """Time a command that writes a new folder in each round, and note its memory and CPU time."""
    runs: list[Run] = []
    benchmark.pedantic(
        lambda: runs.append(run(command, expect=(exit_code,))),
        setup=lambda: shutil.rmtree(output, ignore_errors=True),
        rounds=ROUNDS,
        warmup_rounds=1,
    )
    benchmark.extra_info["peak_bytes"] = max(each.peak_bytes for each in runs)
    benchmark.extra_info["cpu_s"] = statistics.median(each.cpu_s for each in runs)
    benchmark.extra_info["wall_s"] = statistics.median(each.wall_s for each in runs[1:] or runs)


@pytest.mark.parametrize("size", SIZES)
def test_plan(benchmark: BenchmarkFixture, size: int) -> None:
    made, output = case(size), plan_folder(size)
    options = ("--links", made.links, "--stock", made.stock, "--fallback-km", f"{FALLBACK_KM:g}", "--output", output)
    measure(benchmark, [ALLOCATOR, "plan", *options], output, SOME_LINKS_UNASSIGNED)


@pytest.mark.parametrize("size", SIZES)
def test_floor(benchmark: BenchmarkFixture, size: int) -> None:
    """Time the floor program, which writes the bytes that `test_plan` wrote before."""
    made, output, taken = case(size), FOLDER / f"floor-{size}", FOLDER / f"answers-{size}"
    answers.take(plan_folder(size), made, taken)
    measure(benchmark, [sys.executable, FLOOR, made.links, made.stock, taken, output], output)
    assert answers.differences(plan_folder(size), output) == []


CLOCK = ChildClock()
PROGRAMS = {
    "numpy, polars": "import numpy, polars",
    "allocator": "import allocator",
    "lookup": "import allocator\nallocator.lookup('SW1A 0AA')",
}


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.benchmark(timer=CLOCK)
def test_import(benchmark: BenchmarkFixture, program: str) -> None:
    benchmark.pedantic(CLOCK.run, (PROGRAMS[program],), rounds=IMPORT_ROUNDS, warmup_rounds=2)
