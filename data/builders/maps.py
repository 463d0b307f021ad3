"""Maps of where the coverage isn't accurate, as SVG; drawn from tables, so they show no more than these."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from allocator.places.coverage import Coverage
from allocator.places.dataset import Outcodes
from allocator.report.palette import page_colours
from allocator.report.scales import Scale
from data.builders import coast
from data.builders.accuracy import HEXAGON_M, LEAST_OBSERVATIONS
from data.builders.sources import SourceError

FloatArray = NDArray[np.float64]

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The page in points, and the part of the plane (see `coast`) that is on it.
_WIDTH_PT, _HEIGHT_PT = 415.0, 820.0
_POINT_M = 1650.0
_WEST_M, _SOUTH_M = -10_000.0, -115_000.0
# Corners finer than this are invisible at this size, degrees (Visvalingam's measure: the square root of an area).
_SEEN_DEGREES = 0.02
# Islands and exclaves smaller than this are not drawn, square points.
_SPECK_PT2 = 0.5

ERRORS = Scale(
    "missing",
    (0.01, 0.03, 0.06, 0.12),
    ("up to 1 %", "1 to 3 %", "3 to 6 %", "6 to 12 %", "over 12 %"),
    (0, 1, 2, 3, 4),
)
STRADDLING = Scale(
    "missing",
    (0.05, 0.1, 0.25, 0.5),
    ("1 to 5 %", "5 to 10 %", "10 to 25 %", "25 to 50 %", "over 50 %"),
    (0, 1, 2, 3, 4),
)


def require_matplotlib() -> None:
    """Refuse to start long work without matplotlib.

    Raises
    ------
    SourceError
        Matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise SourceError("the maps need matplotlib", remedy="Install it: pip install '.[report]'.")


def pictures(tables: Mapping[str, bytes], coverage: Coverage, outcodes: Outcodes) -> dict[str, bytes]:
    """Draw both maps, by file name, from `hexagons.csv` and `straddling.csv`."""
    return {
        "errors.svg": errors_map(tables["hexagons.csv"], coverage),
        "straddling.svg": straddling_map(tables["straddling.csv"], coverage, outcodes),
    }


def errors_map(hexagons_csv: bytes, coverage: Coverage) -> bytes:
    """Draw the share of held-out observations in a wrong polygon, by hexagons.

    Parameters
    ----------
    hexagons_csv
        The table of that name.
    coverage
        The polygons.
    """
    table = pl.read_csv(hexagons_csv)
    figure, axes = _sheet()
    polygons = _drawn(coverage)
    land = _land(polygons)
    hexagons = shapely.intersection(_hexagons(table["longitude"].to_numpy(), table["latitude"].to_numpy()), land)
    classes = ERRORS.classes(table["share"].to_numpy())
    _fill(axes, land, ERRORS.colour(-1))
    for number in np.unique(classes).tolist():
        _fill(axes, hexagons[classes == number], ERRORS.colour(number))
    _add_borders(axes, polygons)
    few = f"fewer than {LEAST_OBSERVATIONS} observations"
    _add_key(axes, ERRORS, "Observations in the polygon\nof another area code", _patch, few)
    return _svg(figure)


def straddling_map(straddling_csv: bytes, coverage: Coverage, outcodes: Outcodes) -> bytes:
    """Draw the outcodes that straddle area codes, at their centroids, by the share of their unit postcodes elsewhere.

    Parameters
    ----------
    straddling_csv
        The table of that name.
    coverage
        The polygons.
    outcodes
        The outcodes and where they are.
    """
    # Sorted so that the darkest are drawn last, on top of the others.
    table = pl.read_csv(straddling_csv).sort("share", "outcode")
    rows = np.searchsorted(outcodes.outcode.to_numpy().astype(np.str_), table["outcode"].to_numpy().astype(np.str_))
    spots = np.round(_on_page(outcodes.longitude[rows], outcodes.latitude[rows]), 1)
    figure, axes = _sheet()
    polygons, colours = _drawn(coverage), page_colours("light")
    _fill(axes, _land(polygons), colours["none"])
    _add_borders(axes, polygons)
    classes = STRADDLING.classes(table["share"].to_numpy()).tolist()
    fill = [STRADDLING.colour(number) for number in classes]
    edge: dict[str, Any] = {"edgecolors": colours["mark"], "linewidths": 0.2}
    axes.scatter(spots[:, 0], spots[:, 1], s=9, c=fill, zorder=3, clip_on=False, **edge)
    _add_key(axes, STRADDLING, "Unit postcodes of an outcode in\nthe polygon of another area code", _dot, None)
    return _svg(figure)


