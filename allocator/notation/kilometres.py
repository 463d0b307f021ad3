"""Distances that people give: kilometres, 0 or more."""

from __future__ import annotations

import math

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
