"""A plan is sent: batch by batch, each call noted in a ledger before and after, so that any cut can be gone on from.

A request is all or nothing. One that was answered is settled: 204, its links have their numbers; 400, none of them got
one by it. A call that was cut off leaves its batch in doubt, and it is sent again. Either the first call was not
carried out, and the second is; or it was, and the API answers that the first link already has a number. Nothing is
attached twice either way.

What the API answers does not say which number a link already has, so after a cut `allocator.account.reconciliation` is what
makes sure.

The key comes from the environment and goes into the header, nowhere else.
"""

from __future__ import annotations

import hashlib
import html
import ipaddress
import logging
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Self
from urllib.parse import SplitResult, parse_qsl, quote, quote_plus, urlsplit

import polars as pl

from allocator.account.ledger import Binding, Ledger, Outcome, Standing, open_ledger, read_ledger
from allocator.errors import AllocatorError, InputError, OptionError
from allocator.plans import LEDGER, Plan, read_plan
from allocator.protocol import FIELDS, read_request

if TYPE_CHECKING:
    import httpx
    from lxml import etree

__all__ = ["KEY", "RETRIES", "TIMEOUT_S", "USERNAME", "Sent", "endpoint", "missing_variables", "send"]

USERNAME, KEY = "IOVOX_USERNAME", "IOVOX_SECURE_KEY"
"""The environment variables that the headers `username` and `secureKey` come from."""
RETRIES = 3
TIMEOUT_S = 60.0
_LONGEST_TIMEOUT_S = 86_400

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many batches are settled, and how many there are."""


@dataclass(frozen=True)
class Sent:
    """How a plan stands after a run, or before it.

    Attributes
    ----------
    batches
        One row for each request: `batch`, `links`, `outcome` (an `allocator.account.ledger.Outcome`), `status` (HTTP code of
        the last call), `error` (what was wrong with it), `attempts`, `link_id` (of the link that a refusal speaks of).
    url
        Where to.
    dry
        Whether nothing was sent, as nobody said yes.
    stopped
        Why the run ended before its end, as a sentence; None where it did not.
    """

    batches: pl.DataFrame
    url: str
    dry: bool
    stopped: str | None = None

    @property
    def complete(self) -> bool:
        """Whether every link has its number."""
        return bool(self.batches["outcome"].is_in([one.value for one in Outcome if one.attached]).all())

    def __repr__(self) -> str:
        counts = self.batches["outcome"].value_counts(sort=True).sort("count", "outcome", descending=[True, False])
        told = ", ".join(f"{count} {outcome}" for outcome, count in counts.iter_rows()) or "nothing to send"
        return f"<Sent{' (dry run)' if self.dry else ''}: {told}>"


def send(
    folder: str | os.PathLike[str],
    url: str,
    *,
    yes: bool = False,
    retries: int = RETRIES,
    timeout_s: float = TIMEOUT_S,
    retry_refused: bool = False,
    insecure_http: bool = False,
    progress: Progress | None = None,
    _wait: Callable[[float], None] = time.sleep,
) -> Sent:
    """Send a plan, or go on with one that was sent in part.

    Parameters
    ----------
    folder
        What `Plan.write` made. The ledger stands in it.
    url
        The endpoint, see `endpoint`.
    yes
        Whether to send; otherwise it is only told how the batches stand.
    retries
        How often to send a batch again, in this run, after a broken connection or an answer of 500, 502, 503 or 504.
        In between it waits for 1, 2, 4, … seconds.
    timeout_s
        How long to wait for the server at a time, seconds.
    retry_refused
        Whether to send again what was answered 400 in an earlier run.
    insecure_http
        Whether the key may go over http to another machine.
    progress
        Told of each call.

    Raises
    ------
    InputError
        There is no plan in the folder, or it was altered; the URL can't be used; the key is missing; the ledger belongs
        to another plan or URL.
    OutputError
        Another run is sending the plan, or the ledger can't be written.
    AllocatorError
        httpx is not installed, or the API answered what nobody can go on from.

    Examples
    --------
    >>> import allocator, tempfile
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "SW1A 0AA"]})
    >>> plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001"]}))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sent = send(plan.write(f"{folder}/plan", batch_size=1), "https://api.iovox.com:444")
    >>> sent
    <Sent (dry run): 2 not sent>
    >>> sent.url
    'https://api.iovox.com:444/Links?v=3&method=attachVoxnumberToLink'
    """
    _check_options(retries, timeout_s)
    url = endpoint(url, insecure_http=insecure_http)
    parcel = _open_parcel(Path(folder))
    binding = Binding(parcel.assignments_sha256, parcel.requests_sha256, len(parcel.batches), url)
    if not yes:
        record = read_ledger(folder)
        record.check(binding, str(Path(folder) / LEDGER))
        return Sent(_table(parcel.batches, record.standing), url, dry=True)
    credentials = _credentials(url)
    with _Client(url, credentials, timeout_s) as client, open_ledger(folder, binding) as ledger:
        run = _Run(parcel.batches, ledger, client, credentials, retries, progress or _silent, _wait)
        stopped = run.send(retry_refused=retry_refused)
        return Sent(_table(parcel.batches, ledger.standing), url, dry=False, stopped=stopped)


def _silent(_: str, __: int, ___: int) -> None:
    pass


def _check_options(retries: int, timeout_s: float) -> None:
    if retries < 0:
        raise OptionError("retries is negative", value=retries, remedy="Give 0 or more.")
    if not 0 < timeout_s <= _LONGEST_TIMEOUT_S:
        what = f"the timeout is not more than 0 and at most {_LONGEST_TIMEOUT_S:,} seconds (a day)"
        raise OptionError(what, value=timeout_s, remedy=f"Give a number of seconds, such as {TIMEOUT_S:g}.")


_SCHEMA = {
    "batch": pl.UInt32,
    "links": pl.UInt32,
    "outcome": pl.String,
    "status": pl.UInt16,
    "error": pl.String,
    "attempts": pl.UInt32,
    "link_id": pl.String,
}
_LINK = re.compile(r"\b(\d+) of \d+\b")


def _table(batches: Sequence[_Batch], standing: Callable[[int], Standing]) -> pl.DataFrame:
    rows = []
    for batch in batches:
        one = standing(batch.number)
        told = (one.outcome.value, one.status, one.error, one.attempts, _blamed(batch, one))
        rows.append((batch.number, batch.links, *told))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _blamed(batch: _Batch, standing: Standing) -> str | None:
    """The link that a refusal speaks of, as "x of y"."""
    found = _LINK.search(standing.error or "") if standing.outcome is Outcome.REFUSED else None
    place = int(found[1]) if found else 0
    return read_request(batch.body()).links["link_id"][place - 1] if 0 < place <= batch.links else None


# --- what is sent ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Batch:
    number: int
    path: Path
    links: int
    sha256: str

    def body(self) -> bytes:
        """Its request, which is still the one that was looked at."""
        body = _file_bytes(self.path)
        if hashlib.sha256(body).hexdigest() != self.sha256:
            raise _altered(self.path, "it was altered while the plan was being sent")
        return body


@dataclass(frozen=True, slots=True)
class _Parcel:
    """A plan's requests, which say exactly what the plan says."""

    assignments_sha256: str
    requests_sha256: str
    batches: tuple[_Batch, ...]


