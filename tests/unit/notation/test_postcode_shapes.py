"""The shapes of postcodes, beside the bundled data."""

from __future__ import annotations

import polars as pl

from allocator.notation.postcode_columns import parse_postcode_column
from allocator.notation.postcode_shapes import AREAS
from allocator.notation.postcodes import parse_outcode
from allocator.places.dataset import bundled_outcodes


def test_every_outcode_of_the_bundled_data_is_well_formed() -> None:
    outcodes = bundled_outcodes().outcode
    incodes = {outcode: "0AA" if outcode == "GIR" else "1AB" for outcode in outcodes}
    assert [parse_outcode(outcode.lower()) for outcode in outcodes] == outcodes.to_list()
    rows = parse_postcode_column(pl.Series([f"{outcode} {incode}" for outcode, incode in incodes.items()]), outcodes)
    assert rows["outcode"].to_list() == outcodes.to_list()
    assert rows["outcode_code"].to_list() == list(range(len(outcodes)))


def test_every_postcode_area_of_the_bundled_data_is_known() -> None:
    in_use = {outcode.rstrip("0123456789") for outcode in bundled_outcodes().outcode if outcode[-1].isdigit()}
    assert in_use <= AREAS
