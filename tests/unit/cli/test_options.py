"""The values that options take."""

from __future__ import annotations

from typing import get_args

import pytest

from allocator import planning
from allocator.cli import options


@pytest.mark.parametrize("name", ["Grouping", "Objective", "Strategy"])
def test_the_values_are_those_of_the_library(name: str) -> None:
    assert {str(value) for value in getattr(options, name)} == set(get_args(getattr(planning, name)))
