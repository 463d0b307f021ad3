"""whatif: the group of commands, and what they share: ask, write the answer, print it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from allocator.cli import terminal
from allocator.cli.app import app, interruptible
from allocator.cli.terminal import Table, printable
from allocator.notation import Reason, counted
from allocator.plans import check_folder

if TYPE_CHECKING:
    import polars as pl

    from allocator.whatif import Answer

whatif = typer.Typer(
    no_args_is_help=True,
    help="What if? What to buy, a wider radius, other scenarios.",
    epilog="Example: allocator whatif buy --links links.csv --stock stock.csv --fallback-km 20",
)
app.add_typer(whatif, name="whatif")

AnswerFolder = Annotated[Path | None, typer.Option(help="Folder to write the tables and a summary to.")]
ROWS = 20


def answer(
    ask: Callable[[Callable[[str], None]], Answer],
    lines: Callable[[Answer], Iterator[str | Table]],
    output: Path | None,
    force: bool,
    as_json: bool,
) -> Answer:
    """Ask, write the answer to a folder if one is given, and print it.

    Parameters
    ----------
    ask
        Calls the question; its parameter shows the progress.
    lines
        What to print.
    output, force, as_json
        The options of the command.
    """
    with interruptible(), terminal.progress() as progress:
        replaced: tuple[str, ...] = ()
        if output is not None:
            replaced = check_folder(output, force, "what-if")  # before the work, which may be long
        found = ask(progress or (lambda _: None))
        if output is not None:
            found.write(output, force=force)
    with terminal.printing():
        if as_json:
            terminal.show_json(found.summary, found.tables())
        else:
            written = [f"Written to {printable(str(output))}"] if output is not None else []
            terminal.show(*lines(found), *_not_read(found.summary["inputs"]), *written, *terminal.replaced(replaced))
    return found


def _not_read(inputs: dict[str, Any]) -> Iterator[str]:
    """Say how many rows of the links and the stock could not be read."""
    counts = [(name, inputs[name]["rejected"]) for name in ("links", "stock")]
    if parts := [f"{counted(rows, 'row')} of the {name}" for name, rows in counts if rows]:
        yield f"Can't be read: {' and '.join(parts)} ('allocator plan' lists them)"


def table(rows: pl.DataFrame, names: dict[str, str], left: frozenset[str] = frozenset()) -> Iterator[str | Table]:
    """Lay out the first rows of a table.

    Parameters
    ----------
    rows
        The table; a null becomes an empty cell.
    names
        The columns to show, and what to call them.
    left
        The columns that hold text; area codes and names always do.
    """
    cells = (tuple(_cell(column, row[column]) for column in names) for row in rows.head(ROWS).iter_rows(named=True))
    numbers = [name for column, name in names.items() if "area_code" not in column and column not in {"name", *left}]
    yield Table(tuple(names.values()), tuple(cells), frozenset(numbers))
    yield from more(rows)


def more(rows: pl.DataFrame) -> Iterator[str]:
    """Say how many rows are not shown."""
    if rows.height > ROWS:
        yield f"… and {rows.height - ROWS:,} more; --output FOLDER or --json lists them all"


def evenly(rows: pl.DataFrame) -> pl.DataFrame:
    """Pick rows at even steps if there are too many to show; the first and the last are among them."""
    if rows.height <= ROWS:
        return rows
    step = (rows.height - 1) / (ROWS - 1)
    return rows[[round(place * step) for place in range(ROWS)]]


def reasons(links: pl.DataFrame) -> Iterator[str]:
    """Count the links by reason, the most frequent first."""
    counts = links["reason"].value_counts().sort("count", "reason", descending=[True, False])
    for reason, number in counts.iter_rows():
        yield f"  {number:,} {Reason(reason).words}"


def _cell(column: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.2f}" if column in ("price", "cost") else f"{value:,.1f}"
    if isinstance(value, int):
        return f"{value:,}"
    return f"0{value}" if "area_code" in column and "-" not in str(value) else printable(str(value))
