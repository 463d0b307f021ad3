"""What a still map shows: which part of the country, which shapes, dots and lines, in which classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.errors import OptionError
from allocator.plans import Plan
from allocator.report import shapes
from allocator.report.figures import Figures, figures
from allocator.report.layers import Layer, classes_of, dot_classes_of, plan_layers
from allocator.report.view import crowded, focus_of, lines_of, spots_of

LAYERS = ("share", "asked", "mean_km", "left", "missing")
"""The layers that a map can show, see `allocator.report.layers.plan_layers`."""


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
        The coverages in that part, and the class of each.
    dots
        Whether the outcodes are drawn, because they show more than the colours of whole area codes.
    dot_classes
        The class of each outcode; -1 where the layer has no figure of outcodes.
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
        return spots_of(self.figures.outcodes)

    @property
    def lines(self) -> NDArray[np.float64]:
        """The two ends of each fallback, shape (n, 2, 2)."""
        return lines_of(self.figures.fallbacks)


def scene_of(plan: Plan, layer: str, *, aspect: float, tolerance_m: float) -> Scene:
    """Choose what a still map shows.

    Parameters
    ----------
    plan
        The plan.
    layer
        One of `LAYERS`.
    aspect
        Height of the picture divided by its width.
    tolerance_m
        How much the shapes may be simplified where the whole country is shown, metres.

    Raises
    ------
    OptionError
        There is no such layer, or the plan does not have what it shows.
    """
    found = figures(plan)
    shown = _layer_named(layer, found)
    focus = focus_of(found.outcodes)
    window = _widened(focus, aspect)
    every = shapes.shapes(tolerance_m if focus == shapes.extent() else shapes.FINE_M)
    drawn = tuple(shape for shape in every if shape.polygons and _meet(shape.bounds, window))
    order = pl.DataFrame({"area_code": [shape.area_code for shape in drawn]}, schema={"area_code": pl.String})
    rows = order.join(found.area_codes, on="area_code", how="left", maintain_order="left")
    dots = dot_classes_of(shown, found.outcodes)
    dots = np.full(found.outcodes.height, -1) if dots is None else dots
    classes = tuple(classes_of(shown, rows).tolist())
    return Scene(shown, found, window, drawn, classes, crowded(found.outcodes), tuple(dots.tolist()))


def _layer_named(name: str, found: Figures) -> Layer:
    layers = {layer.name: layer for layer in plan_layers(found.area_codes)}
    if name in layers:
        return layers[name]
    if name in LAYERS:
        raise OptionError(
            "the plan's folder does not say how many numbers are left in each area code",
            value=name,
            remedy="Plan again with this release.",
        )
    raise OptionError("the map has no such layer", value=name, remedy=f"Name one of {', '.join(LAYERS)}.")


def _widened(focus: tuple[int, ...], aspect: float) -> tuple[float, float, float, float]:
    """Widen the focus on both sides, so that it has the aspect of the picture."""
    west, north, east, south = focus
    wide, high = east - west, south - north
    more = (max(wide, high / aspect) - wide) / 2, (max(high, wide * aspect) - high) / 2
    return west - more[0], north - more[1], east + more[0], south + more[1]


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
