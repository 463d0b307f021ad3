"""Finds all that is wrong with a request, by the API's error table."""

from __future__ import annotations

import os
from dataclasses import dataclass

from allocator.account.answering import check
from allocator.account.holdings import Holdings
from allocator.account.validation import Fault
from allocator.errors import OptionError
from allocator.tables import Source, file_bytes, read_account


@dataclass(frozen=True, slots=True, repr=False)
class CheckResult:
    """The faults of a request.

    Attributes
    ----------
    file
        The request's file, or a name for it in texts for people.
    faults
        All that is wrong, in the API's order of checks: the API would answer with the first.
    against_account
        Whether the request was checked against an account too.
    """

    file: str
    faults: tuple[Fault, ...]
    against_account: bool

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def __repr__(self) -> str:
        count = "1 fault" if len(self.faults) == 1 else f"{len(self.faults):,} faults"
        return f"<CheckResult of {self.file}: {'ok' if self.ok else f'{count}, first {self.faults[0].text!r}'}>"


def validate(
    request: str | os.PathLike[str] | bytes, *, stock: Source | None = None, links: Source | None = None
) -> CheckResult:
    """Find all that is wrong with a request, by the API's error table.

    Parameters
    ----------
    request
        A request of attachVoxnumberToLink: its path, "-" for standard input, or its bytes.
    stock
        The numbers of the account. Without them only the request itself is checked.
    links
        The links of the account: a table with the column `link_id`, or what getLinks returned (XML). Without them any
        link_id exists.

    Returns
    -------
    CheckResult
        The faults; a request that can't be read as XML is one of them.

    Raises
    ------
    TableError
        A file can't be read, or a table lacks a column.
    MarkupError
        A listing is broken XML.
    OptionError
        Links are given without stock.

    Examples
    --------
    >>> import allocator
    >>> body = b"<request><link><link_id>333</link_id><method>BY NAME</method></link></request>"
    >>> checked = allocator.validate(body)
    >>> checked
    <CheckResult of the request: 1 fault, first 'Method 1 of 1 Invalid'>
    >>> checked.ok, checked.faults[0].advice
    (False, 'Correct method 1 (item) of 1 (total) to be "BY AREA", "BY VOXNUMBER" or "BY POSTCODE"')
    """
    if links is not None and stock is None:
        raise OptionError("links are given without stock", remedy="Give the stock too.")
    file, body = ("the request", request) if isinstance(request, bytes) else _request_file(os.fspath(request))
    holdings = None if stock is None else Holdings(*read_account(stock, links))
    return CheckResult(file, check(body, holdings), holdings is not None)


def _request_file(path: str) -> tuple[str, bytes]:
    return "standard input" if path == "-" else path, file_bytes(path, "request")
