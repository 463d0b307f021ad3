"""The shapes of postcodes, beside the bundled data."""

from __future__ import annotations

import polars as pl

from allocator.notation.postcode_columns import parse_postcode_column
from allocator.notation.postcode_shapes import AREAS, NON_GEOGRAPHIC, OUTCODE_RE
from allocator.notation.postcodes import is_non_geographic, parse_outcode
from allocator.places.dataset import bundled_outcodes


def test_every_outcode_of_the_bundled_data_is_well_formed() -> None:
    outcodes = bundled_outcodes().outcode
    incodes = {outcode: "0AA" if outcode == "GIR" else "1AB" for outcode in outcodes}
    assert [parse_outcode(outcode.lower()) for outcode in outcodes] == outcodes.to_list()
    rows = parse_postcode_column(pl.Series([f"{outcode} {incode}" for outcode, incode in incodes.items()]), outcodes)
    assert rows["outcode"].to_list() == outcodes.to_list()
    assert rows["outcode_code"].to_list() == list(range(len(outcodes)))


def test_outcodes_without_a_position_are_known_as_non_geographic() -> None:
    table = bundled_outcodes()
    homeless = [
        outcode for outcode, longitude in zip(table.outcode, table.longitude, strict=True) if longitude != longitude
    ]
    assert [outcode for outcode in homeless if not is_non_geographic(outcode)] == []


def test_every_postcode_area_of_the_bundled_data_is_known() -> None:
    in_use = {outcode.rstrip("0123456789") for outcode in bundled_outcodes().outcode if outcode[-1].isdigit()}
    assert in_use <= AREAS


def test_the_non_geographic_ones_are_areas_or_outcodes() -> None:
    assert all(OUTCODE_RE.fullmatch(name) or OUTCODE_RE.fullmatch(f"{name}1") for name in NON_GEOGRAPHIC)
