"""Distances that people give: kilometres, 0 or more."""

from __future__ import annotations

import math

import polars as pl

from allocator.errors import OptionError


def check_km(value: float, name: str = "fallback_km") -> float:
    """Check a distance given as an option.

    Parameters
    ----------
    value
        The distance, kilometres.
    name
        What the option is called.

    Returns
    -------
    Kilometres as a float.

    Raises
    ------
    OptionError
        The distance is negative, infinite or not a number.

    Examples
    --------
    >>> check_km(20)
    20.0
    >>> check_km(-1)
    Traceback (most recent call last):
    ...
    allocator.errors.OptionError: -1: fallback_km is not a distance. Give 0 or more kilometres.
    """
    try:
        km = float(value)
    except (TypeError, ValueError, OverflowError):
        km = math.nan
    if not math.isfinite(km) or km < 0:
        raise OptionError(f"{name} is not a distance", value=value, remedy="Give 0 or more kilometres.")
    return abs(km)  # drops the sign of -0.0


def usable_km(distance_km: float, beyond: float = -1.0) -> str:
    """Return a distance as text that can be typed back: rounded up to 0.1 km, more digits where `beyond` needs them.

    Parameters
    ----------
    distance_km
        The distance, kilometres.
    beyond
        A smaller distance in the same sentence, kilometres. The text gets enough digits to differ from it.

    Examples
    --------
    >>> usable_km(20.64343), usable_km(0.0), usable_km(20.0)
    ('20.7', '0.0', '20.0')
    """
    for digits in (1, 2, 3, 6, 9):
        scale = 10**digits
        text = f"{math.ceil(distance_km * scale) / scale:.{digits}f}"
        if float(text) < distance_km:  # the division rounded down
            text = f"{(math.ceil(distance_km * scale) + 1) / scale:.{digits}f}"
        if text != f"{beyond:.{digits}f}":
            return text
    return repr(distance_km)


def rounded_up(column: str, digits: int) -> pl.Expr:
    """Round a column of distances up, so that each serves what it says when it is typed back.

    Parameters
    ----------
    column
        Name of the column, kilometres.
    digits
        Decimals to keep.

    Examples
    --------
    >>> pl.DataFrame({"radius_km": [20.64343, 0.0, None]}).select(rounded_up("radius_km", 1))["radius_km"].to_list()
    [20.7, 0.0, None]
    """
    scale, km = 10**digits, pl.col(column)
    up = (km * scale).ceil()
    return pl.when(up / scale < km).then((up + 1) / scale).otherwise(up / scale).round(digits).alias(column)


def usable_distances(table: pl.DataFrame, digits: int) -> pl.DataFrame:
    """Round distances to type back up, so that each serves what its row says; of rows that become alike keep the last.

    Parameters
    ----------
    table
        A table; its columns `radius_km` and `widen_km` are distances to type back.
    digits
        Decimals to keep.
    """
    rounded = table.with_columns(
        rounded_up(name, digits) for name in ("radius_km", "widen_km") if name in table.columns
    )
    return rounded.unique("radius_km", keep="last", maintain_order=True) if "radius_km" in table.columns else rounded
