"""validate and convert: what is wrong with a request, and the request that can have no other outcome."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

import allocator
from allocator.cli import terminal
from allocator.cli.app import COMPLETE, INCOMPLETE, app, interruptible
from allocator.cli.planning import Grouping

_REQUEST = typer.Argument(metavar="REQUEST", help="A request of attachVoxnumberToLink: XML, or - for standard input.")


@app.command()
def validate(
    request: Annotated[str, _REQUEST],
    stock: Annotated[
        list[str] | None,
        typer.Option(help="Numbers of the account to check against: CSV, Parquet or a listing (XML)."),
    ] = None,
    links: Annotated[
        list[str] | None, typer.Option(help="Links of the account to check against: CSV, Parquet or a listing (XML).")
    ] = None,
    as_json: terminal.Json = False,
) -> None:
    """List all that is wrong with a request, by line.

    In the API's order of checks: the first is what it would answer. With --stock (and --links) also what only the
    account tells: whether links and numbers exist and are free, and whether there are enough.

    Exit code 0 when nothing is wrong, 1 when something is, 2 when it can't be checked.

    Example: allocator validate request.xml --stock stock.csv
    """
    with interruptible(), terminal.busy("Checking"):
        checked = allocator.validate(request, stock=stock, links=links)
    with terminal.printing():
        if as_json:
            rows = [
                {"line": fault.line, "error": fault.text, "advice": fault.advice, "on_page": fault.row.on_page}
                for fault in checked.faults
            ]
            terminal.show_json({"file": checked.file, "against_account": checked.against_account}, {"faults": rows})
        else:
            terminal.show_faults(checked)
    raise typer.Exit(COMPLETE if checked.ok else INCOMPLETE)


@app.command(short_help="Turn a request into one that names every number.")
def convert(
    request: Annotated[str, _REQUEST],
    stock: Annotated[
        list[str], typer.Option(help="Numbers of the account: CSV, Parquet, or a listing (XML, once for each page).")
    ],
    output: Annotated[str, typer.Option(help="File to write the new request to, or - for standard output.")] = "-",
    grouping: Annotated[
        Grouping, typer.Option(help="Serve an outcode from one area code, as the API does, or split it.")
    ] = Grouping.TOGETHER,
    partial: Annotated[
        bool, typer.Option("--partial", help="Write the links that get a number even when others get none.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file that is there.")] = False,
) -> None:
    """Turn any request into one that names every number (BY VOXNUMBER).

    When a link gets no number, nothing is written: the reasons are, on standard error.

    Exit code 0 when every link has a number, 1 when some have none, 2 when the input can't be used.

    Example: allocator convert request.xml --stock stock.csv --output named.xml
    """
    with interruptible():
        with terminal.busy("Planning"):
            converted = allocator.convert(request, stock, grouping=grouping.value)
        if not converted.plan.ok:
            terminal.show_reasons(converted.plan, sys.stderr)
        if converted.plan.ok or partial:
            if output == "-":
                with terminal.printing():
                    sys.stdout.buffer.write(converted.body)
            else:
                converted.write(Path(output), force=force)
    raise typer.Exit(COMPLETE if converted.plan.ok else INCOMPLETE)
