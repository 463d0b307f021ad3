"""Reads one page of a listing: what the API's getVoxnumbers or getLinks returned, as it was saved.

A page is a `response` with `current_page`, `total_pages`, `total_results` and `results`, which holds a `result` for
each number or link. Every node of a result becomes a column, as the vendor may add some.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

import polars as pl

from allocator.errors import MarkupError
from allocator.protocol.encoding import Pieces, Source, declared_encoding, opened
from allocator.protocol.prolog import ROOT, Waiting, root_place
from allocator.protocol.wellformed import CAUTION, Fragment, parse_error

Element: TypeAlias = Any  # of lxml, whose types are not quite those of its elements

_PIECE = 1 << 16
_MOST_WITHOUT_RESULT = 1_000_000
_MOST_COLUMNS = 200
_COUNTS = ("current_page", "total_pages", "total_results")


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a listing.

    Attributes
    ----------
    results
        One row for each `result`, in document order. It has a column of text for each node that occurs in one of them,
        in order of first appearance; null where the node is absent or empty. The last column is `line`, where the
        result begins.
    page, pages, total
        `current_page`, `total_pages` and `total_results`; None where the response does not have them.
    """

    results: pl.DataFrame
    page: int | None
    pages: int | None
    total: int | None


def read_listing(source: Source, *, file: str | None = None) -> Listing:
    """Read a page of a listing.

    Parameters
    ----------
    source
        The page: its bytes, a path, or a file opened for reading bytes.
    file
        The page's name in errors.

    Raises
    ------
    MarkupError
        It is not well-formed XML, or not a listing.

    Examples
    --------
    >>> page = b"<response><total_results>1</total_results><results><result><voxnumber>44207</voxnumber></result>"
    >>> listing = read_listing(page + b"</results></response>")
    >>> listing.results.rows(named=True), listing.total
    ([{'voxnumber': '44207', 'line': 1}], 1)
    """
    with opened(source) as stream:
        return _Page(Waiting(Pieces(stream, _PIECE), file), file).read()


def root_of(head: bytes) -> str | None:
    """The name of a document's root.

    Parameters
    ----------
    head
        The first kilobytes, or all bytes of a shorter document.

    Returns
    -------
    str | None
        None if there is no root in them.

    Examples
    --------
    >>> root_of(b"<?xml version='1.0'?><response><results/>"), root_of(b"link_id,postcode")
    ('response', None)
    """
    encoding = declared_encoding(head)
    if encoding.codec is None:
        return None
    text = head[encoding.mark :].decode(encoding.codec, errors="replace").encode()
    match = ROOT.match(text, root_place(text))
    return match[1].decode() if match else None


class _Page:
    """The state of reading a page."""

    def __init__(self, waiting: Waiting, file: str | None) -> None:
        self._waiting, self._file = waiting, file
        self._columns: dict[str, list[str | None]] = {}
        self._lines: list[int] = []

    def read(self) -> Listing:
        """Read the page to its end."""
        match = self._waiting.root()
        name = match[1].decode(errors="replace")
        if name.rpartition(":")[2] != "response":
            self._waiting.refuse(match.start(), f"the root is <{name}>, not <response> as of a listing")
        root = self._parsed()
        counts = {name: self._count(root, name) for name in _COUNTS}
        if root.find("{*}results") is None:
            raise self._unfit(root, "the response has no <results>")
        columns = [pl.Series(name, values, pl.String) for name, values in self._columns.items()]
        lines = pl.Series("line", self._lines, pl.UInt32)
        return Listing(pl.DataFrame([*columns, lines]), *counts.values())

    def _parsed(self) -> Element:
        """Go through the results; returns the rest of the response."""
        from lxml import etree

        parser = etree.XMLPullParser(events=("end",), tag="{*}result", remove_comments=True, remove_pis=True, **CAUTION)
        fragment, since = Fragment(), 0
        try:
            while True:
                text = self._waiting.text
                parser.feed(text)
                found = len(self._lines)
                for _, result in parser.read_events():
                    self._take(result)
                since = 0 if len(self._lines) > found else since + len(text)
                if since > _MOST_WITHOUT_RESULT:
                    self._waiting.refuse(0, "more than 1 MB without a result", fragment)
                fragment = fragment.after(text)
                self._waiting.text = b""
                self._waiting.fill(1)
                if self._waiting.ended:
                    break
            if self._waiting.problem is not None:
                raise MarkupError(self._waiting.problem, fragment.line, fragment.column, self._file)
            return parser.close()
        except etree.XMLSyntaxError:
            raise parse_error(parser, Fragment(), b"", self._file) from None

    def _take(self, result: Element) -> None:
        """Note the values of a result, and free the memory of those before it."""
        results = result.getparent()
        if results is None or _name(results) != "results" or results.getparent() is None:
            raise self._unfit(result, "a <result> is outside of <results>")
        row = len(self._lines)
        self._lines.append(result.sourceline or 1)
        for node in result:
            if len(node):
                raise self._unfit(node, f"<{_name(node)}> of a result holds nodes instead of text")
            self._value(_name(node), row, node)
        for values in self._columns.values():
            if len(values) == row:
                values.append(None)
        result.clear(keep_tail=True)
        while result.getprevious() is not None:
            del results[0]

    def _value(self, name: str, row: int, node: Element) -> None:
        values = self._columns.get(name)
        if values is None:
            if len(self._columns) == _MOST_COLUMNS or name == "line":
                raise self._unfit(node, f"<{name}> is one node too many in a result")
            values = self._columns[name] = [None] * row
        if len(values) > row:
            raise self._unfit(node, f"a result has <{name}> twice")
        values.append((node.text or "").strip(" \t\r\n") or None)

    def _count(self, root: Element, name: str) -> int | None:
        node = root.find(f"{{*}}{name}")
        text = "" if node is None else (node.text or "").strip(" \t\r\n")
        if node is None or not text:
            return None
        if not re.fullmatch("[0-9]{1,18}", text):
            raise self._unfit(node, f"<{name}> is not a number")
        return int(text)

    def _unfit(self, node: Element, problem: str) -> MarkupError:
        return MarkupError(problem, node.sourceline or 1, 1, self._file)


def _name(node: Element) -> str:
    return str(node.tag).rpartition("}")[2]
