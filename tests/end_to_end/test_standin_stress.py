"""The programs that put the stand-in under stress, each in small."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from allocator.protocol.requests import render
from benchmarks.serving import account, request, served
from benchmarks.standin_load import commit_ms, measure
from tests.endurance import mutated_requests
from tests.endurance.standin_kill import Sent, faults_of, kill


def test_kill_rounds_leave_whole_requests(tmp_path: Path) -> None:
    tally = kill(tmp_path, rounds=4, seconds=120, size=20_000)
    assert tally.faults == []
    assert tally.rounds == 4
    assert tally.attached > 0


def test_the_looks_after_a_kill_find_what_is_wrong() -> None:
    whole, half = (("a", "1"), ("b", "2")), (("c", "3"), ("d", "4"))
    sent = [Sent(whole, 204), Sent(half, None), Sent((("e", "5"),), 400)]
    assert faults_of([], whole, sent) == []
    assert faults_of([], whole + half, sent) == []
    assert faults_of([], whole[:1], sent) == ["1 acknowledged attachments are lost"]
    assert faults_of([], whole + half[:1], sent) == ["1 of 2 attachments of one request"]
    assert faults_of([], (*whole, ("e", "5")), sent) == ["1 attachments of a request that was refused"]
    assert faults_of([("z", "9")], whole, sent) == ["an attachment of an earlier round is lost"]
    assert faults_of([], (*whole, ("z", "9")), sent) == ["an attachment that nobody asked for"]
    assert faults_of([("z", "1")], (*whole, ("z", "1")), sent) == ["a number is on two links"]
    assert faults_of([("a", "9")], (*whole, ("a", "9")), sent) == ["a link has two numbers"]
    assert faults_of([], whole, [*sent, Sent((("f", "6"),), 500)]) == ["answered 500"]


@pytest.mark.parametrize("links", [1, 50])
def test_a_load_is_answered_and_timed(tmp_path: Path, links: int) -> None:
    of = account(tmp_path, 4_000)
    with served(tmp_path / "account.sqlite", *of.options()) as server:
        load = measure(server, of, links, seconds=0.5)
        shown = server.get("/links.csv").decode().splitlines()[1:]
    assert len(load.latencies_s) >= 8
    assert 0 < load.latency_ms(50) <= load.latency_ms(99)
    assert load.rate > 0
    assert sum(not line.endswith(",") for line in shown) == len(load.latencies_s) * links
    assert commit_ms(tmp_path, rounds=5) > 0


def test_the_clients_send_the_bytes_that_a_plan_sends(tmp_path: Path) -> None:
    of = account(tmp_path, 5)
    (body,) = render(pl.Series(of.link_ids), pl.Series(of.full_voxnumbers), 5)
    assert request(zip(of.link_ids, of.full_voxnumbers, strict=True)) == of.request(0, 5) == body


def test_mutated_requests_do_no_harm() -> None:
    tally = mutated_requests.put(1_500, seed=2)
    assert tally.faults == []
    assert sum(tally.rows.values()) == 1_500
    assert tally.rows["204"] > 0
    assert len(tally.rows) > 15


def test_mutated_requests_are_the_same_each_time() -> None:
    assert mutated_requests.put(200, seed=7).rows == mutated_requests.put(200, seed=7).rows
