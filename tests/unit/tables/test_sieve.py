"""The sieve of rows that can't be read."""

from __future__ import annotations

import polars as pl
import pytest

from allocator.tables.rejected import REJECTED, RejectReason
from allocator.tables.schema import TableSchema
from allocator.tables.sieve import Sieve
from allocator.tables.text import TextTable

EMPTY, UNKNOWN = RejectReason.FIELD_MISSING, RejectReason.METHOD_UNKNOWN


@pytest.fixture
def table() -> TextTable:
    cells = pl.DataFrame({"row": [2, 4, 5], "link_id": ["a", "b", None]}, schema_overrides={"row": pl.UInt32})
    ragged = ("links", "links.csv", 3, None, "x", "ROW_RAGGED", "Ragged.")
    schema = TableSchema("links", ("link_id",), optional=("method",))
    return TextTable(schema, "links.csv", "", cells, pl.DataFrame([ragged], schema=REJECTED, orient="row"))


def flags(*values: bool | None) -> pl.Series:
    return pl.Series(values, dtype=pl.Boolean)


def test_without_faults_all_rows_pass(table: TextTable) -> None:
    sieve = Sieve(table)
    sieve.reject(flags(False, None, False), "link_id", EMPTY, "Empty.")
    assert sieve.clean
    assert sieve.passed.to_list() == [True, True, True]
    assert sieve.rejected.equals(table.rejected)


def test_a_row_counts_for_its_first_fault_and_rows_keep_their_order(table: TextTable) -> None:
    sieve = Sieve(table)
    sieve.reject(flags(False, False, True), "link_id", EMPTY, "Empty.")
    sieve.reject(flags(True, None, True), "method", UNKNOWN, pl.format("{} of {}.", "shown", "row"))
    assert not sieve.clean
    assert sieve.passed.to_list() == [False, True, False]
    assert sieve.rejected.select("row", "column", "value", "reason").rows() == [
        (2, "method", None, "METHOD_UNKNOWN"),
        (3, None, "x", "ROW_RAGGED"),
        (5, "link_id", None, "FIELD_MISSING"),
    ]
    assert sieve.rejected.schema == REJECTED


def test_messages_are_one_for_all_one_for_each_or_an_expression(table: TextTable) -> None:
    sieve = Sieve(table)
    sieve.reject(flags(True, False, False), "link_id", EMPTY, pl.format("{} in row {}.", "shown", "row"))
    sieve.reject(flags(False, True, True), "link_id", EMPTY, pl.Series(["Second.", "Third."]))
    assert sieve.rejected["message"].to_list() == ["'a' in row 2.", "Ragged.", "Second.", "Third."]
