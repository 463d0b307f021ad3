"""The map as a picture for other documents, drawn by matplotlib."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from allocator.errors import OptionError, install_hint
from allocator.plans import Plan, write_file
from allocator.report.folders import read_one_plan
from allocator.report.palette import page_colours
from allocator.report.scene import Scene, scene_of
from allocator.report.shapes import MIDDLE_M, Shape

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH_IN, _HEIGHT_IN, _FILE_DPI, _NOTEBOOK_DPI = 7.0, 9.6, 200, 100
# The map's part of the picture: left, bottom, width and height.
_PLACE = (0.02, 0.05, 0.96, 0.87)
_SOURCE = "Contains OS and Royal Mail data © Crown copyright and database right 2025; ONS, Open Government Licence v3.0"


@dataclass(frozen=True, repr=False)
class Picture:
    """A map as a picture. In a notebook it shows itself.

    Attributes
    ----------
    title
        What it shows, in words; also in the picture.
    figure
        The figure of matplotlib, 7.0 by 9.6 inches, for changes of your own.
    """

    title: str
    figure: Figure

    def __repr__(self) -> str:
        return f"<Picture: {self.title}>"

    def _repr_png_(self) -> bytes:
        return self._bytes("png", _NOTEBOOK_DPI)

    def write(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the picture to a file, whole or not at all.

        The same plan and the same release of matplotlib give the same bytes.

        Parameters
        ----------
        path
            The file to write. A name that ends in .png makes a PNG, 1,400 pixels wide and 1,920 high; one that ends in
            .svg makes an SVG.
        force
            Replace a file that is already there.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OptionError
            The name ends in neither .png nor .svg.
        OutputError
            The file exists and `force` is not set, or it can't be written.

        Examples
        --------
        >>> import allocator, polars as pl, tempfile
        >>> links = pl.DataFrame({"link_id": ["1"], "postcode": ["W11 3EP"]})
        >>> plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     allocator.report.map(plan).write(f"{folder}/map.svg").name
        'map.svg'
        """
        path = Path(path)
        write_file(path, self._bytes(_kind_of(path), _FILE_DPI), force=force)
        return path

    def _bytes(self, kind: str, dpi: int) -> bytes:
        import matplotlib as mpl

        buffer = io.BytesIO()
        # Leave out the time, and the random identifiers that matplotlib would write into an SVG.
        metadata: dict[str, Any] = {"Date": None} if kind == "svg" else {"Software": None}
        with mpl.rc_context({"svg.hashsalt": "allocator", "svg.fonttype": "none"}):
            self.figure.savefig(buffer, format=kind, dpi=dpi, metadata=metadata)
        return buffer.getvalue()


def map(plan: Plan | str | Path, layer: str = "share") -> Picture:  # noqa: A001 - its public name, allocator.report.map
    """Draw the map of a plan by area code.

    Where the links are so close together that single outcodes show more, these are drawn as dots.

    Parameters
    ----------
    plan
        A plan, or a plan's folder.
    layer
        What the colours show: "share" (share of links served), "asked" (links), "mean_km" (mean distance), "left"
        (numbers left) or "missing" (links for which no number was in reach).

    Returns
    -------
    Picture
        Shows itself in a notebook; `.write("map.png")` or `.write("map.svg")` makes a file.

    Raises
    ------
    InputError
        The folder holds no plan, or its files were altered.
    OptionError
        There is no such layer, the plan's folder does not have what it shows, or matplotlib is not installed (extra
        `report`).

    Examples
    --------
    >>> import allocator, polars as pl
    >>> links = pl.DataFrame({"link_id": ["1"], "postcode": ["W11 3EP"]})
    >>> plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    >>> allocator.report.map(plan, "mean_km")
    <Picture: Mean distance: 1 of 1 links have a number>
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise OptionError("a map needs matplotlib", remedy=install_hint("report")) from error
    plan = read_one_plan(plan)
    aspect = _HEIGHT_IN * _PLACE[3] / (_WIDTH_IN * _PLACE[2])
    scene = scene_of(plan, layer, aspect=aspect, tolerance_m=MIDDLE_M)
    figure = Figure(figsize=(_WIDTH_IN, _HEIGHT_IN), layout=None)
    axes = figure.add_axes(_PLACE)
    _draw(axes, scene)
    _add_key(axes, scene)
    west, north, east, south = scene.window
    axes.set(xlim=(west, east), ylim=(south, north), aspect="equal")
    axes.set_axis_off()
    links, colours = plan.summary["links"], page_colours("light")
    title = f"{scene.layer.label}: {links['assigned']:,} of {links['total']:,} links have a number"
    figure.text(0.03, 0.95, title, fontsize=13, fontweight="bold", color=colours["ink"])
    figure.text(0.03, 0.015, _SOURCE, fontsize=6, color=colours["soft"])
    return Picture(title, figure)


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
    # On white, as it may lie over the map.
    box = {"framealpha": 0.85, "edgecolor": "none", "facecolor": "white"}
    axes.legend(handles=key, title=layer.label, loc="upper left", alignment="left", **box)


def _kind_of(path: Path) -> str:
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("png", "svg"):
        raise OptionError(
            "a map is written as PNG or SVG", value=path.name, remedy="Name a file that ends in .png or .svg."
        )
    return kind
