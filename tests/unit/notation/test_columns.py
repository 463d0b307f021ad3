"""Columns read by quick readers first, and each distinct text once."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from allocator.errors import NumberError
from allocator.notation.columns import NO_TEXT, parse_distinct, read_distinct, read_distinct_rows, read_in_turn


def only(wanted: str, seen: list[list[str]]) -> Callable[[pl.Series], pl.DataFrame]:
    """A reader of one text, that notes what it was given."""

    def read(texts: pl.Series) -> pl.DataFrame:
        seen.append(texts.to_list())
        return pl.select(text=texts).select(value=pl.when(texts == wanted).then("text"), problem=NO_TEXT)

    return read


def refuse(texts: pl.Series) -> pl.DataFrame:
    return pl.select(text=texts).select(value=NO_TEXT, problem=pl.format("{} is unknown", "text"))


def test_each_reader_takes_what_the_one_before_left_open() -> None:
    seen: list[list[str]] = []
    readers = [only("x", seen), only("a", seen), only("b", seen), refuse]
    rows = read_in_turn(pl.Series(["b", "a", "c"]), readers)
    assert rows.rows() == [("b", None), ("a", None), (None, "c is unknown")]
    assert seen == [["b", "a", "c"], ["b", "a", "c"], ["b", "c"]]
    assert read_in_turn(pl.Series(["x"]), readers).rows() == [("x", None)]
    assert len(seen) == 4


def test_each_distinct_text_is_read_once_and_null_never() -> None:
    read: list[str] = []

    def length(text: str) -> int:
        read.append(text)
        return len(text)

    assert read_distinct(pl.Series(["a", "bb", None, "a"]), length, pl.UInt8).to_list() == [1, 2, None, 1]
    assert sorted(read) == ["a", "bb"]


def test_a_text_without_a_value_is_null() -> None:
    truth = {"TRUE": True, "FALSE": False}
    assert read_distinct(pl.Series(["TRUE", "yes"]), truth.get, pl.Boolean).to_list() == [True, None]


def test_columns_of_nothing() -> None:
    nothing = pl.Series([], dtype=pl.String)
    assert read_distinct(nothing, len, pl.Int8).dtype == pl.Int8
    assert read_distinct_rows(pl.Series([None], dtype=pl.String), tuple, {"x": pl.String}).rows() == [(None,)]


def test_a_text_that_is_refused_has_a_problem_and_a_remedy() -> None:
    def parse(text: str) -> int:
        if text.isdecimal():
            return int(text)
        raise NumberError(text, (0, len(text)), "it is no number", "Enter digits.")

    rows = parse_distinct(pl.Series(["7", "x", None]), "seven", parse, pl.Int64)
    assert rows.schema == {"seven": pl.Int64, "problem": pl.String, "remedy": pl.String}
    assert rows.rows() == [(7, None, None), (None, "it is no number", "Enter digits."), (None, None, None)]
