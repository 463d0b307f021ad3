"""Link ids: fit for XML, and each in one readable row."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from allocator.tables.links import Links, read_links


def links(*rows: dict[str, str | None]) -> Links:
    return read_links(pl.DataFrame(rows))


def rejected(read: Links, *columns: str) -> list[tuple[Any, ...]]:
    return read.rejected.select(columns or ("row", "column", "value", "reason")).rows()


def test_link_ids_empty_unfit_for_xml_and_doubled() -> None:
    read = links(
        {"link_id": "a", "postcode": "M1 1AE"},
        {"link_id": "", "postcode": "M1 1AE"},
        {"link_id": "bell\x07", "postcode": "M1 1AE"},
        {"link_id": "tab\tand\nline", "postcode": "M1 1AE"},
        {"link_id": " a ", "postcode": "M1 1AE"},
        {"link_id": "\ufffe", "postcode": "M1 1AE"},
        {"link_id": "é😀\ufffd", "postcode": "M1 1AE"},
        {"link_id": "a", "postcode": "M1 1AE"},
    )
    assert read.table["link_id"].to_list() == ["a", "tab\tand\nline", "é😀\ufffd"]
    assert rejected(read) == [
        (2, "link_id", None, "LINK_ID_EMPTY"),
        (3, "link_id", "bell\x07", "LINK_ID_NOT_XML"),
        (5, "link_id", "a", "LINK_ID_DUPLICATED"),
        (6, "link_id", "\ufffe", "LINK_ID_NOT_XML"),
        (8, "link_id", "a", "LINK_ID_DUPLICATED"),
    ]
    messages = read.rejected["message"].to_list()
    assert messages[1] == "The link_id 'bell�' holds the character U+0007, which XML can't carry. Remove it."
    assert messages[2] == "'a' is already in row 1. A link can have only one number: delete one of the rows."


def test_a_rejected_row_does_not_bar_a_later_one_of_its_link_id() -> None:
    read = links(
        {"link_id": "a", "postcode": "nowhere"},
        {"link_id": "a", "postcode": "M1 1AE"},
        {"link_id": "a", "postcode": "M1 1AE"},
        {"link_id": "a", "postcode": "nowhere"},
    )
    assert read.table["row"].to_list() == [2]
    assert rejected(read, "row", "reason") == [
        (1, "POSTCODE_MALFORMED"),
        (3, "LINK_ID_DUPLICATED"),
        (4, "POSTCODE_MALFORMED"),
    ]


@pytest.mark.parametrize(
    ("chunks", "doubled"),
    [
        ([["a", "b"], ["c"]], []),
        ([["a", "b"], ["b", "c"]], [3]),
        ([["a", "b"], [], ["a"]], [3]),
        ([["b"], ["a"], ["c", "b"]], [4]),
    ],
)
def test_link_ids_are_compared_across_chunks_of_memory(chunks: list[list[str]], doubled: list[int]) -> None:
    parts = [pl.DataFrame({"link_id": chunk}, schema={"link_id": pl.String}) for chunk in chunks]
    frame = pl.concat(parts, rechunk=False).with_columns(postcode=pl.lit("M1 1AE"))
    assert read_links(frame).rejected["row"].to_list() == doubled
