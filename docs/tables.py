"""The tables of the documentation that the package makes: `python docs/tables.py` writes them into the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from allocator import dataset
from allocator.protocol.catalogue import ROWS

PAGES = Path(__file__).parent / "pages"
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


TABLES: dict[str, tuple[str, Callable[[], str]]] = {
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
