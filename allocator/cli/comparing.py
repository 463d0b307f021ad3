"""diff: what changes between two plans."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import allocator
from allocator.cli import terminal
from allocator.cli.app import COMPLETE, INCOMPLETE, app, interruptible
from allocator.cli.options import Force, Json
from allocator.cli.terminal import Table, printable

if TYPE_CHECKING:
    import polars as pl

    from allocator.plans import Difference

_ROWS = 10


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="The folder of a plan.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="The folder of another plan.")],
    output: Annotated[Path | None, typer.Option(help="CSV file for the list of links that change.")] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """List the links that change between two plans.

    Exit code 0 when none does, 1 when some do, 2 when a folder can't be used.

    Example: allocator diff plan-rule plan-optimal --output changes.csv
    """
    with interruptible(), terminal.busy("Comparing"):
        found = allocator.diff(before, after)
        if output is not None:
            found.write(output, force=force)
    with terminal.printing():
        if as_json:
            terminal.show_json({"counts": found.counts, "unchanged": found.unchanged}, {"links": found.links})
        else:
            terminal.show(*_lines(found, output))
    raise typer.Exit(COMPLETE if found.ok else INCOMPLETE)


def _lines(found: Difference, output: Path | None) -> Iterator[str | Table]:
    counts = *found.counts.items(), ("unchanged", found.unchanged)
    yield Table(("links", ""), tuple((f"{number:,}", change) for change, number in counts), frozenset({"links"}))
    if found.links.height:
        yield from ("", _changes(found.links.head(_ROWS)))
    if found.links.height > _ROWS:
        yield f"… and {found.links.height - _ROWS:,} more" + ("" if output else "; --output FILE lists them all")
    if output is not None:
        yield f"Written to {printable(str(output))}"


def _changes(links: pl.DataFrame) -> Table:
    columns = ("link", "change", "before", "after")
    rows = (
        (
            printable(row["link_id"]),
            row["change"],
            *(row[f"full_voxnumber_{when}"] or row[f"reason_{when}"] or "not in the plan" for when in columns[2:]),
        )
        for row in links.iter_rows(named=True)
    )
    return Table(columns, tuple(rows))
