"""The layers of a map: what its colours can show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.report.scales import DISTANCE, SERVED, Scale, changing, counting

_GREY_AT_ZERO = frozenset(("asked", "missing", "numbers", "buy", "links_rescued"))


@dataclass(frozen=True, slots=True)
class Layer:
    """One way to colour the map.

    Attributes
    ----------
    name
        Identifies it.
    label, note
        What it is called, and a sentence that explains it.
    column
        Column of the area codes' table that it shows.
    scale
        Its classes and colours.
    outcodes
        Column of the outcodes' table that their dots show in the same colours; None where outcodes have no such figure.
    absent
        What grey means.
    """

    name: str
    label: str
    note: str
    column: str
    scale: Scale
    outcodes: str | None = None
    absent: str = "no links"


def plan_layers(area_codes: pl.DataFrame, bought: str | None = None) -> list[Layer]:
    """List the layers of a plan's map; "left" only where the stock that is left is known.

    Parameters
    ----------
    area_codes
        See `allocator.report.figures.Figures`.
    bought
        Column with the numbers to buy. Without it, the last layer shows the links for which no number was in reach.
    """
    found = [
        Layer(
            "share",
            "Share served",
            "The share of the links in the area code's outcodes that have a number.",
            "share",
            SERVED,
            "share",
        ),
        Layer(
            "asked",
            "Links",
            "BY POSTCODE links in the area code's outcodes. A large area does not mean many links.",
            "asked",
            counting("demand", area_codes["asked"]),
            "asked",
        ),
        Layer(
            "mean_km",
            "Mean distance",
            "How far from home the numbers of its links are. A number of its own area code counts as 0 km.",
            "mean_km",
            DISTANCE,
            "mean_km",
            "none served",
        ),
    ]
    if area_codes["left"].null_count() < area_codes.height:
        note = "Numbers of the area code that no link has."
        scale = counting("stock", area_codes["left"], zero=True)
        found.append(Layer("left", "Numbers left", note, "left", scale, absent="not in the stock"))
    if bought is not None:
        note = "Numbers to buy in the area code, from the shopping list."
        scale = counting("missing", area_codes[bought])
        found.append(Layer("buy", "What to buy", note, bought, scale, absent="nothing"))
    else:
        note = (
            "Links of the area code that have no number because no area code in reach had enough. That many more "
            "numbers there would serve them all; allocator whatif buy finds the fewest numbers that do."
        )
        scale = counting("missing", area_codes["missing"])
        found.append(Layer("missing", "No number in reach", note, "missing", scale, "missing", "none"))
    return found


def change_layers(area_codes: pl.DataFrame) -> list[Layer]:
    """List the layers of a comparison's map; the table has `change`, `share_before`, `share_after` and `asked`."""
    return [
        Layer(
            "change",
            "Change in links served",
            "Links of the area code that have a number in the second plan, minus those that have one in the first.",
            "change",
            changing(area_codes["change"]),
            "change",
        ),
        Layer("before", "Share served, first plan", "", "share_before", SERVED, "share_before"),
        Layer("after", "Share served, second plan", "", "share_after", SERVED, "share_after"),
        Layer("asked", "Links", "", "asked", counting("demand", area_codes["asked"]), "asked"),
    ]


def classes_of(layer: Layer, area_codes: pl.DataFrame) -> NDArray[np.int64]:
    """Put each area code into a class of a layer.

    Parameters
    ----------
    layer
        The layer.
    area_codes
        A table with the layer's column, n rows.

    Returns
    -------
    array of int64, shape (n,)
        The class; -1 (grey) where there are no links or nothing is known.
    """
    values = _floats(area_codes[layer.column])
    classes = layer.scale.classes(values)
    if layer.column in _GREY_AT_ZERO:
        classes = np.where(values > 0, classes, -1)
    if layer.column == "change":
        classes = np.where(_floats(area_codes["asked"]) > 0, classes, -1)
    return classes


def dot_classes_of(layer: Layer, outcodes: pl.DataFrame) -> NDArray[np.int64] | None:
    """Put each outcode's dot into a class of a layer, shape (n,); None where the layer has no figure of outcodes."""
    if layer.outcodes is None or layer.outcodes not in outcodes.columns:
        return None
    return layer.scale.classes(_floats(outcodes[layer.outcodes]))


def _floats(series: pl.Series) -> NDArray[np.float64]:
    values: NDArray[np.float64] = series.cast(pl.Float64).fill_null(np.nan).to_numpy()
    return values
