"""`reach.bin`: the distances from outcodes to area codes within the horizon."""

from __future__ import annotations

import numpy as np

from allocator.places.dataset import HORIZON_KM, AreaCodes, Outcodes
from allocator.places.distances import DistanceTable, closest_first


def reach_bin(outcodes: Outcodes, codes: AreaCodes) -> bytes:
    """Write three arrays one after the other, little-endian: where each outcode begins (uint32, one more than there are
    outcodes), the distances in kilometres (float64), the rows of the area codes (uint16).

    They are computed from the printed coordinates, by the same code as the distances beyond the horizon.
    """
    table = DistanceTable(outcodes.longitude, outcodes.latitude, outcodes.area_index, codes.longitude, codes.latitude)
    near = [closest_first(distances, HORIZON_KM) for distances in table.compute(np.arange(len(outcodes)))]
    start = np.cumsum([0, *(len(area_index) for area_index, _ in near)])
    km = np.concatenate([km for _, km in near])
    area_index = np.concatenate([area_index for area_index, _ in near])
    return start.astype("<u4").tobytes() + km.astype("<f8").tobytes() + area_index.astype("<u2").tobytes()
