"""What the tests of reports have in common: how a page is read, and folders with answers to what-ifs."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import polars as pl

from allocator.report.document import Document

EXAMPLES = Path(__file__).parents[2] / "data" / "examples"


LINKS = pl.DataFrame(
    {"link_id": [f"{n}" for n in range(8)], "postcode": ["W11 3EP"] * 5 + ["M1 1AE", "BS1 4DJ", "ZZ99 9ZZ"]}
)

STOCK = pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001", "441753960000", "441614960000"]})


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def data_of(page: Document) -> Any:
    """What the script of a page reads."""
    (found,) = re.findall(rb'<script type="application/json" id="report">(.*?)</script>', page.content, re.DOTALL)
    return json.loads(found)


def table_of(data: Any, name: str) -> list[dict[str, Any]]:
    """The rows of a table of the page."""
    (found,) = [one for one in data["tables"] if one["id"] == name]
    columns = {
        column["key"]: column["values"]
        if "values" in column
        else [None if place is None else column["texts"][place] for place in column["index"]]
        for column in found["columns"]
    }
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def what_if(folder: Path, question: str, tables: dict[str, str], **summary: object) -> Path:
    """Write an answer by hand."""
    folder.mkdir()
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    written = {"whatif": question, "options": {"fallback_km": 20.0}, "inputs": {}} | summary
    (folder / "summary.json").write_text(json.dumps(written), encoding="utf-8")
    return folder


SHOPPING = """area_code,name,numbers,price,cost,links_rescued,outcodes
20,London,3,,,3,SW1A (3)
161,Manchester,1,,,1,M1 (1)
"""
BLOCKS = """outcode,links,kind,outcodes,area_codes,needed,available,message
M1,8,COUNT,M1,161,8,2,Too few.
"""
REPAIRS = """outcode,links,buy_numbers,buy_area_code,widen_km,widen_area_code,split_links
M1,8,5,1625,,,3
"""
SHORTAGE = """area_code,name,links,without,growth,borne,borne_percent
28,Northern Ireland,15,9,8,0,0.000
"""
ANSWERS = {
    "buy": {
        "shopping": SHOPPING,
        "rescued": "link_id,postcode,outcode,area_code,distance_km,bought_in\n",
        "infeasible": "link_id,postcode,reason,message\n",
    },
    "frontier": {"frontier": "numbers,served,served_at_most,gap\n0,10,11,0.100\n1,12,12,0.000\n"},
    "worth": {"worth": "area_code,name,numbers,gain,rule_gain\n20,London,1,6,-2\n"},
    "why": {"blocks": BLOCKS, "repairs": REPAIRS},
    "radius": {"radius": "radius_km,served\n0.000,182\n11.193,184\n"},
    "order": {"order": "shuffle,served\n0,197\n1,204\n"},
    "shortage": {"shortage": SHORTAGE},
}
