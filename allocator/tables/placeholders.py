"""Placeholders: numbers in a stock that nobody has bought yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from allocator.errors import OptionError
from allocator.notation import UK_IDD
from allocator.tables.stock import Stock

_PLACEHOLDERS = 10**18  # the first; real numbers have at most 15 digits (E.164)
PLACEHOLDER = "new-"
"""How a placeholder begins as text."""
_IDD, _AREA_CODE = 10**15, 10**7  # the weights of these in a placeholder


def with_purchases(stock: Stock, purchases: Mapping[tuple[int, int], int]) -> Stock:
    """Add numbers that nobody has bought yet to a stock.

    Parameters
    ----------
    stock
        The numbers of the account.
    purchases
        The number of more numbers, by IDD and area code.

    Returns
    -------
    Stock
        The new numbers are placeholders, which `number_texts` writes so that nobody takes them for numbers. They come
        after all real ones. Placeholders that the stock already has are kept.

    Raises
    ------
    OptionError
        There would be ten million placeholders or more in one area code.

    Examples
    --------
    >>> from allocator.tables import read_stock
    >>> stock = read_stock(pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    >>> number_texts(with_purchases(stock, {(44, 20): 2}).table["full_voxnumber"]).to_list()
    ['442079460000', 'new-20-1', 'new-20-2']
    """
    numbers = stock.table["full_voxnumber"]
    bought = []
    for (idd, area_code), count in sorted(purchases.items()):
        first = _PLACEHOLDERS + idd * _IDD + area_code * _AREA_CODE + 1
        first += int(numbers.is_between(first, first + _AREA_CODE - 2).sum())
        if first % _AREA_CODE + count > _AREA_CODE:
            raise OptionError(
                f"too many numbers for area code {area_code}", value=count, remedy="Give fewer than ten million."
            )
        bought.append(
            pl.DataFrame(
                {
                    "row": pl.Series([0], dtype=stock.table["row"].dtype).new_from_index(0, count),
                    "full_voxnumber": np.arange(first, first + count),
                    "idd": pl.Series([idd], dtype=stock.table["idd"].dtype).new_from_index(0, count),
                    "area_code": pl.Series([area_code], dtype=pl.Int32).new_from_index(0, count),
                }
            )
        )
    return replace(stock, table=pl.concat([stock.table, *bought], how="diagonal").sort("full_voxnumber"))


def number_texts(numbers: pl.Series) -> pl.Series:
    """Write numbers as text, and placeholders so that nobody takes them for numbers.

    Parameters
    ----------
    numbers
        A column of Int64.

    Examples
    --------
    >>> number_texts(pl.Series([442079460000, 1_044_000_200_000_001, 10**18 + 44 * 10**15 + 20 * 10**7 + 1])).to_list()
    ['442079460000', '1044000200000001', 'new-20-1']
    """
    if not (numbers >= _PLACEHOLDERS).any():
        return numbers.cast(pl.String)
    number = pl.col("number")
    rest = number - _PLACEHOLDERS
    idd, area_code, turn = rest // _IDD, rest % _IDD // _AREA_CODE, rest % _AREA_CODE
    country = pl.when(idd == UK_IDD).then(pl.lit("")).otherwise(pl.format("{}-", idd))
    placeholder = pl.format(PLACEHOLDER + "{}{}-{}", country, area_code, turn)
    text = pl.when(number < _PLACEHOLDERS).then(number.cast(pl.String)).otherwise(placeholder)
    return pl.DataFrame({"number": numbers}).select(text.alias(numbers.name))[numbers.name]
