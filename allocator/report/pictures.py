"""The map for other documents: PNG and SVG by matplotlib, and a small one for a notebook."""

from __future__ import annotations

import html
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from allocator.errors import OptionError
from allocator.plan import Plan
from allocator.report import shapes
from allocator.report.content import Layer, class_of, layers_of
from allocator.report.figures import Figures, figures
from allocator.report.palette import page_colours

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LAYERS = ("share", "asked", "mean_km", "left", "missing")
"""What the map can show, see `allocator.report.content.layers_of`."""
_LOCAL_DOTS = 12.0
_GRAIN = 10
_SOURCE = "Contains OS and Royal Mail data © Crown copyright and database right 2025; ONS, Open Government Licence v3.0"


def map_figure(plan: Plan, layer: str = "share") -> Figure:
    """The map as a figure of matplotlib, to go on with.

    Parameters
    ----------
    plan
        The plan.
    layer
        What the colours show: "share" (served), "asked", "mean_km", "left" or "missing" (what to buy).

    Raises
    ------
    OptionError
        There is no such layer, or matplotlib is not installed (extra `report`).
    """
    try:
        from matplotlib.collections import LineCollection, PatchCollection
        from matplotlib.figure import Figure
        from matplotlib.patches import Patch, PathPatch
    except ImportError as error:
        raise OptionError(
            "the map as a picture needs matplotlib", remedy="Install it: pip install 'allocator[report]'."
        ) from error
    found = figures(plan)
    shown = layer_named(layer, found)
    window = _window(found)
    west, north, east, south = window
    drawn = shapes.shapes(shapes.MIDDLE_M if window == shapes.extent() else shapes.FINE_M)
    drawn = tuple(shape for shape in drawn if shape.polygons and _meet(shape.bounds, window))
    classes = _classes(shown, found, drawn)
    colours = page_colours("light")
    picture = Figure(figsize=(7.0, 9.6), layout=None)
    axes = picture.add_axes((0.02, 0.05, 0.96, 0.87))
    patches = [PathPatch(_outline(shape)) for shape in drawn]
    dots = _dotted(found)
    axes.add_collection(
        PatchCollection(
            patches,
            facecolors=[shown.scale.colour(number) for number in classes],
            edgecolors=colours["border"],
            linewidths=0.25,
            alpha=0.35 if dots else None,
        )
    )
    fallen = found.fallbacks
    if fallen.height:
        begin = shapes.plane(fallen["longitude"], fallen["latitude"])
        end = shapes.plane(fallen["to_longitude"], fallen["to_latitude"])
        axes.add_collection(
            LineCollection(list(np.stack([begin, end], axis=1)), colors=colours["line"], linewidths=0.6)
        )
    if dots:
        _draw_dots(axes, shown, found)
    axes.set(xlim=(west, east), ylim=(south, north), aspect="equal")
    axes.set_axis_off()
    key = [Patch(facecolor=shown.scale.colour(number), label=label) for number, label in enumerate(shown.scale.labels)]
    key.append(Patch(facecolor=colours["none"], label=shown.absent))
    axes.legend(
        handles=key,
        title=shown.label,
        loc="upper left",
        frameon=False,
        alignment="left",
        bbox_to_anchor=(0.03, 0.93),
        bbox_transform=picture.transFigure,
    )
    links = plan.summary["links"]
    title = f"{shown.label}: {links['assigned']:,} of {links['total']:,} links have a number"
    picture.text(0.04, 0.95, title, fontsize=13, fontweight="bold", color=colours["ink"])
    picture.text(0.04, 0.015, _SOURCE, fontsize=6, color=colours["soft"])
    return picture


def map_picture(plan: Plan, kind: Literal["png", "svg"] = "png", layer: str = "share") -> bytes:
    """The map as the bytes of a PNG or SVG, which are the same for the same plan and release of matplotlib.

    Parameters
    ----------
    plan, layer
        See `map_figure`.
    kind
        "png" (1,400 pixels wide) or "svg".

    Raises
    ------
    OptionError
        There is no such kind or layer, or matplotlib is not installed (extra `report`).
    """
    if kind not in ("png", "svg"):
        raise OptionError("a map is written as PNG or SVG", value=kind, remedy="Name a file that ends in .png or .svg.")
    picture = map_figure(plan, layer)
    import matplotlib as mpl

    buffer = io.BytesIO()
    # Neither the time nor a chance identifier, which matplotlib would write into an SVG.
    metadata: dict[str, Any] = {"Date": None} if kind == "svg" else {"Software": None}
    with mpl.rc_context({"svg.hashsalt": "allocator", "svg.fonttype": "none"}):
        picture.savefig(buffer, format=kind, dpi=200, metadata=metadata)
    return buffer.getvalue()


