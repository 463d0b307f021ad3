"""Sweeps: the same files wherever they are planned, after a stop too, and refused where they would do harm."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import allocator
from allocator.errors import AllocatorError, OptionError, OutputError
from allocator.plans import engine
from allocator.whatif import Comparison, ScenarioError, executors, run
from allocator.whatif import job as jobs
from allocator.whatif.sweep import ALL_PAIRS
from tests.support.command import allocator as command
from tests.support.command import rows

EXAMPLES = Path(__file__).parents[2] / "data" / "examples"
LINKS, STOCK = EXAMPLES / "links.csv", EXAMPLES / "stock.csv"
TABLES = ("assignments", "unassigned", "already", "rejected", "decisions", "stock")
SCENARIOS: dict[str, Any] = {
    "links": str(LINKS),
    "stock": str(STOCK),
    "scenario": [
        {"name": "today"},
        {"name": "radius", "fallback_km": [5, 20], "grouping": ["together", "split"]},
        {"name": "best", "fallback_km": 20, "grouping": "split", "strategy": "optimal"},
        {
            "name": "other",
            "fallback_km": 20,
            "add": {"161": 5},
            "remove": {"20": 3},
            "growth": {"NR1": "50%", "EH1": 2},
        },
    ],
}
NAMES = [
    "today",
    "radius-5km-together",
    "radius-5km-split",
    "radius-20km-together",
    "radius-20km-split",
    "best",
    "other",
]


def sweep(output: Path, scenarios: Mapping[str, Any] | Path = SCENARIOS, **options: Any) -> Comparison:
    return run(scenarios, None, None, output, **options)


def files(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files in a folder, by name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the sweep in one process."""
    return sweep(tmp_path_factory.mktemp("alone") / "sweep").folder


# --- what is in the folder -------------------------------------------------------------------------------------------


def test_the_folder_has_what_is_promised(alone: Path) -> None:
    assert sorted(path.name for path in alone.iterdir()) == ["changes", "comparison.csv", "scenarios", "summary.json"]
    assert sorted(path.name for path in (alone / "scenarios").iterdir()) == sorted(NAMES)
    for name in NAMES:
        expected = sorted([*(f"{table}.csv" for table in TABLES), "summary.json"])
        assert sorted(path.name for path in (alone / "scenarios" / name).iterdir()) == expected
    pairs = [f"{before}--{after}.csv" for place, before in enumerate(NAMES) for after in NAMES[place + 1 :]]
    assert sorted(path.name for path in (alone / "changes").iterdir()) == sorted(pairs)


def test_the_comparison_is_what_the_plans_say(alone: Path) -> None:
    listed = rows(alone / "comparison.csv")
    assert [row["scenario"] for row in listed] == NAMES
    assert list(listed[0]) == [
        "scenario",
        "links",
        "assigned",
        "already",
        "unassigned",
        "rejected",
        "mean_km",
        "p90_km",
        "max_km",
        "numbers_left",
        "assignments_sha256",
    ]
    for row in listed:
        plan = allocator.read_plan(alone / "scenarios" / row["scenario"])
        links = plan.summary["links"]
        assert [int(row[key]) for key in ("links", "assigned", "already", "unassigned", "rejected")] == [
            links["total"],
            plan.assignments.height,
            plan.already.height,
            plan.unassigned.height,
            plan.rejected.filter(pl.col("table") == "links").height,
        ]
        assert float(row["max_km"]) == plan.assignments["distance_km"].max()
        assert int(row["numbers_left"]) == plan.summary["stock"]["left"]
        assert row["assignments_sha256"] == plan.digest


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("today", {}),
        ("radius-5km-split", {"fallback_km": 5, "grouping": "split"}),
        ("best", {"fallback_km": 20, "grouping": "split", "strategy": "optimal"}),
    ],
)
def test_a_scenario_without_changes_is_the_plan(
    alone: Path, tmp_path: Path, name: str, options: dict[str, Any]
) -> None:
    plan = files(allocator.plan(str(LINKS), str(STOCK), **options).write(tmp_path / "plan"))
    found = files(alone / "scenarios" / name)
    for table in TABLES:
        assert found[f"{table}.csv"] == plan[f"{table}.csv"]
    summary, expected = json.loads(found["summary.json"]), json.loads(plan["summary.json"])
    assert summary.pop("scenario")["name"] == name
    assert summary.pop("result")["assignments_sha256"] == expected.pop("result")["assignments_sha256"]
    assert summary == expected


