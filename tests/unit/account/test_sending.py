"""Sending, over real sockets, to a server that breaks where it is told to."""

from __future__ import annotations

import json
import logging
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import polars as pl
import pytest

import allocator
from allocator import whatif
from allocator.account.ledger import Outcome, open_ledger, read_ledger
from allocator.account.sending import KEY, USERNAME, Sent, endpoint, send
from allocator.errors import AllocatorError, InputError, OptionError, OutputError
from allocator.plans.registry import LEDGER
from allocator.protocol.catalogue import ROWS
from tests.support.breaking import Answer, Breaking, Cut, Point, breaking, refusal

LINKS = [f"shop {n}" for n in range(1, 6)]
NUMBERS = [f"44207946000{n}" for n in range(1, 6)]
PLAN = dict(zip(LINKS, NUMBERS, strict=True))
BATCHES = 3  # of two links, two, and one
ATTACH = "/Links?v=3&method=attachVoxnumberToLink"


def write_plan(folder: Path, batch_size: int = 2) -> Path:
    """A plan of five links, each with a number of its own."""
    links = pl.DataFrame({"link_id": LINKS, "full_voxnumber": NUMBERS})
    stock = pl.DataFrame({"full_voxnumber": NUMBERS})
    return allocator.plan(links, stock).write(folder, batch_size=batch_size)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_plan(tmp_path / "plan")


@pytest.fixture
def server() -> Iterator[Breaking]:
    with breaking(dict.fromkeys(NUMBERS)) as running:
        yield running


class Waits(list[float]):
    """What was waited for, without waiting."""

    __call__ = list.append


def sent(folder: Path, server: Breaking, **options: Any) -> Sent:
    given: dict[str, Any] = {"yes": True, "timeout_s": 5, "_wait": Waits()}
    return send(folder, server.url, **given | options)


def outcomes(found: Sent) -> list[str]:
    return found.batches["outcome"].to_list()


def events(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / LEDGER).read_text(encoding="utf-8").splitlines()]


def at(number: int, point: Point, act: Callable[[], None]) -> Callable[[int, Point], None]:
    """Do something at a point of one call."""

    def script(call: int, where: Point) -> None:
        if (call, where) == (number, point):
            act()

    return script


def raising(error: Exception) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


# --- sending ---------------------------------------------------------------------------------------------------------


def test_a_plan_is_sent(folder: Path, server: Breaking) -> None:
    found = sent(folder, server)
    assert found.complete
    assert found.stopped is None
    assert repr(found) == "<Sent: 3 attached>"
    assert server.attached == PLAN
    assert found.batches.select("batch", "links", "outcome", "status", "error", "attempts").rows() == [
        (1, 2, "attached", 204, None, 1),
        (2, 2, "attached", 204, None, 1),
        (3, 1, "attached", 204, None, 1),
    ]
    for call, path in zip(server.calls, sorted((folder / "requests").iterdir()), strict=True):
        assert call.body == path.read_bytes()
        assert call.target == ATTACH
        assert call.headers["content-type"] == "application/xml; charset=utf-8"


def test_what_was_sent_is_not_sent_again(folder: Path, server: Breaking) -> None:
    sent(folder, server)
    before = (folder / LEDGER).read_bytes()
    assert sent(folder, server).complete
    assert len(server.calls) == BATCHES
    assert (folder / LEDGER).read_bytes() == before


def test_a_dry_run_sends_and_writes_nothing(folder: Path, server: Breaking) -> None:
    files = sorted(folder.rglob("*"))
    found = send(folder, server.url)
    assert (found.dry, outcomes(found), found.url) == (True, ["not sent"] * 3, f"{server.url}{ATTACH}")
    assert server.calls == []
    assert sorted(folder.rglob("*")) == files


def test_a_dry_run_knows_what_is_done(folder: Path, server: Breaking) -> None:
    server.script = at(2, "acted", raising(Cut()))
    assert sent(folder, server, retries=0).stopped is not None
    assert outcomes(send(folder, server.url)) == ["attached", "in doubt", "not sent"]


