"""The parts of the documentation that are made from the package: `python docs/tables.py` writes them into the pages."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

import allocator
from allocator.places import dataset
from allocator.protocol.catalogue import ROWS

CHECKOUT = Path(__file__).parents[1]
PACKAGE = CHECKOUT / "allocator"
PAGES = CHECKOUT / "docs" / "pages"
COVERAGE = PAGES / "coverage"
WORST = 20
QUARTER = 0.25
MANY_WRONG = 0.12
# Shares of fewer are mostly chance.
ENOUGH_OBSERVATIONS = 50
ENOUGH_POSTCODES = 100


def errors() -> str:
    """The error table of the API's page, with what each row means here; then the errors that only this package has."""
    parts = []
    for on_page, title in ((True, "Errors of the API's page"), (False, "Errors that only this package has")):
        rows = [row for row in ROWS.values() if row.on_page is on_page]
        lines = [f"| {row.status} | {_cell(row.text)} | {_cell(row.when)} | {_cell(row.resolution)} |" for row in rows]
        head = "| | error | when | what to do |\n|--:|---|---|---|"
        parts.append(f"## {title}\n\n{head}\n" + "\n".join(lines))
    return "\n\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def held_out() -> str:
    """How many of the held-out observations lie in the polygon of their area code, and what the goal was."""
    lines = [
        f"| {registers} | {_share_held_out(part)} | {_HELD_OUT[part][1]:g} % |"
        for registers, part in (("clean registers", "| the four clean ones"), ("all registers", "| all"))
    ]
    head = "| observations | in the polygon of their own area code | goal |\n|---|--:|--:|"
    return "\n".join((head, *lines))


def _share_held_out(part: str) -> str:
    """The share of observations in the line of the builders' table that begins with this."""
    text = (CHECKOUT / "data" / "builders" / "README.md").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith(part))
    return line.strip("|").split("|")[-1].strip()


def hexagons() -> str:
    """The map of the errors, in two sentences."""
    table = pl.read_csv(COVERAGE / "hexagons.csv")
    right, many = table.filter(pl.col("wrong") == 0).height, table.filter(pl.col("share") > MANY_WRONG).height
    return (
        f"{table.height} hexagons have enough observations, {table['observations'].sum():,} together. "
        f"In {right} of them, none is in a wrong polygon; in {many}, more than {_percent(MANY_WRONG, 0)} are."
    )


def inaccurate() -> str:
    """The area codes whose observations lie most often in the polygon of another one."""
    table = pl.read_csv(COVERAGE / "accuracy.csv").filter(pl.col("observations") >= ENOUGH_OBSERVATIONS)
    worst = table.sort("share", "area_code", descending=[True, False]).head(WORST)
    lines = [
        f"| {_named(row['area_code'])} | {row['observations']:,} | {row['wrong']:,} | {_percent(row['share'])} "
        f"| {_of_others(row)} |"
        for row in worst.iter_rows(named=True)
    ]
    head = "| area code | observations of its numbers | elsewhere | share | of those in its polygon, others' |"
    return "\n".join((head, "|---|--:|--:|--:|--:|", *lines))


def _of_others(row: dict[str, Any]) -> str:
    return "too few" if row["share_of_others"] is None else _percent(row["share_of_others"])


def straddling() -> str:
    """The outcodes with the greatest share of unit postcodes in the polygon of another area code than their own."""
    table = pl.read_csv(COVERAGE / "straddling.csv")
    most = table.filter(pl.col("in_other") > pl.col("postcodes") - pl.col("elsewhere")).height
    quarter = table.filter(pl.col("share") >= QUARTER).height
    counts = (
        f"{table.height:,} outcodes have at least 1 % of their unit postcodes in the polygon of another area code, "
        f"and {quarter} at least a quarter.\n{most} have more of them in one other polygon than in their own."
    )
    enough = table.filter(pl.col("postcodes") >= ENOUGH_POSTCODES)
    worst = enough.sort("share", "outcode", descending=[True, False]).head(WORST)
    lines = [
        f"| {row['outcode']} | {_named(row['area_code'])} | {row['postcodes']:,} | {_percent(row['share'])} "
        f"| {_named(row['other'])}, {_percent(row['in_other'] / row['postcodes'])} |"
        for row in worst.iter_rows(named=True)
    ]
    head = "| outcode | its area code | unit postcodes | elsewhere | most of these in |"
    return "\n".join((counts, "", head, "|---|---|--:|--:|---|", *lines))


def _percent(share: float, decimals: int = 1) -> str:
    return f"{100 * share:.{decimals}f} %"


def _named(area_code: int) -> str:
    codes = dataset.bundled_area_codes()
    return f"0{area_code} {codes.name[codes.area_code.tolist().index(area_code)]}"


def layers() -> list[str]:
    """The rooms in the order of the contract: each imports only rooms after it."""
    text = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    return [name for contract in contracts if contract["id"] == "rooms" for name in contract["layers"]]


def _home(layer: str) -> Path:
    return PACKAGE / layer if (PACKAGE / layer).is_dir() else PACKAGE / f"{layer}.py"


