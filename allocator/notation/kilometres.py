"""Distances as people give them: kilometres, 0 or more."""

from __future__ import annotations

import math

from allocator.errors import OptionError

__all__ = ["check_km"]


def check_km(value: float, name: str = "fallback_km") -> float:
    """A distance given as an option, as a float of kilometres.

    Parameters
    ----------
    value
        The distance, kilometres.
    name
        What the option is called.

    Raises
    ------
    OptionError
        It is negative, infinite or no number.

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
    return abs(km)  # without the sign of -0.0
