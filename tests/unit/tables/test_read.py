"""Any source read as columns of text: files, standard input, data frames."""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Callable
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
CSV = b"link_id,postcode\n007,M1 1AE\n"


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], str]:
    def write(data: bytes, name: str = "links.csv") -> str:
        path = tmp_path / name
        path.write_bytes(data)
        return str(path)

    return write


def message(source: Any) -> str:
    with pytest.raises(TableError) as caught:
        read_table(source, LINKS)
    return str(caught.value)


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["links.csv", "links.CSV", "links.txt", "links.tsv", "links"])
def test_csv_by_suffix_with_the_digest_of_its_bytes(file: Callable[..., str], name: str) -> None:
    path = file(CSV, name)
    table = read_table(path, LINKS)
    assert table.cells.rows() == [(2, "007", "M1 1AE")]
    assert table.cells.schema == {"row": pl.UInt32, "link_id": pl.String, "postcode": pl.String}
    assert (table.name, table.digest) == (path, hashlib.sha256(CSV).hexdigest())
    assert table.rejected.is_empty()
    assert read_table(Path(path), LINKS).digest == table.digest


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CSV)))
    table = read_table("-", LINKS)
    assert table.cells.rows() == [(2, "007", "M1 1AE")]
    assert (table.name, table.digest) == ("standard input", hashlib.sha256(CSV).hexdigest())


def test_parquet(file: Callable[..., str]) -> None:
    buffer = io.BytesIO()
    pl.DataFrame({"x": [1], " link_id": [7], "postcode": [" M1 1AE "]}).write_parquet(buffer)
    table = read_table(file(buffer.getvalue(), "links.parquet"), LINKS)
    assert table.cells.rows() == [(1, "7", "M1 1AE")]
    assert table.digest == hashlib.sha256(buffer.getvalue()).hexdigest()


def test_no_such_file_names_one_alike(file: Callable[..., str], tmp_path: Path) -> None:
    file(CSV, "links.csv")
    assert message(tmp_path / "link.csv").endswith(f"there is no such file. Did you mean {tmp_path / 'links.csv'}?")
    assert "Check its name" in message(tmp_path / "quite different.parquet")
    assert f"There is no folder {tmp_path / 'nowhere'} either." in message(tmp_path / "nowhere" / "links.csv")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert f"it is a folder, not a file. Name a file in it, such as {tmp_path / 'links.csv'}." in message(tmp_path)


def test_no_name_at_all() -> None:
    assert "not a file" in message("")
    assert "can't be read" in message("links\0.csv")


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b" \r\n" * 100])
@pytest.mark.parametrize("name", ["links.csv", "links.parquet"])
def test_an_empty_file(file: Callable[..., str], data: bytes, name: str) -> None:
    assert "the file is empty. It needs a header: link_id, postcode." in message(file(data, name))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            b"link_id,postcode\n1,M1 1AE\n2,Caf\xe9\n",
            "row 3: it is not UTF-8: byte 32 is 0xE9, which is 'é' in Windows",
        ),
        (b'link_id,postcode\n"1\n2",M1 1AE\n3,\xff\n', "row 3: it is not UTF-8: byte 33 is 0xFF"),
        (b"link_id,postcode\n1,M1 1AE\n2,\x81\n", "row 3: it is not UTF-8: byte 29 is 0x81. Save it as CSV UTF-8."),
        ("link_id,postcode\n1,M1 1AE\n".encode("utf-16"), "it is encoded in UTF-16. Save it as CSV UTF-8."),
        ("link_id,postcode\n1,M1 1AE\n".encode("utf-16-le"), "it is encoded in UTF-16"),
        ("link_id,postcode\n1,M1 1AE\n".encode("utf-16-be"), "it is encoded in UTF-16"),
        (b"PK\x03\x04rest of a workbook", "it is a workbook or an archive, not text. Save it as CSV (UTF-8)"),
        (b"PAR1rest of a Parquet file", "it is a Parquet file. Name it so that it ends in .parquet."),
    ],
)
def test_bytes_that_are_no_utf_8_text(file: Callable[..., str], data: bytes, said: str) -> None:
    assert said in message(file(data))


def test_other_suffixes(file: Callable[..., str]) -> None:
    assert "a table in a .xlsx file can't be read. Save it as CSV (UTF-8), or as Parquet." in message(
        file(b"PK", "links.xlsx")
    )


def test_a_parquet_file_that_is_none(file: Callable[..., str]) -> None:
    assert "it can't be read as Parquet" in message(file(CSV, "links.parquet"))


def test_ragged_rows_are_rejected_with_file_and_row(file: Callable[..., str]) -> None:
    path = file(CSV + b"8\n9,M1 1AE\n")
    table = read_table(path, LINKS)
    assert table.cells["row"].to_list() == [2, 4]
    assert table.rejected.select("table", "file", "row", "value", "reason").rows() == [
        ("links", path, 3, "8", "ROW_RAGGED")
    ]


# --- data frames -----------------------------------------------------------------------------------------------------


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
