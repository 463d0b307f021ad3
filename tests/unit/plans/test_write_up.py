"""Writing an allocation up: the columns of the tables, and what each row says."""

from __future__ import annotations

import polars as pl
from hypothesis import given

import allocator
from allocator import Plan
from tests.support.strategies import Instance, instances
from tests.unit.plans.examples import Rows, by_area, plan_of


def test_the_columns(plan: Plan) -> None:
    assert plan.assignments.columns == [
        "link_id", "full_voxnumber", "method", "postcode", "outcode", "area_code", "distance_km", "fallback", "row",
    ]  # fmt: skip
    assert plan.unassigned.columns == ["link_id", "postcode", "reason", "message", "method", "outcode", "row"]
    assert plan.decisions.columns == [
        "turn", "outcode", "links", "radius_km", "area_code", "name", "distance_km", "numbers_left", "numbers_taken",
        "verdict",
    ]  # fmt: skip


def test_each_way_to_a_number_has_its_fallback_and_distance() -> None:
    links: Rows = [
        {"link_id": "covering", "postcode": "W11 3EP"},
        {"link_id": "distance", "postcode": "SL1 1AA", "fallback_area_distance": "60"},
        {"link_id": "named", "full_voxnumber": "448451570000"},
        by_area("131", link_id="country", fallback_country="TRUE"),
    ]
    stock: Rows = [
        {"full_voxnumber": text} for text in ("442079460000", "442079460001", "448451570000", "441614960000")
    ]
    columns = ("link_id", "area_code", "fallback", "method")
    rows = plan_of(links, stock).assignments.select(*columns, km=pl.col("distance_km") > 0).rows()
    assert rows == [
        ("covering", "20", "none", "BY POSTCODE", False),
        ("distance", "20", "distance", "BY POSTCODE", True),
        ("named", "845", "none", "BY VOXNUMBER", None),
        ("country", "161", "country", "BY AREA", None),
    ]


@given(instances())
def test_the_stock_counts_every_number_once(instance: Instance) -> None:
    made = allocator.plan(instance.links_table, instance.stock_table, fallback_km=instance.fallback_km)
    counts = made.stock.select("numbers", "attached_before", "handed_out", "left").sum().row(0)
    stock = made.summary["stock"]
    assert counts == (stock["numbers"], stock["assigned_before"], stock["handed_out"], stock["left"])


def test_a_verdict_says_what_a_group_found() -> None:
    links: Rows = [{"link_id": str(number), "postcode": "W11 3EP"} for number in range(2)]
    stock: Rows = [{"full_voxnumber": text} for text in ("442079460000", "441753960000", "441753960001")]
    near, far = (plan_of(links, stock, km).decisions["verdict"].to_list() for km in (0, 50))
    assert near[0] == far[0] == "too few"
    assert near[-1] == "has enough, but is beyond the radius"
    assert far[-1] == "serves the group"
    split = allocator.plan(pl.DataFrame(links), pl.DataFrame(stock), grouping="split").decisions["verdict"].to_list()
    assert split[0] == "serves part of it"
