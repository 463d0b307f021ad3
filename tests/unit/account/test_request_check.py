"""All that is wrong with a request, from any source, with and without an account."""

from __future__ import annotations

import pickle
from pathlib import Path

import polars as pl
import pytest

import allocator
from allocator.errors import OptionError, TableError
from tests.support.account_cases import LINK_IDS, STOCK, by_area, by_voxnumber, request

ACCOUNT = {
    "stock": pl.DataFrame({"full_voxnumber": list(STOCK), "link_id": list(STOCK.values())}),
    "links": pl.DataFrame({"link_id": LINK_IDS}),
}
FAULTY = request(by_area("10"), by_voxnumber("1", "one"), by_area(""))


def test_a_request_is_bytes_or_a_path(tmp_path: Path) -> None:
    path = tmp_path / "request.xml"
    path.write_bytes(FAULTY)
    by_path, by_bytes = allocator.validate(path), allocator.validate(FAULTY)
    assert (by_path.file, by_bytes.file) == (str(path), "the request")
    assert by_path.faults == by_bytes.faults
    assert [(fault.line, fault.text) for fault in by_bytes.faults] == [
        (4, "Voxnumber 2 of 3 is not an Integer"),
        (5, "Link ID 3 of 3 empty"),
    ]
    with pytest.raises(TableError, match="there is no such file"):
        allocator.validate(tmp_path / "none.xml")


def test_an_account_shows_more() -> None:
    checked = allocator.validate(FAULTY, **ACCOUNT)
    assert checked.against_account
    assert not checked.ok
    assert checked.faults[0].text == "Link ID 1 of 3 does not exist"
    assert allocator.validate(FAULTY, stock=ACCOUNT["stock"]).faults == allocator.validate(FAULTY).faults
    with pytest.raises(OptionError, match="links are given without stock"):
        allocator.validate(FAULTY, links=ACCOUNT["links"])


def test_what_is_not_xml_has_one_fault() -> None:
    (fault,) = allocator.validate(b"<request>\n").faults
    assert (fault.row.name, fault.line) == ("XML_PARSE_ERROR", 2)


def test_a_result_shows_itself_in_one_line_and_can_be_pickled() -> None:
    fine, one, two = (allocator.validate(body) for body in (request(by_area()), request(by_area("")), FAULTY))
    assert fine.ok
    assert repr(fine) == "<CheckResult of the request: ok>"
    assert repr(one) == "<CheckResult of the request: 1 fault, first 'Link ID 1 of 1 empty'>"
    assert repr(two) == "<CheckResult of the request: 2 faults, first 'Voxnumber 2 of 3 is not an Integer'>"
    assert pickle.loads(pickle.dumps(two)) == two
