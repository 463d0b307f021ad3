"""Data frames of any library and Parquet files, read as columns of text."""

from __future__ import annotations

import hashlib
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from allocator.errors import TableError
from allocator.tables.read import read_table
from allocator.tables.schema import TableSchema

LINKS = TableSchema(
    "links",
    ("link_id",),
    one_of=("postcode", "area_code"),
    optional=("fallback_area_distance",),
    digits=frozenset({"link_id", "area_code"}),
)


def message(source: Any) -> str:
    with pytest.raises(TableError) as caught:
        read_table(source, LINKS)
    return str(caught.value)


def cells(source: Any) -> list[tuple[Any, ...]]:
    table = read_table(source, LINKS)
    assert table.name == "the links table"
    assert table.rejected.is_empty()
    return table.cells.rows()


TEXTS = {"link_id": [" 007 ", "", None], "postcode": ["M1 1AE", "x", " "]}
ROWS = [(1, "007", "M1 1AE"), (2, None, "x"), (3, None, None)]


@pytest.mark.parametrize(
    "source",
    [
        pl.DataFrame(TEXTS),
        pl.LazyFrame(TEXTS),
        pl.DataFrame(TEXTS, schema_overrides={"link_id": pl.Categorical}),
        pd.DataFrame(TEXTS),
        pd.DataFrame(TEXTS, dtype=object),
        pd.DataFrame(TEXTS, dtype="category"),
        pa.table(TEXTS),
        pa.table(TEXTS).to_batches()[0],
        pa.table({name: pa.array(column).dictionary_encode() for name, column in TEXTS.items()}),
    ],
    ids=lambda source: f"{type(source).__module__}.{type(source).__name__}",
)
def test_tables_of_any_library(source: Any) -> None:
    assert cells(source) == ROWS
    assert read_table(source, LINKS).digest == read_table(pl.DataFrame(TEXTS), LINKS).digest


def test_a_stream_that_can_be_read_once() -> None:
    assert cells(pa.table(TEXTS).to_reader()) == ROWS


def test_the_index_of_a_pandas_table_counts_when_it_is_a_known_column() -> None:
    frame = pd.DataFrame({"link_id": ["a", "b"], "postcode": ["M1 1AE", "x"]})
    assert cells(frame.set_index("link_id")) == [(1, "a", "M1 1AE"), (2, "b", "x")]
    assert cells(frame.iloc[::-1]) == [(1, "b", "x"), (2, "a", "M1 1AE")]


def test_the_digest_does_not_depend_on_how_columns_lie_in_memory() -> None:
    halves = pl.concat([pl.DataFrame(TEXTS).head(1), pl.DataFrame(TEXTS).tail(2)], rechunk=False)
    assert halves.n_chunks() == 2
    shuffled = pl.DataFrame(TEXTS).select("postcode", pl.lit(1).alias("x"), "link_id")
    digest = read_table(pl.DataFrame(TEXTS), LINKS).digest
    assert [read_table(frame, LINKS).digest for frame in (halves, shuffled)] == [digest] * 2
    assert digest == hashlib.sha256(b'"link_id","postcode"\n"007","M1 1AE"\n"","x"\n"",""\n').hexdigest()


@pytest.mark.parametrize(
    "numbers",
    [
        pl.Series([442079460000, None, 7]),
        pl.Series([442079460000, None, 7], dtype=pl.UInt64),
        pl.Series([442079460000.0, None, 7.0]),
        pl.Series([442079460000.0, float("nan"), 7.0]),
        pl.Series([Decimal("442079460000.00"), None, Decimal("7.00")]),
        pl.Series(["442079460000", None, "7"], dtype=pl.Enum(["442079460000", "7"])),
    ],
    ids=lambda column: str(column.dtype),
)
def test_whole_numbers_become_their_digits(numbers: pl.Series) -> None:
    frame = pl.DataFrame({"link_id": numbers, "postcode": ["a", "b", "c"]})
    assert cells(frame) == [(1, "442079460000", "a"), (2, None, "b"), (3, "7", "c")]
    assert cells(frame.to_pandas()) == [(1, "442079460000", "a"), (2, None, "b"), (3, "7", "c")]


