"""diff: what changes between two plans."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from allocator.cli import terminal
from allocator.cli.app import COMPLETE, INCOMPLETE, app, interruptible
from allocator.plans import csv_bytes, write_file
from allocator.plans import diff as difference_of


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="A plan's folder.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="Another plan's folder.")],
    output: Annotated[Path | None, typer.Option(help="CSV file to write the links to whose lot changes.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file that is there.")] = False,
    as_json: terminal.Json = False,
) -> None:
    """Tell which links change between two plans.

    Exit code 0 when none does, 1 when some do, 2 when a folder can't be used.

    Example: allocator diff plan-rule plan-optimal --output changes.csv
    """
    with interruptible(), terminal.busy("Comparing"):
        found = difference_of(before, after)
        if output is not None:
            write_file(output, csv_bytes(found.links), force=force)
    with terminal.printing():
        if as_json:
            terminal.show_json({"counts": found.counts, "unchanged": found.unchanged}, {"links": found.links})
        else:
            terminal.show_difference(found, output)
    raise typer.Exit(COMPLETE if found.ok else INCOMPLETE)
