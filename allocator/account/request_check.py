"""All that is wrong with a request, by the API's error table."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocator.account.account import Account, check
from allocator.errors import OptionError
from allocator.tables import file_bytes, read_account

if TYPE_CHECKING:
    from allocator.account.validation import Fault
    from allocator.tables import Source


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What is wrong with a request.

    Attributes
    ----------
    file
        Where the request comes from.
    faults
        All that is wrong, in the API's order of checks: the first is what the API would answer.
    against_account
        Whether it was checked against an account too.
    """

    file: str
    faults: tuple[Fault, ...]
    against_account: bool

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def validate(
    request: str | os.PathLike[str] | bytes, *, stock: Source | None = None, links: Source | None = None
) -> CheckResult:
    """Find all that is wrong with a request, by the API's error table.

    Parameters
    ----------
    request
        A request of attachVoxnumberToLink: its path, "-" for standard input, or its bytes.
    stock
        The numbers of the account, to check against; without them only the request itself is checked.
    links
        The links of the account: a column `link_id`, or what getLinks returned. Without them any link_id exists.

    Raises
    ------
    TableError
        A file can't be read.
    OptionError
        Links were given without stock.

    Examples
    --------
    >>> body = b"<request><link><link_id>333</link_id><method>BY NAME</method></link></request>"
    >>> [fault.text for fault in validate(body).faults]
    ['Method 1 of 1 Invalid']
    """
    if links is not None and stock is None:
        raise OptionError("links alone tell too little", remedy="Give the stock too.")
    file, body = ("the request", request) if isinstance(request, bytes) else _request_file(os.fspath(request))
    account = None
    if stock is not None:
        account = Account(*read_account(stock, links))
    return CheckResult(file, check(body, account), account is not None)


def _request_file(path: str) -> tuple[str, bytes]:
    return "standard input" if path == "-" else path, file_bytes(path, "request")
