"""What is recognised as a plain request, and what is not."""

from __future__ import annotations

import pytest

from allocator.protocol import FIELDS
from allocator.protocol.fastpath import read_plain
from allocator.protocol.reading import read_request
from tests.support.written_xml import LINK, request_of


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
