"""What a report says, before it is a page: facts, a map, charts, tables, and where it all comes from."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from allocator.report import shapes
from allocator.report.palette import DISTANCE, SERVED, Scale, changing, counting
from allocator.report.tables import Column, table

_BINS = 24
_WIDTHS = (0.5, 1, 2, 5, 10, 20, 50, 100)
# Where the links lie in a corner of the country, the map opens there.
_LOCAL = 0.5
_MARGIN = 0.12
_LEAST_SPAN = 400
# Beyond so many outcodes their dots hide the map, unless there are so many to an area code.
_DOTS = 150
_CROWDED = 12.0

AREA_CODE_COLUMNS: list[Column] = [
    ("area_code", "area code", "code"),
    ("name", "place", "text"),
    ("outcodes", "outcodes with links", "int"),
    ("asked", "links asked", "int"),
    ("served", "served", "int"),
    ("share", "served share", "share"),
    ("mean_km", "mean distance, km", "km"),
    ("missing", "short of a number", "int"),
    ("given", "numbers given", "int"),
    ("left", "numbers left", "int"),
]
OUTCODE_COLUMNS: list[Column] = [
    ("outcode", "outcode", "outcode"),
    ("area_code", "area code", "code"),
    ("name", "place", "text"),
    ("asked", "links asked", "int"),
    ("served", "served", "int"),
    ("share", "served share", "share"),
    ("mean_km", "mean distance, km", "km"),
    ("missing", "short of a number", "int"),
    ("served_by", "served by", "text"),
]
FALLBACK_COLUMNS: list[Column] = [
    ("outcode", "outcode", "outcode"),
    ("own", "its own area code", "code"),
    ("area_code", "served by", "code"),
    ("name", "place", "text"),
    ("links", "links", "int"),
    ("distance_km", "distance, km", "km"),
]


@dataclass(slots=True)
class Content:
    """A report.

    Attributes
    ----------
    title
        What is reported.
    lead
        A sentence about it.
    facts
        The figures that matter most, each with what it counts.
    map
        The map, see `map_of`; None where there is nothing to draw.
    charts
        Pictures with a table behind each, see `histogram`, `bars` and `curves`.
    tables
        See `allocator.report.tables.table`.
    sources
        Versions, options and digests, by heading.
    """

    title: str
    lead: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    map: dict[str, Any] | None = None
    charts: list[dict[str, Any]] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)
    sources: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Layer:
    """One way to colour the map.

    Attributes
    ----------
    name, label, note
        How it is known, called and explained.
    column
        Column of the area codes' table that it shows.
    scale
        Its classes and colours.
    outcodes
        Column of the outcodes' table that their dots show in the same colours; None where outcodes have no such figure.
    absent
        What it means to be grey.
    """

    name: str
    label: str
    note: str
    column: str
    scale: Scale
    outcodes: str | None = None
    absent: str = "no links"


def layers_of(area_codes: pl.DataFrame, bought: str | None = None) -> list[Layer]:
    """The layers of a plan: links asked, served share, mean distance, stock left where known, what to buy.

    Parameters
    ----------
    area_codes
        `Figures.area_codes`.
    bought
        Column with the numbers to buy; without it, those that are missing are shown.
    """
    found = [
        Layer(
            "share",
            "Served share",
            "Of the links that ask in an outcode of the area code, how many have a number.",
            "share",
            SERVED,
            "share",
        ),
        Layer(
            "asked",
            "Links asked",
            "BY POSTCODE links in the outcodes that the area code covers. A large area is not a large demand.",
            "asked",
            counting("demand", area_codes["asked"]),
            "asked",
        ),
        Layer(
            "mean_km",
            "Mean distance",
            "How far the numbers of its links are from home; 0 km is a number of its own area code.",
            "mean_km",
            DISTANCE,
            "mean_km",
            "none served",
        ),
    ]
    if area_codes["left"].null_count() < area_codes.height:
        note = "Numbers of the area code that no link has."
        scale = counting("stock", area_codes["left"], zero=True)
        found.append(Layer("left", "Stock left", note, "left", scale, absent="not in the stock"))
    if bought is not None:
        note = "Numbers to buy in the area code, by the shopping list."
        found.append(
            Layer("buy", "What to buy", note, bought, counting("missing", area_codes[bought]), absent="nothing")
        )
    else:
        note = (
            "Links of the area code for which none in reach had enough numbers: buying as many there serves them. "
            "The fewest numbers that serve all are found by allocator whatif buy."
        )
        scale = counting("missing", area_codes["missing"])
        found.append(Layer("missing", "What to buy", note, "missing", scale, "missing", "nothing"))
    return found


def change_layers(area_codes: pl.DataFrame) -> list[Layer]:
    """The layers of a comparison; the table has `change`, `share_before`, `share_after` and `asked`."""
    return [
        Layer(
            "change",
            "Change in links served",
            "Links of the area code that have a number in the second plan, less those that have one in the first.",
            "change",
            changing(area_codes["change"]),
            "change",
        ),
        Layer("before", "Served share, first plan", "", "share_before", SERVED, "share_before"),
        Layer("after", "Served share, second plan", "", "share_after", SERVED, "share_after"),
        Layer("asked", "Links asked", "", "asked", counting("demand", area_codes["asked"]), "asked"),
    ]


def map_of(
    layers: list[Layer],
    area_codes: pl.DataFrame,
    columns: list[Column],
    outcodes: pl.DataFrame | None = None,
    outcode_columns: list[Column] | None = None,
    fallbacks: pl.DataFrame | None = None,
) -> dict[str, Any]:
    """The map of the page.

    Parameters
    ----------
    layers
        How it can be coloured, the first one at the start.
    area_codes
        One row for each area code.
    columns
        What is told of an area code that is pointed at.
    outcodes, outcode_columns
        The same of outcodes, which are drawn as dots.
    fallbacks
        Lines, see `Figures.fallbacks`.
    """
    drawn = shapes.shapes()
    order = pl.DataFrame({"area_code": [shape.area_code for shape in drawn]})
    rows = order.join(area_codes, on="area_code", how="left", maintain_order="left")
    extent = shapes.extent()
    made: dict[str, Any] = {
        "extent": extent,
        "focus": extent,
        "unit_km": shapes.UNIT_M / 1000,
        "shapes": [shapes.encoded(shape) for shape in drawn],
        "area_codes": table("map-area-codes", "", rows, columns),
        "layers": [_layer(layer, rows, outcodes) for layer in layers],
        "outcodes": None,
        "lines": None,
        "dots": False,
    }
    if outcodes is not None and outcodes.height and outcode_columns is not None:
        spots = shapes.plane(outcodes["longitude"], outcodes["latitude"])
        made["outcodes"] = table("map-outcodes", "", outcodes, outcode_columns) | {"spots": _whole(spots)}
        made["focus"] = focus_of(spots)
        made["dots"] = outcodes.height <= _DOTS or local_of(outcodes)
    if fallbacks is not None and fallbacks.height:
        begin = shapes.plane(fallbacks["longitude"], fallbacks["latitude"])
        end = shapes.plane(fallbacks["to_longitude"], fallbacks["to_latitude"])
        made["lines"] = table("map-lines", "", fallbacks, FALLBACK_COLUMNS) | {
            "spots": _whole(np.concatenate([begin, end], axis=1))
        }
    return made


def _layer(layer: Layer, rows: pl.DataFrame, outcodes: pl.DataFrame | None) -> dict[str, Any]:
    scale = layer.scale
    spots = None
    if outcodes is not None and layer.outcodes is not None and layer.outcodes in outcodes.columns:
        spots = scale.classes(_floats(outcodes[layer.outcodes])).tolist()
    return {
        "id": layer.name,
        "label": layer.label,
        "note": layer.note,
        "column": layer.column,
        "labels": scale.labels,
        "colours": [f"{scale.ramp}-{step}" for step in scale.colours],
        "absent": layer.absent,
        "classes": class_of(layer, rows).tolist(),
        "outcodes": spots,
    }


def class_of(layer: Layer, rows: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Class of each area code in a layer; -1 where nobody asks, or nothing is known."""
    values = _floats(rows[layer.column])
    classes = layer.scale.classes(values)
    if layer.column in ("asked", "missing", "numbers", "buy", "links_rescued"):
        classes = np.where(values > 0, classes, -1)
    if layer.column == "change":
        classes = np.where(_floats(rows["asked"]) > 0, classes, -1)
    return classes


