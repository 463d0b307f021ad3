"""What the tests of sending share: a plan's folder, a server that breaks, and a key in the environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from allocator.account.endpoint import KEY, USERNAME
from tests.support.breaking import Breaking, breaking
from tests.support.sent_plan import NAME, NUMBERS, SECRET, write_plan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_plan(tmp_path / "plan")


@pytest.fixture
def server() -> Iterator[Breaking]:
    with breaking(dict.fromkeys(NUMBERS)) as running:
        yield running


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(USERNAME, NAME)
    monkeypatch.setenv(KEY, SECRET)
