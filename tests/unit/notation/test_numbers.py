"""The notation of VoxNumbers: digits, country codes, area codes, places."""

from __future__ import annotations

import subprocess
import sys

import polars as pl
import pytest

from allocator.errors import NumberError
from allocator.notation import numbers as numbering
from allocator.places import dataset, numbering_plan
from allocator.places.foreign import AreaCodePlace


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("442079460000", "442079460000"),
        ("+442079460000", "442079460000"),
        ("  +44 20 7946 0000 ", "442079460000"),
        ("+44-20-7946-0000", "442079460000"),
        ("+44\u201320\u20117946\u00a00000", "442079460000"),
        ("44.20.7946.0000", "442079460000"),
        ("(+44) 20 7946 0000", "442079460000"),
        ("44 (20) 7946 0000", "442079460000"),
        ("+44 (0)20 7946 0000", "442079460000"),
        ("+44(0)2079460000", "442079460000"),
        ("+353 (0)1 234 5678", "35312345678"),
        ("4423012565866", "4423012565866"),  # the API page's own number, a digit too long
        ("44 845", "44845"),
        ("123456789012345678", "123456789012345678"),
        ("+1 (212) 555-0123", "12125550123"),
    ],
)
def test_reads(text: str, digits: str) -> None:
    assert numbering_plan.parse_voxnumber(text).full_voxnumber == digits
    assert str(numbering_plan.parse_voxnumber(text)) == digits


@pytest.mark.parametrize(
    ("text", "culprit", "says", "remedy"),
    [
        ("", "", "number is empty", "Write its digits with the country code"),
        ("020 7946 0000", "0", "it starts with 0 and has no country code", "If it is of the UK, write 442079460000."),
        ("(020) 7946 0000", "0", "it starts with 0", "If it is of the UK, write 442079460000."),
        ("0044 2079460000", "0", "it starts with 00, which is dialled", "Write 442079460000."),
        ("4.42E+11", "4.42E+11", "it is in scientific notation", "Format the column as text"),
        ("4,42079e11", "4,42079e11", "it is in scientific notation", "Format the column as text"),
        ("442079460000.0", ".0", "it is a decimal fraction", "Write it as text: 442079460000."),
        ("442079460000.", ".", "the character '.' (full stop) is out of place", "Write its digits"),
        ("+44 20 TBC", "T", "the character 'T' (latin capital letter t) belongs in no number", "Write its digits"),
        ("442,079,460,000", ",", "the character ',' (comma) belongs in no number", "Did you mean 442079460000?"),
        ("'442079460000", "'", 'the character "\'" (apostrophe) belongs in no number', "Did you mean 442079460000?"),
        ("44207946000٣", "٣", "the character '٣' (arabic-indic digit three)", "Did you mean 442079460003?"),
        ("-442079460000", "-", "the character '-' (hyphen-minus) is out of place", "Write its digits"),
        ("44+2079460000", "+", "the character '+' (plus sign) is out of place", "Write its digits"),
        ("(44 2079460000", "(", "the character '(' (left parenthesis) is out of place", "Write its digits"),
        ("+39 (0)6 1234567", "0", "a zero in parentheses: Italian numbers keep theirs", "Write the digits as dialled"),
        ("4420", "4420", "it has 4 digits; a number with its country code has 5 to 18", "Write the whole number"),
        ("1234567890123456789", "1234567890123456789", "it has 19 digits", "Write the whole number"),
    ],
)
def test_says_what_is_wrong(text: str, culprit: str, says: str, remedy: str) -> None:
    with pytest.raises(NumberError) as caught:
        numbering_plan.parse_voxnumber(text)
    assert caught.value.problem.startswith(says)
    assert caught.value.culprit == culprit
    assert (caught.value.remedy or "").startswith(remedy)


