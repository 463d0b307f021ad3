"""Run all benchmarks and write their figures into the README beside this file: `python benchmarks/run.py`.

With `--json FILE` it runs nothing and writes the figures of an earlier run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
README = FOLDER / "README.md"
RESULT = FOLDER.parent / "build" / "benchmarks" / "result.json"
BEGIN, END = "<!-- figures: written by run.py -->", "<!-- end of figures -->"
LIBRARIES = ("numpy", "polars", "ortools", "networkx", "lxml", "pandas", "pytest-benchmark")
SMALL, MIDDLE, LARGE = "10000", "100000", "1000000"
GIGABYTE = 1e9
# With a higher load than this before the run, the figures are not worth keeping.
QUIET = 0.5


@dataclass(frozen=True)
class Figure:
    """A row of the table.

    Attributes
    ----------
    what, against
        What was measured, and what it is compared with.
    measured, reference
        Both as printed; the reference may be empty.
    shown
        The ratio of the two as printed, or the measure itself where there is no reference.
    target
        The target as printed; empty where there is none.
    met
        Whether the target is met; None where there is none.
    """

    what: str
    measured: str
    against: str
    reference: str
    shown: str
    target: str = ""
    met: bool | None = None

    def __str__(self) -> str:
        verdict = {True: "met", False: "**not met**", None: ""}[self.met]
        cells = (self.what, self.measured, self.against, self.reference, self.shown, self.target, verdict)
        return f"| {' | '.join(cells)} |"


class Results:
    """The results that pytest-benchmark wrote."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.machine: dict[str, Any] = content["machine_info"]
        self.day = str(content["datetime"])[:10]
        self._of = {each["name"]: each for each in content["benchmarks"]}

    def median_s(self, name: str) -> float:
        """Return the median of a benchmark's rounds, seconds."""
        return float(self._of[name]["stats"]["median"])

    def noted(self, name: str, key: str) -> float:
        """Return a figure that a benchmark noted beside its time."""
        return float(self._of[name]["extra_info"][key])

    def compare(self, what: str, name: str, against: str, reference: str, at_most: float | None) -> Figure:
        """Return how many times as long one benchmark took as another."""
        one, other = self.median_s(name), self.median_s(reference)
        met = None if at_most is None else one <= at_most * other
        target = "" if at_most is None else f"≤ {at_most:g} ×"
        return Figure(what, seconds(one), against, seconds(other), f"{one / other:.2f} ×", target, met)

    def faster(self, what: str, name: str, against: str, reference: str, at_least: float | None) -> Figure:
        """Return how many times faster one benchmark was than another."""
        one, other = self.median_s(name), self.median_s(reference)
        met = None if at_least is None else other >= at_least * one
        target = "" if at_least is None else f"≥ {at_least:g} × faster"
        return Figure(what, seconds(one), against, seconds(other), f"{other / one:,.0f} × faster", target, met)


def seconds(duration_s: float) -> str:
    """Write a duration in three digits, in seconds or milliseconds."""
    scaled, unit = (duration_s, "s") if duration_s >= 1 else (duration_s * 1000, "ms")
    return f"{scaled:.{max(0, 2 - (scaled >= 10) - (scaled >= 100))}f} {unit}"


def figures(results: Results) -> Iterator[Figure]:
    """Yield the rows of the table."""
    yield from core_figures(results)
    yield from process_figures(results)
    yield from best_figures(results)
    yield from wire_figures(results)
    one_import = "`import numpy, polars`"
    of_import = "test_import[numpy, polars]"
    yield results.compare("`import allocator`", "test_import[allocator]", one_import, of_import, 1.5)
    first = "`import allocator` and a first `lookup`"
    yield results.compare(first, "test_import[lookup]", one_import, of_import, 2)
    engine = "`allocator.plan`, 10 thousand links, tables in memory"
    script = "script of a user, a function applied to the rows"
    yield results.faster(engine, "test_engine", script, "test_naive", 500)
    yield results.faster("the same", "test_engine", "the script in plain loops", "test_naive_in_plain_loops", None)


def core_figures(results: Results) -> Iterator[Figure]:
    """Compare the planning core with a sort."""
    sort = '`np.argsort(kind="stable")` of the codes'
    core, million = "planning core, 1 million links", f"[{LARGE}]"
    yield results.compare(core, f"test_core{million}", sort, f"test_argsort{million}", 4)
    pooled = "the same, and the stock put in its pools"
    yield results.compare(pooled, f"test_core_with_pools{million}", sort, f"test_argsort{million}", None)


