"""Why a link has no number, as a sentence made from the facts of the plan."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.notation import Reason
from allocator.places import HORIZON_KM, bundled_area_codes, bundled_outcodes, suggest_outcode
from allocator.planning import IntArray
from allocator.plans.allocation import Allocation

Sentences = Callable[[Allocation, IntArray], pl.Series]
"""Writes the sentences of links at some places in the document."""


def outcode_texts(links: pl.DataFrame) -> pl.Series:
    """Return the outcode of each link as text; of a postcode that the data lacks, the part before the space."""
    known = bundled_outcodes().outcode.gather(links["outcode_code"])
    if known.null_count() == links["postcode"].null_count():
        return known.alias("outcode")
    written = pl.col("postcode").str.split(" ").list.first()
    return links.select(outcode=pl.coalesce(pl.lit(known), written))["outcode"]


def messages(allocation: Allocation, rows: IntArray, code: NDArray[np.uint8]) -> pl.Series:
    """Write the sentence of each link without a number.

    Parameters
    ----------
    allocation
        What was decided.
    rows
        Places of the links in the document, shape (n,).
    code
        Their reasons (`Reason.code`), shape (n,).
    """
    message = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
    for reason in Reason:
        place = np.flatnonzero(code == reason.code)
        if len(place):
            message = message.scatter(place, _SENTENCES[reason](allocation, rows[place]))
    return message


def _no_stock_in_reach(allocation: Allocation, rows: IntArray) -> pl.Series:
    groups = allocation.problem.groups
    code = allocation.links.table["outcode_code"].gather(rows).to_numpy()
    group = np.searchsorted(groups.code, code)
    unserved, which = np.unique(group, return_inverse=True)
    missing = np.bincount(which)
    trials = _Trials(allocation)
    texts = [trials.shortage(int(g), int(n)) for g, n in zip(unserved, missing, strict=True)]
    return pl.Series(texts, dtype=pl.String).gather(which.astype(np.uint32))


class _Trials:
    """The area codes that each group tried, for its sentence."""

    def __init__(self, allocation: Allocation) -> None:
        self._groups = allocation.problem.groups
        self._candidates = allocation.problem.candidates
        self._trials = allocation.assignment.trials
        order = np.argsort(self._trials.group, kind="stable")
        self._order = order
        self._start = np.searchsorted(self._trials.group[order], np.arange(len(self._groups) + 1))

    def shortage(self, group: int, missing: int) -> str:
        """Say why links of a group have no number; `missing` is how many."""
        size = int(self._groups.start[group + 1] - self._groups.start[group])
        outcode = bundled_outcodes().outcode[int(self._groups.code[group])]
        radius_km = float(self._groups.radius_km[group])
        tried = self._order[self._start[group] : self._start[group + 1]]
        km = self._candidates.km[self._trials.candidate[tried]]
        within = tried[km <= radius_km]
        text = self._within(within, outcode, size, radius_km)
        beyond = tried[km > radius_km]
        needed = "it" if missing == 1 else f"all {missing}"
        if len(beyond):
            return f"{text} The nearest area code with enough for {needed} is {self._name(int(beyond[0]))}."
        horizon = max(HORIZON_KM, radius_km)
        return f"{text} No area code within {horizon:g} km had enough for {needed}."

    def _within(self, tried: IntArray, outcode: str, size: int, radius_km: float) -> str:
        taken = int(self._trials.taken[tried].sum())
        links = "link" if size == 1 else "links"
        if taken:
            need = f"{size} numbers that its {links} need"
            return f"Within {radius_km:g} km of {outcode} only {taken} of the {need} were left."
        left = self._trials.left[tried]
        if len(tried) == 1:
            name = self._name(int(tried[0]), distance=False)
            return f"{outcode} needs {_numbers(size)} and its own area code, {name}, had {int(left[0]) or 'none'} left."
        most = int(left.max(initial=0))
        had = (
            f"none of the {len(tried)} area codes within {radius_km:g} km had more than {most}"
            if most
            else (f"the {len(tried)} area codes within {radius_km:g} km had none left")
        )
        return f"{outcode} needs {_numbers(size)} from one area code and {had}."

    def _name(self, trial: int, distance: bool = True) -> str:
        candidate = int(self._trials.candidate[trial])
        codes = bundled_area_codes()
        pool = int(self._candidates.pool[candidate])
        name = f"0{codes.area_code[pool]} ({codes.name[pool]})"
        return f"{name}, {self._candidates.km[candidate]:.1f} km away" if distance else name


def _numbers(count: int) -> str:
    return f"{count} number" if count == 1 else f"{count} numbers"


def _sentence(template: str, *fields: str) -> Sentences:
    """Return a writer of sentences made from the link's own row."""

    def write(allocation: Allocation, rows: IntArray) -> pl.Series:
        links = allocation.links.table[rows]
        return links.with_columns(outcode=outcode_texts(links)).select(text=pl.format(template, *fields))["text"]

    return write


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


def _link_has_voxnumber(allocation: Allocation, rows: IntArray) -> pl.Series:
    links = allocation.links.table[rows].select("link_id")
    joined = links.join(allocation.stock.attached, on="link_id", how="left", maintain_order="left")
    text = pl.format("The stock has VoxNumber {} attached to this link already.", "full_voxnumber")
    return joined.select(text=text)["text"]


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
    levels = [
        pl.when(f"fallback_{level}").then(pl.lit(f", nor in others of the same {level}")).otherwise(pl.lit(""))
        for level in ("city", "region", "country")
    ]
    text = pl.format("No VoxNumber is left in area code {} of IDD {}", "area_code", "voxnumber_idd")
    return allocation.links.table[rows].select(text=pl.concat_str(text, *levels, pl.lit(".")))["text"]


_SENTENCES: dict[Reason, Sentences] = {
    Reason.NO_STOCK_IN_REACH: _no_stock_in_reach,
    Reason.OUTCODE_UNKNOWN: _outcode_unknown,
    Reason.OUTCODE_WITHOUT_POSITION: _sentence(
        "{} is not geographic (post boxes, large users), so no area code is near it; ask by area code or by number.",
        "outcode",
    ),
    Reason.POSTCODE_UNKNOWN: _sentence(
        "There is no postcode {}, though the outcode {} exists; check it.", "postcode", "outcode"
    ),
    Reason.LINK_HAS_VOXNUMBER: _link_has_voxnumber,
    Reason.VOXNUMBER_NOT_IN_STOCK: _sentence("VoxNumber {} is not in the stock.", "full_voxnumber"),
    Reason.VOXNUMBER_ASSIGNED: _voxnumber_assigned,
    Reason.VOXNUMBER_DUPLICATED: _voxnumber_duplicated,
    Reason.AREA_CODE_WITHOUT_STOCK: _area_code_without_stock,
}
