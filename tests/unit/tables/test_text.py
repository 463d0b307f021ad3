"""A table as columns of text."""

from __future__ import annotations

import polars as pl

from allocator.tables.rejected import REJECTED, RejectReason, fault_rows, no_faults
from allocator.tables.schema import TableSchema
from allocator.tables.text import Reading, TextTable, numbered, text_table

SCHEMA = TableSchema("links", ("link_id",), optional=("postcode",))


def table(link_ids: list[str | None], faults: pl.DataFrame | None = None) -> TextTable:
    reading = Reading(
        {"link_id": pl.Series(link_ids, dtype=pl.String)},
        numbered(len(link_ids), 2),
        no_faults() if faults is None else faults,
    )
    return text_table(reading, SCHEMA, "links.csv", None)


def test_spaces_around_values_are_no_part_of_them() -> None:
    read = table([" a b ", "\u00a0", "", None, "c"])
    assert read.cells.rows() == [(2, "a b"), (3, None), (4, None), (5, None), (6, "c")]
    assert read.cells.schema == {"row": pl.UInt32, "link_id": pl.String}


def test_a_column_that_was_not_found_is_null() -> None:
    read = table(["a", "b"])
    assert len(read) == 2
    assert "link_id" in read
    assert "postcode" not in read
    assert read.column("postcode").to_list() == [None, None]
    assert {name: column.to_list() for name, column in read.columns().items()} == {
        "link_id": ["a", "b"],
        "postcode": [None, None],
    }


def test_the_digest_is_that_of_the_cells_where_none_is_given() -> None:
    assert table(["a"]).digest == table([" a "]).digest != table(["b"]).digest
    assert text_table(Reading({}, numbered(0, 1), no_faults()), SCHEMA, "", "digest").digest == "digest"


def test_a_faulty_row_is_set_apart_once() -> None:
    faults = pl.concat(
        fault_rows(pl.Series([row]), RejectReason.NUMBER_NOT_WHOLE, pl.lit(text))
        for row, text in ((3, "x"), (2, "y"), (3, "z"))
    )
    read = table(["a", "b", "c"], faults)
    assert read.cells["link_id"].to_list() == ["c"]
    assert read.rejected.schema == REJECTED
    assert read.rejected.select("table", "file", "row", "message").rows() == [
        ("links", "links.csv", 2, "y"),
        ("links", "links.csv", 3, "x"),
    ]


def test_row_numbers() -> None:
    assert numbered(3, 5).to_list() == [5, 6, 7]
    assert numbered(0, 1).dtype == pl.UInt32
