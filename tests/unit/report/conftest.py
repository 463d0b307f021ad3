"""Plans that several tests of reports look at."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import allocator
from tests.support.reports import EXAMPLES


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "example"
    allocator.plan(EXAMPLES / "links.csv", EXAMPLES / "stock.csv", fallback_km=20, output=folder)
    return folder


@pytest.fixture(scope="session")
def best(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "best"
    allocator.plan(EXAMPLES / "links.csv", EXAMPLES / "stock.csv", fallback_km=20, strategy="optimal", output=folder)
    return folder


@pytest.fixture
def small() -> allocator.Plan:
    """One link of two with a number."""
    links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "M1 1AE"]})
    return allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
