"""Requests on the wire: BY VOXNUMBER, which has one possible outcome.

A request is shaped like the page's second example: a declaration, a `request`, and for each number to attach a `link`
with `link_id`, `method` and `full_voxnumber`.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

_OPENING = '<?xml version="1.0" encoding="utf-8"?>\n<request>\n'
_CLOSING = "</request>\n"
_LINK = (
    "  <link>\n    <link_id>{}</link_id>\n    <method>BY VOXNUMBER</method>\n"
    "    <full_voxnumber>{}</full_voxnumber>\n  </link>\n"
)
# What XML text can't hold as it is. A carriage return would come back as a line feed, so it is written as a reference.
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_TO_ESCAPE = r"[&<>\r]"
# Formatted together: enough that it costs little, few enough that memory stays small.
_LINKS_AT_ONCE = 32_000


def render(link_ids: pl.Series, full_voxnumbers: pl.Series, batch_size: int) -> Iterator[bytes]:
    """Requests that attach numbers to links, in the order given.

    Parameters
    ----------
    link_ids
        The links, text that XML can carry (intake sees to that).
    full_voxnumbers
        The number of each, as text.
    batch_size
        Links to a request; the last may have fewer.

    Yields
    ------
    bytes
        A request in UTF-8, the same bytes each time; none at all when there are no links.

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
    at_once = batch_size * max(1, _LINKS_AT_ONCE // batch_size)
    for start in range(0, len(link_ids), at_once):
        links = _links(link_ids.slice(start, at_once), full_voxnumbers.slice(start, at_once))
        for first in range(0, len(links), batch_size):
            yield f"{_OPENING}{links.slice(first, batch_size).str.join().item()}{_CLOSING}".encode()


def _links(link_ids: pl.Series, full_voxnumbers: pl.Series) -> pl.Series:
    """The `link` node of each link, as text."""
    columns = pl.DataFrame({"link_id": _escaped(link_ids), "full_voxnumber": full_voxnumbers})
    return columns.select(link=pl.format(_LINK, "link_id", "full_voxnumber"))["link"]


def _escaped(texts: pl.Series) -> pl.Series:
    if not texts.str.contains(_TO_ESCAPE).any():
        return texts
    for character, escape in _ESCAPES.items():
        texts = texts.str.replace_all(character, escape, literal=True)
    return texts
