"""The notation of postcodes: what is read, and what is said of a text that is none."""

from __future__ import annotations

import polars as pl
import pytest

from allocator.errors import PostcodeError
from allocator.notation import postcodes as postcode
from allocator.notation.postcodes import Postcode
from allocator.places import dataset

OUTCODES = ["GIR", "M1", "SW1A", "W11"]


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
    assert str(postcode.parse_postcode(text)) == expected


@pytest.mark.parametrize(
    ("text", "culprit", "says", "remedy"),
    [
        ("", "", "postcode is empty", "Write a whole postcode"),
        ("   ", "   ", "postcode is empty", "Write a whole postcode"),
        ("SW1A", "", "'SW1A' is an outcode without an incode", "Write a whole postcode"),
        ("M1 1", "", "the incode '1' after M1 lacks two letters", "Write a whole postcode"),
        ("SW1A 0A", "", "the incode '0A' after SW1A lacks one letter", "Write a whole postcode"),
        ("SW1A 0AC", "C", "the incode '0AC' has a letter C; no incode has C, I, K, M, O or V", "Write"),
        ("SW1A OAA", "O", "the incode 'OAA' starts with a letter O, not a digit", "Did you mean SW1A 0AA?"),
        ("SW1A 0A4", "4", "the incode '0A4' has a digit 4 where a letter belongs", "Write"),
        ("SWIA 0AA", "", "the outcode 'SWIA' has no digit", "Did you mean SW1A 0AA?"),
        ("5O1 1AA", "5", "the outcode '5O1' starts with a digit 5, not a letter", "Did you mean SO1 1AA?"),
        ("Q1 1AA", "Q", "the outcode 'Q1' begins with Q", "Write"),
        ("AJ1 1AA", "J", "the outcode 'AJ1' has a second letter J", "Write"),
        ("W1Z 1AA", "Z", "the outcode 'W1Z' ends with Z", "Did you mean W12 1AA?"),
        ("SW1Q 1AA", "Q", "the outcode 'SW1Q' ends with Q", "Write"),
        ("LON1 1AA", "LON", "the outcode 'LON1' begins with 3 letters", "Write"),
        ("M123 1AA", "M123", "the outcode 'M123' has none of the shapes", "Write"),
        ("GIR 0AB", "0AB", "the incode '0AB' does not go with GIR", "Write"),
        ("SW1A-0AA", "-", "the character '-' (hyphen-minus) belongs in no postcode", "Did you mean SW1A 0AA?"),
        ("ſW1A 0AA", "ſ", "the character 'ſ' (latin small letter long s)", "Did you mean SW1A 0AA?"),
        ("SW١A 0AA", "١", "the character '١' (arabic-indic digit one)", "Write"),
        ("10 Downing St, SW1A 2AA", ",", "the character ','", "Did you mean SW1A 2AA?"),
        ("M1 1AE/M1 2AB", "/", "the character '/'", "Did you mean M1 1AE or M1 2AB?"),
        ("TBC", "", "too short by 2: a postcode has 5 to 7 letters and digits", "Write"),
        ("SW1A 0AAA", "A", "too long by 1: a postcode has 5 to 7 letters and digits", "Write"),
        ("BFPO 57", "BFPO 57", "it is a British Forces Post Office number, not a postcode", "Write its postcode"),
        ("fiqq 1zz", "fiqq 1zz", "it is the postcode of the Falkland Islands, a British overseas territory", "Only UK"),
        ("GX11 1AA", "GX11 1AA", "it is the postcode of Gibraltar, a British overseas territory", "Only UK"),
    ],
)
def test_says_what_is_wrong(text: str, culprit: str, says: str, remedy: str) -> None:
    with pytest.raises(PostcodeError) as caught:
        postcode.parse_postcode(text)
    error = caught.value
    assert error.text == text
    assert error.culprit == culprit
    assert error.problem.startswith(says)
    assert (error.remedy or "").startswith(remedy)


def test_span_points_into_the_text_as_given() -> None:
    with pytest.raises(PostcodeError) as caught:
        postcode.parse_postcode("  sw1a   oaa ")
    assert caught.value.span == (9, 10)
    assert caught.value.culprit == "o"


@pytest.mark.parametrize("text", ["m1", " sw1a ", "W 11", "gir", "NPT", "GX1"])
def test_reads_outcodes(text: str) -> None:
    assert postcode.parse_outcode(text) == text.replace(" ", "").upper()


@pytest.mark.parametrize(
    ("text", "says", "remedy"),
    [
        ("", "outcode is empty", "Write an outcode"),
        ("M1 1AE", "a whole postcode where an outcode is wanted", "Did you mean M1?"),
        ("MI", "the outcode 'MI' has no digit", "Did you mean M1?"),
        ("M-1", "the character '-' (hyphen-minus) belongs in no outcode", "Write an outcode"),
        ("GX11", "it is the outcode of Gibraltar", "Only UK"),
        ("London", "the outcode 'LONDON' has no digit", "Write an outcode"),
    ],
)
def test_says_what_is_wrong_with_an_outcode(text: str, says: str, remedy: str) -> None:
    with pytest.raises(PostcodeError) as caught:
        postcode.parse_outcode(text)
    assert caught.value.problem.startswith(says)
    assert (caught.value.remedy or "").startswith(remedy)


