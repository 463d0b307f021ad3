"""What is not well-formed is refused at its line and column."""

from __future__ import annotations

import codecs

import pytest

from allocator.errors import MarkupError
from allocator.protocol.reading import read_request
from allocator.protocol.wellformed import Fragment, check, refuse, valid_utf8
from tests.support.written_xml import faults_of, refusal


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", ("Document is empty", 1, 1)),
        (b" \n ", ("Document is empty", 2, 2)),
        (codecs.BOM_UTF8, ("Document is empty", 1, 1)),
        (codecs.BOM_UTF16_LE, ("Document is empty", 1, 1)),
        (b"link_id,postcode\n", ("Start tag expected, '<' not found", 1, 1)),
        (b"\0", ("Start tag expected, '<' not found", 1, 1)),
        (b"<request>\n<link>\n", ("Premature end of data in tag link line 2", 3, 1)),
        (b"<request><link/>", ("Premature end of data in tag request line 1", 1, 17)),
        (b"\n<request>\n<link/>\n<link/><x", ("Couldn't find end of Start Tag x", 4, 10)),
        (b"<request>\n<link/>\n</link></request>", ("Opening and ending tag mismatch: request line 1 and link", 3, 8)),
        (b"<request><link/></request>\n<request/>", ("Extra content at the end of the document", 2, 1)),
        (b"<request><link/>&copy;</request>", ("Entity 'copy' not defined", 1, 23)),
        (b"<request>\n\n  <link>\x00</link></request>", ("Invalid character: Char 0x0 out of allowed range", 3, 9)),
        (b"<request><link a='1' a='2'/></request>", ("Attribute a redefined", 1, 27)),
        (b"<request><![CDATA[x</request>", ("CData section not finished", 1, 30)),
        (b"<!-- x --><!DOCTYPE request><request/>", ("a DOCTYPE is not accepted", 1, 11)),
        (b"<?xml version='1.0'?>\n<!DOCTYPE r [<!ENTITY a 'b'>]><r>&a;</r>", ("a DOCTYPE is not accepted", 2, 1)),
        (b"<!DOCTYPE r SYSTEM 'file:///etc/passwd'><r/>", ("a DOCTYPE is not accepted", 1, 1)),
        (b"<!DOCTYPE r [<!ENTITY x SYSTEM 'http://h/'>]><r>&x;</r>", ("a DOCTYPE is not accepted", 1, 1)),
        (b"<request><!DOCTYPE x></request>", ("StartTag: invalid element name", 1, 11)),
    ],
)  # fmt: skip
def test_what_is_not_well_formed_is_refused_where_it_is(body: bytes, error: tuple[str, int, int]) -> None:
    assert refusal(body) == error


def test_the_error_is_the_pages_and_names_the_file() -> None:
    with pytest.raises(MarkupError) as caught:
        read_request(b"<request>\n<link>\n</request>", file="r.xml")
    problem = "Opening and ending tag mismatch: link line 2 and request"
    assert caught.value.text == f"XML parse error. {problem} at line 3, column 11"
    assert str(caught.value) == f"r.xml: {caught.value.text}"


def test_lines_and_columns_hold_far_into_a_document() -> None:
    links = "".join(f"  <link>\n    <link_id>{number}</link_id>\n  </link>\n" for number in range(40_000))
    assert refusal(f"<request>\n{links}  <link>é<link_id>1</link></request>".encode()) == (
        "Opening and ending tag mismatch: link_id line 120002 and link", 120_002, 27,
    )  # fmt: skip
    assert refusal(f"<request>{links.replace(chr(10), '')}</reques>".encode())[1:] == (
        1,
        10 + len(links) - 3 * 40_000 + 9,
    )
    assert faults_of(f"<request>\n{links}<link><x/></link></request>") == [("unknown", "x", 120_002, 40_000)]


def test_a_part_is_checked_at_its_place_in_the_document() -> None:
    part = Fragment(line=7, column=4, root="request", root_line=2)
    with pytest.raises(MarkupError) as caught:
        check(b"<link>\n</lonk>", part, end=b"</request>")
    assert (caught.value.line, caught.value.problem) == (8, "Opening and ending tag mismatch: link line 7 and lonk")
    with pytest.raises(MarkupError) as caught:
        check(b"<link></lonk>", part, end=b"</request>")
    assert (caught.value.line, caught.value.position) == (7, 17)


def test_a_part_may_be_incomplete() -> None:
    part = Fragment(root="request")
    assert check(b"<link/>", part, end=b"</request>")
    for begun in (b"<link>", b"<link><!-- ", b"<link", b"<link/><![CDATA["):
        assert not check(begun, part, end=b"</request>")


def test_namespaces_are_no_fault_of_the_xml() -> None:
    assert check(b"<a:b xmlns:a='u'><c:d/></a:b>", Fragment(), end=b"")
    with pytest.raises(MarkupError, match="Extra content at the end of the document"):
        check(b"<a:b/><c/>", Fragment(), end=b"")


def test_what_comes_first_is_at_fault_first() -> None:
    with pytest.raises(MarkupError, match="it is too long at line 1, column 10"):
        refuse(b"<request>", Fragment(), "it is too long")
    with pytest.raises(MarkupError, match="a line 1 and b at line 1, column 8"):
        refuse(b"<a></b> ", Fragment(), "it is too long")
    with pytest.raises(MarkupError, match="Invalid bytes in character encoding at line 1, column 4"):
        refuse(b"<a>\xff", Fragment(), "it is too long")


def test_valid_utf_8_ends_before_the_first_invalid_byte() -> None:
    assert [valid_utf8(text) for text in (b"", b"abc", "é".encode(), b"a\xc3", b"\xff")] == [0, 3, 2, 1, 0]