def test_the_changes_are_those_of_diff(alone: Path) -> None:
    summary = json.loads((alone / "summary.json").read_text(encoding="utf-8"))
    assert summary["compared"] == "all pairs"
    for change in summary["changes"]:
        pair = (change["before"], change["after"])
        found = allocator.diff(*(alone / "scenarios" / name for name in pair))
        assert (found.counts, found.unchanged) == (change["by_change"], change["unchanged"])
        written = rows(alone / "changes" / f"{pair[0]}--{pair[1]}.csv")
        assert [row["link_id"] for row in written] == found.links["link_id"].to_list()
        assert [row["change"] for row in written] == found.links["change"].to_list()


def test_nobody_takes_a_number_that_is_not_bought_for_one(alone: Path) -> None:
    given = [row["full_voxnumber"] for row in rows(alone / "scenarios" / "other" / "assignments.csv")]
    assert [number for number in given if not number.isdigit()] == ["new-161-1"]


def test_many_scenarios_are_compared_with_the_first(tmp_path: Path) -> None:
    content = SCENARIOS | {"scenario": [{"name": "first"}, {"name": "km", "fallback_km": list(range(ALL_PAIRS))}]}
    found = sweep(tmp_path / "sweep", content)
    assert found.summary["compared"] == "each with the first"
    assert found.changes["before"].unique().to_list() == ["first"]
    assert found.changes["after"].to_list() == [f"km-{km}km" for km in range(ALL_PAIRS)]
    assert len(list((found.folder / "changes").iterdir())) == ALL_PAIRS


def test_one_scenario_is_compared_with_nothing(tmp_path: Path) -> None:
    found = sweep(tmp_path / "sweep", SCENARIOS | {"scenario": [{"name": "only"}]})
    assert (found.table.height, found.changes.height) == (1, 0)


def test_links_and_stock_that_are_given_win_over_those_of_the_file(tmp_path: Path) -> None:
    links = pl.DataFrame({"link_id": ["1"], "postcode": ["W11 3EP"]})
    found = run({**SCENARIOS, "scenario": [{"name": "a"}]}, links, None, tmp_path / "sweep")
    assert found.table["links"].to_list() == [1]
    assert found.summary["inputs"]["links"]["source"] == "the links table"


# --- where they are planned ------------------------------------------------------------------------------------------


def test_processes_make_the_same_files(alone: Path, tmp_path: Path) -> None:
    assert files(sweep(tmp_path / "sweep", workers=2).folder) == files(alone)
    assert files(sweep(tmp_path / "many", workers=10**20).folder) == files(alone)


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_make_the_same_files(alone: Path, tmp_path: Path, threads: int) -> None:
    with ThreadPoolExecutor(threads) as executor:
        assert files(sweep(tmp_path / "sweep", executor=executor).folder) == files(alone)


def test_a_users_own_process_pool_makes_the_same_files(alone: Path, tmp_path: Path) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        assert files(sweep(tmp_path / "sweep", executor=executor).folder) == files(alone)
        assert executor.submit(int, "7").result() == 7  # it is left open


