"""The planning core compared with one stable sort of the same codes, and whole plans with a user's script."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

import allocator
from allocator.places import dataset
from allocator.planning.problem import Assignment, Candidates, Groups, Pools, Problem
from allocator.planning.rule import assign_by_rule
from benchmarks import naive
from benchmarks.instances import FALLBACK_KM, SIZES, case

NAIVE_SIZE = 10_000
ROUNDS = 15


@cache
def codes(size: int) -> NDArray[np.uint16]:
    """Return the outcode row of each link."""
    outcodes = dataset.bundled_outcodes().outcode
    text = pl.read_csv(case(size).links)["postcode"].str.head(-4)
    return text.cast(pl.Enum(outcodes)).to_physical().cast(pl.UInt16).to_numpy()


@cache
def numbers(size: int) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Return the pool of each number, and the numbers, ascending."""
    number = pl.read_csv(case(size).stock)["full_voxnumber"].sort()
    area_codes = dataset.bundled_area_codes().area_code.astype(str).tolist()
    national = number.cast(pl.String).str.slice(2)
    found = pl.coalesce(
        national.str.head(digits).cast(pl.Enum(area_codes), strict=False).to_physical() for digits in (5, 4, 3, 2)
    )
    return pl.select(found.cast(pl.UInt16)).to_series().to_numpy(), number.to_numpy()


def reach() -> Candidates:
    return Candidates(*dataset.bundled_distances())


@pytest.mark.parametrize("size", SIZES)
def test_argsort(benchmark: BenchmarkFixture, size: int) -> None:
    benchmark.pedantic(np.argsort, (codes(size),), {"kind": "stable"}, rounds=ROUNDS, warmup_rounds=2)


@pytest.mark.parametrize("size", SIZES)
def test_core(benchmark: BenchmarkFixture, size: int) -> None:
    """Time the way from the links' outcode codes to each link's number; the numbers are in their pools already."""
    pools = Pools.of(*numbers(size), len(dataset.bundled_area_codes()))
    code, near = codes(size), reach()

    def core() -> Assignment:
        return assign_by_rule(Problem(size, Groups.of(code, FALLBACK_KM), near, pools))

    assignment = benchmark.pedantic(core, rounds=ROUNDS, warmup_rounds=2)
    assert np.count_nonzero(assignment.number) > size / 2


@pytest.mark.parametrize("size", SIZES)
def test_core_with_pools(benchmark: BenchmarkFixture, size: int) -> None:
    """Time the same with sorted numbers that are not in their pools yet."""
    code, near, (pool, number) = codes(size), reach(), numbers(size)

    def core() -> Assignment:
        pools = Pools.of(pool, number, len(dataset.bundled_area_codes()))
        return assign_by_rule(Problem(size, Groups.of(code, FALLBACK_KM), near, pools))

    assignment = benchmark.pedantic(core, rounds=ROUNDS, warmup_rounds=2)
    assert np.count_nonzero(assignment.number) > size / 2


@cache
def naive_tables() -> tuple[pd.DataFrame, ...]:
    texts = {"link_id": str, "full_voxnumber": str, "area_code": str}
    made = case(NAIVE_SIZE)
    paths = (made.links, made.stock, dataset.data_path("outcodes.csv"), dataset.data_path("area_codes.csv"))
    return tuple(pd.read_csv(path, dtype=texts) for path in paths)


def test_engine(benchmark: BenchmarkFixture) -> None:
    """Time the way from tables in memory to a plan."""
    made = case(NAIVE_SIZE)
    links, stock = pl.read_csv(made.links), pl.read_csv(made.stock)
    plan = benchmark.pedantic(
        allocator.plan, (links, stock), {"fallback_km": FALLBACK_KM}, rounds=ROUNDS, warmup_rounds=2
    )
    assert plan.assignments.height > NAIVE_SIZE / 2


def test_naive(benchmark: BenchmarkFixture) -> None:
    assigned = benchmark.pedantic(naive.plan, (*naive_tables(), FALLBACK_KM), rounds=1)
    assert len(assigned) > NAIVE_SIZE / 2


def test_naive_in_plain_loops(benchmark: BenchmarkFixture) -> None:
    assigned = benchmark.pedantic(naive.plan_in_plain_loops, (*naive_tables(), FALLBACK_KM), rounds=3)
    assert len(assigned) > NAIVE_SIZE / 2