def test_a_plan_without_numbers_is_complete(tmp_path: Path, server: Breaking) -> None:
    plan = allocator.plan(
        pl.DataFrame({"link_id": ["1"], "postcode": ["GIR 0AA"]}), pl.DataFrame({"full_voxnumber": NUMBERS})
    )
    found = sent(plan.write(tmp_path / "plan"), server)
    assert found.complete
    assert found.batches.height == 0
    assert repr(found) == "<Sent: nothing to send>"


def test_the_ledger_has_a_line_before_and_after_each_call(folder: Path, server: Breaking) -> None:
    seen: list[list[str]] = []
    server.script = lambda _, point: seen.append([e["event"] for e in events(folder)]) if point == "arrived" else None
    sent(folder, server)
    after = ["opened", *["sending", "answered"] * BATCHES]
    assert seen == [after[:2], after[:4], after[:6]]
    assert [event["event"] for event in events(folder)] == after
    assert events(folder)[1:3] == [
        {"time": events(folder)[1]["time"], "event": "sending", "batch": 1, "links": 2},
        {"time": events(folder)[2]["time"], "event": "answered", "batch": 1, "status": 204, "outcome": "attached"},
    ]


def test_the_plan_and_the_ledger_agree_on_its_name() -> None:
    assert LEDGER == LEDGER


def test_progress_is_told(folder: Path, server: Breaking) -> None:
    told: list[tuple[str, int, int]] = []
    server.script = at(2, "read", raising(Cut()))
    sent(folder, server, progress=lambda *step: told.append(step))
    assert told == [
        ("Batch 1 of 3", 0, 3),
        ("Batch 2 of 3", 1, 3),
        ("Batch 2: again in 1 s", 1, 3),
        ("Batch 3 of 3", 2, 3),
        ("Sent", 3, 3),
    ]


# --- outcomes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("point", ["arrived", "read", "acted"])
@pytest.mark.parametrize(
    "break_", [Cut(), refusal("Internal Server Error", 500), Answer(502), Answer(503), Answer(504)]
)
def test_a_call_that_breaks_is_made_again(
    folder: Path, server: Breaking, number: int, point: Point, break_: Exception
) -> None:
    server.script = at(number, point, raising(break_))
    if point == "arrived" and isinstance(break_, Answer):
        break_.headers["Connection"] = "close"  # its body was not read, so nothing can follow it
    waits = Waits()
    found = sent(folder, server, _wait=waits)
    assert found.complete
    assert server.attached == PLAN
    assert waits == [1]
    expected = ["attached"] * BATCHES
    if point == "acted":
        expected[number - 1] = "attached (by the call that was cut off)"
    assert outcomes(found) == expected
    assert found.batches["attempts"][number - 1] == 2


def test_no_answer_in_time_is_a_broken_call(folder: Path, server: Breaking) -> None:
    server.script = at(1, "acted", lambda: time.sleep(1.5))
    found = sent(folder, server, timeout_s=0.5)
    assert server.attached == PLAN
    assert outcomes(found) == ["attached (by the call that was cut off)", "attached", "attached"]
    assert [event["error"] for event in events(folder) if event["event"] == "broken"] == [
        "no answer within 0.5 seconds"
    ]


def test_a_call_that_is_carried_out_after_it_was_given_up(folder: Path, server: Breaking) -> None:
    """The second call overtakes the first, which then finds that there is nothing left to do."""
    overtaken, done = Event(), Event()

    def script(call: int, point: Point) -> None:
        if (call, point) == (1, "read"):
            overtaken.wait(10)
        if (call, point) == (2, "answered"):
            overtaken.set()
        if call == 4 and point == "arrived":
            done.set()

    server.script = script
    found = sent(folder, server, timeout_s=0.5)
    assert done.is_set()
    assert outcomes(found) == ["attached"] * 3
    assert server.attached == PLAN


def test_an_answer_that_does_not_end_is_no_answer(folder: Path) -> None:
    """A server that sends a letter now and then could hold a run forever."""

    def trickle() -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 1000000\r\n\r\n")
            while True:
                connection.sendall(b"x")
                time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=trickle)
        thread.start()
        began = time.monotonic()
        found = send(folder, f"http://127.0.0.1:{listening.getsockname()[1]}", yes=True, retries=0, timeout_s=0.5)
        assert time.monotonic() - began < 5
        thread.join()
    assert outcomes(found) == ["in doubt", "not sent", "not sent"]


