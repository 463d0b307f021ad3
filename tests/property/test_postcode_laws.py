"""Laws of the notation of postcodes, on texts that are postcodes, nearly so, and anything."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from allocator.errors import PostcodeError
from allocator.notation.postcode_columns import parse_postcode_column
from allocator.notation.postcodes import (
    INCODES,
    Postcode,
    incode_number,
    incode_text,
    parse_outcode,
    parse_postcode,
)

KNOWN = ["EC1A", "GIR", "M1", "NPT", "SW1A", "W11", "W1A"]

LETTERS = "ABEHPRUW"
shapes = st.sampled_from(
    [
        "[LETTERS][0-9]",
        "[LETTERS][0-9]{2}",
        "[LETTERS]{2}[0-9]",
        "[LETTERS]{2}[0-9]{2}",
        "[LETTERS][0-9]A",
        "[LETTERS]{2}[0-9]A",
    ]
).flatmap(lambda shape: st.from_regex(shape.replace("LETTERS", LETTERS), fullmatch=True))
outcodes = st.one_of(st.sampled_from([known for known in KNOWN if known != "GIR"]), shapes)
incodes = st.integers(0, INCODES - 1).map(incode_text)
spaces = st.sampled_from(["", " ", "  ", "\t", "\u00a0", "\u200b", "\u2028 ", "\x1f"])


@st.composite
def written(draw: st.DrawFn) -> str:
    """A postcode as someone may write it."""
    text = draw(outcodes) + " " + draw(incodes)
    cased = "".join(draw(st.sampled_from([c.upper(), c.lower()])) for c in text)
    return draw(spaces) + draw(spaces).join(cased.split(" ")) + draw(spaces)


@st.composite
def near(draw: st.DrawFn) -> str:
    """A postcode with one character put in, taken out or replaced, often by one that looks like it."""
    text = draw(written())
    place = draw(st.integers(0, len(text)))
    wrong = draw(st.one_of(st.sampled_from(list("OI01SZB-.,ıſßÅ１٠\x00é ")), st.characters()))
    return text[:place] + draw(st.sampled_from(["", wrong])) + text[place + draw(st.integers(0, 1)) :]


texts = st.one_of(
    written(),
    near(),
    st.text(max_size=12),
    st.text("AGIRMSW01 aßıſ", max_size=9),
    st.sampled_from(
        ["GIR 0AA", "GIR 0AB", "GX11 1AA", "GX1 1AA", "FIQQ 1ZZ", "BFPO 1", "ﬁ1 1AA", "M1 1AE M1 1AF", "\x000 0AA"]
    ),
)


def read(text: str) -> tuple[str | None, str | None, str | None, str | None]:
    try:
        answer = parse_postcode(text)
    except PostcodeError as error:
        return None, None, error.problem, error.remedy
    return answer.outcode, answer.incode, None, None


@given(st.lists(st.one_of(st.none(), texts), max_size=8))
@example(["SW1A 0AA", "sw1a0aa", "ſW1A 0AA", "", None])
def test_the_column_agrees_with_the_scalar(column: list[str | None]) -> None:
    rows = parse_postcode_column(pl.Series(column, dtype=pl.String), KNOWN)
    for text, outcode, incode, outcode_code, incode_code, problem, remedy in zip(
        column, *(rows[name].to_list() for name in rows.columns), strict=True
    ):
        assert (outcode, incode, problem, remedy) == read(text or "")
        assert outcode_code == (KNOWN.index(outcode) if outcode in KNOWN else None)
        assert incode_code == (None if incode is None else incode_number(incode))


@given(outcodes, incodes, st.data())
def test_case_and_spacing_do_not_matter(outcode: str, incode: str, data: st.DataObject) -> None:
    text = "".join(data.draw(st.sampled_from([c, c.lower()])) + data.draw(spaces) for c in outcode + incode)
    assert parse_postcode(text) == Postcode(outcode, incode)


@given(texts)
def test_what_is_read_reads_the_same_again(text: str) -> None:
    try:
        answer = parse_postcode(text)
    except PostcodeError:
        return
    assert parse_postcode(str(answer)) == answer
    assert parse_outcode(answer.outcode) == answer.outcode
    assert incode_text(incode_number(answer.incode)) == answer.incode


def error_of(reader: Callable[[str], object], text: str) -> PostcodeError | None:
    try:
        reader(text)
    except PostcodeError as error:
        return error
    return None


@given(texts)
def test_an_error_points_into_the_text_and_says_what_to_do(text: str) -> None:
    for reader in (parse_postcode, parse_outcode):
        error = error_of(reader, text)
        if error is not None:
            start, end = error.span
            assert 0 <= start <= end <= len(text)
            assert error.problem
            assert error.remedy


@given(texts)
def test_what_is_suggested_is_a_postcode(text: str) -> None:
    error = error_of(parse_postcode, text)
    remedy = (error and error.remedy) or ""
    if remedy.startswith("Did you mean "):
        for meant in remedy.removeprefix("Did you mean ").removesuffix("?").split(" or "):
            assert str(parse_postcode(meant)) == meant


def test_numbers_of_incodes_are_a_bijection_in_the_order_of_the_text() -> None:
    incodes = [incode_text(number) for number in range(INCODES)]
    assert incodes == sorted(set(incodes))
    assert [incode_number(incode) for incode in incodes] == list(range(INCODES))
