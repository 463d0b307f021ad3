"""An account that answers attachVoxnumberToLink as the API does, in memory."""

from __future__ import annotations

import polars as pl

from allocator.account.answering import Answer, Errors, answer
from allocator.account.holdings import Holdings
from allocator.tables import Source, read_account


class Account:
    """An account: numbers and links that answer attachVoxnumberToLink as the API does.

    An answer is all or nothing: 204, and every link of the request gets a number; or errors, and nothing changes.

    Parameters
    ----------
    stock
        The numbers, with the links that have some: a path, a table, or what getVoxnumbers returned (XML).
    links
        The links: a table with the column `link_id`, or what getLinks returned (XML). A link whose `voxnumber` is given
        has that number already. Without this table any link_id exists.

    Raises
    ------
    TableError
        A table can't be read, lacks a column, or the two contradict each other.
    MarkupError
        A listing is broken XML.

    Notes
    -----
    An account can be pickled. It is not safe for threads that attach numbers at the same time.

    Examples
    --------
    >>> import allocator, polars as pl
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000"]})
    >>> account = allocator.Account(stock, links=pl.DataFrame({"link_id": ["333"]}))
    >>> body = (b"<request><link><link_id>333</link_id><method>BY AREA</method><voxnumber_idd>44</voxnumber_idd>"
    ...         b"<area_code>20</area_code></link></request>")
    >>> account.handle("PUT", "v=3&method=attachVoxnumberToLink", body)
    (204, b'')
    >>> account.handle("PUT", "v=3&method=attachVoxnumberToLink", body)
    (400, b'<errors><error status="400">Link ID 1 of 1 already has a Voxnumber</error></errors>')
    >>> account
    <Account: 0 of 1 numbers free; links: 1>
    """

    def __init__(self, stock: Source, links: Source | None = None) -> None:
        self._holdings = Holdings(*read_account(stock, links))

    def handle(self, method: str, query: str, body: bytes, *, errors: Errors = "first") -> tuple[int, bytes]:
        """Answer a request, and change the account accordingly.

        Parameters
        ----------
        method
            HTTP method.
        query
            Query string, without the question mark.
        body
            The request, XML.
        errors
            Which errors to answer with: the "first" by the order of checks, as the API does, or "all".

        Returns
        -------
        tuple
            HTTP code and body: no body with 204, else XML in UTF-8.

        Raises
        ------
        OptionError
            `errors` is neither "first" nor "all".
        """
        given = self.answer(method, query, body, errors=errors)
        self.attach(given)
        return given.status, given.body

    def answer(self, method: str, query: str, body: bytes, *, errors: Errors = "first") -> Answer:
        """Decide on the answer to a request, and change nothing.

        Parameters
        ----------
        method
            HTTP method.
        query
            Query string, without the question mark.
        body
            The request, XML.
        errors
            Which errors to answer with: the "first" by the order of checks, as the API does, or "all".

        Returns
        -------
        Answer
            The answer, and which number each link would get.

        Raises
        ------
        OptionError
            `errors` is neither "first" nor "all".

        Notes
        -----
        Linear in the links of the request; a request with BY POSTCODE or BY AREA links also looks through the whole
        stock.
        """
        return answer(self._holdings, method, query, body, errors=errors)

    def attach(self, answer: Answer) -> None:
        """Attach the numbers that an answer gives.

        Parameters
        ----------
        answer
            One of this account's answers, given since the account last changed.
        """
        self._holdings.attach(answer.link_ids, answer.full_voxnumbers)

    def links_table(self) -> pl.DataFrame:
        """The links: `link_id` and `full_voxnumber` (digits; null for a link without a number), by link_id."""
        return self._holdings.links_table()

    def voxnumbers_table(self) -> pl.DataFrame:
        """The numbers: `full_voxnumber`, `area_code`, `link_id` (null for a free number), by number."""
        return self._holdings.voxnumbers_table()

    def __repr__(self) -> str:
        return f"<Account: {self._holdings}>"