@pytest.mark.parametrize(
    ("text", "idd", "area_code", "kind"),
    [
        ("442079460000", 44, 20, "geographic"),
        ("4423012565866", 44, 23, "geographic"),
        ("441612345678", 44, 161, "geographic"),
        ("441539112345", 44, 1539, "geographic"),  # the longest prefix wins
        ("441539412345", 44, 15394, "geographic"),
        ("441697312345", 44, 16973, "geographic"),
        ("441697212345", 44, None, "unknown"),  # 01697 exists in three parts only
        ("448451234567", 44, 845, "non-geographic"),
        ("448001111", 44, 800, "non-geographic"),  # short freephone numbers are in use
        ("443301234567", 44, 330, "non-geographic"),
        ("449098790000", 44, 909, "non-geographic"),
        ("445612345678", 44, 56, "non-geographic"),
        ("44500123456", 44, 500, "non-geographic"),
        ("445412345678", 44, None, "unknown"),
        ("447012345678", 44, 70, "non-geographic"),
        ("447612345678", 44, 76, "non-geographic"),
        ("447624123456", 44, 7624, "mobile"),
        ("447700900123", 44, 7700, "mobile"),
        ("446012345678", 44, None, "unknown"),
        ("4402079460000", 44, None, "unknown"),
        ("44153", 44, None, "unknown"),  # too short to tell 1530 from 1539
        ("12125550123", 1, 212, "geographic"),
        ("18005550123", 1, 800, "non-geographic"),
        ("11125550123", 1, None, "unknown"),
        ("33142685300", 33, 1, "geographic"),
        ("33612345678", 33, 6, "mobile"),
        ("4930123456", 49, 30, "geographic"),
        ("390612345678", 39, 6, "geographic"),  # 06, without its zero as all area codes
        ("61236618300", 61, 2, "geographic"),
        ("2101234567", None, None, "unknown"),  # 210 is assigned to no country
    ],
)
def test_area_codes(text: str, idd: int | None, area_code: int | None, kind: str) -> None:
    number = numbering_plan.parse_voxnumber(text)
    assert (number.idd, number.area_code, number.kind) == (idd, area_code, kind)
    assert numbering_plan.area_code_column(pl.Series([int(text)])).row(0) == (idd, area_code)


@pytest.mark.parametrize("text", ["3314268", "33142685", "331426853001234"])
def test_odd_lengths_keep_their_area_code(text: str) -> None:
    assert numbering_plan.parse_voxnumber(text).area_code == 1


def test_every_geographic_area_code_is_found_in_its_numbers() -> None:
    codes = [int(code) for code in dataset.bundled_area_codes().area_code]
    numbers = pl.Series([int(f"44{code}".ljust(12, "0")) for code in codes])
    found = numbering_plan.area_code_column(numbers)["area_code"].to_list()
    longer = {code for code in codes if any(other != code and str(code).ljust(5, "0") == str(other) for other in codes)}
    assert [(c, f) for c, f in zip(codes, found, strict=True) if c != f and c not in longer] == []


def test_the_column_of_nothing_and_nulls() -> None:
    assert numbering_plan.area_code_column(pl.Series([], dtype=pl.Int64)).shape == (0, 2)
    answer = numbering_plan.area_code_column(pl.Series([None, 442079460000, -5, 44], dtype=pl.Int64))
    assert answer.dtypes == [pl.Int32, pl.Int32]
    assert answer.rows() == [(None, None), (44, 20), (None, None), (44, None)]


def test_parse_column() -> None:
    texts = ["442079460000", "+44 20 7946 0001", None, "", "4.42E+11", "442079460000.0", "+44 (0)20 7946 0002", "0800"]
    rows = numbering.parse_number_column(pl.Series(texts))
    assert rows.columns == ["full_voxnumber", "problem", "remedy"]
    assert rows.dtypes == [pl.Int64, pl.String, pl.String]
    assert rows["full_voxnumber"].to_list() == [442079460000, 442079460001, *[None] * 4, 442079460002, None]
    assert rows["problem"][2] == rows["problem"][3] == "number is empty"
    assert (rows["problem"].is_null() == rows["full_voxnumber"].is_not_null()).all()


