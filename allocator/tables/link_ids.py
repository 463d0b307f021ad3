"""Link ids: XML must be able to carry each, and each may be in one readable row only."""

from __future__ import annotations

import numpy as np
import polars as pl

from allocator.protocol import NOT_XML, NOT_XML_PATTERN
from allocator.tables.rejected import RejectReason, shown
from allocator.tables.sieve import Sieve


def reject_unfit(link_id: pl.Series, sieve: Sieve) -> None:
    """Reject the rows whose link_id is empty or has a character that XML can't carry."""
    if link_id.null_count():
        message = "The link_id is empty. Give the ID of the link that wants a number."
        sieve.reject(link_id.is_null(), "link_id", RejectReason.LINK_ID_EMPTY, message)
    if not _fits_xml(link_id):
        faulty = link_id.str.contains(NOT_XML_PATTERN).fill_null(False)
        sentences = pl.Series([_not_xml(text) for text in link_id.filter(faulty)], dtype=pl.String)
        sieve.reject(faulty, "link_id", RejectReason.LINK_ID_NOT_XML, sentences)


def reject_duplicates(link_id: pl.Series, row: pl.Series, sieve: Sieve) -> None:
    """Reject the rows whose link_id an earlier readable row has; `row` numbers them."""
    if _are_distinct(link_id):
        return
    readable = pl.select(
        place=pl.int_range(len(link_id), dtype=pl.UInt32), row=row, link_id=link_id, passed=sieve.passed
    ).filter("passed")
    first = readable.unique("link_id", keep="first", maintain_order=True)
    later = readable.join(first, on="place", how="anti", maintain_order="left")
    if later.is_empty():
        return
    before = later.join(first.select("link_id", before="row"), on="link_id", how="left", maintain_order="left")
    sentence = "{} is already in row {}. A link can have only one number: delete one of the rows."
    sentences = before.with_columns(shown=shown(later["link_id"])).select(pl.format(sentence, "shown", "before"))
    faulty = pl.Series([False]).new_from_index(0, len(link_id)).scatter(later["place"], True)
    sieve.reject(faulty, "link_id", RejectReason.LINK_ID_DUPLICATED, sentences.to_series())


def _fits_xml(texts: pl.Series) -> bool:
    """Whether XML can carry all texts. A first look at all bytes at once spares most tables the exact test."""
    whole = "".join(texts.drop_nulls().str.join("")).encode()
    body = np.frombuffer(whole, dtype=np.uint8)
    if whole.isascii() and not (body < ord(" ")).any():
        return True
    return not texts.str.contains(NOT_XML_PATTERN).any()


def _not_xml(text: str) -> str:
    """Write the sentence about a link_id that XML can't carry."""
    character = next(filter(NOT_XML.match, text))
    seen = NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
    quoted = shown(pl.Series([seen])).item()
    return f"The link_id {quoted} holds the character U+{ord(character):04X}, which XML can't carry. Remove it."


def _are_distinct(texts: pl.Series) -> bool:
    """Whether no two texts are the same. Sorted texts, which most documents have, need no hashing."""
    return _ascend(texts) or texts.n_unique() == len(texts)


def _ascend(texts: pl.Series) -> bool:
    """Whether each text comes before the next one; looks at one chunk of memory after the other."""
    last: str | None = None
    for chunk in texts.get_chunks():
        if not len(chunk):
            continue
        if chunk.null_count() or (last is not None and last >= chunk[0]):
            return False
        if not (chunk.head(len(chunk) - 1) < chunk.tail(len(chunk) - 1)).all():
            return False
        last = chunk[-1]
    return True
