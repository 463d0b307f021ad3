"""Columns found by name, or reported as missing, misspelt or doubled."""

from __future__ import annotations

import pytest

from allocator.errors import TableError
from allocator.tables.schema import TableSchema, known_columns

LINKS = TableSchema(
    "links", ("link_id",), one_of=("postcode", "area_code"), optional=("method", "fallback_area_distance")
)


def test_known_columns_are_found_in_any_order_and_others_left_alone() -> None:
    names = ["notes", "postcode", "shop", "link_id"]
    assert known_columns(names, LINKS, "links.csv") == {"link_id": 3, "postcode": 1}


def test_spaces_and_a_byte_order_mark_are_no_part_of_a_name() -> None:
    assert known_columns(["\ufeff link_id ", "postcode\t"], LINKS, "links.csv") == {"link_id": 0, "postcode": 1}


@pytest.mark.parametrize(
    ("names", "column", "message"),
    [
        (["link_id", "post_code"], "post_code", "the column 'post_code' looks like 'postcode' misspelt. Rename it to"),
        (["link_id", "Postcode"], "Postcode", "the column 'Postcode' looks like 'postcode' misspelt"),
        (["link_id", "postcode", "metod"], "metod", "the column 'metod' looks like 'method' misspelt"),
        (["link_id", "postcode", "fallback_distance"], "fallback_distance", "looks like 'fallback_area_distance'"),
        (
            ["LinkID", "postcode"],
            "link_id",
            "there is no column 'link_id'. If 'LinkID' is that column, rename it to 'link_id'. Found: LinkID, post",
        ),
        (["a", "b"], "link_id", "there is no column 'link_id'. Found: a, b."),
        (["link_id", "zip"], "postcode", "there is no column 'postcode' (nor 'area_code'). Found: link_id, zip."),
        (
            ["link_id", "postcode", "postcode"],
            "postcode",
            "the column 'postcode' is there 2 times, in places 2 and 3",
        ),
        ([], "link_id", "there is no column 'link_id'. It has no columns."),
    ],
)
def test_columns_missing_misspelt_or_doubled(names: list[str], column: str, message: str) -> None:
    with pytest.raises(TableError) as caught:
        known_columns(names, LINKS, "links.csv")
    assert caught.value.column == column
    assert caught.value.file == "links.csv"
    assert message in str(caught.value)


@pytest.mark.parametrize("name", ["voxnumber_country", "town", "shop_postal_area", "notes", "", "address_1", "region"])
def test_columns_that_only_resemble_are_let_be(name: str) -> None:
    assert "link_id" in known_columns(["link_id", "postcode", name], LINKS, "links.csv")


def test_a_doubled_column_that_nobody_reads_is_no_matter() -> None:
    assert known_columns(["link_id", "postcode", "x", "x", "", ""], LINKS, "links.csv") == {"link_id": 0, "postcode": 1}


def test_long_headers_are_cut() -> None:
    with pytest.raises(TableError, match=r"c11, …\."):
        known_columns([f"c{place}" for place in range(40)], LINKS, "links.csv")
