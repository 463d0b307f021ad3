"""Requests on the wire: BY VOXNUMBER, which has one possible outcome.

A request is shaped like the page's second example: a declaration, a `request`, and for each number to attach a `link`
with `link_id`, `method` and `full_voxnumber`.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from allocator.errors import InputError

_OPENING = '<?xml version="1.0" encoding="utf-8"?>\n<request>\n'
_CLOSING = "</request>\n"
_LINK = (
    "  <link>\n    <link_id>{}</link_id>\n    <method>BY VOXNUMBER</method>\n"
    "    <full_voxnumber>{}</full_voxnumber>\n  </link>\n"
)
# What XML text can't hold as it is. A carriage return would come back as a line feed, so it is written as a reference.
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
# What XML 1.0 can't carry at all (its production Char), but for surrogates, which no UTF-8 holds.
_NOT_XML = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFE}\x{FFFF}]"
# Both at once: most texts hold neither, and need no second look.
_NOT_PLAIN = r"[\x00-\x08\x0B-\x1F&<>\x{FFFE}\x{FFFF}]"
# Formatted together: enough that it costs little, few enough that memory stays small.
_LINKS_AT_ONCE = 32_000


def render(link_ids: pl.Series, full_voxnumbers: pl.Series, batch_size: int) -> Iterator[bytes]:
    """Requests that attach numbers to links, in the order given.

    Parameters
    ----------
    link_ids
        The links.
    full_voxnumbers
        The number of each, as digits.
    batch_size
        Links to a request; the last may have fewer.

    Yields
    ------
    bytes
        A request in UTF-8, the same bytes each time; none at all when there are no links.

    Raises
    ------
    InputError
        A link_id is missing or holds what XML can't carry, or a number is missing or no digits: found before the first
        request is given out.

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
        _refuse(link_ids.str.contains(_NOT_XML), link_ids, "link_id", "it holds a character that XML can't carry")
    _refuse(~full_voxnumbers.str.contains("^[0-9]+$").fill_null(False), full_voxnumbers, "full_voxnumber", _NO_NUMBER)
    batch_size = min(batch_size, max(1, len(link_ids)))
    at_once = batch_size * max(1, _LINKS_AT_ONCE // batch_size)
    for start in range(0, len(link_ids), at_once):
        ids, numbers = link_ids.slice(start, at_once), full_voxnumbers.slice(start, at_once)
        links = _links(ids if plain else _escaped(ids), numbers)
        for first in range(0, len(links), batch_size):
            yield f"{_OPENING}{links.slice(first, batch_size).str.join().item()}{_CLOSING}".encode()


_NO_NUMBER = "it is not a number's digits"


def _refuse(faulty: pl.Series, values: pl.Series, column: str, problem: str) -> None:
    """Refuse texts of which one is at fault; a row left out would be a link without its number."""
    found = faulty.arg_max()
    if found is not None and faulty[found]:
        value = values[found]
        remedy = f"Put it right: it is number {found + 1:,} of the links to attach."
        raise InputError(problem, column=column, value=value, remedy=remedy)


def _links(link_ids: pl.Series, full_voxnumbers: pl.Series) -> pl.Series:
    """The `link` node of each link, as text."""
    columns = pl.DataFrame({"link_id": link_ids, "full_voxnumber": full_voxnumbers})
    return columns.select(link=pl.format(_LINK, "link_id", "full_voxnumber"))["link"]


def _escaped(texts: pl.Series) -> pl.Series:
    for character, escape in _ESCAPES.items():
        texts = texts.str.replace_all(character, escape, literal=True)
    return texts
