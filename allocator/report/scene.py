"""What a still map shows: which part of the country, which shapes, dots and lines, in which classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.errors import OptionError
from allocator.plans import Plan
from allocator.report import shapes
from allocator.report.content import Layer, class_of, focus_of, layers_of, local_of
from allocator.report.figures import Figures, figures

LAYERS = ("share", "asked", "mean_km", "left", "missing")
"""What a map can show, see `allocator.report.content.layers_of`."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A still map.

    Attributes
    ----------
    layer
        What the colours show.
    figures
        The plan in figures.
    window
        West, north, east and south of the part shown, on the plane of the map.
    shapes, classes
        The coverages in it, and the class of each.
    dots
        Whether the outcodes are drawn, which then tell more than the colours of whole area codes.
    dot_classes
        The class of each outcode; -1 where the layer says nothing of outcodes.
    """

    layer: Layer
    figures: Figures
    window: tuple[float, float, float, float]
    shapes: tuple[shapes.Shape, ...]
    classes: tuple[int, ...]
    dots: bool
    dot_classes: tuple[int, ...]

    @property
    def spots(self) -> NDArray[np.float64]:
        """Where the outcodes are, shape (n, 2)."""
        return shapes.plane(self.figures.outcodes["longitude"], self.figures.outcodes["latitude"])

    @property
    def lines(self) -> NDArray[np.float64]:
        """From where to where groups fell back, shape (n, 2, 2)."""
        fallen = self.figures.fallbacks
        begin = shapes.plane(fallen["longitude"], fallen["latitude"])
        end = shapes.plane(fallen["to_longitude"], fallen["to_latitude"])
        return np.stack([begin, end], axis=1)


def scene_of(plan: Plan, layer: str, *, aspect: float, tolerance_m: float) -> Scene:
    """Choose what a still map shows.

    Parameters
    ----------
    plan
        The plan.
    layer
        One of `LAYERS`.
    aspect
        Height of the picture by its width.
    tolerance_m
        How simple the shapes may be where all of the country is shown.

    Raises
    ------
    OptionError
        There is no such layer, or the plan does not know what it shows.
    """
    found = figures(plan)
    shown = layer_named(layer, found)
    outcodes = found.outcodes
    whole = shapes.extent()
    spots = shapes.plane(outcodes["longitude"], outcodes["latitude"])
    focus = focus_of(spots) if len(spots) else whole
    window = _widened(focus, aspect)
    every = shapes.shapes(tolerance_m if focus == whole else shapes.FINE_M)
    drawn = tuple(shape for shape in every if shape.polygons and _meet(shape.bounds, window))
    order = pl.DataFrame({"area_code": [shape.area_code for shape in drawn]}, schema={"area_code": pl.String})
    rows = order.join(found.area_codes, on="area_code", how="left", maintain_order="left")
    if shown.outcodes is None:
        dots = np.full(outcodes.height, -1)
    else:
        dots = shown.scale.classes(outcodes[shown.outcodes].cast(pl.Float64).fill_null(np.nan).to_numpy())
    classes = tuple(class_of(shown, rows).tolist())
    return Scene(shown, found, window, drawn, classes, local_of(outcodes), tuple(dots.tolist()))


def layer_named(name: str, found: Figures) -> Layer:
    """A layer of a plan's map.

    Raises
    ------
    OptionError
        There is no such layer, or the plan does not know what it shows.
    """
    layers = {layer.name: layer for layer in layers_of(found.area_codes)}
    if name in layers:
        return layers[name]
    if name in LAYERS:
        raise OptionError(
            "the stock that is left is not known by area code", value=name, remedy="Plan again with this release."
        )
    raise OptionError("there is no such layer of the map", value=name, remedy=f"Name one of {', '.join(LAYERS)}.")


def _widened(focus: tuple[int, ...], aspect: float) -> tuple[float, float, float, float]:
    """The window of that shape about the focus."""
    west, north, east, south = focus
    wide, high = east - west, south - north
    more = (max(wide, high / aspect) - wide) / 2, (max(high, wide * aspect) - high) / 2
    return west - more[0], north - more[1], east + more[0], south + more[1]


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
