"""The builders' command line: what it writes, compares, and says when a source is missing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from allocator.places import dataset
from data.builders import coverage, maps, positions
from data.builders.__main__ import main
from data.builders.build import Build
from tests.unit.builders.test_accuracy import held_out
from tests.unit.builders.test_tables import postcodes

NAMES = ("area_codes.csv", "area_codes.geojson", "outcodes.csv", "postcodes.bin", "reach.bin", "MANIFEST.toml")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in NAMES:
        shutil.copy(dataset.data_path(name), tmp_path)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in NAMES}


def test_the_distances_are_those_of_the_tables(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output", str(copy), "--only", "reach.bin", "--check"]) == 0
    assert "reach.bin: the same" in capsys.readouterr().out


def test_a_check_tells_what_differs_and_writes_nothing(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "reach.bin").write_bytes(b"")
    assert main(["--output", str(copy), "--only", "reach.bin", "--check"]) == 1
    assert "reach.bin: DIFFERENT" in capsys.readouterr().out
    assert (copy / "reach.bin").read_bytes() == b""
    assert main(["--output", str(copy), "--only", "reach.bin"]) == 0
    assert contents(copy) == contents(dataset.DATA_FOLDER)


def test_a_missing_source_is_told_without_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--sources", str(tmp_path), "--output", str(tmp_path), "--only", "outcodes.csv"]) == 2
    assert "crown_dependency_outcodes.csv can't be read" in capsys.readouterr().err


def test_a_file_that_does_not_exist_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--output", str(tmp_path), "--only", "towns.csv"])
    assert "invalid choice: 'towns.csv'" in capsys.readouterr().err


def test_the_accuracy_is_written_and_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(coverage, "cross_validate", lambda *_: held_out(1))
    monkeypatch.setattr(
        positions, "load", lambda: postcodes(("OX5", "1AA", -1.15, 51.90), ("OX5", "1AB", -1.26, 51.76))
    )
    monkeypatch.setattr(Build, "places", None)
    assert main(["--accuracy", str(tmp_path / "made")]) == 0
    made = {path.name: path.read_text() for path in (tmp_path / "made").iterdir()}
    assert set(made) == {"accuracy.csv", "hexagons.csv", "straddling.csv", "errors.svg", "straddling.svg"}
    assert made["straddling.csv"].splitlines()[1:] == ["OX5,1869,1865,2,1,0.5000,1"]
    printed = capsys.readouterr().out
    assert "observations" in printed
    assert "accuracy.csv: " in printed
    assert main(["--cross-validate"]) == 0
    assert capsys.readouterr().out == printed.split(str(tmp_path))[0]


def test_without_matplotlib_nothing_long_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(maps, "find_spec", lambda _: None)
    assert main(["--accuracy", str(tmp_path)]) == 2
    assert "the maps need matplotlib" in capsys.readouterr().err
