"""The HTTP client, and what an answer means for the batch that was sent.

A request is all or nothing. An answer of 204 means that its links have their numbers, one of 400 that none of them got
a number by it. A call that was cut off leaves its batch in doubt, and the batch is sent again. Either the first call
had no effect, and the second attaches the numbers; or it had, and the API answers that the first link already has a
number. Nothing is attached twice either way.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from types import ModuleType
from typing import TYPE_CHECKING, Self

from allocator.account.endpoint import KEY, USERNAME, Credentials, is_this_machine
from allocator.account.ledger import BatchState, Outcome
from allocator.errors import AllocatorError, OptionError, install_hint
from allocator.protocol import API_METHOD, HTTP_METHOD

if TYPE_CHECKING:
    import httpx
    from lxml import etree


_MOST_ANSWER = 1 << 20  # bytes of an answer that are read
_TRANSIENT = (500, 502, 503, 504)
_ALREADY = re.compile(r"Link ID (\d+) of (\d+) already has a Voxnumber\.?", re.IGNORECASE)
_ERRNO = re.compile(r"^\[Errno -?\d+\] ")


@dataclass(frozen=True, slots=True)
class Reply:
    """The result of a call.

    Attributes
    ----------
    status
        HTTP code; None if no answer came.
    errors
        The texts of the answer's errors.
    problem
        Why no answer came.
    reached
        Whether the request may have reached the server.
    """

    status: int | None = None
    errors: tuple[str, ...] = ()
    problem: str = ""
    reached: bool = True


class Client:
    """A connection to the endpoint, kept open between calls.

    Parameters
    ----------
    url
        Where requests go, see `allocator.account.endpoint.endpoint`.
    credentials
        Name and key, sent as headers.
    timeout_s
        How long to wait for the server at a time, seconds.

    Raises
    ------
    OptionError
        httpx can't use the URL, or a proxy or certificate that the environment names.
    AllocatorError
        httpx is not installed.
    """

    def __init__(self, url: str, credentials: Credentials, timeout_s: float) -> None:
        self._httpx = _load_httpx()
        self._url = url
        self._timeout_s = timeout_s
        headers = credentials.headers | {
            "content-type": "application/xml; charset=utf-8",
            "accept-encoding": "identity",
            "user-agent": "allocator",
        }
        # Calls to this machine ignore the environment's proxy, which would otherwise see the key.
        trusting = not is_this_machine(url)
        try:
            self._httpx.URL(url)
            self._client = self._httpx.Client(headers=headers, timeout=timeout_s, trust_env=trusting)
        except (self._httpx.InvalidURL, ValueError, OSError) as error:  # also of proxies and certificates
            raise OptionError(f"nothing can be sent there ({credentials.hidden(str(error))})", value=url) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def put(self, body: bytes) -> Reply:
        """Send a request and wait for the answer."""
        httpx = self._httpx
        try:
            with _unlogged(), self._client.stream(HTTP_METHOD, self._url, content=body) as response:
                return Reply(response.status_code, _errors_in(self._answer(response)))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Reply(problem=f"no connection ({_reason(error)})", reached=False)
        except httpx.TimeoutException:
            return Reply(problem=f"no answer within {self._timeout_s:g} seconds")
        except httpx.HTTPError as error:
            return Reply(problem=f"the connection broke ({_reason(error)})")

    def _answer(self, response: httpx.Response) -> bytes:
        """The body of an answer, cut at a megabyte; a body that never ends is a timeout."""
        if response.status_code == 204:
            return b""
        deadline = time.monotonic() + self._timeout_s
        body = b""
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > _MOST_ANSWER:
                break
            if time.monotonic() > deadline:
                raise self._httpx.ReadTimeout("the answer does not end")
        return body[:_MOST_ANSWER]


def _reason(error: Exception) -> str:
    return _ERRNO.sub("", str(error)) or type(error).__name__


def _load_httpx() -> ModuleType:
    try:
        import httpx
    except ModuleNotFoundError as error:
        raise AllocatorError("sending needs httpx, which is not installed", remedy=install_hint("send")) from error
    return httpx


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep httpx from logging the request."""
    loggers = [logging.getLogger(name) for name in ("httpx", "httpcore")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _errors_in(body: bytes) -> tuple[str, ...]:
    """The texts of an answer's errors, single-spaced; all of its text if it has no errors or is not XML."""
    if not body.strip():
        return ()
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return (_single_spaced(body.decode("utf-8", "replace")),)
    found = [_text_of(node) for node in root.iter("{*}error")]
    return tuple(filter(None, found or [_text_of(root)]))


def _text_of(node: etree._Element) -> str:
    return _single_spaced("".join(map(str, node.itertext())))


def _single_spaced(text: str) -> str:
    return " ".join(text.split())


# --- what an answer means --------------------------------------------------------------------------------------------


class Next(Enum):
    """What to do after a call."""

    BATCH = "send the next batch"
    AGAIN = "send this batch again"
    STOP = "end the run"


def judge(reply: Reply, before: BatchState, links: int) -> tuple[Outcome, Next]:
    """The batch's new outcome, and what to do next; a call that certainly had no effect keeps the old outcome.

    Parameters
    ----------
    reply
        The result of the call.
    before
        The state of the batch before it.
    links
        Number of links of the batch.

    Examples
    --------
    >>> judge(Reply(204), BatchState(), links=2)
    (<Outcome.ATTACHED: 'attached'>, <Next.BATCH: 'send the next batch'>)
    """
    if reply.status is None:
        return (Outcome.IN_DOUBT if reply.reached else before.outcome), Next.AGAIN
    if reply.status == 204:
        return Outcome.ATTACHED, Next.BATCH
    if reply.status == 400:
        done = before.outcome is Outcome.IN_DOUBT and _carried_out(reply.errors, links)
        return (Outcome.ATTACHED_UNSEEN if done else Outcome.REFUSED), Next.BATCH
    if reply.status in _TRANSIENT:
        return Outcome.IN_DOUBT, Next.AGAIN
    return (before.outcome if 400 < reply.status < 500 else Outcome.IN_DOUBT), Next.STOP


def _carried_out(errors: Sequence[str], links: int) -> bool:
    """Whether the errors mean that an earlier call attached the batch.

    The API answers with the first error, which is then about the first link. A server that answers with all errors
    must have one for every link.
    """
    found = [match.groups() for match in map(_ALREADY.fullmatch, errors) if match]
    if any(int(total) != links for _, total in found):
        return False
    already = {int(number) for number, _ in found}
    return already == {1} if len(errors) == 1 else already == set(range(1, links + 1))


def advice(status: int) -> str:
    """What to do about an answer that ends the run.

    Examples
    --------
    >>> advice(404)
    'Check the URL.'
    """
    if status in (401, 403):
        return f"Check {USERNAME} and {KEY}."
    if status == 404:
        return "Check the URL."
    if status == 413:
        return "The request is too long for this server: plan again with a smaller batch size."
    if status == 429:
        return "The API wants fewer calls: wait a while."
    if 300 <= status < 400:
        return "The key is not sent to where a redirection leads: give that URL itself."
    return f"Check what answers at that URL: {API_METHOD} never answers like this."
