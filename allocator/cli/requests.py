"""validate and convert: what is wrong with a request, and the same request with every number named."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

import allocator
from allocator.cli import terminal
from allocator.cli.app import COMPLETE, INCOMPLETE, app, interruptible
from allocator.cli.options import Force, Grouping, GroupingOption, Json, Stock
from allocator.cli.terminal import Table, printable
from allocator.notation import counted

if TYPE_CHECKING:
    from allocator.account import CheckResult
    from allocator.plans import Plan

_Request = Annotated[
    str, typer.Argument(metavar="REQUEST", help="A request of attachVoxnumberToLink: XML, or - for standard input.")
]
_REASONS = 20


@app.command()
def validate(
    request: _Request,
    stock: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="The account's numbers, to check against: CSV, Parquet or a listing (XML)."),
    ] = None,
    links: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="The account's links, to check against: CSV, Parquet or a listing (XML)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """List everything that is wrong with a request, by line.

    The faults are in the API's order of checks: the first is what it would answer. With --stock and --links it also
    checks what only the account knows: whether links and numbers exist and are free, and whether there are enough.

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
            terminal.show(*_faults(checked))
    raise typer.Exit(COMPLETE if checked.ok else INCOMPLETE)


@app.command(short_help="Turn a request into one that names every number.")
def convert(
    request: _Request,
    stock: Stock,
    output: Annotated[str, typer.Option(help="File to write the new request to, or - for standard output.")] = "-",
    grouping: GroupingOption = Grouping.TOGETHER,
    partial: Annotated[
        bool, typer.Option("--partial", help="Write the links that get a number even if others get none.")
    ] = False,
    force: Force = False,
) -> None:
    """Turn any request into one that names every number (BY VOXNUMBER).

    If a link gets no number, no request is written, and standard error says why.

    Exit code 0 when every link has a number, 1 when some have none, 2 when the input can't be used.

    Example: allocator convert request.xml --stock stock.csv --output named.xml
    """
    with interruptible():
        with terminal.busy("Planning"):
            converted = allocator.convert(request, stock, grouping=grouping.value)
        complete = converted.ok
        if not complete:
            sys.stderr.writelines(f"{line}\n" for line in _reasons(converted.plan, sys.stderr))
        if complete or partial:
            if output == "-":
                with terminal.printing():
                    sys.stdout.buffer.write(converted.body)
            else:
                converted.write(Path(output), force=force)
    raise typer.Exit(COMPLETE if complete else INCOMPLETE)


def _faults(checked: CheckResult) -> Iterator[str | Table]:
    scope = "" if checked.against_account else " (give --stock and --links to check against an account too)"
    if not checked.faults:
        yield f"{printable(checked.file)}: nothing is wrong{scope}"
        return
    rows = tuple(
        ("" if fault.line is None else f"{fault.line}", printable(fault.text), printable(fault.advice))
        for fault in checked.faults
    )
    yield from (
        f"{printable(checked.file)}: {counted(len(rows), 'fault')}; the API would answer with the first{scope}",
        "",
    )
    yield Table(("line", "error", "what to do"), rows, frozenset({"line"}))


def _reasons(plan: Plan, stream: TextIO) -> list[str]:
    """Say why links get no number; a terminal, which has little room, gets only the first of many."""
    links = plan.summary["links"]
    without = links["total"] - links["assigned"]  # a link that has a number already is in no request
    lines = [f"allocator: {without:,} of {counted(links['total'], 'link')} get no number"]
    for link_id, message in plan.unassigned.select("link_id", "message").iter_rows():
        lines.append(f"  {printable(link_id)}: {printable(message)}")
    for link_id, full_voxnumber in plan.already.select("link_id", "full_voxnumber").iter_rows():
        lines.append(f"  {printable(link_id)}: it has {full_voxnumber} already.")
    for table, file, row, message in plan.rejected.select("table", "file", "row", "message").iter_rows():
        unit = "link" if table == "links" else "row"
        lines.append(f"  {printable(file)}, {unit} {row}: {printable(message)}")
    if stream.isatty() and len(lines) > _REASONS + 1:
        more = len(lines) - _REASONS - 1
        lines[_REASONS + 1 :] = [f"  … and {more:,} more; add 2> reasons.txt to the command to keep them all"]
    return lines
