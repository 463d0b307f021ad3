"""Ctrl-C while the command loads."""

from __future__ import annotations

import sys

import pytest

from allocator.cli.interrupts import is_command


@pytest.mark.parametrize(
    ("words", "original", "command"),
    [
        (["/usr/bin/allocator", "plan"], [], True),
        ([r"allocator.exe"], [], True),
        (["/x/allocator/__main__.py"], ["python", "-m", "allocator"], True),
        (["pytest"], ["python", "-m", "pytest"], False),
        ([], [], False),
    ],
)
def test_what_is_the_command(
    words: list[str], original: list[str], command: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", words)
    monkeypatch.setattr(sys, "orig_argv", original)
    assert is_command() is command
