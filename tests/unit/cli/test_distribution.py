"""Another distribution whose import name is ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from allocator.cli import app as command
from allocator.cli import distribution
from tests.unit.cli.screen import run
from tests.unit.cli.test_app import ended

CHECKOUT = Path(__file__).parents[3]
ADVICE = (
    "another package, allocator 1.2.0, is installed too. It and voxnumber-allocator overwrite each other's files. "
    "Uninstall both (pip uninstall allocator voxnumber-allocator), then install from the folder of the clone again: "
    "pip install ."
)


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages in which `allocator` 1.2.0 is installed."""
    info = tmp_path / "allocator-1.2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: allocator\nVersion: 1.2.0\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_alone_nothing_is_said() -> None:
    assert distribution.clash() is None
    assert len(run("--version").stdout.splitlines()) == 1


@pytest.mark.usefixtures("other")
def test_the_version_names_the_other() -> None:
    done = run("--version")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[1:] == [f"Warning: {ADVICE}"]


@pytest.mark.usefixtures("other")
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ModuleNotFoundError("No module named 'allocator.tables'", name="allocator.tables"), 2),
        (ImportError("cannot import name 'plan' from 'allocator'", name="allocator"), 2),
        (AttributeError("module 'allocator' has no attribute 'plan'", name="plan", obj=distribution), 2),
        (ModuleNotFoundError("No module named 'httpx'", name="httpx"), 70),
        (AttributeError("'int' object has no attribute 'plan'", name="plan", obj=3), 70),
        (RuntimeError("odd"), 70),
    ],
)
def test_a_missing_part_of_ours_names_the_other(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(error, monkeypatch) == code
    printed = capsys.readouterr().err
    assert (printed == f"allocator: {error}: {ADVICE}\n") is (code == 2)


def test_a_missing_part_of_ours_is_a_fault_when_there_is_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ended(ImportError("odd", name="allocator"), monkeypatch) == 70


def test_a_module_that_the_other_has_replaced_is_named_while_the_command_loads(other: Path) -> None:
    program = (
        f"import sys, types; sys.path[:0] = [{str(CHECKOUT)!r}, {str(other)!r}]\n"
        "sys.modules['allocator.errors'] = types.ModuleType('allocator.errors')\nimport allocator.cli"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"allocator: {ADVICE}"


def test_no_other_command_looks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise AssertionError

    monkeypatch.setattr(command, "clash", refuse)
    monkeypatch.setattr(distribution, "clash", refuse)
    assert run("lookup", "M1").exit_code == 0
