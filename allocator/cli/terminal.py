"""The terminal: its streams, progress bars, tables and JSON.

Where the output is not a terminal (a file, a pipe, a log), a row is one line however long it is, there are no frames
and no colours, and rich is not loaded.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.errors import OutputError

if TYPE_CHECKING:
    import polars as pl
    from rich.table import Table as RichTable


@dataclass(frozen=True, slots=True)
class Table:
    """A small table to print.

    Attributes
    ----------
    columns
        The names of the columns.
    rows
        The cells, as text.
    right
        The columns that are aligned to the right.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[str] = frozenset()


# --- the streams -----------------------------------------------------------------------------------------------------


def prepare() -> None:
    """Make the standard streams safe to use: open, even if the caller closed them, and able to print any letter."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - for the whole run
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def printing() -> Iterator[None]:
    """Guard writes to standard output: a closed pipe is ignored, a full disk is an error with a sentence.

    Raises
    ------
    OutputError
        Standard output can't be written.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        discard_output()
    except OSError as error:
        discard_output()
        raise OutputError(
            f"it can't be written ({error.strerror or error})",
            file="standard output",
            remedy="Send it somewhere with free space.",
        ) from error


def discard_output() -> None:
    """Send the rest of standard output nowhere; otherwise Python would try to write it on exit, and complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


# --- progress --------------------------------------------------------------------------------------------------------


@contextmanager
def bar(first_step: str, *, countable: bool = True) -> Iterator[Callable[[str, int, int | None], None] | None]:
    """Show a progress bar on standard error; None where that is not a terminal.

    Parameters
    ----------
    first_step
        What the bar says before its first update.
    countable
        Whether to write "3/12" and the time that remains.

    Yields
    ------
    Callable or None
        Moves the bar: the step it is at, how much is done, and of how much.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich import progress as parts
    from rich.console import Console

    columns = [parts.TextColumn("{task.description}"), parts.BarColumn(), parts.TimeElapsedColumn()]
    if countable:
        columns[2:] = [parts.MofNCompleteColumn(), *columns[2:], parts.TimeRemainingColumn()]
    with parts.Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(first_step, total=None)
        yield lambda step, done, total: shown.update(task, description=step, completed=done, total=total)


@contextmanager
def progress(steps: int | None = None) -> Iterator[Callable[[str], None] | None]:
    """Show the steps of long work on standard error; None where that is not a terminal.

    Parameters
    ----------
    steps
        The number of steps, where it is known.
    """
    with bar("Starting", countable=False) as update:
        done = count()
        yield None if update is None else lambda step: update(step, next(done), steps)


@contextmanager
def busy(what: str) -> Iterator[None]:
    """Show on standard error that something is being done.

    Parameters
    ----------
    what
        What is being done, such as "Reading".
    """
    with bar(what, countable=False):
        yield


# --- text ------------------------------------------------------------------------------------------------------------


def printable(text: str) -> str:
    """The text; as Python would write it if it holds anything that could upset a line or a terminal."""
    return text if text.isprintable() else ascii(text)


def show(*parts: str | Table) -> None:
    """Print lines and tables on standard output."""
    if sys.stdout.isatty():
        from rich.console import Console

        console = Console(highlight=False)
        for part in parts:
            console.print(_framed(part) if isinstance(part, Table) else part, markup=False)
    else:
        for part in parts:
            sys.stdout.write(f"{_plain(part) if isinstance(part, Table) else part}\n")


def show_json(summary: Mapping[str, Any], tables: Mapping[str, pl.DataFrame | list[dict[str, Any]]]) -> None:
    """Print a summary and its tables as one JSON document."""
    rows = {name: table if isinstance(table, list) else table.to_dicts() for name, table in tables.items()}
    sys.stdout.write(json.dumps({**summary, **rows}, indent=2, ensure_ascii=False) + "\n")


def _framed(table: Table) -> RichTable:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as RichTable

    framed = RichTable(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in table.columns:
        # Text may be broken over lines, a number may not.
        numeric = name in table.right
        framed.add_column(name, justify="right" if numeric else "left", overflow="fold", no_wrap=numeric)
    for row in table.rows:
        framed.add_row(*row)
    return framed


def _plain(table: Table) -> str:
    rows = (table.columns, *table.rows)
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    pads = [str.rjust if name in table.right else str.ljust for name in table.columns]
    lines = ("  ".join(pad(cell, width) for pad, cell, width in zip(pads, row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def replaced(names: tuple[str, ...]) -> Iterator[str]:
    """Say which reports and maps went with a folder that was replaced."""
    if names:
        yield f"Replaced with the folder: {', '.join(names)}"
