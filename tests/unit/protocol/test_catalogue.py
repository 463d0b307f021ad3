"""The catalogue against the API's page itself, where it is at hand."""

from __future__ import annotations

import re
from collections import Counter
from itertools import zip_longest
from pathlib import Path

import pytest

from allocator.protocol.catalogue import ROWS, Row

PAGE = Path(__file__).parents[4] / "shared" / "spec" / "attachVoxnumberToLink.txt"
ROWS_ON_THE_PAGE = 30
# What a resolution of the page begins with: nothing else marks where the error string ends.
RESOLUTION_BEGINS = re.compile(r"Add |Switch |Correct |Remove |Buy |Extra |Choose |Change |Retry ")

ON_PAGE = [row for row in ROWS.values() if row.on_page]
OWN = [row for row in ROWS.values() if not row.on_page]


def error_table_of_the_page() -> list[str]:
    """The lines of the page's error table, as they are."""
    if not PAGE.exists():
        pytest.skip(f"the API's page is not at hand: {PAGE.name}")
    lines = PAGE.read_bytes().decode("utf-8").splitlines()
    first = lines.index("HTTP Code Error String Resolution") + 1
    return [line for line in lines[first : lines.index("Success Result")] if line.strip()]


def test_every_row_of_the_page_is_there_byte_for_byte_and_in_order() -> None:
    rows = [f"{row.status} {row.text} {row.resolution}" for row in ON_PAGE]
    for ours, written in zip_longest(rows, error_table_of_the_page()):
        assert ours == written


def test_error_string_and_resolution_part_where_the_page_parts_them() -> None:
    for row, line in zip(ON_PAGE, error_table_of_the_page(), strict=True):
        assert line.startswith(f"{row.status} {row.text} ")
        assert RESOLUTION_BEGINS.match(row.resolution), row
        assert RESOLUTION_BEGINS.search(f"{row.text} ") is None, row


def test_the_page_has_thirty_rows_and_they_come_first() -> None:
    assert len(ON_PAGE) == ROWS_ON_THE_PAGE
    assert list(ROWS.values()) == [*ON_PAGE, *OWN]


def test_rows_go_by_their_names() -> None:
    assert all(name == row.name for name, row in ROWS.items())
    assert all(re.fullmatch("[A-Z]+(_[A-Z]+)*", name) for name in ROWS)


def test_the_page_says_only_the_two_errors_of_the_method_twice() -> None:
    counts = Counter(row.text for row in ROWS.values())
    assert {text for text, count in counts.items() if count > 1} == {"Method x of y Empty", "Method x of y Invalid"}


def test_every_row_says_what_to_do_and_when_it_applies() -> None:
    for row in ROWS.values():
        assert row.text.strip() == row.text != ""
        assert row.resolution.strip() == row.resolution != ""
        assert row.when.endswith(".")
        assert 400 <= row.status <= 500


FILLED = {
    "API_VERSION_EMPTY": ((), "API Version Empty"),
    "REQUEST_METHOD": (("POST",), "Request Method must be PUT. POST attempted"),
    "XML_EMPTY": ((), "XML Empty"),
    "XML_PARSE_ERROR": (("no element found", 7, 1), "XML parse error. no element found at line 7, column 1"),
    "METHOD_EMPTY_EARLY": ((2, 5), "Method 2 of 5 Empty"),
    "METHOD_INVALID": ((2, 5), "Method 2 of 5 Invalid"),
    "LINK_ID_EMPTY": ((2, 5), "Link ID 2 of 5 empty"),
    "LINK_ID_UNKNOWN": ((1, 1), "Link ID 1 of 1 does not exist"),
    "LINK_ID_HAS_VOXNUMBER": ((10, 11), "Link ID 10 of 11 already has a Voxnumber"),
    "IDD_INVALID": ((2, 5), "VoxNumber IDD 2 of 5 Invalid"),
    "VOXNUMBER_EMPTY": ((2, 5), "Voxnumber 2 of 5 Empty"),
    "VOXNUMBER_NOT_INTEGER": ((2, 5), "Voxnumber 2 of 5 is not an Integer"),
    "VOXNUMBER_NOT_AVAILABLE": ((2, 5), "VoxNumber 2 of 5 not available"),
    "AREA_CODE_NOT_INTEGER": ((2, 5), "Area Code 2 of 5 not an integer"),
    "FALLBACK_CITY_INVALID": ((2, 5), "Fallback City 2 of 5 Invalid"),
    "FALLBACK_COUNTRY_INVALID": ((2, 5), "Fallback Country 2 of 5 Invalid"),
    "INSUFFICIENT_VOXNUMBERS": ((20, 44), "Insufficient VoxNumbers available in Area Code 20 and Voxnumber IDD 44"),
    "COUNTRY_NOT_SUPPORTED": (("FRANCE",), "The country FRANCE is not supported for Postcode search"),
    "POSTCODE_UNKNOWN": (("W11 9ZZ", 44), "Postcode W11 9ZZ does not exist in country id 44"),
    "INTERNAL_SERVER_ERROR": ((), "Internal Server Error"),
    "METHOD_PARAMETER": (("getLinks",), "API Method getLinks not supported"),
    "NODE_DOUBLED": (("method", 4), "XML node method at line 4 is there twice"),
    "FIELD_NOT_OF_METHOD": (("postcode", 2, 5), "postcode of Link 2 of 5 does not belong to its method"),
    "BODY_TOO_LARGE": ((1000,), "Request body exceeds 1000 bytes"),
}


