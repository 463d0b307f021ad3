"""Why a link has no number, as a sentence made from the facts of the plan."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.notation import Reason
from allocator.places import bundled_outcodes, suggest_outcode
from allocator.planning import IntArray
from allocator.plans.allocation import Allocation
from allocator.plans.shortfall import Attempts, shortfalls

Sentences = Callable[[Allocation, IntArray], pl.Series]
"""Writes the sentences of links at some places in the document."""


def outcode_texts(links: pl.DataFrame) -> pl.Series:
    """Return the outcode of each link as text; of a postcode that the data lacks, the part before the space."""
    known = bundled_outcodes().outcode.gather(links["outcode_code"])
    if known.null_count() == links["postcode"].null_count():
        return known.alias("outcode")
    written = pl.col("postcode").str.split(" ").list.first()
    return links.select(outcode=pl.coalesce(pl.lit(known), written))["outcode"]


def messages(allocation: Allocation, rows: IntArray, code: NDArray[np.uint8], attempts: Attempts) -> pl.Series:
    """Write the sentence of each link without a number.

    Parameters
    ----------
    allocation
        What was decided.
    rows
        Places of the links in the document, shape (n,).
    code
        Their reasons (`Reason.code`), shape (n,).
    attempts
        What each group could take.
    """
    message = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
    for reason in Reason:
        place = np.flatnonzero(code == reason.code)
        if len(place):
            if reason is Reason.NO_STOCK_IN_REACH:
                texts = _no_stock_in_reach(allocation, rows[place], attempts)
            else:
                texts = _SENTENCES[reason](allocation, rows[place])
            message = message.scatter(place, texts)
    return message


def _no_stock_in_reach(allocation: Allocation, rows: IntArray, attempts: Attempts) -> pl.Series:
    code = allocation.links.table["outcode_code"].gather(rows).to_numpy()
    group = np.searchsorted(allocation.problem.groups.code, code)
    short, which = np.unique(group, return_inverse=True)
    texts = [str(shortfall) for shortfall in shortfalls(allocation, attempts, short)]
    return pl.Series(texts, dtype=pl.String).gather(which.astype(np.uint32))


def _sentence(template: str, *fields: str) -> Sentences:
    """Return a writer of sentences made from the link's own row."""

    def write(allocation: Allocation, rows: IntArray) -> pl.Series:
        links = allocation.links.table[rows]
        return links.with_columns(outcode=outcode_texts(links)).select(text=pl.format(template, *fields))["text"]

    return write


_NORTH_AMERICA = 1
_MOST_SUGGESTED = 100  # outcodes for which a suggestion is looked for


def _outcode_unknown(allocation: Allocation, rows: IntArray) -> pl.Series:
    links = allocation.links.table[rows]
    written = links.select("postcode", outcode=outcode_texts(links))
    # Each search takes a while, and hundreds of unknown outcodes have another cause.
    suggestions = {
        outcode: f" {question}"
        for outcode in sorted(set(written["outcode"]))[:_MOST_SUGGESTED]
        if (question := suggest_outcode(outcode))
    }
    hint = pl.col("outcode").replace_strict(suggestions, default="", return_dtype=pl.String)
    text = pl.format("There is no outcode {}; check the postcode {}.{}", "outcode", "postcode", hint)
    return written.select(text=text)["text"]


def _voxnumber_assigned(allocation: Allocation, rows: IntArray) -> pl.Series:
    links = allocation.links.table[rows].select("full_voxnumber")
    joined = links.join(allocation.stock.table, on="full_voxnumber", how="left", maintain_order="left")
    holder = pl.when(pl.col("link_id") == "").then(pl.lit("a link")).otherwise(pl.format("link {}", "link_id"))
    return joined.select(text=pl.format("VoxNumber {} is attached to {} already.", "full_voxnumber", holder))["text"]


def _voxnumber_duplicated(allocation: Allocation, rows: IntArray) -> pl.Series:
    table = allocation.links.table
    named = table.filter(pl.Series(allocation.number) == pl.col("full_voxnumber"))
    joined = table[rows].select("full_voxnumber").join(named, on="full_voxnumber", how="left", maintain_order="left")
    text = pl.format(
        "VoxNumber {} goes to link {}, which names it in row {}, before this one.", "full_voxnumber", "link_id", "row"
    )
    return joined.select(text=text)["text"]


def _area_code_without_stock(allocation: Allocation, rows: IntArray) -> pl.Series:
    asked = pl.col("fallback_region")
    levels = [
        pl.when(flag).then(pl.lit(f", nor in others of the same {level}")).otherwise(pl.lit(""))
        for level, flag in (
            ("city", pl.col("fallback_city")),
            ("region", asked & (pl.col("voxnumber_idd") == _NORTH_AMERICA)),
            ("country", pl.col("fallback_country")),
        )
    ]
    elsewhere = (
        pl.when(asked & (pl.col("voxnumber_idd") != _NORTH_AMERICA))
        .then(pl.lit(" The region is a fallback in Canada and the United States only."))
        .otherwise(pl.lit(""))
    )
    text = pl.format("No VoxNumber is left in area code {} of IDD {}", "area_code", "voxnumber_idd")
    return allocation.links.table[rows].select(text=pl.concat_str(text, *levels, pl.lit("."), elsewhere))["text"]


_SENTENCES: dict[Reason, Sentences] = {
    Reason.OUTCODE_UNKNOWN: _outcode_unknown,
    Reason.OUTCODE_WITHOUT_POSITION: _sentence(
        "{} is not geographic (post boxes, large users), so no area code is near it; ask by area code or by number.",
        "outcode",
    ),
    Reason.POSTCODE_UNKNOWN: _sentence(
        "There is no postcode {}, though the outcode {} exists; check it.", "postcode", "outcode"
    ),
    Reason.VOXNUMBER_NOT_IN_STOCK: _sentence("VoxNumber {} is not in the stock.", "full_voxnumber"),
    Reason.VOXNUMBER_ASSIGNED: _voxnumber_assigned,
    Reason.VOXNUMBER_DUPLICATED: _voxnumber_duplicated,
    Reason.AREA_CODE_WITHOUT_STOCK: _area_code_without_stock,
}
