"""Stock: the VoxNumbers of the account, sorted, each once, with the area code that its row or its digits say.

The area code in a row wins over the one in the digits. A number of unknown area code is kept: a link may ask for it by
name.

A number listed twice is one number, whichever row comes first. The row that is kept attaches the number to a link, if
one does; ties go to the first `link_id`, `area_code`, `city`, `region` and `country`, compared in this order as numbers
and texts, empty ones last. The others are rejected.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from allocator.notation import parse_area_code_column, parse_number_column
from allocator.places import area_code_column
from allocator.tables.read import Source, read_table
from allocator.tables.rejected import RejectReason, problem_sentences
from allocator.tables.schema import TableSchema
from allocator.tables.sieve import Sieve

_PLACE = ("city", "region", "country")
SCHEMA = TableSchema(
    "stock",
    required=("full_voxnumber",),
    optional=("link_id", "area_code", *_PLACE, "assigned_status"),
    digits=frozenset({"full_voxnumber", "link_id", "area_code"}),
    listed={"voxnumber": "full_voxnumber", "voxnumber_city": "city", "voxnumber_country": "country"},
)


@dataclass(frozen=True, slots=True)
class Stock:
    """The VoxNumbers of an account.

    Attributes
    ----------
    table
        One row for each number, sorted by number: `row` in the source, `full_voxnumber` (Int64), `idd`, `area_code`
        (Int32, null where not known), `link_id` (of the link that already has the number, otherwise null), `city`,
        `region`, `country` (from the source, otherwise null). An assigned number whose link is not known has an empty
        text as `link_id`.
    attached
        One row for each link that has a number, by `link_id`, with the smallest `full_voxnumber` that it has. A number
        that the source lists twice may be attached to two links; neither can get another.
    rejected
        The rows that can't be read: `table`, `file`, `row`, `column`, `value`, `reason` (a `RejectReason`), `message`.
    source
        Where the stock comes from, as messages call it.
    digest
        The sha256 of the source, see `allocator.tables.text.TextTable`.
    """

    table: pl.DataFrame
    attached: pl.DataFrame
    rejected: pl.DataFrame
    source: str
    digest: str

    def __len__(self) -> int:
        return self.table.height


def read_stock(source: Source) -> Stock:
    """Read stock from a path, from standard input ("-") or from a data frame.

    Parameters
    ----------
    source
        Column `full_voxnumber`, and where known `link_id` (of a number that is already attached), `area_code`, `city`,
        `region`, `country`, `assigned_status` (ASSIGNED or UNASSIGNED). Others are ignored. Or the saved answer of the
        API's getVoxnumbers (XML), several pages as a list of paths.

    Raises
    ------
    TableError
        The source can't be read, or a column is missing, misspelt or doubled.
    MarkupError
        The source is broken XML.

    Notes
    -----
    O(n log n) in the rows, linear when they are sorted. Only `row` depends on the order of the rows.

    Examples
    --------
    >>> stock = read_stock(pl.DataFrame({"full_voxnumber": ["442079460000", "+44 161 496 0000", "020 7946 0001"]}))
    >>> stock.table.select("row", "full_voxnumber", "idd", "area_code").rows()
    [(2, 441614960000, 44, 161), (1, 442079460000, 44, 20)]
    >>> stock.rejected.select("row", "column", "reason").rows()
    [(3, 'full_voxnumber', 'VOXNUMBER_MALFORMED')]
    """
    table = read_table(source, SCHEMA)
    row, texts = table.cells["row"], table.columns()
    sieve = Sieve(table)
    rows = pl.DataFrame(
        {
            "row": row,
            "full_voxnumber": _read_numbers(texts["full_voxnumber"], sieve),
            "area_code": _read_area_codes(texts["area_code"], sieve),
            "link_id": _read_holders(texts["link_id"], texts["assigned_status"], sieve)
            if "assigned_status" in table
            else texts["link_id"],
            **{name: texts[name] for name in _PLACE},
        }
    )
    if not sieve.clean:
        rows = rows.filter(sieve.passed)
    attached = attached_links(rows)
    rows = _each_once(_sorted(rows), row, sieve)
    return Stock(_with_area_codes(rows), attached, sieve.rejected, table.name, table.digest)


def attached_links(rows: pl.DataFrame) -> pl.DataFrame:
    """List the links that have a number: `link_id`, and the smallest `full_voxnumber` that it has.

    Examples
    --------
    >>> attached_links(pl.DataFrame({"link_id": ["a", None, "a", ""], "full_voxnumber": [4, 3, 2, 1]})).rows()
    [('a', 2)]
    """
    held = rows.select("link_id", "full_voxnumber").filter(pl.col("link_id") != "")
    return held.group_by("link_id").agg(pl.col("full_voxnumber").min()).sort("link_id")


def _read_numbers(text: pl.Series, sieve: Sieve) -> pl.Series:
    read = parse_number_column(text)
    if read["problem"].null_count() < read.height:
        empty = text.is_null()
        message = "The full_voxnumber is empty. Give a number, or remove the row."
        sieve.reject(empty, "full_voxnumber", RejectReason.FIELD_MISSING, message)
        faulty = read["problem"].is_not_null() & ~empty
        sentences = problem_sentences(text, read).filter(faulty)
        sieve.reject(faulty, "full_voxnumber", RejectReason.VOXNUMBER_MALFORMED, sentences)
    return read["full_voxnumber"]


def _read_area_codes(text: pl.Series, sieve: Sieve) -> pl.Series:
    if text.null_count() == len(text):
        return text.cast(pl.Int32)
    read = parse_area_code_column(text)
    faulty = read["problem"].is_not_null()
    if faulty.any():
        sentences = problem_sentences(text, read).filter(faulty)
        sieve.reject(faulty, "area_code", RejectReason.AREA_CODE_MALFORMED, sentences)
    return read["area_code"]


def _read_holders(link_id: pl.Series, assigned_status: pl.Series, sieve: Sieve) -> pl.Series:
    """Find the link that has each number; empty text where a number is assigned and its row does not name the link."""
    status = assigned_status.str.to_uppercase()
    faulty = ~status.is_in(["ASSIGNED", "UNASSIGNED"]).fill_null(True)
    if faulty.any():
        message = pl.format("{} is neither ASSIGNED nor UNASSIGNED. Write one of the two.", "shown")
        sieve.reject(faulty, "assigned_status", RejectReason.ASSIGNED_STATUS_UNKNOWN, message)
    unnamed = link_id.is_null() & (status == "ASSIGNED").fill_null(False)
    return pl.select(pl.when(unnamed).then(pl.lit("")).otherwise(link_id).alias("link_id")).to_series()


def _sorted(rows: pl.DataFrame) -> pl.DataFrame:
    if rows["full_voxnumber"].is_sorted():
        return rows
    # Columns of nulls need no sorting, and most stocks have some.
    filled = [column.name for column in rows if column.null_count() < len(column)]
    return rows.with_columns(rows.select(filled).sort("full_voxnumber", maintain_order=True))


def _each_once(rows: pl.DataFrame, row: pl.Series, sieve: Sieve) -> pl.DataFrame:
    """Keep each number once, and reject the other rows that have it; `row` numbers all rows of the source."""
    number = rows["full_voxnumber"]
    again = number.head(max(len(number) - 1, 0)) == number.tail(max(len(number) - 1, 0))
    if not again.any():
        return rows
    twice = rows.filter(pl.col("full_voxnumber").is_in(number.head(len(again)).filter(again).implode()))
    order = ["full_voxnumber", "link_id", "area_code", *_PLACE, "row"]
    kept = twice.sort(order, nulls_last=True).unique("full_voxnumber", keep="first", maintain_order=True)
    others = twice.join(kept, on="row", how="anti").sort("row")
    kept_rows = kept.select("full_voxnumber", kept="row")
    sentence = "The number {} is in row {} too, and that row counts. Remove one of the two."
    sentences = others.join(kept_rows, on="full_voxnumber", how="left", maintain_order="left").select(
        pl.format(sentence, "full_voxnumber", "kept")
    )
    faulty = row.is_in(others["row"].implode())
    sieve.reject(faulty, "full_voxnumber", RejectReason.VOXNUMBER_DUPLICATED, sentences.to_series())
    return rows.join(others, on="row", how="anti", maintain_order="left")


def _with_area_codes(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the country code in the digits and, where the row gives none, the area code in the digits."""
    digits = area_code_column(rows["full_voxnumber"])
    area_code = rows["area_code"]
    if area_code.null_count() == len(area_code):
        area_code = digits["area_code"]
    elif area_code.null_count():
        area_code = pl.select(pl.coalesce(area_code, digits["area_code"])).to_series()
    return rows.select(
        "row",
        "full_voxnumber",
        idd=digits["idd"],
        area_code=area_code.alias("area_code"),
        link_id="link_id",
        city="city",
        region="region",
        country="country",
    )
