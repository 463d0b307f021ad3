from __future__ import annotations

import polars as pl

from allocator.report import shapes
from allocator.report.view import crowded, focus_of, lines_of, shows_dots, spots_of

LONDON = {"longitude": -0.12, "latitude": 51.5}
LERWICK = {"longitude": -1.14, "latitude": 60.15}


def places(*rows: dict[str, float], area_codes: tuple[str, ...] = ("20",)) -> pl.DataFrame:
    table = pl.DataFrame(rows, schema={"longitude": pl.Float64, "latitude": pl.Float64})
    return table.with_columns(area_code=pl.Series([area_codes[row % len(area_codes)] for row in range(table.height)]))


def test_a_map_opens_on_the_corner_that_has_all_the_links() -> None:
    west, north, east, south = focus_of(places(LONDON))
    ((x, y),) = spots_of(places(LONDON)).tolist()
    assert west < x < east
    assert north < y < south
    whole = shapes.extent()
    assert east - west < (whole[2] - whole[0]) / 4


def test_a_map_of_links_all_over_the_country_or_of_none_opens_on_all_of_it() -> None:
    assert focus_of(places(LONDON, LERWICK)) == shapes.extent()
    assert focus_of(places()) == shapes.extent()


def test_dots_show_where_they_hide_nothing_or_where_area_codes_tell_too_little() -> None:
    few, many = places(*[LONDON] * 150, area_codes=tuple("abcdefghijklmnopqrst")), places(*[LONDON] * 151)
    assert shows_dots(few)
    assert not crowded(few)
    assert shows_dots(many)  # 151 outcodes in one area code
    assert crowded(many)
    spread = places(*[LONDON] * 151, area_codes=tuple("abcdefghijklmnopqrst"))
    assert not shows_dots(spread)


def test_a_line_has_both_its_ends() -> None:
    fallback = places(LONDON).with_columns(to_longitude=pl.lit(-1.14), to_latitude=pl.lit(60.15))
    ((start, end),) = lines_of(fallback).tolist()
    assert start == spots_of(places(LONDON)).tolist()[0]
    assert end == spots_of(places(LERWICK)).tolist()[0]
