"""BY AREA links: the places of area codes, and the pools they may fall back to."""

from __future__ import annotations

import polars as pl
import pytest

from allocator.planning import Tier
from allocator.plans import build_instance
from allocator.tables import read_links, read_stock
from tests.unit.plans.examples import Rows, by_area, plan_of


@pytest.mark.parametrize("city", ["Leeds", "LEEDS", " leeds "])
def test_places_are_compared_without_regard_to_case_and_spacing(city: str) -> None:
    stock: Rows = [{"full_voxnumber": "441134960000", "link_id": "x", "city": "Leeds"}]
    stock += [{"full_voxnumber": "441274960000", "city": city}]
    asked: dict[str, object] = {
        "link_id": "1",
        "method": "BY AREA",
        "voxnumber_idd": "44",
        "area_code": "113",
        "fallback_city": "TRUE",
    }
    made = plan_of([asked], stock)
    assert made.assignments["fallback"].to_list() == ["city"]


def test_a_vote_on_a_place_counts_its_spellings_together() -> None:
    stock: Rows = [
        {"full_voxnumber": "441134960000", "city": "York"},
        {"full_voxnumber": "441134960001", "city": "York"},
        {"full_voxnumber": "441134960002", "city": "Leeds"},
        {"full_voxnumber": "441134960003", "city": "LEEDS"},
        {"full_voxnumber": "441134960004", "city": "leeds"},
        {"full_voxnumber": "441274960000", "city": "Leeds", "link_id": "x"},
    ]
    asked: dict[str, object] = {
        "link_id": "1",
        "method": "BY AREA",
        "voxnumber_idd": "44",
        "area_code": "1274",
        "fallback_city": "TRUE",
    }
    assert plan_of([asked], stock).assignments["full_voxnumber"].to_list() == ["441134960000"]


def test_links_that_ask_alike_are_one_class_with_one_chain() -> None:
    rows = [by_area("113", link_id="1"), by_area("113", link_id="2"), by_area("113", link_id="3", fallback_city="TRUE")]
    stock = pl.DataFrame({"full_voxnumber": ["441134960000", "441274960000"], "city": ["Leeds", "leeds"]})
    instance = build_instance(read_links(pl.DataFrame(rows), fallback_km=0.0), read_stock(stock))
    requests, pools = instance.problem.area_requests, instance.pools.rows()
    assert len(requests.chain) == 2
    assert sorted(map(len, requests.chain)) == [1, 2]
    longer = max(requests.chain, key=len)
    assert longer == (pools[44, 113], pools[44, 1274])
    assert max(requests.tier, key=len) == (Tier.NONE, Tier.CITY)


@pytest.mark.parametrize(("idd", "served"), [("44", True), ("353", False)])
def test_a_fallback_stays_in_its_country(idd: str, served: bool) -> None:
    link = by_area("161", fallback_country="TRUE")
    stock: Rows = [{"full_voxnumber": {"44": "441314960000", "353": "35315550000"}[idd]}]
    assert (plan_of([link], stock).assignments.height == 1) is served


def test_without_by_area_links_there_is_no_class() -> None:
    links = read_links(pl.DataFrame({"link_id": ["1"], "postcode": ["W11 3EP"]}), fallback_km=0.0)
    requests = build_instance(
        links, read_stock(pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    ).problem.area_requests
    assert (len(requests), requests.chain) == (0, ())
