"""Reads requests: XML in, one row for each link out.

This module finds what a request says, and not whether it is right. XML that is not well-formed is an error. All else is
read: nodes that should not be there are listed beside the links, and the values of the links are not checked.

A document is read in parts that end right after a link, so that one of any length needs only the memory of a part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from allocator.protocol.call import FIELDS
from allocator.protocol.encoding import Pieces, Source, advance, opened
from allocator.protocol.fastpath import Plain, read_plain
from allocator.protocol.markup import NodeFault, Rows, attribute_names, plainer, read_rows
from allocator.protocol.prolog import Waiting
from allocator.protocol.wellformed import Fragment, check

_PART = 1 << 20
_SMALL = 4_000  # up to this length, bytes, it is faster to read a document as a whole than as arrays
_MOST_WITHOUT_LINK = 10_000_000
_MOST_RECOGNISED = 2 << 20  # arrays take some twenty bytes for each
_MOST_FAULTS = 10_000


@dataclass(frozen=True, slots=True)
class Request:
    """The content of a request.

    Attributes
    ----------
    links
        One row for each `link`, in document order, with the `FIELDS` as text, without white space around it: null where
        the node is absent, "" where it holds only white space. On demand also `line`, where the link begins, and
        `<field>_line` for each field.
    faults
        The first 10,000 nodes that should not be there, in document order.
    """

    links: pl.DataFrame
    faults: tuple[NodeFault, ...]


def read_request(source: Source, *, file: str | None = None, lines: bool = False) -> Request:
    """Read a request.

    Parameters
    ----------
    source
        The request: its bytes, a path, or a file opened for reading bytes.
    file
        The request's name in errors.
    lines
        Whether to add the columns of lines.

    Raises
    ------
    MarkupError
        It is not well-formed XML, has a DOCTYPE, or is too large: more than 1 MB before the first link, or 10 MB
        for a link with the text before it.

    Examples
    --------
    >>> body = b"<request><link><link_id> 7 </link_id><method/><colour>red</colour></link></request>"
    >>> request = read_request(body)
    >>> request.links.select("link_id", "method", "postcode").rows()
    [('7', '', None)]
    >>> request.faults
    (NodeFault(kind='unknown', name='colour', line=1, link=0),)
    """
    parts = list(stream_request(source, file=file, lines=lines))
    if len(parts) == 1:
        return parts[0]
    links = pl.concat([part.links for part in parts])
    return Request(links, tuple(fault for part in parts for fault in part.faults))


def stream_request(source: Source, *, file: str | None = None, lines: bool = False) -> Iterator[Request]:
    """Read a request of any length, some ten thousand links at a time.

    Parameters
    ----------
    source, file, lines
        See `read_request`.

    Yields
    ------
    Request
        The next links. The places of links in `faults` are those in the whole document.

    Raises
    ------
    MarkupError
        See `read_request`. It is raised where reading meets the error, after the parts before it.

    Examples
    --------
    >>> [part.links.height for part in stream_request(b"<request><link/><link/></request>")]
    [2]
    """
    return _stream(source, file, lines)


def _stream(
    source: Source, file: str | None, lines: bool, *, part: int = _PART, small: int = _SMALL, recognise: bool = True
) -> Iterator[Request]:
    """Like `stream_request`; tests compare parts of other sizes, and reading without recognising plain parts."""
    with opened(source) as stream:
        yield from _Document(Pieces(stream, part), file, lines, part, small, recognise).requests()


_END_OF_LINK = re.compile(rb"</link[ \t\r\n]*>|<link[ \t\r\n]*/>")


class _Document:
    """The state of reading a document."""

    def __init__(self, pieces: Pieces, file: str | None, lines: bool, part: int, small: int, recognise: bool) -> None:
        self._waiting = Waiting(pieces, file)
        self._waiting.fill(small + 1)
        self._whole = self._waiting.ended and len(self._waiting.text) <= small
        self._file, self._lines = file, lines
        self._part, self._recognise = part, recognise
        self._fragment = Fragment()
        self._links = 0
        self._room = _MOST_FAULTS

    def requests(self) -> Iterator[Request]:
        """The links, part by part; a document without links gives one empty part."""
        faults = tuple(self._open())
        if self._whole:
            yield self._all_at_once(faults)
            return
        given = False
        for part in self._parts() if self._fragment.root else self._nothing():
            if part.links.height or part.faults or faults:
                yield Request(part.links, (*faults, *part.faults))
                faults, given = (), True
        if not given:
            yield self._no_links()

    def _all_at_once(self, faults: tuple[NodeFault, ...]) -> Request:
        if not self._fragment.root:
            return Request(self._no_links().links, faults)
        part = self._extracted(self._waiting.text)
        return Request(part.links, (*faults, *part.faults))

    def _no_links(self) -> Request:
        return Request(_frame(Rows(), self._lines), ())

    def _open(self) -> list[NodeFault]:
        """Read up to the root's content; returns what is wrong with the root itself."""
        match = self._waiting.root()
        text = self._waiting.text
        head, name = text[: match.end()], match[1].decode(errors="replace")
        if self._whole:
            self._waiting.check_end(self._fragment)
        elif not match[3] and not check(head, self._fragment, end=f"</{name}>".encode(), file=self._file):
            return []  # not well-formed: checking the whole document finds the error
        line, _ = advance(1, 1, text[: match.start()])
        faults = [NodeFault("attribute", attribute, line, None) for attribute in attribute_names(match[2])]
        if name != "request":
            faults.append(NodeFault("unknown", name, line, None))
        elif not match[3]:
            self._waiting.text = text[match.end() :]
            self._fragment = Fragment(*advance(1, 1, head), name, line)
        return faults

    def _nothing(self) -> Iterator[Request]:
        """Check a document without links as a whole."""
        self._waiting.fill(_MOST_WITHOUT_LINK + 1)
        self._refuse_length()
        self._waiting.check_end(self._fragment)
        yield self._no_links()

    def _parts(self) -> Iterator[Request]:
        size = self._part
        while True:
            self._waiting.fill(size)
            part = self._next()
            if part is not None:
                yield part
                size = self._part
            elif self._waiting.ended:
                break
            else:
                self._refuse_length()
                size = min(2 * len(self._waiting.text), _MOST_WITHOUT_LINK + 1)
        self._waiting.check_end(self._fragment)
        yield self._extracted(self._waiting.text)

    def _refuse_length(self) -> None:
        if len(self._waiting.text) > _MOST_WITHOUT_LINK:
            self._waiting.refuse(_MOST_WITHOUT_LINK, "more than 10 MB without the end of a link", self._fragment)

    def _next(self) -> Request | None:
        """Take the waiting text up to the end of a link; None if more must be read to find where a part ends."""
        text = self._waiting.text
        end = _end_of_last_link(text)
        if not end:
            return None
        part = text[:end]
        plain = self._recognised(part)
        newlines = plain.newlines if plain else None
        if plain is None:
            if not check(part, self._fragment, end=b"</request>", file=self._file):
                return None
            plain = self._recognised(plainer(part))
        request = self._extracted(part) if plain is None else Request(_plain_frame(plain, self._lines), ())
        self._links += request.links.height
        self._waiting.text = text[end:]
        self._fragment = self._fragment.after(part, newlines)
        return request

    def _recognised(self, part: bytes | None) -> Plain | None:
        if part is None or len(part) > _MOST_RECOGNISED or not self._recognise:
            return None
        return read_plain(part, self._fragment.line if self._lines else None)

    def _extracted(self, part: bytes) -> Request:
        rows = read_rows(part, self._fragment.line, self._links, self._room)
        self._room -= len(rows.faults)
        return Request(_frame(rows, self._lines), tuple(rows.faults))


