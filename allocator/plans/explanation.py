"""Why a link has its number, or none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from allocator.errors import InputError
from allocator.notation import Fallback, Method, Reason, usable_km

_SEARCHED = 10_000  # links to search for the one that was misspelt
_ALIKE = 0.7  # likeness, by difflib, from which one id may be another one misspelt


@dataclass(frozen=True)
class Explanation:
    """Why a link has its number, or none; `str` gives the sentences.

    Attributes
    ----------
    link
        The link's row in the plan's assignments, unassigned or already.
    candidates
        The rows of the plan's `decisions` for the link's group, closest first; empty for links without a group.
    at_the_end
        Whether the numbers left are those at the end of the plan (the best plan); else those at the group's turn.
    """

    link: dict[str, Any]
    candidates: pl.DataFrame
    at_the_end: bool = False

    @property
    def already(self) -> bool:
        """Whether the link has a number already, so that the plan gives it none."""
        return "full_voxnumber" in self.link and "method" not in self.link

    @property
    def assigned(self) -> bool:
        """Whether the plan gives the link a number."""
        return "full_voxnumber" in self.link and not self.already

    def __repr__(self) -> str:
        return f"<Explanation: {next(self._lines())}>"

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        link = self.link
        if self.already:
            yield f"{link['link_id']} has {link['full_voxnumber']} already, so it gets no other."
        elif self.assigned:
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
        links, radius_km = group["links"], group["radius_km"]
        others = f"its {links} links are decided together" if links > 1 else "it is the only link there"
        yield f"{self.link['postcode']} is in outcode {group['outcode']}; {others}."
        where = "only from its own area code" if radius_km == 0 else f"from up to {radius_km:g} km away"
        turn = "" if self.at_the_end else f"was number {group['turn']} in the order of the document and "
        yield f"The outcode {turn}may be served {where}."
        left = "left at the end" if self.at_the_end else "left"
        for row in self.candidates.iter_rows(named=True):
            km = row["distance_km"]
            away = f"{usable_km(km, beyond=radius_km)} km" if km > radius_km else f"{km:.1f} km"
            place = "covers it" if km == 0 else f"{away} away"
            yield f"  0{row['area_code']} {row['name']}, {place}: {row['numbers_left']} {left}, {row['verdict']}"


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
    link_id: str,
    assignments: pl.DataFrame,
    unassigned: pl.DataFrame,
    already: pl.DataFrame,
    decisions: pl.DataFrame,
    *,
    at_the_end: bool,
) -> Explanation:
    """Explain why a link has its number, or none.

    Parameters
    ----------
    link_id
        The link.
    assignments, unassigned, already, decisions
        The tables of a plan.
    at_the_end
        Whether the numbers left in `decisions` are those at the end of the plan.

    Raises
    ------
    InputError
        The plan has no such link.
    """
    for table in (assignments, unassigned, already):
        found = table.filter(pl.col("link_id") == link_id)
        if found.height:
            link = found.row(0, named=True)
            planned = link.get("method") == Method.BY_POSTCODE and link.get("reason") in (
                None,
                Reason.NO_STOCK_IN_REACH,
            )
            candidates = decisions.filter(pl.col("outcode") == link["outcode"]) if planned else decisions.clear()
            return Explanation(link, candidates, at_the_end)
    similar = _similar_link(link_id, pl.concat([table["link_id"] for table in (assignments, unassigned, already)]))
    question = f"Did you mean {similar}? " if similar else ""
    raise InputError(
        "the plan has no such link",
        value=link_id,
        remedy=f"{question}Look in assignments.csv, unassigned.csv, already.csv and rejected.csv.",
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
