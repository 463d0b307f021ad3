"""The bundled tables: outcodes, the set of unit postcodes, and area codes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allocator.dataset import INCODES
from data.builders.positions import Postcodes

DECIMALS = 6  # of a degree: 0.1 m
INCODE_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as CSV in UTF-8 with line feeds."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def crown_positions(path: Path) -> dict[str, tuple[float, float]]:
    """Longitude and latitude of the outcodes that the directory gives no position for."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["outcode"]: (float(row["longitude"]), float(row["latitude"])) for row in csv.DictReader(file)}


def centroids(
    postcodes: Postcodes, crown: dict[str, tuple[float, float]]
) -> tuple[NDArray[np.str_], NDArray[np.float64], NDArray[np.float64]]:
    """Every outcode with its centroid, rounded as it is printed; NaN where it has none.

    The centroid is the mean of the WGS84 longitudes and latitudes of the outcode's unit postcodes that have a position,
    live or terminated.
    """
    outcode, which = np.unique(postcodes.outcode, return_inverse=True)
    placed = ~np.isnan(postcodes.longitude)
    count = np.bincount(which[placed], minlength=len(outcode))
    mean = []
    for values in (postcodes.longitude, postcodes.latitude):
        total = np.bincount(which[placed], weights=values[placed], minlength=len(outcode))
        with np.errstate(invalid="ignore"):
            mean.append(total / count)
    for name, position in crown.items():
        row = int(np.searchsorted(outcode, name))
        if outcode[row] == name and not count[row]:
            mean[0][row], mean[1][row] = position
    return outcode, np.round(mean[0], DECIMALS), np.round(mean[1], DECIMALS)


def outcodes_csv(
    postcodes: Postcodes,
    crown: dict[str, tuple[float, float]],
    positions: tuple[NDArray[np.str_], NDArray[np.float64], NDArray[np.float64]],
    covering: NDArray[np.int64],
) -> bytes:
    """`outcodes.csv`, sorted by outcode.

    An outcode is non-geographic when none of its unit postcodes has a position: post boxes and large users.
    """
    outcode, longitude, latitude = positions
    _, count = np.unique(postcodes.outcode, return_counts=True)
    rows = []
    for row, name in enumerate(outcode.tolist()):
        placed = not np.isnan(longitude[row])
        kind = "crown" if name in crown else "geographic" if placed else "non-geographic"
        where = (f"{latitude[row]:.{DECIMALS}f}", f"{longitude[row]:.{DECIMALS}f}") if placed else ("", "")
        rows.append((name, *where, int(covering[row]) if placed else "", int(count[row]), kind))
    return csv_bytes(("outcode", "latitude", "longitude", "area_code", "postcodes", "kind"), rows)


def postcodes_bin(postcodes: Postcodes) -> bytes:
    """`postcodes.bin`: for each outcode in sorted order 4,000 bits, one for each incode, lowest bit first."""
    outcode, which = np.unique(postcodes.outcode, return_inverse=True)
    character = np.ascontiguousarray(postcodes.incode.astype("<U3")).view(np.uint32).reshape(-1, 3).astype(np.int64)
    digit = character[:, 0] - ord("0")
    letter = np.full(128, -1, dtype=np.int64)
    letter[[ord(text) for text in INCODE_LETTERS]] = np.arange(len(INCODE_LETTERS))
    first, second = letter[character[:, 1]], letter[character[:, 2]]
    if (digit < 0).any() or (digit > 9).any() or (first < 0).any() or (second < 0).any():
        raise ValueError("an incode of the directory is not a digit and two of the 20 letters")
    bits = np.zeros((len(outcode), INCODES), dtype=bool)
    bits[which, digit * 400 + first * 20 + second] = True
    return np.packbits(bits, axis=1, bitorder="little").tobytes()


def area_codes_csv(names: dict[int, str], points: dict[int, tuple[float, float]], covering: NDArray[np.int64]) -> bytes:
    """`area_codes.csv`, sorted by number; an area code without coverage has no position."""
    rows = []
    for code, name in names.items():
        where = ("", "")
        if code in points:
            longitude, latitude = points[code]
            where = (f"{latitude:.{DECIMALS}f}", f"{longitude:.{DECIMALS}f}")
        rows.append((code, name, *where, int(np.count_nonzero(covering == code))))
    return csv_bytes(("area_code", "name", "latitude", "longitude", "outcodes"), rows)
