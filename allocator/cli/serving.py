"""serve: a stand-in for the vendor's API on this machine."""

from __future__ import annotations

from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from allocator.cli import terminal
from allocator.cli.app import app, interruptible
from allocator.errors import AllocatorError, OptionError, install_hint

_MEGABYTE = 2**20


class Errors(StrEnum):
    """Which errors an answer holds."""

    FIRST = "first"
    ALL = "all"


@app.command()
def serve(
    database: Annotated[Path, typer.Option(help="SQLite file that keeps the account; made if it is not there.")],
    stock: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Numbers to start with: CSV, Parquet or a listing (XML; repeat the option for each page).",
        ),
    ] = None,
    links: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE", help="Links to start with, in the same forms; without them, every link_id exists."
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes any free one.", min=0, max=65535)] = 8444,
    max_body_mb: Annotated[float, typer.Option(help="The longest request body, in megabytes (2^20 bytes).")] = 16.0,
    body_timeout: Annotated[float, typer.Option(help="How long a body may take to arrive, in seconds.")] = 30.0,
    errors: Annotated[
        Errors, typer.Option(help="Answer with the first error in the order of checks, or with all of them.")
    ] = Errors.FIRST,
) -> None:
    """Imitate the vendor's API on this machine.

    Answers PUT /Links?v=3&method=attachVoxnumberToLink as the API's page says, until you stop it. Each attachment is
    saved in the database before it is answered, and is there on the next start. Three addresses are its own:
    GET /links.csv, /voxnumbers.csv and /healthz. It logs one line of JSON for each request to standard error.

    It asks for no key and does not encrypt: use it on this machine, or in a network that you trust.

    Example: allocator serve --stock stock.csv --links links.csv --database account.sqlite
    """
    _check_positive(("max_body_mb", max_body_mb), ("body_timeout", body_timeout))
    try:
        from allocator.account import Limits, address_of, listen, log_rejected, log_to_stderr, open_store
        from allocator.account import serve as answer_calls
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library == "allocator":
            raise
        raise AllocatorError(
            f"serving needs {library}, which is not installed", remedy=install_hint("server")
        ) from error
    limits = Limits(body_bytes=int(max_body_mb * _MEGABYTE), body_s=body_timeout)
    log_to_stderr()
    with ExitStack() as closing:
        with interruptible():
            listening = closing.enter_context(listen(host, port))
            with terminal.busy("Opening the database" if stock is None else "Making the database"):
                store = open_store(database, stock, links)
            closing.callback(store.close)
            log_rejected(store)

        def announce() -> None:
            with terminal.printing():
                typer.echo(f"Listening on {address_of(listening)}")

        answer_calls(store, listening, limits=limits, errors=errors.value, ready=announce)


def _check_positive(*options: tuple[str, float]) -> None:
    for name, value in options:
        if not 0 < value < float("inf"):
            raise OptionError(f"{name} is not more than 0", value=value, remedy="Give a number above 0.")
