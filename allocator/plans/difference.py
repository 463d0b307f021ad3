"""What changes for the links between two plans."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import polars as pl

from allocator.plans.folder import read_plan
from allocator.plans.result import Plan

__all__ = ["Change", "Difference", "diff"]


class Change(StrEnum):
    """What becomes of a link in the second plan."""

    GAINS = "gains a number"
    LOSES = "loses its number"
    MOVES = "moves to another area code"
    CHANGES = "gets another number of the same area code"
    ADDED = "is only in the second plan"
    REMOVED = "is only in the first plan"


CHANGES = tuple(Change)


@dataclass(frozen=True, slots=True)
class Difference:
    """Two plans side by side.

    Attributes
    ----------
    links
        One row for each link whose lot changes, by link_id: `link_id`, `change` (a `Change`), and of both plans
        `full_voxnumber`, `area_code`, `distance_km`, `reason`, with `_before` and `_after` behind.
    counts
        Links by change; `unchanged` are those that have the same number, or none, in both.
    unchanged
        See above.
    """

    links: pl.DataFrame
    counts: dict[str, int]
    unchanged: int

    @property
    def empty(self) -> bool:
        """Whether nothing changes."""
        return self.links.is_empty()


def diff(before: Plan | str | Path, after: Plan | str | Path) -> Difference:
    """Compare two plans link by link.

    Parameters
    ----------
    before, after
        Plans, or the folders that they were written to.

    Raises
    ------
    InputError
        A folder holds no plan, or one that was altered.

    Notes
    -----
    O(links). Rejected rows have no link, and count as not being in a plan.

    Examples
    --------
    >>> import allocator
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "SW1A 0AA"]})
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001"]})
    >>> changes = diff(allocator.plan(links, stock.head(1)), allocator.plan(links, stock))
    >>> changes.links.select("link_id", "change").rows(), changes.unchanged
    ([('2', 'gains a number')], 1)
    """
    first, second = (_links(plan if isinstance(plan, Plan) else read_plan(plan)) for plan in (before, after))
    both = first.join(second, on="link_id", how="full", coalesce=True, suffix="_after")
    both = both.rename({name: f"{name}_before" for name in first.columns if name != "link_id"})
    number, later = pl.col("full_voxnumber_before"), pl.col("full_voxnumber_after")
    told = both.with_columns(
        change=pl.when(pl.col("here_after").is_null())
        .then(pl.lit(str(Change.REMOVED)))
        .when(pl.col("here_before").is_null())
        .then(pl.lit(str(Change.ADDED)))
        .when(number.is_null() & later.is_not_null())
        .then(pl.lit(str(Change.GAINS)))
        .when(number.is_not_null() & later.is_null())
        .then(pl.lit(str(Change.LOSES)))
        .when(pl.col("area_code_before").ne_missing(pl.col("area_code_after")))
        .then(pl.lit(str(Change.MOVES)))
        .when(number.ne_missing(later))
        .then(pl.lit(str(Change.CHANGES)))
    )
    changed = told.filter(pl.col("change").is_not_null()).sort("link_id")
    columns = [f"{name}_{when}" for name in _COMPARED for when in ("before", "after")]
    counted = dict(changed.group_by("change").len().iter_rows())
    return Difference(
        links=changed.select("link_id", "change", *columns),
        counts={str(change): counted[str(change)] for change in CHANGES if str(change) in counted},
        unchanged=told.height - changed.height,
    )


_COMPARED = ("full_voxnumber", "area_code", "distance_km", "reason")


def _links(plan: Plan) -> pl.DataFrame:
    """The links of a plan, with and without a number."""
    served = plan.assignments.select("link_id", "full_voxnumber", "area_code", "distance_km")
    others = plan.unassigned.select("link_id", "reason")
    return (
        pl.concat([served, others], how="diagonal")
        .with_columns(here=pl.lit(value=True))
        .select("link_id", *_COMPARED, "here")
    )
