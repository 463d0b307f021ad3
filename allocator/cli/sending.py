"""send and reconcile: a plan goes out, and is compared with what came of it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

import allocator
from allocator.account import RETRIES, TIMEOUT_S, Outcome, Reconciliation, Sent, State, missing_variables, read_ledger
from allocator.cli import terminal
from allocator.cli.app import COMPLETE, INCOMPLETE, SIGNALLED, app, interruptible
from allocator.cli.terminal import Table, counted, printable
from allocator.errors import AllocatorError
from allocator.plans import LEDGER

_FOLDER = typer.Argument(metavar="FOLDER", help="A plan's folder.")
_SHOWN = 20
_AGAIN = "Run the same command again to go on."


@app.command()
def send(
    folder: Annotated[Path, _FOLDER],
    url: Annotated[str, typer.Option(help="Where to, such as https://api.iovox.com:444; the path is added.")],
    yes: Annotated[bool, typer.Option("--yes", help="Send. Without it, only tell what would be sent.")] = False,
    retries: Annotated[
        int, typer.Option(help="Calls to add to a batch after a broken connection or a 500, each after a longer wait.")
    ] = RETRIES,
    timeout: Annotated[float, typer.Option(help="How long to wait for the server, seconds.")] = TIMEOUT_S,
    retry_refused: Annotated[
        bool, typer.Option("--retry-refused", help="Send again what was refused in an earlier run.")
    ] = False,
    insecure_http: Annotated[
        bool, typer.Option("--insecure-http", help="Let the key go over http to another machine, for all to read.")
    ] = False,
    as_json: terminal.Json = False,
) -> None:
    """Send a plan to the API, batch by batch.

    A dry run unless --yes is given. The key comes from the environment: IOVOX_USERNAME and IOVOX_SECURE_KEY. Every
    call is noted in the plan's folder, in ledger.jsonl, before and after: after any cut, run the same command again.

    Exit code 0 when every batch is attached (and for a dry run), 1 when some are not, 2 when it can't go on.

    Example: allocator send plan --url https://api.iovox.com:444 --yes
    """
    with _going_on(folder), _progress() as tell:
        sent = allocator.send(
            folder, url, yes=yes, retries=retries, timeout_s=timeout, retry_refused=retry_refused,
            insecure_http=insecure_http, progress=tell,
        )  # fmt: skip
    with terminal.printing():
        if as_json:
            told = {"url": sent.url, "dry": sent.dry, "complete": sent.ok, "stopped": sent.stopped}
            terminal.show_json(told, {"batches": sent.batches})
        else:
            _show_sent(sent, folder, retry_refused)
    if sent.stopped:
        sys.stderr.write(f"allocator: {printable(sent.stopped)}. {_AGAIN}\n")
    raise typer.Exit(COMPLETE if sent.dry or sent.ok else INCOMPLETE)


@app.command()
def reconcile(
    folder: Annotated[Path, _FOLDER],
    listing: Annotated[
        list[str],
        typer.Argument(metavar="LISTING", help="The account's numbers now: getVoxnumbers (XML, all pages), or CSV."),
    ],
    output: Annotated[Path | None, typer.Option(help="File to write the drift to, as CSV.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file that is there.")] = False,
    as_json: terminal.Json = False,
) -> None:
    """Compare a plan with the account, link by link.

    Exit code 0 when all is as planned, 1 when something has drifted, 2 when it can't be told.

    Example: allocator reconcile plan voxnumbers.xml --output drift.csv
    """
    with interruptible(), terminal.busy("Comparing"):
        found = allocator.reconcile(folder, listing[0] if len(listing) == 1 else listing)
        if output is not None:
            found.write(output, force=force)
    with terminal.printing():
        if as_json:
            told = {"counts": dict(found.counts), "as_planned": found.ok, "listing": found.listing}
            terminal.show_json(told, {"drift": found.drift})
        else:
            _show_reconciliation(found, output)
    raise typer.Exit(COMPLETE if found.ok else INCOMPLETE)


# --- interrupts ------------------------------------------------------------------------------------------------------


@contextmanager
def _going_on(folder: Path) -> Iterator[None]:
    """Let an interrupt end in a sentence that says how far it came and how to go on."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        typer.echo(f"allocator: interrupted, {_known(folder)}", err=True)
        raise typer.Exit(SIGNALLED + getattr(interrupt, "number", signal.SIGINT)) from None


