"""Compares a plan with the account as it is: which links have their numbers, and how the others drifted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

import polars as pl

from allocator.account.batches import altered
from allocator.plans import SUMMARY, Plan, csv_bytes, read_plan, write_file
from allocator.tables import RejectReason, Source, Stock, read_stock


class State(StrEnum):
    """The state of a planned link; where more than one is true, the first.

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
    """A plan compared with the account.

    Attributes
    ----------
    table
        One row for each link that the plan gives a number, in the plan's order: `link_id`, `full_voxnumber` (planned),
        `state` (an `allocator.account.State`), `on_link` (the link that has that number), `other_voxnumber` (the
        smallest other number of the link), `message`.
    rejected
        The rows of the listing that can't be read: `table`, `file`, `row`, `column`, `value`, `reason`, `message`.
    listing
        The listing's name in texts for people.
    """

    table: pl.DataFrame
    rejected: pl.DataFrame
    listing: str

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of links in each state, without states that no link is in; AS_PLANNED comes first."""
        found = dict(self.table["state"].value_counts().iter_rows())
        order = (State.AS_PLANNED, *(state for state in State if state is not State.AS_PLANNED))
        return {state.value: found[state.value] for state in order if state.value in found}

    @cached_property
    def drift(self) -> pl.DataFrame:
        """The rows of `table` that are not as planned."""
        return self.table.filter(pl.col("state") != State.AS_PLANNED.value)

    @property
    def ok(self) -> bool:
        """Whether every link has its number, and no other."""
        return self.drift.is_empty()

    def write(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write the drift as CSV, whole or not at all.

        Parameters
        ----------
        path
            The file to make.
        force
            Whether to replace a file that is there.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OutputError
            The file is there already, or can't be written.
        """
        write_file(Path(path), csv_bytes(self.drift), force=force)
        return Path(path)

    def __repr__(self) -> str:
        as_planned = self.counts.get(State.AS_PLANNED.value, 0)
        return f"<Reconciliation: {as_planned} of {self.table.height} links as planned>"


def reconcile(plan: Plan | str | os.PathLike[str], listing: Source) -> Reconciliation:
    """Compare a plan with a later listing of the account's numbers.

    Parameters
    ----------
    plan
        A plan, or its folder.
    listing
        The account's numbers: what getVoxnumbers returned (XML; several pages as a list of paths), or a table with
        `full_voxnumber` and `link_id`.

    Returns
    -------
    Reconciliation
        The state of every link that the plan gives a number.

    Raises
    ------
    InputError
        The folder holds no plan, or one that was altered.
    TableError
        The listing can't be read, or lacks a column.
    MarkupError
        The listing is broken XML.

    Notes
    -----
    O(n log n) in the numbers of the listing, linear in the plan.

    Examples
    --------
    >>> import allocator
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "SW1A 0AA"]})
    >>> numbers = ["442079460000", "442079460001"]
    >>> plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": numbers}))
    >>> found = allocator.reconcile(plan, pl.DataFrame({"full_voxnumber": numbers, "link_id": ["1", None]}))
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
    if plan.summary["result"].get("assignments_sha256") != plan.digest:
        remedy = "Put it back as it was when the plan was written."
        raise altered(folder / "assignments.csv", f"it is not the file that {SUMMARY} describes", remedy)
    return plan


def _with_holders(planned: pl.DataFrame, stock: Stock) -> pl.DataFrame:
    """Add `on_link`, whether each number is `listed`, and whether it is listed `twice`."""
    held = stock.table.select("full_voxnumber", on_link="link_id", listed=pl.lit(True))
    doubled = stock.rejected.filter(pl.col("reason") == RejectReason.VOXNUMBER_DUPLICATED.value)
    # Such a row has the number as the listing writes it, so it must be read as a number again.
    twice = read_stock(doubled.select(full_voxnumber="value")).table if doubled.height else stock.table.clear()
    joined = planned.join(held, on="full_voxnumber", how="left", maintain_order="left")
    return joined.with_columns(
        pl.col("listed").fill_null(False), twice=pl.col("full_voxnumber").is_in(twice["full_voxnumber"].implode())
    )


def _with_others(planned: pl.DataFrame, stock: Stock) -> pl.DataFrame:
    """Add `other_voxnumber`, the smallest number of each link besides the planned one, and `others`, their number."""
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
    """The state of each row: first by its number, then by its link."""
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
    of_number = pl.coalesce(pl.when(pl.col("state") == state.value).then(text) for state, text in where.items())
    more = pl.when(pl.col("others") > 1).then(pl.format(" and {} more", pl.col("others") - 1)).otherwise(pl.lit(""))
    second = pl.col("state") == State.LINK_HAS_SECOND_VOXNUMBER.value
    without = pl.col("state").is_in([state.value for state in _NO_NUMBER])
    of_link = (
        pl.when(second)
        .then(pl.format(", which has {}{} besides", other, more))
        .when(other.is_not_null())
        .then(pl.format(", and this link has {}{}", other, more))
        .when(without)
        .then(pl.lit(", and this link has no number"))
        .otherwise(pl.lit(""))
    )
    return pl.concat_str(of_number, of_link, pl.lit("."))


# In these states the link does not have the planned number, so without another one it has none.
_NO_NUMBER = (State.VOXNUMBER_NOT_LISTED, State.VOXNUMBER_ON_ANOTHER_LINK, State.NOT_ATTACHED)
