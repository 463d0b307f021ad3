"""Laws of answering, each named by its law."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, DrawFn

from allocator import Account
from allocator.account import Answer
from allocator.protocol.requests import render
from tests.support.answering import NotWellFormed, read_tree
from tests.support.answering_strategies import (
    ENCODINGS,
    HTTP_METHODS,
    QUERY,
    Call,
    Fields,
    Scene,
    accounts,
    documents,
    encoded,
    links,
    markup,
    plainly,
    scenes,
    spoilt,
)
from tests.support.strategies import ANCHORS, neighbourhood

State = tuple[list[tuple[object, ...]], list[tuple[object, ...]]]


def state(account: Account) -> State:
    return account.links_table().rows(), account.voxnumbers_table().rows()


def numbers_of_links(account: Account) -> dict[str, str]:
    attached = account.links_table().filter(pl.col("full_voxnumber").is_not_null())
    return dict(attached.select("link_id", "full_voxnumber").rows())


def handle(account: Account, call: Call) -> tuple[int, bytes]:
    return account.handle(call.method, call.query, call.body)


def faults_in(answer: Answer) -> list[tuple[object, ...]]:
    """The faults without their lines, which only an answer with all faults has, and which layout moves."""
    return [(fault.row, fault.values, fault.link, fault.field) for fault in answer.faults]


@given(scenes())
def test_an_answer_other_than_204_changes_nothing(scene: Scene) -> None:
    account = scene.account()
    for call in scene.calls:
        before = state(account)
        status, body = handle(account, call)
        assert (status == 204) == (body == b"")
        if status != 204:
            assert state(account) == before


@given(scenes(sound=True))
def test_after_204_the_requests_links_gained_one_number_each_and_nobody_else_did(scene: Scene) -> None:
    account = scene.account()
    for call in scene.calls:
        before, numbers = numbers_of_links(account), account.voxnumbers_table()
        free = set(numbers.filter(pl.col("link_id").is_null())["full_voxnumber"])
        answer = account.answer(call.method, call.query, call.body)
        status, _ = handle(account, call)
        assert status == answer.status
        after = numbers_of_links(account)
        gained = {link_id: number for link_id, number in after.items() if before.get(link_id) != number}
        assert gained == dict(zip(answer.link_ids, map(str, answer.full_voxnumbers), strict=True))
        assert set(gained.values()) <= free
        assert len(set(gained.values())) == len(gained)
        assert before.items() <= after.items()
        attached = account.voxnumbers_table().filter(pl.col("link_id").is_not_null())
        assert dict(attached.select("link_id", "full_voxnumber").rows()) == after
        assert [row[:2] for row in account.voxnumbers_table().rows()] == [row[:2] for row in numbers.rows()]


@given(scenes(most_calls=1))
def test_deciding_changes_nothing_and_comes_to_the_same_twice(scene: Scene) -> None:
    account = scene.account()
    before = state(account)
    for call in scene.calls:
        once, again = (account.answer(call.method, call.query, call.body, errors="all") for _ in range(2))
        assert once == again
    assert state(account) == before


@given(scenes(sound=True), st.integers(1, 3), st.randoms(use_true_random=False))
def test_the_attachments_by_voxnumber_in_any_batches_give_the_same_state(scene: Scene, batch_size: int, random) -> None:  # type: ignore[no-untyped-def]
    whole, named = scene.account(), scene.account()
    for call in scene.calls:
        answer = whole.answer(call.method, call.query, call.body)
        if answer.status != 204:
            continue
        whole.attach(answer)
        numbers = pl.Series(list(map(str, answer.full_voxnumbers)), dtype=pl.String)
        bodies = list(render(pl.Series(answer.link_ids, dtype=pl.String), numbers, batch_size))
        random.shuffle(bodies)
        assert [named.handle("PUT", QUERY, body) for body in bodies] == [(204, b"")] * len(bodies)
    assert state(named) == state(whole)


@given(scenes(sound=True, most_calls=1))
def test_repeating_an_accepted_request_tells_of_every_link_that_it_has_a_voxnumber(scene: Scene) -> None:
    account, call = scene.account(), scene.calls[0]
    answer = account.answer(call.method, call.query, call.body)
    assume(answer.status == 204)
    account.attach(answer)
    again = account.answer(call.method, call.query, call.body, errors="all")
    has_one = [(fault.link, fault.values[0]) for fault in again.faults if fault.row.name == "LINK_ID_HAS_VOXNUMBER"]
    assert has_one == [(place, place + 1) for place in range(len(answer.link_ids))]
    assert again.faults[0].row.name == "LINK_ID_HAS_VOXNUMBER"


@given(scenes(most_calls=1))
def test_the_order_in_which_the_stock_and_the_links_are_listed_does_not_matter(scene: Scene) -> None:
    link_ids = None if scene.link_ids is None else scene.link_ids[::-1]
    account, reversed_one = scene.account(), replace(scene, stock=scene.stock[::-1], link_ids=link_ids).account()
    for call in scene.calls:
        assert handle(account, call) == handle(reversed_one, call)
    assert state(account) == state(reversed_one)


@st.composite
def contents(draw: DrawFn) -> tuple[Scene, list[Fields]]:
    place = neighbourhood(draw(st.sampled_from(ANCHORS)))
    scene = draw(accounts(place))
    content = draw(links(scene, place))
    if draw(st.booleans()):
        content = [draw(spoilt(link, scene)) if draw(st.booleans()) else link for link in content]
    return scene, content


@given(contents(), st.data())
def test_layout_does_not_change_the_answer(drawn: tuple[Scene, list[Fields]], data: DataObject) -> None:
    """Order of nodes, white space, comments, CDATA, references, encodings."""
    scene, content = drawn
    account = scene.account()
    plain = plainly(markup(data.draw(documents(content, freely=False))))
    free = data.draw(encoded(markup(data.draw(documents(content)))))
    expected = account.answer("PUT", QUERY, plain, errors="all")
    answer = account.answer("PUT", QUERY, free, errors="all")
    assert faults_in(answer) == faults_in(expected)
    assert (answer.status, answer.body) == (expected.status, expected.body)
    assert (answer.link_ids, answer.full_voxnumbers) == (expected.link_ids, expected.full_voxnumbers)


# --- anything at all -------------------------------------------------------------------------------------------------


def assert_answered(account: Account, call: Call) -> None:
    """Some answer of the catalogue comes back, as XML, and an error left everything as it was."""
    before = state(account)
    for errors in ("all", "first"):
        status, body = account.handle(call.method, call.query, call.body, errors=errors)
        if status == 204:
            assert body == b""
            return
        assert status == 400
        root = read_tree(body)
        assert root.name == "errors"
        assert root.elements()
        assert all(node.name == "error" and node.attributes == {"status": "400"} for node in root.elements())
        assert state(account) == before


@st.composite
def mutated(draw: DrawFn, body: bytes) -> bytes:
    """Bytes of a request with some cut out, put in, doubled, moved or changed."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(len(body), start + 40)))
        kind = draw(st.sampled_from(["cut", "put", "double", "change", "truncate"]))
        if kind == "cut":
            body = body[:start] + body[end:]
        elif kind == "put":
            body = body[:start] + draw(st.sampled_from(PIECES)) + body[start:]
        elif kind == "double":
            body = body[:end] + body[start:end] + body[end:]
        elif kind == "truncate":
            body = body[:start]
        elif start < len(body):
            body = body[:start] + draw(st.binary(min_size=1, max_size=1)) + body[start + 1 :]
    return body


