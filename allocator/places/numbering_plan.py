"""The area code within a VoxNumber, and the place of an area code.

The leading digits decide, never the length: a number that is too long or too short for its country has the area code
that its first digits say, whatever libphonenumber thinks of the whole number.

United Kingdom (44), the longest prefix wins:

- 1… and 2…: the geographic area codes of the bundled table (`allocator.places.dataset`); 15394 before 1539. Where none
  fits, as after 16972, the area code is unknown.
- 3…, 8… and 9…: three digits (330, 800, 845, 909).
- 500, 55 and 56; 70 (personal numbers); 76 (pagers).
- 7… otherwise: mobiles, four digits (7700), with 7624 of the Isle of Man, which is not a pager.
- 4…, 6… and the rest of 5…: not in use, the area code is unknown.

North America and the Caribbean (1): three digits, the first of them 2 to 9.

Other countries: see `allocator.places.foreign`, which asks libphonenumber and loads it for these numbers only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocator.notation import IDDS, UK_IDD
from allocator.places.dataset import bundled_area_codes
from allocator.places.foreign import AreaCodePlace, foreign_area_code, foreign_place

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AREA_CODE_DIGITS = 5  # no area code is longer


# The Crown dependencies share 44 with the UK; these area codes are theirs.
_CROWN_DEPENDENCIES = {
    **dict.fromkeys((1481, 7781, 7839), "GG"),
    **dict.fromkeys((1534, 7509, 7797, 7829, 7937), "JE"),
    **dict.fromkeys((1624, 7524, 7624, 7924), "IM"),
}


@cache
def place_of_area_code(idd: int, area_code: int) -> AreaCodePlace:
    """Find the city, region and country of an area code; None where one is not known.

    In the UK and the Crown dependencies the city is the name of the geographic area code in the bundled table.
    Elsewhere libphonenumber is asked, see `allocator.places.foreign.foreign_place`.

    Examples
    --------
    >>> place_of_area_code(44, 20)
    AreaCodePlace(city='London', region=None, country='GB')
    >>> place_of_area_code(1, 212)
    AreaCodePlace(city='New York', region='NY', country='US')
    >>> place_of_area_code(1, 416)
    AreaCodePlace(city='Toronto', region='ON', country='CA')
    """
    if idd != UK_IDD:
        return foreign_place(idd, area_code)
    table = bundled_area_codes()
    index = table.index(area_code)
    city = None if index is None else str(table.name[index])
    return AreaCodePlace(city, None, _CROWN_DEPENDENCIES.get(area_code, "GB"))


def area_code_column(numbers: pl.Series) -> pl.DataFrame:
    """Find the country codes and area codes of a column of VoxNumbers.

    The answers are those of `idd_and_area_code`. A table of leading digits gives those of the UK and of +1; for other
    countries each distinct five digits after the country code are looked up once.

    Parameters
    ----------
    numbers
        VoxNumbers as int64.

    Returns
    -------
    One row per number: `idd` and `area_code` (Int32), null where unknown.

    Notes
    -----
    Linear in the numbers.

    Examples
    --------
    >>> area_code_column(pl.Series([442079460000, 441539412345, 441539112345, 12125550123])).rows()
    [(44, 20), (44, 15394), (44, 1539), (1, 212)]
    """
    values = numbers.cast(pl.Int64).fill_null(0).clip(lower_bound=0).to_numpy()
    lengths = np.searchsorted(_POWERS_OF_TEN, values, side="right")
    idd = _idd_table()[_leading(values, lengths, 3)]
    area_code = np.zeros(len(values), dtype=np.int32)

    british = (idd == UK_IDD) & (lengths >= 2 + _AREA_CODE_DIGITS)
    american = (idd == 1) & (lengths >= 4)
    elsewhere = ~(british | american) & (lengths > 0)
    if british.any():
        leads = _leading(values[british], lengths[british], 2 + _AREA_CODE_DIGITS)
        area_code[british] = _british_table()[leads - UK_IDD * 10**_AREA_CODE_DIGITS]
    if american.any():
        codes = _leading(values[american], lengths[american], 4) - 1000
        area_code[american] = np.where(codes >= 200, codes, 0)
    if elsewhere.any():
        of_country = np.select([idd[elsewhere] >= 100, idd[elsewhere] >= 10, idd[elsewhere] >= 1], [3, 2, 1], default=3)
        leads = _leading(values[elsewhere], lengths[elsewhere], of_country + _AREA_CODE_DIGITS)
        distinct, places_of = np.unique(leads, return_inverse=True)
        split = [idd_and_area_code(str(lead)) for lead in distinct]
        idd[elsewhere] = np.array([country or 0 for country, _ in split], dtype=np.int32)[places_of]
        area_code[elsewhere] = np.array([code or 0 for _, code in split], dtype=np.int32)[places_of]
    return pl.DataFrame({"idd": idd, "area_code": area_code}).select(
        pl.when(pl.all() != 0).then(pl.all())  # 0 meant unknown so far
    )


_POWERS_OF_TEN = 10 ** np.arange(19, dtype=np.int64)


def _leading(
    values: NDArray[np.int64], lengths: NDArray[np.int64], digits: int | NDArray[np.int64]
) -> NDArray[np.int64]:
    """Cut each number after its first digits; a shorter number stays whole."""
    dropped = np.maximum(lengths - digits, 0)
    leading: NDArray[np.int64] = values // _POWERS_OF_TEN[dropped]
    return leading


@cache
def _idd_table() -> NDArray[np.int32]:
    """Map three leading digits to the country code, 0 where none is assigned."""
    return _prefix_table(((str(idd), idd) for idd in sorted(IDDS)), digits=3)


@cache
def _british_table() -> NDArray[np.int32]:
    """Map five leading digits of a British number to its area code, 0 where unknown."""
    return _prefix_table(((str(code), code) for code in _british_codes()), digits=_AREA_CODE_DIGITS)


def _prefix_table(prefixes: Iterable[tuple[str, int]], *, digits: int) -> NDArray[np.int32]:
    """Map leading digits to the value of their longest prefix."""
    table = np.zeros(10**digits, dtype=np.int32)
    for prefix, value in sorted(prefixes, key=lambda item: len(item[0])):
        width = 10 ** (digits - len(prefix))
        first = int(prefix) * width
        table[first : first + width] = value
    table.flags.writeable = False
    return table


def idd_and_area_code(digits: str) -> tuple[int | None, int | None]:
    """Find the country code and the area code of a number, or of its leading digits; None where unknown.

    Examples
    --------
    >>> idd_and_area_code("442079460000"), idd_and_area_code("4423012565866"), idd_and_area_code("2101234567")
    ((44, 20), (44, 23), (None, None))
    """
    idd = next((int(digits[:n]) for n in (1, 2, 3) if int(digits[:n]) in IDDS), None)
    if idd is None:
        return None, None
    national = digits[len(str(idd)) :]
    if idd == UK_IDD:
        codes = _british_codes()
        prefixes = (national[:n] for n in range(_AREA_CODE_DIGITS, 0, -1) if len(national) >= n and national[0] != "0")
        return idd, next((int(prefix) for prefix in prefixes if int(prefix) in codes), None)
    if idd == 1:
        return idd, int(national[:3]) if re.match("[2-9][0-9]{2}", national) else None
    return idd, foreign_area_code(idd, national[:_AREA_CODE_DIGITS])


@cache
def _british_codes() -> frozenset[int]:
    """List all area codes after 44, geographic and other."""
    hundreds = (300, 800, 900)
    return frozenset(
        (
            *(int(code) for code in bundled_area_codes().area_code),
            *(code for hundred in hundreds for code in range(hundred, hundred + 100)),
            *(500, 55, 56, 70, 76, 7624),
            *(code for code in range(7100, 8000) if code // 100 not in (70, 76)),
        )
    )
