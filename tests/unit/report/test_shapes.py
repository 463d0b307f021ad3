"""The shapes of the map are those of the coverage, simplified."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import numpy as np
import pytest

from allocator.places.coverage import default_coverage
from allocator.report import shapes


def test_the_shapes_are_those_of_the_coverage_simplified() -> None:
    drawn = shapes.shapes()
    assert [int(shape.area_code) for shape in drawn] == default_coverage().area_code.tolist()
    assert all(shape.polygons for shape in drawn)

    def area(ring: np.ndarray[Any, Any]) -> float:
        x, y = ring[:, 0].astype(float), ring[:, 1].astype(float)
        return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2

    total = sum(
        area(polygon[0]) - sum(area(ring) for ring in polygon[1:]) for shape in drawn for polygon in shape.polygons
    )
    km2 = total * (shapes.UNIT_M / 1000) ** 2
    assert 240_000 < km2 < 250_000  # the United Kingdom has 244,000


def test_neighbours_keep_a_common_border() -> None:
    edges: Counter[tuple[tuple[int, int], ...]] = Counter()
    for shape in shapes.shapes():
        for polygon in shape.polygons:
            for ring in polygon:
                points = [(int(x), int(y)) for x, y in ring]
                for edge in itertools.pairwise([*points, points[0]]):
                    edges[tuple(sorted(edge))] += 1
    shared = sum(count == 2 for count in edges.values())
    assert set(edges.values()) <= {1, 2, 3, 4}
    assert shared > 0.4 * len(edges)


def test_the_plane_keeps_distances_within_a_hundredth() -> None:
    (a, b) = shapes.plane([-0.1247, -3.1883], [51.4998, 55.9533])
    assert float(np.hypot(*(a - b))) * shapes.UNIT_M / 1000 == pytest.approx(534, rel=0.01)
