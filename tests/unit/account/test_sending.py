"""Sending, over real sockets, to a server that breaks on demand."""

from __future__ import annotations

import socket
from pathlib import Path
from threading import Event

import polars as pl
import pytest

import allocator
from allocator import send
from allocator.account.ledger import open_ledger, read_ledger
from allocator.errors import AllocatorError, InputError, OptionError, OutputError
from allocator.plans import LEDGER
from tests.support.breaking import Answer, Breaking, Cut, Point, refusal
from tests.support.sent_plan import (
    ATTACH,
    BATCHES,
    NUMBERS,
    PLAN,
    Waits,
    at,
    events,
    outcomes,
    raising,
    sent,
)


def test_a_plan_is_sent(folder: Path, server: Breaking) -> None:
    found = sent(folder, server)
    assert found.ok
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
    assert sent(folder, server).ok
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
    assert found.ok
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


def test_progress_is_told(folder: Path, server: Breaking) -> None:
    steps: list[tuple[str, int, int]] = []
    server.script = at(2, "read", raising(Cut()))
    sent(folder, server, progress=lambda *step: steps.append(step))
    assert steps == [
        ("Batch 1 of 3", 0, 3),
        ("Batch 2 of 3", 1, 3),
        ("Batch 2: again in 1 s", 1, 3),
        ("Batch 3 of 3", 2, 3),
        ("Sent", 3, 3),
    ]


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
    assert found.ok
    assert server.attached == PLAN
    assert waits == [1]
    expected = ["attached"] * BATCHES
    if point == "acted":
        expected[number - 1] = "attached (by the call that was cut off)"
    assert outcomes(found) == expected
    assert found.batches["attempts"][number - 1] == 2


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


def test_retries_are_bounded_and_wait_longer_and_longer(folder: Path, server: Breaking) -> None:
    server.script = lambda call, point: raising(Answer(500))() if point == "read" and call > 1 else None
    waits = Waits()
    found = sent(folder, server, retries=4, _wait=waits)
    assert waits == [1, 2, 4, 8]
    assert outcomes(found) == ["attached", "in doubt", "not sent"]
    assert found.stopped == "batch 2 is still in doubt after 5 attempts: the answer was 500, an answer without words"
    assert not found.ok
    server.script = lambda *_: None
    assert sent(folder, server).ok
    assert server.attached == PLAN


def test_a_wrong_url_can_be_put_right_until_something_came_of_it(folder: Path, server: Breaking) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    send(folder, f"http://127.0.0.1:{port}", yes=True, retries=0)
    server.script = at(1, "read", raising(Answer(404)))
    with pytest.raises(AllocatorError, match="answered 404"):
        send(folder, f"{server.url}/wrong", yes=True)
    assert sent(folder, server).ok
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
    assert not found.ok
    assert found.batches.row(1) == (2, 2, "refused", 400, "VoxNumber 2 of 2 not available", 1, "shop 4")
    assert server.attached == {link: PLAN[link] for link in ("shop 1", "shop 2", "shop 5")}


def test_what_was_refused_is_sent_again_only_when_that_is_wanted(folder: Path, server: Breaking) -> None:
    server.numbers[NUMBERS[3]] = "somebody else"
    sent(folder, server)
    server.numbers[NUMBERS[3]] = None
    assert not sent(folder, server).ok
    assert len(server.calls) == BATCHES
    found = sent(folder, server, retry_refused=True)
    assert found.ok
    assert found.batches["attempts"].to_list() == [1, 2, 1]
    assert server.attached == PLAN


def test_a_link_that_has_a_number_already_is_refused_when_nothing_was_cut_off(folder: Path, server: Breaking) -> None:
    server.numbers["442079469999"] = "shop 1"
    found = sent(folder, server)
    assert found.batches.row(0)[2:5] == ("refused", 400, "Link ID 1 of 2 already has a Voxnumber")
    assert found.batches["link_id"].to_list() == ["shop 1", None, None]


def test_a_conflict_after_a_cut_is_a_conflict(folder: Path, server: Breaking) -> None:
    """Another link of the batch has a number; after a call with an effect, the error is about the first link."""
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


def test_an_interrupt_leaves_the_ledger_right(folder: Path, server: Breaking) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    server.script = at(2, "acted", raising(Cut()))
    with pytest.raises(KeyboardInterrupt):
        sent(folder, server, _wait=interrupt)
    assert outcomes(send(folder, server.url)) == ["attached", "in doubt", "not sent"]
    assert sent(folder, server).ok
    assert server.attached == PLAN


def test_two_runs_at_once(folder: Path, server: Breaking) -> None:
    caught: list[OutputError] = []

    def run() -> None:
        try:
            sent(folder, server)
        except OutputError as error:
            caught.append(error)

    server.script = at(1, "read", run)
    assert sent(folder, server).ok
    assert [str(error) for error in caught] == [
        f"{folder}: another run is sending this plan. Wait until it has ended, or end it."
    ]
    assert server.attached == PLAN


@pytest.mark.parametrize("option", [{"retries": -1}, {"timeout_s": 0}, {"timeout_s": float("nan")}])
def test_options_outside_their_range(folder: Path, server: Breaking, option: dict[str, float]) -> None:
    with pytest.raises(OptionError):
        sent(folder, server, **option)


def test_a_ledger_that_is_open_elsewhere_is_not_read_for_sending(folder: Path, server: Breaking) -> None:
    sent(folder, server)
    binding = read_ledger(folder).binding
    assert binding is not None
    with open_ledger(folder, binding), pytest.raises(OutputError, match="another run"):
        sent(folder, server)
