from __future__ import annotations

import codecs
import io
from pathlib import Path

import polars as pl
import pytest

from allocator.errors import MarkupError
from allocator.protocol import FIELDS
from allocator.protocol.fastpath import read_plain
from allocator.protocol.listing import read_listing, root_of
from allocator.protocol.reading import NodeFault, read_request, stream_request

LINK = "<link><link_id>{}</link_id></link>"


def request_of(*links: str) -> bytes:
    return f"<request>{''.join(links)}</request>".encode()


def link_ids(body: bytes) -> list[str | None]:
    return read_request(body).links["link_id"].to_list()


def faults_of(body: str) -> list[tuple[str, str, int, int | None]]:
    return [(one.kind, one.name, one.line, one.link) for one in read_request(body.encode()).faults]


def refusal(body: bytes) -> tuple[str, int, int]:
    with pytest.raises(MarkupError) as caught:
        read_request(body)
    return caught.value.problem, caught.value.line, caught.value.position


# --- links -----------------------------------------------------------------------------------------------------------


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
    "link",
    [
        LINK,
        "\r\n\t<link>\r\n\t\t<link_id>{}</link_id>\r\n\t\t<method>BY AREA</method>\r\n\t</link>\r\n",
        "<link><area_code>20</area_code><method>BY AREA</method><link_id>{}</link_id></link>\n",
        "<link><link_id>{} &amp; sons</link_id><fallback_city/><fallback_region /></link>",
        "<link>" + " " * 100 + "<link_id>é{}</link_id></link><link/><link></link>",
        f"<link><link_id>{{}}</link_id>{''.join(f'<{name}>{name}</{name}>' for name in FIELDS[1:])}</link>",
    ],
)
def test_what_other_programs_write_is_recognised(link: str) -> None:
    part = "".join(link.format(number) for number in range(3)).rstrip().encode()
    plain = read_plain(part, line=1)
    assert plain is not None
    read = read_request(request_of(part.decode()), lines=True).links
    for name, texts in plain.columns.items():
        assert texts.to_list() == read[name].to_list()
        assert plain.lines[name].to_list() == read[f"{name}_line"].to_list()
    assert plain.columns["link_id"].len() == plain.links == read.height


@pytest.mark.parametrize(
    "part",
    [
        "<link><link_ib>1</link_ib></link>",
        "<link><link_id>1</method></link>",
        "<link><link_id>1</link_id><link_id>1</link_id></link>",
        "<link>x<link_id>1</link_id></link>",
        "<link>          x          <link_id>1</link_id></link>",
        "<link><link_id>1</link_id></link><link>",
        "<link><link_id>&nbsp;</link_id></link>",
        "<link><link_id>&</link_id></link>",
        "<link><link_id>]]></link_id></link>",
        "<link><link_id>\x01</link_id></link>",
        "<link><link_id>\uffff</link_id></link>",
        "<link><link_id a='1'>1</link_id></link>",
        "<link><link><link_id>1</link_id></link></link>",
        "<link><voxnumber_idb>1</voxnumber_idb></link>",
        "<link><fallback_area_distancf>1</fallback_area_distancf></link>",
        "</link><link/>",
        "<request></request>",
        "<link/",
        "<link/>x",
        "<link/> ",
        "<>",
        "</>",
        "< />",
        "</link/>",
        "",
    ],
)
def test_what_is_not_plain_is_not_recognised(part: str) -> None:
    assert read_plain(part.encode()) is None


def test_bytes_that_are_no_utf_8_are_not_recognised() -> None:
    for text in (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf"):
        assert read_plain(b"<link><link_id>" + text + b"</link_id></link>") is None


# --- sources and encodings -------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("name", ["utf-8", "UTF-8", "utf8", "us-ascii", "iso-8859-1", "ISO-8859-15", "windows-1252"])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_declared_encodings_are_read(name: str, quote: str) -> None:
    body = f"<?xml version={quote}1.0{quote}\n encoding = {quote}{name}{quote} ?><request>{LINK}</request>"
    text = "cafe" if "ascii" in name else "café"
    assert link_ids(body.format(text).encode(name)) == [text]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("iso-8859-7", "Αθήνα"),
        ("koi8-r", "Москва"),
        ("windows-1251", "Київ"),
        ("macintosh", "Zürich"),
        ("shift_jis", "東京ソ"),
        ("euc-jp", "東京"),
        ("gb18030", "北京😀"),
        ("gbk", "北京"),
        ("big5", "功臺"),
        ("euc-kr", "서울"),
    ],
)
def test_encodings_of_other_countries_are_read(name: str, text: str) -> None:
    body = f"<?xml version='1.0' encoding='{name}'?><request>{LINK.format(text) * 500}</request>".encode(name)
    for part in (1 << 20, 7):
        parts = list(stream_request_in(part, body))
        assert pl.concat(parts)["link_id"].to_list() == [text] * 500


