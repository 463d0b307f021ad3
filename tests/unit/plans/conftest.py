"""Fixtures of this room's tests."""

from __future__ import annotations

import pytest

import allocator
from allocator import Plan
from tests.unit.plans.examples import LINKS, STOCK


@pytest.fixture(scope="module")
def plan() -> Plan:
    return allocator.plan(LINKS, STOCK, fallback_km=50)
