"""Rows that can't be read: why, and the sentence a person reads."""

from __future__ import annotations

from enum import StrEnum

import polars as pl

from allocator.tables.schema import TableSchema

_SHOWN = 60  # characters of a value that a message repeats
_NO_VALUE = pl.lit(None, dtype=pl.String)


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


def no_faults() -> pl.DataFrame:
    """Make an empty table of faults: `row`, `column`, `value`, `reason`, `message`.

    Examples
    --------
    >>> no_faults().columns
    ['row', 'column', 'value', 'reason', 'message']
    """
    return pl.DataFrame(schema={name: dtype for name, dtype in REJECTED.items() if name not in ("table", "file")})


def fault_rows(
    row: pl.Series,
    reason: RejectReason,
    message: pl.Expr,
    *,
    column: str | None = None,
    value: pl.Series | pl.Expr = _NO_VALUE,
) -> pl.DataFrame:
    """Make a table of faults with one reason.

    Parameters
    ----------
    row
        The number of each row.
    reason
        What is wrong with all of them.
    message
        The sentence a person reads, an expression over `row` and `value`.
    column, value
        The column at fault and its values; None for a row that has no columns.

    Examples
    --------
    >>> fault_rows(pl.Series([3]), RejectReason.ROW_MISQUOTED, pl.lit("Check the quotes.")).rows()
    [(3, None, None, 'ROW_MISQUOTED', 'Check the quotes.')]
    """
    rows = pl.DataFrame({"row": row.cast(pl.UInt32)}).with_columns(column=pl.lit(column, pl.String), value=value)
    return rows.with_columns(reason=pl.lit(str(reason)), message=message)


def rejected_rows(schema: TableSchema, file: str, faults: pl.DataFrame) -> pl.DataFrame:
    """Turn faults (`row`, `column`, `value`, `reason`, `message`) into a table of rejected rows.

    Examples
    --------
    >>> rejected_rows(TableSchema("links", ("link_id",)), "links.csv", no_faults()).columns == list(REJECTED)
    True
    """
    rows = faults.with_columns(table=pl.lit(schema.table), file=pl.lit(file))
    return rows.select(pl.col(name).cast(dtype) for name, dtype in REJECTED.items())


def shown(value: pl.Series) -> pl.Series:
    """Write values as messages repeat them: in quotes, long ones cut.

    Examples
    --------
    >>> shown(pl.Series(["SW1A", "x" * 100])).str.len_chars().to_list()
    [6, 62]
    """
    text = pl.col("value")
    cut = pl.when(text.str.len_chars() > _SHOWN).then(text.str.head(_SHOWN - 1) + "…").otherwise(text)
    return pl.select(value=value).select(shown=pl.concat_str(pl.lit("'"), cut, pl.lit("'")))["shown"]


def problem_sentences(text: pl.Series, read: pl.DataFrame) -> pl.Series:
    """Write `problem` and `remedy` of each text as sentences; null where there is no problem.

    Examples
    --------
    >>> read = pl.DataFrame({"problem": ["it starts with 0"], "remedy": ["Enter the country code."]})
    >>> problem_sentences(pl.Series(["020"]), read).item()
    "'020': it starts with 0. Enter the country code."
    """
    quoted = read.select("problem", "remedy", quoted=shown(text))
    opening = (
        pl.when(pl.col("problem").str.starts_with(pl.col("quoted")))
        .then(pl.col("problem"))
        .otherwise(pl.concat_str("quoted", pl.lit(": "), "problem", ignore_nulls=True))
    )
    sentence = pl.concat_str(opening, pl.lit(". "), pl.col("remedy").fill_null("")).str.strip_chars_end()
    return quoted.select(message=pl.when(pl.col("problem").is_not_null()).then(sentence))["message"]