def _floats(series: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    values: np.ndarray[tuple[int], np.dtype[np.float64]] = series.cast(pl.Float64).fill_null(np.nan).to_numpy()
    return values


def _whole(points: ArrayLike) -> list[list[int]]:
    whole: list[list[int]] = np.rint(np.asarray(points)).astype(np.int64).tolist()
    return whole


def local_of(outcodes: pl.DataFrame) -> bool:
    """Whether so many outcodes share so few area codes that their dots tell more than the colours of these."""
    return outcodes.height > _CROWDED * max(outcodes["area_code"].n_unique(), 1)


def focus_of(spots: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[int, ...]:
    """Where the map opens: on the whole country, or on the corner in which the links are.

    Parameters
    ----------
    spots
        Outcodes with links on the plane of the map, shape (n, 2).
    """
    extent = shapes.extent()
    low, high = spots.min(axis=0), spots.max(axis=0)
    span = float(max((high - low).max(), _LEAST_SPAN))
    if span > _LOCAL * max(extent[2] - extent[0], extent[3] - extent[1]):
        return extent
    margin = span * _MARGIN
    return tuple(int(value) for value in (*np.floor(low - margin), *np.ceil(high + margin)))


def histogram(name: str, title: str, series: dict[str, pl.Series]) -> dict[str, Any] | None:
    """The distribution of distances.

    Parameters
    ----------
    name, title
        How it is known and called.
    series
        Distances in kilometres by what they are of; those of 0 km are counted apart.

    Returns
    -------
    dict or None
        None where there is no distance.
    """
    every = pl.concat([one.drop_nulls() for one in series.values()])
    if every.is_empty():
        return None
    greatest = float(every.max())  # type: ignore[arg-type]  # a float, as there is one
    width = next((one for one in _WIDTHS if greatest / one <= _BINS), _WIDTHS[-1])
    bins = max(math.ceil(greatest / width), 1)
    rows: list[dict[str, Any]] = []
    for label, distances in series.items():
        km = distances.drop_nulls().to_numpy()
        # A bin holds its upper end, as a radius admits distances of just that.
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
    return {
        "id": name,
        "kind": "histogram",
        "title": title,
        "x": "kilometres",
        "y": "links",
        "width": width,
        "rows": rows,
        "table": table(f"{name}-table", title, frame, kept, note=note),
    }


def bars(name: str, title: str, x: str, rows: list[tuple[str, float]]) -> dict[str, Any] | None:
    """Counts side by side.

    Parameters
    ----------
    name, title
        How it is known and called.
    x
        What is counted.
    rows
        Of what, and how many.
    """
    if not rows:
        return None
    frame = pl.DataFrame({"what": [label for label, _ in rows], "count": [count for _, count in rows]})
    columns: list[Column] = [("what", "", "text"), ("count", x, "number")]
    return {
        "id": name,
        "kind": "bars",
        "title": title,
        "x": x,
        "rows": [{"label": label, "value": value} for label, value in rows],
        "table": table(f"{name}-table", title, frame, columns),
    }


def curves(
    name: str,
    title: str,
    axes: tuple[str, str],
    series: dict[str, tuple[pl.Series, pl.Series]],
    *,
    step: bool = False,
    note: str = "",
) -> dict[str, Any] | None:
    """Lines over a number.

    Parameters
    ----------
    name, title, note
        How it is known, called and explained.
    axes
        What is counted to the right and upwards.
    series
        Abscissae and ordinates by what they are of.
    step
        Whether a value holds until the next one.
    """
    rows = [
        {"series": label, "x": x, "y": y}
        for label, (xs, ys) in series.items()
        for x, y in zip(xs.to_list(), ys.to_list(), strict=True)
        if x is not None and y is not None
    ]
    if not rows:
        return None
    frame = pl.DataFrame(rows, schema_overrides={"x": pl.Float64, "y": pl.Float64})
    columns: list[Column] = [("series", "curve", "text"), ("x", axes[0], "number"), ("y", axes[1], "number")]
    return {
        "id": name,
        "kind": "curves",
        "title": title,
        "note": note,
        "x": axes[0],
        "y": axes[1],
        "step": step,
        "rows": rows,
        "table": table(f"{name}-table", title, frame, columns if len(series) > 1 else columns[1:]),
    }