def _hexagons(longitude: FloatArray, latitude: FloatArray) -> NDArray[Any]:
    """Make hexagons on the page around their middles."""
    x, y = coast.to_plane(longitude, latitude)
    turn = np.radians(np.arange(30, 390, 60))
    radius = HEXAGON_M / np.sqrt(3.0)
    corners = np.stack((x[:, None] + radius * np.cos(turn), y[:, None] + radius * np.sin(turn)), axis=2)
    return np.asarray(shapely.polygons((corners - (_WEST_M, _SOUTH_M)) / _POINT_M))


def _sheet() -> tuple[Figure, Axes]:
    """Make an empty page whose units are points (1/72 inch)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH_PT / 72, _HEIGHT_PT / 72), layout=None, facecolor="white")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), xlim=(0, _WIDTH_PT), ylim=(0, _HEIGHT_PT))
    axes.set_axis_off()
    return figure, axes


def _on_page(longitude: FloatArray, latitude: FloatArray) -> FloatArray:
    """Turn longitude and latitude into positions on the page, points, shape (n, 2)."""
    x, y = coast.to_plane(longitude, latitude)
    return np.stack((x - _WEST_M, y - _SOUTH_M), axis=1) / _POINT_M


def _drawn(coverage: Coverage) -> NDArray[Any]:
    """Put the polygons on the page, without corners too fine to see; neighbours still share theirs."""
    degrees = shapely.coverage_simplify(coverage.polygons, _SEEN_DEGREES)
    return np.asarray(shapely.transform(degrees, lambda points: _on_page(points[:, 0], points[:, 1])))


def _land(polygons: NDArray[Any]) -> shapely.Geometry:
    """Join the polygons, without the specks."""
    parts = shapely.get_parts(shapely.coverage_union_all(polygons))
    return shapely.multipolygons(parts[shapely.area(parts) >= _SPECK_PT2])


def _fill(axes: Axes, shapes: Any, colour: str) -> None:
    rings = shapely.get_rings(shapely.get_parts(shapely.get_parts(shapes)))
    _add(axes, rings, facecolor=colour, edgecolor="none")


def _add_borders(axes: Axes, polygons: NDArray[Any]) -> None:
    """Draw the borders and the coast, each once although two neighbours have it."""
    lines = shapely.get_parts(shapely.line_merge(shapely.union_all(shapely.boundary(polygons))))
    closed = shapely.is_ring(lines)
    speck = np.zeros(len(lines), dtype=bool)
    speck[closed] = shapely.area(shapely.build_area(lines[closed])) < _SPECK_PT2
    _add(axes, lines[~speck], facecolor="none", edgecolor=page_colours("light")["border"], linewidth=0.25)


def _add(axes: Axes, lines: Iterable[Any], **style: Any) -> None:
    """Draw lines or rings as one path, which takes fewer bytes than many."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    corners = [_corners(line) for line in lines]
    axes.add_patch(PathPatch(Outline.make_compound_path(*map(Outline, corners)), **style))


def _corners(line: shapely.Geometry) -> FloatArray:
    """Round the corners of a line or ring to a tenth of a point (matplotlib prints all digits), none twice in a row."""
    corners = np.round(shapely.get_coordinates(line), 1)
    moved = np.concatenate(([True], (np.diff(corners, axis=0) != 0).any(axis=1)))
    return np.asarray(corners[moved])


def _add_key(axes: Axes, scale: Scale, title: str, sign: Callable[[str, str], Artist], absent: str | None) -> None:
    key = [sign(scale.colour(number), label) for number, label in enumerate(scale.labels)]
    if absent:
        key.append(sign(scale.colour(-1), absent))
    where: dict[str, Any] = {"loc": "upper left", "alignment": "left", "frameon": False}
    axes.legend(handles=key, title=title, fontsize=9, title_fontsize=10, **where)


def _patch(colour: str, label: str) -> Artist:
    from matplotlib.patches import Patch

    return Patch(facecolor=colour, edgecolor=page_colours("light")["border"], linewidth=0.25, label=label)


def _dot(colour: str, label: str) -> Artist:
    from matplotlib.lines import Line2D

    edge: dict[str, Any] = {"markeredgecolor": page_colours("light")["mark"], "markeredgewidth": 0.2}
    return Line2D([], [], linestyle="none", marker="o", markersize=7, markerfacecolor=colour, label=label, **edge)


def _svg(figure: Figure) -> bytes:
    import matplotlib as mpl

    buffer = io.BytesIO()
    # Without these settings matplotlib writes the time and random identifiers.
    with mpl.rc_context({"svg.hashsalt": "allocator", "svg.fonttype": "path"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()
