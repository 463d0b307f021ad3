"""The stand-in over HTTP: it takes requests to the store and sends the answers back.

`PUT /Links?v=3&method=attachVoxnumberToLink` is the vendor's call, and the account answers it. The stand-in adds what
the vendor's API does not have:

- `GET /links.csv`: `link_id,full_voxnumber`, every link and its number;
- `GET /voxnumbers.csv`: `full_voxnumber,area_code,link_id`, every number and its link;
- `GET /healthz`: JSON with `status` and the counts `links`, `numbers`, `attached`;
- the HTTP codes 404 (another path), 405, 408 (a body that does not arrive), 413 (a body that is too long).

Every request is logged with one line: time, method, path, status, links attached, milliseconds and the first error.
Headers, query strings and bodies are not logged.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import Message, Receive, Scope, Send

from allocator.account.answering import Answer, Errors, error_body
from allocator.account.standin.store import AnswerOrError, Call, Store
from allocator.plans import csv_bytes
from allocator.protocol import PATH, ROWS, Row

logger = logging.getLogger("allocator.account.standin")

# Most calls to settle in one transaction: enough to share a sync of the disk, few enough that none waits long.
_AT_ONCE = 64
_SHOWN = 200  # characters of an error that the log repeats


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a request.

    Attributes
    ----------
    body_bytes
        Length of the longest body, bytes.
    body_s
        How long a body may take to arrive, seconds.
    """

    body_bytes: int = 16 * 2**20
    body_s: float = 30.0


