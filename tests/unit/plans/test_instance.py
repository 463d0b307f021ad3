from __future__ import annotations

import polars as pl
import pytest

import allocator
from allocator import Plan, Reason

Rows = list[dict[str, object]]


def plan(links: Rows, stock: Rows, fallback_km: float = 0.0) -> Plan:
    text = pl.String
    tables = [
        pl.DataFrame(rows, schema={name: text for row in rows for name in row}) if rows else None
        for rows in (links, stock)
    ]
    empty = pl.DataFrame(schema={"full_voxnumber": text})
    assert tables[0] is not None
    return allocator.plan(tables[0], empty if tables[1] is None else tables[1], fallback_km=fallback_km)


def reasons(made: Plan) -> dict[str, str]:
    return dict(made.unassigned.select("link_id", "reason").iter_rows())


def test_a_number_listed_with_two_links_leaves_neither_another() -> None:
    stock: Rows = [
        {"full_voxnumber": "442079460000", "link_id": "A"},
        {"full_voxnumber": "442079460000", "link_id": "B"},
        {"full_voxnumber": "442079460001"},
    ]
    made = plan([{"link_id": name, "postcode": "SW1A 0AA"} for name in "ABC"], stock)
    assert reasons(made) == {"A": Reason.LINK_HAS_VOXNUMBER, "B": Reason.LINK_HAS_VOXNUMBER}
    assert made.unassigned["message"].str.contains("442079460000").all()
    assert made.assignments["link_id"].to_list() == ["C"]


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
    made = plan([asked], stock)
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
    assert plan([asked], stock).assignments["full_voxnumber"].to_list() == ["441134960000"]


def test_no_links_at_all() -> None:
    made = allocator.plan(
        pl.DataFrame(schema={"link_id": pl.String, "postcode": pl.String}),
        pl.DataFrame({"full_voxnumber": ["442079460000"]}),
    )
    assert made.ok
    assert made.assignments.height == 0
    assert list(made.requests()) == []


def test_no_stock_at_all() -> None:
    made = plan([{"link_id": "1", "postcode": "SW1A 0AA"}], [])
    assert reasons(made) == {"1": Reason.NO_STOCK_IN_REACH}
    (message,) = made.unassigned["message"]
    assert message == (
        "SW1A needs 1 number and its own area code, 020 (London), had none left. "
        "No area code within 100 km had enough for it."
    )


def test_a_shortage_names_the_nearest_area_code_that_would_have_done() -> None:
    made = plan([{"link_id": "1", "postcode": "W11 3EP"}], [{"full_voxnumber": "441895960000"}])
    (message,) = made.unassigned["message"]
    assert "would have done for it is 01895 (Uxbridge), " in message
    assert message.endswith(" km away.")


def test_a_group_that_is_too_large_says_how_much_there_was() -> None:
    links: Rows = [{"link_id": str(number), "postcode": "W11 3EP"} for number in range(3)]
    made = plan(links, [{"full_voxnumber": "442079460000"}, {"full_voxnumber": "441895960000"}], fallback_km=20)
    messages = made.unassigned["message"].unique().to_list()
    assert len(messages) == 1
    assert messages[0].startswith("W11 needs 3 numbers from one area code and none of the ")
    assert " had more than 1. " in messages[0]


def test_numbers_of_other_countries_never_serve_a_postcode() -> None:
    made = plan([{"link_id": "1", "postcode": "SW1A 0AA"}], [{"full_voxnumber": "12025550100"}], fallback_km=100)
    assert reasons(made) == {"1": Reason.NO_STOCK_IN_REACH}
