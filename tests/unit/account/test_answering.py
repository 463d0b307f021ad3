"""A request for each row of the error table, and the checks of the call."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from itertools import combinations

import pytest

from allocator.protocol import ROWS
from tests.support.account_cases import (
    CASES,
    QUERY,
    SOUND,
    WIRE_ONLY,
    by_area,
    by_postcode,
    errors_body,
    expected_body,
    link,
    new_account,
    request,
)


@pytest.mark.parametrize("name", CASES)
def test_a_request_that_deserves_the_error_gets_it(name: str) -> None:
    case, account = CASES[name], new_account()
    before = account.voxnumbers_table()
    assert account.handle(case.method, case.query, case.body) == (ROWS[name].status, expected_body(name, case))
    assert account.handle(case.method, case.query, case.body, errors="all")[1] == expected_body(name, case)
    assert account.voxnumbers_table().equals(before)


@pytest.mark.parametrize("name", CASES)
def test_the_fault_tells_its_row(name: str) -> None:
    case = CASES[name]
    (fault,) = new_account().answer(case.method, case.query, case.body, errors="all").faults
    # On the wire nobody can tell the two rows of the page apart.
    assert fault.row == ROWS[name.removesuffix("_EARLY")]


def test_no_row_is_missing() -> None:
    assert set(CASES) | WIRE_ONLY == set(ROWS)
    assert not set(CASES) & WIRE_ONLY


# Faults of the document, by the order of the checks: a request is made of any two of them.
QUERY_FAULTS: Mapping[str, Mapping[str, str]] = {
    "API Version Empty": {"version": ""},
    "API Method getLinks not supported": {"parameter": "getLinks"},
    "Request Method must be PUT. GET attempted": {"method": "GET"},
    "XML Empty": {"body": ""},
    "XML parse error.": {"body": "<request>"},
    "XML attribute id at line 1 is not known": {"body": '<request id="5"/>'},
    "Request Empty": {"body": "<request></request>"},
}


@pytest.mark.parametrize(("earlier", "later"), [*combinations(QUERY_FAULTS, 2)])
def test_of_two_faults_about_the_links_the_earlier_check_answers(earlier: str, later: str) -> None:
    asked = {
        "version": "3",
        "parameter": "attachVoxnumberToLink",
        "method": "PUT",
        "body": request(SOUND).decode(),
        **QUERY_FAULTS[later],
        **QUERY_FAULTS[earlier],
    }
    query = f"v={asked['version']}&method={asked['parameter']}"
    answer = new_account().answer(asked["method"], query, asked["body"].encode())
    assert [fault.text[: len(earlier)] for fault in answer.faults] == [earlier]


def test_faults_before_the_body_and_in_it_are_all_told() -> None:
    body = request(by_area(""), link("1", "BY PIGEON"))
    status, answered = new_account().handle("POST", "v=4&method=getLinks", body, errors="all")
    assert status == 400
    assert answered == errors_body(
        "API Version Invalid",
        "API Method getLinks not supported",
        "Request Method must be PUT. POST attempted",
        "Link ID 1 of 2 empty",
        "Method 2 of 2 Invalid",
    )


def test_an_answer_shows_itself_in_one_line() -> None:
    account = new_account()
    assert repr(account.answer("PUT", QUERY, request(SOUND))) == "<Answer 204: 1 to attach>"
    assert repr(account.answer("PUT", QUERY, b"")) == "<Answer 400: XML Empty>"
    found = account.answer("PUT", QUERY, request(by_area("10")), errors="all")
    assert pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize("body", [b" \n", b"\xef\xbb\xbf", b"\xff\xfe \0\n\0", b"\xfe\xff\0 "])
def test_a_body_of_white_space_is_empty(body: bytes) -> None:
    assert new_account().handle("PUT", QUERY, body) == (400, errors_body("XML Empty"))


def test_what_xml_cannot_carry_is_replaced_in_the_body() -> None:
    status, body = new_account().handle("P\x01T", QUERY, request(SOUND))
    assert (status, body) == (400, errors_body("Request Method must be PUT. P\ufffdT attempted"))


def test_each_outcode_and_each_area_code_is_short_once() -> None:
    body = request(*(by_area(link_id, area_code="161") for link_id in "123"), *(by_postcode(one) for one in "4567"))
    answer = new_account().answer("PUT", QUERY, body, errors="all")
    assert [(fault.row.name, fault.link, fault.line) for fault in answer.faults] == [
        ("INSUFFICIENT_VOXNUMBERS", 0, 3),
        ("NO_VOXNUMBER_FOR_POSTCODE", 3, 6),
    ]
