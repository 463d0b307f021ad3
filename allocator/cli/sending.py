"""send and reconcile: a plan is sent, and compared with the account afterwards."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

import allocator
from allocator.account import RETRIES, TIMEOUT_S, Outcome, Reconciliation, Sent, State, missing_variables, read_ledger
from allocator.cli import terminal
from allocator.cli.app import COMPLETE, INCOMPLETE, app, interruptible
from allocator.cli.options import Force, Json, PlanFolder
from allocator.cli.terminal import Table, printable
from allocator.errors import AllocatorError
from allocator.notation import counted
from allocator.plans import LEDGER

_ROWS = 20
_GO_ON = "Run the same command again to go on."


@app.command()
def send(
    folder: PlanFolder,
    url: Annotated[
        str, typer.Option(help="The API's address, such as https://api.iovox.com:444; the path is added to it.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Send. Without it, only say what would be sent.")] = False,
    retries: Annotated[
        int,
        typer.Option(
            help="How often to try a batch again after a broken connection or a 500, with longer and longer waits."
        ),
    ] = RETRIES,
    timeout: Annotated[float, typer.Option(help="How long to wait for the server, in seconds.")] = TIMEOUT_S,
    retry_refused: Annotated[
        bool, typer.Option("--retry-refused", help="Send what was refused in an earlier run again.")
    ] = False,
    insecure_http: Annotated[
        bool,
        typer.Option(
            "--insecure-http", help="Allow http to another machine, though anyone on the way can read your key."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Send a plan to the API, batch by batch.

    This is a dry run unless you add --yes. The key is read from the environment: IOVOX_USERNAME and IOVOX_SECURE_KEY.
    Before and after each call, a line is written to ledger.jsonl in the plan's folder. If anything stops the run, run
    the same command again: it goes on, and attaches nothing twice.

    Exit code 0 when every batch is attached (and for a dry run), 1 when some are not, 2 when it can't go on.

    Example: allocator send plan --url https://api.iovox.com:444 --yes
    """
    with interruptible(partial(_sent_so_far, folder)), terminal.bar("Reading the plan") as update:
        sent = allocator.send(
            folder, url, yes=yes, retries=retries, timeout_s=timeout, retry_refused=retry_refused,
            insecure_http=insecure_http, progress=update,
        )  # fmt: skip
    with terminal.printing():
        if as_json:
            summary = {"url": sent.url, "dry": sent.dry, "complete": sent.ok, "stopped": sent.stopped}
            terminal.show_json(summary, {"batches": sent.batches})
        else:
            terminal.show(*_sent(sent, folder, retry_refused))
    if sent.stopped:
        sys.stderr.write(f"allocator: {printable(sent.stopped)}. {_GO_ON}\n")
    raise typer.Exit(COMPLETE if sent.dry or sent.ok else INCOMPLETE)


