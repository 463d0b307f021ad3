"""Characters that XML can't carry: both patterns find the same, and a parser agrees."""

from __future__ import annotations

import polars as pl
import pytest
from lxml import etree

from allocator.protocol import NOT_XML, NOT_XML_PATTERN

EDGES = [0, 8, 9, 10, 11, 13, 14, 31, 32, 0x7F, 0xD7FF, 0xE000, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x10FFFF]


@pytest.mark.parametrize("code", EDGES)
def test_the_patterns_and_a_parser_agree(code: int) -> None:
    character = chr(code)
    refused = bool(NOT_XML.search(f"a{character}b"))
    assert pl.Series([f"a{character}b"]).str.contains(NOT_XML_PATTERN).item() == refused
    try:
        etree.fromstring(f"<a>{character}</a>".encode())
    except etree.XMLSyntaxError:
        assert refused
    else:
        assert not refused


def test_surrogates_are_refused() -> None:
    assert NOT_XML.search("\ud800")
    assert NOT_XML.search("\udfff")
