"""Stock comes in: the VoxNumbers of the account, sorted, each once, with the area code that its digits or its row tell.

What a row says wins over what the digits say. A number whose area code can't be told is kept: a link may name it.

A number listed twice is one number, whichever row comes first. Of its rows one that attaches it to a link is kept; then
the one whose `link_id`, `area_code`, `city`, `region` and `country` come first, in this order, as numbers and texts
with what is empty last. The others are rejected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from allocator.errors import OptionError
from allocator.notation import UK_IDD, parse_area_code, parse_number_column
from allocator.places import area_code_column
from allocator.tables.read import Source, read_table
from allocator.tables.schema import TableSchema
from allocator.tables.text import RejectReason, Sieve, TextTable, parse_distinct, problem_sentences

__all__ = ["PLACEHOLDER", "Stock", "number_texts", "read_stock", "with_purchases"]

_PLACE = ("city", "region", "country")
HEADER = TableSchema(
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
        (Int32, null where not known), `link_id` (of the link that has the number already, else null), `city`, `region`,
        `country` (as the source has them, else null). The `link_id` of a number that is assigned to nobody knows whom
        is empty text.
    attached
        One row for each link that has a number, by `link_id`, with the smallest `full_voxnumber` that it has. A number
        that the source lists twice may be attached to two links; neither can take another.
    rejected
        The rows that can't be read: `table`, `file`, `row`, `column`, `value`, `reason` (a `RejectReason`), `message`.
    source
        Where the stock comes from, as people are told.
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
        Column `full_voxnumber`, and where known `link_id` (of a number that is attached already), `area_code`, `city`,
        `region`, `country`, `assigned_status` (ASSIGNED or UNASSIGNED). Others are left alone. Or what the API's
        getVoxnumbers returned, as it was saved (XML), several pages as a list of paths.

    Raises
    ------
    TableError
        The source can't be read, or a column is missing, misspelt or doubled.

    Notes
    -----
    O(n log n) in the rows, linear when they are sorted. The table does not depend on the order of the rows, but for
    `row`.

    Examples
    --------
    >>> stock = read_stock(pl.DataFrame({"full_voxnumber": ["442079460000", "+44 161 496 0000", "020 7946 0001"]}))
    >>> stock.table.select("row", "full_voxnumber", "idd", "area_code").rows()
    [(2, 441614960000, 44, 161), (1, 442079460000, 44, 20)]
    >>> stock.rejected.select("row", "column", "reason").rows()
    [(3, 'full_voxnumber', 'VOXNUMBER_MALFORMED')]
    """
    table = read_table(source, HEADER)
    sieve = Sieve(table)
    numbers = _read_numbers(table, sieve)
    area_codes = _read_area_codes(table, sieve)
    rows = pl.DataFrame(
        {
            "row": table.cells["row"],
            "full_voxnumber": numbers,
            "area_code": area_codes,
            "link_id": _read_holders(table, sieve),
            **{name: table.column(name) for name in _PLACE},
        }
    )
    if not sieve.clean:
        rows = rows.filter(sieve.passed)
    attached = _attached(rows)
    rows = _each_once(_sorted(rows), table, sieve)
    return Stock(_with_digits_told(rows), attached, sieve.rejected, table.name, table.digest)


_PLACEHOLDERS = 10**18  # from here on; real numbers have 15 digits at most (E.164)
PLACEHOLDER = "new-"
"""How a placeholder begins as text."""
_IDD, _AREA_CODE = 10**15, 10**7  # what these count in a placeholder


def with_purchases(stock: Stock, purchases: Mapping[tuple[int, int], int]) -> Stock:
    """A stock with numbers that nobody has bought yet.

    Parameters
    ----------
    stock
        The numbers of the account.
    purchases
        How many more, by IDD and area code.

    Returns
    -------
    Stock
        The new numbers are placeholders, which `number_texts` writes as no number is written. They come behind all real
        ones. Placeholders that the stock has already are kept.

    Raises
    ------
    OptionError
        More than ten million numbers of one area code.

    Examples
    --------
    >>> stock = read_stock(pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    >>> number_texts(with_purchases(stock, {(44, 20): 2}).table["full_voxnumber"]).to_list()
    ['442079460000', 'new-20-1', 'new-20-2']
    """
    numbers = stock.table["full_voxnumber"]
    bought = []
    for (idd, area_code), count in sorted(purchases.items()):
        first = _PLACEHOLDERS + idd * _IDD + area_code * _AREA_CODE + 1
        first += int(numbers.is_between(first, first + _AREA_CODE - 2).sum())
        if first % _AREA_CODE + count > _AREA_CODE:
            raise OptionError(
                f"that is too many numbers of area code {area_code}", value=count, remedy="Give less than ten million."
            )
        bought.append(
            pl.DataFrame(
                {
                    "row": pl.Series([0], dtype=stock.table["row"].dtype).new_from_index(0, count),
                    "full_voxnumber": np.arange(first, first + count),
                    "idd": pl.Series([idd], dtype=stock.table["idd"].dtype).new_from_index(0, count),
                    "area_code": pl.Series([area_code], dtype=pl.Int32).new_from_index(0, count),
                }
            )
        )
    return replace(stock, table=pl.concat([stock.table, *bought], how="diagonal").sort("full_voxnumber"))