class _Refusal(Exception):  # noqa: N818 - an answer, not a fault of the program
    """An error for a request that never reaches the account."""

    def __init__(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers

    @classmethod
    def of(cls, row: Row, *values: object, headers: dict[str, str] | None = None) -> _Refusal:
        return cls(row.status, row.format(*values), headers)


@dataclass(slots=True)
class _Note:
    """What the log says about a request besides what goes over the wire."""

    links: int = 0
    error: str | None = None
    cause: Exception | None = None


class StandIn:
    """An ASGI application that answers attachVoxnumberToLink.

    Parameters
    ----------
    store
        The account. The application does not close it.
    limits
        The limits of a request.
    errors
        Which errors to answer with: the "first" by the order of checks, or "all".

    Notes
    -----
    A thread settles requests one after the other. Those that wait at the same time share a transaction, and each is
    answered once it is on disk. `benchmarks/README.md` has figures for eight clients.

    Examples
    --------
    >>> import tempfile
    >>> from allocator.account.standin.store import open_store
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = open_store(f"{folder}/account.sqlite", pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    ...     application = StandIn(store)
    ...     [route.path for route in application.routes]
    ...     store.close()
    ['/Links', '/links.csv', '/voxnumbers.csv', '/healthz']
    """

    def __init__(self, store: Store, limits: Limits | None = None, *, errors: Errors = "first") -> None:
        self._store = store
        self._limits = limits or Limits()
        self._errors = errors
        self._waiting: asyncio.Queue[tuple[Call, asyncio.Future[AnswerOrError]]] = asyncio.Queue()
        self.routes = [
            Route(PATH, _Endpoint(self._attach)),
            Route("/links.csv", _Endpoint(_reading(self._links_csv))),
            Route("/voxnumbers.csv", _Endpoint(_reading(self._voxnumbers_csv))),
            Route("/healthz", _Endpoint(_reading(self._health))),
        ]
        self._router = Router(
            self.routes, redirect_slashes=False, default=_Endpoint(_unknown_path), lifespan=self._lifespan
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an ASGI call, and log it."""
        if scope["type"] != "http":
            await self._router(scope, receive, send)
            return
        began = time.perf_counter()
        note = scope["allocator.note"] = _Note()
        status: int | None = None

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._router(scope, receive, noting)
        finally:
            _log(scope, note, status, time.perf_counter() - began)

    @asynccontextmanager
    async def _lifespan(self, _: object) -> AsyncIterator[None]:
        settling = asyncio.create_task(self._settle())
        try:
            yield
        finally:
            settling.cancel()
            with suppress(asyncio.CancelledError):
                await settling

    async def _settle(self) -> None:
        """Settle the calls that wait, for as long as the server runs."""
        while True:
            group = [await self._waiting.get()]
            while len(group) < _AT_ONCE and not self._waiting.empty():
                group.append(self._waiting.get_nowait())
            outcomes = await asyncio.to_thread(self._store.settle, [call for call, _ in group], errors=self._errors)
            for (_, settled), outcome in zip(group, outcomes, strict=True):
                if not settled.done():  # the client may have left
                    settled.set_result(outcome)

    async def _attach(self, request: Request) -> Response:
        body = await self._body(request)
        call = Call(request.method, request.scope["query_string"].decode("latin-1"), body)
        settled: asyncio.Future[AnswerOrError] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((call, settled))
        outcome = await settled
        if not isinstance(outcome, Answer):
            raise outcome
        note = _note(request)
        note.links = len(outcome.link_ids)
        if outcome.faults:
            note.error = outcome.faults[0].text
        return _response(outcome.status, outcome.body)

    async def _body(self, request: Request) -> bytes:
        """The body.

        Raises
        ------
        _Refusal
            It is too long, or did not arrive in time.
        """
        most = self._limits.body_bytes
        too_large = _Refusal.of(ROWS["BODY_TOO_LARGE"], most)
        if int(request.headers.get("content-length", 0)) > most:
            raise too_large
        chunks: list[bytes] = []
        length = 0
        try:
            async with asyncio.timeout(self._limits.body_s):
                async for chunk in request.stream():
                    chunks.append(chunk)
                    length += len(chunk)
                    if length > most:
                        raise too_large
        except TimeoutError:
            # The rest of the body is not read, so nothing can follow on this connection.
            closing = {"Connection": "close"}
            raise _Refusal.of(ROWS["BODY_TOO_SLOW"], f"{self._limits.body_s:g}", headers=closing) from None
        return b"".join(chunks)

    def _links_csv(self) -> Response:
        return _csv(self._store.links_table())

    def _voxnumbers_csv(self) -> Response:
        return _csv(self._store.voxnumbers_table())

    def _health(self) -> Response:
        return JSONResponse({"status": "ok", **asdict(self._store.counts())})


class _Endpoint:
    """An application out of a coroutine that answers any HTTP method; an exception becomes an answer too."""

    def __init__(self, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        note = _note(request)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            note.error = "The client left before its request was complete"
            return
        except _Refusal as refusal:
            note.error = refusal.text
            response = _response(refusal.status, error_body([(refusal.status, refusal.text)]), refusal.headers)
        except Exception as error:  # noqa: BLE001 - 500 to the client, the cause to the log
            row = ROWS["INTERNAL_SERVER_ERROR"]
            note.error, note.cause = row.text, error
            response = _response(row.status, error_body([(row.status, row.text)]))
        await response(scope, receive, send)


def _reading(read: Callable[[], Response]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that shows the state; it runs in a thread because it waits for its turn."""

    async def answer(request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            text = f"Request Method must be GET. {request.method} attempted"
            raise _Refusal(405, text, {"Allow": "GET, HEAD"})
        return await asyncio.to_thread(read)

    return answer


async def _unknown_path(request: Request) -> Response:
    raise _Refusal.of(ROWS["PATH_UNKNOWN"], request.url.path)


def _response(status: int, body: bytes, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers, media_type="application/xml" if body else None)


def _csv(table: pl.DataFrame) -> Response:
    return Response(csv_bytes(table), media_type="text/csv")


def _note(request: Request) -> _Note:
    note: _Note = request.scope["allocator.note"]
    return note


def _log(scope: Scope, note: _Note, status: int | None, took_s: float) -> None:
    fields: dict[str, Any] = {
        "method": scope["method"],
        "path": scope["path"],
        "status": status,
        "links": note.links,
        "ms": round(took_s * 1e3, 2),
        "error": note.error,
    }
    if note.cause is not None:
        fields["cause"] = f"{type(note.cause).__name__}: {note.cause}"[:_SHOWN]
        # An error of the disk or of SQLite explains itself; any other is a bug and needs its traceback, without values.
        if not isinstance(note.cause, sqlite3.Error | OSError):
            fields["frames"] = [line.strip() for line in traceback.format_tb(note.cause.__traceback__)]
    logger.log(logging.ERROR if note.cause else logging.INFO, "request", extra={"fields": fields})