def test_numbers_that_are_not_whole_are_rejected() -> None:
    frame = pl.DataFrame(
        {"link_id": [1.0, 1.5, float("inf"), 2.0**53, None], "area_code": [20.0, 20.5, 20.0, 20.0, 161.0]}
    )
    table = read_table(frame, LINKS)
    assert table.cells.rows() == [(1, "1", "20"), (5, None, "161")]
    assert table.rejected.select("row", "column", "value", "reason").rows() == [
        (2, "link_id", "1.5", "NUMBER_NOT_WHOLE"),
        (3, "link_id", "inf", "NUMBER_NOT_WHOLE"),
        (4, "link_id", "9007199254740992.0", "NUMBER_NOT_WHOLE"),
    ]
    assert "Give link_id as text" in table.rejected["message"][0]


def test_a_float32_has_few_digits() -> None:
    frame = pl.DataFrame({"link_id": pl.Series([7.0, 442079460000.0], dtype=pl.Float32), "postcode": ["a", "b"]})
    table = read_table(frame, LINKS)
    assert table.cells.rows() == [(1, "7", "a")]
    assert table.rejected["row"].to_list() == [2]


def test_distances_keep_their_fractions_and_their_nonsense() -> None:
    frame = pl.DataFrame(
        {"link_id": ["a", "b", "c"], "postcode": ["x"] * 3, "fallback_area_distance": [7.5, 20.0, float("nan")]}
    )
    assert [row[-1] for row in cells(frame)] == ["7.5", "20", "NaN"]


def test_truth_values_and_columns_of_nothing() -> None:
    frame = pl.DataFrame({"link_id": [True, False], "postcode": [None, None]})
    assert cells(frame) == [(1, "true", None), (2, "false", None)]


def test_tables_of_no_rows() -> None:
    assert cells(pl.DataFrame(schema={"link_id": pl.String, "postcode": pl.Int64})) == []
    assert cells(pd.DataFrame({"link_id": [], "postcode": []})) == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (pl.DataFrame({"link_id": [[1]], "postcode": ["x"]}), "column link_id: the column holds values of type List("),
        (
            pl.DataFrame({"link_id": [b"1"], "postcode": ["x"]}),
            "column link_id: the column holds values of type Binary",
        ),
        (pd.DataFrame({"link_id": ["a", 1], "postcode": "x"}), "can't be read as a table (Expected bytes, got a 'int'"),
        (pd.DataFrame([["1", "x", "2"]], columns=["link_id", "postcode", "link_id"]), "'link_id' is there 2 times"),
        (pa.table([["1"], ["2"]], names=["link_id", "link_id"]), "'link_id' is there 2 times"),
        (pd.DataFrame({"postcode": ["x"]}), "there is no column 'link_id'"),
        (pl.LazyFrame({"postcode": ["x"]}), "there is no column 'link_id'"),
        (pl.LazyFrame({"link_id": ["x"]}).select("postcode"), "it can't be read as a table"),
        (pl.DataFrame(), "there is no column 'link_id'. It has no columns."),
        (pl.Series(["x"]), "it is a column, not a table"),
        (pd.Series(["x"]), "it is a column, not a table"),
        ([("1", "x")], "a table can't be read from a list. Give a path, or a table of polars, pandas or pyarrow."),
        (None, "a table can't be read from a NoneType"),
        (b"link_id", "a table can't be read from a bytes"),
    ],
)
def test_what_is_no_table(source: Any, said: str) -> None:
    assert said in message(source)
    assert message(source).startswith("the links table")


def test_parquet(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    pl.DataFrame({"x": [1], " link_id": [7], "postcode": [" M1 1AE "]}).write_parquet(buffer)
    path = tmp_path / "links.parquet"
    path.write_bytes(buffer.getvalue())
    table = read_table(path, LINKS)
    assert table.cells.rows() == [(1, "7", "M1 1AE")]
    assert table.digest == hashlib.sha256(buffer.getvalue()).hexdigest()


def test_a_parquet_file_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "links.parquet"
    path.write_bytes(b"link_id,postcode\n")
    assert "it can't be read as Parquet" in message(path)


def test_a_parquet_file_broken_behind_its_names(tmp_path: Path) -> None:
    path = tmp_path / "links.parquet"
    pl.DataFrame({"link_id": ["7"] * 999, "postcode": ["M1 1AE"] * 999}).write_parquet(path)
    data = path.read_bytes()
    path.write_bytes(data[:4] + bytes(200) + data[204:])
    assert "it can't be read as Parquet" in message(path)
