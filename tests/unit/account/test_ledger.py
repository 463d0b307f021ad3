"""The ledger: what it keeps, what a crash leaves of it, and who may have it open."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from allocator.account.ledger import Binding, Outcome, Standing, open_ledger, read_ledger
from allocator.errors import InputError, OutputError
from allocator.plans.registry import LEDGER

BINDING = Binding("a1", "b2", requests=3, url="https://api.iovox.com:444/Links")


def fill(folder: Path) -> list[dict[int, Standing]]:
    """A ledger of some calls; returns how the batches stand after each line."""
    stood: list[dict[int, Standing]] = [{}]
    with open_ledger(folder, BINDING) as ledger:

        def note() -> None:
            stood.append({batch: ledger.standing(batch) for batch in (1, 2, 3) if ledger.standing(batch).attempts})

        note()
        ledger.sending(1, 500)
        note()
        ledger.answered(1, 204, Outcome.ATTACHED, None)
        note()
        ledger.sending(2, 500)
        note()
        ledger.broken(2, Outcome.IN_DOUBT, "no answer within 60 seconds")
        note()
        ledger.sending(2, 500)
        note()
        ledger.answered(2, 400, Outcome.REFUSED, "Link ID 2 of 500 “é”\n\x1b does not exist")
        note()
        ledger.sending(3, 17)
        note()
    return stood


def test_what_was_written_is_read(tmp_path: Path) -> None:
    stood = fill(tmp_path)
    record = read_ledger(tmp_path)
    assert record.binding == BINDING
    assert record.standings == stood[-1]
    assert record.standing(1) == Standing(Outcome.ATTACHED, 204, None, 1)
    assert record.standing(2) == Standing(Outcome.REFUSED, 400, "Link ID 2 of 500 “é”\n\x1b does not exist", 2)
    assert record.standing(3) == Standing(Outcome.IN_DOUBT, attempts=1)


def test_it_is_lines_of_plain_json(tmp_path: Path) -> None:
    fill(tmp_path)
    text = (tmp_path / LEDGER).read_bytes().decode("ascii")
    assert text.endswith("\n")
    assert [json.loads(line)["event"] for line in text.splitlines()] == [
        "opened", "sending", "answered", "sending", "broken", "sending", "answered", "sending"
    ]  # fmt: skip


def test_cut_off_at_any_byte_it_says_what_its_whole_lines_say(tmp_path: Path) -> None:
    stood = fill(tmp_path)
    data = (tmp_path / LEDGER).read_bytes()
    for length in range(len(data) + 1):
        (tmp_path / LEDGER).write_bytes(data[:length])
        record = read_ledger(tmp_path)
        lines = data[:length].count(b"\n")
        assert record.standings == stood[lines]
        assert record.binding == (BINDING if lines else None)


@pytest.mark.parametrize("left", [b"", b"\0" * 4096, b'{"event": "answered", "batch": 3, "outcome": "attached"}'])
def test_after_a_crash_it_goes_on_behind_its_whole_lines(tmp_path: Path, left: bytes) -> None:
    fill(tmp_path)
    whole = (tmp_path / LEDGER).read_bytes()
    (tmp_path / LEDGER).write_bytes(whole + left)
    assert read_ledger(tmp_path).standing(3).outcome is Outcome.IN_DOUBT
    with open_ledger(tmp_path, BINDING) as ledger:
        ledger.sending(3, 17)
        ledger.answered(3, 204, Outcome.ATTACHED, None)
    assert (tmp_path / LEDGER).read_bytes().startswith(whole)
    assert read_ledger(tmp_path).standing(3) == Standing(Outcome.ATTACHED, 204, None, 2)


def test_torn_at_its_first_line_it_is_new(tmp_path: Path) -> None:
    (tmp_path / LEDGER).write_bytes(b'{"time": "20')
    fill(tmp_path)
    assert read_ledger(tmp_path).binding == BINDING


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "7",
        "[]",
        "{}",
        '{"event": "sending"}',
        '{"event": "sending", "batch": 4}',
        '{"event": "sending", "batch": 0}',
        '{"event": "sending", "batch": "1"}',
        '{"event": "sent", "batch": 1}',
        '{"event": "answered", "batch": 1}',
        '{"event": "answered", "batch": 1, "outcome": "lost"}',
        '{"event": "opened"}',
    ],
)
def test_a_line_that_is_none_of_its_own(tmp_path: Path, line: str) -> None:
    fill(tmp_path)
    lines = (tmp_path / LEDGER).read_text(encoding="utf-8").splitlines()
    lines.insert(3, line)
    (tmp_path / LEDGER).write_text("\n".join([*lines, ""]), encoding="utf-8")
    with pytest.raises(InputError, match=r"ledger.jsonl, row 4: the ledger was altered"):
        read_ledger(tmp_path)


def test_without_its_first_line_it_is_none(tmp_path: Path) -> None:
    fill(tmp_path)
    lines = (tmp_path / LEDGER).read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / LEDGER).write_text("".join(lines[1:]), encoding="utf-8")
    with pytest.raises(InputError, match="row 1"):
        read_ledger(tmp_path)


@pytest.mark.parametrize(
    "binding",
    [replace(BINDING, assignments_sha256="c3"), replace(BINDING, requests_sha256="c3"), replace(BINDING, requests=4)],
)
def test_another_plan_is_refused(tmp_path: Path, binding: Binding) -> None:
    with open_ledger(tmp_path, BINDING):
        pass
    with pytest.raises(InputError, match="belongs to another plan"), open_ledger(tmp_path, binding):
        pass


ELSEWHERE = replace(BINDING, url="https://elsewhere/Links")


@pytest.mark.parametrize("outcome", Outcome)
def test_another_url_is_only_for_what_came_to_nothing(tmp_path: Path, outcome: Outcome) -> None:
    with open_ledger(tmp_path, BINDING) as ledger:
        ledger.sending(1, 500)
        ledger.broken(1, outcome, "")
    if outcome is Outcome.NOT_SENT:
        with open_ledger(tmp_path, ELSEWHERE):
            pass
        assert read_ledger(tmp_path).binding == ELSEWHERE
    else:
        with pytest.raises(InputError, match="was sent to https://api"), open_ledger(tmp_path, ELSEWHERE):
            pass


def test_one_run_at_a_time(tmp_path: Path) -> None:
    with (
        open_ledger(tmp_path, BINDING),
        pytest.raises(OutputError, match="another run is sending this plan"),
        open_ledger(tmp_path, BINDING),
    ):
        pass
    with open_ledger(tmp_path, BINDING):
        pass


HOLD = """
import sys
from allocator.account.ledger import Binding, open_ledger
with open_ledger(sys.argv[1], Binding("a1", "b2", 3, "https://api.iovox.com:444/Links")) as ledger:
    ledger.sending(1, 500)
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_ends_with_its_process(tmp_path: Path, end: signal.Signals) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(OutputError, match="another run"), open_ledger(tmp_path, BINDING):
            pass
        assert read_ledger(tmp_path).standing(1).outcome is Outcome.IN_DOUBT
        holder.send_signal(end)
        holder.wait()
    with open_ledger(tmp_path, BINDING) as ledger:
        assert ledger.standing(1).outcome is Outcome.IN_DOUBT