def number_texts(numbers: pl.Series) -> pl.Series:
    """Numbers as text; placeholders so that nobody takes them for numbers.

    Parameters
    ----------
    numbers
        Int64.
    """
    if not (numbers >= _PLACEHOLDERS).any():
        return numbers.cast(pl.String)
    number = pl.col("number")
    rest = number - _PLACEHOLDERS
    idd, area_code, turn = rest // _IDD, rest % _IDD // _AREA_CODE, rest % _AREA_CODE
    country = pl.when(idd == UK_IDD).then(pl.lit("")).otherwise(pl.format("{}-", idd))
    placeholder = pl.format(PLACEHOLDER + "{}{}-{}", country, area_code, turn)
    text = pl.when(number < _PLACEHOLDERS).then(number.cast(pl.String)).otherwise(placeholder)
    return pl.DataFrame({"number": numbers}).select(text.alias(numbers.name))[numbers.name]


def _read_numbers(table: TextTable, sieve: Sieve) -> pl.Series:
    text = table.column("full_voxnumber")
    read = parse_number_column(text)
    if read["problem"].null_count() < read.height:
        empty = text.is_null()
        sieve.reject(
            empty,
            "full_voxnumber",
            RejectReason.FIELD_MISSING,
            "The full_voxnumber is empty. Give a number, or remove the row.",
        )
        faulty = read["problem"].is_not_null() & ~empty
        sentences = problem_sentences(text, read).filter(faulty)
        sieve.reject(faulty, "full_voxnumber", RejectReason.VOXNUMBER_MALFORMED, sentences)
    return read["full_voxnumber"]


def _read_area_codes(table: TextTable, sieve: Sieve) -> pl.Series:
    text = table.column("area_code")
    if text.null_count() == len(text):
        return text.cast(pl.Int32)
    read = parse_distinct(text, "area_code", parse_area_code)
    faulty = read["problem"].is_not_null()
    sieve.reject(faulty, "area_code", RejectReason.AREA_CODE_MALFORMED, problem_sentences(text, read).filter(faulty))
    return read["area_code"]


def _read_holders(table: TextTable, sieve: Sieve) -> pl.Series:
    """The link that has each number; empty text where a number is assigned and the row does not say to whom."""
    link_id = table.column("link_id")
    if "assigned_status" not in table:
        return link_id
    told = table.column("assigned_status")
    status = told.str.to_uppercase()
    unknown = pl.format("{} is neither ASSIGNED nor UNASSIGNED. Write one of the two.", "shown")
    faulty = ~status.is_in(["ASSIGNED", "UNASSIGNED"]).fill_null(True)
    sieve.reject(faulty, "assigned_status", RejectReason.ASSIGNED_STATUS_UNKNOWN, unknown)
    nobody_knows = link_id.is_null() & (status == "ASSIGNED").fill_null(False)
    return pl.select(pl.when(nobody_knows).then(pl.lit("")).otherwise(link_id).alias("link_id")).to_series()


def _sorted(rows: pl.DataFrame) -> pl.DataFrame:
    if rows["full_voxnumber"].is_sorted():
        return rows
    # Columns of nothing need no moving, and most stocks have some.
    filled = [column.name for column in rows if column.null_count() < len(column)]
    return rows.with_columns(rows.select(filled).sort("full_voxnumber", maintain_order=True))


def _attached(rows: pl.DataFrame) -> pl.DataFrame:
    held = rows.select("link_id", "full_voxnumber").filter(pl.col("link_id") != "")
    return held.group_by("link_id").agg(pl.col("full_voxnumber").min()).sort("link_id")


def _each_once(rows: pl.DataFrame, table: TextTable, sieve: Sieve) -> pl.DataFrame:
    """Each number once; the other rows that have it are rejected."""
    number = rows["full_voxnumber"]
    again = number.head(max(len(number) - 1, 0)) == number.tail(max(len(number) - 1, 0))
    if not again.any():
        return rows
    twice = rows.filter(pl.col("full_voxnumber").is_in(number.head(len(again)).filter(again).implode()))
    order = ["full_voxnumber", "link_id", "area_code", *_PLACE, "row"]
    kept = twice.sort(order, nulls_last=True).unique("full_voxnumber", keep="first", maintain_order=True)
    others = twice.join(kept, on="row", how="anti").sort("row")
    told = others.join(
        kept.select("full_voxnumber", kept="row"), on="full_voxnumber", how="left", maintain_order="left"
    )
    sentences = told.select(
        pl.format(
            "The number {} stands in row {} too, which is the one that counts. Remove one row.",
            "full_voxnumber",
            "kept",
        )
    ).to_series()
    faulty = table.cells["row"].is_in(others["row"].implode())
    sieve.reject(faulty, "full_voxnumber", RejectReason.VOXNUMBER_DUPLICATED, sentences)
    return rows.join(others, on="row", how="anti", maintain_order="left")


def _with_digits_told(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the country code and, where the row gives none, the area code that their digits tell."""
    told = area_code_column(rows["full_voxnumber"])
    area_code = rows["area_code"]
    if area_code.null_count() < len(area_code):
        area_code = (
            pl.select(given=area_code, told=told["area_code"])
            .select(area_code=pl.coalesce("given", "told"))
            .to_series()
        )
    else:
        area_code = told["area_code"]
    return rows.select(
        "row",
        "full_voxnumber",
        idd=told["idd"],
        area_code=area_code.alias("area_code"),
        link_id="link_id",
        city="city",
        region="region",
        country="country",
    )
