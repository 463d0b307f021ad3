"""The wheel in an empty environment: it installs, finds its data, and plans the example from any folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).parents[2]
EXAMPLES = CHECKOUT / "data" / "examples"
BUDGET_BYTES = 8_000_000


def run(*command: str | Path, cwd: Path, expect: int = 0) -> str:
    """Run a command that cannot see the checkout, and return what it printed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == expect, f"{done.args} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the package as for publishing: the source distribution from the checkout, the wheel from that."""
    folder = tmp_path_factory.mktemp("packages")
    run(sys.executable, "-m", "build", "--outdir", folder, CHECKOUT, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def bin_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment with the wheel and its dependencies only, and return the folder of its programs."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", folder, cwd=folder)
    run(folder / "bin" / "pip", "install", "--quiet", wheel, cwd=folder)
    return folder / "bin"


def test_what_is_in_it(wheel: Path) -> None:
    manifest = tomllib.loads((CHECKOUT / "data" / "MANIFEST.toml").read_text(encoding="utf-8"))
    with zipfile.ZipFile(wheel) as archive:
        sizes = {entry.filename: entry.compress_size for entry in archive.infolist()}
        metadata = message_from_bytes(archive.read(next(name for name in sizes if name.endswith("/METADATA"))))
    assert {f"allocator/_data/{name}" for name in manifest["files"]} <= set(sizes)
    assert "allocator/py.typed" in sizes
    assert metadata.get_all("License-File") == ["LICENSE", "data/LICENSE"]
    assert sum("/licenses/" in name for name in sizes) == 2
    assert not [name for name in sizes if "builders" in name or name.startswith(("tests", "benchmarks"))]


def test_the_bundled_data_is_within_its_budget(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        data = [entry for entry in archive.infolist() if entry.filename.startswith("allocator/_data/")]
    assert sum(entry.compress_size for entry in data) <= BUDGET_BYTES


def test_it_finds_its_own_data(bin_folder: Path, tmp_path: Path) -> None:
    program = "from allocator.places import dataset as d; [d.read_bundled(name) for name in d.manifest()['files']]"
    ask = f"{program}; print(d.DATA_FOLDER)"
    folder = run(bin_folder / "python", "-c", ask, cwd=tmp_path).strip()
    assert Path(folder).is_relative_to(bin_folder.parent)


def test_it_looks_up(bin_folder: Path, tmp_path: Path) -> None:
    printed = run(bin_folder / "allocator", "lookup", "SW1A0AA", "M1", cwd=tmp_path)
    assert "SW1A 0AA" in printed
    assert "London" in printed
    assert "Manchester" in printed


def test_it_says_what_is_near(bin_folder: Path, tmp_path: Path) -> None:
    assert "London" in run(bin_folder / "allocator", "nearest", "SW1A", "--within", "20", cwd=tmp_path)


def test_it_plans_the_example_as_the_checkout_does(bin_folder: Path, tmp_path: Path) -> None:
    import allocator

    links, stock, output = EXAMPLES / "links.csv", EXAMPLES / "stock.csv", tmp_path / "plan"
    options = ("--links", links, "--stock", stock, "--fallback-km", "20", "--output", output)
    run(bin_folder / "allocator", "plan", *options, cwd=tmp_path, expect=1)  # the example has shortages
    summary = json.loads((output / "summary.json").read_text(encoding="utf-8"))
    expected = allocator.plan(links, stock, fallback_km=20)
    assert summary["result"]["assignments_sha256"] == expected.digest
    assert summary["links"]["unassigned"] == expected.unassigned.height > 0
    link_id = expected.unassigned["link_id"][0]
    assert expected.unassigned["message"][0] in run(
        bin_folder / "allocator", "explain", output, link_id, cwd=tmp_path
    ).replace("\n", " ")


def test_its_examples_are_found_in_the_package(bin_folder: Path, tmp_path: Path) -> None:
    ask = "from allocator.places import dataset as d; print(*(p.name for p in d.data_path('examples').iterdir()))"
    assert {"links.csv", "stock.csv"} <= set(run(bin_folder / "python", "-c", ask, cwd=tmp_path).split())
