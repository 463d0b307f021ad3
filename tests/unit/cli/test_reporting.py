"""report (tests/unit/report and tests/end_to_end look at what it writes)."""

from __future__ import annotations

from pathlib import Path

from tests.unit.cli.screen import run


def test_a_page_is_written(folder: Path, tmp_path: Path) -> None:
    done = run("report", folder, "--output", tmp_path / "plan.html")
    assert (done.exit_code, done.stdout) == (0, f"Written to {tmp_path / 'plan.html'}\n")
    assert (tmp_path / "plan.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    again = run("report", folder, "--output", tmp_path / "plan.html")
    assert "exists already" in str(again.exception)


def test_a_layer_needs_a_map(folder: Path, tmp_path: Path) -> None:
    done = run("report", folder, "--output", tmp_path / "plan.html", "--layer", "left")
    assert "--map" in str(done.exception)
    assert not (tmp_path / "plan.html").exists()
