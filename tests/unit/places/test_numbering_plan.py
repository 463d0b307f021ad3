"""The area code of a number, and the place of an area code."""

from __future__ import annotations

import subprocess
import sys

import polars as pl
import pytest

from allocator.places.dataset import bundled_area_codes
from allocator.places.foreign import AreaCodePlace
from allocator.places.numbering_plan import area_code_column, idd_and_area_code, place_of_area_code


@pytest.mark.parametrize(
    ("digits", "idd", "area_code"),
    [
        ("442079460000", 44, 20),
        ("4423012565866", 44, 23),
        ("441612345678", 44, 161),
        ("441539112345", 44, 1539),  # the longest prefix wins
        ("441539412345", 44, 15394),
        ("441697312345", 44, 16973),
        ("441697212345", 44, None),  # 01697 exists in three parts only
        ("448451234567", 44, 845),
        ("448001111", 44, 800),  # short freephone numbers are in use
        ("443301234567", 44, 330),
        ("449098790000", 44, 909),
        ("445612345678", 44, 56),
        ("44500123456", 44, 500),
        ("445412345678", 44, None),
        ("447012345678", 44, 70),
        ("447612345678", 44, 76),
        ("447624123456", 44, 7624),
        ("447700900123", 44, 7700),
        ("446012345678", 44, None),
        ("4402079460000", 44, None),
        ("44153", 44, None),  # too short to tell 1530 from 1539
        ("12125550123", 1, 212),
        ("18005550123", 1, 800),
        ("11125550123", 1, None),
        ("33142685300", 33, 1),
        ("33612345678", 33, 6),
        ("4930123456", 49, 30),
        ("390612345678", 39, 6),  # 06, without its zero as all area codes
        ("61236618300", 61, 2),
        ("2101234567", None, None),  # 210 is assigned to no country
    ],
)
def test_area_codes(digits: str, idd: int | None, area_code: int | None) -> None:
    assert idd_and_area_code(digits) == (idd, area_code)
    assert area_code_column(pl.Series([int(digits)])).row(0) == (idd, area_code)


@pytest.mark.parametrize("digits", ["3314268", "33142685", "331426853001234"])
def test_odd_lengths_keep_their_area_code(digits: str) -> None:
    assert idd_and_area_code(digits) == (33, 1)


def test_every_geographic_area_code_is_found_in_its_numbers() -> None:
    codes = [int(code) for code in bundled_area_codes().area_code]
    numbers = pl.Series([int(f"44{code}".ljust(12, "0")) for code in codes])
    found = area_code_column(numbers)["area_code"].to_list()
    longer = {code for code in codes if any(other != code and str(code).ljust(5, "0") == str(other) for other in codes)}
    assert [(c, f) for c, f in zip(codes, found, strict=True) if c != f and c not in longer] == []


def test_the_column_of_nothing_and_nulls() -> None:
    assert area_code_column(pl.Series([], dtype=pl.Int64)).shape == (0, 2)
    answer = area_code_column(pl.Series([None, 442079460000, -5, 44], dtype=pl.Int64))
    assert answer.dtypes == [pl.Int32, pl.Int32]
    assert answer.rows() == [(None, None), (44, 20), (None, None), (44, None)]


@pytest.mark.parametrize(
    ("idd", "area_code", "place"),
    [
        (44, 20, AreaCodePlace("London", None, "GB")),
        (44, 845, AreaCodePlace(None, None, "GB")),
        (44, 7700, AreaCodePlace(None, None, "GB")),
        (44, 7624, AreaCodePlace(None, None, "IM")),
        (44, 7797, AreaCodePlace(None, None, "JE")),
        (1, 212, AreaCodePlace("New York", "NY", "US")),
        (1, 416, AreaCodePlace("Toronto", "ON", "CA")),  # named after most of its exchanges
        (1, 310, AreaCodePlace(None, "CA", "US")),
        (1, 782, AreaCodePlace(None, "NS/PE", "CA")),
        (1, 809, AreaCodePlace(None, None, "DO")),
        (1, 787, AreaCodePlace(None, None, "PR")),
        (1, 800, AreaCodePlace(None, None, "US")),
        (1, 600, AreaCodePlace(None, None, "CA")),
        (1, 710, AreaCodePlace(None, None, None)),
        (49, 30, AreaCodePlace("Berlin", None, "DE")),
        (39, 6, AreaCodePlace("Rome", None, "IT")),
        (353, 1, AreaCodePlace("Dublin", None, "IE")),
        (800, 1234, AreaCodePlace(None, None, None)),
    ],
)
def test_places(idd: int, area_code: int, place: AreaCodePlace) -> None:
    assert place_of_area_code(idd, area_code) == place


@pytest.mark.parametrize(("area_code", "country"), [(1481, "GG"), (1534, "JE"), (1624, "IM"), (28, "GB")])
def test_crown_dependencies_are_countries_of_their_own(area_code: int, country: str) -> None:
    assert place_of_area_code(44, area_code).country == country


def test_british_places_are_named_after_the_area_code() -> None:
    table = bundled_area_codes()
    for row in range(0, len(table.area_code), 50):
        assert place_of_area_code(44, int(table.area_code[row])).city == table.name[row]


def test_each_area_code_of_north_america_has_one_country() -> None:
    named = [code for code in range(200, 1000) if place_of_area_code(1, code).region]
    assert len(named) > 380
    assert {place_of_area_code(1, code).country for code in named} == {"US", "CA"}


def test_british_and_american_numbers_need_no_libphonenumber() -> None:
    program = """
import sys
import polars as pl
from allocator.notation.number_columns import parse_number_column
from allocator.places.numbering_plan import area_code_column, place_of_area_code
numbers = parse_number_column(pl.Series(["442079460000", "+44 845 123 4567", "12125550123"]))["full_voxnumber"]
assert area_code_column(numbers)["area_code"].to_list() == [20, 845, 212]
assert place_of_area_code(44, 20).country == "GB"
assert not {"phonenumbers", "scipy", "shapely", "pyproj"} & set(sys.modules), "loaded too much"
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
