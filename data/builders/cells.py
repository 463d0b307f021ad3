"""From labelled points to polygons: draw the cells around the points, dissolve them by label, clean up.

All lines are noded together once, so that neighbours share their border to the last vertex.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Delaunay, Voronoi, cKDTree

from data.builders.coast import to_degrees

FloatArray = NDArray[np.float64]
LabelArray = NDArray[np.int64]

NODE_GRID_M = 1.0
DEGREE_DECIMALS = 5
_SPARSE_M = 5000.0
_RINGS = 2


def tessellate(x: FloatArray, y: FloatArray, label: LabelArray, land: shapely.Geometry) -> tuple[LabelArray, Any]:
    """Divide the land by the label of the nearest point.

    Parameters
    ----------
    x, y
        Points in the plane, metres, no two the same, shape (n,).
    label
        The label of each point, shape (n,).
    land
        The land to divide.

    Returns
    -------
    labels, polygons
        The labels that have land, ascending, and the polygons of each; a valid coverage.
    """
    points = np.stack((x, y), axis=1)
    kept = _near_a_border(points, label)
    points, label = points[kept], label[kept]
    borders = _borders(points, label, land.bounds)
    noded = shapely.union_all([borders, shapely.boundary(land)], grid_size=NODE_GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inside = shapely.point_on_surface(faces)
    at = shapely.get_coordinates(inside)
    shapely.prepare(land)
    on_land = shapely.contains_xy(land, at[:, 0], at[:, 1])
    _, nearest = cKDTree(points).query(at[on_land])
    return _dissolve(faces[on_land], label[nearest])


def _near_a_border(points: FloatArray, label: LabelArray) -> NDArray[np.int64]:
    """Keep the points that shape a border, and enough of the others to hold the land between borders."""
    triangles = Delaunay(points).simplices
    edges = np.concatenate((triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]))
    kept = np.zeros(len(points), dtype=bool)
    kept[edges[label[edges[:, 0]] != label[edges[:, 1]]].ravel()] = True
    for _ in range(_RINGS):
        kept[edges[kept[edges].any(axis=1)].ravel()] = True
    _, first = np.unique(points // _SPARSE_M, axis=0, return_index=True)
    kept[first] = True
    return np.flatnonzero(kept)


def _borders(points: FloatArray, label: LabelArray, bounds: tuple[float, float, float, float]) -> shapely.Geometry:
    """Find the edges of Voronoi cells between points of different labels."""
    west, south, east, north = bounds
    far = 3.0 * max(east - west, north - south)
    corners = np.array(
        [(west - far, south - far), (west - far, north + far), (east + far, south - far), (east + far, north + far)]
    )
    diagram = Voronoi(np.concatenate((points, corners)))
    beside = diagram.ridge_points
    both = (beside < len(points)).all(axis=1)
    parts = np.zeros(len(beside), dtype=bool)
    parts[both] = label[beside[both, 0]] != label[beside[both, 1]]
    vertices = np.array([ridge for ridge, part in zip(diagram.ridge_vertices, parts, strict=True) if part])
    segments = diagram.vertices[vertices[(vertices >= 0).all(axis=1)]]
    # Cells of points far out at sea have corners anywhere; far from the land they do not matter.
    room = 100_000.0
    segments = np.clip(segments, (west - room, south - room), (east + room, north + room))
    lines = shapely.linestrings(segments)
    return shapely.multilinestrings(lines[shapely.length(lines) > 0])


def _dissolve(faces: Any, label: LabelArray) -> tuple[LabelArray, Any]:
    labels = np.unique(label)
    return labels, np.array([shapely.coverage_union_all(faces[label == one]) for one in labels])


def simplify(polygons: Any, tolerance_m: float) -> Any:
    """Simplify the polygons of a coverage in the plane together, in degrees as printed; a valid coverage."""
    simple = shapely.coverage_simplify(polygons, tolerance_m)
    degrees = shapely.transform(simple, lambda points: np.stack(to_degrees(points[:, 0], points[:, 1]), axis=1))
    # Borders rounded corner by corner could cross, so they are noded once more on the grid of the printed numbers.
    noded = shapely.union_all(shapely.boundary(degrees), grid_size=10.0**-DEGREE_DECIMALS)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    face, owner = shapely.STRtree(degrees).query(shapely.point_on_surface(faces), predicate="within")
    labels, printed = _dissolve(faces[face], owner.astype(np.int64))
    if len(labels) != len(polygons):
        raise ValueError("a coverage vanished when it was simplified")
    return shapely.transform(printed, lambda points: np.round(points, DEGREE_DECIMALS))
