"""An account that answers attachVoxnumberToLink: its links, its numbers, and what is attached to what.

An answer is all or nothing: 204, and every link of the request has a number; or the errors, and nothing has changed.
Deciding and changing are apart, so that whoever keeps an account on disk can write the change down in between.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Literal
from urllib.parse import parse_qs

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.account.validation import Fault, validate
from allocator.errors import MarkupError, OptionError
from allocator.notation import Method
from allocator.plans import Allocation, allocate
from allocator.protocol import FIELDS, NOT_XML, ROWS, Request, read_request
from allocator.tables import Stock, read_links

__all__ = ["API_METHOD", "API_VERSION", "Account", "Answer", "check", "error_body"]

API_VERSION = "3"
API_METHOD = "attachVoxnumberToLink"
HTTP_METHOD = "PUT"

Errors = Literal["first", "all"]

_WHITE = b" \t\r\n"
# White space of XML behind a byte order mark, in the encodings that one names.
_BLANK = (
    re.compile(rb"\xef\xbb\xbf[ \t\r\n]*"),
    re.compile(rb"\xff\xfe(?:[ \t\r\n]\0)*"),
    re.compile(rb"\xfe\xff(?:\0[ \t\r\n])*"),
)
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What an account answers to a request.

    Attributes
    ----------
    status
        HTTP code.
    body
        XML in UTF-8; nothing with 204.
    faults
        What was wrong, in the order of checks: the first only, unless all were asked for.
    link_ids, full_voxnumbers
        What is to be attached to what, in document order; nothing unless the status is 204.
    """

    status: int
    body: bytes = b""
    faults: tuple[Fault, ...] = ()
    link_ids: tuple[str, ...] = ()
    full_voxnumbers: tuple[int, ...] = ()


def error_body(errors: Iterable[tuple[int, str]]) -> bytes:
    """Errors (HTTP code and text) as the body of an answer.

    Examples
    --------
    >>> error_body([(400, "XML Empty")])
    b'<errors><error status="400">XML Empty</error></errors>'
    """
    nodes = "".join(f'<error status="{status}">{_carried(text)}</error>' for status, text in errors)
    return f"<errors>{nodes}</errors>".encode()


def _carried(text: str) -> str:
    """The text as XML carries it; what it can't carry stands as U+FFFD."""
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text).translate(_ESCAPES)


