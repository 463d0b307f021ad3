"""A sweep: many scenarios planned, in this process, in others or on a cluster, and compared.

The folder of a sweep::

    comparison.csv               one row for each scenario; written once all are planned
    scenarios/NAME/              the files of a plan, without requests
    changes/BEFORE--AFTER.csv    the links that change between two scenarios
    summary.json                 the inputs and options, and how many links change

A worker gets the inputs and a scenario, and returns the bytes of the scenario's files, so it needs no disk in common
with the machine that runs the sweep. That machine puts the folder of each scenario in its place, whole or not at all.
The content of the folder does not depend on the number of workers, on their order, or on whether the sweep was stopped
and continued.

Up to ten scenarios are compared in all pairs; of more, each with the first.
"""

from __future__ import annotations

import itertools
import os
from collections import Counter, deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

import polars as pl

from allocator.errors import AllocatorError, OptionError
from allocator.notation import counted
from allocator.places import data_version
from allocator.planning import Grouping, Objective, Strategy
from allocator.plans import Change, Summary, compare_links, csv_bytes, engine, inputs_of
from allocator.tables import Source
from allocator.whatif.answer import Answer
from allocator.whatif.executors import RENEWALS, Executors, open_executors
from allocator.whatif.inputs import Inputs, read_inputs
from allocator.whatif.job import Files, Job
from allocator.whatif.scenario import Scenario
from allocator.whatif.scenario_error import ScenarioError
from allocator.whatif.scenario_file import ScenarioFile, read_scenarios
from allocator.whatif.sweep_store import SweepStore

if TYPE_CHECKING:
    from distributed import Client

ALL_PAIRS = 10
"""The most scenarios that are compared in all pairs."""
_COMPARING = 2  # pairs at a time: reading, joining and writing have parts that use one core

