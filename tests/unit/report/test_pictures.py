"""`allocator.report.map`: a picture that shows itself and writes itself."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import polars as pl
import pytest

import allocator
from allocator import report
from allocator.errors import OptionError, OutputError
from allocator.report.scene import LAYERS
from tests.support.reports import STOCK


def written(picture: report.Picture, path: Path) -> bytes:
    return picture.write(path, force=True).read_bytes()


def test_the_map_is_written_as_png_and_svg_the_same_each_time(example: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    picture = report.map(example)
    png, svg = written(picture, tmp_path / "map.png"), written(picture, tmp_path / "map.SVG")
    assert png.startswith(b"\x89PNG")
    assert b"<svg" in svg
    assert b"197 of 298 links" in svg
    assert b"<dc:date>" not in svg
    again = report.map(allocator.read_plan(example))
    assert (png, svg) == (written(again, tmp_path / "again.png"), written(again, tmp_path / "again.svg"))
    with pytest.raises(OutputError, match="exists already"):
        picture.write(tmp_path / "map.png")


def test_a_picture_shows_itself_in_a_notebook(small: allocator.Plan, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    picture = report.map(small, "asked")
    assert repr(picture) == "<Picture: Links: 1 of 2 links have a number>"
    shown = picture._repr_png_()
    assert shown[16:24] == (700).to_bytes(4) + (960).to_bytes(4)
    assert written(picture, tmp_path / "map.png")[16:24] == (1400).to_bytes(4) + (1920).to_bytes(4)
    assert pickle.loads(pickle.dumps(picture))._repr_png_() == shown


def test_the_figure_can_be_changed(small: allocator.Plan, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    picture = report.map(small)
    picture.figure.suptitle("Autumn")
    assert b"Autumn" in written(picture, tmp_path / "map.svg")


def test_a_plan_without_links_can_be_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    links = pl.DataFrame({"link_id": [], "postcode": []}, schema={"link_id": pl.String, "postcode": pl.String})
    plan = allocator.plan(links, STOCK)
    for layer in LAYERS:
        assert b"0 of 0 links" in written(report.map(plan, layer), tmp_path / f"{layer}.svg")


def test_what_can_not_be_drawn_says_so(small: allocator.Plan, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    with pytest.raises(OptionError, match="no such layer"):
        report.map(small, layer="heat")
    with pytest.raises(OptionError, match="PNG or SVG"):
        report.map(small).write(tmp_path / "map.gif")


def test_numbers_left_that_a_folder_does_not_say_are_not_drawn(small: allocator.Plan, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    folder = small.write(tmp_path / "plan")
    (folder / "stock.csv").unlink()
    with pytest.raises(OptionError, match="does not say how many numbers are left"):
        report.map(folder, "left")


def test_without_matplotlib_the_error_says_what_to_install(
    small: allocator.Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(OptionError, match=r"pip install '\.\[report\]'"):
        report.map(small)
