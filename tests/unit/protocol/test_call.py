"""How the method is called, beside the API's page, where it is at hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from allocator.protocol import API_METHOD, API_VERSION, FIELDS, HTTP_METHOD, PATH

PAGE = Path(__file__).parents[4] / "shared" / "spec" / "attachVoxnumberToLink.txt"


def test_the_call_is_the_pages() -> None:
    assert (HTTP_METHOD, PATH, API_VERSION, API_METHOD) == ("PUT", "/Links", "3", "attachVoxnumberToLink")


def test_each_field_is_a_node_of_the_page() -> None:
    if not PAGE.exists():
        pytest.skip(f"the API's page is not at hand: {PAGE.name}")
    page = PAGE.read_text(encoding="utf-8")
    assert len(set(FIELDS)) == len(FIELDS) == 11
    assert [name for name in FIELDS if not re.search(rf"\b{name}\b", page)] == []
