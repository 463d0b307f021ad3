"""`allocator report` writes what `allocator.report` makes, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import allocator
from allocator import report
from allocator.cli import reporting
from allocator.cli.app import app
from allocator.errors import InputError, OptionError, OutputError
from allocator.report.scene import LAYERS
from tests.support.reports import ANSWERS, EXAMPLES, what_if


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "example"
    allocator.plan(EXAMPLES / "links.csv", EXAMPLES / "stock.csv", fallback_km=20, output=folder)
    return folder


@pytest.fixture(scope="module")
def best(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "best"
    allocator.plan(EXAMPLES / "links.csv", EXAMPLES / "stock.csv", fallback_km=20, strategy="optimal", output=folder)
    return folder


def command(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["report", *map(str, arguments)])


def test_the_command_writes_the_page_and_the_map(example: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    page_path, map_path = tmp_path / "made.html", tmp_path / "made.svg"
    done = command(example, "--output", page_path, "--map", map_path, "--layer", "missing")
    assert (done.exit_code, done.exception) == (0, None)
    assert page_path.read_bytes() == report.page(example).content
    assert b"No number in reach" in map_path.read_bytes()
    assert done.stdout.splitlines() == [f"Written to {page_path}", f"Written to {map_path}"]


def test_the_command_compares_two_plans(example: Path, best: Path, tmp_path: Path) -> None:
    done = command(example, best, "--output", tmp_path / "made.html")
    assert done.exit_code == 0
    assert (tmp_path / "made.html").read_bytes() == report.page(example, best).content


def test_the_command_refuses_before_it_writes_anything(example: Path, best: Path, tmp_path: Path) -> None:
    path = tmp_path / "made.html"
    for arguments, kind in (
        ((tmp_path,), InputError),
        ((example, "--map", tmp_path / "map.pdf"), OptionError),
        ((example, "--map", tmp_path / "map.png", "--layer", "heat"), SystemExit),
        ((example, best, "--map", tmp_path / "map.png"), InputError),
    ):
        done = command(*arguments, "--output", path)
        assert isinstance(done.exception, kind)
        assert list(tmp_path.iterdir()) == []
    path.write_text("kept", encoding="utf-8")
    assert isinstance(command(example, "--output", path).exception, OutputError)
    assert path.read_text(encoding="utf-8") == "kept"
    assert command(example, "--output", path, "--force").exit_code == 0
    assert path.read_bytes() == report.page(example).content


def test_a_map_of_an_answer_is_refused(tmp_path: Path) -> None:
    folder = what_if(tmp_path / "buy", "buy", ANSWERS["buy"])
    done = command(folder, "--output", tmp_path / "made.html", "--map", tmp_path / "map.svg")
    assert isinstance(done.exception, InputError)
    assert not (tmp_path / "made.html").exists()


def test_a_layer_without_a_map_is_refused(example: Path, tmp_path: Path) -> None:
    done = command(example, "--output", tmp_path / "made.html", "--layer", "missing")
    assert isinstance(done.exception, OptionError)
    assert "Add --map too." in str(done.exception)
    assert [layer.value for layer in reporting.MapLayer] == list(LAYERS)
    assert not (tmp_path / "made.html").exists()
