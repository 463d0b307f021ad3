"""Streams, progress bars, tables and JSON (tests/end_to_end has real terminals and pipes)."""

from __future__ import annotations

import json
import sys

import polars as pl
import pytest

from allocator.cli import terminal
from allocator.cli.terminal import Table
from allocator.errors import OutputError
from tests.unit.cli.screen import Screen

TABLE = Table(("link", "km"), (("a", "7.25"), ("b[red]", "12345678901234567890.5")), frozenset({"km"}))


def test_streams_that_are_closed_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    terminal.prepare()
    opened = sys.stdin, sys.stdout, sys.stderr
    sys.stdout.write("to nobody")
    assert sys.stdin.read() == ""
    for stream in opened:
        stream.close()


def test_an_output_without_room_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "discard_output", lambda: None)
    with pytest.raises(OutputError, match=r"standard output: it can't be written \(No space left"), terminal.printing():
        raise OSError(28, "No space left on device")


def test_a_reader_that_has_left_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "discard_output", lambda: None)
    with terminal.printing():
        raise BrokenPipeError


def test_progress_shows_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal.progress() as progress, terminal.bar("Starting") as update:
        assert (progress, update) == (None, None)
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    with terminal.progress(2) as progress:
        assert progress is not None
        progress("Planning")
    assert "Planning" in screen.getvalue()


def test_a_bar_counts_what_can_be_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    with terminal.bar("Starting") as update:
        assert update is not None
        update("Batch 3", 3, 7)
    assert "Batch 3" in screen.getvalue()
    assert "3/7" in screen.getvalue()
    with terminal.busy("Reading"):
        pass
    assert "Reading" in screen.getvalue()


def test_a_table_elsewhere_is_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.show("title", TABLE)
    assert capsys.readouterr().out.splitlines() == [
        "title",
        "link                        km",
        "a                         7.25",
        "b[red]  12345678901234567890.5",
    ]


def test_a_terminal_gets_frames_and_whole_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "30")
    terminal.show("title [red]", TABLE)
    assert "title [red]" in screen.getvalue()
    assert "─" in screen.getvalue()
    assert "12345678901234567890.5" in screen.getvalue()


def test_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.show_json({"é": 1}, {"rows": [{"a": 1}], "table": pl.DataFrame({"b": [2]})})
    assert json.loads(capsys.readouterr().out) == {"é": 1, "rows": [{"a": 1}], "table": [{"b": 2}]}


def test_what_would_upset_a_terminal_is_escaped() -> None:
    assert terminal.printable("café") == "café"
    assert terminal.printable("a\x1b[2J") == "'a\\x1b[2J'"
