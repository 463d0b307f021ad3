"""What the client makes of answers, of broken connections and of servers that repeat the key."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest

from allocator import send
from allocator.account.ledger import Outcome
from allocator.errors import AllocatorError, install_hint
from allocator.plans import LEDGER
from allocator.protocol import ROWS
from tests.support.breaking import Answer, Breaking, Cut, Point, refusal
from tests.support.sent_plan import (
    NAME,
    PLAN,
    SECRET,
    Waits,
    at,
    events,
    outcomes,
    raising,
    sent,
)


def test_no_answer_in_time_is_a_broken_call(folder: Path, server: Breaking) -> None:
    server.script = at(1, "acted", lambda: time.sleep(1.5))
    found = sent(folder, server, timeout_s=0.5)
    assert server.attached == PLAN
    assert outcomes(found) == ["attached (by the call that was cut off)", "attached", "attached"]
    assert [event["error"] for event in events(folder) if event["event"] == "broken"] == [
        "no answer within 0.5 seconds"
    ]


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


def test_without_a_server_nothing_is_in_doubt(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    waits = Waits()
    found = send(folder, f"http://127.0.0.1:{port}", yes=True, _wait=waits)
    assert waits == [1, 2, 4]
    assert outcomes(found) == ["not sent"] * 3
    assert found.stopped == "batch 1 is still not sent after 4 attempts: no connection (Connection refused)"


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
        (Answer(401, b"no"), "Check IOVOX_USERNAME and IOVOX_SECURE_KEY", "not sent"),
        (Answer(403), "Check IOVOX_USERNAME and IOVOX_SECURE_KEY", "not sent"),
        (Answer(404, b"<html><p>nothing &nbsp; here"), "Check the URL", "not sent"),
        (Answer(413), "smaller batch size", "not sent"),
        (Answer(429), "wait a while", "not sent"),
        (
            Answer(302, b"", {"Location": "https://example.com/"}),
            "where a redirection leads",
            "in doubt",
        ),
        (Answer(200, b"<html>welcome</html>"), "attachVoxnumberToLink never answers like this", "in doubt"),
        (Answer(501), "attachVoxnumberToLink never answers like this", "in doubt"),
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
    assert sent(folder, server).ok
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
    output = ""
    try:
        output = str(sent(folder, server).batches.rows()) + repr(sent(folder, server, retries=0))
    except AllocatorError as error:
        output = str(error)
    output += (folder / LEDGER).read_text(encoding="utf-8") + caplog.text
    assert "s3cr3t" not in output
    assert "hush" not in output


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
    assert sent(folder, server).ok


def test_without_httpx_a_sentence_says_what_to_install(folder: Path) -> None:
    program = (
        "import sys; sys.modules['httpx'] = None\n"
        "from allocator.errors import AllocatorError, install_hint; from allocator import send\n"
        f"assert send({str(folder)!r}, 'http://localhost:1').dry\n"
        f"try: send({str(folder)!r}, 'http://localhost:1', yes=True)\n"
        "except AllocatorError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == f"sending needs httpx, which is not installed. {install_hint('send')}\n"
    assert not (folder / LEDGER).exists()


def test_httpx_is_loaded_by_sending_only() -> None:
    program = "import sys; from allocator import send; print('httpx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