SweepProgress: TypeAlias = Callable[[str, int, int], None]
"""Is called with what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Comparison(Answer):
    """Scenarios side by side.

    Attributes
    ----------
    folder
        The folder that holds their files.
    table
        One row for each scenario: `scenario`, `links`, `assigned`, `already` (links that have a number already),
        `unassigned`, `rejected`, `mean_km`, `p90_km`, `max_km` (of the distances of BY POSTCODE links, kilometres; null
        where there are none), `numbers_left` (of the stock of the scenario, with added numbers) and
        `assignments_sha256`.
    changes
        One row for each pair that was compared: `before`, `after`, the number of links that change in each way (the
        columns are the texts of `allocator.plans.Change`), and `unchanged`.
    planned, kept
        Names of the scenarios that this run planned, and of those that were there already.
    summary
        What `summary.json` says.
    """

    folder: Path
    table: pl.DataFrame
    changes: pl.DataFrame
    planned: tuple[str, ...]
    kept: tuple[str, ...]

    _kind: ClassVar[Literal["what-if", "sweep"]] = "sweep"
    _tables: ClassVar[dict[str, str]] = {"comparison": "table", "changes": "changes"}

    @property
    def ok(self) -> bool:
        """Whether in every scenario every link gets a number or has one already."""
        return (self.table["assigned"] + self.table["already"] == self.table["links"]).all()

    def _figures(self) -> str:
        assigned = self.table["assigned"].to_list()
        return f"{counted(self.table.height, 'scenario')}, {min(assigned):,} to {max(assigned):,} links assigned"

    def _fill(self, staging: Path) -> None:
        SweepStore(self.folder).copy(staging)


def run(
    scenarios: str | os.PathLike[str] | Mapping[str, Any],
    links: Source | None,
    stock: Source | None,
    output: str | Path,
    *,
    fallback_km: float | None = None,
    grouping: Grouping | None = None,
    strategy: Strategy | None = None,
    objective: Objective | None = None,
    effort: int | None = None,
    workers: int = 1,
    executor: Executor | None = None,
    scheduler: str | Client | None = None,
    force: bool = False,
    progress: SweepProgress | None = None,
) -> Comparison:
    """Plan scenarios, and compare them.

    Parameters
    ----------
    scenarios
        The path of a TOML file, or a mapping of what such a file holds: `links` and `stock` (paths from the file's
        folder), `defaults`, and a list `scenario` of tables with `name`, the options of a plan, `add` and `remove`
        (numbers by area code), `growth` (links by outcode) and `links` (filters).
    links, stock
        As in `allocator.plan`; None for what the file names.
    output
        The folder to write to. A stopped sweep continues in its folder: scenarios that are there, of the same inputs,
        options, engine and data, are not planned again.
    fallback_km, grouping, strategy, objective, effort
        As in `allocator.plan`, for the scenarios that do not give their own.
    workers
        The number of processes of this machine that plan. More than one are started by Python's "spawn", so a program
        must call this under `if __name__ == "__main__":`.
    executor
        An executor of `concurrent.futures` that plans instead, with threads or processes. It is left open.
    scheduler
        The address of a Dask cluster that plans instead, or a `distributed.Client`. Needs the extra `dask`.
    force
        Start afresh, even if the folder holds scenarios that are planned.
    progress
        Is called with what is being done ("Reading", "Planning" or "Comparing"), how much of it is done, and how much
        there is.

    Returns
    -------
    Comparison
        The scenarios side by side.

    Raises
    ------
    ScenarioError
        The scenarios can't be read, or one does not fit the links and the stock.
    TableError
        The links or the stock can't be read.
    OptionError
        An option is outside its range, or there is no such scheduler.
    OutputError
        The folder holds something else, or can't be written.
    AllocatorError
        A worker ended, or has another version, or `distributed` is not installed.

    Notes
    -----
    A worker keeps its copy of the inputs of the last two sweeps. Processes of this machine share its cores: each has as
    many threads as there are cores to a worker, unless POLARS_MAX_THREADS gives their number.

    Examples
    --------
    >>> import tempfile
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "SW1A 0AA"]})
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000"]})
    >>> two = {"scenario": [{"name": "today"}, {"name": "more", "add": {"20": 1}}]}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     comparison = run(two, links, stock, f"{folder}/sweep")
    >>> comparison
    <Comparison: 2 scenarios, 1 to 2 links assigned>
    >>> comparison.table.select("scenario", "assigned").rows()
    [('today', 1), ('more', 2)]
    >>> comparison.changes.select("before", "after", "gains a number").rows()
    [('today', 'more', 1)]
    """
    if (workers != 1) + (executor is not None) + (scheduler is not None) > 1:
        message = "workers, an executor and a scheduler exclude each other"
        raise OptionError(message, remedy="Give one of them, or none.")
    if workers < 1:
        raise OptionError("there are fewer than 1 workers", value=workers, remedy="Give 1 or more.")
    given = {
        "fallback_km": fallback_km, "grouping": grouping, "strategy": strategy, "objective": objective,
        "effort": effort,
    }  # fmt: skip
    options = {key: value for key, value in given.items() if value is not None}
    step = progress or _silent
    file = read_scenarios(scenarios, options)
    store = SweepStore(Path(output))
    store.check([scenario.name for scenario in file.scenarios], force)
    step("Reading", 0, len(file.scenarios))
    inputs = read_inputs(_source("links", links, file), _source("stock", stock, file))
    for scenario in file.scenarios:
        scenario.check(inputs, file.source)
    beginning = _beginning(file, inputs, options)
    store.open(beginning, force)
    sweep = _Sweep(store, inputs, file.scenarios, step)
    planned = sweep.plan(open_executors(inputs, min(workers, len(file.scenarios)), executor, scheduler))
    return sweep.compare(beginning, planned)


def _silent(_: str, __: int, ___: int) -> None:
    """Ignore progress."""


def _source(key: Literal["links", "stock"], given: Source | None, file: ScenarioFile) -> Source:
    source: Source | None = getattr(file, key) if given is None else given
    if source is None:
        remedy = f'Name them: {key} = "{key}.csv" at its beginning, or the option --{key} of the command.'
        raise ScenarioError(f"it names no {key}, and none were given", file=file.source, key=key, remedy=remedy)
    return source


def _beginning(file: ScenarioFile, inputs: Inputs, options: dict[str, Any]) -> dict[str, Any]:
    """Return the summary as far as it is known before anything is planned."""
    return {
        "whatif": "run",
        "engine": engine(),
        "data": data_version(),
        "options": options,
        "inputs": {
            **inputs_of(inputs.links, inputs.stock),
            "scenarios": {"source": file.source, "sha256": file.digest},
        },
    }


class _Sweep:
    """The scenarios, and where their files are."""

    def __init__(self, store: SweepStore, inputs: Inputs, scenarios: Sequence[Scenario], step: SweepProgress) -> None:
        self._store = store
        self._jobs = [Job.of(scenario, inputs) for scenario in scenarios]
        self._step = step

    def plan(self, opening: AbstractContextManager[Executors]) -> tuple[str, ...]:
        """Plan the scenarios that are not planned yet; return their names."""
        waiting = [job for job in self._jobs if not self._store.holds(job.scenario.name, job.digest)]
        if not waiting:
            return ()
        done, total = len(self._jobs) - len(waiting), len(self._jobs)
        self._step("Planning", done, total)
        with opening as executors, closing(_planned(executors, waiting)) as results:
            for job, files in results:
                self._store.keep(job.scenario.name, files)
                done += 1
                self._step("Planning", done, total)
        return tuple(job.scenario.name for job in waiting)

    def compare(self, beginning: dict[str, Any], planned: tuple[str, ...]) -> Comparison:
        """Compare the scenarios; all are planned."""
        names = [job.scenario.name for job in self._jobs]
        table = _table({name: self._store.summary(name) for name in names})
        all_pairs = len(names) <= ALL_PAIRS
        pairs = list(itertools.combinations(names, 2)) if all_pairs else [(names[0], name) for name in names[1:]]
        changes = self._changes(pairs, names if all_pairs else names[:1])
        summary = beginning | {
            "finished": True,
            "scenarios": [_scenario(job) for job in self._jobs],
            "compared": "all pairs" if all_pairs else "each with the first",
            "changes": changes,
        }
        self._store.finish(csv_bytes(table), summary, pairs)
        kept = tuple(name for name in names if name not in planned)
        return Comparison(summary, self._store.path, table, _change_table(changes), planned, kept)

    def _changes(self, pairs: Sequence[tuple[str, str]], often: Sequence[str]) -> list[dict[str, Any]]:
        """Write the links that change for each pair, and return their counts; read the scenarios in `often` once.

        The links are read from the folder even if this process planned them: those of an earlier run are only there,
        and memory holds no more than the scenarios being compared.
        """
        self._step("Comparing", 0, len(pairs))
        links = {name: self._store.links(name) for name in often} if pairs else {}

        def change(pair: tuple[str, str]) -> dict[str, Any]:
            found = compare_links(*(links[name] if name in links else self._store.links(name) for name in pair))
            self._store.keep_changes(*pair, csv_bytes(found.links))
            counts = {"changed": found.links.height, "unchanged": found.unchanged, "by_change": found.counts}
            return {"before": pair[0], "after": pair[1]} | counts

        changes = []
        threads = ThreadPoolExecutor(_COMPARING)
        try:
            for one in threads.map(change, pairs):
                changes.append(one)
                self._step("Comparing", len(changes), len(pairs))
        finally:
            threads.shutdown(cancel_futures=True)
        return changes


def _scenario(job: Job) -> dict[str, Any]:
    """Return a scenario, for the summary."""
    scenario = job.scenario
    return {"name": scenario.name, "options": scenario.options.summary()} | scenario.changes() | {"digest": job.digest}


def _planned(executors: Executors, jobs: Sequence[Job]) -> Generator[tuple[Job, Files]]:
    """Yield the files of scenarios as they are finished.

    Raises
    ------
    AllocatorError
        A scenario can't be planned, or its worker is gone.
    """
    waiting, running, tries = deque(jobs), dict[Future[Files], Job](), Counter[str]()
    try:
        while waiting or running:
            while waiting and len(running) < executors.width:
                job = waiting.popleft()
                running[_handed_out(executors, job)] = job
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running.pop(future)
                files = _result(executors, future, job)
                if files is not None:
                    yield job, files
                    continue
                tries[job.digest] += 1
                if executors.renew is None or tries[job.digest] > RENEWALS:
                    raise _gone(job)
                executors.renew()
                waiting.appendleft(job)
    finally:
        if not executors.cancels_on_exit:
            for future in running:
                future.cancel()


def _handed_out(executors: Executors, job: Job) -> Future[Files]:
    for _ in range(RENEWALS):
        try:
            return executors.submit(job)
        except executors.lost:
            if executors.renew is None:
                break
            executors.renew()
    raise _gone(job)


def _result(executors: Executors, future: Future[Files], job: Job) -> Files | None:
    """Return the files of a scenario, or None where its worker is gone; an error names the scenario."""
    try:
        return future.result()
    except executors.lost:
        return None
    except AllocatorError as error:
        if isinstance(error, ScenarioError) and error.scenario is not None:
            raise
        raise AllocatorError(f"scenario {job.scenario.name!r} can't be planned: {error}") from error
    except Exception as error:
        error.add_note(f"This happened in scenario {job.scenario.name!r}.")
        raise


def _gone(job: Job) -> AllocatorError:
    return AllocatorError(
        f"a worker ended before scenario {job.scenario.name!r} was planned",
        remedy="Run the same again: finished scenarios are kept. If memory is short, use fewer workers.",
    )


def _table(summaries: Mapping[str, Summary]) -> pl.DataFrame:
    """Return the comparison of scenarios, from their summaries."""
    rows = [
        {
            "scenario": name,
            "links": summary["links"]["total"],
            "assigned": summary["links"]["assigned"],
            "already": summary["links"]["already"],
            "unassigned": summary["links"]["unassigned"],
            "rejected": summary["links"]["rejected"],
            "mean_km": summary["distance_km"]["mean"],
            "p90_km": summary["distance_km"]["p90"],
            "max_km": summary["distance_km"]["max"],
            "numbers_left": summary["stock"]["left"],
            "assignments_sha256": summary["result"]["assignments_sha256"],
        }
        for name, summary in summaries.items()
    ]
    km = dict.fromkeys(("mean_km", "p90_km", "max_km"), pl.Float64)
    return pl.DataFrame(rows, schema_overrides=km, infer_schema_length=None)


def _change_table(changes: Sequence[dict[str, Any]]) -> pl.DataFrame:
    kinds = [str(change) for change in Change]
    rows = [
        (one["before"], one["after"], *(one["by_change"].get(kind, 0) for kind in kinds), one["unchanged"])
        for one in changes
    ]
    schema = {"before": pl.String, "after": pl.String} | dict.fromkeys((*kinds, "unchanged"), pl.Int64)
    return pl.DataFrame(rows, schema=schema, orient="row")