# Where a pattern repeats what is itself repeated, this takes hours.
@pytest.mark.parametrize(
    ("text", "culprit"),
    [
        ("442079460000 442079460001 442079460002;", ";"),
        ("442079460000-442079460009 block", "b"),
        ("4" * 1_000_000 + "-{", "-"),
        ("4" + "(20)" * 250_000 + "x", "x"),
        ("4" + "-2" * 500_000 + "(", "("),
        ("4" + "(" + "2" * 1_000_000, "("),
        ("(" + "4" * 1_000_000, "("),
    ],
    ids=["three numbers", "a range", "digits", "parentheses", "hyphens", "one that opens", "one that opens first"],
)
def test_what_is_no_number_is_soon_known_for_none(text: str, culprit: str) -> None:
    with pytest.raises(NumberError) as refused:
        numbering_plan.parse_voxnumber(text)
    assert refused.value.culprit == culprit
    rows = numbering.parse_number_column(pl.Series([text]))
    assert rows.row(0) == (None, refused.value.problem, refused.value.remedy)


def test_parse_column_of_other_types() -> None:
    assert numbering.parse_number_column(pl.Series([442079460000]))["full_voxnumber"].to_list() == [442079460000]
    assert numbering.parse_number_column(pl.Series([None]))["problem"].to_list() == ["number is empty"]
    assert numbering.parse_number_column(pl.Series([], dtype=pl.String)).shape == (0, 3)


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
    assert numbering_plan.place_of_area_code(idd, area_code) == place


@pytest.mark.parametrize(("area_code", "country"), [(1481, "GG"), (1534, "JE"), (1624, "IM"), (28, "GB")])
def test_crown_dependencies_are_countries_of_their_own(area_code: int, country: str) -> None:
    assert numbering_plan.place_of_area_code(44, area_code).country == country


def test_british_places_are_named_after_the_area_code() -> None:
    table = dataset.bundled_area_codes()
    for row in range(0, len(table.area_code), 50):
        assert numbering_plan.place_of_area_code(44, int(table.area_code[row])).city == table.name[row]


def test_each_area_code_of_north_america_has_one_country() -> None:
    named = [code for code in range(200, 1000) if numbering_plan.place_of_area_code(1, code).region]
    assert len(named) > 380
    assert {numbering_plan.place_of_area_code(1, code).country for code in named} == {"US", "CA"}


@pytest.mark.parametrize(
    ("text", "area_code"), [("020", 20), ("(020)", 20), (" 20 ", 20), ("0845", 845), ("15394", 15394)]
)
def test_parse_area_code(text: str, area_code: int) -> None:
    assert numbering.parse_area_code(text) == area_code


@pytest.mark.parametrize(
    "text", ["", "0", "00", "0020", "-20", "20.0", "2e1", "+44", "x", "(20", "020 7", "12345678", "٢٠"]
)
def test_refuses_as_area_code(text: str) -> None:
    with pytest.raises(NumberError, match="area code"):
        numbering.parse_area_code(text)


@pytest.mark.parametrize(("text", "idd"), [("44", 44), ("+44", 44), (" +1", 1), ("00353", 353), ("+590", 590)])
def test_parse_idd(text: str, idd: int) -> None:
    assert numbering.parse_idd(text) == idd


@pytest.mark.parametrize("text", ["", "0", "044", "210", "99", "4420", "44.0", "UK", "++44"])
def test_refuses_as_idd(text: str) -> None:
    with pytest.raises(NumberError, match=r"country code|no country"):
        numbering.parse_idd(text)


def test_country_codes_are_those_of_libphonenumber() -> None:
    import phonenumbers

    for idd in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        assert numbering.parse_idd(str(idd)) == idd


def test_british_and_american_numbers_need_no_libphonenumber() -> None:
    program = """
import sys
import polars as pl
from allocator.notation import numbers as numbering
from allocator.places import numbering_plan
numbers = numbering.parse_column(pl.Series(["442079460000", "+44 845 123 4567", "12125550123"]))["full_voxnumber"]
assert numbering_plan.area_code_column(numbers)["area_code"].to_list() == [20, 845, 212]
assert numbering_plan.parse_voxnumber("442079460000").country == "GB"
assert not {"phonenumbers", "scipy", "shapely", "pyproj"} & set(sys.modules), "loaded too much"
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
