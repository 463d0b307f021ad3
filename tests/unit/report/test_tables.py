"""A table of the page takes no more bytes than it may."""

from __future__ import annotations

import json

import polars as pl

from allocator.report.tables import table


def test_a_table_takes_no_more_than_its_room() -> None:
    texts = [f'"{number}"\\<é>' * 5 for number in range(3000)]
    frame = pl.DataFrame({"text": texts, "same": ["always the same"] * 3000, "number": list(range(3000))})
    made = table("t", "T", frame, [("text", "", "text"), ("same", "", "text"), ("number", "", "int")], room=50_000)
    written = len(json.dumps(made, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c").encode())
    assert 0 < made["rows"] < 3000
    assert 30_000 < written < 51_000
