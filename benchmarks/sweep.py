"""Time a sweep of 100 scenarios at 200,000 links: `python -m benchmarks.sweep`.

Ten stocks (the case's own, and nine with numbers added and removed in the largest area codes) by ten fallback
distances, planned by the API's rule with two workers and each compared with the first. The time is that of the whole
process, which reads CSV and writes all files of all scenarios. Then a sweep is killed half-way and resumed, and another
runs with one worker; the files must be the same each time.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.instances import Case, case
from benchmarks.processes import ROOT, run

SIZE = 200_000
WORKERS = 2
KM = (0, 2, 5, 10, 15, 20, 30, 40, 60, 80)
STOCKS = 10
AREA_CODES = (20, 121, 161, 113, 117, 141, 131, 151, 115)
TARGET_S = 60.0


def scenarios(of: Case) -> str:
    """Write the TOML of a sweep.

    Parameters
    ----------
    of
        The links and the stock.
    """
    lines = [f'links = "{of.links}"', f'stock = "{of.stock}"']
    for place in range(STOCKS):
        lines += ["", "[[scenario]]", f'name = "stock-{place}"', f"fallback_km = {list(KM)}"]
        if place:
            more, fewer = AREA_CODES[place - 1], AREA_CODES[place % len(AREA_CODES)]
            lines += [f'add = {{ "{more}" = {200 * place} }}', f'remove = {{ "{fewer}" = {10 * place} }}']
    return "\n".join(lines) + "\n"


def command(file: Path, output: Path, workers: int) -> list[str | Path]:
    """Return the command that runs a sweep."""
    return [sys.executable, "-m", "allocator", "whatif", "run", file, "--output", output, "--workers", str(workers)]


def digest(folder: Path) -> str:
    """Return a SHA-256 over the names and contents of all files in a folder."""
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(f"{path.relative_to(folder).as_posix()}\n".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def stopped_half_way(file: Path, output: Path, after: int) -> int:
    """Run a sweep, kill it once this number of scenarios is finished, and return how many there are."""
    process = subprocess.Popen(command(file, output, WORKERS), cwd=ROOT, stdout=subprocess.DEVNULL)
    while process.poll() is None and _finished(output) < after:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return _finished(output)


def _finished(output: Path) -> int:
    folder = output / "scenarios"
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Time a sweep, and check that other ways to run it give the same files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--links", type=int, default=SIZE)
    parser.add_argument("--only-time", action="store_true", help="time one sweep and stop")
    options = parser.parse_args(arguments)
    count = STOCKS * len(KM)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "scenarios.toml"
        file.write_text(scenarios(case(options.links)), encoding="utf-8")
        took = run(command(file, folder / "sweep", WORKERS))
        size = sum(path.stat().st_size for path in (folder / "sweep").rglob("*") if path.is_file())
        met = "met" if took.wall_s <= TARGET_S else "NOT met"
        print(
            f"{count} scenarios at {options.links:,} links, {WORKERS} workers on {os.cpu_count()} cores: "
            f"{took.wall_s:.1f} s ({took.cpu_s:.1f} s of computing, {size / 1e9:.1f} GB written); "
            f"at most {TARGET_S:g} s: {met}"
        )
        if options.only_time:
            return
        expected = digest(folder / "sweep")
        shutil.rmtree(folder / "sweep")
        there = stopped_half_way(file, folder / "sweep", count // 2)
        rest = run(command(file, folder / "sweep", WORKERS))
        assert digest(folder / "sweep") == expected
        print(f"killed after {there} scenarios and resumed: {rest.wall_s:.1f} s, the same files")
        shutil.rmtree(folder / "sweep")
        alone = run(command(file, folder / "sweep", 1))
        assert digest(folder / "sweep") == expected
        print(f"one worker: {alone.wall_s:.1f} s, the same files")


if __name__ == "__main__":
    main()
