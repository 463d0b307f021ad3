"""The charts of the page: what each shows, and the table with the same figures.

A chart comes in a list, which is empty where there is nothing to draw.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl

from allocator.report.tables import Column, table

_BINS = 24
_WIDTHS = (0.5, 1, 2, 5, 10, 20, 50, 100)


def histogram(name: str, title: str, series: dict[str, pl.Series]) -> list[dict[str, Any]]:
    """Chart a distribution of distances.

    Parameters
    ----------
    name
        Identifies it in the page.
    title
        The heading above it.
    series
        Distances in kilometres, by the name of the plan. Distances of 0 km have a bar of their own.

    Returns
    -------
    list of dict
        The chart; empty where there is no distance.
    """
    every = pl.concat([one.drop_nulls() for one in series.values()])
    if every.is_empty():
        return []
    greatest = float(every.max())  # type: ignore[arg-type]  # a float, as there is one
    width = next((one for one in _WIDTHS if greatest / one <= _BINS), _WIDTHS[-1])
    bins = max(math.ceil(greatest / width), 1)
    rows: list[dict[str, Any]] = []
    for label, distances in series.items():
        km = distances.drop_nulls().to_numpy()
        # A bin holds its upper end, as a radius admits distances equal to it.
        place = np.ceil(km[km > 0] / width).astype(np.int64) - 1
        rows.append({"series": label, "from_km": 0, "to_km": 0, "links": int((km == 0).sum())})
        counts = np.bincount(np.clip(place, 0, bins - 1), minlength=bins).tolist()
        rows += [
            {"series": label, "from_km": step * width, "to_km": (step + 1) * width, "links": count}
            for step, count in enumerate(counts)
        ]
    columns: list[Column] = [
        ("series", "plan", "text"),
        ("from_km", "over, km", "number"),
        ("to_km", "up to, km", "number"),
        ("links", "links", "int"),
    ]
    kept = columns if len(series) > 1 else columns[1:]
    frame = pl.DataFrame(rows, schema_overrides={"from_km": pl.Float64, "to_km": pl.Float64})
    note = "0 to 0 km: numbers of the outcode's own area code."
    chart = {"id": name, "kind": "histogram", "title": title, "x": "kilometres", "y": "links", "width": width}
    return [chart | {"rows": rows, "table": table(f"{name}-table", title, frame, kept, note=note)}]


def bars(name: str, title: str, x: str, rows: list[tuple[str, float]]) -> list[dict[str, Any]]:
    """Chart counts side by side.

    Parameters
    ----------
    name
        Identifies it in the page.
    title
        The heading above it.
    x
        The unit of the counts.
    rows
        Name and length of each bar.

    Returns
    -------
    list of dict
        The chart; empty where there is no row.
    """
    if not rows:
        return []
    frame = pl.DataFrame({"what": [label for label, _ in rows], "count": [count for _, count in rows]})
    columns: list[Column] = [("what", "", "text"), ("count", x, "number")]
    chart = {"id": name, "kind": "bars", "title": title, "x": x}
    listed = [{"label": label, "value": value} for label, value in rows]
    return [chart | {"rows": listed, "table": table(f"{name}-table", title, frame, columns)}]


def curves(
    name: str,
    title: str,
    axes: tuple[str, str],
    series: dict[str, tuple[pl.Series, pl.Series]],
    *,
    step: bool = False,
    note: str = "",
) -> list[dict[str, Any]]:
    """Chart lines over a number.

    Parameters
    ----------
    name
        Identifies it in the page.
    title, note
        The heading above it, and a sentence below that.
    axes
        What is counted to the right, and what upwards.
    series
        Abscissae and ordinates, by the name of the line.
    step
        Whether a value holds until the next one.

    Returns
    -------
    list of dict
        The chart; empty where there is no point.
    """
    rows = [
        {"series": label, "x": x, "y": y}
        for label, (xs, ys) in series.items()
        for x, y in zip(xs.to_list(), ys.to_list(), strict=True)
        if x is not None and y is not None
    ]
    if not rows:
        return []
    frame = pl.DataFrame(rows, schema_overrides={"x": pl.Float64, "y": pl.Float64})
    columns: list[Column] = [("series", "curve", "text"), ("x", axes[0], "number"), ("y", axes[1], "number")]
    kept = columns if len(series) > 1 else columns[1:]
    chart = {"id": name, "kind": "curves", "title": title, "note": note, "x": axes[0], "y": axes[1], "step": step}
    return [chart | {"rows": rows, "table": table(f"{name}-table", title, frame, kept)}]