def _sentence(path: Path) -> str:
    """The first sentence of a module's docstring, on one line; without its full stop."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split()).removesuffix(".")


def rooms() -> str:
    """The tree of rooms, each with what it is for."""
    lines = []
    for layer in layers():
        home = _home(layer)
        name, file = (f"{layer}/", home / "__init__.py") if home.is_dir() else (home.name, home)
        lines.append(f"  {name:<14}{_sentence(file)}")
    return "\n".join(("```text", "allocator/", *lines, "```"))


def modules() -> str:
    """The modules of each room, each with what it is for."""
    parts = []
    for home in map(_home, layers()):
        if home.is_dir():
            files = sorted(path for path in home.rglob("*.py") if path.name != "__init__.py")
            lines = [f"| `{path.relative_to(home).as_posix()}` | {_cell(_sentence(path))} |" for path in files]
            parts.append(f"### {home.name}\n\n| module | |\n|---|---|\n" + "\n".join(lines))
    return "\n\n".join(parts)


def doors() -> str:
    """What each room offers to the others and not to users: its functions and classes."""
    parts = []
    # The command offers nothing, and all that these others offer is public.
    for layer in (layer for layer in layers() if layer not in ("cli", "report", "whatif", "errors")):
        entries = "\n\n".join(f"::: allocator.{layer}.{name}" for name in _internal(layer))
        parts.append(f"## {layer}\n\n{_sentence(PACKAGE / layer / '__init__.py')}.\n\n{entries}")
    return "\n\n".join(parts)


def _internal(layer: str) -> Iterator[str]:
    room = importlib.import_module(f"allocator.{layer}")
    for name in dir(room):
        one = getattr(room, name)
        if name not in dir(allocator) and (inspect.isclass(one) or inspect.isfunction(one)):
            yield name


# The figures of the README: a part of a line in the table of the benchmarks, and what the README calls it.
_FIGURES = {
    "| its time at 1 million": "`allocator plan`, 1 million links, from CSV files to CSV files and requests",
    "| its memory at 1 million": "the same, memory",
    "| `allocator plan`, 1 million links": "the same, beside polars reading and writing the same bytes",
    "| planning core, 1 million links": "planning alone, 1 million links, beside one stable sort of them",
    "| script of a user, a function": "`allocator.plan`, 10 thousand links, beside a user's script in pandas",
    "| `allocator plan --strategy optimal": "the best plan with split groups, beside the plan by the API's rule",
    "| `networkx.network_simplex`": "its solver, beside that of networkx",
    "| groups together, 1 million links, 20 km": "the best plan with groups together, 1 million links, 20 km",
    "| the same: proven gap": "the same, how far from the best it is at most",
    "| reading a request of 1 million links, BY POSTCODE": "a request of 1 million links, beside lxml's `iterparse`",
    "| `import allocator` |": "`import allocator`, beside `import numpy, polars`",
}
_HELD_OUT = {
    "| the four clean ones": (
        "coverage: held-out observations of clean registers in the polygon of their area code",
        97.0,
    ),
    "| all": ("coverage: the same of all registers", 96.5),
}


def figures() -> str:
    """The figures of the README, from the full tables of the benchmarks and of the coverage."""
    text = (CHECKOUT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    rows = []
    for part, words in _FIGURES.items():
        line = next(line for line in text.splitlines() if part in line)
        _, median, _, _, ratio, goal, met = (cell.strip() for cell in line.strip("|").split("|"))
        rows.append(f"| {words} | {ratio or median} | {goal} | {met} |")
    builders = (CHECKOUT / "data" / "builders" / "README.md").read_text(encoding="utf-8")
    for part, (words, goal) in _HELD_OUT.items():
        share = _share_held_out(part)
        met = "met" if float(share.removesuffix(" %")) >= goal else "**not met**"
        rows.append(f"| {words} | {share} | ≥ {goal:g} % | {met} |")
    (measured,) = re.findall(r"^([\d-]+), .* cores, .*;", text, re.MULTILINE)
    (held_out,) = re.findall(r"^on ([\d-]+); an observation", builders, re.MULTILINE)
    head = "| | measured | goal | |\n|---|--:|---|---|"
    dates = (
        f"Speed was measured on {measured}, on two cores; [benchmarks](benchmarks/README.md) has the rest.\n"
        f"The coverage was measured on {held_out}; see [how](data/builders/README.md#how-accurate-it-is)."
    )
    return "\n".join((head, *rows, "", dates))


TABLES: dict[str, tuple[str, Callable[[], str]]] = {
    "figures": ("../../README.md", figures),
    "errors": ("errors.md", errors),
    "held out": ("coverage.md", held_out),
    "hexagons": ("coverage.md", hexagons),
    "inaccurate": ("coverage.md", inaccurate),
    "straddling": ("coverage.md", straddling),
    "rooms": ("code.md", rooms),
    "modules": ("code.md", modules),
    "doors": ("internals.md", doors),
}


def written(name: str) -> str:
    """Make a page with its part as it is now.

    Parameters
    ----------
    name
        The name of the part.
    """
    file, make = TABLES[name]
    text = (PAGES / file).read_text(encoding="utf-8")
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    return re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n\n{make()}\n\n{end}", text, count=1, flags=re.DOTALL)


def main() -> None:
    """Write all parts."""
    for name, (file, _) in TABLES.items():
        (PAGES / file).write_text(written(name), encoding="utf-8")


if __name__ == "__main__":
    main()
