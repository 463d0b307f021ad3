"""Any source read as columns of text: files by their names, standard input, and what is refused."""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
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


def test_ragged_rows_are_rejected_with_file_and_row(file: Callable[..., str]) -> None:
    path = file(CSV + b"8\n9,M1 1AE\n")
    table = read_table(path, LINKS)
    assert table.cells["row"].to_list() == [2, 4]
    assert table.rejected.select("table", "file", "row", "value", "reason").rows() == [
        ("links", path, 3, "8", "ROW_RAGGED")
    ]
