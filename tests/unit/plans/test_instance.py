"""Links and stock as a problem: who is planned at all, and what each pool has."""

from __future__ import annotations

import polars as pl

import allocator
from allocator import Plan, Reason
from allocator.plans import build_instance
from allocator.tables import read_links, read_stock
from tests.support.tables import stock_of
from tests.unit.plans.examples import LINKS, STOCK, Rows, plan_of


def reasons(made: Plan) -> dict[str, str]:
    return dict(made.unassigned.select("link_id", "reason").iter_rows())


def test_a_number_listed_with_two_links_leaves_neither_another() -> None:
    stock: Rows = [
        {"full_voxnumber": "442079460000", "link_id": "A"},
        {"full_voxnumber": "442079460000", "link_id": "B"},
        {"full_voxnumber": "442079460001"},
    ]
    made = plan_of([{"link_id": name, "postcode": "SW1A 0AA"} for name in "ABC"], stock)
    assert made.already.select("link_id", "full_voxnumber").rows() == [("A", "442079460000"), ("B", "442079460000")]
    assert made.unassigned.is_empty()
    assert made.ok
    assert made.assignments["link_id"].to_list() == ["C"]


def test_no_links_at_all() -> None:
    made = allocator.plan(
        pl.DataFrame(schema={"link_id": pl.String, "postcode": pl.String}),
        pl.DataFrame({"full_voxnumber": ["442079460000"]}),
    )
    assert made.ok
    assert made.assignments.height == 0
    assert list(made.requests()) == []


def test_numbers_of_other_countries_never_serve_a_postcode() -> None:
    made = plan_of([{"link_id": "1", "postcode": "SW1A 0AA"}], [{"full_voxnumber": "12025550100"}], fallback_km=100)
    assert reasons(made) == {"1": Reason.NO_STOCK_IN_REACH}


def test_a_number_that_a_link_names_is_for_no_other() -> None:
    links: Rows = [{"link_id": name, "full_voxnumber": "442079460000"} for name in "AB"]
    links += [{"link_id": "C", "postcode": "SW1A 0AA"}]
    made = plan_of(links, [{"full_voxnumber": "442079460000"}])
    assert made.assignments["link_id"].to_list() == ["A"]
    assert reasons(made) == {"B": Reason.VOXNUMBER_DUPLICATED, "C": Reason.NO_STOCK_IN_REACH}


def test_pools_are_the_covered_area_codes_and_others_of_the_stock() -> None:
    stock = read_stock(stock_of(20, 20, 845))
    instance = build_instance(read_links(LINKS, fallback_km=0.0), stock)
    rows = instance.pools.rows()
    assert instance.problem.pools.available[rows[44, 20]] == 2
    assert [key for key, row in rows.items() if row >= instance.pools.covered] == [(44, 845)]
    without = build_instance(read_links(LINKS, fallback_km=0.0), read_stock(stock_of(20)))
    asked = build_instance(read_links(LINKS, fallback_km=0.0), read_stock(stock_of(20)), asked=True)
    assert (44, 845) not in without.pools.rows()
    assert (44, 845) in asked.pools.rows()


def test_equal_priorities_weigh_nothing() -> None:
    links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP"] * 2, "priority": ["2", "2"]})
    stock = read_stock(STOCK)
    assert build_instance(read_links(links, fallback_km=0.0), stock).problem.weight is None
    different = links.with_columns(priority=pl.Series(["2", "0.5"]))
    weight = build_instance(read_links(different, fallback_km=0.0), stock).problem.weight
    assert weight is not None
    assert weight.tolist() == [2000, 500]
