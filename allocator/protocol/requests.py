"""Writes requests.

What is sent is BY VOXNUMBER: it names every number. Such a request has the form of the page's second example: a
declaration, a `request`, and for each number to attach a `link` with `link_id`, `method` and `full_voxnumber`. Requests
of the other methods are written for tests and benchmarks.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from allocator.errors import InputError
from allocator.protocol.call import FIELDS
from allocator.protocol.xmlchars import NOT_XML_PATTERN

_OPENING = '<?xml version="1.0" encoding="utf-8"?>\n<request>\n'
_CLOSING = "</request>\n"
# The text before the link_id, between it and the number, and after that.
_LINK = (
    "  <link>\n    <link_id>",
    "</link_id>\n    <method>BY VOXNUMBER</method>\n    <full_voxnumber>",
    "</full_voxnumber>\n  </link>\n",
)
# Characters that XML text can't hold as they are. A parser would turn a carriage return into a line feed.
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
# One pattern finds both characters to escape and those XML can't carry: most texts have neither.
_NOT_PLAIN = rf"[\r&<>{NOT_XML_PATTERN}]"
# Links formatted with one call: many save time, few save memory.
_LINKS_AT_ONCE = 32_000


def render(link_ids: pl.Series, full_voxnumbers: pl.Series, batch_size: int) -> Iterator[bytes]:
    """Write requests that attach numbers to links, in the order given.

    Parameters
    ----------
    link_ids
        The links.
    full_voxnumbers
        The number of each, as digits.
    batch_size
        Number of links of a request; the last may have fewer.

    Yields
    ------
    bytes
        A request in UTF-8, the same bytes each time; there is none without links.

    Raises
    ------
    InputError
        A link_id is missing or holds characters that XML can't carry, or a number is missing or not digits. This is
        found before the first request is yielded.

    Examples
    --------
    >>> import polars as pl
    >>> (body,) = render(pl.Series(["A & B"]), pl.Series(["442079460000"]), batch_size=500)
    >>> print(body.decode(), end="")
    <?xml version="1.0" encoding="utf-8"?>
    <request>
      <link>
        <link_id>A &amp; B</link_id>
        <method>BY VOXNUMBER</method>
        <full_voxnumber>442079460000</full_voxnumber>
      </link>
    </request>
    """
    _refuse(link_ids.is_null(), link_ids, "link_id", "the link has no link_id")
    plain = not link_ids.str.contains(_NOT_PLAIN).any()
    if not plain:
        _refuse(link_ids.str.contains(NOT_XML_PATTERN), link_ids, "link_id", _UNCARRIED)
    _refuse(~full_voxnumbers.str.contains("^[0-9]+$").fill_null(False), full_voxnumbers, "full_voxnumber", _NO_NUMBER)
    batch_size = min(batch_size, max(1, len(link_ids)))
    at_once = batch_size * max(1, _LINKS_AT_ONCE // batch_size)
    for start in range(0, len(link_ids), at_once):
        ids, numbers = link_ids.slice(start, at_once), full_voxnumbers.slice(start, at_once)
        yield from _bodies(_links(ids if plain else _escaped(ids), numbers), batch_size)


def _bodies(links: pl.Series, batch_size: int) -> Iterator[bytes]:
    """Requests of `batch_size` links each, cut out of one text."""
    opening, text, closing = (part.encode() for part in (_OPENING, links.str.join().item(), _CLOSING))
    ends = links.str.len_bytes().cum_sum().gather_every(batch_size, batch_size - 1).to_list()
    begin = 0
    for end in (*ends, *([] if len(links) % batch_size == 0 else [len(text)])):
        yield b"".join((opening, text[begin:end], closing))
        begin = end


def write_request(links: pl.DataFrame) -> bytes:
    """Write a request of any methods.

    Parameters
    ----------
    links
        One row for each link, with columns of text among `FIELDS`. Values that are not null are written in the order of
        the API's page, an empty text as an empty node. Other columns are left out.

    Returns
    -------
    bytes
        The request in UTF-8, the same bytes each time. `read_request` reads from them what was written, without white
        space around a text.

    Raises
    ------
    InputError
        A text holds characters that XML can't carry.

    Examples
    --------
    >>> import polars as pl
    >>> links = pl.DataFrame({"link_id": ["555"], "method": ["BY POSTCODE"], "postcode": ["W11 3EP"]})
    >>> print(write_request(links).decode(), end="")
    <?xml version="1.0" encoding="utf-8"?>
    <request>
      <link>
        <link_id>555</link_id>
        <method>BY POSTCODE</method>
        <postcode>W11 3EP</postcode>
      </link>
    </request>
    """
    nodes = [_nodes(links[name].cast(pl.String)) for name in FIELDS if name in links.columns]
    opening, closing = pl.lit("  <link>\n"), pl.lit("  </link>\n")
    written = pl.DataFrame(nodes).select(link=pl.concat_str(opening, pl.all(), closing)) if nodes else pl.DataFrame()
    texts = written["link"].str.join().item() if written.height else ""
    return f"{_OPENING}{texts}{_CLOSING}".encode()


def _nodes(texts: pl.Series) -> pl.Series:
    """The node of each text, on its own line; an empty text for null."""
    if texts.str.contains(_NOT_PLAIN).any():
        _refuse(texts.str.contains(NOT_XML_PATTERN), texts, texts.name, _UNCARRIED)
        texts = _escaped(texts)
    name = texts.name
    return texts.to_frame().select(pl.format(f"    <{name}>{{}}</{name}>\n", name).fill_null("").alias(name))[name]


_UNCARRIED = "it holds a character that XML can't carry"
_NO_NUMBER = "it is not a number in digits"


def _refuse(faulty: pl.Series, values: pl.Series, column: str, problem: str) -> None:
    """Raise an error about the first faulty text; to leave its row out would leave a link without its number."""
    found = faulty.arg_max()
    if found is not None and faulty[found]:
        value = values[found]
        remedy = f"Correct it: it is number {found + 1:,} of the links to attach."
        raise InputError(problem, column=column, value=value, remedy=remedy)


def _links(link_ids: pl.Series, full_voxnumbers: pl.Series) -> pl.Series:
    """The `link` node of each link, as text."""
    columns = pl.DataFrame({"link_id": link_ids, "full_voxnumber": full_voxnumbers})
    before, between, behind = (pl.lit(text) for text in _LINK)
    return columns.select(link=pl.concat_str(before, "link_id", between, "full_voxnumber", behind))["link"]


def _escaped(texts: pl.Series) -> pl.Series:
    for character, escape in _ESCAPES.items():
        texts = texts.str.replace_all(character, escape, literal=True)
    return texts