def _known(folder: Path) -> str:
    try:
        record = read_ledger(folder)
    except AllocatorError as error:
        return str(error)
    if record.binding is None or not record.states:
        return "nothing was sent"
    attached = sum(one.outcome.attached for one in record.states.values())
    doubtful = [f"{batch:,}" for batch, one in record.states.items() if one.outcome is Outcome.IN_DOUBT]
    doubt = f" (in doubt: batch {', '.join(doubtful)})" if doubtful else ""
    return f"{attached:,} of {counted(record.binding.requests, 'request')} attached{doubt}. {_AGAIN}"


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None] | None]:
    """A bar over the batches, on standard error, and only on a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Looking through the plan", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


# --- what is printed -------------------------------------------------------------------------------------------------

_TOLD = {
    (Outcome.ATTACHED, True): "attached already, left alone",
    (Outcome.ATTACHED_UNSEEN, True): "attached already (by a call that was cut off), left alone",
    (Outcome.REFUSED, True): "refused before, left alone without --retry-refused",
    (Outcome.IN_DOUBT, True): "in doubt, as a call was cut off: would be sent again",
    (Outcome.NOT_SENT, True): "would be sent",
    (Outcome.ATTACHED, False): "attached",
    (Outcome.ATTACHED_UNSEEN, False): "attached, by a call that was cut off",
    (Outcome.REFUSED, False): "refused",
    (Outcome.IN_DOUBT, False): "in doubt: a call was cut off",
    (Outcome.NOT_SENT, False): "not sent",
}


def _show_sent(sent: Sent, folder: Path, retry_refused: bool) -> None:
    links = int(sent.batches["links"].sum())
    terminal.show(
        f"Plan of {counted(links, 'link')}, to {sent.url}",
        *(["Dry run: nothing is sent without --yes"] if sent.dry else []),
        "",
        Table(("batches", "links", ""), tuple(_counts(sent, retry_refused)), frozenset({"batches", "links"})),
        *_refused(sent, folder),
        *_advice(sent, folder),
    )


def _counts(sent: Sent, retry_refused: bool) -> Iterator[tuple[str, str, str]]:
    if sent.batches.is_empty():
        yield "0", "0", "to send, as no link of the plan has a number"
    for outcome in Outcome:
        some = sent.batches.filter(outcome=outcome.value)
        if some.height:
            again = sent.dry and retry_refused and outcome is Outcome.REFUSED
            told = "refused before: would be sent again" if again else _TOLD[outcome, sent.dry]
            yield f"{some.height:,}", f"{some['links'].sum():,}", told


def _refused(sent: Sent, folder: Path) -> Iterator[str | Table]:
    """The batches that were refused, each with its error and the link that it speaks of."""
    refused = sent.batches.filter(outcome=Outcome.REFUSED.value)
    if refused.is_empty():
        return
    shown = refused.select("batch", "error", "link_id").head(_SHOWN)
    rows = [
        (f"{batch}", printable(error or ""), printable(link_id or "")) for batch, error, link_id in shown.iter_rows()
    ]
    yield ""
    yield Table(("batch", "refused with", "link_id"), tuple(rows), frozenset({"batch"}))
    if refused.height > _SHOWN:
        yield f"and {refused.height - _SHOWN:,} more, see {printable(str(folder / LEDGER))}"


def _advice(sent: Sent, folder: Path) -> Iterator[str]:
    outcomes = set(sent.batches["outcome"])
    name = printable(str(folder))
    if sent.dry:
        unset = missing_variables(sent.url)
        yield from ("", f"Not set yet in the environment: {' and '.join(unset)}") if unset else ()
        return
    yield ""
    if outcomes & {Outcome.ATTACHED_UNSEEN.value, Outcome.IN_DOUBT.value, Outcome.REFUSED.value}:
        yield f"To be sure of every link, list the account's numbers and run: allocator reconcile {name} LISTING"
    yield f"Every call is in {printable(str(folder / LEDGER))}"


_KIND = {
    State.AS_PLANNED: "as planned",
    State.VOXNUMBER_NOT_LISTED: "the number is not in the listing",
    State.VOXNUMBER_LISTED_TWICE: "the number is in the listing more than once",
    State.VOXNUMBER_ON_ANOTHER_LINK: "the number is on another link",
    State.VOXNUMBER_ON_UNNAMED_LINK: "the number is on a link that the listing does not name",
    State.LINK_HAS_SECOND_VOXNUMBER: "the link has a second number besides",
    State.LINK_HAS_ANOTHER_VOXNUMBER: "the link has another number, and the planned one is free",
    State.NOT_ATTACHED: "not attached: the number is free, and the link has none",
}


def _show_reconciliation(found: Reconciliation, output: Path | None) -> None:
    rows = [(f"{links:,}", _KIND[State(state)]) for state, links in found.counts.items()]
    terminal.show(
        f"Plan of {counted(found.table.height, 'attachment')}, beside {printable(found.listing)}",
        "",
        Table(("links", ""), tuple(rows), frozenset({"links"})),
        *_unreadable(found),
        *_drift(found, output),
    )


def _unreadable(found: Reconciliation) -> Iterator[str]:
    if found.rejected.height:
        row, message = found.rejected.select("row", "message").row(0)
        yield ""
        yield f"{counted(found.rejected.height, 'row')} of the listing can't be read; the first, row {row}: {message}"


def _drift(found: Reconciliation, output: Path | None) -> Iterator[str | Table]:
    if output is not None:
        yield ""
        yield f"{counted(found.drift.height, 'drifting link')} written to {printable(str(output))}"
    elif not found.ok:
        shown = found.drift.select("link_id", "message").head(_SHOWN)
        yield ""
        yield Table(("link_id", ""), tuple(tuple(map(printable, row)) for row in shown.iter_rows()))
        if found.drift.height > _SHOWN:
            yield f"and {found.drift.height - _SHOWN:,} more: give --output to have them all"
