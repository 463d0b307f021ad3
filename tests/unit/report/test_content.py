from __future__ import annotations

from allocator.report.content import Content, sources_of


def test_a_report_begins_empty_and_two_share_nothing() -> None:
    one, other = Content("One", "First."), Content("Other", "Second.")
    one.facts.append(("1", "link"))
    assert (one.map, other.facts, other.charts, other.tables, other.sources) == (None, [], [], [], [])


def test_sources_name_versions_options_and_digests() -> None:
    summary = {
        "engine": {"name": "allocator", "version": "1.2"},
        "data": {"edition": "2025-11", "manifest_sha256": "abc"},
        "options": {"fallback_km": 20.0},
        "inputs": {"links": {"source": "links.csv", "sha256": "def", "rows": 1234}, "prices": None},
    }
    assert sources_of(summary) == [
        ("engine", "allocator 1.2"),
        ("data", "edition 2025-11, manifest sha256 abc"),
        ("fallback km", "20.0"),
        ("links", "links.csv, 1,234 rows, sha256 def"),
    ]
    assert sources_of({}) == []
