"""The characters that count as space."""

from __future__ import annotations

import sys

import polars as pl

from allocator.notation.whitespace import SPACES, SPACES_PATTERN, without_spaces


def test_all_that_python_calls_white_space_counts() -> None:
    assert {character for character in map(chr, range(sys.maxunicode + 1)) if character.isspace()} <= set(SPACES)


def test_the_invisible_ones_count() -> None:
    assert set("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff") <= set(SPACES)


def test_every_space_is_taken_out() -> None:
    assert without_spaces(SPACES.join("SW1A 0AA")) == "SW1A0AA"
    assert without_spaces("") == ""


def test_the_pattern_for_polars_matches_the_same_characters() -> None:
    assert pl.Series([f"a{SPACES}b"]).str.replace_all(SPACES_PATTERN, "").to_list() == ["ab"]
    others = "".join(character for character in map(chr, range(0x3100)) if character not in SPACES)
    assert not pl.Series([others]).str.contains(SPACES_PATTERN).item()
