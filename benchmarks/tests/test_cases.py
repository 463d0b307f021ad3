"""The benchmarks do what they claim: fixed cases, a floor that writes the same bytes, a table that is true."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import allocator
from benchmarks import answers, instances
from benchmarks.processes import ChildClock, run
from benchmarks.run import LARGE, MIDDLE, SMALL, Results, figures, seconds, table

pytestmark = pytest.mark.slow

FLOOR = Path(instances.__file__).with_name("floor_plan.py")
SIZE = 2_000


def generator() -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(1))


@pytest.fixture
def case(tmp_path: Path) -> instances.Case:
    rng = generator()
    made = instances.Case(tmp_path / "links.csv", tmp_path / "stock.csv", SIZE)
    instances.links(SIZE, rng).write_csv(made.links)
    instances.stock(SIZE * 9 // 10, rng).write_csv(made.stock)
    return made


def test_a_case_is_the_same_each_time() -> None:
    assert instances.links(SIZE, generator()).equals(instances.links(SIZE, generator()))
    assert instances.stock(SIZE, generator()).equals(instances.stock(SIZE, generator()))


def test_a_case_has_links_at_postcodes_that_exist_and_numbers_that_differ(case: instances.Case) -> None:
    plan = allocator.plan(case.links, case.stock)
    assert plan.rejected.height == 0
    assert set(plan.unassigned["reason"]) <= {"NO_STOCK_IN_REACH"}
    assert plan.summary["stock"]["numbers"] == SIZE * 9 // 10


def test_the_floor_writes_the_bytes_of_the_plan(case: instances.Case, tmp_path: Path) -> None:
    plan, floor, taken = tmp_path / "plan", tmp_path / "floor", tmp_path / "answers"
    allocator.plan(case.links, case.stock, fallback_km=20).write(plan)
    answers.take(plan, case, taken)
    done = run([sys.executable, FLOOR, case.links, case.stock, taken, floor])
    assert answers.differences(plan, floor) == []
    assert done.cpu_s > 0
    assert done.peak_bytes > 10e6
    (floor / "assignments.csv").write_bytes(b"other")
    assert answers.differences(plan, floor) == ["assignments.csv"]


def test_the_script_of_a_user_assigns_each_number_once(case: instances.Case) -> None:
    pandas = pytest.importorskip("pandas")
    from allocator.places import dataset
    from benchmarks import naive

    texts = {"link_id": str, "full_voxnumber": str, "area_code": str}
    paths = (case.links, case.stock, dataset.data_path("outcodes.csv"), dataset.data_path("area_codes.csv"))
    links, stock, outcodes, area_codes = (pandas.read_csv(path, dtype=texts) for path in paths)
    few = links.head(20)
    plain = naive.plan_in_plain_loops(few, stock, outcodes, area_codes, 20.0)
    assert naive.plan(few, stock, outcodes, area_codes, 20.0) == plain
    assert len(set(plain.values())) == len(plain) > 0
    assert set(plain.values()) <= set(pl.read_csv(case.stock, infer_schema=False)["full_voxnumber"])


def test_a_command_that_fails_is_no_figure() -> None:
    with pytest.raises(RuntimeError, match="ended with 3"):
        run([sys.executable, "-c", "raise SystemExit(3)"])


def test_a_child_is_timed_without_the_start_of_its_interpreter() -> None:
    clock = ChildClock()
    clock.run("time.sleep(0.05)")
    assert 0.05 <= clock() < 5


@pytest.mark.parametrize(
    ("duration_s", "text"), [(0.00123, "1.23 ms"), (0.0456, "45.6 ms"), (0.789, "789 ms"), (3.14159, "3.14 s")]
)
def test_durations_have_three_digits(duration_s: float, text: str) -> None:
    assert seconds(duration_s) == text


def test_the_table_says_what_is_met_and_what_is_not() -> None:
    medians = {f"test_{name}[{LARGE}]": value for name, value in (("core", 0.05), ("argsort", 0.01))}
    medians |= {f"test_core_with_pools[{LARGE}]": 0.06}
    medians |= {f"test_plan[{size}]": value for size, value in ((SMALL, 0.4), (MIDDLE, 0.6), (LARGE, 3.0))}
    medians |= {f"test_floor[{size}]": value for size, value in ((SMALL, 0.3), (MIDDLE, 0.4), (LARGE, 2.0))}
    medians |= {"test_import[numpy, polars]": 0.3, "test_import[allocator]": 0.4, "test_import[lookup]": 0.45}
    medians |= {"test_engine": 0.02, "test_naive": 40.0, "test_naive_in_plain_loops": 4.0}
    for method in ("BY VOXNUMBER", "BY POSTCODE"):
        medians |= {f"test_{name}[{method}]": 1.0 for name in ("read_request", "stream_request")}
        medians |= {f"test_iterparse[{method}]": 2.0, f"test_read_request_with_lines[{method}]": 4.0}
    medians |= {"test_format_and_write": 0.5, "test_write_bytes": 0.1}
    medians |= {"test_strategy[optimal]": 4.0, "test_strategy[rule]": 3.0, "test_solver": 0.04, "test_ortools": 0.03}
    medians |= {"test_networkx": 0.6, "test_highs": 0.2, "test_together[20.0]": 2.0, "test_together[50.0]": 70.0}
    benchmarks = [
        {"name": name, "stats": {"median": median}, "extra_info": {"peak_bytes": 5e8, "gap": 0.004}}
        for name, median in medians.items()
    ]
    machine = {"cpu": {"brand_raw": "A processor"}, "python_version": "3.11.7"}
    results = Results({"machine_info": machine, "datetime": "2026-02-14T12:00:00", "benchmarks": benchmarks})
    rows = {figure.what: figure for figure in figures(results)}
    assert rows["planning core, 1 million links"].met is False
    assert rows["`allocator plan`, 1 million links"].met is True
    assert rows["`allocator plan`, 10 thousand links"].met is None
    assert rows["reading a request of 1 million links, BY VOXNUMBER"].met is True
    assert rows["the same, with the lines"].met is False
    assert rows["groups together, 1 million links, 20 km: time"].met is True
    assert rows["groups together, 1 million links, 50 km: time"].met is False
    assert rows["its solver: the only best plan, and prices that prove it"].met is True
    text = table(results)
    assert text.startswith("2026-02-14, A processor")
    assert '| 50.0 ms | `np.argsort(kind="stable")` of the codes | 10.0 ms | 5.00 × | ≤ 4 × | **not met** |' in text
    assert "2,000 × faster | ≥ 500 × faster | met |" in text
