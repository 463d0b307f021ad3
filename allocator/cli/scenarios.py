"""whatif run: plan many scenarios, and compare them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import allocator
from allocator.cli import terminal
from allocator.cli.app import interruptible
from allocator.cli.options import Grouping, Json, Objective, Strategy
from allocator.cli.terminal import Table, printable
from allocator.cli.whatif import whatif
from allocator.notation import counted
from allocator.plans import Change

if TYPE_CHECKING:
    import polars as pl

    from allocator.whatif import Comparison

_ROWS = 20
_PAIRS = 10


@whatif.command()
def run(
    scenarios: Annotated[str, typer.Argument(metavar="SCENARIOS", help="TOML file with the scenarios.")],
    output: Annotated[Path, typer.Option(help="Folder to write to; a run that was stopped goes on in it.")],
    links: Annotated[
        str | None,
        typer.Option(help="Your links, instead of those that the file names: CSV, Parquet, a request (XML) or -."),
    ] = None,
    stock: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="The account's numbers, instead of those that the file names."),
    ] = None,
    fallback_km: Annotated[
        float | None, typer.Option(help="Fallback distance for scenarios without their own, in kilometres.")
    ] = None,
    grouping: Annotated[Grouping | None, typer.Option(help="Grouping for scenarios without their own.")] = None,
    strategy: Annotated[Strategy | None, typer.Option(help="Strategy for scenarios without their own.")] = None,
    objective: Annotated[Objective | None, typer.Option(help="Objective for scenarios without their own.")] = None,
    effort: Annotated[int | None, typer.Option(help="Effort for scenarios without their own.")] = None,
    workers: Annotated[int, typer.Option(help="How many processes to plan with on this machine.")] = 1,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Plan on a Dask cluster instead, such as tcp://10.0.0.1:8786."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Start again from nothing in that folder.")] = False,
    as_json: Json = False,
) -> None:
    """Plan many scenarios, and compare them.

    Writes comparison.csv, scenarios/NAME/ (a plan's files without requests), changes/BEFORE--AFTER.csv (the links that
    change: between any two of up to ten scenarios; of more, between the first and each other) and summary.json. If it
    is stopped, run it again: it goes on where it was. Exit code 0 when all scenarios are planned, 2 when the input
    can't be used.

    Example: allocator whatif run scenarios.toml --output sweep --workers 4
    """
    done = _Done()
    with interruptible(done.sentence), terminal.bar("Starting") as update:

        def progress(step: str, finished: int, total: int) -> None:
            done.note(step, finished, total)
            if update:
                update(step, finished, total)

        found = allocator.whatif.run(
            scenarios, links, list(stock) if stock else None, output,
            fallback_km=fallback_km, grouping=None if grouping is None else grouping.value,
            strategy=None if strategy is None else strategy.value,
            objective=None if objective is None else objective.value, effort=effort,
            workers=workers, scheduler=scheduler, force=force, progress=progress,
        )  # fmt: skip
    with terminal.printing():
        if as_json:
            terminal.show_json(found.summary, found.tables())
        else:
            terminal.show(*_lines(found))


class _Done:
    """How many scenarios are finished."""

    finished = total = 0

    def note(self, step: str, finished: int, total: int) -> None:
        """Remember what the progress says."""
        if step == "Reading":
            self.total = total
        else:
            self.finished = finished if step == "Planning" else self.total

    def sentence(self) -> str:
        """Say how many are finished, and how to go on."""
        if not self.finished:
            return "no scenario was planned"
        so_far = f"{self.finished:,} of {counted(self.total, 'scenario')}"
        return f"{so_far} finished. Run the same command again to go on."


def _lines(found: Comparison) -> Iterator[str | Table]:
    kept = f", {len(found.kept):,} there already" if found.kept else ""
    yield f"Planned {counted(len(found.planned), 'scenario')}{kept}"
    yield ""
    yield from _compared(found.table)
    if found.changes.height:
        yield ""
        yield from _changed(found.changes)
        yield ""
    yield f"Written to {printable(str(found.folder))}"


def _compared(table: pl.DataFrame) -> Iterator[str | Table]:
    already = ("already",) if table["already"].sum() else ()
    counts = ("links", "assigned", *already, "unassigned", "rejected")
    columns = ("scenario", *counts, "mean km", "90 % within km", "numbers left")
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
    Change.LOSES: "lose theirs",
    Change.MOVES: "change area code",
    Change.CHANGES: "change number",
    Change.ADDED: "new",
    Change.REMOVED: "gone",
}


def _changed(changes: pl.DataFrame) -> Iterator[str | Table]:
    kinds = [change for change in _KINDS if changes[change].sum()]
    names = ("from", "to", *(_KINDS[change] for change in kinds), "unchanged")
    rows = (
        (row["before"], row["after"], *(f"{row[name]:,}" for name in (*kinds, "unchanged")))
        for row in changes.head(_PAIRS).iter_rows(named=True)
    )
    yield Table(names, tuple(rows), frozenset(names[2:]))
    if changes.height > _PAIRS:
        yield f"… and {changes.height - _PAIRS:,} more pairs, see changes/"
