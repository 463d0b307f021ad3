"""Requests in: what their links say, from any source and of any length."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl
import pytest

from allocator.errors import MarkupError
from allocator.protocol import FIELDS
from allocator.protocol.reading import read_request, stream_request
from tests.support.written_xml import LINK, link_ids, refusal, request_of


def test_a_link_says_what_its_nodes_hold() -> None:
    nodes = " <method> BY AREA </method>\n<link_id>3 3\n3</link_id><area_code/><voxnumber_idd> \n </voxnumber_idd>"
    (row,) = read_request(request_of(f"<link>{nodes}</link>")).links.rows(named=True)
    filled = {"link_id": "3 3\n3", "method": "BY AREA", "area_code": "", "voxnumber_idd": ""}
    assert row == dict.fromkeys(FIELDS) | filled


def test_lines_are_those_of_the_opening_tags() -> None:
    body = b"<request>\n<link\n>\n\n<link_id\n>1</link_id><method/></link><link>\n<method>x</method></link></request>"
    links = read_request(body, lines=True).links
    assert links["line"].to_list() == [2, 6]
    assert links["link_id_line"].to_list() == [5, None]
    assert links["method_line"].to_list() == [6, 7]
    assert links.schema["line"] == links.schema["postcode_line"] == pl.UInt32


def test_links_without_lines_have_the_fields_alone() -> None:
    assert read_request(request_of()).links.schema == dict.fromkeys(FIELDS, pl.String)
    assert read_request(request_of(), lines=True).links.columns == [
        *FIELDS,
        "line",
        *(f"{name}_line" for name in FIELDS),
    ]


def test_a_source_is_bytes_or_a_path_or_a_file(tmp_path: Path) -> None:
    body = request_of(LINK.format("é"))
    path = tmp_path / "request [1].xml"
    path.write_bytes(body)
    with path.open("rb") as file:
        sources = (body, path, str(path), io.BytesIO(body), file)
        assert [read_request(source).links["link_id"].to_list() for source in sources] == [["é"]] * 5
        assert not file.closed
    with pytest.raises(FileNotFoundError):
        read_request(tmp_path / "none.xml")


def test_what_was_given_out_before_the_error_stays() -> None:
    links = LINK.format("1").encode() * 60_000
    parts = stream_request(b"<request>" + links + b"<link></request>")
    assert next(parts).links.height > 10_000
    with pytest.raises(MarkupError):
        list(parts)


def test_a_link_may_be_as_long_as_ten_megabytes_and_not_longer() -> None:
    long = LINK.format("x" * 9_999_000)
    body = request_of("<!-- </link> -->", LINK.format("1"), long, LINK.format("2"), long)
    assert [len(text or "") for text in link_ids(body)] == [1, 9_999_000, 1, 9_999_000]
    first = request_of(LINK.format("1")).removesuffix(b"</request>").decode()
    longer = f"{first}{LINK.format('x' * 12_000_000)}</request>".encode()
    assert refusal(longer) == ("more than 10 MB without the end of a link", 1, len(first) + 10_000_001)


def test_links_may_end_in_any_way() -> None:
    odd = f"<link><link_id>{' ' * 1000}1</link_id></link\n>" * 12_000
    assert len(odd) > 12e6
    assert read_request(request_of("<!-- </link> -->", odd)).links.height == 12_000
