"""Stock: numbers read, sorted, each once, with the area code that their digits or their rows say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from allocator.errors import TableError
from allocator.tables.rejected import REJECTED
from allocator.tables.stock import Stock, read_stock


def stock(*rows: dict[str, str | None]) -> Stock:
    columns = dict.fromkeys(["full_voxnumber", *(column for row in rows for column in row)])
    return read_stock(pl.DataFrame({column: [row.get(column) for row in rows] for column in columns}))


def rejected(read: Stock, *columns: str) -> list[tuple[Any, ...]]:
    return read.rejected.select(columns or ("row", "column", "value", "reason")).rows()


def test_the_table_has_its_columns_and_types() -> None:
    read = stock({"full_voxnumber": "442079460000"})
    assert dict(read.table.schema) == {
        "row": pl.UInt32,
        "full_voxnumber": pl.Int64,
        "idd": pl.Int32,
        "area_code": pl.Int32,
        "link_id": pl.String,
        "city": pl.String,
        "region": pl.String,
        "country": pl.String,
    }
    assert read.table.rows() == [(1, 442079460000, 44, 20, None, None, None, None)]
    assert read.rejected.schema == REJECTED
    assert len(read) == 1


def test_numbers_are_sorted_and_take_their_rows_with_them() -> None:
    read = stock(
        {"full_voxnumber": "442079460001", "city": "London"},
        {"full_voxnumber": "12125550123", "city": "New York", "link_id": " taken "},
        {"full_voxnumber": "442079460000", "city": None},
    )
    assert read.table.select("row", "full_voxnumber", "link_id", "city").rows() == [
        (2, 12125550123, "taken", "New York"),
        (3, 442079460000, None, None),
        (1, 442079460001, None, "London"),
    ]


def test_area_codes_by_the_digits_or_as_the_row_says() -> None:
    read = stock(
        {"full_voxnumber": "441539712345"},
        {"full_voxnumber": "441539412345"},
        {"full_voxnumber": "448451234567"},
        {"full_voxnumber": "4423012565866"},
        {"full_voxnumber": "12125550123"},
        {"full_voxnumber": "442155501000"},
        {"full_voxnumber": "442079460000", "area_code": "0161"},
        {"full_voxnumber": "99955500001", "area_code": "5"},
    )
    assert {number: (idd, code) for _, number, idd, code, *_ in read.table.rows()} == {
        441539712345: (44, 1539),
        441539412345: (44, 15394),
        448451234567: (44, 845),
        4423012565866: (44, 23),
        12125550123: (1, 212),
        442155501000: (44, None),
        442079460000: (44, 161),
        99955500001: (None, 5),
    }
    assert read.rejected.is_empty()


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ({"full_voxnumber": None, "link_id": "a"}, "full_voxnumber", "FIELD_MISSING"),
        ({"full_voxnumber": "020 7946 0000"}, "full_voxnumber", "VOXNUMBER_MALFORMED"),
        ({"full_voxnumber": "4.42E+11"}, "full_voxnumber", "VOXNUMBER_MALFORMED"),
        ({"full_voxnumber": "1234"}, "full_voxnumber", "VOXNUMBER_MALFORMED"),
        ({"full_voxnumber": "442079460000", "area_code": "London"}, "area_code", "AREA_CODE_MALFORMED"),
    ],
)
def test_rows_that_are_rejected(row: dict[str, str | None], column: str, reason: str) -> None:
    read = stock({"full_voxnumber": "441614960000"}, row)
    assert read.table["full_voxnumber"].to_list() == [441614960000]
    assert rejected(read) == [(2, column, row[column], reason)]
    assert read.rejected["message"][0].endswith((".", "?"))


def test_a_number_listed_twice_counts_as_attached_if_any_of_its_rows_says_so() -> None:
    rows: list[dict[str, str | None]] = [
        {"full_voxnumber": "442079460000", "link_id": None, "city": "London"},
        {"full_voxnumber": "+44 20 7946 0000", "link_id": "b", "city": None},
        {"full_voxnumber": "441614960000", "link_id": None, "city": None},
        {"full_voxnumber": "442079460000", "link_id": "a", "city": None},
    ]
    for turn in range(4):
        read = stock(*rows[turn:], *rows[:turn])
        assert read.table.drop("row").rows() == [
            (441614960000, 44, 161, None, None, None, None),
            (442079460000, 44, 20, "a", None, None, None),
        ]
        kept = read.table["row"][1]
        assert kept == (3 - turn) % 4 + 1
        assert sorted([*read.table["row"], *read.rejected["row"]]) == [1, 2, 3, 4]
        assert set(rejected(read, "column", "reason")) == {("full_voxnumber", "VOXNUMBER_DUPLICATED")}
        assert read.rejected["message"][0] == (
            f"The number 442079460000 is in row {kept} too, and that row counts. Remove one of the two."
        )


def test_of_rows_alike_the_first_counts() -> None:
    row: dict[str, str | None] = {"full_voxnumber": "442079460000", "link_id": "a"}
    read = stock(row, row, row)
    assert read.table["row"].to_list() == [1]
    assert read.rejected["row"].to_list() == [2, 3]


def test_from_csv(tmp_path: Path) -> None:
    path = tmp_path / "stock.csv"
    path.write_text("full_voxnumber,link_id,note\n442079460001,007,x\n442079460000,,y\nnone,,z\n", encoding="utf-8")
    read = read_stock(path)
    assert read.table.select("row", "full_voxnumber", "link_id").rows() == [
        (3, 442079460000, None),
        (2, 442079460001, "007"),
    ]
    assert rejected(read, "table", "file", "row", "value") == [("stock", str(path), 4, "none")]


def test_numbers_of_a_data_frame_may_be_numbers() -> None:
    read = read_stock(pl.DataFrame({"full_voxnumber": [442079460000.0, None, 441614960000.5], "area_code": [20, 1, 2]}))
    assert read.table.select("row", "full_voxnumber", "area_code").rows() == [(1, 442079460000, 20)]
    assert rejected(read, "row", "reason") == [(2, "FIELD_MISSING"), (3, "NUMBER_NOT_WHOLE")]


def test_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "stock.csv"
    path.write_text("full_voxnumber\n", encoding="utf-8")
    read = read_stock(path)
    assert read.table.is_empty()
    assert read.table.schema == stock({"full_voxnumber": "442079460000"}).table.schema


def test_columns_that_must_be_there() -> None:
    with pytest.raises(TableError, match=r"If 'number' is that column, rename it to 'full_voxnumber'\. Found: n"):
        read_stock(pl.DataFrame({"number": ["442079460000"], "city": ["London"]}))
    with pytest.raises(TableError, match="the column 'City' looks like 'city' misspelt"):
        read_stock(pl.DataFrame({"full_voxnumber": ["442079460000"], "City": ["London"]}))


def test_an_unknown_status_is_rejected() -> None:
    stock = read_stock(pl.DataFrame({"full_voxnumber": ["442079460000"], "assigned_status": ["PERHAPS"]}))
    assert stock.rejected.select("column", "reason").rows() == [("assigned_status", "ASSIGNED_STATUS_UNKNOWN")]
