"""The tables of the documentation that the package makes: `python docs/tables.py` writes them into the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from allocator import dataset
from allocator.protocol.catalogue import ROWS

CHECKOUT = Path(__file__).parents[1]
PAGES = CHECKOUT / "docs" / "pages"
NEAREST = 20


def errors() -> str:
    """The error table of the API's page, with what each row means here, and the rows that only the stand-in has."""
    parts = []
    for on_page, title in ((True, "Errors of the API's page"), (False, "Errors that only this package has")):
        rows = [row for row in ROWS.values() if row.on_page is on_page]
        lines = [f"| {row.status} | {_cell(row.text)} | {_cell(row.when)} | {_cell(row.resolution)} |" for row in rows]
        head = "| | error | when | what to do |\n|--:|---|---|---|"
        parts.append(f"## {title}\n\n{head}\n" + "\n".join(lines))
    return "\n\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def borders() -> str:
    """The outcodes whose centroid is nearest to an outcode of another area code."""
    outcodes, codes = dataset.outcodes(), dataset.area_codes()
    start, pool, km = dataset.reach_table()
    rows = []
    for row, own in enumerate(outcodes.area_index.tolist()):
        near = slice(int(start[row]), int(start[row + 1]))
        other = np.flatnonzero(pool[near] != own)
        if own >= 0 and len(other):
            place = int(start[row]) + int(other[0])
            rows.append((float(km[place]), outcodes.outcode[row], own, int(pool[place])))
    lines = [
        f"| {outcode} | {_area_code(codes, own)} | {_area_code(codes, other)} | {distance:.2f} |"
        for distance, outcode, own, other in sorted(rows)[:NEAREST]
    ]
    return "| outcode | its area code | the other one | km |\n|---|---|---|--:|\n" + "\n".join(lines)


def _area_code(codes: dataset.AreaCodes, row: int) -> str:
    return f"0{codes.area_code[row]} {codes.name[row]}"


# What the README tells: a part of a line of the table of the benchmarks, and how it is called there.
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
    """The figures of the README, from the tables where those of benchmarks and coverage are told in full."""
    text = (CHECKOUT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    rows = []
    for part, words in _FIGURES.items():
        line = next(line for line in text.splitlines() if part in line)
        _, median, _, _, ratio, goal, met = (cell.strip() for cell in line.strip("|").split("|"))
        rows.append(f"| {words} | {ratio or median} | {goal} | {met} |")
    builders = (CHECKOUT / "data" / "builders" / "README.md").read_text(encoding="utf-8")
    for part, (words, goal) in _HELD_OUT.items():
        line = next(line for line in builders.splitlines() if line.startswith(part))
        share = line.strip("|").split("|")[-1].strip()
        met = "met" if float(share.removesuffix(" %")) >= goal else "**not met**"
        rows.append(f"| {words} | {share} | ≥ {goal:g} % | {met} |")
    (measured,) = re.findall(r"^([\d-]+), .* cores, .*;", text, re.MULTILINE)
    (held_out,) = re.findall(r"^on ([\d-]+); an observation", builders, re.MULTILINE)
    head = "| | measured | goal | |\n|---|--:|---|---|"
    dates = (
        f"Speed on {measured}, on two cores; the rest of it, and how, is in [benchmarks](benchmarks/README.md).\n"
        f"The coverage on {held_out}, see [how](data/builders/README.md#how-accurate-it-is)."
    )
    return "\n".join((head, *rows, "", dates))


TABLES: dict[str, tuple[str, Callable[[], str]]] = {
    "figures": ("../../README.md", figures),
    "errors": ("errors.md", errors),
    "borders": ("coverage.md", borders),
}


def written(name: str) -> str:
    """A page with its table as it is made now.

    Parameters
    ----------
    name
        The table's.
    """
    file, make = TABLES[name]
    text = (PAGES / file).read_text(encoding="utf-8")
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    return re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n\n{make()}\n\n{end}", text, count=1, flags=re.DOTALL)


def main() -> None:
    """Write all tables."""
    for name, (file, _) in TABLES.items():
        (PAGES / file).write_text(written(name), encoding="utf-8")


if __name__ == "__main__":
    main()
