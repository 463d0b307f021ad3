"""Many scenarios: planned here, in processes of this machine or on a cluster, and compared.

The folder of a sweep::

    comparison.csv               one row for each scenario; there once all are planned
    scenarios/NAME/              the files of a plan, without requests
    changes/BEFORE--AFTER.csv    the links whose lot changes between two scenarios
    summary.json                 what was planned with what, and how many links change

A worker is given the inputs and a scenario, and hands back the bytes of the scenario's files; so it needs no disk in
common with the machine that runs the sweep. That one puts each scenario's folder in its place, whole or not at all.
Nothing in the folder depends on how many workers there were, on their order, or on whether the sweep was stopped and
gone on with.

With at most ten scenarios all pairs are compared; with more, each with the first.
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
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import polars as pl

from allocator.errors import AllocatorError, OptionError
from allocator.places import data_version
from allocator.planning import Grouping, Objective, Strategy
from allocator.plans import Change, csv_bytes, diff
from allocator.tables import Source
from allocator.whatif.executors import RENEWALS, Crew, Files, Job, crew, engine_told
from allocator.whatif.scenario import Inputs, Scenario, ScenarioError, read_inputs
from allocator.whatif.scenario_file import ScenarioFile, read_scenarios
from allocator.whatif.sweep_store import Folder

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["ALL_PAIRS", "Comparison", "run"]

ALL_PAIRS = 10
"""How many scenarios there may be for all pairs to be compared."""
_COMPARING = 2  # pairs at a time: reading, joining and writing have parts that use one core

Told: TypeAlias = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Scenarios side by side.

    Attributes
    ----------
    folder
        Where their files are.
    table
        One row for each scenario: `scenario`, `links`, `assigned`, `unassigned`, `rejected`, `mean_km`, `p90_km`,
        `max_km` (of the distances of BY POSTCODE links, null where there are none), `numbers_left` (of those of the
        scenario, bought or not) and `assignments_sha256`.
    changes
        One row for each pair that was compared: `before`, `after`, how many links change in each way (the columns are
        the texts of `allocator.plans.difference.Change`), and `unchanged`.
    summary
        As it stands in `summary.json`.
    planned, kept
        Names of the scenarios that this run planned, and of those that were there already.
    """

    folder: Path
    table: pl.DataFrame
    changes: pl.DataFrame
    summary: dict[str, Any]
    planned: tuple[str, ...]
    kept: tuple[str, ...]


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
    progress: Told | None = None,
) -> Comparison:
    """Plan scenarios, and compare them.

    Parameters
    ----------
    scenarios
        A TOML file, see `allocator.whatif.scenario`, or what one holds as a mapping.
    links, stock
        As in `allocator.plan`; None for what the file names.
    output
        The folder to write to. A sweep that was stopped goes on in its folder: scenarios that are there, of the same
        inputs, options, engine and data, are not planned again.
    fallback_km, grouping, strategy, objective, effort
        As in `allocator.plan`, of the scenarios that say nothing else.
    workers
        How many processes of this machine plan. More than one start as Python's "spawn" does it, so a program that
        calls this must do so under `if __name__ == "__main__":`.
    executor
        Plans instead; any of `concurrent.futures`, threads or processes. It is left open.
    scheduler
        The address of a Dask cluster that plans instead, or a `distributed.Client`. Needs the extra `dask`.
    force
        Start anew, though the folder holds scenarios that are planned.
    progress
        Told what is done.

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

    Notes
    -----
    A worker keeps its copy of the inputs, of the last two sweeps. Processes of this machine share its cores: each has
    as many threads as there are cores to a worker, unless POLARS_MAX_THREADS says how many.

    Examples
    --------
    >>> import tempfile
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "SW1A 0AA"]})
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000"]})
    >>> two = {"scenario": [{"name": "today"}, {"name": "more", "add": {"20": 1}}]}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     comparison = run(two, links, stock, f"{folder}/sweep")
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
    told = {"fallback_km": fallback_km, "grouping": grouping, "strategy": strategy, "objective": objective}
    options = {key: value for key, value in (told | {"effort": effort}).items() if value is not None}
    tell = progress or _silent
    file = read_scenarios(scenarios, options)
    folder = Folder(Path(output))
    folder.check([scenario.name for scenario in file.scenarios], force)
    tell("Reading", 0, len(file.scenarios))
    inputs = read_inputs(_source("links", links, file), _source("stock", stock, file))
    for scenario in file.scenarios:
        scenario.check(inputs, file.source)
    beginning = _beginning(file, inputs, options)
    folder.open(beginning, force)
    sweep = _Sweep(folder, inputs, file.scenarios)
    planned = sweep.plan(crew(inputs, min(workers, len(file.scenarios)), executor, scheduler), tell)
    return sweep.compare(beginning, planned, tell)


def _silent(_: str, __: int, ___: int) -> None:
    """Progress that nobody wants to hear of."""


def _source(key: Literal["links", "stock"], given: Source | None, file: ScenarioFile) -> Source:
    source: Source | None = getattr(file, key) if given is None else given
    if source is None:
        remedy = f'Name them: {key} = "{key}.csv" at its beginning, or the option --{key} of the command.'
        raise ScenarioError(f"it names no {key}, and none were given", file=file.source, key=key, remedy=remedy)
    return source


def _beginning(file: ScenarioFile, inputs: Inputs, options: dict[str, Any]) -> dict[str, Any]:
    """What is known of a sweep before anything is planned."""
    links, stock = inputs.links, inputs.stock
    read = {
        "links": {"source": links.source, "sha256": links.digest, "rows": len(links) + links.rejected.height},
        "stock": {"source": stock.source, "sha256": stock.digest, "rows": len(stock) + stock.rejected.height},
        "scenarios": {"source": file.source, "sha256": file.digest},
    }
    return {
        "whatif": "run",
        "engine": engine_told(),
        "data": data_version(),
        "options": options,
        "inputs": read,
    }


# --- the sweep -------------------------------------------------------------------------------------------------------


class _Sweep:
    """Scenarios, and where their files are."""

    def __init__(self, folder: Folder, inputs: Inputs, scenarios: Sequence[Scenario]) -> None:
        self._folder = folder
        self._jobs = [Job.of(scenario, inputs) for scenario in scenarios]

    def plan(self, planners: AbstractContextManager[Crew], tell: Told) -> tuple[str, ...]:
        """Plan what is not planned yet; the names of that."""
        waiting = [job for job in self._jobs if not self._folder.holds(job.scenario.name, job.digest)]
        if not waiting:
            return ()
        done, total = len(self._jobs) - len(waiting), len(self._jobs)
        tell("Planning", done, total)
        with planners as crew, closing(_planned(crew, waiting)) as results:
            for job, files in results:
                self._folder.keep(job.scenario.name, files)
                done += 1
                tell("Planning", done, total)
        return tuple(job.scenario.name for job in waiting)

    def compare(self, beginning: dict[str, Any], planned: tuple[str, ...], tell: Told) -> Comparison:
        """Compare the scenarios, all of which are planned."""
        names = [job.scenario.name for job in self._jobs]
        table = _table({name: self._folder.summary(name) for name in names})
        everybody = len(names) <= ALL_PAIRS
        pairs = list(itertools.combinations(names, 2)) if everybody else [(names[0], name) for name in names[1:]]
        changes = self._changes(pairs, names if everybody else names[:1], tell)
        summary = beginning | {
            "finished": True,
            "scenarios": [_told(job) for job in self._jobs],
            "compared": "all pairs" if everybody else "each with the first",
            "changes": changes,
        }
        self._folder.finish(csv_bytes(table), summary, pairs)
        kept = tuple(name for name in names if name not in planned)
        return Comparison(self._folder.path, table, _change_table(changes), summary, planned, kept)

    def _changes(self, pairs: Sequence[tuple[str, str]], often: Sequence[str], tell: Told) -> list[dict[str, Any]]:
        """Write for each pair the links that change, and tell how many do; plans that come often are read once."""
        tell("Comparing", 0, len(pairs))
        plans = {name: self._folder.plan(name) for name in often} if pairs else {}

        def change(pair: tuple[str, str]) -> dict[str, Any]:
            found = diff(*(plans.get(name) or self._folder.plan(name) for name in pair))
            self._folder.keep_changes(*pair, csv_bytes(found.links))
            counts = {"changed": found.links.height, "unchanged": found.unchanged, "by_change": found.counts}
            return {"before": pair[0], "after": pair[1]} | counts

        told = []
        threads = ThreadPoolExecutor(_COMPARING)
        try:
            for one in threads.map(change, pairs):
                told.append(one)
                tell("Comparing", len(told), len(pairs))
        finally:
            threads.shutdown(cancel_futures=True)
        return told


def _told(job: Job) -> dict[str, Any]:
    """A scenario, for the summary."""
    scenario = job.scenario
    return {"name": scenario.name, "options": scenario.options()} | scenario.changes() | {"digest": job.digest}


def _planned(crew: Crew, jobs: Sequence[Job]) -> Generator[tuple[Job, Files]]:
    """The files of scenarios, as they come in.

    Raises
    ------
    AllocatorError
        A scenario can't be planned, or whoever planned it is gone.
    """
    waiting, running, tries = deque(jobs), dict[Future[Files], Job](), Counter[str]()
    try:
        while waiting or running:
            while waiting and len(running) < crew.width:
                job = waiting.popleft()
                running[_handed_out(crew, job)] = job
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running.pop(future)
                files = _result(crew, future, job)
                if files is not None:
                    yield job, files
                    continue
                tries[job.digest] += 1
                if crew.renew is None or tries[job.digest] > RENEWALS:
                    raise _gone(job)
                crew.renew()
                waiting.appendleft(job)
    finally:
        if not crew.ends:
            for future in running:
                future.cancel()


def _handed_out(crew: Crew, job: Job) -> Future[Files]:
    for _ in range(RENEWALS):
        try:
            return crew.submit(job)
        except crew.lost:
            if crew.renew is None:
                break
            crew.renew()
    raise _gone(job)


def _result(crew: Crew, future: Future[Files], job: Job) -> Files | None:
    """The files of a scenario; None where the worker is gone. What went wrong names the scenario."""
    try:
        return future.result()
    except crew.lost:
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
        remedy="Run the same again: what is finished stays. If memory is short, take fewer workers.",
    )


def _table(summaries: Mapping[str, dict[str, Any]]) -> pl.DataFrame:
    """The comparison of scenarios, from their summaries."""
    rows = [
        {
            "scenario": name,
            "links": told["links"]["total"],
            **{key: told["links"][key] for key in ("assigned", "unassigned", "rejected")},
            **{f"{key}_km": told["distance_km"][key] for key in ("mean", "p90", "max")},
            "numbers_left": told["stock"]["left"],
            "assignments_sha256": told["result"]["assignments_sha256"],
        }
        for name, told in summaries.items()
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