class Backwards(Executor):
    """Runs jobs in reverse order, and pickles everything as for another machine."""

    def __init__(self) -> None:
        self._given: list[tuple[Future[Any], bytes]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._given.append((future, pickle.dumps((fn, args, kwargs))))
        if len(self._given) == len(NAMES):
            for waiting, task in reversed(self._given):
                work, given, options = pickle.loads(task)
                waiting.set_result(work(*given, **options))
        return future


def test_any_executor_in_any_order_makes_the_same_files(alone: Path, tmp_path: Path) -> None:
    assert files(sweep(tmp_path / "sweep", executor=Backwards()).folder) == files(alone)


# --- a cluster -------------------------------------------------------------------------------------------------------


@contextmanager
def cluster() -> Iterator[tuple[str, list[int]]]:
    """Run a Dask cluster of two processes, and give the scheduler's address and the workers' processes."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as local:
        with distributed.Client(local, set_as_default=False) as client:
            pids = list(client.run(os.getpid).values())
        assert len(pids) == 2
        yield local.scheduler_address, pids


class Killer:
    """Kills processes as soon as some scenarios are finished."""

    def __init__(self, pids: list[int], after: int) -> None:
        self.killed: list[int] = []
        self._pids = pids
        self._after = after

    def __call__(self, what: str, so_far: int, _: int) -> None:
        if what == "Planning" and so_far >= self._after and not self.killed:
            for pid in self._pids:
                os.kill(pid, signal.SIGKILL)
                self.killed.append(pid)


MANY = SCENARIOS | {
    "scenario": [{"name": "km", "fallback_km": list(range(5, 25)), "strategy": "optimal", "grouping": "split"}]
}


@pytest.fixture(scope="module")
def many_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sweep(tmp_path_factory.mktemp("many") / "sweep", MANY).folder


@pytest.mark.parametrize("victims", [1, 2])
def test_a_cluster_whose_workers_are_killed_makes_the_same_files(
    many_alone: Path, tmp_path: Path, victims: int
) -> None:
    with cluster() as (address, pids):
        killer = Killer(pids[:victims], after=3)
        found = sweep(tmp_path / "sweep", MANY, scheduler=address, progress=killer)
        assert killer.killed == pids[:victims]
    assert files(found.folder) == files(many_alone)


def test_a_users_own_client_is_left_open(alone: Path, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    with cluster() as (address, _), distributed.Client(address, set_as_default=False) as client:
        assert files(sweep(tmp_path / "sweep", scheduler=client).folder) == files(alone)
        assert client.submit(int, "7").result() == 7


def test_a_scheduler_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(executors, "_ANSWER_S", 0.2)
    with pytest.raises(OptionError, match=r"'tcp://127\.0\.0\.1:9': no scheduler answers there"):
        sweep(tmp_path / "sweep", scheduler="tcp://127.0.0.1:9")


# --- stopped, and continued ---------------------------------------------------------------------------------------


class Stop(Exception):
    """The user stops a sweep."""


def stop_after(count: int) -> Callable[[str, int, int], None]:
    def tell(what: str, so_far: int, _: int) -> None:
        if what == "Planning" and so_far == count:
            raise Stop

    return tell


@pytest.mark.parametrize("options", [{}, {"workers": 2}], ids=["alone", "processes"])
def test_a_sweep_that_is_stopped_continues_where_it_was(alone: Path, tmp_path: Path, options: dict[str, Any]) -> None:
    folder = tmp_path / "sweep"
    with pytest.raises(Stop):
        sweep(folder, progress=stop_after(3), **options)
    there = {path.name for path in (folder / "scenarios").iterdir()}
    assert len(there) == 3
    assert not (folder / "comparison.csv").exists()
    assert json.loads((folder / "summary.json").read_text(encoding="utf-8"))["finished"] is False
    found = sweep(folder, **options)
    assert set(found.kept) == there
    assert set(found.planned) == set(NAMES) - there
    assert files(folder) == files(alone)


def test_a_sweep_that_is_finished_plans_nothing_again(alone: Path, tmp_path: Path) -> None:
    sweep(tmp_path / "sweep")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "sweep" / "scenarios").rglob("*")}
    found = sweep(tmp_path / "sweep")
    assert (found.planned, found.kept) == ((), tuple(NAMES))
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "sweep" / "scenarios").rglob("*")} == before
    assert files(tmp_path / "sweep") == files(alone)


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "assignments.csv").write_text("link_id\n", encoding="utf-8"),
        lambda folder: (folder / "decisions.csv").unlink(),
        lambda folder: (folder / "summary.json").write_text("{", encoding="utf-8"),
        lambda folder: (folder / "summary.json").write_text('{"scenario": 3}', encoding="utf-8"),
    ],
)
def test_a_scenario_that_was_altered_is_planned_again(
    alone: Path, tmp_path: Path, change: Callable[[Path], object]
) -> None:
    sweep(tmp_path / "sweep")
    change(tmp_path / "sweep" / "scenarios" / "best")
    assert sweep(tmp_path / "sweep").planned == ("best",)
    assert files(tmp_path / "sweep") == files(alone)


def test_what_has_changed_is_planned_again_and_nothing_else(tmp_path: Path) -> None:
    def scenarios(**first: Any) -> dict[str, Any]:
        return SCENARIOS | {"scenario": [{"name": "a", **first}, {"name": "b"}]}

    sweep(tmp_path / "sweep", scenarios())
    for first in ({"add": {"20": 1}}, {"growth": {"M1": 1, "M2": 1}}, {"growth": {"M2": 1, "M1": 1}}, {}):
        assert sweep(tmp_path / "sweep", scenarios(**first)).planned == ("a",)
    assert sweep(tmp_path / "sweep", scenarios(), fallback_km=3).planned == ("a", "b")
    fewer = pl.read_csv(STOCK, infer_schema=False).head(200)
    found = run(scenarios(), None, fewer, tmp_path / "sweep", fallback_km=3)
    assert found.planned == ("a", "b")
    assert files(found.folder) == files(run(scenarios(), None, fewer, tmp_path / "anew", fallback_km=3).folder)


def test_another_engine_or_data_plans_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = SCENARIOS | {"scenario": [{"name": "a"}]}
    sweep(tmp_path / "sweep", content)
    monkeypatch.setattr(jobs, "engine", lambda: engine() | {"version": "99"})
    assert sweep(tmp_path / "sweep", content).planned == ("a",)


def test_a_worker_with_another_engine_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "engine", lambda: engine() | {"version": "99"})
    content = SCENARIOS | {"scenario": [{"name": "a"}, {"name": "b", "fallback_km": 5}]}
    with pytest.raises(AllocatorError, match=r"'[ab]' can't be planned: a worker has allocator .* runs with 99"):
        sweep(tmp_path / "sweep", content, workers=2)


KILLED = textwrap.dedent("""
    import json, os, signal, sys
    from pathlib import Path
    from allocator.whatif.sweep import run

    def tell(what, so_far, total):
        if what == "Planning" and so_far == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    if __name__ == "__main__":
        run(json.loads(sys.argv[1]), None, None, sys.argv[2], workers=int(sys.argv[3]), progress=tell)
""")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_sweep_that_is_killed_continues_where_it_was(alone: Path, tmp_path: Path, workers: int) -> None:
    program = tmp_path / "killed.py"
    program.write_text(KILLED, encoding="utf-8")
    command = [sys.executable, str(program), json.dumps(SCENARIOS), str(tmp_path / "sweep"), str(workers)]
    # Its workers hold the pipe until they have ended too. Python itself reports what a kill leaves behind.
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stdout
    assert b"Traceback" not in done.stdout
    (tmp_path / "sweep" / ".unfinished" / "half").mkdir(parents=True, exist_ok=True)
    found = sweep(tmp_path / "sweep")
    assert len(found.kept) == 2
    assert files(found.folder) == files(alone)


# --- what goes wrong -------------------------------------------------------------------------------------------------


def test_a_process_that_is_killed_is_made_good(many_alone: Path, tmp_path: Path) -> None:
    killed = []

    def kill(what: str, so_far: int, _: int) -> None:
        if what == "Planning" and so_far in (3, 9):
            victim = multiprocessing.active_children()[-1]
            victim.kill()
            killed.append(victim.pid)

    assert files(sweep(tmp_path / "sweep", MANY, workers=2, progress=kill).folder) == files(many_alone)
    assert len(killed) == 2
    assert not multiprocessing.active_children()


def test_a_worker_that_dies_is_reported_and_finished_scenarios_stay(tmp_path: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        pid = executor.submit(os.getpid).result()
        with pytest.raises(AllocatorError, match=r"a worker ended before scenario '.*' was planned") as caught:
            sweep(tmp_path / "sweep", MANY, executor=executor, progress=Killer([pid], after=2))
    assert "Run the same again" in str(caught.value)
    assert len(list((tmp_path / "sweep" / "scenarios").iterdir())) >= 2


def test_what_does_not_fit_is_refused_before_anything_is_planned(tmp_path: Path) -> None:
    content = SCENARIOS | {"scenario": [{"name": "a"}, {"name": "b", "remove": {"20": 10_000}}]}
    with pytest.raises(ScenarioError, match=r"scenario 'b', key remove\.20"):
        sweep(tmp_path / "sweep", content)
    assert not (tmp_path / "sweep").exists()


def test_a_folder_that_is_no_sweeps_is_refused(tmp_path: Path) -> None:
    allocator.plan(str(LINKS), str(STOCK)).write(tmp_path / "plan")
    before = files(tmp_path / "plan")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").touch()
    for name in ("plan", "file", "mine", "file/below"):
        for force in (False, True):
            with pytest.raises(OutputError):
                sweep(tmp_path / name, force=force)
    assert files(tmp_path / "plan") == before
    assert (tmp_path / "mine" / "letter").exists()


def test_scenarios_that_would_be_lost_are_lost_only_by_force(tmp_path: Path) -> None:
    fewer = SCENARIOS | {"scenario": [{"name": "today"}]}
    sweep(tmp_path / "sweep")
    before = files(tmp_path / "sweep")
    with pytest.raises(OutputError, match=r"scenarios that are not among these \(best, other, .*--force"):
        sweep(tmp_path / "sweep", fewer)
    assert files(tmp_path / "sweep") == before
    sweep(tmp_path / "sweep", fewer, force=True)
    assert files(tmp_path / "sweep") == files(sweep(tmp_path / "anew", fewer).folder)


@pytest.mark.parametrize("name", ["scenarios/NOTES.txt", "scenarios/today/NOTES.txt", "changes/NOTES.txt"])
def test_what_its_owner_put_among_the_scenarios_is_kept_even_by_force(alone: Path, tmp_path: Path, name: str) -> None:
    shutil.copytree(alone, tmp_path / "sweep")
    (tmp_path / "sweep" / "NOTES.txt").write_text("beside what is cleared away", encoding="utf-8")
    sweep(tmp_path / "sweep", force=True)
    (tmp_path / "sweep" / name).write_text("mine", encoding="utf-8")
    before = files(tmp_path / "sweep")
    with pytest.raises(OutputError, match=rf"allocator did not write all that is in it \({name}\)"):
        sweep(tmp_path / "sweep", force=True)
    assert files(tmp_path / "sweep") == before


def test_an_empty_folder_is_filled(alone: Path, tmp_path: Path) -> None:
    (tmp_path / "sweep").mkdir()
    assert files(sweep(tmp_path / "sweep").folder) == files(alone)


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    file = tmp_path / "scenarios.toml"
    lines = [f"links = '{LINKS}'", f"stock = '{STOCK}'"]
    lines += ["[[scenario]]", "name = 'km'", "fallback_km = [0, 10, 20]", "add = { '161' = 4 }"]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def test_the_command_prints_and_writes_the_comparison(toml: Path, tmp_path: Path) -> None:
    done = command("whatif", "run", toml, "--output", tmp_path / "sweep", "--workers", 2, "--grouping", "split")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Planned 3 scenarios\n\nscenario ")
    assert "km-10km" in done.stdout
    assert [row["scenario"] for row in rows(tmp_path / "sweep" / "comparison.csv")] == ["km-0km", "km-10km", "km-20km"]
    again = command("whatif", "run", toml, "--output", tmp_path / "sweep", "--grouping", "split")
    assert again.stdout.startswith("Planned 0 scenarios, 3 there already\n")
    summary = json.loads((tmp_path / "sweep" / "summary.json").read_text(encoding="utf-8"))
    assert summary["options"] == {"grouping": "split"}


def test_the_command_sends_scenarios_to_a_cluster(toml: Path, tmp_path: Path) -> None:
    with cluster() as (address, _):
        done = command("whatif", "run", toml, "--output", tmp_path / "there", "--scheduler", address, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert [row["scenario"] for row in answer["comparison"]] == ["km-0km", "km-10km", "km-20km"]
    assert files(tmp_path / "there") == files(sweep(tmp_path / "here", toml).folder)


def test_the_command_says_what_is_wrong_in_a_sentence(toml: Path, tmp_path: Path) -> None:
    toml.write_text("[[scenario]]\nname = 'a'\nfalback_km = 3\n", encoding="utf-8")
    done = command("whatif", "run", toml, "--output", tmp_path / "sweep")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        f"allocator: {toml}, scenario 'a', key falback_km: there is no such key. Did you mean"
    )


@pytest.mark.parametrize(("workers", "number"), [(1, signal.SIGINT), (2, signal.SIGINT), (2, signal.SIGTERM)])
def test_the_command_when_interrupted_says_what_is_finished(tmp_path: Path, workers: int, number: int) -> None:
    toml = tmp_path / "scenarios.toml"
    lines = [f"links = '{LINKS}'", f"stock = '{STOCK}'"]
    lines += ["[[scenario]]", "name = 'km'", "strategy = 'optimal'", f"fallback_km = {list(range(200))}"]
    toml.write_text("\n".join(lines), encoding="utf-8")
    folder = tmp_path / "sweep"
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "allocator",
            *map(str, ("whatif", "run", toml, "--output", folder, "--workers", workers)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and len(list((folder / "scenarios").glob("*"))) < 3:
        time.sleep(0.02)
    # As a terminal does it: to all processes of the group.
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    out, err = process.communicate(timeout=60)
    there = len(list((folder / "scenarios").iterdir()))
    assert process.returncode == 128 + number
    assert out == ""
    # It may be stopped just after it has put a scenario in its place, and before it has counted it.
    sentence = "allocator: interrupted, {} of 200 scenarios finished. Run the same command again to go on.\n"
    assert err in (sentence.format(there), sentence.format(there - 1))


def test_a_scenario_is_drawn_like_a_plan(alone: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    near = alone / "scenarios" / "radius-5km-together"
    allocator.plan(str(LINKS), str(STOCK), fallback_km=5).write(tmp_path / "plan")
    for folder, name in ((near, "near"), (tmp_path / "plan", "plan")):
        options = ("--output", f"{name}.html", "--map", f"{name}.svg", "--layer", "left")
        done = command("report", folder, *options, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "near.svg").stat().st_size > 10_000
