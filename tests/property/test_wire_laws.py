"""Laws of the wire: what is written is read back, however it is read; and it says what lxml's own tree says."""

from __future__ import annotations

import io
import re
from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from lxml import etree
from polars.testing import assert_frame_equal

from allocator.errors import MarkupError
from allocator.protocol import FIELDS, reading
from allocator.protocol.listing import read_listing, root_of
from allocator.protocol.markup import NodeFault
from allocator.protocol.reading import read_request
from allocator.protocol.requests import write_request

XML_SPACE = " \t\r\n"
# What XML 1.0 can carry as text.
CHARACTERS = st.characters(codec="utf-8", exclude_characters="\ufffe\uffff").filter(
    lambda character: character >= " " or character in "\t\n\r"
)
TEXTS = st.text(CHARACTERS, max_size=20)
INNER_TEXTS = TEXTS.map(lambda text: text.strip(XML_SPACE))


def table(rows: list[dict[str, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(FIELDS, pl.String))


def links(texts: SearchStrategy[str]) -> SearchStrategy[pl.DataFrame]:
    link = st.fixed_dictionaries({name: st.none() | texts for name in FIELDS})
    return st.lists(link, max_size=6).map(table)


# --- writing ---------------------------------------------------------------------------------------------------------


@given(links(INNER_TEXTS))
def test_what_is_written_is_read_back(written: pl.DataFrame) -> None:
    body = write_request(written)
    request = read_request(body)
    assert request.faults == ()
    assert_frame_equal(request.links, written)
    assert write_request(request.links) == body


@given(links(TEXTS))
def test_white_space_around_a_value_is_no_part_of_it(written: pl.DataFrame) -> None:
    stripped = written.with_columns(pl.all().str.strip_chars(XML_SPACE))
    assert_frame_equal(read_request(write_request(written)).links, stripped)


# --- reading: any document, in parts of any size, recognised or not --------------------------------------------------

OUTCOME = tuple[pl.DataFrame, tuple[NodeFault, ...]] | str


def outcome(body: bytes, *, lines: bool = True, part: int = 1 << 20, small: int = 0, recognise: bool = True) -> OUTCOME:
    """What reading it came to: its links and its faults, or its error."""
    try:
        parts = list(reading._stream(io.BytesIO(body), None, lines, part=part, small=small, recognise=recognise))
    except MarkupError as error:
        return error.text
    return pl.concat([each.links for each in parts]), tuple(fault for each in parts for fault in each.faults)


def assert_same(one: OUTCOME, other: OUTCOME) -> None:
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
    else:
        assert one[1] == other[1]
        assert_frame_equal(one[0], other[0])


WHITE = st.sampled_from(["", "", " ", "\n", "\n  ", "\r\n\t", "\n          \n          ", "\r"])
SIMPLE = st.sampled_from(
    ["", "1", "44", "BY AREA", " x ", "\n", "Tom &amp; Jerry", "&lt;&gt;&quot;&apos;", "é – 東京", "a\r\nb\rc"]
)
AWKWARD = st.sampled_from(
    [
        *("a<!-- </link> -->b", "<![CDATA[<link>&amp;]]>", "<?x <link>?>1", "&#65;&#x1F600;", "&#13;&#10;"),
        *("&#32;&#38;lt;", "1>2", "\ufffd\x7f\x85"),
    ]
)
BROKEN = st.sampled_from(
    [
        *("&", "&foo;", "&#0;", "]]>", "<", "\0", "\x01", "\ufffe", "<a", "<!-- -- -->", "<!--", "<!DOCTYPE x>"),
        *("<link>", "</link>", "</request>", "<b/>", "<b><c>1</c></b>", "<p:x/>", "<a:b:c/>"),
    ]
)
UNUSUAL = st.one_of(AWKWARD, AWKWARD, BROKEN)
USUAL_NODES = st.just("<{0}>{1}</{0}>")
NODES = st.sampled_from(
    [
        *("<{0}>{1}</{0} >", "<{0} >{1}</{0}\n>", "<{0}/>", "<{0} />", "<{0}\n/>"),
        *("<{0} a=\"1\" b='&gt;\n>'>{1}</{0}>", "<{0} xmlns='u'>{1}</{0}>", "<{0}>{1}</{0}><{0}>{1}</{0}>"),
    ]
)
NAMES = st.sampled_from([*FIELDS, *FIELDS[:3] * 3])
OTHER_NAMES = st.sampled_from(
    [
        *("link_ib", "linkid", "Method", "methods", "area_cod", "vostcode", "fallback_area_distancf", "p:method"),
        *("x", "link", "request"),
    ]
)
PROLOGS = st.sampled_from(
    [
        *('<?xml version="1.0" encoding="utf-8"?>\n', "<!-- a\n--><?b c?>\n", "\ufeff", " <?xml version='1.0'?>"),
        *("<?xml version='1.0'?><!DOCTYPE request>", "x"),
    ]
)
USUAL_ROOTS = st.just("<request>{}</request>")
ROOTS = st.sampled_from(
    [
        *("<request >{}</request >", "<request\n  a='1'>{}</request>", "<request xmlns='u' xmlns:p='v'>{}</request>"),
        *("<requests>{}</requests>", "<request/>", "<request>{}</request><!-- x -->\n"),
        *("<request>{}", "{}", "<request>{}</request>x"),
    ]
)


@st.composite
def documents(draw: DrawFn) -> str:
    """Requests in which nothing, little or much is unusual, wrong or broken."""
    unusual_of_40 = draw(st.sampled_from([0, 0, 3, 10]))

    def either(usual: SearchStrategy[str], unusual: SearchStrategy[str]) -> str:
        return draw(unusual if unusual_of_40 and draw(st.integers(1, 40)) <= unusual_of_40 else usual)

    def node(name: str) -> str:
        return either(WHITE, BROKEN) + either(USUAL_NODES, NODES).format(name, either(SIMPLE, UNUSUAL))

    links = []
    for _ in range(draw(st.integers(0, 5))):
        names = draw(st.lists(NAMES, unique=True, max_size=4))
        nodes = [node(either(st.just(name), OTHER_NAMES)) for name in names]
        link = either(USUAL_NODES, NODES).format("link", "".join(nodes) + draw(WHITE))
        links.append(either(WHITE, UNUSUAL) + link)
    root = either(USUAL_ROOTS, ROOTS).replace("{}", "".join(links) + draw(WHITE))
    return either(st.just(""), PROLOGS) + root


SCRAPS = [b"", b"<", b">", b"/", b"&", b"\xff", b"\xc3", b" ", b"\0", b"x", b"\r", b"]]>", b"\xef\xbf\xbf"]


@st.composite
def mutated(draw: DrawFn) -> bytes:
    """Documents with some bytes missing or replaced."""
    body = bytearray(draw(documents()).encode())
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        place = draw(st.integers(0, len(body)))
        body[place : place + draw(st.integers(0, 3))] = draw(st.sampled_from(SCRAPS))
    return bytes(body)


def tree_of(body: bytes) -> Any:
    """The tree that lxml makes of a document by itself."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    return etree.fromstring(body, parser)


def rows_of(root: Any) -> list[dict[str, str | None]]:
    rows = []
    for link in root.iterchildren("link") if root.tag == "request" else ():
        row: dict[str, str | None] = dict.fromkeys(FIELDS)
        for node in link:
            if node.tag in FIELDS and row[node.tag] is None:
                row[node.tag] = "".join([node.text or "", *(inner.tail or "" for inner in node)]).strip(XML_SPACE)
        rows.append(row)
    return rows


@given(mutated(), st.integers(1, 80))
def test_neither_the_size_of_parts_nor_recognising_them_changes_anything(body: bytes, part: int) -> None:
    whole = outcome(body, small=10_000)
    assert_same(outcome(body), whole)
    assert_same(outcome(body, recognise=False), whole)
    assert_same(outcome(body, part=part), whole)
    assert_same(outcome(body, part=part, recognise=False), whole)


@given(mutated(), st.integers(1, 80))
def test_lines_change_nothing_else(body: bytes, part: int) -> None:
    lined, plain = outcome(body, part=part), outcome(body, lines=False, part=part)
    assert_same(lined if isinstance(lined, str) else (lined[0].select(FIELDS), lined[1]), plain)


@given(mutated())
def test_a_document_says_what_lxml_makes_of_it(body: bytes) -> None:
    # A DOCTYPE is refused here, and names are taken as they are written, with any prefix in any namespace.
    assume(not re.search(rb"<!DOCTYPE|:|xmlns", body))
    assume(is_utf_8(body) and body.strip(b" \t\r\n\xef\xbb\xbf"))
    try:
        expected = rows_of(tree_of(body))
    except etree.XMLSyntaxError as error:
        with pytest.raises(MarkupError) as caught:
            read_request(body)
        if "not defined" not in str(error):
            assert (caught.value.line, caught.value.position) == error.position
    else:
        assert read_request(body).links.rows(named=True) == expected


def is_utf_8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-16-le", "gb18030", "shift_jis", "iso-8859-1", "windows-1252"])


@given(links(st.text(st.sampled_from("aZ09 &<>'\"é\n東"), max_size=9)), ENCODINGS, st.integers(1, 40))
def test_the_encoding_changes_nothing(written: pl.DataFrame, encoding: str, part: int) -> None:
    text = write_request(written).decode().replace("utf-8", encoding, 1)
    try:
        encoded = text.encode(encoding)
    except UnicodeEncodeError:
        assume(False)
    assert_same(outcome(encoded, part=part), outcome(text.replace(encoding, "utf-8", 1).encode()))


# --- listings --------------------------------------------------------------------------------------------------------

NODE_NAMES = st.sampled_from(["voxnumber", "link_id", "voxnumber_city", "colour"])


@given(st.lists(st.dictionaries(NODE_NAMES, TEXTS.map(lambda text: text.replace("\r", "")), max_size=4), max_size=5))
def test_a_listing_says_what_its_results_say(results: list[dict[str, str]]) -> None:
    root = etree.Element("response")
    parent = etree.SubElement(root, "results")
    for result in results:
        node = etree.SubElement(parent, "result")
        for name, text in result.items():
            etree.SubElement(node, name).text = text
    body = etree.tostring(root, encoding="utf-8")
    assert root_of(body) == "response"
    table = read_listing(body).results
    names = list(dict.fromkeys(name for result in results for name in result))
    assert table.columns == [*names, "line"]
    stripped = [{name: result.get(name, "").strip(XML_SPACE) or None for name in names} for result in results]
    # By line, as a table without columns has no rows before polars 2.
    assert [{name: row[name] for name in names} for row in table.rows(named=True)] == stripped


@given(st.binary(max_size=60))
def test_any_bytes_have_a_root_or_none_and_are_read_or_refused(body: bytes) -> None:
    assert root_of(body) is None or isinstance(root_of(body), str)
    for read in (read_request, read_listing):
        try:
            read(body)
        except MarkupError as error:
            assert error.line >= 1
            assert error.position >= 1
