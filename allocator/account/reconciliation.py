"""A plan beside the account as it is: which links have their numbers, and how the others drifted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import polars as pl

from allocator.errors import InputError
from allocator.plans import Plan, csv_bytes, read_plan, write_file
from allocator.tables import RejectReason, Source, Stock, read_stock

__all__ = ["Reconciliation", "State", "reconcile"]


class State(StrEnum):
    """How a planned link stands; where more than one is true, the first.

    Examples
    --------
    >>> State.AS_PLANNED.value
    'AS_PLANNED'
    """

    VOXNUMBER_NOT_LISTED = "VOXNUMBER_NOT_LISTED"
    VOXNUMBER_LISTED_TWICE = "VOXNUMBER_LISTED_TWICE"
    VOXNUMBER_ON_ANOTHER_LINK = "VOXNUMBER_ON_ANOTHER_LINK"
    VOXNUMBER_ON_UNNAMED_LINK = "VOXNUMBER_ON_UNNAMED_LINK"
    LINK_HAS_SECOND_VOXNUMBER = "LINK_HAS_SECOND_VOXNUMBER"
    AS_PLANNED = "AS_PLANNED"
    LINK_HAS_ANOTHER_VOXNUMBER = "LINK_HAS_ANOTHER_VOXNUMBER"
    NOT_ATTACHED = "NOT_ATTACHED"


@dataclass(frozen=True)
class Reconciliation:
    """What became of a plan.

    Attributes
    ----------
    table
        One row for each link that the plan gives a number, in the plan's order: `link_id`, `full_voxnumber` (planned),
        `state` (a `State`), `on_link` (the link that has that number), `other_voxnumber` (the smallest other number
        that the link has), `message`.
    rejected
        The rows of the listing that can't be read, see `allocator.stock.Stock`.
    listing
        Where the listing comes from, as people are told.
    """

    table: pl.DataFrame
    rejected: pl.DataFrame
    listing: str

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many links stand how, states that none is in left out; as planned first."""
        found = dict(self.table["state"].value_counts().iter_rows())
        order = (State.AS_PLANNED, *(state for state in State if state is not State.AS_PLANNED))
        return MappingProxyType({state.value: found[state.value] for state in order if state.value in found})

    @cached_property
    def drift(self) -> pl.DataFrame:
        """The rows of `table` that are not as planned."""
        return self.table.filter(pl.col("state") != State.AS_PLANNED.value)

    @property
    def as_planned(self) -> bool:
        """Whether every link has its number, and no other."""
        return self.drift.is_empty()

    def write(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write the drift as CSV, whole or not at all.

        Parameters
        ----------
        path
            The file to make.
        force
            Replace what is there.

        Raises
        ------
        OutputError
            Something is there, or it can't be written.
        """
        write_file(Path(path), csv_bytes(self.drift), force=force)
        return Path(path)

    def __repr__(self) -> str:
        as_planned = self.counts.get(State.AS_PLANNED.value, 0)
        return f"<Reconciliation: {as_planned} of {self.table.height} links as planned>"


def reconcile(plan: Plan | str | os.PathLike[str], listing: Source) -> Reconciliation:
    """Compare a plan with the account's numbers as they were listed later.

    Parameters
    ----------
    plan
        A plan, or its folder.
    listing
        The account's numbers: what getVoxnumbers returned (XML; several pages as a list of paths), or a table with
        `full_voxnumber` and `link_id`; whatever `allocator.stock.read_stock` takes.

    Raises
    ------
    InputError
        There is no plan in the folder, or it was altered.
    TableError
        The listing can't be read.

    Notes
    -----
    O(n log n) in the numbers of the listing, linear in the plan.

    Examples
    --------
    >>> import allocator
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "SW1A 0AA"]})
    >>> numbers = ["442079460000", "442079460001"]
    >>> plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": numbers}))
    >>> found = reconcile(plan, pl.DataFrame({"full_voxnumber": numbers, "link_id": ["1", None]}))
    >>> found
    <Reconciliation: 1 of 2 links as planned>
    >>> found.drift.select("link_id", "state", "message").rows()
    [('2', 'NOT_ATTACHED', '442079460001 is free, and this link has no number.')]
    """
    plan = plan if isinstance(plan, Plan) else _whole_plan(Path(plan))
    stock = read_stock(listing)
    planned = plan.assignments.select("link_id", pl.col("full_voxnumber").cast(pl.Int64))
    table = _with_others(_with_holders(planned, stock), stock)
    table = table.with_columns(state=_state()).with_columns(message=_message(stock.rejected.height))
    columns = ("link_id", "full_voxnumber", "state", "on_link", "other_voxnumber", "message")
    numbers = pl.col("full_voxnumber", "other_voxnumber").cast(pl.String)
    return Reconciliation(table.with_columns(numbers).select(columns), stock.rejected, stock.source)


def _whole_plan(folder: Path) -> Plan:
    plan = read_plan(folder)
    result = plan.summary.get("result")
    if not isinstance(result, dict) or result.get("assignments_sha256") != plan.digest:
        raise InputError(
            "it is not the file that summary.json tells of",
            file=str(folder / "assignments.csv"),
            remedy="Put it back as it was when the plan was written.",
        )
    return plan


def _with_holders(planned: pl.DataFrame, stock: Stock) -> pl.DataFrame:
    """With `on_link`, whether each number is listed, and whether it is listed twice."""
    held = stock.table.select("full_voxnumber", on_link="link_id", listed=pl.lit(True))
    doubled = stock.rejected.filter(pl.col("reason") == RejectReason.VOXNUMBER_DUPLICATED.value)
    # The value of such a row is the number as the listing writes it, which only its reader can tell.
    twice = read_stock(doubled.select(full_voxnumber="value")).table if doubled.height else stock.table.clear()
    joined = planned.join(held, on="full_voxnumber", how="left", maintain_order="left")
    return joined.with_columns(
        pl.col("listed").fill_null(False), twice=pl.col("full_voxnumber").is_in(twice["full_voxnumber"].implode())
    )


def _with_others(planned: pl.DataFrame, stock: Stock) -> pl.DataFrame:
    """With `other_voxnumber`: the smallest number that each link has besides the planned one, and how many."""
    held = stock.table.select("link_id", other="full_voxnumber").filter(pl.col("link_id") != "")
    others = (
        planned.select("link_id", "full_voxnumber")
        .join(held, on="link_id", how="inner")
        .filter(pl.col("other") != pl.col("full_voxnumber"))
        .group_by("link_id")
        .agg(other_voxnumber=pl.col("other").min(), others=pl.len())
    )
    return planned.join(others, on="link_id", how="left", maintain_order="left")


def _state() -> pl.Expr:
    """The state of each row: what became of the number, and then of the link."""
    another = pl.col("other_voxnumber").is_not_null()
    return (
        pl.when(~pl.col("listed"))
        .then(pl.lit(State.VOXNUMBER_NOT_LISTED.value))
        .when("twice")
        .then(pl.lit(State.VOXNUMBER_LISTED_TWICE.value))
        .when(pl.col("on_link") == "")
        .then(pl.lit(State.VOXNUMBER_ON_UNNAMED_LINK.value))
        .when(pl.col("on_link") != pl.col("link_id"))
        .then(pl.lit(State.VOXNUMBER_ON_ANOTHER_LINK.value))
        .when(pl.col("on_link").is_not_null() & another)
        .then(pl.lit(State.LINK_HAS_SECOND_VOXNUMBER.value))
        .when(pl.col("on_link").is_not_null())
        .then(pl.lit(State.AS_PLANNED.value))
        .when(another)
        .then(pl.lit(State.LINK_HAS_ANOTHER_VOXNUMBER.value))
        .otherwise(pl.lit(State.NOT_ATTACHED.value))
    )


def _message(unreadable: int) -> pl.Expr:
    """A sentence for each row: where the number is, and what the link has."""
    number, on_link, other = pl.col("full_voxnumber"), pl.col("on_link"), pl.col("other_voxnumber")
    rows = "1 row of it" if unreadable == 1 else f"{unreadable:,} rows of it"
    caveat = f" ({rows} can't be read)" if unreadable else ""
    where = {
        State.VOXNUMBER_NOT_LISTED: pl.format(f"{{}} is not in the listing{caveat}", number),
        State.VOXNUMBER_LISTED_TWICE: pl.format("{} is in the listing more than once, so save that again", number),
        State.VOXNUMBER_ON_UNNAMED_LINK: pl.format("{} is on a link that the listing does not name", number),
        State.VOXNUMBER_ON_ANOTHER_LINK: pl.format("{} is on link {}", number, on_link),
        State.LINK_HAS_SECOND_VOXNUMBER: pl.format("{} is on the link", number),
        State.AS_PLANNED: pl.format("{} is on the link", number),
        State.LINK_HAS_ANOTHER_VOXNUMBER: pl.format("{} is free", number),
        State.NOT_ATTACHED: pl.format("{} is free", number),
    }
    told = pl.coalesce(pl.when(pl.col("state") == state.value).then(text) for state, text in where.items())
    more = pl.when(pl.col("others") > 1).then(pl.format(" and {} more", pl.col("others") - 1)).otherwise(pl.lit(""))
    second = pl.col("state") == State.LINK_HAS_SECOND_VOXNUMBER.value
    without = pl.col("state").is_in([state.value for state in _TELLING])
    of_link = (
        pl.when(second)
        .then(pl.format(", which has {}{} besides", other, more))
        .when(other.is_not_null())
        .then(pl.format(", and this link has {}{}", other, more))
        .when(without)
        .then(pl.lit(", and this link has no number"))
        .otherwise(pl.lit(""))
    )
    return pl.concat_str(told, of_link, pl.lit("."))


# States of links of which it is known that they have no number when they have no other one than planned.
_TELLING = (State.VOXNUMBER_NOT_LISTED, State.VOXNUMBER_ON_ANOTHER_LINK, State.NOT_ATTACHED)
