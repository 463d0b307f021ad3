from __future__ import annotations

import io
import time
from pathlib import Path

import polars as pl
import pytest

from allocator.errors import MarkupError
from allocator.protocol.listing import read_listing, root_of

NODES = (
    *("node_id", "node_name", "link_id", "link_name", "assigned_status", "call_status", "country_code", "voxnumber"),
    *("voxnumber_type", "voxnumber_country", "voxnumber_city", "purchase_date"),
)


def result(**nodes: str) -> str:
    return f"<result>{''.join(f'<{name}>{text}</{name}>' for name, text in nodes.items())}</result>"


def page(*results: str, counts: str = "") -> bytes:
    return f"<?xml version='1.0'?>\n<response>{counts}<results>{''.join(results)}</results></response>".encode()


def refusal(body: bytes) -> str:
    with pytest.raises(MarkupError) as caught:
        read_listing(body, file="page.xml")
    assert str(caught.value).startswith("page.xml: XML parse error. ")
    return caught.value.problem


def test_a_page_says_which_it_is_and_how_many_there_are() -> None:
    counts = "<current_page> 2 </current_page><total_pages>3</total_pages><total_results>20001</total_results>"
    listing = read_listing(page(counts=counts))
    assert (listing.page, listing.pages, listing.total) == (2, 3, 20001)
    assert listing.results.columns == ["line"]
    assert listing.results.height == 0


def test_a_page_need_not_say_it() -> None:
    listing = read_listing(page(counts="<current_page/>"))
    assert (listing.page, listing.pages, listing.total) == (None, None, None)


def test_results_are_rows_and_their_nodes_columns_in_the_order_of_appearance() -> None:
    body = page(result(voxnumber="44", link_id=" \n "), "\n", result(link_id=" A &amp; B ", colour="<![CDATA[<red>]]>"))
    results = read_listing(body).results
    assert results.columns == ["voxnumber", "link_id", "colour", "line"]
    assert results.rows() == [("44", None, None, 2), (None, "A & B", "<red>", 4)]
    assert results.schema == {**dict.fromkeys(["voxnumber", "link_id", "colour"], pl.String), "line": pl.UInt32}


def test_a_page_may_have_a_namespace_comments_attributes_and_any_encoding() -> None:
    text = page("<!-- a --><result id='1'><voxnumber_city>Z<!-- -->ürich</voxnumber_city></result>").decode()
    text = text.replace("<response>", "<response xmlns='u'>").replace("?>", " encoding='utf-16'?>")
    assert read_listing(io.BytesIO(text.encode("utf-16"))).results["voxnumber_city"].to_list() == ["Zürich"]


def test_twenty_thousand_results_take_less_than_a_second(tmp_path: Path) -> None:
    path = tmp_path / "page.xml"
    path.write_bytes(page(*(result(**{name: f"{name} {row}" for name in NODES}) for row in range(20_000))))
    begin = time.perf_counter()
    listing = read_listing(path)
    assert time.perf_counter() - begin < 5  # 0.2 on a quiet machine
    assert listing.results.height == 20_000
    assert listing.results.row(-1)[:-1] == tuple(f"{name} 19999" for name in NODES)
    assert listing.results.columns == [*NODES, "line"]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "Document is empty"),
        (b"<errors><error status='400'>no</error></errors>", "the root is <errors>, not <response> as of a listing"),
        (b"<request/>", "the root is <request>, not <response> as of a listing"),
        (b"<response/>", "the response has no <results>"),
        (page(counts="<total_pages>many</total_pages>"), "<total_pages> is not a number"),
        (page(counts="<result/>"), "a <result> is outside of <results>"),
        (page("<result><a>1</a><a>2</a></result>"), "a result has <a> twice"),
        (page("<result><a><b/></a></result>"), "<a> of a result holds nodes instead of text"),
        (page("<result><line>1</line></result>"), "<line> is one node too many in a result"),
        (page(result(**{f"a{n}": "" for n in range(201)})), "<a200> is one node too many in a result"),
        (b"<!DOCTYPE a><response><results/></response>", "a DOCTYPE is not accepted"),
        (b"<response><results>", "Premature end of data in tag results line 1"),
        (b"<response>\n<results>\n<a:b/></results></response>", "Namespace prefix a on b is not defined"),
        (b"<?xml version='1.0' encoding='ascii'?><response><results>\xe9", "Invalid bytes in character encoding"),
    ],
)  # fmt: skip
def test_what_is_no_listing_is_refused(body: bytes, problem: str) -> None:
    assert refusal(body) == problem


def test_a_fault_is_told_with_its_line() -> None:
    with pytest.raises(MarkupError, match="a result has <a> twice at line 3, column 1"):
        read_listing(page("\n<result><a/><a/></result>"))


@pytest.mark.parametrize(
    ("head", "root"),
    [
        (b"<request>", "request"),
        (b" \n<response><results>", "response"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><!-- <a> --><?b?>\n<errors a='>'/>", "errors"),
        ("<?xml version='1.0' encoding='utf-16'?><request>".encode("utf-16"), "request"),
        ("<?xml version='1.0' encoding='koi8-r'?><request>Я".encode("koi8-r"), "request"),
        (b"<p:request xmlns:p='u'>", "p:request"),
        (b"", None),
        (b"link_id,postcode\n<1>,W11", None),
        (b"<!DOCTYPE a><request>", None),
        (b"<request", None),
        (b"\xff\xfe\x00\x00<", None),
        (b"\x00\x01\x02", None),
        (b"<!--", None),
    ],
)
def test_the_root_shows_what_a_file_is(head: bytes, root: str | None) -> None:
    assert root_of(head) == root