def _open_parcel(folder: Path) -> _Parcel:
    """Look through a plan's folder.

    Raises
    ------
    InputError
        There is no plan in it, or its files do not say the same.
    """
    plan = read_plan(folder)
    if plan.hypothetical or "scenario" in plan.summary:
        raise InputError(
            "this plan is a what-if, of which nothing is sent",
            file=str(folder),
            remedy="Buy the numbers if there are any to buy, and plan with the account's links and stock.",
        )
    assignments = folder / "assignments.csv"
    digest = hashlib.sha256(_file_bytes(assignments)).hexdigest()
    result = plan.summary.get("result")
    if not isinstance(result, dict) or digest != result.get("assignments_sha256"):
        raise _altered(assignments, "it is not the file that summary.json tells of")
    paths = _request_paths(folder / "requests", result.get("requests"))
    read = [_read_batch(number, path) for number, path in enumerate(paths, start=1)]
    _compare(plan, read)
    whole = hashlib.sha256("\n".join(batch.sha256 for batch, _ in read).encode()).hexdigest()
    return _Parcel(digest, whole, tuple(batch for batch, _ in read))


def _request_paths(folder: Path, count: object) -> list[Path]:
    try:
        found = {path.name for path in folder.iterdir() if path.suffix == ".xml"}
    except OSError as error:
        raise _altered(folder, f"the requests can't be read ({error.strerror or error})") from error
    if not isinstance(count, int) or len(found) != count:
        raise _altered(folder, f"{len(found):,} requests are there, and summary.json tells of {count}")
    paths = [folder / f"requests-{number:05d}.xml" for number in range(1, count + 1)]
    missing = next((path for path in paths if path.name not in found), None)
    if missing is not None:
        raise _altered(missing, "this request is missing")
    return paths


