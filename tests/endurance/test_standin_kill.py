"""A few rounds of killing the stand-in, and what the checks after a round find."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.endurance.standin_kill import Sent, faults_of, kill


@pytest.mark.slow
def test_kill_rounds_leave_whole_requests(tmp_path: Path) -> None:
    tally = kill(tmp_path, rounds=4, seconds=120, size=20_000)
    assert tally.faults == []
    assert tally.rounds == 4
    assert tally.attached > 0


def test_the_checks_after_a_kill_find_what_is_wrong() -> None:
    whole, half = (("a", "1"), ("b", "2")), (("c", "3"), ("d", "4"))
    sent = [Sent(whole, 204), Sent(half, None), Sent((("e", "5"),), 400)]
    assert faults_of([], whole, sent) == []
    assert faults_of([], whole + half, sent) == []
    assert faults_of([], whole[:1], sent) == ["1 acknowledged attachments are lost"]
    assert faults_of([], whole + half[:1], sent) == ["1 of 2 attachments of one request"]
    assert faults_of([], (*whole, ("e", "5")), sent) == ["1 attachments of a refused request"]
    assert faults_of([("z", "9")], whole, sent) == ["an attachment of an earlier round is lost"]
    assert faults_of([], (*whole, ("z", "9")), sent) == ["an attachment that nobody asked for"]
    assert faults_of([("z", "1")], (*whole, ("z", "1")), sent) == ["a number is on two links"]
    assert faults_of([("a", "9")], (*whole, ("a", "9")), sent) == ["a link has two numbers"]
    assert faults_of([], whole, [*sent, Sent((("f", "6"),), 500)]) == ["answered 500"]
