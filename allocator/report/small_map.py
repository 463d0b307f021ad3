"""A small map for a notebook: an SVG of about 100 kB that needs no script and no extra."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import numpy as np

from allocator.plans import Plan
from allocator.report.palette import page_colours
from allocator.report.scene import Scene, scene_of
from allocator.report.shapes import COARSE_M, extent

# Half a kilometre in units of the plane: fine enough for the whole country in 420 pixels.
_GRAIN = 10
# The largest dot's radius, as a share of the map's height.
_DOT = 1 / 60
_ASPECT = 1.4


def small_map(plan: Plan, layer: str = "share", height: int = 420) -> str:
    """Draw a plan as a small map in HTML; pointing at an area code or an outcode shows its figures.

    Parameters
    ----------
    plan
        The plan.
    layer
        One of `allocator.report.scene.LAYERS`.
    height
        Height in pixels.

    Raises
    ------
    OptionError
        There is no such layer, or the plan does not have what it shows.

    Examples
    --------
    >>> import allocator, polars as pl
    >>> links = pl.DataFrame({"link_id": ["1"], "postcode": ["W11 3EP"]})
    >>> plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    >>> "<title>020 London: 1 of 1 links served, mean 0.0 km</title>" in small_map(plan)
    True
    """
    scene = scene_of(plan, layer, aspect=_ASPECT, tolerance_m=COARSE_M)
    west, north, east, south = (round(value) for value in scene.window)
    grain = _GRAIN if south - north > (extent()[3] - extent()[1]) / 2 else 1
    west, north, wide, high = west // grain, north // grain, (east - west) // grain, (south - north) // grain
    title = f"Map of the United Kingdom by area code: {scene.layer.label}"
    drawn = "".join((*_areas(scene, grain), *(_dots(scene, grain, high) if scene.dots else ())))
    return (
        f'<div style="max-width:24em"><div><b>{html.escape(scene.layer.label)}</b> {_key(scene)}</div>'
        f'<svg role="img" aria-label="{html.escape(title)}" height="{height}" '
        f'viewBox="{west} {north} {wide} {high}" '
        f'stroke="{page_colours("light")["border"]}" stroke-width="{high / 1200:.1f}">{drawn}</svg></div>'
    )


def _areas(scene: Scene, grain: int) -> Iterator[str]:
    rows = {row["area_code"]: row for row in scene.figures.area_codes.iter_rows(named=True)}
    faded = ' fill-opacity=".35"' if scene.dots else ""
    for shape, number in zip(scene.shapes, scene.classes, strict=True):
        place = f"0{shape.area_code} {shape.name}"
        yield (
            f'<path d="{shape.path(grain)}" fill="{scene.layer.scale.colour(number)}"{faded}>'
            f"<title>{_figures(place, rows[shape.area_code])}</title></path>"
        )


def _dots(scene: Scene, grain: int, high: int) -> Iterator[str]:
    asked = scene.figures.outcodes["asked"].to_numpy()
    radii = np.maximum(np.sqrt(asked / asked.max()), 0.3) * high * _DOT
    spots = zip(scene.spots.tolist(), radii.tolist(), scene.dot_classes, strict=True)
    for row, ((x, y), radius, number) in zip(scene.figures.outcodes.iter_rows(named=True), spots, strict=True):
        yield (
            f'<circle cx="{round(x / grain)}" cy="{round(y / grain)}" r="{radius:.0f}" '
            f'fill="{scene.layer.scale.colour(number)}"><title>{_figures(row["outcode"], row)}</title></circle>'
        )


def _key(scene: Scene) -> str:
    scale = scene.layer.scale
    labels = [(label, scale.colour(number)) for number, label in enumerate(scale.labels)]
    return " ".join(
        f'<span style="white-space:nowrap"><span style="display:inline-block;width:1em;height:.8em;'
        f'background:{colour}"></span> {html.escape(label)}</span>'
        for label, colour in (*labels, (scene.layer.absent, scale.colour(-1)))
    )


def _figures(place: str, row: dict[str, Any]) -> str:
    if not row["asked"]:
        return html.escape(f"{place}: no links")
    km = "" if row["mean_km"] is None else f", mean {row['mean_km']:.1f} km"
    already = f", {row['already']:,} had a number already" if row["already"] else ""
    return html.escape(f"{place}: {row['served']:,} of {row['asked']:,} links served{already}{km}")
