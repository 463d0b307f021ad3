"""Why a link has its number, or none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from allocator.errors import InputError
from allocator.notation import Fallback, Method, Reason

_SEARCHED = 10_000  # links to search for the one that was misspelt
_ALIKE = 0.7  # likeness, by difflib, from which one id may be another one misspelt


@dataclass(frozen=True)
class Explanation:
    """Why a link has its number, or none; `str` gives the sentences.

    Attributes
    ----------
    link
        The link's row in the plan's assignments or unassigned.
    candidates
        The rows of the plan's `decisions` for the link's group, in the order tried; empty for links without a group.
    """

    link: dict[str, Any]
    candidates: pl.DataFrame

    @property
    def assigned(self) -> bool:
        """Whether the link has a number."""
        return "full_voxnumber" in self.link

    def __repr__(self) -> str:
        return f"<Explanation: {next(self._lines())}>"

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        link = self.link
        if self.assigned:
            yield f"{link['link_id']} gets {link['full_voxnumber']}."
        else:
            yield f"{link['link_id']} gets no number ({link['reason']})."
            yield link["message"]
        if self.candidates.height:
            yield from self._group()
        elif self.assigned:
            yield _WITHOUT_GROUP[link["method"], link["fallback"]].format(**link)

    def _group(self) -> Iterator[str]:
        group = self.candidates.row(0, named=True)
        others = (
            f"its {group['links']} links are decided together" if group["links"] > 1 else "it is the only link there"
        )
        yield (
            f"{self.link['postcode']} is in outcode {group['outcode']}; {others}. The outcode was number "
            f"{group['turn']} in the order of the document and may be served from up to {group['radius_km']:g} km away."
        )
        for row in self.candidates.iter_rows(named=True):
            where = "covers it" if row["distance_km"] == 0 else f"{row['distance_km']:.1f} km away"
            yield f"  0{row['area_code']} {row['name']}, {where}: {row['numbers_left']} left, {row['verdict']}"


_ANOTHER = "The area code asked for had none left; {{area_code}} is another area code of the same {}."
_WITHOUT_GROUP = {
    (Method.BY_VOXNUMBER, Fallback.NONE): "The link names this number itself, and it was available.",
    (
        Method.BY_AREA,
        Fallback.NONE,
    ): ("It is the smallest number that area code {area_code} had left when the link's turn came."),
    (
        Method.BY_AREA,
        Fallback.CITY,
    ): _ANOTHER.format(Fallback.CITY),
    (
        Method.BY_AREA,
        Fallback.REGION,
    ): _ANOTHER.format(Fallback.REGION),
    (
        Method.BY_AREA,
        Fallback.COUNTRY,
    ): _ANOTHER.format(Fallback.COUNTRY),
}


def explanation_of(
    link_id: str, assignments: pl.DataFrame, unassigned: pl.DataFrame, decisions: pl.DataFrame
) -> Explanation:
    """Explain why a link has its number, or none.

    Parameters
    ----------
    link_id
        The link.
    assignments, unassigned, decisions
        The tables of a plan.

    Raises
    ------
    InputError
        The plan has no such link.
    """
    for table in (assignments, unassigned):
        found = table.filter(pl.col("link_id") == link_id)
        if found.height:
            link = found.row(0, named=True)
            planned = link["method"] == Method.BY_POSTCODE and link.get("reason") in (None, Reason.NO_STOCK_IN_REACH)
            candidates = decisions.filter(pl.col("outcode") == link["outcode"]) if planned else decisions.clear()
            return Explanation(link, candidates)
    similar = _similar_link(link_id, pl.concat([assignments["link_id"], unassigned["link_id"]]))
    question = f"Did you mean {similar}? " if similar else ""
    raise InputError(
        "the plan has no such link",
        value=link_id,
        remedy=f"{question}Look in assignments.csv, unassigned.csv and rejected.csv.",
    )


def _similar_link(link_id: str, ids: pl.Series) -> str | None:
    """Return the link most like a misspelt link_id, the first of several; None where none is much like it."""
    import difflib

    # Compare only ids that begin or end alike: all of a million would take minutes.
    half = -(-len(link_id) // 2)
    begun = ids.str.head(half).str.to_lowercase() == link_id[:half].lower()
    ended = ids.str.tail(half).str.to_lowercase() == link_id[-half:].lower()
    some = ids.filter(begun | ended).head(_SEARCHED).to_list()
    return next(iter(difflib.get_close_matches(link_id, some, n=1, cutoff=_ALIKE)), None)
