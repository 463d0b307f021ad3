"""What an account is made of: its links, its numbers, and which has which.

The links are a table with a column `link_id`, or what the API's getLinks returned, as it was saved. Where there is a
column `voxnumber`, as the listing has, a link has that number already.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from allocator.errors import TableError
from allocator.notation import parse_number_column
from allocator.protocol import FIELDS
from allocator.tables.read import Source, read_table
from allocator.tables.schema import TableSchema
from allocator.tables.stock import Stock, read_stock

__all__ = ["read_account", "read_link_ids"]

_LINKS = TableSchema(
    "links",
    required=("link_id",),
    # The number that a link has, as the API's listings call it. The others are what a link of a plan asks for; they are
    # known here, so that they are not taken for this one misspelt.
    optional=("voxnumber", *FIELDS[1:]),
    digits=frozenset({"link_id", "voxnumber"}),
    listed={"voxnumber": "voxnumber"},
)


def read_link_ids(source: Source) -> pl.Series:
    """Read the links of an account: each link_id once, in the order of the source.

    Parameters
    ----------
    source
        A table with a column `link_id`, or what the API's getLinks returns, as it was saved.

    Raises
    ------
    TableError
        The source can't be read, or has no such column.

    Examples
    --------
    >>> read_link_ids(pl.DataFrame({"link_id": ["333", "444", "333", None]})).to_list()
    ['333', '444']
    """
    return read_table(source, _LINKS).column("link_id").drop_nulls().unique(maintain_order=True)


def read_account(stock: Source, links: Source | None = None) -> tuple[Stock, pl.Series | None]:
    """Read what an account is made of; what the links' table says of their numbers is entered into the stock.

    Parameters
    ----------
    stock
        The numbers, as `allocator.tables.read_stock` takes them.
    links
        The links, as `read_link_ids` takes them; where there is a column `voxnumber`, as in a listing, a link has that
        number already.

    Returns
    -------
    tuple
        The stock and the link ids, as `Account` takes them.

    Raises
    ------
    TableError
        A source can't be read, or the two tables contradict each other.

    Examples
    --------
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001"]})
    >>> links = pl.DataFrame({"link_id": ["333", "444"], "voxnumber": ["442079460001", None]})
    >>> read_account(stock, links)[0].table["link_id"].to_list()
    [None, '333']
    """
    numbers = read_stock(stock)
    if links is None:
        return numbers, None
    table = read_table(links, _LINKS)
    link_ids = table.column("link_id").drop_nulls().unique(maintain_order=True)
    told = pl.DataFrame(
        {
            "link_id": table.column("link_id"),
            "told": parse_number_column(table.column("voxnumber"))["full_voxnumber"],
            "row": table.cells["row"],
        }
    ).drop_nulls()
    return (_with_attachments(numbers, told, table.name) if told.height else numbers), link_ids


def _with_attachments(stock: Stock, told: pl.DataFrame, file: str) -> Stock:
    """The stock with the attachments (`link_id`, `told` number, `row`) that the links' table knows of."""
    known = told.join(stock.table.select(told="full_voxnumber", holder="link_id"), on="told", how="left")
    clash = known.filter(
        pl.col("holder").is_not_null() & (pl.col("holder") != "") & (pl.col("holder") != pl.col("link_id"))
    ).sort("row")
    again = told.filter(pl.col("told").is_duplicated()).sort("row")
    if clash.height:
        link_id, number, row, holder = clash.row(0)
        raise TableError(
            f"VoxNumber {number} is attached to link {holder} by the stock",
            file=file, row=row, column="voxnumber", value=link_id, remedy="Save both tables again, at one time.",
        )  # fmt: skip
    if again.height:
        raise TableError(
            "another link has the same number", file=file, row=again["row"][1], column="voxnumber",
            value=str(again["told"][0]), remedy="Save the table again.",
        )  # fmt: skip
    entered = told.select("link_id", full_voxnumber="told").rename({"link_id": "holder"})
    table = stock.table.join(entered, on="full_voxnumber", how="left", maintain_order="left")
    table = table.with_columns(link_id=pl.coalesce("holder", "link_id")).drop("holder")
    attached = pl.concat([stock.attached, told.select("link_id", full_voxnumber="told")])
    attached = attached.group_by("link_id").agg(pl.col("full_voxnumber").min()).sort("link_id")
    return replace(stock, table=table, attached=attached)
