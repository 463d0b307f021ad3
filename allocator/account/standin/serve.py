"""The stand-in as a server: a socket, uvicorn, and a log with one JSON line for each event."""

from __future__ import annotations

import errno
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import uvicorn

from allocator.account.answering import Errors
from allocator.account.standin.app import Limits, StandIn
from allocator.account.standin.store import Store
from allocator.errors import OptionError

# Requests in progress get this long when the server ends, as a body may be slow to arrive.
_GRACE_S = 10
# Clients keep connections open for later, and not all cope with one that the server has closed.
_KEEP_ALIVE_S = 75
_BACKLOG = 2048
_PROBLEMS = {
    errno.EADDRINUSE: ("it is in use", "Give another --port, or 0 for any that is free."),
    errno.EACCES: ("this user may not listen there", "Give a --port of 1024 or above."),
    errno.EADDRNOTAVAIL: ("this machine has no such address", "Give another --host, such as 127.0.0.1."),
}


class JsonLines(logging.Formatter):
    """Formats a record of the log as one line of JSON.

    Examples
    --------
    >>> record = logging.LogRecord("allocator.account.standin", logging.INFO, "", 0, "request", None, None)
    >>> record.created, record.fields = 0.0, {"status": 204}
    >>> print(JsonLines().format(record))
    {"time": "1970-01-01T00:00:00.000+00:00", "level": "info", "event": "request", "status": 204}
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line, without a line feed."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def listen(host: str, port: int) -> socket.socket:
    """Listen on an address.

    Parameters
    ----------
    host
        A name or an address of this machine.
    port
        0 for any that is free.

    Raises
    ------
    OptionError
        The address can't be used, or is in use.

    Examples
    --------
    >>> with listen("127.0.0.1", 0) as listening:
    ...     listening.getsockname()[0]
    '127.0.0.1'
    """
    where = f"{host}:{port}"
    try:
        (family, *_, address), *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        return _listening(family, address)
    except (OSError, OverflowError, UnicodeError) as error:
        number = error.errno if isinstance(error, OSError) else None
        what = getattr(error, "strerror", None) or str(error)
        problem, remedy = _PROBLEMS.get(number or 0, (what, "Correct --host and --port."))
        raise OptionError(f"can't listen on {where}: {problem}", remedy=remedy) from error


def _listening(family: int, address: tuple[Any, ...]) -> socket.socket:
    # asyncio sets TCP_NODELAY only on a socket with an explicit protocol. Without it, the body of an answer waits 40 ms
    # for the client's delayed acknowledgement of the head.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it lets two servers have one port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except BaseException:
        listening.close()
        raise
    return listening


def address_of(listening: socket.socket) -> str:
    """The URL at which a socket listens.

    Examples
    --------
    >>> with listen("127.0.0.1", 0) as listening:
    ...     address_of(listening).rpartition(":")[0]
    'http://127.0.0.1'
    """
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """uvicorn with a call when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def serve(
    store: Store,
    listening: socket.socket,
    *,
    limits: Limits | None = None,
    errors: Errors = "first",
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve a store until a signal ends it.

    Parameters
    ----------
    store
        The account.
    listening
        Where to listen; closed at the end.
    limits, errors
        See `allocator.account.standin.app.StandIn`.
    ready
        Called once, as soon as requests are answered.
    """
    config = uvicorn.Config(
        StandIn(store, limits, errors=errors),
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
    )
    server = _Server(config, ready)
    hang_up = getattr(signal, "SIGHUP", None)
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        signal.signal(hang_up, server.handle_exit)
    # uvicorn shuts down in order and then raises the signal again, which has no further effect here.
    with listening, suppress(KeyboardInterrupt):
        server.run(sockets=[listening])


def log_to_stderr() -> None:
    """Write the log of the stand-in and the warnings of uvicorn to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name, level in (
        ("allocator.account.standin", logging.INFO),
        ("uvicorn", logging.WARNING),
        ("asyncio", logging.WARNING),
    ):
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(level)
        logger.propagate = False


def log_rejected(store: Store) -> None:
    """Log the rows of the stock that could not be read when the store was made.

    Parameters
    ----------
    store
        The account.
    """
    for row in store.rejected.iter_rows(named=True):
        fields = {name: row[name] for name in ("table", "file", "row", "message")}
        logging.getLogger("allocator.account.standin").warning("row rejected", extra={"fields": fields})
