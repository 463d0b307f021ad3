"""What the command prints, as plain lines (end to end it is held by tests/end_to_end)."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import polars as pl
import pytest

import allocator
from allocator import Reason
from allocator.cli import terminal
from allocator.errors import PostcodeError

LINKS = pl.DataFrame(
    {
        "link_id": ["postcode", "fallback", "short", "area", "city", "region", "country", "number", "unreadable"],
        "postcode": ["SW1A 0AA", "SL1 1AA", "TR1 1AA", None, None, None, None, None, "SW1A"],
        "area_code": [None, None, None, "212", "212", "212", "212", None, None],
        "voxnumber_idd": [None, None, None, "1", "1", "1", "1", None, None],
        "fallback_city": [None, None, None, None, "TRUE", None, None, None, None],
        "fallback_region": [None, None, None, None, None, "TRUE", None, None, None],
        "fallback_country": [None, None, None, None, None, None, "TRUE", None, None],
        "full_voxnumber": [None, None, None, None, None, None, None, "448451570001", None],
    }
)
STOCK = pl.DataFrame(
    {
        "full_voxnumber": [
            "442079460000", "441895960000", "448451570001", "12125550101", "16465550102", "15185550103", "13125550104"
        ]
    }
)  # fmt: skip


class Terminal(io.StringIO):
    """Standard output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def plan() -> allocator.Plan:
    return allocator.plan(LINKS, STOCK, fallback_km=30)


def test_the_counts_are_those_of_the_tables(plan: allocator.Plan) -> None:
    counted = terminal._assigned(plan.summary["assigned"])
    tables = plan.assignments.group_by("method", "fallback").len().rows()
    assert counted == {(method, fallback): number for method, fallback, number in tables}
    assert set(counted) == set(terminal._ASSIGNED)


def test_every_reason_has_its_words() -> None:
    assert all(reason.words for reason in Reason)


def test_a_plan_prints_as_plain_lines(plan: allocator.Plan, capsys: pytest.CaptureFixture[str]) -> None:
    terminal.show_plan(plan, Path("where[red]it\nis"))
    printed = capsys.readouterr().out
    assert printed.splitlines()[0] == "Plan of 9 links, each outcode from one area code, fallback 30 km"
    assert "1  unassigned" in printed
    assert "Where links find no stock in reach, by their own area code: 01872 Truro (1)" in printed
    assert "1 row of the links can't be read, see rejected.csv" in printed
    assert printed.splitlines()[-1] == r"Written to 'where[red]it\nis'"
    assert printed.isascii()


def test_places_print_one_to_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = PostcodeError("!", (0, 1), "no postcode")
    given = ["sw1a0aa", "M1 9ZZ", "GIR 0AA", "MK99", "ZE1\t3"]
    terminal.show_places([*map(allocator.lookup, given), wrong])
    printed = capsys.readouterr()
    header, *lines = printed.out.splitlines()
    assert header.split() == ["given", "is", "exists", "latitude", "longitude", "area", "code", "postcodes"]
    assert [line[: header.index("is")].strip() for line in lines] == [
        "sw1a0aa",
        "M1 9ZZ",
        "GIR 0AA",
        "MK99",
        r"'ZE1\t3'",
    ]
    assert lines[0].split()[1:5] == ["postcode", "SW1A", "0AA", "yes"]
    assert "no, but its outcode does" in lines[1]
    assert "none, not geographic" in lines[2]
    assert printed.err == "allocator: '!': no postcode\n"


def test_only_a_terminal_gets_a_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "60")
    terminal.show_places([allocator.lookup("ZE1"), allocator.lookup("SW1A 0AA")])
    assert "─" in screen.getvalue()
    assert "-1.168751" in screen.getvalue()  # numbers are never cut


def test_progress_shows_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal.progress() as tell:
        assert tell is None
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with terminal.progress() as tell:
        assert tell is not None
        tell("Planning")
    assert "Planning" in screen.getvalue()


def test_streams_that_are_closed_take_what_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    terminal.prepare()
    opened = sys.stdin, sys.stdout, sys.stderr
    sys.stdout.write("to nobody")
    assert sys.stdin.read() == ""
    for stream in opened:
        stream.close()


def test_a_terminal_is_not_flooded_with_reasons() -> None:
    links = pl.DataFrame({"link_id": [str(number) for number in range(50)], "postcode": ["W11 3EP"] * 50})
    plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    seen, kept = Terminal(), io.StringIO()
    terminal.show_reasons(plan, seen)
    terminal.show_reasons(plan, kept)
    assert len(kept.getvalue().splitlines()) == 51
    assert seen.getvalue().splitlines()[:21] == kept.getvalue().splitlines()[:21]
    assert "and 30 more" in seen.getvalue().splitlines()[21]
