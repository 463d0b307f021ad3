"""The bundled data: its files, checked against the manifest, and its tables as arrays.

A file is read when it is first asked for, once in a process, and refused if its sha256 is not the manifest's. The
builders in `data/builders` make the files, and read them back with the functions below.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from allocator.errors import DataError
from allocator.notation import INCODES

HORIZON_KM = 100.0
"""Where the bundled distances end, kilometres. Longer ones are computed, see `allocator.places.distances`."""

_REMEDY = "Install the package again, or rebuild the data with `python data/builders`."


def _folder() -> Path:
    """Find the data: in the package in a wheel, beside the package in a checkout."""
    package = Path(__file__).resolve().parents[1]
    bundled = package / "_data"
    return bundled if bundled.is_dir() else package.parent / "data"


DATA_FOLDER = _folder()
MANIFEST = "MANIFEST.toml"


@cache
def manifest() -> Mapping[str, Any]:
    """Load the manifest: publisher, edition, licence, sha256, rows and builder of each file.

    Raises
    ------
    DataError
        The manifest is missing or malformed.

    Examples
    --------
    >>> sorted(manifest()["files"])[:2]
    ['area_codes.csv', 'area_codes.geojson']
    """
    try:
        return tomllib.loads(_manifest_bytes().decode("utf-8"))
    except ValueError as error:
        raise DataError(
            f"the manifest can't be read ({error})", file=str(data_path(MANIFEST)), remedy=_REMEDY
        ) from error


@cache
def _manifest_bytes() -> bytes:
    try:
        return data_path(MANIFEST).read_bytes()
    except OSError as error:
        raise DataError("the bundled data was not found", file=str(data_path(MANIFEST)), remedy=_REMEDY) from error


def data_path(name: str) -> Path:
    """Give the path of a bundled file.

    Examples
    --------
    >>> data_path("outcodes.csv").name
    'outcodes.csv'
    """
    return DATA_FOLDER / name


def read_bundled(name: str) -> bytes:
    """Read the bytes of a bundled file, and check them.

    Parameters
    ----------
    name
        Its name in the manifest.

    Raises
    ------
    DataError
        The file is missing, or differs from the one in the manifest.

    Examples
    --------
    >>> read_bundled("outcodes.csv")[:7]
    b'outcode'
    """
    file = str(data_path(name))
    try:
        expected = manifest()["files"][name]["sha256"]
        content = data_path(name).read_bytes()
    except (KeyError, TypeError) as error:
        raise DataError("the manifest does not name this file", file=file, remedy=_REMEDY) from error
    except OSError as error:
        raise DataError(f"a bundled file can't be read ({error.strerror})", file=file, remedy=_REMEDY) from error
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise DataError(f"its sha256 is {found}, and the manifest says {expected}", file=file, remedy=_REMEDY)
    return content


@cache
def data_version() -> dict[str, str]:
    """Identify the data in a plan's summary: its edition, and the sha256 of its manifest.

    Raises
    ------
    DataError
        The manifest is missing or malformed.

    Examples
    --------
    >>> sorted(data_version())
    ['edition', 'manifest_sha256']
    """
    digest = hashlib.sha256(_manifest_bytes()).hexdigest()
    return {"edition": str(manifest()["edition"]), "manifest_sha256": digest}


Scalar = TypeVar("Scalar", bound=np.generic)


def _frozen(array: NDArray[Scalar]) -> NDArray[Scalar]:
    array.flags.writeable = False
    return array


def _degrees(column: pl.Series) -> NDArray[np.float64]:
    return _frozen(column.fill_null(np.nan).to_numpy().copy())


@dataclass(frozen=True, eq=False)
class Outcodes:
    """Every outcode of the United Kingdom and the Crown dependencies, sorted by text.

    Attributes
    ----------
    outcode
        The outcodes, length n.
    longitude, latitude
        Centroid, WGS84 degrees, shape (n,); NaN where there is none.
    area_index
        Row of the covering area code in `area_codes()`, shape (n,); -1 where there is none.
    postcodes
        The number of unit postcodes, live or terminated, shape (n,).
    kind
        "geographic", "non-geographic" or "crown", length n.
    """

    outcode: pl.Series
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    area_index: NDArray[np.int32]
    postcodes: NDArray[np.int64]
    kind: pl.Series

    @classmethod
    def from_csv(cls, content: bytes, codes: AreaCodes) -> Outcodes:
        r"""Read the table of `outcodes.csv`, given that of `area_codes.csv`.

        Examples
        --------
        >>> content = b"outcode,latitude,longitude,area_code,postcodes,kind\nGIR,,,,1,non-geographic\n"
        >>> Outcodes.from_csv(content, bundled_area_codes()).area_index.tolist()
        [-1]
        """
        schema = {"outcode": pl.String, "latitude": pl.Float64, "longitude": pl.Float64}
        schema |= {"area_code": pl.Int32, "postcodes": pl.Int64, "kind": pl.String}
        table = pl.read_csv(content, schema=schema)
        area_code = table["area_code"].fill_null(-1).to_numpy()
        index = np.where(area_code < 0, -1, np.searchsorted(codes.area_code, area_code)).astype(np.int32)
        return cls(
            outcode=table["outcode"],
            longitude=_degrees(table["longitude"]),
            latitude=_degrees(table["latitude"]),
            area_index=_frozen(index),
            postcodes=_frozen(table["postcodes"].to_numpy().copy()),
            kind=table["kind"],
        )

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {outcode: row for row, outcode in enumerate(self.outcode)}

    def row(self, outcode: str) -> int | None:
        """Find the row of an outcode; None where the data does not have it.

        Examples
        --------
        >>> bundled_outcodes().outcode[bundled_outcodes().row("SW1A")]
        'SW1A'
        """
        return self._rows.get(outcode)

    def __len__(self) -> int:
        return len(self.outcode)


@dataclass(frozen=True, eq=False)
class AreaCodes:
    """Every geographic area code of the United Kingdom, sorted by number.

    Attributes
    ----------
    area_code
        The area codes without leading 0, shape (n,).
    name
        Their places, in libphonenumber's words, length n.
    longitude, latitude
        A point inside the coverage, WGS84 degrees, shape (n,); NaN for an area code without coverage.
    outcodes
        The number of outcodes that each covers, shape (n,).
    """

    area_code: NDArray[np.int32]
    name: pl.Series
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    outcodes: NDArray[np.int64]

    @classmethod
    def from_csv(cls, content: bytes) -> AreaCodes:
        r"""Read the table of `area_codes.csv`.

        Examples
        --------
        >>> content = b"area_code,name,latitude,longitude,outcodes\n20,London,51.5,-0.1,280\n"
        >>> AreaCodes.from_csv(content).name.to_list()
        ['London']
        """
        schema = {"area_code": pl.Int32, "name": pl.String, "latitude": pl.Float64, "longitude": pl.Float64}
        table = pl.read_csv(content, schema=schema | {"outcodes": pl.Int64})
        return cls(
            area_code=_frozen(table["area_code"].to_numpy().copy()),
            name=table["name"],
            longitude=_degrees(table["longitude"]),
            latitude=_degrees(table["latitude"]),
            outcodes=_frozen(table["outcodes"].to_numpy().copy()),
        )

    @cached_property
    def _index(self) -> dict[int, int]:
        return {code: row for row, code in enumerate(self.area_code.tolist())}

    def index(self, area_code: int) -> int | None:
        """Find the row of an area code; None where there is no such geographic area code.

        Examples
        --------
        >>> bundled_area_codes().name[bundled_area_codes().index(20)]
        'London'
        """
        return self._index.get(area_code)

    def __len__(self) -> int:
        return len(self.area_code)


_ALIKE = 0.7  # how alike two outcodes are, by difflib, before one counts as the other misspelt


def similar_outcodes(text: str) -> list[str]:
    """Find the outcodes that a text may have been meant to be, at most three, the likeliest first.

    Parameters
    ----------
    text
        The text.

    Examples
    --------
    >>> similar_outcodes("W111")
    ['W11', 'CW11', 'KW11']
    >>> similar_outcodes("???")
    []
    """
    import difflib

    known = bundled_outcodes().outcode.to_list()
    compact = "".join(text.split()).upper()

    def likeness(outcode: str) -> tuple[bool, float, str]:
        # Most slips are a character too many or a wrong one at the end, so a right beginning counts first.
        return (not compact.startswith(outcode), -difflib.SequenceMatcher(None, compact, outcode).ratio(), outcode)

    close = difflib.get_close_matches(compact, known, n=12, cutoff=_ALIKE)
    return sorted(close, key=likeness)[:3]


def suggest_outcode(text: str) -> str:
    """Ask which outcode a text was meant to be; empty where it is like none.

    Parameters
    ----------
    text
        The text.

    Examples
    --------
    >>> suggest_outcode("W111")
    'Did you mean W11 or CW11 or KW11?'
    """
    meant = similar_outcodes(text)
    return f"Did you mean {' or '.join(meant)}?" if meant else ""


@cache
def bundled_outcodes() -> Outcodes:
    """Load the outcodes. Source: ONS Postcode Directory, November 2025.

    Examples
    --------
    >>> len(bundled_outcodes()) > 3000
    True
    """
    return Outcodes.from_csv(read_bundled("outcodes.csv"), bundled_area_codes())


@cache
def bundled_area_codes() -> AreaCodes:
    """Load the area codes. Source: libphonenumber for codes and names, the coverage for positions.

    Examples
    --------
    >>> bundled_area_codes().area_code[:3].tolist()
    [20, 23, 24]
    """
    return AreaCodes.from_csv(read_bundled("area_codes.csv"))


@cache
def bundled_postcodes() -> NDArray[np.uint8]:
    """Load the set of unit postcodes: bits, shape (outcodes, 500); bit i of a row is incode number i, lowest first.

    Examples
    --------
    >>> bundled_postcodes().shape[1] * 8
    4000
    """
    return np.frombuffer(read_bundled("postcodes.bin"), dtype=np.uint8).reshape(-1, INCODES // 8)


def postcodes_exist(outcode_rows: ArrayLike, incodes: ArrayLike) -> NDArray[np.bool_]:
    """Whether unit postcodes exist, live or terminated.

    Parameters
    ----------
    outcode_rows
        Rows of `bundled_outcodes()`, shape (n,).
    incodes
        Incode numbers (`allocator.notation.incode_number`), shape (n,).

    Returns
    -------
    array of bool, shape (n,)

    Examples
    --------
    >>> from allocator.notation import incode_number
    >>> postcodes_exist([bundled_outcodes().row("SW1A")], [incode_number("0AA")]).tolist()
    [True]
    """
    incode = np.asarray(incodes)
    place = np.asarray(outcode_rows).astype(np.int32) * (INCODES // 8) + (incode >> 3)
    found: NDArray[np.bool_] = (bundled_postcodes().ravel()[place] >> (incode & 7).astype(np.uint8)) & 1 != 0
    return found


@cache
def bundled_distances() -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Load the distances from outcodes to area codes up to `HORIZON_KM`.

    Returns
    -------
    start, area_index, km
        The area codes near the outcode in row r are `area_index[start[r]:start[r + 1]]` (rows of
        `bundled_area_codes()`), `km` kilometres away, closest first, then by area code. An outcode without a position
        has none.

    Examples
    --------
    >>> start, area_index, km = bundled_distances()
    >>> row = bundled_outcodes().row("W11")
    >>> bundled_area_codes().area_code[area_index[start[row]]], km[start[row]]
    (np.int32(20), np.float64(0.0))
    """
    content = read_bundled("reach.bin")
    rows = len(bundled_outcodes())
    start = np.frombuffer(content, dtype="<u4", count=rows + 1).astype(np.int64)
    size = int(start[-1])
    km = np.frombuffer(content, dtype="<f8", count=size, offset=4 * (rows + 1)).astype(np.float64)
    index = np.frombuffer(content, dtype="<u2", count=size, offset=4 * (rows + 1) + 8 * size).astype(np.int32)
    return _frozen(start), _frozen(index), _frozen(km)


def bundled_coverage() -> bytes:
    """Read the coverage polygons as GeoJSON, WGS84: one feature for each area code that has a coverage.

    Examples
    --------
    >>> bundled_coverage()[:28]
    b'{"type":"FeatureCollection",'
    """
    return read_bundled("area_codes.geojson")
