"""Distances given as options."""

from __future__ import annotations

import math

import pytest

from allocator.errors import OptionError
from allocator.notation.kilometres import check_km


@pytest.mark.parametrize(("value", "km"), [(0, 0.0), (7.5, 7.5), (True, 1.0), ("20", 20.0)])
def test_kilometres_are_a_float(value: float, km: float) -> None:
    assert check_km(value) == km
    assert isinstance(check_km(value), float)


def test_minus_zero_is_zero() -> None:
    assert math.copysign(1.0, check_km(-0.0)) == 1.0


@pytest.mark.parametrize("value", [-1, math.nan, math.inf, -math.inf, "far", None, 10**400])
def test_what_is_not_a_distance(value: float) -> None:
    with pytest.raises(OptionError, match=r"within is not a distance\. Give 0 or more kilometres\.") as refused:
        check_km(value, name="within")
    assert refused.value.value is value
