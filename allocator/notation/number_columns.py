"""Columns of VoxNumbers, country codes (IDD) and area codes, read all at once."""

from __future__ import annotations

import polars as pl

from allocator.notation.columns import NO_TEXT, parse_distinct, read_in_turn
from allocator.notation.numbers import (
    DECIMAL,
    DIGITS_LEAST,
    DIGITS_MOST,
    NUMBER,
    TRUNK_ZERO,
    digits_of,
    parse_area_code,
    parse_idd,
)
from allocator.notation.whitespace import SPACES_PATTERN


def parse_number_column(texts: pl.Series) -> pl.DataFrame:
    """Read a column of VoxNumbers into numbers.

    The answers are those of `digits_of`. Vector expressions read all well-formed texts; only a text that is not clearly
    a number costs a call, equal texts together.

    Parameters
    ----------
    texts
        A column of text; null counts as empty.

    Returns
    -------
    One row per text: `full_voxnumber` (Int64), and `problem` and `remedy` (String), those of the `NumberError`. A row
    has either a number, or a problem and a remedy.

    Examples
    --------
    >>> for row in parse_number_column(pl.Series(["442079460000", "+44 20 7946 0001", "4.42E+11"])).rows():
    ...     print(row)
    (442079460000, None, None)
    (442079460001, None, None)
    (None, 'it is in scientific notation, which has lost digits', 'Format the column as text, then export it again.')
    """
    return read_in_turn(texts.cast(pl.String), (_read_plain, _read_marked, _read_one_by_one))


def _read_plain(texts: pl.Series) -> pl.DataFrame:
    """Read the rows that are 5 to 18 digits without a leading zero and nothing else; the others are null."""
    text = pl.col("text")
    number = text.cast(pl.Int64, strict=False)
    # A cast accepts signs, spaces and leading zeros too: without them a text is as long as its number.
    plain = number.is_between(10 ** (DIGITS_LEAST - 1), 10**DIGITS_MOST - 1) & (
        text.str.len_bytes() == number.cast(pl.String).str.len_bytes()
    )
    return pl.select(text=texts).select(full_voxnumber=pl.when(plain).then(number), problem=NO_TEXT, remedy=NO_TEXT)


def _read_marked(texts: pl.Series) -> pl.DataFrame:
    """Read the rows whose digits have marks and spaces around them; null where the text is not quite clear."""
    compact = pl.col("compact")
    digits = compact.str.replace_all("[^0-9]", "")
    clear = (
        compact.str.contains(f"^(?:{NUMBER})$")
        & ~compact.str.contains(f"^(?:{DECIMAL})$")
        & ~compact.str.contains(TRUNK_ZERO, literal=True)
        & digits.str.len_bytes().is_between(DIGITS_LEAST, DIGITS_MOST)
    )
    return (
        pl.select(compact=texts)
        .select(compact.str.replace_all(SPACES_PATTERN, ""))
        .select(
            full_voxnumber=pl.when(clear).then(digits).cast(pl.Int64),
            problem=NO_TEXT,
            remedy=NO_TEXT,
        )
    )


def _read_one_by_one(texts: pl.Series) -> pl.DataFrame:
    """Read all rows with `digits_of`, equal texts together."""
    return parse_distinct(texts.fill_null(""), "full_voxnumber", lambda text: int(digits_of(text)), pl.Int64)


def parse_idd_column(texts: pl.Series) -> pl.DataFrame:
    """Read a column of country codes: `voxnumber_idd` (Int32), `problem` and `remedy`; null stays null.

    Examples
    --------
    >>> parse_idd_column(pl.Series(["+44", None])).rows()
    [(44, None, None), (None, None, None)]
    """
    return parse_distinct(texts, "voxnumber_idd", parse_idd, pl.Int32)


def parse_area_code_column(texts: pl.Series) -> pl.DataFrame:
    """Read a column of area codes: `area_code` (Int32), `problem` and `remedy`; null stays null.

    Examples
    --------
    >>> parse_area_code_column(pl.Series(["020", None])).rows()
    [(20, None, None), (None, None, None)]
    """
    return parse_distinct(texts, "area_code", parse_area_code, pl.Int32)
