"""Fixtures of this room's tests."""

from __future__ import annotations

import pytest

from allocator.whatif.inputs import Inputs
from tests.unit.whatif.examples import small_inputs


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return small_inputs()
