"""Reads one hostile document, and prints the outcome, the time and the memory as JSON.

Run it as `python -m tests.support.hostile_xml NAME`. A document is made while it is read, so it is never held whole.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import BinaryIO, cast

from allocator.errors import MarkupError
from allocator.protocol.listing import read_listing
from allocator.protocol.reading import stream_request

GIGABYTE = 1 << 30
PIECE = 1 << 16

LINK = b"<request><link><link_id>"
LINK_END = b"</link_id></link></request>"
RESULT = b"<response><results><result><voxnumber>"
LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10) for level in range(1, 10))
# The beginning of each document, the part that is repeated up to a gigabyte, and the end.
REQUESTS: dict[str, tuple[bytes, bytes, bytes]] = {
    "text": (LINK, b"x", LINK_END),
    "white space in a text": (LINK, b" ", LINK_END),
    "white space between links": (b"<request>", b"\n", b"</request>"),
    "text in two bytes": ('<?xml version="1.0" encoding="utf-16"?>'.encode("utf-16"), "é".encode("utf-16-le"), b""),
    "attribute": (b"<request><link a='", b"x", b"'/></request>"),
    "attributes": (b"<request><link ", b"a='1' ", b"/></request>"),
    "attribute of the root": (b"<request a='", b"x", b"'/>"),
    "nested": (b"<request>", b"<a>", b""),
    "nested from the root": (b"", b"<a>", b""),
    "nested links": (b"<request>", b"<link>", b""),
    "siblings": (b"<request>", b"<a/>", b"</request>"),
    "siblings in a link": (b"<request><link>", b"<a/>", b"</link></request>"),
    "siblings of another root": (b"<a>", b"<a/>", b"</a>"),
    "a field again and again": (b"<request><link>", b"<link_id/>", b"</link></request>"),
    "comment": (b"<request><!--", b"x", b"--></request>"),
    "comments": (b"<request>", b"<!--x-->", b"</request>"),
    "comments that seem to end links": (b"<request>", b"<!--</link>-->", b"</request>"),
    "comment that seems to end links": (b"<request><!--", b"</link>", b"--></request>"),
    "comment before the root": (b"<!--", b"x", b"--><request/>"),
    "comment behind the root": (b"<request/><!--", b"x", b"-->"),
    "white space before the root": (b"", b"\n", b"<request/>"),
    "white space behind the root": (b"<request></request>", b" ", b""),
    "instruction": (b"<request><?x ", b"x", b"?></request>"),
    "CDATA": (LINK + b"<![CDATA[", b"x", b"]]>" + LINK_END),
    "CDATA sections": (LINK, b"<![CDATA[x]]>", LINK_END),
    "name": (b"<request><", b"x", b"/></request>"),
    "references": (LINK, b"&#65;", LINK_END),
    "brackets": (b"<request>", b"<", b""),
    "quotes": (b"<request a=", b"'\"", b""),
    "zeros": (b"", b"\0", b""),
    "DOCTYPE": (b"<!DOCTYPE request [", b"<!ENTITY a 'b'>", b"]><request/>"),
    "billion laughs": (b'<!DOCTYPE request [<!ENTITY l0 "ha">' + LAUGHS + b"]>" + LINK, b"&l9;", LINK_END),
}
RESULTS: dict[str, tuple[bytes, bytes, bytes]] = {
    "listing: text": (RESULT, b"x", b""),
    "listing: nested": (b"<response><results><result>", b"<a>", b""),
    "listing: siblings": (b"<response><results><result>", b"<a/>", b""),
    "listing: siblings of results": (b"<response><results>", b"<a/>", b""),
    "listing: comment": (RESULT + b"<!--", b"x", b""),
    "listing: attribute": (b"<response><results><result a='", b"x", b""),
    "listing: DOCTYPE": (b"<!DOCTYPE response [", b"<!ENTITY a 'b'>", b"]><response/>"),
}


class Made(io.RawIOBase):
    """A file that makes its bytes when they are read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._waiting = b""

    def read(self, size: int = -1) -> bytes:
        while len(self._waiting) < size and (piece := next(self._pieces, b"")):
            self._waiting += piece
        found, self._waiting = self._waiting[:size], self._waiting[size:]
        return found


def made(before: bytes, repeated: bytes, behind: bytes) -> BinaryIO:
    piece = repeated * (PIECE // len(repeated))
    return cast(BinaryIO, Made(chain([before], repeat(piece, GIGABYTE // len(piece)), [behind])))


def million_links() -> BinaryIO:
    link = b"  <link>\n    <link_id>%07d</link_id>\n    <method>BY VOXNUMBER</method>\n    "
    number = b"<full_voxnumber>4420%08d</full_voxnumber>\n  </link>\n"
    links = (
        b"".join((link + number) % (place, place) for place in range(first, first + 1000))
        for first in range(0, 1_000_000, 1000)
    )
    return cast(BinaryIO, Made(chain([b"<request>\n"], links, [b"</request>\n"])))


def count_links(source: BinaryIO) -> int:
    return sum(part.links.height for part in stream_request(source))


def count_results(source: BinaryIO) -> int:
    return read_listing(source).results.height


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measured(read: Callable[[BinaryIO], int], source: BinaryIO) -> dict[str, object]:
    """Read a document and return the outcome; a small document is read first, so that all modules are loaded."""
    count_links(io.BytesIO(b"<request><link><link_id>1</link_id><x/></link></request>"))
    at_start, begin = peak_bytes(), time.perf_counter()
    try:
        outcome: object = read(source)
    except MarkupError as error:
        outcome = error.text
    return {"outcome": outcome, "took_s": time.perf_counter() - begin, "grew_bytes": peak_bytes() - at_start}


def main(name: str) -> None:
    if name == "million links":
        found = measured(count_links, million_links())
    elif name in REQUESTS:
        found = measured(count_links, made(*REQUESTS[name]))
    else:
        found = measured(count_results, made(*RESULTS[name]))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
