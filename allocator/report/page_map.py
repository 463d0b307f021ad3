"""The map of the page, as data that its script draws."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.report import shapes
from allocator.report.layers import Layer, classes_of, dot_classes_of
from allocator.report.tables import Column, table
from allocator.report.view import focus_of, lines_of, shows_dots, spots_of

FALLBACK_COLUMNS: list[Column] = [
    ("outcode", "outcode", "outcode"),
    ("own", "its own area code", "code"),
    ("area_code", "served by", "code"),
    ("name", "place", "text"),
    ("links", "links", "int"),
    ("distance_km", "distance, km", "km"),
]


def map_of(
    layers: list[Layer],
    area_codes: pl.DataFrame,
    columns: list[Column],
    outcodes: pl.DataFrame | None = None,
    outcode_columns: list[Column] | None = None,
    fallbacks: pl.DataFrame | None = None,
) -> dict[str, Any]:
    """Make the map of the page.

    Parameters
    ----------
    layers
        The ways to colour it; it opens with the first.
    area_codes
        One row for each area code.
    columns
        What the page shows of an area code that is pointed at.
    outcodes, outcode_columns
        The same for outcodes, which are drawn as dots.
    fallbacks
        What is drawn as lines, see `allocator.report.figures.Figures`.
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
        made["outcodes"] = table("map-outcodes", "", outcodes, outcode_columns) | {"spots": _whole(spots_of(outcodes))}
        made["focus"] = focus_of(outcodes)
        made["dots"] = shows_dots(outcodes)
    if fallbacks is not None and fallbacks.height:
        ends = lines_of(fallbacks).reshape(-1, 4)
        made["lines"] = table("map-lines", "", fallbacks, FALLBACK_COLUMNS) | {"spots": _whole(ends)}
    return made


def _layer(layer: Layer, area_codes: pl.DataFrame, outcodes: pl.DataFrame | None) -> dict[str, Any]:
    dots = None if outcodes is None else dot_classes_of(layer, outcodes)
    return {
        "id": layer.name,
        "label": layer.label,
        "note": layer.note,
        "column": layer.column,
        "labels": layer.scale.labels,
        "colours": [f"{layer.scale.ramp}-{step}" for step in layer.scale.colours],
        "absent": layer.absent,
        "classes": classes_of(layer, area_codes).tolist(),
        "outcodes": None if dots is None else dots.tolist(),
    }


def _whole(points: NDArray[np.float64]) -> list[list[int]]:
    whole: list[list[int]] = np.rint(points).astype(np.int64).tolist()
    return whole
