"""A small plan that has every kind of result, as files and as a value."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import allocator

LINKS = pl.DataFrame(
    {
        "link_id": ["postcode", "fallback", "short", "area", "city", "region", "country", "number", "unreadable"],
        "postcode": ["SW1A 0AA", "SL1 1AA", "TR1 1AA", None, None, None, None, None, "SW1A"],
        "area_code": [None, None, None, "212", "212", "212", "212", None, None],
        "voxnumber_idd": [None, None, None, "1", "1", "1", "1", None, None],
        "fallback_city": [None, None, None, None, "TRUE", None, None, None, None],
        "fallback_region": [None, None, None, None, None, "TRUE", None, None, None],
        "fallback_country": [None, None, None, None, None, None, "TRUE", None, None],
        "full_voxnumber": [None, None, None, None, None, None, None, "448451570001", None],
    }
)
STOCK = pl.DataFrame(
    {
        "full_voxnumber": [
            "442079460000", "441895960000", "448451570001", "12125550101", "16465550102", "15185550103", "13125550104"
        ]
    }
)  # fmt: skip


@pytest.fixture(scope="session")
def plan() -> allocator.Plan:
    return allocator.plan(LINKS, STOCK, fallback_km=30)


@pytest.fixture(scope="session")
def folder(plan: allocator.Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of that plan."""
    return plan.write(tmp_path_factory.mktemp("plans") / "plan")


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Options with two links in W11 and one number for them."""
    files = tmp_path_factory.mktemp("inputs")
    (files / "links.csv").write_text("link_id,postcode\n1,W11 3EP\n2,W11 4FQ\n", encoding="utf-8")
    (files / "stock.csv").write_text("full_voxnumber\n442079460000\n", encoding="utf-8")
    return "--links", f"{files / 'links.csv'}", "--stock", f"{files / 'stock.csv'}"
