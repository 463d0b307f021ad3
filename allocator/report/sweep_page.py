"""What the report of a sweep shows: its scenarios side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from allocator.errors import InputError
from allocator.plans import Change, read_plan
from allocator.report.charts import bars
from allocator.report.content import Content
from allocator.report.figures import figures
from allocator.report.folders import StoredAnswer
from allocator.report.layers import Layer
from allocator.report.page_map import map_of
from allocator.report.scales import SERVED
from allocator.report.tables import Column, table

_SCENARIOS = 24
"""The number of scenarios on the map: each is a plan to read and count."""

_AREA_CODE: list[Column] = [("area_code", "area code", "code"), ("name", "place", "text")]


def add_scenarios(answer: StoredAnswer, content: Content) -> None:
    """Add the charts, the map and the tables of a sweep.

    Raises
    ------
    InputError
        There is no scenario, or the plan of one is missing or was altered.
    """
    compared = answer.tables["comparison"]
    for name, title, unit in (
        ("assigned", "Links with a number", "links"),
        ("mean_km", "Mean distance of the links served", "kilometres"),
        ("numbers_left", "Numbers left", "numbers"),
    ):
        rows = [
            (one, float(value)) for one, value in compared.select("scenario", name).iter_rows() if value is not None
        ]
        content.charts += bars(f"scenarios-{name}", title, unit, rows)
    names = compared["scenario"].head(_SCENARIOS).to_list()
    content.map, served = _map(answer.folder, names)
    others = compared.height - len(names)
    note = f"The first {len(names)} scenarios; {others} more are not on the map." if others else ""
    columns: list[Column] = [*_AREA_CODE, *((f"served-{number}", name, "int") for number, name in enumerate(names))]
    content.tables.append(table("area-codes", "Links served by area code and scenario", served, columns, note=note))
    if isinstance(answer.summary.get("changes"), list):
        content.tables.append(_changes(answer.summary["changes"]))


def _map(folder: Path, names: list[str]) -> tuple[dict[str, Any], pl.DataFrame]:
    """The map with a layer for each scenario, and the links that each serves by area code."""
    code_keys, outcode_keys = ["area_code", "name"], ["outcode", "area_code", "name", "longitude", "latitude"]
    codes, outcodes = None, None
    for number, name in enumerate(names):
        if name in ("", ".", "..") or "/" in name or "\\" in name:
            raise InputError("this is not a scenario's name", file=str(folder / "comparison.csv"), value=name)
        found = figures(read_plan(folder / "scenarios" / name))
        counts = [pl.col("asked"), pl.col("served").alias(f"served-{number}"), pl.col("share").alias(f"share-{number}")]
        codes = _merged(codes, found.area_codes.select(*code_keys, *counts), code_keys)
        outcodes = _merged(outcodes, found.outcodes.select(*outcode_keys, *counts), outcode_keys)
    if codes is None or outcodes is None:
        raise InputError("it names no scenario", file=str(folder / "comparison.csv"), remedy="Run the scenarios again.")
    codes = codes.sort(pl.col("area_code").cast(pl.Int64))
    outcodes = outcodes.sort("outcode")
    layers = [
        Layer(f"scenario-{n}", name, "Share served in this scenario.", f"share-{n}", SERVED, f"share-{n}")
        for n, name in enumerate(names)
    ]
    shares: list[Column] = [(f"share-{number}", name, "share") for number, name in enumerate(names)]
    columns: list[Column] = [*_AREA_CODE, ("asked", "links, at most", "int"), *shares]
    drawn = map_of(layers, codes, columns, outcodes, [("outcode", "outcode", "outcode"), *columns])
    return drawn, codes.filter(pl.col("asked") > 0)


def _merged(before: pl.DataFrame | None, after: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    if before is None:
        return after
    joined = before.join(after, on=keys, how="full", coalesce=True, suffix="_next")
    return joined.with_columns(asked=pl.max_horizontal("asked", "asked_next")).drop("asked_next")


def _changes(changes: list[dict[str, Any]]) -> dict[str, Any]:
    rows = [
        {"before": one["before"], "after": one["after"]}
        | {str(change): one["by_change"].get(str(change), 0) for change in Change}
        | {"unchanged": one["unchanged"]}
        for one in changes
    ]
    names = ("before", "after", *map(str, Change), "unchanged")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names[:2], pl.String) | dict.fromkeys(names[2:], pl.Int64))
    columns: list[Column] = [(name, name, "text" if name in names[:2] else "int") for name in names]
    note = "Links that change between each pair of scenarios; the folder's changes/ lists them."
    return table("pairs", "Links that change", frame, columns, note=note)
