"""Encodings that are read, and those that are refused."""

from __future__ import annotations

import codecs
import io
from pathlib import Path

import polars as pl
import pytest

from allocator.protocol import reading
from allocator.protocol.encoding import Pieces, advance, declared_encoding, opened
from tests.support.written_xml import LINK, link_ids, refusal, request_of


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


@pytest.mark.parametrize(
    ("head", "codec", "mark"),
    [
        (b"<request/>", "utf-8", 0),
        (codecs.BOM_UTF8 + b"<a/>", "utf-8", 3),
        (codecs.BOM_UTF16_BE, "utf-16-be", 2),
        ("<a/>".encode("utf-16-le"), "utf-16-le", 0),
        (b'<?xml version="1.0" encoding="latin1"?>', "iso8859-1", 0),
        (b"<?xml version='1.0' encoding='ISO-10646-UCS-2'?>", None, 0),
        (codecs.BOM_UTF32_LE, None, 0),
        (b"", "utf-8", 0),
    ],
)
def test_a_document_is_known_by_its_mark_and_its_declaration(head: bytes, codec: str | None, mark: int) -> None:
    found = declared_encoding(head)
    assert (found.codec, found.mark) == (codec, mark)
    assert bool(found.problem) == (codec is None)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_pieces_are_utf_8_and_end_before_what_can_not_be_read(size: int) -> None:
    def read(body: bytes) -> tuple[bytes, str | None]:
        pieces = Pieces(io.BytesIO(body), size)
        return b"".join(iter(pieces.read, b"")), pieces.problem

    text = "<?xml version='1.0' encoding='utf-16'?><é😀/>"
    assert read(text.encode("utf-16")) == (text.encode(), None)
    torn = text.encode("utf-16") + b"\x00\xd8"
    assert read(torn) == (text.encode(), "Invalid bytes in character encoding")


def test_a_place_advances_by_characters() -> None:
    assert advance(3, 5, b"") == (3, 5)
    assert advance(3, 5, "é😀".encode()) == (3, 7)
    assert advance(3, 5, b"a\nb\n") == (5, 1)
    assert advance(3, 5, b"a\nbc", newlines=1) == (4, 3)


def test_a_file_of_the_callers_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b"<a/>")
    with path.open("rb") as file:
        with opened(file) as stream:
            assert stream.read() == b"<a/>"
        assert not file.closed
    with opened(path) as stream:
        pass
    assert stream.closed
