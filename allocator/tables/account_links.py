"""What an account is made of: its links, its numbers, and which link has which number.

The links are a table with a column `link_id`, or the saved answer of the API's getLinks. A column `voxnumber`, as the
listing has, says which number a link already has.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from allocator.errors import TableError
from allocator.notation import parse_number_column
from allocator.protocol import FIELDS
from allocator.tables.read import Source, read_table
from allocator.tables.schema import TableSchema
from allocator.tables.stock import Stock, attached_links, read_stock

_LINKS = TableSchema(
    "links",
    required=("link_id",),
    # `voxnumber` is the number that a link has, in the words of the API's listings. The others are what a link of a
    # plan asks for; they are known here so that they do not count as `voxnumber` misspelt.
    optional=("voxnumber", *FIELDS[1:]),
    digits=frozenset({"link_id", "voxnumber"}),
    listed={"voxnumber": "voxnumber"},
)


def read_account(stock: Source, links: Source | None = None) -> tuple[Stock, pl.Series | None]:
    """Read what an account is made of, and enter the numbers that the table of links names into the stock.

    Parameters
    ----------
    stock
        The numbers, as `allocator.tables.read_stock` takes them.
    links
        A table with a column `link_id`, or the saved answer of the API's getLinks. A column `voxnumber`, as in a
        listing, says which number a link already has.

    Returns
    -------
    tuple
        The stock, and each link_id once, in the order of the source; None where no links are given.

    Raises
    ------
    TableError
        A source can't be read, a column is missing, or the two tables contradict each other.
    MarkupError
        A source is broken XML.

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
    link_id = table.column("link_id")
    number = parse_number_column(table.column("voxnumber"))["full_voxnumber"]
    held = pl.DataFrame({"link_id": link_id, "full_voxnumber": number, "row": table.cells["row"]}).drop_nulls()
    link_ids = link_id.drop_nulls().unique(maintain_order=True)
    return (_with_attachments(numbers, held, table.name) if held.height else numbers), link_ids


def _with_attachments(stock: Stock, held: pl.DataFrame, file: str) -> Stock:
    """Enter the attachments that the table of links names (`link_id`, `full_voxnumber`, `row`) into the stock."""
    holders = stock.table.select("full_voxnumber", holder="link_id")
    clash = (
        held.join(holders, on="full_voxnumber", how="left")
        .filter((pl.col("holder") != "") & (pl.col("holder") != pl.col("link_id")))
        .sort("row")
    )
    if clash.height:
        link_id, number, row, holder = clash.row(0)
        raise TableError(
            f"VoxNumber {number} is attached to link {holder} by the stock",
            file=file, row=row, column="voxnumber", value=link_id, remedy="Save both tables again, at one time.",
        )  # fmt: skip
    again = held.filter(pl.col("full_voxnumber").is_duplicated()).sort("row")
    if again.height:
        raise TableError(
            "another link has the same number", file=file, row=again["row"][1], column="voxnumber",
            value=str(again["full_voxnumber"][0]), remedy="Save the table again.",
        )  # fmt: skip
    entered = held.select("full_voxnumber", holder="link_id")
    table = stock.table.join(entered, on="full_voxnumber", how="left", maintain_order="left")
    table = table.with_columns(link_id=pl.coalesce("holder", "link_id")).drop("holder")
    attached = attached_links(pl.concat([stock.attached, held.select(stock.attached.columns)]))
    return replace(stock, table=table, attached=attached)
