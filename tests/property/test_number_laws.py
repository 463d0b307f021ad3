"""Laws of VoxNumbers: columns agree with single texts, marks do not matter, the area code is how the number begins."""

from __future__ import annotations

import re

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import NumberError
from allocator.notation.number_columns import parse_number_column
from allocator.notation.numbers import MARK, NUMBER, NUMBER_RE, digits_of
from allocator.places.numbering_plan import area_code_column, idd_and_area_code

marks = st.sampled_from(["", " ", "-", ".", "\u2011", "\u00a0", " - "])
digits = st.one_of(
    st.from_regex("44[0-9]{3,12}", fullmatch=True),
    st.from_regex("1[0-9]{4,12}", fullmatch=True),
    st.from_regex("[1-9][0-9]{4,17}", fullmatch=True),
)


@st.composite
def written(draw: st.DrawFn) -> str:
    """A number as someone may write it."""
    number = draw(digits)
    cuts = sorted(draw(st.sets(st.integers(1, len(number) - 1), max_size=3)))
    parts = [number[start:end] for start, end in zip([0, *cuts], [*cuts, len(number)], strict=True)]
    if draw(st.booleans()):
        place = draw(st.integers(0, len(parts) - 1))
        parts[place] = f"({parts[place]})"
    return draw(st.sampled_from(["", "+", " ", "\ufeff"])) + draw(marks).join(parts) + draw(st.sampled_from(["", " "]))


@st.composite
def near(draw: st.DrawFn) -> str:
    """A number with one character put in, taken out or replaced."""
    text = draw(written())
    place = draw(st.integers(0, len(text)))
    wrong = draw(
        st.one_of(
            st.sampled_from(["(0)", "0", "+", ".", ".0", "e", "E+", ",", "'", "x", "٣", "(", ")"]), st.characters()
        )
    )
    return text[:place] + draw(st.sampled_from(["", wrong])) + text[place + draw(st.integers(0, 1)) :]


texts = st.one_of(
    written(), near(), st.text(max_size=14), st.text("0123456789+-. ()eE", max_size=22), st.from_regex("[0-9]{3,20}")
)


def read(text: str) -> tuple[int | None, str | None, str | None]:
    try:
        return int(digits_of(text)), None, None
    except NumberError as error:
        return None, error.problem, error.remedy


@given(st.lists(st.one_of(st.none(), texts), max_size=8))
def test_the_column_agrees_with_the_scalar(column: list[str | None]) -> None:
    rows = parse_number_column(pl.Series(column, dtype=pl.String))
    assert rows.rows() == [read(text or "") for text in column]


@given(st.lists(digits, max_size=8))
def test_the_column_of_area_codes_agrees_with_the_scalar(column: list[str]) -> None:
    answer = area_code_column(pl.Series([int(number) for number in column], dtype=pl.Int64))
    assert answer.rows() == [idd_and_area_code(number) for number in column]


@given(digits)
def test_the_area_code_is_the_beginning_of_the_number(number: str) -> None:
    idd, area_code = idd_and_area_code(number)
    if area_code is not None:
        assert number.removeprefix(str(idd)).lstrip("0").startswith(str(area_code))


@given(digits, st.text("0123456789", max_size=8))
def test_more_digits_change_no_area_code(number: str, more: str) -> None:
    idd, area_code = idd_and_area_code(number)
    if area_code is not None and len(number) >= 8:
        assert idd_and_area_code((number + more)[:18]) == (idd, area_code)


@given(digits, st.data())
def test_marks_do_not_matter(number: str, data: st.DataObject) -> None:
    text = "+" + "".join(digit + data.draw(st.sampled_from(["", " ", "\u00a0"])) for digit in number)
    assert digits_of(text) == number


@given(texts)
def test_what_is_read_reads_the_same_again(text: str) -> None:
    number, problem, remedy = read(text)
    if number is None:
        assert problem
        assert remedy
    else:
        assert read(str(number)) == (number, None, None)


@given(texts)
def test_what_is_suggested_is_a_number(text: str) -> None:
    _, _, remedy = read(text)
    if remedy and remedy.startswith("Did you mean "):
        meant = remedy.removeprefix("Did you mean ").removesuffix("?")
        assert len(meant) >= 5
        assert meant.isascii()
        assert meant.isdecimal()


# How the pattern was first written: easy to read, but it takes hours on a long text that is not a number.
PLAIN = re.compile(rf"(?:\+?[1-9][0-9]*|\(\+?[1-9][0-9]*\))(?:{MARK}?(?:[0-9]+|\([0-9]+\)))*")


@given(st.one_of(st.text("014+-()", max_size=12), st.text("4-()x", max_size=12), written(), near()))
def test_the_linear_pattern_matches_what_the_plain_one_does(text: str) -> None:
    text = text[:16]
    first = PLAIN.match(text)
    found = NUMBER_RE.match(text)
    assert (found and found.span()) == (first and first.span())
    whole = PLAIN.fullmatch(text) is not None
    assert (NUMBER_RE.fullmatch(text) is not None) == whole
    assert pl.Series([text]).str.contains(f"^(?:{NUMBER})$").to_list() == [whole and "\n" not in text]
