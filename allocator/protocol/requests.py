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
    for start in range(0, len(link_ids), batch_size):
        ids = _escaped(link_ids.slice(start, batch_size))
        numbers = full_voxnumbers.slice(start, batch_size)
        links = pl.select(pl.format(_LINK, pl.lit(ids), pl.lit(numbers)).str.join("")).item()
        yield f"{_OPENING}{links}{_CLOSING}".encode()


def _escaped(texts: pl.Series) -> pl.Series:
    if not texts.str.contains(_TO_ESCAPE).any():
        return texts
    for character, escape in _ESCAPES.items():
        texts = texts.str.replace_all(character, escape, literal=True)
    return texts