class Account:
    """Links and numbers of an account, in memory.

    Parameters
    ----------
    stock
        The numbers, with the links that have some.
    link_ids
        The links; without them any link_id is one of the account's.

    Examples
    --------
    >>> from allocator.tables import read_stock
    >>> stock = read_stock(pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    >>> account = Account(stock, pl.Series(["333"]))
    >>> body = (b"<request><link><link_id>333</link_id><method>BY AREA</method><voxnumber_idd>44</voxnumber_idd>"
    ...         b"<area_code>20</area_code></link></request>")
    >>> account.handle("PUT", "v=3&method=attachVoxnumberToLink", body)
    (204, b'')
    >>> account.handle("PUT", "v=3&method=attachVoxnumberToLink", body)
    (400, b'<errors><error status="400">Link ID 1 of 1 already has a Voxnumber</error></errors>')
    """

    def __init__(self, stock: Stock, link_ids: pl.Series | None = None) -> None:
        self._stock = stock
        self._numbers: NDArray[np.int64] = stock.table["full_voxnumber"].to_numpy()
        self._holder: list[str | None] = stock.table["link_id"].to_list()
        self._free = stock.table["link_id"].is_null().to_numpy().copy()
        self._number_of: dict[str, int] = dict(stock.attached.select("link_id", "full_voxnumber").iter_rows())
        self._link_ids = None if link_ids is None else dict.fromkeys(chain(link_ids, self._number_of))

    @classmethod
    def of(cls, stock: Stock, link_ids: pl.Series | None = None) -> Account:
        """The account of a stock and a list of links.

        Parameters
        ----------
        stock, link_ids
            As the class takes them.
        """
        return cls(stock, link_ids)

    # What `validation.Registry` asks.

    def exist(self, link_ids: pl.Series) -> NDArray[np.bool_]:
        """Whether the account has these links."""
        if self._link_ids is None:
            return np.ones(len(link_ids), dtype=np.bool_)
        return np.fromiter((one in self._link_ids for one in link_ids), dtype=np.bool_, count=len(link_ids))

    def attached(self, link_ids: pl.Series) -> NDArray[np.bool_]:
        """Whether these links have a number."""
        return np.fromiter((one in self._number_of for one in link_ids), dtype=np.bool_, count=len(link_ids))

    def available(self, full_voxnumbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the account has these numbers and no link has them."""
        row, found = self._rows(full_voxnumbers)
        return found & self._free[row] if len(self._free) else found

    def _rows(self, full_voxnumbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Row of each number in the stock, and whether it is there."""
        if not len(self._numbers):
            return np.zeros(len(full_voxnumbers), dtype=np.int64), np.zeros(len(full_voxnumbers), dtype=np.bool_)
        row = np.minimum(np.searchsorted(self._numbers, full_voxnumbers), len(self._numbers) - 1)
        return row, self._numbers[row] == full_voxnumbers

    # Answering.

    def handle(self, method: str, query: str, body: bytes, *, errors: Errors = "first") -> tuple[int, bytes]:
        """Answer a request, and change the account as the answer says.

        Parameters
        ----------
        method
            HTTP method.
        query
            Query string, without the question mark.
        body
            The request, XML.
        errors
            Whether the body of an error has the first by the order of checks, or all.

        Returns
        -------
        tuple
            HTTP code, and the body: nothing with 204, else XML in UTF-8.
        """
        answer = self.answer(method, query, body, errors=errors)
        self.attach(answer)
        return answer.status, answer.body

    def answer(self, method: str, query: str, body: bytes, *, errors: Errors = "first") -> Answer:
        """Decide what to answer to a request; nothing is changed.

        Parameters
        ----------
        method, query, body, errors
            As in `handle`.

        Notes
        -----
        Linear in the links of the request; one with BY POSTCODE or BY AREA links also looks through the whole stock.
        """
        if errors not in ("first", "all"):
            raise OptionError("there is no such choice of errors", value=errors, remedy="Give 'first' or 'all'.")
        deciding = _Deciding(self, body, lines=errors == "all")
        faults = tuple(islice(deciding.faults(_faults_of_the_call(method, query)), 1 if errors == "first" else None))
        if faults:
            told = error_body((fault.row.status, fault.text) for fault in faults)
            return Answer(faults[0].row.status, told, faults)
        return Answer(204, link_ids=tuple(deciding.link_ids), full_voxnumbers=tuple(deciding.full_voxnumbers))

    def attach(self, answer: Answer) -> None:
        """Make an answer true: attach what it says to what it says.

        Parameters
        ----------
        answer
            One of this account's, given since it last changed.
        """
        if not answer.link_ids:
            return
        row, _ = self._rows(np.array(answer.full_voxnumbers, dtype=np.int64))
        self._free[row] = False
        for place, link_id, number in zip(row.tolist(), answer.link_ids, answer.full_voxnumbers, strict=True):
            self._holder[place] = link_id
            self._number_of[link_id] = number
        if self._link_ids is not None:
            self._link_ids.update(dict.fromkeys(answer.link_ids))

    @property
    def stock(self) -> Stock:
        """The numbers as they are now, for the allocation: what is attached is attached to somebody."""
        held = pl.select(pl.when(~pl.lit(pl.Series(self._free))).then(pl.lit("")))
        return Stock(
            table=self._stock.table.with_columns(held.to_series().alias("link_id")),
            attached=self._stock.attached.clear(),
            rejected=self._stock.rejected.clear(),
            source=self._stock.source,
            digest=self._stock.digest,
        )

    # Looking in.

    def links_table(self) -> pl.DataFrame:
        """The links: `link_id` and `full_voxnumber` (digits, null where it has none), by link_id."""
        link_ids = sorted(self._number_of if self._link_ids is None else self._link_ids)
        numbers = [self._number_of.get(link_id) for link_id in link_ids]
        table = {"link_id": pl.Series(link_ids, dtype=pl.String), "full_voxnumber": pl.Series(numbers, dtype=pl.Int64)}
        return pl.DataFrame(table).with_columns(pl.col("full_voxnumber").cast(pl.String))

    def voxnumbers_table(self) -> pl.DataFrame:
        """The numbers: `full_voxnumber`, `area_code`, `link_id` (null where it is free), by number."""
        table = self._stock.table.select(pl.col("full_voxnumber", "area_code").cast(pl.String))
        return table.with_columns(link_id=pl.Series(self._holder, dtype=pl.String))


def check(body: bytes, account: Account | None = None) -> tuple[Fault, ...]:
    r"""All that is wrong with a request, in the order of checks, with the lines of the faults.

    Parameters
    ----------
    body
        The request, XML.
    account
        Whom it is for; without one, what needs an account is not checked.

    Examples
    --------
    >>> for fault in check(b"<request>\n<link>\n<method>BY AREA</method>\n</link>\n</request>"):
    ...     print(fault.line, fault.text)
    2 Link ID 1 of 1 empty
    2 VoxNumber IDD 1 of 1 Empty
    2 Area Code 1 of 1 Empty
    """
    return tuple(_Deciding(account, body, lines=True).faults())


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


class _Deciding:
    """One request on its way to an answer."""

    _request: Request

    def __init__(self, account: Account | None, body: bytes, *, lines: bool) -> None:
        self._account = account
        self._lines = lines
        self._body = body
        self.link_ids: list[str] = []
        self.full_voxnumbers: list[int] = []

    def faults(self, before: Iterable[Fault] = ()) -> Iterator[Fault]:
        """What is wrong, in the order of checks; when it ends without any, the attachments are known."""
        sound = True
        for fault in chain(before, self._faults_of_the_body()):
            sound = False
            yield fault
        if sound and self._account is not None:
            yield from self._allocated(self._account)

    def _faults_of_the_body(self) -> Iterator[Fault]:
        if _is_blank(self._body):
            yield Fault(ROWS["XML_EMPTY"])
            return
        try:
            self._request = read_request(self._body, lines=self._lines)
        except MarkupError as error:
            yield Fault(ROWS["XML_PARSE_ERROR"], (error.problem, error.line, error.position), line=error.line)
            return
        yield from validate(self._request, self._account)

    def _allocated(self, account: Account) -> Iterator[Fault]:
        """Decide which link gets which number, or say what there is too little of."""
        links = self._request.links
        self.link_ids = links["link_id"].to_list()
        if (links["method"].str.to_uppercase() == Method.BY_VOXNUMBER).all():
            self.full_voxnumbers = links["full_voxnumber"].cast(pl.Int64).to_list()
            return
        # Places instead of link ids: who the links are is settled, and of these only document order matters.
        places = pl.int_range(len(links), eager=True).cast(pl.String).alias("link_id")
        wanted = read_links(links.select(FIELDS).with_columns(places))
        if wanted.rejected.height:
            raise AssertionError(f"validated, and yet unreadable: {wanted.rejected['message'][0]}")
        allocation = allocate(wanted, account.stock)
        yield from self._shortages(allocation)
        self.full_voxnumbers = allocation.number.tolist()

    def _shortages(self, allocation: Allocation) -> Iterator[Fault]:
        """One fault for each area code, and for each outcode, that has links without a number."""
        told = set()
        short = np.flatnonzero(allocation.reason).tolist()
        for place, link in zip(short, allocation.links.table[short].iter_rows(named=True), strict=True):
            by_area = link["method"] == Method.BY_AREA.code
            values = (link["area_code"], link["voxnumber_idd"]) if by_area else ()
            key = values or link["outcode_code"]
            if key in told:
                continue
            told.add(key)
            row, field = ("INSUFFICIENT_VOXNUMBERS", "area_code") if by_area else _NO_VOXNUMBER
            yield Fault(ROWS[row], values, place, field, self._line(place, field))

    def _line(self, link: int, field: str) -> int | None:
        columns = self._request.links
        return columns[f"{field}_line"][link] if "line" in columns.columns else None


_NO_VOXNUMBER = ("NO_VOXNUMBER_FOR_POSTCODE", "postcode")
