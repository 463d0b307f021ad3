"""serve, before it listens (tests/end_to_end has it listening)."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator import account
from allocator.errors import AllocatorError, OptionError
from tests.unit.cli.screen import run


@pytest.mark.parametrize("option", ["--max-body-mb", "--body-timeout"])
@pytest.mark.parametrize("value", ["0", "-1", "inf", "nan"])
def test_limits_must_be_positive(option: str, value: str, tmp_path: Path) -> None:
    done = run("serve", "--database", tmp_path / "account.sqlite", option, value)
    assert isinstance(done.exception, OptionError)
    assert "is not more than 0" in str(done.exception)


def test_a_missing_library_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise ModuleNotFoundError("No module named 'starlette'", name="starlette.applications")

    monkeypatch.setattr("allocator.account.__getattr__", fail)
    monkeypatch.delitem(vars(account), "Limits", raising=False)  # kept there once it was used
    done = run("serve", "--database", tmp_path / "account.sqlite")
    assert isinstance(done.exception, AllocatorError)
    assert str(done.exception) == (
        "serving needs starlette, which is not installed. "
        "Install it from the folder of the clone: pip install '.[server]'."
    )
