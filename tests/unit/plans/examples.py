"""Small links, stocks and plans that the tests of this room share."""

from __future__ import annotations

import polars as pl

import allocator
from allocator import Plan

Rows = list[dict[str, object]]

LINKS = pl.DataFrame(
    {
        "link_id": ["1", "2", "3", "<b>&4", "5", "6", "7"],
        "postcode": ["W11 3EP", "W11 4FQ", "SW1A 0AA", "GIR 0AA", "nonsense", None, None],
        "method": [None, None, None, None, None, "BY AREA", "BY VOXNUMBER"],
        "voxnumber_idd": [None, None, None, None, None, "44", None],
        "area_code": [None, None, None, None, None, "845", None],
        "full_voxnumber": [None, None, None, None, None, None, "448459999999"],
    }
)
STOCK = pl.DataFrame(
    {"full_voxnumber": ["442079460000", "441753960000", "441753960001", "448451570000"], "link_id": [None] * 4},
    schema_overrides={"link_id": pl.String},
)


def plan_of(links: Rows, stock: Rows, fallback_km: float = 0.0) -> Plan:
    """Plan rows of links and stock; a stock without rows is empty."""
    tables = (
        pl.DataFrame(rows, schema=dict.fromkeys((name for row in rows for name in row), pl.String) or empty)
        for rows, empty in ((links, {}), (stock, {"full_voxnumber": pl.String}))
    )
    return allocator.plan(*tables, fallback_km=fallback_km)


def by_area(area_code: str, **more: object) -> dict[str, object]:
    """Make a BY AREA link of the United Kingdom."""
    return {"link_id": "1", "method": "BY AREA", "voxnumber_idd": "44", "area_code": area_code, **more}
