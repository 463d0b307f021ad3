"""Counts with their nouns."""

from __future__ import annotations

import pytest

from allocator.notation import counted


@pytest.mark.parametrize(("number", "words"), [(0, "0 links"), (1, "1 link"), (2000, "2,000 links")])
def test_counted(number: int, words: str) -> None:
    assert counted(number, "link") == words