def test_retries_are_bounded_and_wait_longer_and_longer(folder: Path, server: Breaking) -> None:
    server.script = lambda call, point: raising(Answer(500))() if point == "read" and call > 1 else None
    waits = Waits()
    found = sent(folder, server, retries=4, _wait=waits)
    assert waits == [1, 2, 4, 8]
    assert outcomes(found) == ["attached", "in doubt", "not sent"]
    assert found.stopped == "batch 2 is in doubt, after each of 5 calls: the answer was 500, an answer without words"
    assert not found.complete
    server.script = lambda *_: None
    assert sent(folder, server).complete
    assert server.attached == PLAN


def test_without_a_server_nothing_is_in_doubt(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    waits = Waits()
    found = send(folder, f"http://127.0.0.1:{port}", yes=True, _wait=waits)
    assert waits == [1, 2, 4]
    assert outcomes(found) == ["not sent"] * 3
    assert found.stopped == "batch 1 is not sent, after each of 4 calls: no connection (Connection refused)"


def test_a_wrong_url_can_be_put_right_until_something_came_of_it(folder: Path, server: Breaking) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    send(folder, f"http://127.0.0.1:{port}", yes=True, retries=0)
    server.script = at(1, "read", raising(Answer(404)))
    with pytest.raises(AllocatorError, match="answered 404"):
        send(folder, f"{server.url}/wrong", yes=True)
    assert sent(folder, server).complete
    with pytest.raises(InputError, match=r"this plan was sent to http://127.0.0.1:\d+/Links\S+ already"):
        send(folder, f"{server.url}/elsewhere", yes=True)
    with pytest.raises(InputError, match="already"):
        send(folder, f"{server.url}/elsewhere")


def test_what_is_refused_is_told_and_the_others_go_on(folder: Path, server: Breaking) -> None:
    server.numbers[NUMBERS[3]] = "somebody else"
    waits = Waits()
    found = sent(folder, server, _wait=waits)
    assert waits == []
    assert found.stopped is None
    assert not found.complete
    assert found.batches.row(1) == (2, 2, "refused", 400, "VoxNumber 2 of 2 not available", 1, "shop 4")
    assert server.attached == {link: PLAN[link] for link in ("shop 1", "shop 2", "shop 5")}


def test_what_was_refused_is_sent_again_only_when_that_is_wanted(folder: Path, server: Breaking) -> None:
    server.numbers[NUMBERS[3]] = "somebody else"
    sent(folder, server)
    server.numbers[NUMBERS[3]] = None
    assert not sent(folder, server).complete
    assert len(server.calls) == BATCHES
    found = sent(folder, server, retry_refused=True)
    assert found.complete
    assert found.batches["attempts"].to_list() == [1, 2, 1]
    assert server.attached == PLAN


def test_a_link_that_has_a_number_already_is_refused_when_nothing_was_cut_off(folder: Path, server: Breaking) -> None:
    server.numbers["442079469999"] = "shop 1"
    found = sent(folder, server)
    assert found.batches.row(0)[2:5] == ("refused", 400, "Link ID 1 of 2 already has a Voxnumber")
    assert found.batches["link_id"].to_list() == ["shop 1", None, None]


def test_a_conflict_after_a_cut_is_a_conflict(folder: Path, server: Breaking) -> None:
    """Another link of the batch has a number: had the call been carried out, the first would be told."""
    server.numbers["442079469999"] = "shop 2"
    server.script = at(1, "read", raising(Cut()))
    found = sent(folder, server)
    assert found.batches.row(0)[2:5] == ("refused", 400, "Link ID 2 of 2 already has a Voxnumber")


def test_a_refusal_settles_what_was_in_doubt(folder: Path, server: Breaking) -> None:
    server.numbers["442079469999"] = "shop 2"
    server.script = at(1, "read", raising(Cut()))
    sent(folder, server)
    server.numbers["442079469999"] = "shop 1"
    found = sent(folder, server, retry_refused=True)
    assert outcomes(found)[0] == "refused"


@pytest.mark.parametrize(
    ("errors", "outcome"),
    [
        (["Link ID 1 of 2 already has a Voxnumber", "Link ID 2 of 2 already has a Voxnumber"], Outcome.ATTACHED_UNSEEN),
        (
            [
                "Link ID 1 of 2 already has a Voxnumber",
                "Link ID 2 of 2 already has a Voxnumber",
                "VoxNumber 1 of 2 not available",
                "VoxNumber 2 of 2 not available",
            ],
            Outcome.ATTACHED_UNSEEN,
        ),
        (["Link ID 1 of 2 already has a Voxnumber", "VoxNumber 2 of 2 not available"], Outcome.REFUSED),
        (["Link ID 1 of 3 already has a Voxnumber"], Outcome.REFUSED),
        (["link id 1 of 2  already has\n a voxnumber."], Outcome.ATTACHED_UNSEEN),
        (["Link ID 1 of 2 does not exist"], Outcome.REFUSED),
        ([], Outcome.REFUSED),
    ],
)
def test_what_an_answer_after_a_cut_says(folder: Path, server: Breaking, errors: list[str], outcome: Outcome) -> None:
    body = "".join(f'<error status="400">{text}</error>' for text in errors)

    def script(call: int, point: Point) -> None:
        if call == 1 and point == "acted":
            raise Cut
        if call == 2 and point == "read":
            raise Answer(400, f"<errors>{body}</errors>".encode())

    server.script = script
    assert outcomes(sent(folder, server))[0] == outcome.value


def test_the_error_of_the_table_is_the_one_that_is_looked_for(folder: Path, server: Breaking) -> None:
    def script(call: int, point: Point) -> None:
        if call == 1 and point == "acted":
            raise Cut
        if call == 2 and point == "read":
            raise refusal(ROWS["LINK_ID_HAS_VOXNUMBER"].format(1, 2))

    server.script = script
    assert outcomes(sent(folder, server))[0] == Outcome.ATTACHED_UNSEEN.value


@pytest.mark.parametrize(
    ("answer", "words", "outcome"),
    [
        (Answer(401, b"no"), "See that IOVOX_USERNAME and IOVOX_SECURE_KEY are right", "not sent"),
        (Answer(403), "See that IOVOX_USERNAME and IOVOX_SECURE_KEY are right", "not sent"),
        (Answer(404, b"<html><p>nothing &nbsp; here"), "See that the URL is right", "not sent"),
        (Answer(413), "smaller batch size", "not sent"),
        (Answer(429), "wait a while", "not sent"),
        (Answer(302, b"", {"Location": "https://example.com/"}), "Redirections are not followed", "in doubt"),
        (Answer(200, b"<html>welcome</html>"), "no answer of attachVoxnumberToLink", "in doubt"),
        (Answer(501), "no answer of attachVoxnumberToLink", "in doubt"),
    ],
)
def test_an_answer_that_nobody_can_go_on_from(
    folder: Path, server: Breaking, answer: Answer, words: str, outcome: str
) -> None:
    server.script = at(2, "read", raising(answer))
    with pytest.raises(AllocatorError, match=words) as caught:
        sent(folder, server)
    assert f"batch 2 was answered {answer.status}" in str(caught.value)
    assert "1 of 3 batches attached" in str(caught.value)
    assert len(server.calls) == 2
    assert outcomes(send(folder, server.url)) == ["attached", outcome, "not sent"]
    assert sent(folder, server).complete
    assert server.attached == PLAN


def test_an_unreadable_answer_is_told_as_it_is(folder: Path, server: Breaking) -> None:
    server.script = at(1, "read", raising(Answer(400, b"\xff\x00 not <xml " + b"x" * 3_000_000)))
    error = sent(folder, server).batches["error"][0]
    assert error.startswith("\ufffd\x00 not <xml xxx")
    assert len(error) == 1_000


def test_entities_of_an_answer_stay_closed(folder: Path, server: Breaking) -> None:
    bomb = b'<!DOCTYPE e [<!ENTITY a "aaaa"><!ENTITY f SYSTEM "/etc/passwd">]><errors><error>x&f;&a;</error></errors>'
    server.script = at(1, "read", raising(Answer(400, bomb)))
    assert "root:" not in sent(folder, server).batches["error"][0]


def test_an_interrupt_leaves_the_ledger_right(folder: Path, server: Breaking) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    server.script = at(2, "acted", raising(Cut()))
    with pytest.raises(KeyboardInterrupt):
        sent(folder, server, _wait=interrupt)
    assert outcomes(send(folder, server.url)) == ["attached", "in doubt", "not sent"]
    assert sent(folder, server).complete
    assert server.attached == PLAN


# --- the folder ------------------------------------------------------------------------------------------------------


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


REQUEST_1, REQUEST_2, REQUEST_3 = (Path("requests") / f"requests-{n:05d}.xml" for n in (1, 2, 3))


def _swap(folder: Path) -> None:
    one, two = (folder / REQUEST_1).read_bytes(), (folder / REQUEST_2).read_bytes()
    (folder / REQUEST_1).write_bytes(two)
    (folder / REQUEST_2).write_bytes(one)


ALTERED: dict[str, tuple[Callable[[Path], object], str]] = {
    "another number in the plan": (
        lambda f: _edit(f / "assignments.csv", NUMBERS[0], "442079469999"),
        "assignments.csv",
    ),
    "another number in a request": (lambda f: _edit(f / REQUEST_2, NUMBERS[2], "442079469999"), "requests-00002.xml"),
    "another link in a request": (lambda f: _edit(f / REQUEST_3, "shop 5", "shop 6"), "requests-00003.xml"),
    "another method": (lambda f: _edit(f / REQUEST_1, "BY VOXNUMBER", "BY POSTCODE"), "not BY VOXNUMBER"),
    "another field": (lambda f: _edit(f / REQUEST_1, "<method>", "<postcode>M1</postcode><method>"), "has nodes"),
    "another node": (lambda f: _edit(f / REQUEST_1, "<method>", "<colour/><method>"), "has nodes"),
    "broken XML": (lambda f: _edit(f / REQUEST_1, "</request>", ""), "XML parse error"),
    "a request too few": (lambda f: (f / REQUEST_2).unlink(), "2 requests are there, and summary.json tells of 3"),
    "a request too many": (lambda f: shutil.copy(f / REQUEST_2, f / "requests" / "requests-00004.xml"), "4 requests"),
    "a request renamed": (lambda f: (f / REQUEST_2).rename(f / "requests" / "requests-00009.xml"), "is missing"),
    "no requests": (lambda f: shutil.rmtree(f / "requests"), "can't be read"),
    "requests swapped": (_swap, "does not say what assignments.csv says from its link 1 on"),
    "no links in a request": (lambda f: (f / REQUEST_3).write_text("<request/>"), "from its link 5 on"),
    "no result in the summary": (
        lambda f: _edit(f / "summary.json", '"result"', '"outcome"'),
        "summary.json has other parts",
    ),
    "no summary": (lambda f: (f / "summary.json").unlink(), "there is no plan"),
}


@pytest.mark.parametrize("name", ALTERED)
def test_a_folder_that_is_not_whole_is_not_sent(folder: Path, server: Breaking, name: str) -> None:
    alter, words = ALTERED[name]
    alter(folder)
    for yes in (False, True):
        with pytest.raises(InputError, match=words):
            sent(folder, server, yes=yes)
    assert server.calls == []
    assert not (folder / LEDGER).exists()


def test_a_request_that_is_altered_while_the_plan_is_sent(folder: Path, server: Breaking) -> None:
    server.script = at(1, "acted", lambda: _edit(folder / REQUEST_2, NUMBERS[2], "442079469999"))
    with pytest.raises(InputError, match=r"requests-00002.xml: it was altered while the plan was being sent"):
        sent(folder, server)
    assert len(server.calls) == 1


def test_other_batches_are_another_plan(tmp_path: Path, server: Breaking) -> None:
    """Batches are known by their numbers, so a ledger does not fit requests of another size."""
    folder, other = write_plan(tmp_path / "plan"), write_plan(tmp_path / "other", batch_size=1)
    sent(folder, server)
    shutil.copy(folder / LEDGER, other / LEDGER)
    with pytest.raises(InputError, match="the ledger belongs to another plan"):
        sent(other, server)


def test_two_runs_at_once(folder: Path, server: Breaking) -> None:
    caught: list[OutputError] = []

    def run() -> None:
        try:
            sent(folder, server)
        except OutputError as error:
            caught.append(error)

    server.script = at(1, "read", run)
    assert sent(folder, server).complete
    assert [str(error) for error in caught] == [
        f"{folder}: another run is sending this plan. Wait until it has ended, or end it."
    ]
    assert server.attached == PLAN


# --- options and the URL ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://api.iovox.com:444", "https://api.iovox.com:444" + ATTACH),
        ("https://api.iovox.com:444/", "https://api.iovox.com:444" + ATTACH),
        ("https://api.iovox.com:444/Links", "https://api.iovox.com:444" + ATTACH),
        ("https://h/p?method=other", "https://h/p?method=other&v=3"),
        ("https://h/p?v=4&x=1&method=m", "https://h/p?v=4&x=1&method=m"),
        ("https://h?x=%20", "https://h/Links?x=%20&v=3&method=attachVoxnumberToLink"),
        ("https://h/p?v=", "https://h/p?v=&method=attachVoxnumberToLink"),
        ("https://h/p#part", "https://h/p?v=3&method=attachVoxnumberToLink"),
        ("http://localhost:8444", "http://localhost:8444" + ATTACH),
        ("http://127.1.2.3", "http://127.1.2.3" + ATTACH),
        ("http://[::1]:8444", "http://[::1]:8444" + ATTACH),
    ],
)
def test_what_is_missing_of_a_url_is_added(given: str, expected: str) -> None:
    assert endpoint(given) == expected


