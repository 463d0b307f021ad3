"""Decides on the answer to a request: its errors, or which number each link gets.

An answer is all or nothing: 204, and every link of the request gets a number; or errors, and nothing changes. Deciding
changes nothing either, so that an account on disk can write the change down before it takes effect.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Literal
from urllib.parse import parse_qs

import numpy as np

from allocator.account.holdings import Holdings
from allocator.account.validation import Fault, Validation
from allocator.errors import MarkupError, OptionError
from allocator.notation import Method
from allocator.plans import Allocation, allocate
from allocator.protocol import API_METHOD, API_VERSION, HTTP_METHOD, NOT_XML, ROWS, read_request

Errors = Literal["first", "all"]
"""Which errors to answer with: the first by the order of checks, or all."""

_WHITE = b" \t\r\n"
# White space of XML after a byte order mark, in the encodings that have one.
_BLANK = (
    re.compile(rb"\xef\xbb\xbf[ \t\r\n]*"),
    re.compile(rb"\xff\xfe(?:[ \t\r\n]\0)*"),
    re.compile(rb"\xfe\xff(?:\0[ \t\r\n])*"),
)
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """The answer to a request.

    Attributes
    ----------
    status
        HTTP code.
    body
        XML in UTF-8; empty with 204.
    faults
        What is wrong, in the order of checks: only the first, unless all were asked for.
    link_ids, full_voxnumbers
        The links in document order and the number of each; empty unless the status is 204.
    """

    status: int
    body: bytes = b""
    faults: tuple[Fault, ...] = ()
    link_ids: tuple[str, ...] = ()
    full_voxnumbers: tuple[int, ...] = ()

    def __repr__(self) -> str:
        said = self.faults[0].text if self.faults else f"{len(self.link_ids):,} to attach"
        return f"<Answer {self.status}: {said}>"


def error_body(errors: Iterable[tuple[int, str]]) -> bytes:
    """Errors (HTTP code and text) as the body of an answer.

    Examples
    --------
    >>> error_body([(400, "XML Empty")])
    b'<errors><error status="400">XML Empty</error></errors>'
    """
    nodes = "".join(f'<error status="{status}">{_as_xml(text)}</error>' for status, text in errors)
    return f"<errors>{nodes}</errors>".encode()


def _as_xml(text: str) -> str:
    """The text in XML, with U+FFFD for each character that XML can't carry."""
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text).translate(_ESCAPES)


def answer(holdings: Holdings, method: str, query: str, body: bytes, *, errors: Errors = "first") -> Answer:
    """Decide on the answer of an account; see `allocator.Account.answer`.

    Parameters
    ----------
    holdings
        What the account holds.
    method, query, body
        The request.
    errors
        Which errors to answer with.

    Raises
    ------
    OptionError
        `errors` is neither "first" nor "all".

    Examples
    --------
    >>> import polars as pl
    >>> from allocator.tables import read_stock
    >>> holdings = Holdings(read_stock(pl.DataFrame({"full_voxnumber": ["442079460000"]})))
    >>> answer(holdings, "PUT", "v=3&method=attachVoxnumberToLink", b"")
    <Answer 400: XML Empty>
    """
    if errors not in ("first", "all"):
        raise OptionError("there is no such choice of errors", value=errors, remedy="Give 'first' or 'all'.")
    decision = _Decision(holdings, body, lines=errors == "all")
    faults = tuple(islice(decision.faults(_faults_of_the_call(method, query)), 1 if errors == "first" else None))
    if faults:
        return Answer(faults[0].row.status, error_body((fault.row.status, fault.text) for fault in faults), faults)
    return Answer(204, b"", (), tuple(decision.link_ids), tuple(decision.full_voxnumbers))


