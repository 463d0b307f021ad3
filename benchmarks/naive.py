"""The script that a user would write instead: pandas, a loop over the rows, haversine.

It does less than the API's rule: it decides each link alone and takes an area code for one point. `plan` computes the
distance to every area code with a function applied to the rows; `plan_in_plain_loops` does the same with no pandas
inside the loop.
"""

from __future__ import annotations

import math

import pandas as pd

EARTH_RADIUS_KM = 6371.0


def haversine_km(longitude1: float, latitude1: float, longitude2: float, latitude2: float) -> float:
    """Return the distance on a sphere, kilometres; longitudes and latitudes are in degrees."""
    phi1, phi2 = math.radians(latitude1), math.radians(latitude2)
    half = math.sin((phi2 - phi1) / 2) ** 2
    half += math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(longitude2 - longitude1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half))


def numbers_by_area_code(stock: pd.DataFrame, area_codes: pd.DataFrame) -> dict[str, list[str]]:
    """Return the numbers of each area code, largest first; a number belongs to its longest matching area code."""
    known = set(area_codes["area_code"])
    free: dict[str, list[str]] = {area_code: [] for area_code in known}
    for _, row in stock.iterrows():
        national = row["full_voxnumber"].removeprefix("44")
        for digits in (5, 4, 3, 2):
            if national[:digits] in known:
                free[national[:digits]].append(row["full_voxnumber"])
                break
    for numbers in free.values():
        numbers.sort(reverse=True)
    return free


def plan(
    links: pd.DataFrame, stock: pd.DataFrame, outcodes: pd.DataFrame, area_codes: pd.DataFrame, fallback_km: float
) -> dict[str, str]:
    """Return the number of each link that gets one."""
    free = numbers_by_area_code(stock, area_codes)
    outcodes = outcodes.set_index("outcode")
    placed = area_codes.dropna(subset=["latitude"]).set_index("area_code")
    assigned: dict[str, str] = {}
    for _, link in links.iterrows():
        here = outcodes.loc[link["postcode"].split(" ")[0]]
        km = placed.apply(
            lambda there, here=here: haversine_km(
                here["longitude"], here["latitude"], there["longitude"], there["latitude"]
            ),
            axis=1,
        )
        km[here["area_code"]] = 0.0
        for area_code in km[km <= fallback_km].sort_values().index:
            if free[area_code]:
                assigned[link["link_id"]] = free[area_code].pop()
                break
    return assigned


def plan_in_plain_loops(
    links: pd.DataFrame, stock: pd.DataFrame, outcodes: pd.DataFrame, area_codes: pd.DataFrame, fallback_km: float
) -> dict[str, str]:
    """Return the number of each link that gets one, with tuples and lists in the loop."""
    free = numbers_by_area_code(stock, area_codes)
    places = {row.outcode: row for row in outcodes.itertuples()}
    placed = [
        (row.area_code, row.longitude, row.latitude) for row in area_codes.dropna(subset=["latitude"]).itertuples()
    ]
    assigned: dict[str, str] = {}
    for link in links.itertuples():
        here = places[link.postcode.split(" ")[0]]
        near = []
        for area_code, longitude, latitude in placed:
            covering = area_code == here.area_code
            km = 0.0 if covering else haversine_km(here.longitude, here.latitude, longitude, latitude)
            if km <= fallback_km:
                near.append((km, area_code))
        for _, area_code in sorted(near):
            if free[area_code]:
                assigned[link.link_id] = free[area_code].pop()
                break
    return assigned