def process_figures(results: Results) -> Iterator[Figure]:
    """Compare the command with the floor, and give its time, memory and growth."""
    names = {SMALL: "10 thousand", MIDDLE: "100 thousand", LARGE: "1 million"}
    for size, name in names.items():
        what = f"`allocator plan`, {name} links"
        target = 2 if size == LARGE else None
        yield results.compare(what, f"test_plan[{size}]", "floor", f"test_floor[{size}]", target)
    took, peak = results.median_s(f"test_plan[{LARGE}]"), results.noted(f"test_plan[{LARGE}]", "peak_bytes")
    yield Figure("its time at 1 million", seconds(took), "", "", seconds(took), "≤ 5 s", took <= 5)
    floor_peak = results.noted(f"test_floor[{LARGE}]", "peak_bytes")
    memory, floor_memory = gigabytes(peak), gigabytes(floor_peak)
    yield Figure("its memory at 1 million", memory, "floor", floor_memory, memory, "≤ 1 GB", peak <= GIGABYTE)
    tenth = results.median_s(f"test_plan[{MIDDLE}]")
    growth, ten = "its growth, 100 thousand to 1 million", "ten times the links"
    yield Figure(growth, seconds(took), ten, seconds(tenth), f"{took / tenth:.1f} ×", "≤ 10 ×", took <= 10 * tenth)


def best_figures(results: Results) -> Iterator[Figure]:
    """Compare the best plan with the rule's and its solver with others, and give its gap when groups stay together."""
    what = "`allocator plan --strategy optimal --grouping split`, 1 million links"
    yield results.compare(what, "test_strategy[optimal]", "`--strategy rule`", "test_strategy[rule]", 1.5)
    step = "its solver: the only best plan, and prices that prove it"
    yield results.compare(step, "test_solver", "one `SimpleMinCostFlow` of OR-tools", "test_ortools", 1.5)
    yield results.faster("the same", "test_solver", "`networkx.network_simplex`", "test_networkx", 20)
    yield results.faster("the same", "test_solver", "HiGHS (`scipy.optimize.linprog`)", "test_highs", None)
    for km, target in ((20, 0.005), (50, 0.01)):
        name = f"test_together[{km}.0]"
        took, gap = results.median_s(name), results.noted(name, "gap")
        what = f"groups together, 1 million links, {km} km: time"
        yield Figure(what, seconds(took), "", "", seconds(took), "≤ 60 s", took <= 60)
        yield Figure("the same: proven gap", "", "", "", f"{gap:.2%}", f"≤ {target:.1%}", gap <= target)


def wire_figures(results: Results) -> Iterator[Figure]:
    """Compare reading requests with lxml, and writing them with writing their bytes."""
    bare = "lxml's bare `iterparse` of the same file"
    for method in ("BY VOXNUMBER", "BY POSTCODE"):
        of_lxml = f"test_iterparse[{method}]"
        what = f"reading a request of 1 million links, {method}"
        yield results.compare(what, f"test_read_request[{method}]", bare, of_lxml, 1.5)
        yield results.compare("the same, with the lines", f"test_read_request_with_lines[{method}]", bare, of_lxml, 1.5)
        yield results.compare("the same, part by part", f"test_stream_request[{method}]", bare, of_lxml, 1.5)
    what = "requests of 1 million links, from columns to a file"
    yield results.compare(what, "test_format_and_write", "writing their bytes to a file", "test_write_bytes", 8)


def gigabytes(size_bytes: float) -> str:
    """Write a size in units of 10⁹ bytes."""
    return f"{size_bytes / GIGABYTE:.2f} GB"


def table(results: Results) -> str:
    """Write the table, with the date and the machine."""
    cpu = results.machine.get("cpu", {})
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    machine = f"{cpu.get('brand_raw', platform.machine())}, {os.cpu_count()} cores, {platform.system()}"
    python = f"Python {results.machine['python_version']}"
    head = "| measured | median | against | median | ratio | target | |\n|---|--:|---|--:|--:|---|---|"
    rows = "\n".join(str(figure) for figure in figures(results))
    return f"{results.day}, {machine}; {python}, {libraries}.\n\n{head}\n{rows}\n"


def measure() -> None:
    """Run all benchmarks in one go."""
    load = os.getloadavg()[0]
    if load > QUIET:
        print(f"The machine is busy (load {load:.1f}): do not keep these figures.", file=sys.stderr)
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    options = ("--benchmark-enable", "--benchmark-only", f"--benchmark-json={RESULT}", "--benchmark-columns=median,iqr")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(FOLDER), *options]
    subprocess.run(command, cwd=FOLDER.parent, check=True)


def main() -> None:
    """Write the table of a new run or of an earlier one."""
    parser = argparse.ArgumentParser(prog="python benchmarks/run.py", description=__doc__)
    parser.add_argument("--json", type=Path, help="figures of an earlier run")
    options = parser.parse_args()
    if options.json is None:
        measure()
    written = table(Results(json.loads((options.json or RESULT).read_text(encoding="utf-8"))))
    text = README.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    README.write_text(f"{before}{BEGIN}\n\n{written}\n{END}{after}", encoding="utf-8")
    print(written)


if __name__ == "__main__":
    main()