def _read_batch(number: int, path: Path) -> tuple[_Batch, pl.DataFrame]:
    body = _file_bytes(path)
    request = read_request(body, file=str(path))
    wanted = ("link_id", "method", "full_voxnumber")
    links = request.links
    others = links.select(name for name in FIELDS if name not in wanted)
    if request.faults or others.null_count().sum_horizontal().sum() != others.height * others.width:
        raise _altered(path, "it has nodes that a plan's request has not")
    if not (links["method"] == "BY VOXNUMBER").fill_null(False).all():
        raise _altered(path, "it has links that are not BY VOXNUMBER")
    batch = _Batch(number, path, links.height, hashlib.sha256(body).hexdigest())
    return batch, links.select("link_id", "full_voxnumber")


def _compare(plan: Plan, read: Sequence[tuple[_Batch, pl.DataFrame]]) -> None:
    """Refuse requests that together do not say what the plan says, naming the first that is at fault."""
    planned = plan.assignments.select("link_id", "full_voxnumber")
    first = 0
    for batch, links in read:
        if not batch.links or not links.equals(planned.slice(first, batch.links)):
            raise _altered(batch.path, f"it does not say what assignments.csv says from its link {first + 1:,} on")
        first += batch.links
    if first != planned.height:
        where = read[-1][0].path.parent if read else Path("requests")
        raise _altered(where, f"the requests have {first:,} links, and assignments.csv has {planned.height:,}")


def _file_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _altered(path, f"it can't be read ({error.strerror or error})") from error


def _altered(path: Path, problem: str) -> InputError:
    remedy = "Nothing is sent from a folder that was altered: put it back as it was, or plan again to another folder."
    return InputError(problem, file=str(path), remedy=remedy)


# --- where to --------------------------------------------------------------------------------------------------------

_PATH = "/Links"
_PARAMETERS = {"v": "3", "method": "attachVoxnumberToLink"}
_SECRET = ("username", "securekey")
_PLAIN_URL = re.compile(r"[!-~]+")


