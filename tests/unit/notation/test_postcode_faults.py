"""What is said of a text that is not a postcode or an outcode."""

from __future__ import annotations

import pytest

from allocator.errors import PostcodeError
from allocator.notation.postcodes import parse_outcode, parse_postcode


@pytest.mark.parametrize(
    ("text", "culprit", "says", "remedy"),
    [
        ("", "", "postcode is empty", "Enter a whole postcode"),
        ("   ", "   ", "postcode is empty", "Enter a whole postcode"),
        ("SW1A", "", "'SW1A' is only the first half of a postcode", "Enter all of it"),
        ("M1 1", "", "the incode '1' after M1 lacks two letters", "Enter a whole postcode"),
        ("SW1A 0A", "", "the incode '0A' after SW1A lacks one letter", "Enter a whole postcode"),
        ("SW1A 0AC", "C", "the incode '0AC' has a letter C; no incode has C, I, K, M, O or V", "Enter"),
        ("SW1A OAA", "O", "the incode 'OAA' starts with a letter O, not a digit", "Did you mean SW1A 0AA?"),
        ("SW1A 0A4", "4", "the incode '0A4' has a digit 4 where a letter should be", "Enter"),
        ("SWIA 0AA", "", "the outcode 'SWIA' has no digit", "Did you mean SW1A 0AA?"),
        ("5O1 1AA", "5", "the outcode '5O1' starts with a digit 5, not a letter", "Did you mean SO1 1AA?"),
        ("Q1 1AA", "Q", "the outcode 'Q1' begins with Q", "Enter"),
        ("AJ1 1AA", "J", "the outcode 'AJ1' has a second letter J", "Enter"),
        ("W1Z 1AA", "Z", "the outcode 'W1Z' ends with Z", "Did you mean W12 1AA?"),
        ("SW1Q 1AA", "Q", "the outcode 'SW1Q' ends with Q", "Enter"),
        ("LON1 1AA", "LON", "the outcode 'LON1' begins with 3 letters", "Enter"),
        ("M123 1AA", "M123", "the outcode 'M123' has none of the shapes", "Enter"),
        ("GIR 0AB", "0AB", "GIR has only the incode 0AA, not '0AB'", "Enter"),
        ("SW1A-0AA", "-", "the character '-' (hyphen-minus) can't be part of a postcode", "Did you mean SW1A 0AA?"),
        ("ſW1A 0AA", "ſ", "the character 'ſ' (latin small letter long s)", "Did you mean SW1A 0AA?"),
        ("SW١A 0AA", "١", "the character '١' (arabic-indic digit one)", "Enter"),
        ("10 Downing St, SW1A 2AA", ",", "the character ','", "Did you mean SW1A 2AA?"),
        ("M1 1AE/M1 2AB", "/", "the character '/'", "Did you mean M1 1AE or M1 2AB?"),
        ("TBC", "", "too short by 2: a postcode has 5 to 7 letters and digits", "Enter"),
        ("SW1A 0AAA", "A", "too long by 1: a postcode has 5 to 7 letters and digits", "Enter"),
        ("BFPO 57", "BFPO 57", "it is a British Forces Post Office number, not a postcode", "Enter its postcode"),
        ("fiqq 1zz", "fiqq 1zz", "it is the postcode of the Falkland Islands, a British overseas territory", "Only UK"),
        ("GX11 1AA", "GX11 1AA", "it is the postcode of Gibraltar, a British overseas territory", "Only UK"),
    ],
)
def test_says_what_is_wrong(text: str, culprit: str, says: str, remedy: str) -> None:
    with pytest.raises(PostcodeError) as caught:
        parse_postcode(text)
    error = caught.value
    assert error.text == text
    assert error.culprit == culprit
    assert error.problem.startswith(says)
    assert (error.remedy or "").startswith(remedy)


def test_span_points_into_the_text_as_given() -> None:
    with pytest.raises(PostcodeError) as caught:
        parse_postcode("  sw1a   oaa ")
    assert caught.value.span == (9, 10)
    assert caught.value.culprit == "o"


@pytest.mark.parametrize(
    ("text", "says", "remedy"),
    [
        ("", "outcode is empty", "Enter an outcode"),
        ("M1 1AE", "it is a whole postcode, not an outcode", "Did you mean M1?"),
        ("MI", "the outcode 'MI' has no digit", "Did you mean M1?"),
        ("M-1", "the character '-' (hyphen-minus) can't be part of an outcode", "Enter an outcode"),
        ("GX11", "it is the outcode of Gibraltar", "Only UK"),
        ("London", "the outcode 'LONDON' has no digit", "Enter an outcode"),
    ],
)
def test_says_what_is_wrong_with_an_outcode(text: str, says: str, remedy: str) -> None:
    with pytest.raises(PostcodeError) as caught:
        parse_outcode(text)
    assert caught.value.problem.startswith(says)
    assert (caught.value.remedy or "").startswith(remedy)
