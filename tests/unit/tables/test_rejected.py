"""Rejected rows: reasons, and the sentences a person reads."""

from __future__ import annotations

import polars as pl

from allocator.tables.rejected import (
    REJECTED,
    RejectReason,
    fault_rows,
    no_faults,
    problem_sentences,
    rejected_rows,
    shown,
)
from allocator.tables.schema import TableSchema


def test_reasons_are_words() -> None:
    assert all(reason == reason.name for reason in RejectReason)


def test_faults_without_a_column_have_no_value() -> None:
    faults = fault_rows(pl.Series([4, 9]), RejectReason.ROW_MISQUOTED, pl.format("Row {}.", "row"))
    assert faults.rows() == [
        (4, None, None, "ROW_MISQUOTED", "Row 4."),
        (9, None, None, "ROW_MISQUOTED", "Row 9."),
    ]


def test_no_faults_and_faults_fit_together() -> None:
    none = fault_rows(pl.Series([], dtype=pl.UInt32), RejectReason.ROW_RAGGED, pl.lit("x"), column="a")
    assert none.schema == no_faults().schema
    assert pl.concat([none, no_faults()]).is_empty()
    assert rejected_rows(TableSchema("links", ("link_id",)), "links.csv", none).schema == REJECTED


def test_values_are_shown_in_quotes_and_cut() -> None:
    assert shown(pl.Series(["x", None, "y" * 60, "z" * 61])).to_list() == [
        "'x'",
        None,
        f"'{'y' * 60}'",
        f"'{'z' * 59}…'",
    ]


def test_a_sentence_names_the_value_once() -> None:
    texts = pl.Series(["SW1A", "M1 1A", "ok"])
    read = pl.DataFrame(
        {
            "problem": ["'SW1A' is only the first half", "the incode lacks one letter", None],
            "remedy": ["Enter all of it.", None, None],
        }
    )
    assert problem_sentences(texts, read).to_list() == [
        "'SW1A' is only the first half. Enter all of it.",
        "'M1 1A': the incode lacks one letter.",
        None,
    ]