def endpoint(url: str, *, insecure_http: bool = False) -> str:
    """The URL that requests go to: what is missing of a path and of the parameters `v` and `method` is added.

    Parameters
    ----------
    url
        A URL, or where it begins.
    insecure_http
        Whether http is good enough for another machine, though anybody on the way can read the key.

    Raises
    ------
    OptionError
        It is no URL, would show the key on the way, or has one in it.

    Examples
    --------
    >>> endpoint("http://127.0.0.1:8444")
    'http://127.0.0.1:8444/Links?v=3&method=attachVoxnumberToLink'
    >>> endpoint("https://api.iovox.com:444/Links?v=3")
    'https://api.iovox.com:444/Links?v=3&method=attachVoxnumberToLink'
    """
    parts = _split(url)
    if parts.username is not None or parts.password is not None:
        raise OptionError("the URL has a name or password in it", remedy=f"Set {USERNAME} and {KEY} instead.")
    given = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if any(name.lower() in _SECRET for name in given):
        raise OptionError("the URL has a name or key among its parameters", remedy=f"Set {USERNAME} and {KEY} instead.")
    if parts.scheme == "http" and not _is_here(str(parts.hostname)) and not insecure_http:
        raise OptionError(
            "the key would go over the network in the clear",
            value=url,
            remedy="Give an https URL; or --insecure-http (insecure_http=True) if you mean it.",
        )
    missing = [f"{name}={value}" for name, value in _PARAMETERS.items() if name not in given]
    query = "&".join([parts.query] * bool(parts.query) + missing)
    path = _PATH if parts.path in ("", "/") else parts.path
    return parts._replace(path=path, query=query, fragment="").geturl()


def _split(url: str) -> SplitResult:
    problem = OptionError("it is no URL", remedy="Give one such as https://api.iovox.com:444.")
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or not _PLAIN_URL.fullmatch(url):
        # Not with its value where that could hold a password.
        problem.value = None if "@" in url else url
        raise problem
    return parts


