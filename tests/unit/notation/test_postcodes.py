"""One postcode: what is read, how it is written."""

from __future__ import annotations

import pytest

from allocator.errors import PostcodeError
from allocator.notation.postcodes import (
    INCODES,
    Postcode,
    incode_number,
    incode_text,
    parse_outcode,
    parse_postcode,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("M1 1AE", "M1 1AE"),
        ("B33 8TH", "B33 8TH"),
        ("CR2 6XH", "CR2 6XH"),
        ("DN55 1PT", "DN55 1PT"),
        ("W1A 0AX", "W1A 0AX"),
        ("EC1A 1BB", "EC1A 1BB"),
        ("GIR 0AA", "GIR 0AA"),
        ("gir0aa", "GIR 0AA"),
        ("sw1a0aa", "SW1A 0AA"),
        ("  sw1A\t0aA\n", "SW1A 0AA"),
        ("SW1A\u00a00AA", "SW1A 0AA"),
        ("\ufeffSW1A\u200b 0AA", "SW1A 0AA"),
        ("S W 1 A 0 A A", "SW1A 0AA"),
        ("BT1 1AA", "BT1 1AA"),
        ("JE2 3AB", "JE2 3AB"),
        ("BF1 2AB", "BF1 2AB"),
        ("BX9 1AS", "BX9 1AS"),
        ("XX10 1AB", "XX10 1AB"),
        ("XM4 5HQ", "XM4 5HQ"),
        ("W1M 4AB", "W1M 4AB"),  # terminated, against the rule for the third letter
        ("NPT 0AD", "NPT 0AD"),  # terminated, of three letters
        ("GX1 1AA", "GX1 1AA"),  # well-formed, and not Gibraltar's GX11 1AA
    ],
)
def test_reads(text: str, expected: str) -> None:
    assert str(parse_postcode(text)) == expected


@pytest.mark.parametrize("text", ["m1", " sw1a ", "W 11", "gir", "NPT", "GX1"])
def test_reads_outcodes(text: str) -> None:
    assert parse_outcode(text) == text.replace(" ", "").upper()


def test_incodes_out_of_range() -> None:
    for number in (-1, INCODES):
        with pytest.raises(PostcodeError, match="numbered 0 to 3999"):
            incode_text(number)
    for incode in ("0AC", "AAA", "0aa", "0A", "٠AA", ""):
        with pytest.raises(PostcodeError, match="is not an incode"):
            incode_number(incode)


def test_postcodes_are_ordered_and_frozen() -> None:
    assert Postcode("M1", "1AE") < Postcode("SW1A", "0AA")
    with pytest.raises(AttributeError):
        Postcode("M1", "1AE").incode = "1AB"  # type: ignore[misc]