@pytest.mark.parametrize(
    "url",
    ["", "api.iovox.com", "api.iovox.com:444", "ftp://h", "https://", "https://h:port", "https://h:99999",
     "https://h/a b", "https://h:0", "https://[::1", "https://h/\n", "file:///etc/passwd", "http://", "https://ä.example"],
)  # fmt: skip
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(OptionError, match="it is no URL"):
        endpoint(url)


@pytest.mark.parametrize(
    "url", ["http://api.iovox.com:444", "http://localhost.example", "http://10.0.0.1", "http://127.example"]
)
def test_a_key_does_not_go_over_the_network_in_the_clear(url: str) -> None:
    with pytest.raises(OptionError, match="in the clear"):
        endpoint(url)
    assert endpoint(url, insecure_http=True).startswith(url)


@pytest.mark.parametrize("url", ["https://me:hush-hush@h", "https://hush-hush@h", "https://h?secureKey=hush-hush",
                                 "https://h?USERNAME=hush-hush", "https://hush-hush@h:port"])  # fmt: skip
def test_a_key_in_a_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(OptionError) as caught:
        endpoint(url)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("option", [{"retries": -1}, {"timeout_s": 0}, {"timeout_s": float("nan")}])
def test_options_outside_their_range(folder: Path, server: Breaking, option: dict[str, float]) -> None:
    with pytest.raises(OptionError):
        sent(folder, server, **option)


