"""XML of any form: texts as XML has them, and nodes that should not be there."""

from __future__ import annotations

import pytest

from allocator.protocol.markup import NodeFault, plainer, read_rows
from allocator.protocol.reading import read_request
from tests.support.written_xml import LINK, faults_of, link_ids, request_of


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Tom &amp; Jerry&apos;s &lt;shop&gt; &quot;", "Tom & Jerry's <shop> \""),
        ("&amp;lt;&amp;#65;", "&lt;&#65;"),
        ("&#84;o&#x6d; &#38;&#x3C;&#32;", "Tom &<"),
        ("a&#13;&#10;b&#9;c", "a\r\nb\tc"),
        ("a\r\nb\rc\n\rd", "a\nb\nc\n\nd"),
        ("<![CDATA[ <link>&amp; ]]> x", "<link>&amp;  x"),
        ("<![CDATA[a\r\n]]><![CDATA[]]>b", "a\nb"),
        ("1<!-- </link_id> -->2<?php <link> ?>3", "123"),
        ("1>2", "1>2"),
        ("\u00a0\u2003é – 東京 😀\u00a0", "\u00a0\u2003é – 東京 😀\u00a0"),
        ("\x7f\x85\u2028", "\x7f\x85\u2028"),
    ],
)
def test_a_text_is_what_xml_makes_of_it(written: str, read: str) -> None:
    assert link_ids(request_of(LINK.format(written), LINK.format("1"))) == [read, "1"]


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ("<links><link/></links>", [("unknown", "links", 1, None)]),
        ("<request\n a='1' b='>'/>", [("attribute", "a", 1, None), ("attribute", "b", 1, None)]),
        (
            "<request xmlns='u' xmlns:p='v'><p:link/></request>",
            [("attribute", "xmlns", 1, None), ("attribute", "xmlns:p", 1, None), ("unknown", "p:link", 1, None)],
        ),
        ("<x><link><y/></link></x>", [("unknown", "x", 1, None)]),
        ("<request>\n<link_id>1</link_id>\n<link/></request>", [("unknown", "link_id", 2, None)]),
        ("<request><link/><link><link/></link></request>", [("unknown", "link", 1, 1)]),
        ("<request><link><Method/></link></request>", [("unknown", "Method", 1, 0)]),
        ("<request><link><x y='1'>t<link_id/></x></link></request>", [("unknown", "x", 1, 0)]),
        (
            "<request><link><method/>\n<method a='b'>x<c/></method></link></request>",
            [("doubled", "method", 2, 0), ("attribute", "a", 2, 0), ("nested", "c", 2, 0)],
        ),
        ("<request><link><method>BY <b>AR<i/></b>EA</method></link></request>", [("nested", "b", 1, 0)]),
        (
            "<request> a\n<!-- -->b <link>\n\n<![CDATA[ ]]> &#32;c</link>d</request>",
            [("text", "a\nb", 1, None), ("text", "c", 4, 0), ("text", "d", 4, None)],
        ),
        ("<request>" + "x" * 61 + "</request>", [("text", "x" * 60, 1, None)]),
        ("<request><link a='1'/></request>", [("attribute", "a", 1, 0)]),
        ("<request><p:x/><link xmlns:p=''/></request>", [("unknown", "p:x", 1, None), ("attribute", "xmlns:p", 1, 0)]),
    ],
)  # fmt: skip
def test_what_should_not_be_there_is_told_in_document_order(
    body: str, faults: list[tuple[str, str, int, int | None]]
) -> None:
    assert faults_of(body) == faults


def test_a_field_with_nodes_in_it_says_what_stands_beside_them() -> None:
    assert read_request(b"<request><link><link_id> 1<b>2</b>3 </link_id></link></request>").links["link_id"][0] == "13"


def test_of_a_field_that_stands_there_twice_the_first_counts() -> None:
    link = b"<link><link_id>1</link_id><method/><link_id>2</link_id><method>x</method></link>"
    assert read_request(b"<request>" + link + b"</request>").links.select("link_id", "method").row(0) == ("1", "")


def test_only_so_many_faults_are_told() -> None:
    request = read_request(b"<request>" + b"<link><x/></link>" * 20_000 + b"</request>")
    assert request.links.height == 20_000
    assert len(request.faults) == 10_000
    assert request.faults[-1] == NodeFault("unknown", "x", 1, 9_999)


def test_a_part_is_read_at_its_line_and_after_the_links_before_it() -> None:
    rows = read_rows(b"<link>\n<link_id>7</link_id><x/><y/></link>", line=3, first=5, most_faults=1)
    assert (rows.values[0], rows.line, rows.lines[0]) == (["7"], [3], [4])
    assert rows.faults == [NodeFault("unknown", "x", 4, 5)]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (b"<a>1<!-- 2 -->3<?b?></a>", b"<a>13</a>"),
        (b"<![CDATA[<&>]]>&#38;&#x3c;", b"&lt;&amp;&gt;&amp;&lt;"),
        (b"&#13;&#10;&#9;", b"&#13;&#10;\t"),
        (b"a<!-- \n -->b", None),
        (b"<a>plain &amp; simple</a>", None),
    ],
)
def test_a_part_is_written_more_plainly_where_its_lines_stay(text: bytes, plain: bytes | None) -> None:
    assert plainer(text) == plain