@pytest.mark.parametrize("outcode", ["GIR", "BF1", "BX9", "XX10", "XM4", "M60", "JE4"])
def test_non_geographic(outcode: str) -> None:
    assert postcode.is_non_geographic(outcode)


@pytest.mark.parametrize("outcode", ["M1", "SW1A", "GY1", "BN1", "B1", "E1"])
def test_geographic(outcode: str) -> None:
    assert not postcode.is_non_geographic(outcode)


def test_incodes_out_of_range() -> None:
    for number in (-1, postcode.INCODES):
        with pytest.raises(PostcodeError, match="numbered 0 to 3999"):
            postcode.incode_text(number)
    for incode in ("0AC", "AAA", "0aa", "0A", "٠AA", ""):
        with pytest.raises(PostcodeError, match="is no incode"):
            postcode.incode_number(incode)


def test_column_codes_are_places_in_the_list_given() -> None:
    texts = pl.Series("postcode", ["sw1a 0aa", "W11 3EP", None, "GIR 0AA", "GIR 0AB", "L1 1AA", "m1 1ae", "M1", "M1"])
    rows = postcode.parse_postcode_column(texts, OUTCODES)
    assert rows.columns == ["outcode", "incode", "outcode_code", "incode_code", "problem", "remedy"]
    assert rows.dtypes == [pl.String, pl.String, pl.UInt16, pl.UInt16, pl.String, pl.String]
    assert rows["outcode"].to_list() == ["SW1A", "W11", None, "GIR", None, "L1", "M1", None, None]
    assert rows["outcode_code"].to_list() == [2, 3, None, 0, None, None, 1, None, None]
    assert rows["incode_code"][0] == postcode.incode_number("0AA")
    assert rows["problem"].is_null().to_list() == [True, True, False, True, False, True, True, False, False]
    assert rows["problem"][2] == "postcode is empty"
    assert rows["remedy"][7] == "Write a whole postcode, such as SW1A 0AA."


@pytest.mark.parametrize("texts", [[], [None], ["M1 1AE"], ["rubbish"]])
def test_column_of_any_length(texts: list[str | None]) -> None:
    for outcodes in ([], OUTCODES):
        rows = postcode.parse_postcode_column(pl.Series(texts, dtype=pl.String), outcodes)
        assert len(rows) == len(texts)
        assert rows.dtypes == [pl.String, pl.String, pl.UInt16, pl.UInt16, pl.String, pl.String]


def test_column_accepts_a_series_of_outcodes_and_other_types_of_text() -> None:
    texts = pl.Series(["M1 1AE", "M1 1AE", "x"], dtype=pl.Categorical)
    rows = postcode.parse_postcode_column(texts, pl.Series(OUTCODES))
    assert rows["outcode_code"].to_list() == [1, 1, None]
    nulls = postcode.parse_postcode_column(pl.Series([None, None]), OUTCODES)
    assert nulls["problem"].to_list() == ["postcode is empty"] * 2


def test_listed_outcodes_do_not_widen_what_is_accepted() -> None:
    rows = postcode.parse_postcode_column(pl.Series(["ZZ9 9ZZ", "GX11 1AA", "gir 0ab"]), ["ZZ9", "GX11", "GIR"])
    assert rows["outcode"].to_list() == [None, None, None]


def test_postcodes_are_ordered_and_frozen() -> None:
    assert Postcode("M1", "1AE") < Postcode("SW1A", "0AA")
    with pytest.raises(AttributeError):
        Postcode("M1", "1AE").incode = "1AB"  # type: ignore[misc]


def test_every_outcode_of_the_bundled_data_is_well_formed() -> None:
    outcodes = dataset.bundled_outcodes().outcode
    incodes = {outcode: "0AA" if outcode == "GIR" else "1AB" for outcode in outcodes}
    assert [postcode.parse_outcode(outcode.lower()) for outcode in outcodes] == outcodes.to_list()
    rows = postcode.parse_postcode_column(
        pl.Series([f"{outcode} {incode}" for outcode, incode in incodes.items()]), outcodes
    )
    assert rows["outcode"].to_list() == outcodes.to_list()
    assert rows["outcode_code"].to_list() == list(range(len(outcodes)))


def test_outcodes_without_a_position_are_known_as_non_geographic() -> None:
    table = dataset.bundled_outcodes()
    homeless = [
        outcode for outcode, longitude in zip(table.outcode, table.longitude, strict=True) if longitude != longitude
    ]
    assert [outcode for outcode in homeless if not postcode.is_non_geographic(outcode)] == []
