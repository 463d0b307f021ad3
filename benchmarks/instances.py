"""The fixed cases that are measured: links at unit postcodes that exist, and 0.9 numbers for each of them.

Demand is skewed as shops are: an outcode's share of the links goes with its number of unit postcodes and with chance.
Stock is skewed in its own way: an area code's share of the numbers goes with the unit postcodes it covers and with
another chance, so that some area codes run dry early and others keep numbers to the end. Both files are in no order.

The same case has the same bytes every time, for the same bundled data. Run as a program it writes all cases:
`python -m benchmarks.instances`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.notation.postcodes import INCODES, incode_text
from allocator.places import dataset

SIZES = (10_000, 100_000, 1_000_000)
NUMBERS_TO_A_LINK = 0.9
FALLBACK_KM = 20.0
SEED = 20260214
FOLDER = Path(__file__).parent.parent / "build" / "benchmarks"

_NATIONAL_DIGITS = 10
# Coprime to every power of ten, so that i × STEP mod 10ᵏ meets each number of k digits once before it repeats.
_STEP = 6_700_417
# The first digit after the area code: no area code is another one and an 8, as 15394 is 1539 and a 4.
_FIRST_DIGIT = 8


@dataclass(frozen=True)
class Case:
    """Two CSV files.

    Attributes
    ----------
    links, stock
        Their paths: `link_id, postcode`, and `full_voxnumber`.
    size
        How many links.
    """

    links: Path
    stock: Path
    size: int


@cache
def case(size: int) -> Case:
    """The case of so many links, written when it is not there yet.

    Parameters
    ----------
    size
        How many links.
    """
    folder = FOLDER / dataset.data_version()["manifest_sha256"][:12]
    folder.mkdir(parents=True, exist_ok=True)
    made = Case(folder / f"links-{size}.csv", folder / f"stock-{size}.csv", size)
    rng = np.random.Generator(np.random.PCG64([SEED, size]))
    tables = {made.links: links(size, rng), made.stock: stock(round(size * NUMBERS_TO_A_LINK), rng)}
    for path, table in tables.items():
        if not path.exists():
            partial = path.with_suffix(f".{os.getpid()}")
            table.write_csv(partial)
            partial.replace(path)
    return made


def links(count: int, rng: np.random.Generator) -> pl.DataFrame:
    """Links at unit postcodes that exist, in no order.

    Parameters
    ----------
    count
        How many.
    rng
        Where chance comes from; only its uniform numbers are used, whose stream does not change between versions.
    """
    outcodes = dataset.bundled_outcodes()
    placed = outcodes.area_index >= 0
    outcode = _drawn(np.where(placed, outcodes.postcodes, 0) * _chance(len(outcodes), rng), count, rng)
    # The postcodes of an outcode that exist are a stretch of all that exist: draw a place in it.
    row, incode = _existing()
    begin, end = np.searchsorted(row, outcode), np.searchsorted(row, outcode, side="right")
    place = begin + (rng.random(count) * (end - begin)).astype(np.int64)
    incodes = pl.Series([incode_text(number) for number in range(INCODES)])
    postcode = outcodes.outcode.gather(outcode) + " " + incodes.gather(incode[place])
    link_id = pl.select(pl.format("shop-{}", pl.int_range(1, count + 1).cast(pl.String).str.zfill(7))).to_series()
    return pl.DataFrame({"link_id": link_id, "postcode": postcode})


def stock(count: int, rng: np.random.Generator) -> pl.DataFrame:
    """Numbers of ten digits after the country code, in no order.

    Parameters
    ----------
    count
        How many.
    rng
        Where chance comes from.
    """
    outcodes, codes = dataset.bundled_outcodes(), dataset.bundled_area_codes()
    placed = outcodes.area_index >= 0
    covered = np.bincount(
        outcodes.area_index[placed], weights=outcodes.postcodes[placed].astype(np.float64), minlength=len(codes)
    )
    pool = np.sort(_drawn(covered * _chance(len(codes), rng), count, rng))
    turn = np.arange(count) - np.searchsorted(pool, pool)
    area_code = codes.area_code.astype(np.int64)[pool]
    room = 10 ** (_NATIONAL_DIGITS - 1 - np.char.str_len(area_code.astype(str)))
    if (turn >= room).any():
        raise ValueError(f"{count:,} numbers do not fit: an area code has fewer than it is to give")
    number = 44 * 10**_NATIONAL_DIGITS + (area_code * 10 + _FIRST_DIGIT) * room + (turn * _STEP + 12_345) % room
    return pl.DataFrame({"full_voxnumber": number[np.argsort(rng.random(count), kind="stable")]})


def _chance(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Exponentially distributed weights: most are small, a few are many times the mean."""
    return -np.log1p(-rng.random(count))


def _drawn(weight: NDArray[np.float64], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    total = np.cumsum(weight)
    drawn: NDArray[np.int64] = np.searchsorted(total, rng.random(count) * total[-1], side="right")
    return drawn


@cache
def _existing() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Outcode row and incode number of every unit postcode that exists, by outcode."""
    row, incode = np.nonzero(np.unpackbits(dataset.bundled_postcodes(), axis=1, bitorder="little"))
    return row, incode


if __name__ == "__main__":
    for each in SIZES:
        print(case(each))
