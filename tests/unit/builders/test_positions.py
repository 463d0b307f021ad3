"""Unit postcodes: from the grids to WGS84."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Geod
from pyproj.transformer import TransformerGroup

from data.builders.positions import BRITISH, IRISH, to_wgs84


@pytest.mark.filterwarnings("ignore:Best transformation is not available:UserWarning")  # it asks for a grid file
@pytest.mark.parametrize(
    ("crs", "grid", "operation"),
    [(27700, BRITISH, "OSGB36 to WGS 84 (6)"), (29903, IRISH, "TM75 to WGS 84 (2)")],
)
def test_the_pinned_operation_is_the_one_of_the_register(crs: int, grid: dict[str, str], operation: str) -> None:
    group = TransformerGroup(crs, 4326, always_xy=True)
    reference = next(one for one in group.transformers if operation in one.description)
    rng = np.random.default_rng(1)
    easting, northing = rng.uniform(150_000, 350_000, 100), rng.uniform(100_000, 400_000, 100)
    assert np.allclose(
        to_wgs84(easting, northing, grid), reference.transform(easting, northing), rtol=0, atol=1e-7
    )  # 1 cm


def test_a_known_point() -> None:
    # Ordnance Survey's worked example: Caister water tower, in "A guide to coordinate systems in Great Britain". Its
    # WGS84 position is by the OSTN transformation, which the seven parameters meet to a few metres.
    longitude, latitude = to_wgs84(np.array([651409.903]), np.array([313177.270]), BRITISH)
    _, _, metres = Geod(ellps="WGS84").inv(longitude, latitude, [1.716073973], [52.658007833])
    assert metres[0] < 5