def stream_request_in(part: int, body: bytes) -> list[pl.DataFrame]:
    from allocator.protocol import reading

    return [each.links for each in reading._stream(body, None, False, part=part, small=0)]


@pytest.mark.parametrize("declaration", ["", "<?xml version='1.0' encoding='UTF-16'?>", "<?xml version='1.0'?>"])
@pytest.mark.parametrize("order", ["le", "be"])
def test_utf_16_is_read_by_its_mark_or_by_its_first_bracket(declaration: str, order: str) -> None:
    mark = {"le": codecs.BOM_UTF16_LE, "be": codecs.BOM_UTF16_BE}[order]
    body = f"{declaration}<request>{LINK.format('é😀')}</request>".encode(f"utf-16-{order}")
    assert link_ids(mark + body) == link_ids(body) == ["é😀"]


def test_a_byte_order_mark_is_no_character() -> None:
    assert link_ids(codecs.BOM_UTF8 + b"<?xml version='1.0'?>" + request_of(LINK.format("1"))) == ["1"]
    assert refusal(codecs.BOM_UTF8 + b"<request>&</request>")[1:] == (1, 11)


@pytest.mark.parametrize(
    "name", ["utf-7", "utf-32", "ucs-4", "rot13", "hex", "idna", "ebcdic-cp-us", "klingon", "iso-2022-jp"]
)
def test_other_encodings_are_refused_where_they_are_declared(name: str) -> None:
    body = f"<?xml version='1.0'\nencoding='{name}'?><request/>".encode()
    assert refusal(body) == (f"Unsupported encoding {name}", 2, 11)


def test_an_encoding_that_is_another_is_refused() -> None:
    declared = "<?xml version='1.0' encoding='utf-8'?><request/>"
    problem = "The encoding is declared as utf-8, which it is not"
    assert refusal(declared.encode("utf-16")) == (problem, 1, 31)
    assert refusal(codecs.BOM_UTF8 + declared.replace("utf-8", "latin1").encode())[0].endswith(
        "latin1, which it is not"
    )
    assert refusal(declared.replace("utf-8", "utf-16").encode())[0].endswith("utf-16, which it is not")
    assert refusal(declared.encode("utf-32"))[0] == "Unsupported encoding UTF-32"


@pytest.mark.parametrize(
    ("encoding", "text", "column"),
    [
        ("utf-8", b"\xff", 25), ("utf-8", b"\xc3", 25), ("utf-8", "é".encode() + b"\xed\xa0\x80", 26),
        ("us-ascii", b"\xe9", 25), ("windows-1252", b"\xe9\x81", 26), ("shift_jis", b"\x93\x8c\x93", 26),
    ],
)  # fmt: skip
def test_bytes_that_are_no_characters_are_refused_where_they_stand(encoding: str, text: bytes, column: int) -> None:
    body = f"<?xml version='1.0' encoding='{encoding}'?>\n<request><link><link_id>".encode() + text + b"</link_id>"
    assert refusal(body) == ("Invalid bytes in character encoding", 2, column)


def test_an_earlier_fault_is_told_before_bytes_that_are_no_characters() -> None:
    assert refusal(b"<request>\n<a></b>\n\xff</request>") == ("Opening and ending tag mismatch: a line 2 and b", 2, 8)


# --- errors ----------------------------------------------------------------------------------------------------------


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


# A megabyte is gone through once; where each character is a place to begin anew, this takes hours.
@pytest.mark.parametrize(
    "body",
    [
        b"<" + b"a" * 1_000_000,
        b"<" * 1_000_000,
        b"<" + b"a'" * 500_000,
        b"<" + b"a '" * 333_333,
        b"<a " + b"b='" * 333_333,
        b"<a " + b"/" * 1_000_000,
        b"<!-- --><" + b"a" * 1_100_000 + b">",
    ],
    ids=["a name", "brackets", "apostrophes", "apostrophes and spaces", "attributes", "slashes", "a name that ends"],
)
def test_a_start_tag_that_does_not_end_is_soon_refused(body: bytes) -> None:
    with pytest.raises(MarkupError):
        read_request(body)
    with pytest.raises(MarkupError):
        read_listing(io.BytesIO(body))
    assert root_of(body) in (None, "a" * 1_100_000)


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


def test_what_was_given_out_before_the_error_stays() -> None:
    links = LINK.format("1").encode() * 60_000
    parts = stream_request(b"<request>" + links + b"<link></request>")
    assert next(parts).links.height > 10_000
    with pytest.raises(MarkupError):
        list(parts)


# --- nodes that should not be there ----------------------------------------------------------------------------------


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
