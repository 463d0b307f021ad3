"""Columns of postcodes."""

from __future__ import annotations

import polars as pl
import pytest

from allocator.notation.postcode_columns import parse_postcode_column
from allocator.notation.postcodes import incode_number

OUTCODES = ["GIR", "M1", "SW1A", "W11"]


def test_column_codes_are_places_in_the_list_given() -> None:
    texts = pl.Series("postcode", ["sw1a 0aa", "W11 3EP", None, "GIR 0AA", "GIR 0AB", "L1 1AA", "m1 1ae", "M1", "M1"])
    rows = parse_postcode_column(texts, OUTCODES)
    assert rows.columns == ["outcode", "incode", "outcode_code", "incode_code", "problem", "remedy"]
    assert rows.dtypes == [pl.String, pl.String, pl.UInt16, pl.UInt16, pl.String, pl.String]
    assert rows["outcode"].to_list() == ["SW1A", "W11", None, "GIR", None, "L1", "M1", None, None]
    assert rows["outcode_code"].to_list() == [2, 3, None, 0, None, None, 1, None, None]
    assert rows["incode_code"][0] == incode_number("0AA")
    assert rows["problem"].is_null().to_list() == [True, True, False, True, False, True, True, False, False]
    assert rows["problem"][2] == "postcode is empty"
    assert rows["remedy"][7] == "Enter all of it, such as SW1A 0AA."


@pytest.mark.parametrize("texts", [[], [None], ["M1 1AE"], ["rubbish"]])
def test_column_of_any_length(texts: list[str | None]) -> None:
    for outcodes in ([], OUTCODES):
        rows = parse_postcode_column(pl.Series(texts, dtype=pl.String), outcodes)
        assert len(rows) == len(texts)
        assert rows.dtypes == [pl.String, pl.String, pl.UInt16, pl.UInt16, pl.String, pl.String]


def test_column_accepts_a_series_of_outcodes_and_other_types_of_text() -> None:
    texts = pl.Series(["M1 1AE", "M1 1AE", "x"], dtype=pl.Categorical)
    rows = parse_postcode_column(texts, pl.Series(OUTCODES))
    assert rows["outcode_code"].to_list() == [1, 1, None]
    nulls = parse_postcode_column(pl.Series([None, None]), OUTCODES)
    assert nulls["problem"].to_list() == ["postcode is empty"] * 2


def test_listed_outcodes_do_not_widen_what_is_accepted() -> None:
    rows = parse_postcode_column(pl.Series(["ZZ9 9ZZ", "GX11 1AA", "gir 0ab"]), ["ZZ9", "GX11", "GIR"])
    assert rows["outcode"].to_list() == [None, None, None]
