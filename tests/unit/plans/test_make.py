"""Plans made from links and stock."""

from __future__ import annotations

import polars as pl
import pytest

import allocator


def test_a_plan_beyond_the_horizon_equals_one_within_it_where_both_apply() -> None:
    links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "M1 1AE"]})
    stock = pl.DataFrame({"full_voxnumber": ["441895960000", "441625960000"]})
    near, far = (allocator.plan(links, stock, fallback_km=km) for km in (100.0, 100.5))
    assert near.digest == far.digest


def test_a_number_at_the_other_end_of_the_country_is_found_when_allowed() -> None:
    links = pl.DataFrame({"link_id": ["1"], "postcode": ["TR1 1AA"]})
    stock = pl.DataFrame({"full_voxnumber": ["441595960000"]})
    assert allocator.plan(links, stock, fallback_km=900).assignments.height == 0
    made = allocator.plan(links, stock, fallback_km=1200)
    assert made.assignments["area_code"].to_list() == ["1595"]
    assert made.assignments["distance_km"].item() == pytest.approx(1120, abs=60)
