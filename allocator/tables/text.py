"""A table as text, and the rows of it that can't be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import polars as pl

from allocator.errors import NumberError
from allocator.tables.schema import TableSchema

__all__ = [
    "REJECTED",
    "Reading",
    "RejectReason",
    "Sieve",
    "TextTable",
    "no_faults",
    "nulls",
    "numbered",
    "parse_distinct",
    "problem_sentences",
    "read_distinct",
    "rejected_rows",
    "shown",
]

_SHOWN = 60  # characters of a value that a message repeats

_Value = TypeVar("_Value")


class RejectReason(StrEnum):
    """Why a row can't be read.

    Examples
    --------
    >>> print(RejectReason.LINK_ID_EMPTY)
    LINK_ID_EMPTY
    """

    ROW_RAGGED = "ROW_RAGGED"
    ROW_MISQUOTED = "ROW_MISQUOTED"
    NUMBER_NOT_WHOLE = "NUMBER_NOT_WHOLE"
    LINK_ID_EMPTY = "LINK_ID_EMPTY"
    LINK_ID_NOT_XML = "LINK_ID_NOT_XML"
    LINK_ID_DUPLICATED = "LINK_ID_DUPLICATED"
    METHOD_UNKNOWN = "METHOD_UNKNOWN"
    FIELD_MISSING = "FIELD_MISSING"
    POSTCODE_MALFORMED = "POSTCODE_MALFORMED"
    DISTANCE_MALFORMED = "DISTANCE_MALFORMED"
    IDD_MALFORMED = "IDD_MALFORMED"
    AREA_CODE_MALFORMED = "AREA_CODE_MALFORMED"
    BOOLEAN_MALFORMED = "BOOLEAN_MALFORMED"
    VOXNUMBER_MALFORMED = "VOXNUMBER_MALFORMED"
    VOXNUMBER_DUPLICATED = "VOXNUMBER_DUPLICATED"
    ASSIGNED_STATUS_UNKNOWN = "ASSIGNED_STATUS_UNKNOWN"
    COUNTRY_NOT_SUPPORTED = "COUNTRY_NOT_SUPPORTED"
    PRIORITY_MALFORMED = "PRIORITY_MALFORMED"


REJECTED = pl.Schema(
    {
        "table": pl.String,
        "file": pl.String,
        "row": pl.UInt32,
        "column": pl.String,
        "value": pl.String,
        "reason": pl.String,
        "message": pl.String,
    }
)
"""Columns of a table of rejected rows."""


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table as it was read: text, nothing else.

    Attributes
    ----------
    header
        The columns that it was read for.
    name
        Where it comes from, as people are told.
    digest
        A sha256 in hexadecimal digits. Of a file: of its bytes. Of a data frame: of its known columns written as CSV in
        UTF-8, in the order of the header, every field quoted, empty where null; so it depends neither on the library
        nor on how the columns lie in memory.
    cells
        `row` (UInt32) and each known column that was found (String, null where empty).
    rejected
        Rows that have no cells, with the columns of `REJECTED`.
    """

    header: TableSchema
    name: str
    digest: str
    cells: pl.DataFrame
    rejected: pl.DataFrame

    def __len__(self) -> int:
        return self.cells.height

    def __contains__(self, column: str) -> bool:
        return column in self.cells.columns

    def column(self, name: str) -> pl.Series:
        """A column of text; nulls where the table does not have it."""
        if name in self:
            return self.cells[name]
        return nulls(name, len(self), pl.String)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a source.

    Attributes
    ----------
    columns
        The known columns that were found, as text, spaces and all.
    row
        Number of each row.
    faults
        Rows that are not among them: `row`, `column`, `value`, `reason`, `message`.
    """

    columns: dict[str, pl.Series]
    row: pl.Series
    faults: pl.DataFrame

    def cells(self) -> pl.DataFrame:
        """`row` and the columns without the spaces around their values, null where nothing is left.

        Examples
        --------
        >>> Reading({"city": pl.Series([" Leeds ", " "])}, numbered(2, 1), no_faults()).cells().rows()
        [(1, 'Leeds'), (2, None)]
        """
        cells = pl.DataFrame(self.columns).select(pl.all().str.strip_chars())
        hollow = [column.name for column in cells if (column == "").any()]
        if hollow:
            cells = cells.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)) for name in hollow)
        return cells.insert_column(0, self.row.alias("row"))


def numbered(count: int, first_row: int) -> pl.Series:
    """Row numbers.

    Examples
    --------
    >>> numbered(2, 7).to_list()
    [7, 8]
    """
    return pl.int_range(first_row, first_row + count, dtype=pl.UInt32, eager=True)


def nulls(name: str, length: int, dtype: pl.DataType | type[pl.DataType]) -> pl.Series:
    """A column of nothing.

    Examples
    --------
    >>> nulls("city", 2, pl.String).to_list()
    [None, None]
    """
    return pl.Series(name, [None], dtype=dtype).new_from_index(0, length)


class Sieve:
    """Finds the rows of a table that can't be read: each row is rejected for the first fault that is told of it.

    Examples
    --------
    >>> cells = pl.DataFrame({"row": [1, 2], "link_id": ["a", None]})
    >>> table = TextTable(TableSchema("links", ("link_id",)), "links.csv", "", cells, pl.DataFrame(schema=REJECTED))
    >>> sieve = Sieve(table)
    >>> sieve.reject(table.column("link_id").is_null(), "link_id", RejectReason.LINK_ID_EMPTY, "Give the link an ID.")
    >>> sieve.rejected["row"].to_list(), sieve.passed.to_list()
    ([2], [True, False])
    """

    def __init__(self, table: TextTable) -> None:
        self._table = table
        self._faults: list[pl.DataFrame] = []

    def reject(self, faulty: pl.Series, column: str, reason: RejectReason, message: str | pl.Expr | pl.Series) -> None:
        """Reject the rows for which `faulty` is true.

        Parameters
        ----------
        faulty
            Boolean, one for each row.
        column, reason
            What is at fault.
        message
            A sentence: one for all, one for each faulty row, or an expression over `row`, `value` and `shown` (the
            value in quotes, cut where it stops helping).
        """
        place = faulty.arg_true()
        if not len(place):
            return
        value = self._table.column(column).gather(place)
        told = pl.select(
            place=place,
            row=self._table.cells["row"].gather(place),
            column=pl.lit(column),
            value=value,
            shown=shown(value),
            reason=pl.lit(str(reason)),
        )
        sentence = pl.lit(message) if isinstance(message, str | pl.Series) else message
        self._faults.append(told.with_columns(message=sentence).drop("shown"))

    @property
    def passed(self) -> pl.Series:
        """Which rows have no fault, boolean."""
        passed = pl.Series("passed", [True]).new_from_index(0, len(self._table))
        for faults in self._faults:
            passed = passed.scatter(faults["place"], False)
        return passed

    @property
    def clean(self) -> bool:
        """Whether no row has a fault so far."""
        return not self._faults

    @property
    def rejected(self) -> pl.DataFrame:
        """The rejected rows, by row, with those that were rejected when the source was read."""
        if self.clean:
            return self._table.rejected
        first = pl.concat(self._faults).unique("place", keep="first", maintain_order=True)
        told = rejected_rows(self._table.header, self._table.name, first)
        return pl.concat([self._table.rejected, told]).sort("row", maintain_order=True)


def shown(value: pl.Series) -> pl.Series:
    """Values as messages repeat them: in quotes, cut where they stop helping.

    Examples
    --------
    >>> shown(pl.Series(["SW1A", "x" * 100])).str.len_chars().to_list()
    [6, 62]
    """
    text = pl.col("value")
    cut = pl.when(text.str.len_chars() > _SHOWN).then(text.str.head(_SHOWN - 1) + "…").otherwise(text)
    return pl.select(value=value).select(shown=pl.concat_str(pl.lit("'"), cut, pl.lit("'")))["shown"]


def rejected_rows(header: TableSchema, file: str, faults: pl.DataFrame) -> pl.DataFrame:
    """Faults (`row`, `column`, `value`, `reason`, `message`) as a table of rejected rows.

    Examples
    --------
    >>> rejected_rows(TableSchema("links", ("link_id",)), "links.csv", no_faults()).columns == list(REJECTED)
    True
    """
    told = faults.with_columns(table=pl.lit(header.table), file=pl.lit(file))
    return told.select(pl.col(name).cast(dtype) for name, dtype in REJECTED.items())


def no_faults() -> pl.DataFrame:
    """A table of no rejected rows, as a `Reading` has it.

    Examples
    --------
    >>> no_faults().columns
    ['row', 'column', 'value', 'reason', 'message']
    """
    return pl.DataFrame(schema={name: REJECTED[name] for name in ("row", "column", "value", "reason", "message")})


# --- reading columns -------------------------------------------------------------------------------------------------


def problem_sentences(text: pl.Series, read: pl.DataFrame) -> pl.Series:
    """What `problem` and `remedy` say of a text, as sentences; null where there is no problem.

    Examples
    --------
    >>> read = pl.DataFrame({"problem": ["it starts with 0"], "remedy": ["Write the country code."]})
    >>> problem_sentences(pl.Series(["020"]), read).item()
    "'020': it starts with 0. Write the country code."
    """
    quoted = shown(text)
    told = read.select("problem", "remedy", quoted=quoted)
    opening = (
        pl.when(pl.col("problem").str.starts_with(pl.col("quoted")))
        .then(pl.col("problem"))
        .otherwise(pl.concat_str("quoted", pl.lit(": "), "problem", ignore_nulls=True))
    )
    said = pl.concat_str(opening, pl.lit(". "), pl.col("remedy").fill_null(""))
    return told.select(message=pl.when(pl.col("problem").is_not_null()).then(said.str.strip_chars_end()))["message"]


def parse_distinct(texts: pl.Series, name: str, parse: Callable[[str], int]) -> pl.DataFrame:
    """Read a column with few distinct texts by a function for one of them.

    Parameters
    ----------
    texts
        A column of text; null stays null.
    name
        What the column of results is called.
    parse
        Reads one text, or raises NumberError.

    Returns
    -------
    One row per text: `name` (Int32), and `problem` and `remedy`, null where there is none.

    Examples
    --------
    >>> parse_distinct(pl.Series(["20", None, "20"]), "area_code", int).columns
    ['area_code', 'problem', 'remedy']
    """
    distinct = texts.drop_nulls().unique()
    read = pl.DataFrame(
        [_parsed(text, parse) for text in distinct],
        schema={"text": pl.String, name: pl.Int32, "problem": pl.String, "remedy": pl.String},
        orient="row",
    )
    return pl.select(text=texts).join(read, on="text", how="left", maintain_order="left").drop("text")


def _parsed(text: str, parse: Callable[[str], int]) -> tuple[str, int | None, str | None, str | None]:
    try:
        return text, parse(text), None, None
    except NumberError as error:
        return text, None, error.problem, error.remedy


def read_distinct(
    texts: pl.Series, read: Callable[[str], _Value | None], dtype: pl.DataType | type[pl.DataType]
) -> pl.Series:
    """Read a column with few distinct texts by a function for one of them; null stays null.

    Examples
    --------
    >>> read_distinct(pl.Series(["a", None, "a"]), str.upper, pl.String).to_list()
    ['A', None, 'A']
    """
    distinct: list[str] = texts.drop_nulls().unique().to_list()
    values = pl.Series([read(text) for text in distinct], dtype=dtype)
    table = pl.DataFrame({"text": pl.Series(distinct, dtype=pl.String), "value": values})
    return pl.select(text=texts).join(table, on="text", how="left", maintain_order="left")["value"]
