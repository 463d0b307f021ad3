from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from allocator.errors import InputError
from allocator.protocol import FIELDS
from allocator.protocol.requests import render, write_request

GOLDEN = Path(__file__).parents[2] / "golden"
# What XML 1.0 can carry as text.
characters = st.characters(codec="utf-8", exclude_characters="\ufffe\uffff").filter(lambda c: c >= " " or c in "\t\n\r")
link_ids = st.text(characters, min_size=1, max_size=12)


def rendered(pairs: list[tuple[str, str]], batch_size: int = 500) -> list[bytes]:
    ids = pl.Series([pair[0] for pair in pairs], dtype=pl.String)
    numbers = pl.Series([pair[1] for pair in pairs], dtype=pl.String)
    return list(render(ids, numbers, batch_size))


def read_back(body: bytes) -> list[tuple[str, str]]:
    root = etree.fromstring(body)
    assert root.tag == "request"
    found = []
    for link in root:
        assert [node.tag for node in link] == ["link_id", "method", "full_voxnumber"]
        assert link[1].text == "BY VOXNUMBER"
        found.append((link[0].text or "", link[2].text or ""))
    return found


def test_the_request_is_the_golden_one() -> None:
    pairs = [("444", "4423012565866"), ("Tom & Jerry's <shop>", "442079460000"), ("Zürich – 東京", "41440000000")]
    (body,) = rendered(pairs)
    assert body == (GOLDEN / "requests-00001.xml").read_bytes()


@given(st.lists(st.tuples(link_ids, st.from_regex(r"\A[1-9][0-9]{4,14}\Z")), min_size=1, max_size=7))
def test_what_is_written_is_read_back(pairs: list[tuple[str, str]]) -> None:
    (body,) = rendered(pairs)
    assert read_back(body) == pairs


@given(st.integers(0, 12), st.integers(1, 5))
def test_batches_hold_all_links_in_order(count: int, batch_size: int) -> None:
    pairs = [(str(number), str(440000 + number)) for number in range(count)]
    bodies = rendered(pairs, batch_size)
    assert len(bodies) == -(-count // batch_size)
    assert [pair for body in bodies for pair in read_back(body)] == pairs
    assert all(len(read_back(body)) == batch_size for body in bodies[:-1])


def test_no_link_no_request() -> None:
    assert rendered([]) == []


@pytest.mark.parametrize(
    ("ids", "numbers", "said"),
    [
        (["1", None], ["4420", "4421"], "the link has no link_id"),
        (["1", "bell\x07"], ["4420", "4421"], "XML can't carry"),
        (["1", "not a character\uffff"], ["4420", "4421"], "XML can't carry"),
        (["1", "2"], ["4420", None], "not a number in digits"),
        (["1", "2"], ["4420", ""], "not a number in digits"),
        (["1", "2"], ["4420", "<4421/>"], "not a number in digits"),
    ],
)
def test_what_would_be_lost_or_misread_is_refused(ids: list[str | None], numbers: list[str | None], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        next(render(pl.Series(ids), pl.Series(numbers), batch_size=1))
    assert "number 2 of the links" in str(caught.value)
    assert caught.value.column in ("link_id", "full_voxnumber")


def test_one_request_may_hold_all_links() -> None:
    pairs = [(str(number), str(440000 + number)) for number in range(3)]
    (body,) = rendered(pairs, batch_size=10**30)
    assert read_back(body) == pairs


@given(st.integers(1, 3), st.integers(1, 9))
def test_formatting_many_at_a_time_changes_no_byte(at_once: int, batch_size: int) -> None:
    pairs = [(f"A & {number}", str(440000 + number)) for number in range(11)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("allocator.protocol.requests._LINKS_AT_ONCE", at_once)
        bodies = rendered(pairs, batch_size)
    assert bodies == rendered(pairs, batch_size)


# --- any method ------------------------------------------------------------------------------------------------------

THREE_METHODS = [
    {"link_id": "333", "method": "BY AREA", "voxnumber_idd": "44", "area_code": "20", "fallback_city": "TRUE"},
    {"link_id": "Tom & Jerry's <shop>", "method": "BY VOXNUMBER", "full_voxnumber": "4423012565866"},
    {
        "link_id": "Zürich – 東京",
        "method": "BY POSTCODE",
        "voxnumber_country": "UNITED KINGDOM",
        "postcode": "SW1A 0AA",
        "fallback_area_distance": "20",
    },
    {"link_id": "", "fallback_region": "\r\n"},
    {},
]


def table(rows: list[dict[str, str]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(FIELDS, pl.String))


def test_the_request_of_all_methods_is_the_golden_one() -> None:
    assert write_request(table(THREE_METHODS)) == (GOLDEN / "all-methods.xml").read_bytes()


def test_both_ways_of_writing_write_the_same() -> None:
    pairs = [(f"A & {number}", str(440000 + number)) for number in range(9)]
    links = pl.DataFrame(pairs, schema=["link_id", "full_voxnumber"], orient="row")
    assert [write_request(links.with_columns(method=pl.lit("BY VOXNUMBER")))] == rendered(pairs)


def test_columns_are_written_in_the_pages_order_and_others_not_at_all() -> None:
    links = pl.DataFrame({"row": [1], "postcode": ["M1 1AE"], "link_id": ["7"], "area_code": [20]})
    body = write_request(links).decode()
    assert [line.strip() for line in body.splitlines()[3:6]] == [
        "<link_id>7</link_id>", "<area_code>20</area_code>", "<postcode>M1 1AE</postcode>",
    ]  # fmt: skip
    assert "row" not in body


def test_a_request_of_no_link_is_written() -> None:
    nothing = b'<?xml version="1.0" encoding="utf-8"?>\n<request>\n</request>\n'
    assert write_request(table([])) == nothing
    assert write_request(pl.DataFrame()) == nothing


def test_what_xml_cannot_carry_is_refused_with_its_column() -> None:
    with pytest.raises(InputError, match="XML can't carry") as caught:
        write_request(table([{"link_id": "1"}, {"postcode": "\x0b"}]))
    assert caught.value.column == "postcode"