def _is_here(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# --- who sends -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Credentials:
    username: str = field(repr=False)
    secure_key: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        given = {"username": self.username, "secureKey": self.secure_key}
        return {name: value for name, value in given.items() if value}

    def hidden(self, text: str) -> str:
        """A text from elsewhere, without them: a server may repeat what it was sent."""
        for secret in sorted(self._spellings(), key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def _spellings(self) -> set[str]:
        secrets = {self.username, self.secure_key} - {""}
        spellings = (str, _evened, html.escape, lambda text: html.escape(text, quote=False), quote, quote_plus)
        return {spelt(secret) for secret in secrets for spelt in spellings}


def missing_variables(url: str) -> list[str]:
    """The environment variables that are needed to send to a URL, and are not set; a server on this machine needs none.

    Parameters
    ----------
    url
        Where to.

    Examples
    --------
    >>> missing_variables("http://localhost:8444/Links")
    []
    """
    needed = () if _is_here(str(urlsplit(url).hostname)) else (USERNAME, KEY)
    return [name for name in needed if not os.environ.get(name)]


def _credentials(url: str) -> _Credentials:
    """The key, from the environment.

    Raises
    ------
    OptionError
        It is not there, though it is needed, or no header can carry it.
    """
    missing = missing_variables(url)
    if missing:
        are = "are" if len(missing) > 1 else "is"
        told = f"{' and '.join(missing)} {are} not set"
        raise OptionError(told, remedy="The key is taken from the environment: export it first.")
    values = {name: os.environ.get(name, "") for name in (USERNAME, KEY)}
    for name, value in values.items():
        # Never its value: this is what is to stay secret.
        if value and (not value.isascii() or not value.isprintable() or value != value.strip()):
            raise OptionError(
                f"{name} holds what a header can't carry", remedy="Take out line breaks, outer spaces and the like."
            )
    return _Credentials(values[USERNAME], values[KEY])


# --- calls -----------------------------------------------------------------------------------------------------------

_MOST_ANSWER = 1 << 20
_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class _Reply:
    """What came of a call: a status with the texts of its errors, or a problem."""

    status: int | None = None
    errors: tuple[str, ...] = ()
    problem: str = ""
    reached: bool = True


class _Client:
    """One connection to the endpoint, kept as long as it lasts."""

    def __init__(self, url: str, credentials: _Credentials, timeout_s: float) -> None:
        self._httpx = _load_httpx()
        self._url = url
        self._timeout_s = timeout_s
        headers = credentials.headers | {
            "content-type": "application/xml; charset=utf-8",
            "accept-encoding": "identity",
            "user-agent": "allocator",
        }
        # A proxy that the environment names would see the key of what goes to this machine.
        trusting = not _is_here(str(urlsplit(url).hostname))
        try:
            self._httpx.URL(url)
            self._client = self._httpx.Client(headers=headers, timeout=timeout_s, trust_env=trusting)
        except (self._httpx.InvalidURL, ValueError, OSError) as error:  # also of proxies and certificates
            raise OptionError(f"nothing can be sent there ({credentials.hidden(str(error))})", value=url) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def put(self, body: bytes) -> _Reply:
        """Send a request and wait for its answer."""
        httpx = self._httpx
        try:
            with _unlogged(), self._client.stream("PUT", self._url, content=body) as response:
                return _Reply(response.status_code, _errors_in(self._answer(response)))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return _Reply(problem=f"no connection ({_reason(error)})", reached=False)
        except httpx.TimeoutException:
            return _Reply(problem=f"no answer within {self._timeout_s:g} seconds")
        except httpx.HTTPError as error:
            return _Reply(problem=f"the connection broke ({_reason(error)})")

    def _answer(self, response: httpx.Response) -> bytes:
        """The body, as far as anybody wants to read it."""
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


_ERRNO = re.compile(r"^\[Errno -?\d+\] ")


def _load_httpx() -> ModuleType:
    try:
        import httpx
    except ModuleNotFoundError as error:
        raise AllocatorError(
            "sending needs httpx, which is not installed", remedy="Install it: pip install 'voxnumber-allocator[send]'."
        ) from error
    return httpx


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep what httpx has to say of a request out of whatever log the program keeps."""
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
    """The errors of an answer, white space evened out; of one that is no XML, all that it says."""
    if not body.strip():
        return ()
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return (_evened(body.decode("utf-8", "replace")),)
    found = [_text_of(node) for node in root.iter("{*}error")]
    return tuple(filter(None, found or [_text_of(root)]))


def _text_of(node: etree._Element) -> str:
    return _evened("".join(map(str, node.itertext())))


def _evened(text: str) -> str:
    return " ".join(text.split())


# --- what comes of it ------------------------------------------------------------------------------------------------


class _Then(Enum):
    NEXT = "go on with the next batch"
    AGAIN = "send this one again"
    STOP = "end the run"


_TRANSIENT = (500, 502, 503, 504)
_ALREADY = re.compile(r"Link ID (\d+) of (\d+) already has a Voxnumber\.?", re.IGNORECASE)


def _judge(reply: _Reply, before: Standing, links: int) -> tuple[Outcome, _Then]:
    """What a call makes of its batch. One that surely did nothing leaves it as it was."""
    if reply.status is None:
        return (Outcome.IN_DOUBT if reply.reached else before.outcome), _Then.AGAIN
    if reply.status == 204:
        return Outcome.ATTACHED, _Then.NEXT
    if reply.status == 400:
        done = before.outcome is Outcome.IN_DOUBT and _carried_out(reply.errors, links)
        return (Outcome.ATTACHED_UNSEEN if done else Outcome.REFUSED), _Then.NEXT
    if reply.status in _TRANSIENT:
        return Outcome.IN_DOUBT, _Then.AGAIN
    return (before.outcome if 400 < reply.status < 500 else Outcome.IN_DOUBT), _Then.STOP


def _carried_out(errors: Sequence[str], links: int) -> bool:
    """Whether errors say that a batch is attached already.

    The API tells the first error, which is then that of the first link. Where all are told, every link must have one.
    """
    told = [found.groups() for found in map(_ALREADY.fullmatch, errors) if found]
    if any(int(total) != links for _, total in told):
        return False
    already = {int(number) for number, _ in told}
    return already == {1} if len(errors) == 1 else already == set(range(1, links + 1))


class _Run:
    """One run over the batches."""

    def __init__(
        self,
        batches: Sequence[_Batch],
        ledger: Ledger,
        client: _Client,
        credentials: _Credentials,
        retries: int,
        progress: Progress,
        wait: Callable[[float], None],
    ) -> None:
        self._batches = batches
        self._ledger = ledger
        self._client = client
        self._credentials = credentials
        self._retries = retries
        self._progress = progress
        self._wait = wait

    def send(self, *, retry_refused: bool) -> str | None:
        """Send what is not settled, in order; returns why it ended before its end.

        Raises
        ------
        AllocatorError
            The API answered what nobody can go on from.
        """
        total = len(self._batches)
        for done, batch in enumerate(self._batches):
            outcome = self._ledger.standing(batch.number).outcome
            if outcome.attached or (outcome is Outcome.REFUSED and not retry_refused):
                continue
            self._progress(f"Batch {batch.number:,} of {total:,}", done, total)
            if not self._settle(batch, done):
                return self._ended(batch)
        self._progress("Sent", total, total)
        return None

    def _settle(self, batch: _Batch, done: int) -> bool:
        """Send a batch, and again where that can help; whether it is settled."""
        body = batch.body()
        for attempt in range(self._retries + 1):
            if attempt:
                seconds = 2.0 ** (attempt - 1)
                told = f"Batch {batch.number:,}: again in {seconds:g} s"
                self._progress(told, done, len(self._batches))
                self._wait(seconds)
            then, reply = self._call(batch, body)
            if then is _Then.STOP:
                raise self._unusable(batch, reply)
            if then is _Then.NEXT:
                return True
        return False

    def _call(self, batch: _Batch, body: bytes) -> tuple[_Then, _Reply]:
        before = self._ledger.standing(batch.number)
        self._ledger.sending(batch.number, batch.links)
        reply = self._client.put(body)
        outcome, then = _judge(reply, before, batch.links)
        told = self._told(reply)
        if reply.status is None:
            self._ledger.broken(batch.number, outcome, told or "")
        else:
            self._ledger.answered(batch.number, reply.status, outcome, told)
        return then, reply

    def _told(self, reply: _Reply) -> str | None:
        """What is wrong, in words; cut last, so that no piece of a secret is left."""
        if reply.status is None:
            return self._credentials.hidden(reply.problem)
        words = self._credentials.hidden("; ".join(reply.errors))[:_SHOWN]
        return words or (None if reply.status < 400 else "an answer without words")

    def _ended(self, batch: _Batch) -> str:
        standing = self._ledger.standing(batch.number)
        answer = f"the answer was {standing.status}, {standing.error}" if standing.status else standing.error
        calls = "1 call" if self._retries == 0 else f"each of {self._retries + 1} calls"
        return f"batch {batch.number:,} is {standing.outcome.value}, after {calls}: {answer}"

    def _unusable(self, batch: _Batch, reply: _Reply) -> AllocatorError:
        standing = self._ledger.standing(batch.number)
        attached = sum(self._ledger.standing(one.number).outcome.attached for one in self._batches)
        words = f" ({standing.error})" if standing.error else ""
        return AllocatorError(
            f"batch {batch.number:,} was answered {reply.status}{words}, so the run has stopped with "
            f"{attached:,} of {len(self._batches):,} batches attached and this one {standing.outcome.value}",
            remedy=f"{_remedy(reply.status or 0)} Then run the same command again: the ledger knows how far it came.",
        )


def _remedy(status: int) -> str:
    if status in (401, 403):
        return f"See that {USERNAME} and {KEY} are right."
    if status == 404:
        return "See that the URL is right."
    if status == 413:
        return "The request is too long for this server: plan again with a smaller batch size."
    if status == 429:
        return "The API wants fewer calls: wait a while."
    if 300 <= status < 400:
        return "Redirections are not followed, as the key would go along: give the URL itself."
    return "See what is at that URL: this is no answer of attachVoxnumberToLink."
