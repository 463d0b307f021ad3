"""The fixed cases that are measured: links at existing unit postcodes, and 0.9 numbers for each link.

Demand is skewed, as that of shops is: an outcode's share of the links is proportional to its number of unit postcodes
times a random weight. Stock is skewed independently: an area code's share of the numbers is proportional to the unit
postcodes that it covers times another random weight, so that some area codes run out early and others have numbers left
at the end. The rows of both files are shuffled.

With the same bundled data a case always has the same bytes. `python -m benchmarks.instances` writes all cases.
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
# Coprime to every power of ten, so that i × STEP mod 10ᵏ takes each value below 10ᵏ once before it repeats.
_STEP = 6_700_417
# The first digit after the area code. No area code is another one followed by an 8, as 15394 is 1539 followed by a 4.
_FIRST_DIGIT = 8


@dataclass(frozen=True)
class Case:
    """Two CSV files.

    Attributes
    ----------
    links, stock
        Their paths: the columns are `link_id, postcode`, and `full_voxnumber`.
    size
        The number of links.
    """

    links: Path
    stock: Path
    size: int


@cache
def case(size: int) -> Case:
    """Return the case of a size, and write its files if they do not exist yet.

    Parameters
    ----------
    size
        The number of links.
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
    """Draw links at existing unit postcodes, in random order.

    Parameters
    ----------
    count
        The number of links.
    rng
        The generator; only its uniform numbers are used, as their stream does not change between versions of numpy.
    """
    outcodes = dataset.bundled_outcodes()
    placed = outcodes.area_index >= 0
    outcode = _drawn(np.where(placed, outcodes.postcodes, 0) * _chance(len(outcodes), rng), count, rng)
    # The existing postcodes of an outcode are a slice of all existing ones: draw a position in the slice.
    row, incode = _existing()
    begin, end = np.searchsorted(row, outcode), np.searchsorted(row, outcode, side="right")
    place = begin + (rng.random(count) * (end - begin)).astype(np.int64)
    incodes = pl.Series([incode_text(number) for number in range(INCODES)])
    postcode = outcodes.outcode.gather(outcode) + " " + incodes.gather(incode[place])
    link_id = pl.select(pl.format("shop-{}", pl.int_range(1, count + 1).cast(pl.String).str.zfill(7))).to_series()
    return pl.DataFrame({"link_id": link_id, "postcode": postcode})


def stock(count: int, rng: np.random.Generator) -> pl.DataFrame:
    """Draw numbers of ten digits after the country code, in random order.

    Parameters
    ----------
    count
        The number of numbers.
    rng
        The generator, as for `links`.
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
        raise ValueError(f"{count:,} numbers do not fit: an area code has too few")
    number = 44 * 10**_NATIONAL_DIGITS + (area_code * 10 + _FIRST_DIGIT) * room + (turn * _STEP + 12_345) % room
    return pl.DataFrame({"full_voxnumber": number[np.argsort(rng.random(count), kind="stable")]})


def _chance(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw exponentially distributed weights: most are small, a few are many times the mean."""
    return -np.log1p(-rng.random(count))


def _drawn(weight: NDArray[np.float64], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    total = np.cumsum(weight)
    drawn: NDArray[np.int64] = np.searchsorted(total, rng.random(count) * total[-1], side="right")
    return drawn


@cache
def _existing() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return outcode row and incode number of every existing unit postcode, by outcode."""
    row, incode = np.nonzero(np.unpackbits(dataset.bundled_postcodes(), axis=1, bitorder="little"))
    return row, incode


if __name__ == "__main__":
    for each in SIZES:
        print(case(each))
