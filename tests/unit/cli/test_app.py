"""How the command ends."""

from __future__ import annotations

import signal

import pytest
import typer

from allocator.cli import app as command
from allocator.cli import terminal
from allocator.errors import AllocatorError
from tests.unit.cli.screen import run


def ended(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> object:
    """The exit code of a command that ends with an error."""

    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(command, "app", fail)
    monkeypatch.setattr(terminal, "prepare", lambda: None)
    monkeypatch.setattr(command, "_handle_signals", lambda: None)
    with pytest.raises(SystemExit) as exit_code:
        command.main()
    return exit_code.value.code


def test_an_error_of_ours_is_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(AllocatorError("odd", remedy="Mend it."), monkeypatch) == 2
    assert capsys.readouterr().err == "allocator: odd. Mend it.\n"


def test_a_fault_has_a_code_of_its_own(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(RuntimeError("odd"), monkeypatch) == 70
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "RuntimeError: odd",
        "allocator: this is a fault in allocator itself. Please report it with the lines above.",
    ]


def test_a_full_disk_is_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(terminal, "discard_output", lambda: None)
    assert ended(OSError(28, "No space left on device"), monkeypatch) == 2
    assert capsys.readouterr().err == "allocator: standard output: it can't be written (No space left on device)\n"
    assert ended(OSError(2, "odd"), monkeypatch) == 70


def test_an_interrupt_has_the_code_of_its_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ended(KeyboardInterrupt(), monkeypatch) == 128 + signal.SIGINT
    assert ended(command._Stopped(signal.SIGTERM), monkeypatch) == 128 + signal.SIGTERM


def test_an_interrupt_says_what_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, command.interruptible(lambda: "3 of 4 done"):
        raise KeyboardInterrupt
    assert ended.value.exit_code == 128 + signal.SIGINT
    assert capsys.readouterr().err == "allocator: interrupted, 3 of 4 done\n"


def test_a_second_signal_does_not_interrupt_the_first() -> None:
    with pytest.raises(command._Stopped):
        command._stop(signal.SIGTERM, None)
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt:
        command._stop(signal.SIGTERM, None)


def test_a_wrong_value_is_answered_with_the_nearest() -> None:
    done = run("plan", "--links", "a", "--stock", "b", "--output", "c", "--grouping", "togethr")
    assert done.exit_code == 2
    assert "'togethr' is not one of 'together', 'split'. Did you mean 'together'?" in done.stderr