def picture_kind(path: Path) -> Literal["png", "svg"]:
    """The kind of picture that a file's suffix asks for.

    Raises
    ------
    OptionError
        It is neither.

    Examples
    --------
    >>> picture_kind(Path("map.SVG"))
    'svg'
    """
    match path.suffix.lower():
        case ".png":
            return "png"
        case ".svg":
            return "svg"
        case _:
            raise OptionError(
                "a map is written as PNG or SVG", value=path.name, remedy="Name a file that ends in .png or .svg."
            )


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
    if name == "left":
        raise OptionError(
            "the stock that is left is not known by area code", value=name, remedy="Plan again with this release."
        )
    raise OptionError("there is no such layer of the map", value=name, remedy=f"Name one of {', '.join(LAYERS)}.")


def _classes(layer: Layer, found: Figures, drawn: tuple[shapes.Shape, ...]) -> list[int]:
    order = pl.DataFrame({"area_code": [shape.area_code for shape in drawn]})
    rows = order.join(found.area_codes, on="area_code", how="left", maintain_order="left")
    classes: list[int] = class_of(layer, rows).tolist()
    return classes


def _outline(shape: shapes.Shape) -> Any:
    from matplotlib.path import Path as Outline

    rings = [Outline(np.vstack([ring, ring[:1]]), closed=True) for polygon in shape.polygons for ring in polygon]
    return Outline.make_compound_path(*rings)


def _dotted(found: Figures) -> bool:
    """Whether the outcodes are drawn: where many share a few area codes, whose colours would say too little."""
    codes = found.outcodes["area_code"].n_unique()
    return bool(codes) and found.outcodes.height / codes > _LOCAL_DOTS


def _draw_dots(axes: Any, layer: Layer, found: Figures) -> None:
    spots = shapes.plane(found.outcodes["longitude"], found.outcodes["latitude"])
    if layer.outcodes is None:
        colours = [page_colours("light")["none"]] * len(spots)
    else:
        values = found.outcodes[layer.outcodes].cast(pl.Float64).fill_null(np.nan).to_numpy()
        colours = [layer.scale.colour(number) for number in layer.scale.classes(values)]
    asked = found.outcodes["asked"].to_numpy()
    axes.scatter(
        spots[:, 0],
        spots[:, 1],
        s=8 + 90 * asked / asked.max(),
        c=colours,
        edgecolors="#16202b",
        linewidths=0.3,
        zorder=3,
    )


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _window(found: Figures) -> tuple[int, ...]:
    from allocator.report.content import focus_of

    if found.outcodes.is_empty():
        return shapes.extent()
    return focus_of(shapes.plane(found.outcodes["longitude"], found.outcodes["latitude"]))


def small_map(plan: Plan, layer: str = "share", height: int = 420) -> str:
    """A small map for a notebook: an SVG in HTML, 80 kB, with the figures of each area code on pointing at it.

    Parameters
    ----------
    plan
        The plan.
    layer
        See `map_figure`.
    height
        Pixels.

    Raises
    ------
    OptionError
        There is no such layer.
    """
    found = figures(plan)
    shown = layer_named(layer, found)
    drawn = shapes.shapes(shapes.COARSE_M)
    classes = _classes(shown, found, drawn)
    rows = {row["area_code"]: row for row in found.area_codes.iter_rows(named=True)}
    west, north, east, south = shapes.extent()
    colours = page_colours("light")
    paths = "".join(
        f'<path d="{shape.path(_GRAIN)}" fill="{shown.scale.colour(number)}">'
        f"<title>{_told(rows[shape.area_code])}</title></path>"
        for shape, number in zip(drawn, classes, strict=True)
        if shape.polygons
    )
    key = "".join(
        f'<span style="white-space:nowrap"><span style="display:inline-block;width:1em;height:.8em;'
        f'background:{colour}"></span> {html.escape(label)}</span> '
        for label, colour in [
            *((label, shown.scale.colour(number)) for number, label in enumerate(shown.scale.labels)),
            (shown.absent, colours["none"]),
        ]
    )
    title = f"Map of the United Kingdom by area code: {shown.label}"
    return (
        f'<div style="max-width:24em"><div><b>{html.escape(shown.label)}</b> {key}</div>'
        f'<svg role="img" aria-label="{html.escape(title)}" height="{height}" '
        f'viewBox="{west // _GRAIN} {north // _GRAIN} {(east - west) // _GRAIN} {(south - north) // _GRAIN}" '
        f'stroke="{colours["border"]}" stroke-width="2">{paths}</svg></div>'
    )


def _told(row: dict[str, Any]) -> str:
    place = f"0{row['area_code']} {row['name']}"
    if not row["asked"]:
        return html.escape(f"{place}: no links")
    km = "" if row["mean_km"] is None else f", mean {row['mean_km']:.1f} km"
    return html.escape(f"{place}: {row['served']:,} of {row['asked']:,} links served{km}")
