"""How a column of text is read: by quick readers first, and each distinct text once where one call reads one text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import polars as pl

from allocator.errors import NumberError

_DType = pl.DataType | type[pl.DataType]
_Value = TypeVar("_Value")

NO_TEXT = pl.lit(None, dtype=pl.String)
"""What a reader writes as problem and remedy of a row without one."""


def read_in_turn(texts: pl.Series, readers: Sequence[Callable[[pl.Series], pl.DataFrame]]) -> pl.DataFrame:
    """Read all rows with the first reader, those that it leaves open with the next, and so on: quick readers first.

    Parameters
    ----------
    texts
        A column of text.
    readers
        Each gives one row per text, all with the same columns. A row is open while its first column and its `problem`
        are null; the last reader leaves none open.

    Examples
    --------
    >>> number = pl.col("text").cast(pl.Int64, strict=False)
    >>> digits = lambda texts: pl.select(text=texts).select(number=number, problem=NO_TEXT)
    >>> others = lambda texts: pl.select(text=texts).select(number=None, problem=pl.lit("it has no digits"))
    >>> read_in_turn(pl.Series(["7", "x"]), [digits, others]).rows()
    [(7, None), (None, 'it has no digits')]
    """
    rows = readers[0](texts)
    rest = (rows.to_series(0).is_null() & rows["problem"].is_null()).arg_true()
    if len(rest) == 0:
        return rows
    if len(rest) == len(rows):
        return read_in_turn(texts, readers[1:])
    patch = read_in_turn(texts.gather(rest), readers[1:])
    return rows.with_columns(rows[name].scatter(rest, patch[name]) for name in rows.columns)


def read_distinct(texts: pl.Series, read: Callable[[str], _Value | None], dtype: _DType) -> pl.Series:
    """Read a column into a column of values; null stays null.

    Examples
    --------
    >>> read_distinct(pl.Series(["a", None, "a"]), str.upper, pl.String).to_list()
    ['A', None, 'A']
    """
    return read_distinct_rows(texts, lambda text: (read(text),), {"value": dtype})["value"]


def parse_distinct(texts: pl.Series, name: str, parse: Callable[[str], int], dtype: _DType) -> pl.DataFrame:
    """Read a column into numbers, with a problem and a remedy where a text has no number.

    Parameters
    ----------
    texts
        A column of text; null stays null.
    name, dtype
        Name and type of the column of numbers.
    parse
        Reads one text, or raises `NumberError`.

    Returns
    -------
    One row per text: `name`, and `problem` and `remedy` (String), null where there is none.

    Examples
    --------
    >>> parse_distinct(pl.Series(["20", None, "20"]), "area_code", int, pl.Int32).rows()
    [(20, None, None), (None, None, None), (20, None, None)]
    """

    def parsed(text: str) -> tuple[int | None, str | None, str | None]:
        try:
            return parse(text), None, None
        except NumberError as error:
            return None, error.problem, error.remedy

    return read_distinct_rows(texts, parsed, {name: dtype, "problem": pl.String, "remedy": pl.String})


def read_distinct_rows(
    texts: pl.Series, read: Callable[[str], tuple[object, ...]], schema: Mapping[str, _DType]
) -> pl.DataFrame:
    """Read a column into rows; null gives a row of nulls.

    Parameters
    ----------
    texts
        A column of text.
    read
        Reads one text into a row.
    schema
        Name and type of each column of the rows.

    Examples
    --------
    >>> read_distinct_rows(pl.Series(["a b", "c d"]), str.split, {"left": pl.String, "right": pl.String}).rows()
    [('a', 'b'), ('c', 'd')]
    """
    distinct = texts.drop_nulls().unique()
    rows = pl.DataFrame([(text, *read(text)) for text in distinct], schema={"text": pl.String, **schema}, orient="row")
    return pl.select(text=texts).join(rows, on="text", how="left", maintain_order="left").drop("text")
