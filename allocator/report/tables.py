"""Tables of the page: columns as JSON, each repeated text written once, cut to the space that the page has for them."""

from __future__ import annotations

import json
from typing import Any, Literal

import polars as pl

Kind = Literal["text", "code", "outcode", "reason", "int", "km", "share", "number"]
Column = tuple[str, str, Kind]
"""Column of the frame, heading, and how its values are shown."""

ROOM_BYTES = 4_000_000
"""What the tables of links may take in a page of 6 MB; the scripts, the map and the other tables need the rest."""

# A column of texts has a list of distinct texts where each of them is in that many rows on average.
_REPEATED = 1.5
_ROW_BYTES = 6


def table(
    name: str,
    title: str,
    frame: pl.DataFrame,
    columns: list[Column],
    *,
    note: str = "",
    room: int | None = None,
    whole: str = "",
) -> dict[str, Any]:
    """Make a table of the page.

    Parameters
    ----------
    name
        Identifies it in the page.
    title
        The heading above it.
    frame
        The rows.
    columns
        The columns to show; those that the frame lacks are left out.
    note
        A sentence below the title.
    room
        Bytes that it may take in the page. Rows that don't fit are left out, and the note says so.
    whole
        Where all rows are, for that note.

    Examples
    --------
    >>> made = table("t", "Links", pl.DataFrame({"link_id": ["a", "b"]}), [("link_id", "link", "text")], room=10)
    >>> made["rows"], made["of"], made["note"]
    (1, 2, 'The first 1 of 2 rows.')
    """
    columns = [column for column in columns if column[0] in frame.columns]
    shown = frame if room is None else frame.head(_fitting(frame.select([key for key, _, _ in columns]), room))
    if shown.height < frame.height:
        place = f"; {whole} has them all" if whole else ""
        note = f"{note} The first {shown.height:,} of {frame.height:,} rows{place}.".strip()
    return {
        "id": name,
        "title": title,
        "note": note,
        "rows": shown.height,
        "of": frame.height,
        "columns": [
            {"key": key, "label": label, "kind": kind} | _values(shown[key], kind) for key, label, kind in columns
        ],
    }


def size_of(made: dict[str, Any]) -> int:
    """Bytes that a table takes in the page."""
    return len(script_json(made).encode("utf-8", "replace"))


def script_json(value: object) -> str:
    r"""JSON for a script element: nothing in it ends the element or begins a comment.

    >>> print(script_json({"link_id": "</script><!--"}))
    {"link_id":"\u003c/script>\u003c!--"}
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _values(series: pl.Series, kind: Kind) -> dict[str, Any]:
    if series.dtype.is_float():
        series = series.round(4 if kind == "share" else 3)
        return {"values": [None if value is None else _short(value) for value in series.to_list()]}
    if series.dtype != pl.String:
        return {"values": series.to_list()}
    distinct = series.drop_nulls().unique().sort()
    if len(series) < _REPEATED * max(len(distinct), 1):
        return {"values": series.to_list()}
    index = pl.DataFrame({series.name: distinct}).with_row_index("index")
    place = pl.DataFrame({series.name: series}).join(index, on=series.name, how="left", maintain_order="left")["index"]
    return {"texts": distinct.to_list(), "index": place.to_list()}


def _short(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _fitting(frame: pl.DataFrame, room: int) -> int:
    """Count the rows that fit into that many bytes: a text counts in full in the first row that has it."""
    if frame.is_empty():
        return 0
    size = pl.int_range(pl.len()) * 0  # one entry for each row, also where no column has texts
    for key in frame.columns:
        if frame.schema[key] == pl.String:
            text = pl.col(key).fill_null("")
            # JSON writes the first with two characters, the second with six.
            escaped = text.str.count_matches(r'["\\]') + text.str.count_matches(r"[<\x00-\x1f]") * 5
            size = size + pl.when(text.is_first_distinct()).then(text.str.len_bytes() + escaped + 3).otherwise(0)
        size = size + _ROW_BYTES
    total = frame.select(size.cast(pl.Int64).cum_sum().alias("total"))["total"]
    return int((total <= room).sum())
