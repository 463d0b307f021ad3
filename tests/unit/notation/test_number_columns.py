"""Columns of VoxNumbers, country codes and area codes."""

from __future__ import annotations

import polars as pl
import pytest

from allocator.errors import NumberError
from allocator.notation.number_columns import parse_area_code_column, parse_idd_column, parse_number_column
from allocator.notation.numbers import digits_of


def test_parse_column() -> None:
    texts = ["442079460000", "+44 20 7946 0001", None, "", "4.42E+11", "442079460000.0", "+44 (0)20 7946 0002", "0800"]
    rows = parse_number_column(pl.Series(texts))
    assert rows.columns == ["full_voxnumber", "problem", "remedy"]
    assert rows.dtypes == [pl.Int64, pl.String, pl.String]
    assert rows["full_voxnumber"].to_list() == [442079460000, 442079460001, *[None] * 4, 442079460002, None]
    assert rows["problem"][2] == rows["problem"][3] == "number is empty"
    assert (rows["problem"].is_null() == rows["full_voxnumber"].is_not_null()).all()


def test_parse_column_of_other_types() -> None:
    assert parse_number_column(pl.Series([442079460000]))["full_voxnumber"].to_list() == [442079460000]
    assert parse_number_column(pl.Series([None]))["problem"].to_list() == ["number is empty"]
    assert parse_number_column(pl.Series([], dtype=pl.String)).shape == (0, 3)


def test_a_long_text_that_is_no_number_is_soon_known_for_none() -> None:
    text = "4" + "-2" * 500_000 + "("
    with pytest.raises(NumberError) as refused:
        digits_of(text)
    rows = parse_number_column(pl.Series([text]))
    assert rows.row(0) == (None, refused.value.problem, refused.value.remedy)


def test_columns_of_country_codes_and_area_codes() -> None:
    idds = parse_idd_column(pl.Series(["+44", "44", None, "210"]))
    assert idds.schema == {"voxnumber_idd": pl.Int32, "problem": pl.String, "remedy": pl.String}
    assert idds["voxnumber_idd"].to_list() == [44, 44, None, None]
    assert idds["problem"].to_list() == [None, None, None, "no country has the code 210"]
    area_codes = parse_area_code_column(pl.Series(["020", "0", None]))
    assert area_codes["area_code"].to_list() == [20, None, None]
    assert area_codes["problem"].to_list() == [None, "it is not an area code", None]
