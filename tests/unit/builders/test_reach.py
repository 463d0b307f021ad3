"""`reach.bin`, for a few outcodes, against plain distances."""

from __future__ import annotations

import numpy as np
from pyproj import Geod

from allocator.places.dataset import HORIZON_KM, AreaCodes, Outcodes
from data.builders.reach import reach_bin

CODES = b"""area_code,name,latitude,longitude,outcodes
20,London,51.5,-0.1,2
1234,Bedford,52.1,-0.5,1
1438,Stevenage,51.9,-0.2,0
1481,Guernsey,49.5,-2.5,1
1987,Ebbsfleet,,,0
"""
OUTCODES = b"""outcode,latitude,longitude,area_code,postcodes,kind
GIR,,,,1,non-geographic
GY1,49.456000,-2.537000,1481,1312,crown
MK40,52.135000,-0.470000,1234,900,geographic
N9,51.630000,-0.060000,20,900,geographic
SW1A,51.501973,-0.133889,20,354,geographic
"""


def test_the_nearest_outcode_of_an_area_code_counts_or_else_its_point() -> None:
    codes = AreaCodes.from_csv(CODES)
    outcodes = Outcodes.from_csv(OUTCODES, codes)
    content = reach_bin(outcodes, codes)
    start = np.frombuffer(content, "<u4", count=6)
    size = int(start[-1])
    km = np.frombuffer(content, "<f8", count=size, offset=24)
    index = np.frombuffer(content, "<u2", count=size, offset=24 + 8 * size)
    assert len(content) == 24 + 10 * size
    assert start.tolist() == [0, 0, 1, 4, 7, 10]

    def away(longitude: float, latitude: float, row: int) -> float:
        _, _, metres = Geod(ellps="WGS84").inv(longitude, latitude, outcodes.longitude[row], outcodes.latitude[row])
        return float(metres) / 1000

    assert (index[:1].tolist(), km[:1].tolist()) == ([3], [0.0])
    bedford = {1: 0.0, 2: away(-0.2, 51.9, 2), 0: away(-0.06, 51.63, 2)}
    assert dict(zip(index[1:4].tolist(), km[1:4].tolist(), strict=True)) == bedford
    enfield = {0: 0.0, 2: away(-0.2, 51.9, 3), 1: away(-0.47, 52.135, 3)}
    assert dict(zip(index[4:7].tolist(), km[4:7].tolist(), strict=True)) == enfield
    assert km.max() <= HORIZON_KM
