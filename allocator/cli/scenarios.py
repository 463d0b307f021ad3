"""whatif run: many scenarios, planned and compared."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allocator.cli import terminal
from allocator.cli.app import SIGNALLED
from allocator.cli.planning import Grouping, Objective, Strategy
from allocator.cli.terminal import Table, counted, printable
from allocator.cli.whatif import whatif
from allocator.plans import Change

if TYPE_CHECKING:
    import polars as pl

    from allocator.whatif import Comparison

_ROWS = 20
_CHANGES = 10


@whatif.command()
def run(
    scenarios: Annotated[str, typer.Argument(metavar="SCENARIOS", help="TOML file that names the scenarios.")],
    output: Annotated[Path, typer.Option(help="Folder to write to; a sweep that was stopped goes on in it.")],
    links: Annotated[
        str | None, typer.Option(help="Links, instead of those that the file names: CSV, Parquet, a request (XML), -.")
    ] = None,
    stock: Annotated[
        list[str] | None, typer.Option(help="Numbers of the account, instead of those that the file names.")
    ] = None,
    fallback_km: Annotated[
        float | None, typer.Option(help="Fallback distance of scenarios that give none, kilometres.")
    ] = None,
    grouping: Annotated[Grouping | None, typer.Option(help="Grouping of scenarios that give none.")] = None,
    strategy: Annotated[Strategy | None, typer.Option(help="Strategy of scenarios that give none.")] = None,
    objective: Annotated[Objective | None, typer.Option(help="Objective of scenarios that give none.")] = None,
    effort: Annotated[int | None, typer.Option(help="Effort of scenarios that give none.")] = None,
    workers: Annotated[int, typer.Option(help="How many processes of this machine plan.")] = 1,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Dask cluster that plans instead, such as tcp://10.0.0.1:8786."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Start anew in the folder of a sweep.")] = False,
    as_json: terminal.Json = False,
) -> None:
    """Plan many scenarios, and compare them.

    Writes comparison.csv, scenarios/NAME/ (a plan's files without requests), changes/BEFORE--AFTER.csv (the links whose
    lot changes: of all pairs with at most ten scenarios, else of the first with each other) and summary.json. Stopped
    and run again it goes on where it was. Exit code 0 when all scenarios are planned, 2 when the input can't be used.

    Example: allocator whatif run scenarios.toml --output sweep --workers 4
    """
    from allocator.whatif import run as sweep

    done = _Done()
    with _stoppable(done), _bar() as tell:

        def told(what: str, so_far: int, total: int) -> None:
            done.see(what, so_far, total)
            tell(what, so_far, total)

        found = sweep(
            scenarios, links, list(stock) if stock else None, output,
            fallback_km=fallback_km, grouping=None if grouping is None else grouping.value,
            strategy=None if strategy is None else strategy.value,
            objective=None if objective is None else objective.value, effort=effort,
            workers=workers, scheduler=scheduler, force=force, progress=told,
        )  # fmt: skip
    with terminal.printing():
        if as_json:
            terminal.show_json(found.summary, found.tables())
        else:
            terminal.show(*_lines(found))


class _Done:
    """How many scenarios are finished."""

    def __init__(self) -> None:
        self.finished = 0
        self.total = 0

    def see(self, what: str, so_far: int, total: int) -> None:
        """Take note of what the sweep tells."""
        if what == "Reading":
            self.total = total
        else:
            self.finished = so_far if what == "Planning" else self.total

    def __str__(self) -> str:
        if not self.finished:
            return "interrupted before a scenario was planned"
        so_far = f"{self.finished:,} of {counted(self.total, 'scenario')}"
        return f"interrupted, {so_far} finished; run the same again to go on"


@contextmanager
def _stoppable(done: _Done) -> Iterator[None]:
    """Let an interrupt end in a sentence that says what is finished."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        typer.echo(f"allocator: {done}", err=True)
        raise typer.Exit(SIGNALLED + getattr(interrupt, "number", signal.SIGINT)) from None


@contextmanager
def _bar() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar over the scenarios, on standard error, and only on a terminal."""
    if not sys.stderr.isatty():
        yield lambda _, __, ___: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Starting", total=None)
        yield lambda what, so_far, total: bar.update(task, description=what, completed=so_far, total=total)


def _lines(found: Comparison) -> Iterator[str | Table]:
    planned = counted(len(found.planned), "scenario")
    kept = f", {len(found.kept):,} there already" if found.kept else ""
    yield f"Planned {planned}{kept}"
    yield ""
    yield from _compared(found.table)
    if found.changes.height:
        yield ""
        yield from _changed(found.changes)
        yield ""
    yield f"Written to {printable(str(found.folder))}"


def _compared(table: pl.DataFrame) -> Iterator[str | Table]:
    columns = ("scenario", "links", "assigned", "unassigned", "rejected", "mean km", "90 % within km", "numbers left")
    counts = ("links", "assigned", "unassigned", "rejected")
    rows = (
        (
            row["scenario"],
            *(f"{row[name]:,}" for name in counts),
            *("" if row[name] is None else f"{row[name]:.1f}" for name in ("mean_km", "p90_km")),
            f"{row['numbers_left']:,}",
        )
        for row in table.head(_ROWS).iter_rows(named=True)
    )
    yield Table(columns, tuple(rows), frozenset(columns[1:]))
    if table.height > _ROWS:
        yield f"… and {table.height - _ROWS:,} more, see comparison.csv"


_KINDS = {
    Change.GAINS: "gain a number",
    Change.LOSES: "lose it",
    Change.MOVES: "move",
    Change.CHANGES: "are renumbered",
    Change.ADDED: "new",
    Change.REMOVED: "gone",
}


def _changed(changes: pl.DataFrame) -> Iterator[str | Table]:
    kinds = [change for change in _KINDS if changes[change].sum()]
    names = ("from", "to", *(_KINDS[change] for change in kinds), "unchanged")
    rows = (
        (row["before"], row["after"], *(f"{row[name]:,}" for name in (*kinds, "unchanged")))
        for row in changes.head(_CHANGES).iter_rows(named=True)
    )
    yield Table(names, tuple(rows), frozenset(names[2:]))
    if changes.height > _CHANGES:
        yield f"… and {changes.height - _CHANGES:,} more pairs, see changes/"
