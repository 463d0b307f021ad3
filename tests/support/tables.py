"""Small tables of links and stock."""

from __future__ import annotations

import polars as pl

from tests.support.planner import bundled_world


def stock_of(*area_codes: int) -> pl.DataFrame:
    """Make a stock with one number for each mention of an area code."""
    numbers = [
        f"44{area_code}{str(position).zfill(10 - len(str(area_code)))}"
        for position, area_code in enumerate(area_codes, start=1)
    ]
    return pl.DataFrame({"full_voxnumber": numbers}, schema={"full_voxnumber": pl.String})


def by_distance(outcode: str) -> list[tuple[float, int]]:
    """Return distance (kilometres) and area code of all area codes about an outcode, closest first, by brute force."""
    distances_km = bundled_world().distances_km(outcode)
    assert distances_km is not None
    return sorted((km, area_code) for area_code, km in distances_km.items())


def greedy_trap() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Make links and a stock: W11 comes first and takes both numbers of 020, the only area code that WC1A can use."""
    links = pl.DataFrame(
        {
            "link_id": ["1", "2", "3", "4"],
            "postcode": ["W11 3EP", "W11 4FQ", "WC1A 1AA", "WC1A 1AB"],
            "fallback_area_distance": ["60", "60", "0", "0"],
        }
    )
    return links, stock_of(20, 20, by_distance("W11")[1][1], by_distance("W11")[1][1])
