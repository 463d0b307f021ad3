"""Compare two plans link by link."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import polars as pl

from allocator.plans.files import csv_bytes, write_file
from allocator.plans.folder import read_plan
from allocator.plans.result import Plan


class Change(StrEnum):
    """What becomes of a link in the second plan, as a person reads it."""

    GAINS = "gains a number"
    LOSES = "loses its number"
    MOVES = "moves to another area code"
    CHANGES = "gets another number of the same area code"
    ADDED = "is only in the second plan"
    REMOVED = "is only in the first plan"


@dataclass(frozen=True, slots=True)
class Difference:
    """Two plans side by side.

    Attributes
    ----------
    links
        One row for each link that changes, by link_id: `link_id`, `change` (a `Change`), and of both plans
        `full_voxnumber`, `area_code`, `distance_km`, `reason`, each with `_before` and `_after`.
    counts
        Number of links by change.
    unchanged
        Number of links that have the same number, or none, in both plans.
    """

    links: pl.DataFrame
    counts: dict[str, int]
    unchanged: int

    @property
    def ok(self) -> bool:
        """Whether nothing changes."""
        return self.links.is_empty()

    def write(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the links that change to a CSV file, whole or not at all.

        Parameters
        ----------
        path
            The file to make.
        force
            Replace the file that is there.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OutputError
            Something is there already, or the file can't be written.
        """
        return write_file(path, csv_bytes(self.links), force=force)

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {change}" for change, count in self.counts.items()) or "nothing changes"
        return f"<Difference: {counts}, {self.unchanged} unchanged>"


def diff(before: Plan | str | Path, after: Plan | str | Path) -> Difference:
    """Compare two plans link by link.

    Parameters
    ----------
    before, after
        Plans, or their folders.

    Returns
    -------
    Difference
        The links that change, and how many do not.

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
    plans = (plan if isinstance(plan, Plan) else read_plan(plan) for plan in (before, after))
    return compare_links(*(links_of(plan.assignments, plan.already, plan.unassigned) for plan in plans))


def compare_links(before: pl.DataFrame, after: pl.DataFrame) -> Difference:
    """Compare the links of two plans.

    Parameters
    ----------
    before, after
        The links of each plan, see `links_of`.
    """
    both = before.join(after, on="link_id", how="full", coalesce=True, suffix="_after")
    both = both.rename({name: f"{name}_before" for name in before.columns if name != "link_id"})
    number, later = pl.col("full_voxnumber_before"), pl.col("full_voxnumber_after")
    compared = both.with_columns(
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
    changed = compared.filter(pl.col("change").is_not_null()).sort("link_id")
    columns = [f"{name}_{when}" for name in _COMPARED for when in ("before", "after")]
    counted = dict(changed.group_by("change").len().iter_rows())
    return Difference(
        links=changed.select("link_id", "change", *columns),
        counts={str(change): counted[str(change)] for change in Change if str(change) in counted},
        unchanged=compared.height - changed.height,
    )


_COMPARED = ("full_voxnumber", "area_code", "distance_km", "reason")


def links_of(assignments: pl.DataFrame, already: pl.DataFrame, unassigned: pl.DataFrame) -> pl.DataFrame:
    """Return the links of a plan for `compare_links`: those that get a number, have one already, or have none.

    Parameters
    ----------
    assignments
        `link_id`, `full_voxnumber`, `area_code` and `distance_km` of the links that get a number.
    already
        `link_id`, `full_voxnumber` and `area_code` of the links that have one already.
    unassigned
        `link_id` and `reason` of the links without one.
    """
    served = assignments.select("link_id", "full_voxnumber", "area_code", "distance_km")
    held = already.select("link_id", "full_voxnumber", "area_code")
    others = unassigned.select("link_id", "reason")
    return (
        pl.concat([served, held, others], how="diagonal")
        .with_columns(here=pl.lit(value=True))
        .select("link_id", *_COMPARED, "here")
    )
