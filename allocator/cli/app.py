"""The command itself: its options, its exit codes, and how it ends whatever happens."""

from __future__ import annotations

import difflib
import errno
import re
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from allocator.cli import terminal
from allocator.errors import AllocatorError
from allocator.plans import engine_version

# Exit codes: what was asked for was done; was done, but something goes without; could not be done.
COMPLETE, INCOMPLETE, UNUSABLE = 0, 1, 2
# And: a fault of this program; a signal, by the shell's custom of adding its number.
FAULTY, SIGNALLED = 70, 128
# What says that the place which is written to is full or gone.
_NO_ROOM = {getattr(errno, name, None) for name in ("ENOSPC", "EDQUOT", "EFBIG", "EIO")}

_NOT_ONE_OF = re.compile(r"(?:Value error, )?(?P<wrong>'.*' is not one of (?P<values>'[^']*'(?:, '[^']*')*)\.?)")


class _Commands(TyperGroup):
    """The commands; with a value that is none of an option's they ask for the one that is most like it."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            if match := _NOT_ONE_OF.fullmatch(error.message):
                given = match["wrong"].split("'")[1]
                values = match["values"].strip("'").split("', '")
                meant = difflib.get_close_matches(given, values, n=1)
                error.message = match["wrong"] + (f" Did you mean {meant[0]!r}?" if meant else "")
            raise


app = typer.Typer(
    name="allocator",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    # Frames and colours on a terminal, plain lines elsewhere.
    rich_markup_mode="rich" if sys.stderr and sys.stderr.isatty() else None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Plan which link gets which VoxNumber, offline, by the rules of attachVoxnumberToLink.",
    epilog="Example: allocator plan --links links.csv --stock stock.csv --fallback-km 20 --output plan",
)


def _version(asked: bool) -> None:
    if asked:
        from allocator.places import data_version

        with terminal.printing():
            typer.echo(f"allocator {engine_version()}, data of {data_version()['edition']}")
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
def interruptible() -> Iterator[None]:
    """Let an interrupt end in a sentence, where all that was half-written is cleared away."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        typer.echo("allocator: interrupted, nothing was written", err=True)
        raise typer.Exit(_signalled(interrupt)) from None


def main() -> None:
    """Run the command; whatever a user can cause ends in a sentence, never in a traceback."""
    terminal.prepare()
    _heed_signals()
    try:
        # By its name also where it is run as a module: completion asks for the command that it is told.
        app(prog_name="allocator")
    except AllocatorError as error:
        typer.echo(f"allocator: {error}", err=True)
        sys.exit(UNUSABLE)
    except KeyboardInterrupt as interrupt:  # before a command began, or where one has nothing to clear away
        typer.echo("allocator: interrupted", err=True)
        sys.exit(_signalled(interrupt))
    except OSError as error:
        if error.errno not in _NO_ROOM:
            _tell_fault()
        terminal.forget_output()
        typer.echo(f"allocator: standard output: it can't be written ({error.strerror})", err=True)
        sys.exit(UNUSABLE)
    except Exception:  # noqa: BLE001 - told in full
        _tell_fault()


def _signalled(interrupt: KeyboardInterrupt) -> int:
    return SIGNALLED + (interrupt.number if isinstance(interrupt, _Stopped) else signal.SIGINT)


def _tell_fault() -> NoReturn:
    """Show what went wrong, and end; not with Python's exit code 1, which says INCOMPLETE here."""
    traceback.print_exc()
    typer.echo("allocator: this is a fault of allocator itself; please report it with the lines above", err=True)
    sys.exit(FAULTY)