def check(body: bytes, holdings: Holdings | None = None) -> tuple[Fault, ...]:
    r"""All that is wrong with a request, in the order of checks, with the lines of the faults.

    Parameters
    ----------
    body
        The request, XML.
    holdings
        What the account holds; without it, the checks that need an account are left out.

    Examples
    --------
    >>> for fault in check(b"<request>\n<link>\n<method>BY AREA</method>\n</link>\n</request>"):
    ...     print(fault.line, fault.text)
    2 Link ID 1 of 1 empty
    2 VoxNumber IDD 1 of 1 Empty
    2 Area Code 1 of 1 Empty
    """
    return tuple(_Decision(holdings, body, lines=True).faults())


def _faults_of_the_call(method: str, query: str) -> Iterator[Fault]:
    parameters = parse_qs(query, keep_blank_values=True)
    version, api_method = (parameters.get(name, [""])[0].strip() for name in ("v", "method"))
    if not version:
        yield Fault(ROWS["API_VERSION_EMPTY"])
    elif version != API_VERSION:
        yield Fault(ROWS["API_VERSION_INVALID"])
    if api_method != API_METHOD:  # before the HTTP method, as other API methods have other ones
        yield Fault(ROWS["METHOD_PARAMETER"], (api_method,))
    if method != HTTP_METHOD:
        yield Fault(ROWS["REQUEST_METHOD"], (method,))


def _is_blank(body: bytes) -> bool:
    return not body.strip(_WHITE) or any(blank.fullmatch(body) for blank in _BLANK)


class _Decision:
    """The decision on one request."""

    _validation: Validation

    def __init__(self, holdings: Holdings | None, body: bytes, *, lines: bool) -> None:
        self._holdings = holdings
        self._lines = lines
        self._body = body
        self.link_ids: list[str] = []
        self.full_voxnumbers: list[int] = []

    def faults(self, before: Iterable[Fault] = ()) -> Iterator[Fault]:
        """What is wrong, in the order of checks; if nothing is, the numbers of the links are known at the end."""
        faultless = True
        for fault in chain(before, self._faults_of_the_body()):
            faultless = False
            yield fault
        if faultless and self._holdings is not None:
            yield from self._allocate(self._holdings)

    def _faults_of_the_body(self) -> Iterator[Fault]:
        if _is_blank(self._body):
            yield Fault(ROWS["XML_EMPTY"])
            return
        try:
            request = read_request(self._body, lines=self._lines)
        except MarkupError as error:
            yield Fault(ROWS["XML_PARSE_ERROR"], (error.problem, error.line, error.position), line=error.line)
            return
        self._validation = Validation(request, self._holdings)
        yield from self._validation.faults()

    def _allocate(self, holdings: Holdings) -> Iterator[Fault]:
        """Decide which link gets which number, or find the shortages."""
        links = self._validation.links()
        number = links.table["full_voxnumber"].to_numpy()
        if not (links.table["method"] == Method.BY_VOXNUMBER.code).all():
            allocation = allocate(links, holdings.stock)
            yield from self._shortages(allocation)
            number = allocation.number
        self.link_ids, self.full_voxnumbers = links.table["link_id"].to_list(), number.tolist()

    def _shortages(self, allocation: Allocation) -> Iterator[Fault]:
        """One fault for each area code and for each outcode that has links without a number."""
        seen = set()
        short = np.flatnonzero(allocation.reason).tolist()
        for place, link in zip(short, allocation.links.table[short].iter_rows(named=True), strict=True):
            by_area = link["method"] == Method.BY_AREA.code
            values = (link["area_code"], link["voxnumber_idd"]) if by_area else ()
            key = values or link["outcode_code"]
            if key not in seen:
                seen.add(key)
                name, field = _SHORT_BY_AREA if by_area else _SHORT_BY_POSTCODE
                yield self._validation.fault(name, values, place, field)


_SHORT_BY_AREA = ("INSUFFICIENT_VOXNUMBERS", "area_code")
_SHORT_BY_POSTCODE = ("NO_VOXNUMBER_FOR_POSTCODE", "postcode")