@pytest.mark.parametrize("name", FILLED)
def test_placeholders_are_filled_from_left_to_right(name: str) -> None:
    values, text = FILLED[name]
    assert ROWS[name].format(*values) == text


def test_fallback_country_keeps_the_pages_words_and_is_read_as_x_of_y() -> None:
    row = ROWS["FALLBACK_COUNTRY_INVALID"]
    assert row.text == "Fallback Country 1 of 1 Invalid"
    assert [row.format(x, y) for x, y in ((1, 1), (1, 2), (2, 11), (11, 21))] == [
        f"Fallback Country {counted} Invalid" for counted in ("1 of 1", "1 of 2", "2 of 11", "11 of 21")
    ]


@pytest.mark.parametrize(
    ("name", "values", "text"),
    [
        ("COUNTRY_NOT_SUPPORTED", ("x y z 1 of 1",), "The country x y z 1 of 1 is not supported for Postcode search"),
        ("POSTCODE_UNKNOWN", ("y", 44), "Postcode y does not exist in country id 44"),
        ("POSTCODE_UNKNOWN", (r"\1 {} {0} %s", 44), r"Postcode \1 {} {0} %s does not exist in country id 44"),
        ("XML_PARSE_ERROR", ("y < z", 1, 2), "XML parse error. y < z at line 1, column 2"),
        ("NODE_TEXT", ("x at line y", 3), "XML text x at line y at line 3 is outside of any field"),
    ],
)
def test_a_value_is_never_taken_for_a_placeholder(name: str, values: tuple[object, ...], text: str) -> None:
    assert ROWS[name].format(*values) == text


RESOLUTIONS = {
    "REQUEST_METHOD": (("POST",), "Switch request method POST to PUT"),
    "XML_PARSE_ERROR": (("a tag", 7, 1), "Correct XML at point a tag on line 7, column 1"),
    "METHOD_INVALID": (
        (2, 5),
        'Correct method 2 (item) of 5 (total) to be "BY AREA", "BY VOXNUMBER" or "BY POSTCODE"',
    ),
    "AREA_CODE_EMPTY": ((2, 5), "Add a correct area code to request 2 (item) of 5 (total) or change method"),
    "FALLBACK_COUNTRY_INVALID": ((2, 5), "Correct the fallback country to be TRUE, FALSE."),
    "LINK_ID_DUPLICATED": ((), "Remove any duplicated link_ids from the XML"),
    "COUNTRY_NOT_SUPPORTED": (
        ("FRANCE",),
        'Choose a supported country of use an other "method". Currently only UK postcodes are supported',
    ),
    "POSTCODE_UNKNOWN": (("W11 9ZZ", 44), "Change the postcode for an existing one."),
    "INTERNAL_SERVER_ERROR": ((), "Retry later"),
}


@pytest.mark.parametrize("name", RESOLUTIONS)
def test_resolutions_are_filled_with_the_same_values(name: str) -> None:
    values, text = RESOLUTIONS[name]
    assert ROWS[name].advice(*values) == text


def test_a_shortage_names_area_code_and_idd_in_its_resolution() -> None:
    advice = ROWS["INSUFFICIENT_VOXNUMBERS"].advice(20, 44)
    assert advice.startswith("Buy more VoxNumbers in city 20 for Voxnumber IDD 44 or remove some requests")
    assert advice.endswith("counts the UNASSIGNED full_voxnumbers in your account")


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_no_row_keeps_a_placeholder_when_all_are_filled(row: Row) -> None:
    values = [f"<{number}>" for number in range(row.placeholders)]
    assert re.search(r"\b[xyz]\b", row.format(*values)) is None
    assert all(row.format(*values).count(value) == 1 for value in values)
