"""One VoxNumber, country code or area code: what is read, and what is said of a text that is none."""

from __future__ import annotations

import pytest

from allocator.errors import NumberError
from allocator.notation.numbers import IDDS, digits_of, parse_area_code, parse_idd


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
    assert digits_of(text) == digits


@pytest.mark.parametrize(
    ("text", "culprit", "says", "remedy"),
    [
        ("", "", "number is empty", "Enter its digits with the country code"),
        ("020 7946 0000", "0", "it starts with 0 and has no country code", "If it is a UK number, enter 442079460000."),
        ("(020) 7946 0000", "0", "it starts with 0", "If it is a UK number, enter 442079460000."),
        ("0044 2079460000", "0", "it starts with 00, which is dialled", "Enter 442079460000."),
        ("4.42E+11", "4.42E+11", "it is in scientific notation", "Format the column as text"),
        ("4,42079e11", "4,42079e11", "it is in scientific notation", "Format the column as text"),
        ("442079460000.0", ".0", "it is a decimal fraction", "Enter it as text: 442079460000."),
        ("442079460000.", ".", "the character '.' (full stop) is out of place", "Enter its digits"),
        ("+44 20 TBC", "T", "the character 'T' (latin capital letter t) can't be part of a number", "Enter its digits"),
        ("442,079,460,000", ",", "the character ',' (comma) can't be part of a number", "Did you mean 442079460000?"),
        ("'442079460000", "'", "the character \"'\" (apostrophe) can't be part", "Did you mean 442079460000?"),
        ("44207946000٣", "٣", "the character '٣' (arabic-indic digit three)", "Did you mean 442079460003?"),
        ("-442079460000", "-", "the character '-' (hyphen-minus) is out of place", "Enter its digits"),
        ("44+2079460000", "+", "the character '+' (plus sign) is out of place", "Enter its digits"),
        ("(44 2079460000", "(", "the character '(' (left parenthesis) is out of place", "Enter its digits"),
        ("+39 (0)6 1234567", "0", "a zero in parentheses: Italian numbers keep theirs", "Enter the digits as dialled"),
        ("4420", "4420", "it has 4 digits; a number with its country code has 5 to 18", "Enter the whole number"),
        ("1234567890123456789", "1234567890123456789", "it has 19 digits", "Enter the whole number"),
    ],
)
def test_says_what_is_wrong(text: str, culprit: str, says: str, remedy: str) -> None:
    with pytest.raises(NumberError) as caught:
        digits_of(text)
    assert caught.value.problem.startswith(says)
    assert caught.value.culprit == culprit
    assert (caught.value.remedy or "").startswith(remedy)


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
        digits_of(text)
    assert refused.value.culprit == culprit


@pytest.mark.parametrize(
    ("text", "area_code"), [("020", 20), ("(020)", 20), (" 20 ", 20), ("0845", 845), ("15394", 15394)]
)
def test_parse_area_code(text: str, area_code: int) -> None:
    assert parse_area_code(text) == area_code


@pytest.mark.parametrize(
    "text", ["", "0", "00", "0020", "-20", "20.0", "2e1", "+44", "x", "(20", "020 7", "12345678", "٢٠"]
)
def test_refuses_as_area_code(text: str) -> None:
    with pytest.raises(NumberError, match="area code"):
        parse_area_code(text)


@pytest.mark.parametrize(("text", "idd"), [("44", 44), ("+44", 44), (" +1", 1), ("00353", 353), ("+590", 590)])
def test_parse_idd(text: str, idd: int) -> None:
    assert parse_idd(text) == idd


@pytest.mark.parametrize("text", ["", "0", "044", "210", "99", "4420", "44.0", "UK", "++44"])
def test_refuses_as_idd(text: str) -> None:
    with pytest.raises(NumberError, match=r"country code|no country"):
        parse_idd(text)


def test_country_codes_are_those_of_libphonenumber() -> None:
    import phonenumbers

    for idd in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        assert parse_idd(str(idd)) == idd
    assert set(phonenumbers.COUNTRY_CODE_TO_REGION_CODE) <= IDDS
