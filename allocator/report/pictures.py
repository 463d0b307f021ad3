"""The map for other documents: PNG and SVG by matplotlib."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from allocator.errors import OptionError
from allocator.plans import Plan
from allocator.report.palette import page_colours
from allocator.report.scene import Scene, scene_of
from allocator.report.shapes import MIDDLE_M, Shape

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH_IN, _HEIGHT_IN, _DPI = 7.0, 9.6, 200
# The map's part of the picture: left, bottom, width and height.
_PLACE = (0.02, 0.05, 0.96, 0.87)
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
        from matplotlib.figure import Figure
    except ImportError as error:
        raise OptionError(
            "the map as a picture needs matplotlib", remedy="Install it: pip install 'voxnumber-allocator[report]'."
        ) from error
    aspect = _HEIGHT_IN * _PLACE[3] / (_WIDTH_IN * _PLACE[2])
    scene = scene_of(plan, layer, aspect=aspect, tolerance_m=MIDDLE_M)
    picture = Figure(figsize=(_WIDTH_IN, _HEIGHT_IN), layout=None)
    axes = picture.add_axes(_PLACE)
    _draw(axes, scene)
    _add_key(axes, scene)
    west, north, east, south = scene.window
    axes.set(xlim=(west, east), ylim=(south, north), aspect="equal")
    axes.set_axis_off()
    links, colours = plan.summary["links"], page_colours("light")
    title = f"{scene.layer.label}: {links['assigned']:,} of {links['total']:,} links have a number"
    picture.text(0.03, 0.95, title, fontsize=13, fontweight="bold", color=colours["ink"])
    picture.text(0.03, 0.015, _SOURCE, fontsize=6, color=colours["soft"])
    return picture


def _draw(axes: Axes, scene: Scene) -> None:
    from matplotlib.collections import LineCollection, PatchCollection
    from matplotlib.patches import PathPatch

    colours, scale = page_colours("light"), scene.layer.scale
    axes.add_collection(
        PatchCollection(
            [PathPatch(_outline(shape)) for shape in scene.shapes],
            facecolors=[scale.colour(number) for number in scene.classes],
            edgecolors=colours["border"],
            linewidths=0.25,
            alpha=0.35 if scene.dots else None,
        )
    )
    axes.add_collection(LineCollection(list(scene.lines), colors=colours["line"], linewidths=0.6))
    if scene.dots:
        asked = scene.figures.outcodes["asked"].to_numpy()
        axes.scatter(
            scene.spots[:, 0],
            scene.spots[:, 1],
            s=8 + 90 * asked / asked.max(),
            c=[scale.colour(number) for number in scene.dot_classes],
            edgecolors=colours["mark"],
            linewidths=0.3,
            zorder=3,
        )


def _outline(shape: Shape) -> Any:
    from matplotlib.path import Path as Outline

    rings = [Outline(np.vstack([ring, ring[:1]]), closed=True) for polygon in shape.polygons for ring in polygon]
    return Outline.make_compound_path(*rings)


def _add_key(axes: Axes, scene: Scene) -> None:
    from matplotlib.patches import Patch

    layer = scene.layer
    key = [Patch(facecolor=layer.scale.colour(number), label=label) for number, label in enumerate(layer.scale.labels)]
    key.append(Patch(facecolor=layer.scale.colour(-1), label=layer.absent))
    # On white, as it may lie on the map.
    box = {"framealpha": 0.85, "edgecolor": "none", "facecolor": "white"}
    axes.legend(handles=key, title=layer.label, loc="upper left", alignment="left", **box)


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
        picture.savefig(buffer, format=kind, dpi=_DPI, metadata=metadata)
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
