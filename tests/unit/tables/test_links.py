"""Links read row by row: what each method needs, what is rejected and why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from allocator.errors import OptionError, TableError
from allocator.notation.postcodes import incode_number
from allocator.notation.vocabulary import Method
from allocator.places import dataset
from allocator.tables.links import Links, read_links
from allocator.tables.rejected import REJECTED


def links(*rows: dict[str, str | None], fallback_km: float = 0.0) -> Links:
    columns = dict.fromkeys(column for row in rows for column in row)
    frame = pl.DataFrame({column: [row.get(column) for row in rows] for column in columns})
    return read_links(frame, fallback_km=fallback_km)


def rejected(read: Links, *columns: str) -> list[tuple[Any, ...]]:
    return read.rejected.select(columns or ("row", "column", "value", "reason")).rows()


def only_fault(**row: str | None) -> tuple[str, str]:
    """Column and reason for which a single row is rejected."""
    read = links({"link_id": "a", **row})
    assert read.table.is_empty()
    ((column, reason),) = rejected(read, "column", "reason")
    return column, reason


def test_the_table_has_its_columns_and_types() -> None:
    read = links({"link_id": "a", "postcode": "sw1a0aa"}, fallback_km=7.5)
    assert dict(read.table.schema) == {
        "row": pl.UInt32,
        "link_id": pl.String,
        "method": pl.UInt8,
        "postcode": pl.String,
        "outcode_code": pl.UInt16,
        "incode_code": pl.UInt16,
        "fallback_km": pl.Float64,
        "voxnumber_idd": pl.Int32,
        "area_code": pl.Int32,
        "fallback_city": pl.Boolean,
        "fallback_region": pl.Boolean,
        "fallback_country": pl.Boolean,
        "full_voxnumber": pl.Int64,
        "priority": pl.Int64,
    }
    outcode = dataset.bundled_outcodes().row("SW1A")
    assert read.table.rows() == [
        (1, "a", 1, "SW1A 0AA", outcode, incode_number("0AA"), 7.5, None, None, False, False, False, None, None)
    ]
    assert read.rejected.schema == REJECTED
    assert len(read) == 1


def test_each_method_reads_its_own_fields_and_leaves_the_others_alone() -> None:
    row = {
        "postcode": "M1 1AE",
        "fallback_area_distance": "20",
        "voxnumber_idd": "+44",
        "area_code": "0161",
        "fallback_city": "TRUE",
        "fallback_region": "false",
        "fallback_country": " True ",
        "full_voxnumber": "+44 161 496 0000",
    }
    read = links(
        {"link_id": "v", "method": "BY VOXNUMBER", **row},
        {"link_id": "p", "method": "BY POSTCODE", **row},
        {"link_id": "a", "method": "BY AREA", **row},
        {"link_id": "nonsense", **dict.fromkeys(row, "?"), "method": "BY POSTCODE", "postcode": "M1 1AE"}
        | {"fallback_area_distance": None},
        fallback_km=3,
    )
    fields = read.table.drop("row", "outcode_code", "incode_code", "priority").rows()
    assert fields == [
        ("v", 0, None, 3.0, None, None, False, False, False, 441614960000),
        ("p", 1, "M1 1AE", 20.0, None, None, False, False, False, None),
        ("a", 2, None, 3.0, 44, 161, True, False, True, None),
        ("nonsense", 1, "M1 1AE", 3.0, None, None, False, False, False, None),
    ]
    assert read.rejected.is_empty()


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("BY POSTCODE", Method.BY_POSTCODE),
        ("by postcode", Method.BY_POSTCODE),
        (" By  Postcode ", Method.BY_POSTCODE),
        ("BYPOSTCODE", Method.BY_POSTCODE),
        ("by_area", Method.BY_AREA),
        ("BY\u00a0VOXNUMBER", Method.BY_VOXNUMBER),
    ],
)
def test_spellings_of_a_method(text: str, method: Method) -> None:
    row = {"postcode": "M1 1AE", "voxnumber_idd": "44", "area_code": "161", "full_voxnumber": "441614960000"}
    read = links({"link_id": "a", "method": text, **row})
    assert read.table["method"].to_list() == [method.code]
    assert method.startswith("BY ")


def test_without_a_method_what_a_row_has_decides() -> None:
    rows: Sequence[dict[str, str | None]] = [
        {"link_id": "1", "postcode": "M1 1AE", "full_voxnumber": "441614960000", "area_code": "161"},
        {"link_id": "2", "full_voxnumber": "441614960000", "area_code": "161"},
        {"link_id": "3", "area_code": "161", "voxnumber_idd": "44"},
        {"link_id": "4"},
    ]
    ways: list[dict[str, str | None]] = [{}, {"method": None}, {"method": " "}]
    for method in ways:
        read = links(*(row | method for row in rows))
        assert read.table["method"].to_list() == [
            Method.BY_POSTCODE.code,
            Method.BY_VOXNUMBER.code,
            Method.BY_AREA.code,
        ]
        assert rejected(read) == [(4, "postcode", None, "FIELD_MISSING")]
        assert "neither postcode nor full_voxnumber nor area_code" in read.rejected["message"][0]


def test_a_row_may_leave_the_method_to_what_it_has() -> None:
    read = links(
        {"link_id": "1", "method": "BY AREA", "postcode": "M1 1AE", "area_code": "20", "voxnumber_idd": "44"},
        {"link_id": "2", "method": None, "postcode": "M1 1AE"},
        {"link_id": "3", "method": "BY PIGEON", "postcode": "M1 1AE"},
    )
    assert read.table["method"].to_list() == [Method.BY_AREA.code, Method.BY_POSTCODE.code]
    assert rejected(read) == [(3, "method", "BY PIGEON", "METHOD_UNKNOWN")]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ({"method": "BY POST", "postcode": "M1 1AE"}, "method", "METHOD_UNKNOWN"),
        ({"method": "BY POSTCODE2", "postcode": "M1 1AE"}, "method", "METHOD_UNKNOWN"),
        ({"method": "BY POSTCODE", "postcode": None, "area_code": "20"}, "postcode", "FIELD_MISSING"),
        ({"method": "BY VOXNUMBER", "postcode": "M1 1AE"}, "full_voxnumber", "FIELD_MISSING"),
        ({"method": "BY AREA", "area_code": "20"}, "voxnumber_idd", "FIELD_MISSING"),
        ({"method": "BY AREA", "voxnumber_idd": "44", "postcode": "M1 1AE"}, "area_code", "FIELD_MISSING"),
        ({"postcode": "SW1A"}, "postcode", "POSTCODE_MALFORMED"),
        ({"full_voxnumber": "4.42E+11"}, "full_voxnumber", "VOXNUMBER_MALFORMED"),
        ({"full_voxnumber": "020 7946 0000"}, "full_voxnumber", "VOXNUMBER_MALFORMED"),
        ({"area_code": "20", "voxnumber_idd": "44x"}, "voxnumber_idd", "IDD_MALFORMED"),
        ({"area_code": "London", "voxnumber_idd": "44"}, "area_code", "AREA_CODE_MALFORMED"),
        ({"area_code": "20", "voxnumber_idd": "44", "fallback_city": "yes"}, "fallback_city", "BOOLEAN_MALFORMED"),
        ({"area_code": "20", "voxnumber_idd": "44", "fallback_region": "1"}, "fallback_region", "BOOLEAN_MALFORMED"),
        ({"area_code": "20", "voxnumber_idd": "44", "fallback_country": "?"}, "fallback_country", "BOOLEAN_MALFORMED"),
    ],
)
def test_a_row_is_rejected_for_what_its_method_lacks(row: dict[str, str | None], column: str, reason: str) -> None:
    assert only_fault(**row) == (column, reason)


@pytest.mark.parametrize(
    "text", ["-1", "-0.001", "NaN", "nan", "inf", "-inf", "1e999", "far", "5 km", "5,5", "\u0665", "0x10"]
)
def test_a_distance_that_is_none(text: str) -> None:
    assert only_fault(postcode="M1 1AE", fallback_area_distance=text) == (
        "fallback_area_distance",
        "DISTANCE_MALFORMED",
    )


@pytest.mark.parametrize(("text", "km"), [("20", 20.0), (" 7.5 ", 7.5), ("1e2", 100.0), ("0", 0.0), ("-0", 0.0)])
def test_a_distance_is_the_rows_own(text: str, km: float) -> None:
    read = links({"link_id": "a", "postcode": "M1 1AE", "fallback_area_distance": text}, fallback_km=3)
    assert read.table["fallback_km"].to_list() == [km]
    assert str(read.table["fallback_km"][0]) == str(km)


def test_a_distance_of_nan_in_a_data_frame_is_refused_and_a_missing_one_is_the_option() -> None:
    frame = pl.DataFrame(
        {
            "link_id": ["a", "b", "c"],
            "postcode": ["M1 1AE"] * 3,
            "fallback_area_distance": [float("nan"), None, 2.5],
        }
    )
    read = read_links(frame, fallback_km=3)
    assert read.table.select("link_id", "fallback_km").rows() == [("b", 3.0), ("c", 2.5)]
    assert rejected(read) == [(1, "fallback_area_distance", "NaN", "DISTANCE_MALFORMED")]


def test_a_row_has_one_rejection_for_its_first_fault() -> None:
    read = links({"link_id": "", "postcode": "nowhere", "method": "BY POSTCODE", "fallback_area_distance": "far"})
    assert rejected(read, "reason") == [("LINK_ID_EMPTY",)]
    read = links({"link_id": "a", "postcode": "nowhere", "method": "BY POSTCODE", "fallback_area_distance": "far"})
    assert rejected(read, "reason") == [("POSTCODE_MALFORMED",)]
    read = links({"link_id": "a", "voxnumber_idd": None, "area_code": "x", "method": "BY AREA", "fallback_city": "x"})
    assert rejected(read, "column") == [("voxnumber_idd",)]


def test_messages_are_sentences_that_say_what_to_do() -> None:
    read = links(
        {"link_id": "1", "postcode": "SW1A"},
        {"link_id": "2", "postcode": "MI 1AE"},
        {"link_id": "3", "full_voxnumber": "020 7946 0000"},
        {"link_id": "4", "postcode": "x" * 300},
        {"link_id": "5", "method": "BY POSTCODE"},
        {"link_id": "6", "postcode": "M1 1AE", "fallback_area_distance": "far"},
        {"link_id": "7", "method": "BY PIGEON"},
    )
    messages = read.rejected["message"].to_list()
    assert messages[0] == "'SW1A' is only the first half of a postcode. Enter all of it, such as SW1A 0AA."
    assert messages[1] == "'MI 1AE': the outcode 'MI' has no digit. Did you mean M1 1AE?"
    assert messages[2].startswith(
        "'020 7946 0000': it starts with 0 and has no country code. If it is a UK number, enter"
    )
    assert len(messages[3]) < 250
    assert messages[4] == "The postcode is empty, and BY POSTCODE needs one. Give it, or another method."
    assert messages[5] == "'far' is not a distance. Write 0 or more kilometres as a plain number, such as 20 or 7.5."
    assert messages[6] == "'BY PIGEON' is not a method. Write BY AREA, BY VOXNUMBER or BY POSTCODE."


def test_an_outcode_that_nobody_knows_is_no_reason_to_reject() -> None:
    read = links({"link_id": "a", "postcode": "LS99 9AA"}, {"link_id": "b", "postcode": "ZE99 9AA"})
    assert read.table.select("postcode", "outcode_code").rows()[1] == ("ZE99 9AA", None)
    assert read.table["incode_code"].to_list() == [incode_number("9AA")] * 2
    assert read.rejected.is_empty()


def test_from_csv_everything_is_text_and_rows_are_a_spreadsheets(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.write_text("link_id,postcode\n007,M1 1AE\n7,M1 1AE\n8\n1e3,nowhere\n", encoding="utf-8")
    read = read_links(path)
    assert read.table.select("row", "link_id").rows() == [(2, "007"), (3, "7")]
    assert rejected(read, "table", "file", "row", "column", "value", "reason") == [
        ("links", str(path), 4, None, "8", "ROW_RAGGED"),
        ("links", str(path), 5, "postcode", "nowhere", "POSTCODE_MALFORMED"),
    ]
    assert read.source == str(path)


def test_a_header_alone_is_a_document_of_no_links(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.write_text("link_id,method,postcode,area_code,fallback_city\n", encoding="utf-8")
    read = read_links(path)
    assert read.table.is_empty()
    assert read.table.schema == links({"link_id": "a", "postcode": "M1 1AE"}).table.schema
    assert read.rejected.schema == REJECTED


def test_all_rows_rejected() -> None:
    read = links({"link_id": "", "postcode": "M1 1AE"}, {"link_id": "a", "postcode": "?"})
    assert read.table.is_empty()
    assert read.rejected.height == 2


def test_columns_that_must_be_there() -> None:
    with pytest.raises(TableError, match="there is no column 'link_id'"):
        read_links(pl.DataFrame({"postcode": ["M1 1AE"]}))
    with pytest.raises(TableError, match=r"no column 'postcode' \(nor 'full_voxnumber', 'area_code'\)"):
        read_links(pl.DataFrame({"link_id": ["a"]}))
    with pytest.raises(TableError, match="'fallback_distance' looks like 'fallback_area_distance' misspelt"):
        read_links(pl.DataFrame({"link_id": ["a"], "postcode": ["M1 1AE"], "fallback_distance": ["3"]}))


@pytest.mark.parametrize("value", [-1, -0.001, float("nan"), float("inf"), "far", 10**400])
def test_an_option_that_is_no_distance(value: Any) -> None:
    with pytest.raises(OptionError, match="fallback_km is not a distance"):
        read_links(pl.DataFrame({"link_id": ["a"], "postcode": ["M1 1AE"]}), fallback_km=value)
