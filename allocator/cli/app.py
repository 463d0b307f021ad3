"""The command itself: its options, its exit codes, and a sentence for every way that it can end."""

from __future__ import annotations

import difflib
import errno
import re
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

import allocator
from allocator.cli import terminal
from allocator.cli.distribution import clash, clash_behind
from allocator.errors import AllocatorError

# Exit codes: all is done; all is done, but some links have no number (or something is wrong); it could not be done.
COMPLETE, INCOMPLETE, UNUSABLE = 0, 1, 2
# A fault of this program; a signal, whose number is added, as shells do.
FAULTY, SIGNALLED = 70, 128
# The system's errors when there is no room to write, or the disk fails.
_NO_ROOM = {getattr(errno, name, None) for name in ("ENOSPC", "EDQUOT", "EFBIG", "EIO")}

_NOT_ONE_OF = re.compile(r"(?:Value error, )?(?P<wrong>'.*' is not one of (?P<values>'[^']*'(?:, '[^']*')*)\.?)")


class _Commands(TyperGroup):
    """The commands; an option's value that does not exist is answered with the one most like it."""

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
            typer.echo(f"allocator {allocator.__version__}, data of {data_version()['edition']}")
            if advice := clash():
                typer.echo(f"Warning: {advice}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


class _Stopped(KeyboardInterrupt):
    """A signal asked the process to end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def _stop(number: int, _: FrameType | None) -> None:
    """Interrupt the command, unless it is ending because of an interrupt: polars raises one of its own as well."""
    if not isinstance(sys.exception(), KeyboardInterrupt):
        raise _Stopped(number)


def _handle_signals() -> None:
    """Turn signals into interrupts, so that half-written files are removed; a signal that is ignored stays ignored."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _stop)


@contextmanager
def interruptible(state: Callable[[], str] = lambda: "nothing was written") -> Iterator[None]:
    """End an interrupt with a sentence.

    Parameters
    ----------
    state
        Says what was done so far. It is called after everything half-written has been removed.
    """
    try:
        yield
    except KeyboardInterrupt as interrupt:
        typer.echo(f"allocator: interrupted, {state()}", err=True)
        raise typer.Exit(_signalled(interrupt)) from None


def main() -> None:
    """Run the command; anything that a user can cause ends with a sentence, never with a traceback."""
    terminal.prepare()
    _handle_signals()
    try:
        # By its name, even when it is run as a module: the scripts for completion call it by this name.
        app(prog_name="allocator")
    except AllocatorError as error:
        typer.echo(f"allocator: {error}", err=True)
        sys.exit(UNUSABLE)
    except KeyboardInterrupt as interrupt:  # before a command began, or in one that leaves nothing half-written
        typer.echo("allocator: interrupted", err=True)
        sys.exit(_signalled(interrupt))
    except OSError as error:
        if error.errno not in _NO_ROOM:
            _end_as_faulty()
        terminal.discard_output()
        typer.echo(f"allocator: standard output: it can't be written ({error.strerror})", err=True)
        sys.exit(UNUSABLE)
    except Exception as error:  # noqa: BLE001 - shown in full
        if advice := clash_behind(error):
            typer.echo(f"allocator: {error}: {advice}", err=True)
            sys.exit(UNUSABLE)
        _end_as_faulty()


def _signalled(interrupt: KeyboardInterrupt) -> int:
    return SIGNALLED + (interrupt.number if isinstance(interrupt, _Stopped) else signal.SIGINT)


def _end_as_faulty() -> NoReturn:
    """Show the traceback, and end with a code of its own: Python's would be 1, which means INCOMPLETE here."""
    traceback.print_exc()
    typer.echo("allocator: this is a fault in allocator itself. Please report it with the lines above.", err=True)
    sys.exit(FAULTY)
