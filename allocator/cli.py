"""The command `allocator`: plan, lookup, nearest, explain."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from allocator import engine, terminal
from allocator.errors import AllocatorError, PostcodeError
from allocator.outcome import engine_version
from allocator.plan import BATCH_SIZE, read_plan

if TYPE_CHECKING:
    from allocator.engine import Place

# Exit codes: what was asked for was done; was done, but something goes without; could not be done.
COMPLETE, INCOMPLETE, UNUSABLE = 0, 1, 2
# And: a fault of this program; a signal, by the shell's custom of adding its number.
FAULTY, SIGNALLED = 70, 128

app = typer.Typer(
    name="allocator",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    # Frames and colours on a terminal, plain lines elsewhere.
    rich_markup_mode="rich" if sys.stderr and sys.stderr.isatty() else None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Plan which link gets which VoxNumber, offline, by the rules of attachVoxnumberToLink.",
)


class Grouping(StrEnum):
    """Whether the links of an outcode stay together."""

    TOGETHER = "together"
    SPLIT = "split"


def _version(asked: bool) -> None:
    if asked:
        from allocator import dataset

        with terminal.printing():
            typer.echo(f"allocator {engine_version()}, data of {dataset.version()['edition']}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    pass


class _Stopped(KeyboardInterrupt):
    """A signal asked the process to end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def _stop(number: int, _: FrameType | None) -> None:
    """Interrupt, but not once more what an interrupt has begun to clear away: polars raises one of its own besides."""
    if not isinstance(sys.exception(), KeyboardInterrupt):
        raise _Stopped(number)


def _heed_signals() -> None:
    """End on signals in order, so that what is half-written is cleared away; those that are ignored stay so."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _stop)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let an interrupt end in a sentence."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        typer.echo("allocator: interrupted, nothing was written", err=True)
        number = interrupt.number if isinstance(interrupt, _Stopped) else signal.SIGINT
        raise typer.Exit(SIGNALLED + number) from None


@app.command()
def plan(
    links: Annotated[str, typer.Option(help="Links: CSV or Parquet, or - for CSV on standard input.")],
    stock: Annotated[str, typer.Option(help="Numbers of the account: CSV or Parquet, or - for CSV on standard input.")],
    output: Annotated[Path, typer.Option(help="Folder to write the plan to.")],
    fallback_km: Annotated[
        float, typer.Option(help="Fallback distance of links that give none of their own, kilometres.")
    ] = 0.0,
    grouping: Annotated[
        Grouping, typer.Option(help="Serve an outcode from one area code, as the API does, or split it.")
    ] = Grouping.TOGETHER,
    batch_size: Annotated[int, typer.Option(help="Links to a request.")] = BATCH_SIZE,
    force: Annotated[bool, typer.Option("--force", help="Replace the plan that is in the folder.")] = False,
) -> None:
    """Plan which link gets which number.

    Writes assignments.csv, unassigned.csv, rejected.csv, decisions.csv, summary.json and requests/*.xml (BY VOXNUMBER).
    Exit code 0 when every link is assigned, 1 when some are not, 2 when the input can't be used.

    Example: allocator plan --links links.csv --stock stock.csv --fallback-km 20 --output plan
    """
    with _interruptible(), terminal.progress() as tell:
        made = engine.plan(
            links, stock, fallback_km=fallback_km, grouping=grouping.value, output=output, force=force,
            batch_size=batch_size, progress=tell,
        )  # fmt: skip
    with terminal.printing():
        terminal.show_plan(made, output)
    raise typer.Exit(COMPLETE if made.complete else INCOMPLETE)


@app.command()
def lookup(
    texts: Annotated[list[str], typer.Argument(metavar="POSTCODE...", help="Unit postcodes or outcodes.")],
) -> None:
    """Tell where postcodes are, and whether they exist.

    Of unit postcodes and outcodes: position, covering area code, how many unit postcodes.

    Exit code 0 when all exist, 1 when one does not, 2 when one is no postcode at all.

    Example: allocator lookup SW1A0AA M1
    """
    found: list[Place | PostcodeError] = [_looked_up(text) for text in texts]
    with terminal.printing():
        terminal.show_places(found)
    if any(isinstance(one, PostcodeError) for one in found):
        raise typer.Exit(UNUSABLE)
    raise typer.Exit(COMPLETE if all(one.exists for one in _places(found)) else INCOMPLETE)


def _looked_up(text: str) -> Place | PostcodeError:
    try:
        return engine.lookup(text)
    except PostcodeError as error:
        return error


def _places(found: Iterable[Place | PostcodeError]) -> Iterable[Place]:
    return (one for one in found if not isinstance(one, PostcodeError))


@app.command()
def nearest(
    text: Annotated[str, typer.Argument(metavar="OUTCODE", help="An outcode, or a unit postcode in it.")],
    within: Annotated[float, typer.Option(help="How far to look, kilometres.")],
) -> None:
    """List the area codes and outcodes near an outcode.

    Example: allocator nearest SW1A --within 20
    """
    nearby = engine.nearest(text, within)
    with terminal.printing():
        terminal.show_nearby(nearby)


@app.command()
def explain(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A plan's folder.")],
    link_id: Annotated[str, typer.Argument(metavar="LINK_ID", help="A link of the plan.")],
) -> None:
    """Tell why a link has its number, or none.

    Example: allocator explain plan shop-17
    """
    explanation = read_plan(folder).explain(link_id)
    with terminal.printing():
        terminal.show_text(str(explanation))


def main() -> None:
    """Run the command; whatever a user can cause ends in a sentence, never in a traceback."""
    terminal.prepare()
    _heed_signals()
    try:
        app()
    except AllocatorError as error:
        typer.echo(f"allocator: {error}", err=True)
        sys.exit(UNUSABLE)
    except Exception:  # noqa: BLE001 - told in full, but not with Python's exit code 1, which says INCOMPLETE here
        traceback.print_exc()
        typer.echo("allocator: this is a fault of allocator itself; please report it with the lines above", err=True)
        sys.exit(FAULTY)