FULL = """
import resource, signal, sys
from allocator.errors import OutputError
from allocator.account.ledger import Binding, Outcome, open_ledger
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    with open_ledger(sys.argv[1], Binding("a1", "b2", 3, "https://api.iovox.com:444/Links")) as ledger:
        print("opened")
        for batch in (1, 2, 3):
            ledger.sending(batch, 500)
            print("sending", batch)
            ledger.answered(batch, 204, Outcome.ATTACHED, None)
            print("answered", batch)
except OutputError as error:
    print(error)
"""


@pytest.mark.parametrize("size", [0, 100, 250, 300, 400])
def test_a_full_disk_stops_a_run_before_what_it_can_not_note(tmp_path: Path, size: int) -> None:
    """The file may not grow beyond a size; what was said to be noted is, and the rest can be gone on from."""
    command = [sys.executable, "-c", FULL, str(tmp_path), str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    *noted, error = done.stdout.splitlines()
    assert "ledger.jsonl: it can't be written (" in error
    lines = (tmp_path / LEDGER).read_text(encoding="utf-8").count("\n")
    assert lines == len(noted)
    with open_ledger(tmp_path, BINDING) as ledger:
        for batch in (1, 2, 3):
            ledger.sending(batch, 500)
            ledger.answered(batch, 204, Outcome.ATTACHED, None)
    assert {one.outcome for one in read_ledger(tmp_path).standings.values()} == {Outcome.ATTACHED}


@pytest.mark.parametrize("name", [LEDGER, "ledger.lock"])
def test_a_place_that_can_not_be_written(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises((OutputError, InputError), match=r"can't be (written|read) \(Is a directory\)"):
        fill(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_not_ours(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="Permission denied"):
        fill(tmp_path)