@app.command()
def reconcile(
    folder: PlanFolder,
    listing: Annotated[
        list[str],
        typer.Argument(metavar="LISTING", help="The account's numbers now: getVoxnumbers (XML, all pages), or CSV."),
    ],
    output: Annotated[Path | None, typer.Option(help="CSV file for the links that are not as planned.")] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Compare a plan with the account, link by link.

    Exit code 0 when all is as planned, 1 when something is not, 2 when they can't be compared.

    Example: allocator reconcile plan voxnumbers.xml --output drift.csv
    """
    with interruptible(), terminal.busy("Comparing"):
        found = allocator.reconcile(folder, listing[0] if len(listing) == 1 else listing)
        if output is not None:
            found.write(output, force=force)
    with terminal.printing():
        if as_json:
            summary = {"counts": dict(found.counts), "as_planned": found.ok, "listing": found.listing}
            terminal.show_json(summary, {"drift": found.drift})
        else:
            terminal.show(*_reconciled(found, output))
    raise typer.Exit(COMPLETE if found.ok else INCOMPLETE)


def _sent_so_far(folder: Path) -> str:
    try:
        record = read_ledger(folder)
    except AllocatorError as error:
        return str(error)
    if record.binding is None or not record.states:
        return "nothing was sent"
    attached = sum(one.outcome.attached for one in record.states.values())
    doubtful = [f"{batch:,}" for batch, one in record.states.items() if one.outcome is Outcome.IN_DOUBT]
    doubt = f" (in doubt: batch {', '.join(doubtful)})" if doubtful else ""
    return f"{attached:,} of {counted(record.binding.requests, 'request')} attached{doubt}. {_GO_ON}"


# --- what send prints ------------------------------------------------------------------------------------------------

_OUTCOMES = {
    (Outcome.ATTACHED, True): "already attached, left alone",
    (Outcome.ATTACHED_UNSEEN, True): "already attached (by a call that was cut off), left alone",
    (Outcome.REFUSED, True): "refused before, left alone unless you add --retry-refused",
    (Outcome.IN_DOUBT, True): "in doubt, as a call was cut off; would be sent again",
    (Outcome.NOT_SENT, True): "would be sent",
    (Outcome.ATTACHED, False): "attached",
    (Outcome.ATTACHED_UNSEEN, False): "attached, by a call that was cut off",
    (Outcome.REFUSED, False): "refused",
    (Outcome.IN_DOUBT, False): "in doubt: a call was cut off",
    (Outcome.NOT_SENT, False): "not sent",
}


def _sent(sent: Sent, folder: Path, retry_refused: bool) -> Iterator[str | Table]:
    yield f"Plan of {counted(int(sent.batches['links'].sum()), 'link')}, to {sent.url}"
    if sent.dry:
        yield "Dry run: nothing is sent without --yes"
    yield ""
    yield Table(("batches", "links", ""), tuple(_counts(sent, retry_refused)), frozenset({"batches", "links"}))
    yield from _refused(sent, folder)
    yield from _advice(sent, folder)


def _counts(sent: Sent, retry_refused: bool) -> Iterator[tuple[str, str, str]]:
    if sent.batches.is_empty():
        yield "0", "0", "to send, as no link of the plan has a number"
    for outcome in Outcome:
        some = sent.batches.filter(outcome=outcome.value)
        if some.height:
            again = sent.dry and retry_refused and outcome is Outcome.REFUSED
            words = "refused before, would be sent again" if again else _OUTCOMES[outcome, sent.dry]
            yield f"{some.height:,}", f"{some['links'].sum():,}", words


def _refused(sent: Sent, folder: Path) -> Iterator[str | Table]:
    """List the refused batches, each with its error and the link that the error names."""
    refused = sent.batches.filter(outcome=Outcome.REFUSED.value).select("batch", "error", "link_id")
    if refused.is_empty():
        return
    yield ""
    yield _texts(refused.head(_ROWS).rows(), ("batch", "refused with", "link_id"), frozenset({"batch"}))
    if refused.height > _ROWS:
        yield f"and {refused.height - _ROWS:,} more, see {printable(str(folder / LEDGER))}"


def _texts(rows: list[tuple[object, ...]], columns: tuple[str, ...], right: frozenset[str] = frozenset()) -> Table:
    return Table(
        columns, tuple(tuple("" if cell is None else printable(f"{cell}") for cell in row) for row in rows), right
    )


def _advice(sent: Sent, folder: Path) -> Iterator[str]:
    if sent.dry:
        unset = missing_variables(sent.url)
        yield from ("", f"Not set yet in the environment: {' and '.join(unset)}") if unset else ()
        return
    yield ""
    if {Outcome.ATTACHED_UNSEEN.value, Outcome.IN_DOUBT.value, Outcome.REFUSED.value} & set(sent.batches["outcome"]):
        name = printable(str(folder))
        yield f"To be sure of every link, list the account's numbers and run: allocator reconcile {name} LISTING"
    yield f"Every call is in {printable(str(folder / LEDGER))}"


# --- what reconcile prints -------------------------------------------------------------------------------------------

_STATES = {
    State.AS_PLANNED: "as planned",
    State.VOXNUMBER_NOT_LISTED: "the number is not in the listing",
    State.VOXNUMBER_LISTED_TWICE: "the number is in the listing more than once",
    State.VOXNUMBER_ON_ANOTHER_LINK: "the number is on another link",
    State.VOXNUMBER_ON_UNNAMED_LINK: "the number is on a link that the listing does not name",
    State.LINK_HAS_SECOND_VOXNUMBER: "the link has the number, and a second one as well",
    State.LINK_HAS_ANOTHER_VOXNUMBER: "the link has another number, and the planned one is free",
    State.NOT_ATTACHED: "not attached: the number is free, and the link has none",
}


def _reconciled(found: Reconciliation, output: Path | None) -> Iterator[str | Table]:
    rows = tuple((f"{links:,}", _STATES[State(state)]) for state, links in found.counts.items())
    yield from (f"Plan of {counted(found.table.height, 'attachment')}, compared with {printable(found.listing)}", "")
    yield Table(("links", ""), rows, frozenset({"links"}))
    if found.rejected.height:
        row, message = found.rejected.select("row", "message").row(0)
        yield from (
            "",
            f"{counted(found.rejected.height, 'row')} of the listing can't be read; the first, row {row}: {message}",
        )
    drift = found.drift.select("link_id", "message")
    if output is not None:
        yield from ("", f"{counted(drift.height, 'link')} not as planned, written to {printable(str(output))}")
    elif drift.height:
        yield ""
        yield _texts(drift.head(_ROWS).rows(), ("link_id", ""))
        if drift.height > _ROWS:
            yield f"and {drift.height - _ROWS:,} more; --output FILE lists them all"