PIECES = (
    *(b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?", b"?>", b"\x00", b"\xff", b"\xed\xa0\x80", b"\r"),
    *(b"</link>", b"<link>", b"<link/>", b"<request>", b"&#0;", b"&#xD;", b"&#x10FFFF;", b"&#xFFFE;", b"&lt;", b"&e;"),
    *(b'<!DOCTYPE a [<!ENTITY e "x">]>', b' xmlns="a"', b' xmlns:a="b"', b"<a:link/>", b' a="b"', b"\xef\xbb\xbf"),
    *(
        b'<?xml version="1.0"?>',
        b'<?xml version="1.1"?>',
        b'encoding="ebcdic"',
        b"\xe2\x80\xa8",
        b"\xc2\xa0",
        b"9" * 400,
    ),
)


@given(scenes(), st.data())
def test_mutated_requests_are_answered(scene: Scene, data: DataObject) -> None:
    account = scene.account()
    for call in scene.calls:
        assert_answered(account, replace(call, body=data.draw(mutated(call.body))))


ACCOUNT = Scene(({"full_voxnumber": "442079460000", "link_id": None},), None)


@example("PUT", QUERY, b"<request/>")
@example("\x00", "v=3&method=%00%ff%ed%a0%80", b"\x00")
@example("PUT\r\n", "v=3&v=4&&&=&method", b"\xff\xfe")
@example("\ud800", "v=\ud800&method=\ud800]]>", b"\xfe\xff\xd8\x00")
@given(st.one_of(st.text(), st.sampled_from(HTTP_METHODS)), st.one_of(st.text(), st.just(QUERY)), st.binary())
def test_anything_at_all_is_answered(method: str, query: str, body: bytes) -> None:
    assert_answered(ACCOUNT.account(), Call(method, query, body))


NODE = "<link><link_id>{}</link_id><method>{}</method><{}>{}</{}></link>"


@given(
    st.text(),
    st.sampled_from(["BY AREA", "BY VOXNUMBER", "BY POSTCODE", "by area", ""]),
    st.sampled_from(["voxnumber_idd", "area_code", "full_voxnumber", "postcode", "voxnumber_country", "fallback_city"]),
    st.one_of(st.text(), st.from_regex(r"\A[0-9]{1,40}\Z"), st.floats().map(str)),
    st.sampled_from(ENCODINGS),
)
def test_any_text_in_a_field_is_answered(link_id: str, method: str, name: str, text: str, encoding: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    fields = [value.replace("&", "&amp;").replace("<", "&lt;") for value in (link_id, text)]
    document = f"<request>{NODE.format(fields[0], method, name, fields[1], name)}</request>"
    body = (declaration + document).encode(encoding, errors="xmlcharrefreplace")
    assert_answered(ACCOUNT.account(), Call("PUT", QUERY, body))


def test_the_strategies_reach_what_they_are_for() -> None:
    """A body that is broken, one that is not, in each encoding: else the laws above say little."""
    for encoding in set(ENCODINGS):
        text = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?><request/>'
        assert read_tree(text.encode(encoding)).name == "request"
        try:
            read_tree(text.encode(encoding)[:-2])
        except NotWellFormed as error:
            assert error.line >= 1