# --- the key ---------------------------------------------------------------------------------------------------------

NAME, SECRET = "mrs-hush", "s3cr3t & <hush>/+ key"


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(USERNAME, NAME)
    monkeypatch.setenv(KEY, SECRET)


@pytest.mark.usefixtures("key")
def test_the_key_goes_into_the_headers(folder: Path, server: Breaking) -> None:
    sent(folder, server)
    assert {(call.headers["username"], call.headers["securekey"]) for call in server.calls} == {(NAME, SECRET)}


def test_this_machine_needs_no_key(folder: Path, server: Breaking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(USERNAME, raising=False)
    monkeypatch.setenv(KEY, "")
    sent(folder, server)
    assert not {"username", "securekey"} & set(server.calls[0].headers)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, "IOVOX_USERNAME and IOVOX_SECURE_KEY are not set"),
        ({USERNAME: NAME}, "IOVOX_SECURE_KEY is not set"),
        ({USERNAME: NAME, KEY: "hush\n"}, "IOVOX_SECURE_KEY holds what a header can't carry"),
        ({USERNAME: "hush\r\nX: y", KEY: "k"}, "IOVOX_USERNAME holds what a header can't carry"),
        ({USERNAME: NAME, KEY: "hüsh"}, "IOVOX_SECURE_KEY holds what a header can't carry"),
    ],
)
def test_a_key_that_can_not_be_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], words: str
) -> None:
    for name in (USERNAME, KEY):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert send(folder, "https://localhost.example").dry
    with pytest.raises(OptionError, match=words) as caught:
        send(folder, "https://localhost.example", yes=True)
    assert "hush" not in str(caught.value)
    assert not (folder / LEDGER).exists()


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("status", [400, 401, 500, 200, 302])
@pytest.mark.parametrize(
    "wrapped", ["<errors><error>{}</error></errors>", "{} <not xml", "<p>{}</p>", "<a>" * 2 + "x" * 990 + "{}"]
)
def test_a_server_that_repeats_the_key_is_not_repeated(
    folder: Path, server: Breaking, status: int, wrapped: str, caplog: pytest.LogCaptureFixture
) -> None:
    escaped = SECRET.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    body = wrapped.format(f"{escaped} {NAME} {SECRET if 'not' in wrapped else ''}").encode()
    headers = {"Location": "/elsewhere?key=s3cr3t", "X-Key": SECRET}
    server.script = at(1, "read", raising(Answer(status, body, headers)))
    caplog.set_level(logging.DEBUG)
    told = ""
    try:
        told = str(sent(folder, server).batches.rows()) + repr(sent(folder, server, retries=0))
    except AllocatorError as error:
        told = str(error)
    told += (folder / LEDGER).read_text(encoding="utf-8") + caplog.text
    assert "s3cr3t" not in told
    assert "hush" not in told


