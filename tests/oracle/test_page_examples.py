"""The API page's own examples, planned."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import allocator
from allocator import Plan
from tests.support.strategies import Grouping
from tests.support.tables import by_distance, stock_of


def westminster(stock: pl.DataFrame, fallback_area_distance: str | None = "20") -> Plan:
    """Example 3: the closest number from Westminster to Link ID 555."""
    links = pl.DataFrame(
        {
            "link_id": ["555"],
            "method": ["BY POSTCODE"],
            "postcode": ["SW1A 0AA"],
            "fallback_area_distance": [fallback_area_distance],
        },
        schema_overrides={"fallback_area_distance": pl.String},
    )
    return allocator.plan(links, stock)


def only(plan: Plan) -> dict[str, Any]:
    assert plan.assignments.height == 1, plan.unassigned
    given: dict[str, Any] = plan.assignments.row(0, named=True)
    return given


def test_example_3_takes_a_number_of_the_covering_area_code() -> None:
    nearby = [area_code for _, area_code in by_distance("SW1A")[1:4]]
    given = only(westminster(stock_of(*nearby, 20)))
    assert given["link_id"] == "555"
    assert (given["area_code"], given["distance_km"], given["fallback"]) == ("20", 0.0, "none")
    assert given["outcode"] == "SW1A"
    assert given["postcode"] == "SW1A 0AA"


def test_example_3_falls_back_as_close_as_possible_within_20_km() -> None:
    within = [(km, area_code) for km, area_code in by_distance("SW1A") if 0 < km <= 20]
    assert within, "the page expects area codes other than 020 within 20 km of Westminster"
    farther_first = [area_code for _, area_code in reversed(by_distance("SW1A")[1:30])]
    given = only(westminster(stock_of(*farther_first)))
    assert given["area_code"] == str(within[0][1])
    assert given["distance_km"] == pytest.approx(within[0][0], abs=1e-9)
    assert given["fallback"] == "distance"


def test_example_3_never_goes_beyond_20_km() -> None:
    beyond = [area_code for km, area_code in by_distance("SW1A") if km > 20]
    plan = westminster(stock_of(*beyond))
    assert plan.assignments.is_empty()
    assert plan.unassigned.select("link_id", "reason").rows() == [("555", "NO_STOCK_IN_REACH")]
    assert "SW1A" in plan.unassigned["message"][0]


def test_example_3_without_fallback_takes_the_covering_area_code_only() -> None:
    closest = by_distance("SW1A")[1][1]
    assert westminster(stock_of(closest), None).assignments.is_empty()
    assert only(westminster(stock_of(closest, 20), None))["area_code"] == "20"


def notting_hill(stock: pl.DataFrame, fallback_km: float, grouping: Grouping = "together") -> Plan:
    """The page's W11 example: Link 1 in W11 3EP and Link 2 in W11 4FQ."""
    links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "W11 4FQ"]})
    return allocator.plan(links, stock, fallback_km=fallback_km, grouping=grouping)


def test_w11_example_both_links_fall_back_to_the_same_closest_area_code() -> None:
    """One 020 number, one of the closest other area code, two of the next two: both links take the nearer of these."""
    (_, lonely), (second_km, second), (_, third) = by_distance("W11")[1:4]
    stock = stock_of(20, lonely, third, third, second, second)
    plan = notting_hill(stock, fallback_km=60.0)
    assert plan.unassigned.is_empty()
    assert plan.assignments["area_code"].to_list() == [str(second)] * 2
    assert plan.assignments["fallback"].to_list() == ["distance"] * 2
    assert plan.assignments["distance_km"].to_list() == pytest.approx([second_km] * 2, abs=1e-9)
    assert plan.assignments.select("link_id", "full_voxnumber").rows() == [
        ("1", stock["full_voxnumber"][4]),
        ("2", stock["full_voxnumber"][5]),
    ]


def test_w11_example_with_two_020_numbers_needs_no_fallback() -> None:
    plan = notting_hill(stock_of(20, 20), fallback_km=0.0)
    assert plan.assignments["area_code"].to_list() == ["20", "20"]
    assert plan.assignments["fallback"].to_list() == ["none", "none"]


def test_w11_example_without_fallback_neither_is_served() -> None:
    closest = by_distance("W11")[1][1]
    plan = notting_hill(stock_of(20, closest, closest), fallback_km=0.0)
    assert plan.assignments.is_empty()
    assert plan.unassigned["reason"].to_list() == ["NO_STOCK_IN_REACH"] * 2


def test_w11_example_split_takes_the_020_number_and_the_closest_other() -> None:
    closest = by_distance("W11")[1][1]
    plan = notting_hill(stock_of(20, closest, closest), fallback_km=60.0, grouping="split")
    assert plan.assignments["area_code"].to_list() == ["20", str(closest)]
    assert plan.assignments["fallback"].to_list() == ["none", "distance"]


def test_examples_1_and_2_and_the_note_by_area_and_by_voxnumber() -> None:
    """Any London number to 333, an 0845 number to 444, and the odd-length number of example 2 to 445 by its name."""
    links = pl.DataFrame(
        {
            "link_id": ["333", "444", "445"],
            "method": ["BY AREA", "BY AREA", "BY VOXNUMBER"],
            "voxnumber_idd": ["44", "44", None],
            "area_code": ["20", "845", None],
            "full_voxnumber": [None, None, "4423012565866"],
        }
    )
    stock = pl.DataFrame({"full_voxnumber": ["4423012565866", "448450000001", "442079460000"]})
    plan = allocator.plan(links, stock)
    assert plan.unassigned.is_empty()
    assert dict(plan.assignments.select("link_id", "full_voxnumber").rows()) == {
        "333": "442079460000",
        "444": "448450000001",
        "445": "4423012565866",
    }
