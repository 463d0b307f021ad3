"""The bundled tables: outcodes, the set of unit postcodes, and area codes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allocator.notation.postcodes import INCODES, incode_text
from data.builders.positions import Postcodes

DECIMALS = 6  # of a degree: 0.1 m


@dataclass(frozen=True, eq=False)
class Centroids:
    """Every outcode and where it is, sorted by text.

    Attributes
    ----------
    outcode
        The outcodes as text, shape (n,).
    longitude, latitude
        Centroid, WGS84 degrees, rounded as printed, shape (n,); NaN where there is none.
    postcodes
        Number of unit postcodes, live or terminated, shape (n,).
    crown
        Whether it is in Guernsey, Jersey or the Isle of Man, shape (n,).
    """

    outcode: NDArray[np.str_]
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    postcodes: NDArray[np.int64]
    crown: NDArray[np.bool_]

    @property
    def placed(self) -> NDArray[np.bool_]:
        """Whether it has a centroid, shape (n,)."""
        return ~np.isnan(self.longitude)


def crown_positions(path: Path) -> dict[str, tuple[float, float]]:
    """Read longitude and latitude of the outcodes for which the directory has no position."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["outcode"]: (float(row["longitude"]), float(row["latitude"])) for row in csv.DictReader(file)}


def centroids(postcodes: Postcodes, crown: Mapping[str, tuple[float, float]]) -> Centroids:
    """Find the centroid of every outcode of the directory and of the Crown dependencies.

    The centroid is the mean of the WGS84 longitudes and latitudes of the outcode's unit postcodes with a position, live
    or terminated. In the Crown dependencies it is the position given, also for IM87, whose unit postcodes the directory
    does not list.
    """
    outcode = np.union1d(postcodes.outcodes, np.array(list(crown), dtype=np.str_))
    row = np.searchsorted(outcode, postcodes.outcodes)[postcodes.row]
    longitude, latitude = _mean(postcodes.longitude, row, len(outcode)), _mean(postcodes.latitude, row, len(outcode))
    is_crown = np.isin(outcode, list(crown))
    for place in np.flatnonzero(is_crown).tolist():
        longitude[place], latitude[place] = crown[str(outcode[place])]
    count = np.bincount(row, minlength=len(outcode))
    return Centroids(outcode, np.round(longitude, DECIMALS), np.round(latitude, DECIMALS), count, is_crown)


def _mean(values: NDArray[np.float64], row: NDArray[np.int64], rows: int) -> NDArray[np.float64]:
    """Average the values of each row that are not NaN; NaN where there are none."""
    known = ~np.isnan(values)
    count = np.bincount(row[known], minlength=rows)
    total = np.bincount(row[known], weights=values[known], minlength=rows)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def outcodes_csv(places: Centroids, covering: NDArray[np.int32]) -> bytes:
    """Write `outcodes.csv`, sorted by outcode.

    An outcode is non-geographic if none of its unit postcodes has a position: post boxes and large users.

    Parameters
    ----------
    places
        The n outcodes.
    covering
        The area code that covers each, shape (n,); meaningless where there is no centroid.
    """
    rows: list[tuple[object, ...]] = []
    for row, outcode in enumerate(places.outcode.tolist()):
        placed = bool(places.placed[row])
        kind = "crown" if places.crown[row] else "geographic" if placed else "non-geographic"
        where = _printed(places.longitude[row], places.latitude[row]) if placed else ("", "")
        rows.append((outcode, *where, int(covering[row]) if placed else "", int(places.postcodes[row]), kind))
    return csv_bytes(("outcode", "latitude", "longitude", "area_code", "postcodes", "kind"), rows)


def area_codes_csv(
    names: Mapping[int, str], points: Mapping[int, tuple[float, float]], covering: NDArray[np.int32]
) -> bytes:
    """Write `area_codes.csv`, sorted by number.

    Parameters
    ----------
    names
        The name of every area code.
    points
        Longitude and latitude of a point inside its coverage; area codes without coverage are not in it.
    covering
        The area code that covers each outcode that has a centroid.
    """
    rows: list[tuple[object, ...]] = []
    for code, name in sorted(names.items()):
        where = _printed(*points[code]) if code in points else ("", "")
        rows.append((code, name, *where, int(np.count_nonzero(covering == code))))
    return csv_bytes(("area_code", "name", "latitude", "longitude", "outcodes"), rows)


def postcodes_bin(postcodes: Postcodes, outcodes: NDArray[np.str_]) -> bytes:
    """Write `postcodes.bin`: for each outcode in order 4,000 bits, one for each incode, lowest bit first."""
    row = np.searchsorted(outcodes, postcodes.outcodes)[postcodes.row]
    incodes = np.array([incode_text(number) for number in range(INCODES)])  # in the order of their numbers, and sorted
    bits = np.zeros((len(outcodes), INCODES), dtype=bool)
    bits[row, np.searchsorted(incodes, postcodes.incode)] = True
    return np.packbits(bits, axis=1, bitorder="little").tobytes()


def _printed(longitude: float, latitude: float) -> tuple[str, str]:
    return f"{latitude:.{DECIMALS}f}", f"{longitude:.{DECIMALS}f}"


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write rows as CSV in UTF-8 with line feeds."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()