@pytest.mark.usefixtures("key")
def test_httpx_logs_nothing_of_it_and_afterwards_as_before(
    folder: Path, server: Breaking, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sent(folder, server)
    assert [record for record in caplog.records if record.name.startswith(("httpx", "httpcore"))] == []
    assert logging.getLogger("httpx").level == logging.NOTSET


def test_a_proxy_does_not_see_what_goes_to_this_machine(
    folder: Path, server: Breaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert sent(folder, server).complete


def test_without_httpx_a_sentence_says_what_to_install(folder: Path) -> None:
    program = (
        "import sys; sys.modules['httpx'] = None\n"
        "from allocator.errors import AllocatorError; from allocator.account.sending import send\n"
        f"assert send({str(folder)!r}, 'http://localhost:1').dry\n"
        f"try: send({str(folder)!r}, 'http://localhost:1', yes=True)\n"
        "except AllocatorError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (
        done.stdout
        == "sending needs httpx, which is not installed. Install it: pip install 'voxnumber-allocator[send]'.\n"
    )
    assert not (folder / LEDGER).exists()


def test_httpx_is_loaded_by_sending_only() -> None:
    program = "import sys, allocator.account.sending; print('httpx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_ledger_that_is_open_elsewhere_is_not_read_for_sending(folder: Path, server: Breaking) -> None:
    sent(folder, server)
    binding = read_ledger(folder).binding
    assert binding is not None
    with open_ledger(folder, binding), pytest.raises(OutputError, match="another run"):
        sent(folder, server)


def test_a_what_if_is_not_sent(tmp_path: Path, server: Breaking) -> None:
    links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "W11 4FQ"]})
    purchase = whatif.buy(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    with pytest.raises(OptionError, match="nobody has bought yet"):
        list(purchase.plan.requests())
    folder = purchase.plan.write(tmp_path / "bought")
    assert list((folder / "requests").iterdir()) == []
    with pytest.raises(InputError, match="a what-if, of which nothing is sent"):
        send(folder, server.url, yes=True)
    assert server.calls == []