def _end_of_last_link(text: bytes) -> int:
    """The place where the last link seems to end, 0 for none; it may be in a comment."""
    tag = text.rfind(b"</link>")
    tag = max(tag, text.rfind(b"<link/>", max(tag, 0)))
    end = tag + len(b"</link>") if tag >= 0 else 0
    return max((match.end() for match in _END_OF_LINK.finditer(text, end)), default=end)


def _frame(rows: Rows, lines: bool) -> pl.DataFrame:
    columns = [pl.Series(name, values, pl.String) for name, values in zip(FIELDS, rows.values, strict=True)]
    if lines:
        columns.append(pl.Series("line", rows.line, pl.UInt32))
        lines_of = zip(FIELDS, rows.lines, strict=True)
        columns += [pl.Series(f"{name}_line", places, pl.UInt32) for name, places in lines_of]
    return pl.DataFrame(columns)


def _plain_frame(plain: Plain, lines: bool) -> pl.DataFrame:
    def column(name: str, found: pl.Series | None, kind: type[pl.DataType]) -> pl.Series:
        absent = pl.Series(name, [None], kind)
        return absent.new_from_index(0, plain.links) if found is None else found.alias(name)

    columns = [column(name, plain.columns.get(name), pl.String) for name in FIELDS]
    if lines:
        columns.append(column("line", plain.lines["link"], pl.UInt32))
        columns += [column(f"{name}_line", plain.lines.get(name), pl.UInt32) for name in FIELDS]
    return pl.DataFrame(columns)
