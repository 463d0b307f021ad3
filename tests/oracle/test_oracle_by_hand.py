"""The oracle itself, on cases worked out by hand in a country of four outcodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from tests.support.planner import WGS84, Decision, Place, Row, plan

# Area codes 20, 21, 23 and 24; 21 and 23 are equally far from AA1. 23 covers BB2, 24 covers CC3; XX9 has no position.
DISTANCES_KM: dict[str, dict[int, float]] = {
    "AA1": {20: 0.0, 21: 10.0, 23: 10.0, 24: 15.0},
    "BB2": {20: 10.0, 21: 12.0, 23: 0.0, 24: 30.0},
    "CC3": {20: 15.0, 21: 25.0, 23: 30.0, 24: 0.0},
}
COVERING = {"AA1": 20, "BB2": 23, "CC3": 24}
PLACES = {
    (44, 20): Place("London", None, "GB"),
    (1, 212): Place("New York", "NY", "US"),
    (1, 315): Place("Syracuse", "NY", "US"),
    (1, 416): Place("Toronto", "ON", "CA"),
    (1, 613): Place("Ottawa", "ON", "CA"),
    (1, 646): Place("New York", "NY", "US"),
    (1, 713): Place("Houston", "TX", "US"),
    (1, 876): Place("Kingston", "NY", "JM"),
    (1, 658): Place(None, "NY", "JM"),
}


class HandMade:
    """A small country in which all unit postcodes exist, except those that end in 9ZZ."""

    def has_outcode(self, outcode: str) -> bool:
        return outcode in DISTANCES_KM or outcode == "XX9"

    def has_unit_postcode(self, outcode: str, incode: str) -> bool:
        return incode != "9ZZ"

    def distances_km(self, outcode: str) -> Mapping[int, float] | None:
        return DISTANCES_KM.get(outcode)

    def covering_area_code(self, outcode: str) -> int | None:
        return COVERING.get(outcode)

    def area_code_of(self, full_voxnumber: int) -> tuple[int | None, int | None]:
        digits = str(full_voxnumber)
        if digits.startswith("1"):
            return 1, int(digits[1:4])
        return (44, int(digits[2:4])) if digits.startswith("44") else (None, None)

    def place(self, idd: int, area_code: int) -> Place:
        return PLACES.get((idd, area_code), Place(None, None, "GB"))


def numbers(*full_voxnumbers: int) -> list[Row]:
    return [{"full_voxnumber": str(number)} for number in full_voxnumbers]


def postcodes(*texts: str, fallbacks_km: tuple[str | None, ...] | None = None) -> list[Row]:
    distances = fallbacks_km or (None,) * len(texts)
    return [
        {"link_id": f"L{position}", "postcode": text, "fallback_area_distance": distance}
        for position, (text, distance) in enumerate(zip(texts, distances, strict=True))
    ]


def by_area(link_id: str, idd: int, area_code: str, **fallbacks: str) -> Row:
    return {
        "link_id": link_id,
        "method": "BY AREA",
        "voxnumber_idd": str(idd),
        "area_code": area_code,
        **fallbacks,
    }


def by_voxnumber(link_id: str, full_voxnumber: int) -> Row:
    return {"link_id": link_id, "method": "BY VOXNUMBER", "full_voxnumber": str(full_voxnumber)}


def by_postcode(link_id: str, postcode: str, fallback_km: str | None = None) -> Row:
    return {"link_id": link_id, "method": "BY POSTCODE", "postcode": postcode, "fallback_area_distance": fallback_km}


def decide(
    links: Sequence[Row], stock: Sequence[Row], fallback_km: float = 0.0, grouping: str = "together"
) -> list[Decision]:
    return plan(links, stock, fallback_km=fallback_km, grouping=grouping, world=HandMade())


def given(decisions: list[Decision]) -> list[int | str | None]:
    """Return the number of each link, or the reason why it has none."""
    return [decision.full_voxnumber or decision.reason or decision.status for decision in decisions]


def test_covering_area_code_gives_its_smallest_number() -> None:
    decision = decide(postcodes("AA1 1AA"), numbers(44207, 44203, 44210))[0]
    assert decision == Decision(1, "L0", "assigned", 44203, 20, 0.0, "none")


def test_without_fallback_only_the_covering_area_code_serves() -> None:
    assert given(decide(postcodes("AA1 1AA"), numbers(44210))) == ["NO_STOCK_IN_REACH"]


def test_a_tie_in_distance_goes_to_the_smaller_area_code() -> None:
    decision = decide(postcodes("AA1 1AA"), numbers(44230, 44210, 44240), 10.0)[0]
    assert decision == Decision(1, "L0", "assigned", 44210, 21, 10.0, "distance")


def test_a_fallback_admits_its_own_distance() -> None:
    assert given(decide(postcodes("AA1 1AA"), numbers(44240), 15.0)) == [44240]
    assert given(decide(postcodes("AA1 1AA"), numbers(44240), 14.999)) == ["NO_STOCK_IN_REACH"]


def test_a_group_is_served_from_one_area_code_or_not_at_all() -> None:
    links = postcodes("AA1 1AA", "AA1 2BB")
    assert given(decide(links, numbers(44200, 44210, 44230, 44240, 44241), 15.0)) == [44240, 44241]
    assert given(decide(links, numbers(44200, 44210, 44230, 44240), 15.0)) == ["NO_STOCK_IN_REACH"] * 2


def test_the_smallest_fallback_of_a_group_counts() -> None:
    links = postcodes("AA1 1AA", "AA1 2BB", fallbacks_km=("15", "12"))
    assert given(decide(links, numbers(44240, 44241), 15.0)) == ["NO_STOCK_IN_REACH"] * 2
    links = postcodes("AA1 1AA", "AA1 2BB", fallbacks_km=("15", None))
    assert given(decide(links, numbers(44240, 44241), 15.0)) == [44240, 44241]


def test_a_split_group_takes_what_each_has_closest_first() -> None:
    links = postcodes("AA1 1AA", "AA1 2BB", "AA1 3DD")
    decisions = decide(links, numbers(44200, 44230, 44240), 15.0, "split")
    assert [(d.full_voxnumber, d.fallback, d.distance_km) for d in decisions] == [
        (44200, "none", 0.0),
        (44230, "distance", 10.0),
        (44240, "distance", 15.0),
    ]
    assert given(decide(links, numbers(44200, 44240), 15.0, "split")) == [44200, 44240, "NO_STOCK_IN_REACH"]


def test_a_group_has_the_place_of_its_first_link() -> None:
    links = postcodes("AA1 1AA", "BB2 1AA", "AA1 2BB")
    assert given(decide(links, numbers(44230, 44231), 10.0)) == [44230, "NO_STOCK_IN_REACH", 44231]
    assert given(decide(links[1:], numbers(44230, 44231), 10.0)) == [44230, 44231]


def test_links_that_cannot_be_served_do_not_count_in_their_group() -> None:
    links = postcodes("AA1 9ZZ", "BB2 1AA", "AA1 1AA", "AA1 2BB", fallbacks_km=("1", "10", "10", "10"))
    stock = [*numbers(44230, 44231, 44232), {"full_voxnumber": "44999", "link_id": "L3"}]
    assert given(decide(links, stock)) == ["POSTCODE_UNKNOWN", 44230, 44231, 44999]
    assert decide(links, stock)[3].status == "already"


def test_reasons_in_the_order_of_the_questions() -> None:
    links = postcodes("ZZ1 1AA", "ZZ1 9ZZ", "XX9 9ZZ", "XX9 1AA", "ZZ1 1AB")
    stock = [{"full_voxnumber": "44200", "link_id": "L4"}]
    assert given(decide(links, stock)) == [
        "OUTCODE_UNKNOWN",
        "OUTCODE_UNKNOWN",
        "POSTCODE_UNKNOWN",
        "OUTCODE_WITHOUT_POSITION",
        44200,
    ]
    assert decide(links, stock)[4] == Decision(5, "L4", "already", 44200, 20)


def test_named_numbers_are_decided_first() -> None:
    links: list[Row] = [by_postcode("p", "AA1 1AA"), by_voxnumber("v", 44200)]
    assert given(decide(links, numbers(44200, 44201))) == [44201, 44200]
    assert decide(links, numbers(44200))[1] == Decision(2, "v", "assigned", 44200, 20, None, "none")


def test_why_a_named_number_is_refused() -> None:
    links = [by_voxnumber("has", 44202), by_voxnumber("a", 44202), by_voxnumber("b", 44202)]
    links += [by_voxnumber("c", 44203), by_voxnumber("d", 44204), by_voxnumber("e", 44203)]
    stock: list[Row] = [*numbers(44202), {"full_voxnumber": "44203", "link_id": "has"}]
    assert given(decide(links, stock)) == [
        44203,
        44202,
        "VOXNUMBER_DUPLICATED",
        "VOXNUMBER_ASSIGNED",
        "VOXNUMBER_NOT_IN_STOCK",
        "VOXNUMBER_ASSIGNED",
    ]
    assert decide(links, stock)[0] == Decision(1, "has", "already", 44203, 20)


def test_a_number_without_area_code_is_given_by_name_only() -> None:
    links: list[Row] = [by_area("a", 44, "20", fallback_country="TRUE"), by_voxnumber("v", 99920)]
    assert given(decide(links, numbers(99920, 99921))) == ["AREA_CODE_WITHOUT_STOCK", 99920]


def test_by_area_takes_its_own_then_city_region_country() -> None:
    links: list[Row] = [
        by_area(f"a{position}", 1, "212", fallback_city="TRUE", fallback_region="true", fallback_country="TRUE")
        for position in range(6)
    ]
    stock = numbers(12120, 16460, 13150, 17130, 14160, 18760)
    decisions = decide(links, stock)
    assert [(d.full_voxnumber, d.fallback) for d in decisions[:4]] == [
        (12120, "none"),
        (16460, "city"),
        (13150, "region"),
        (17130, "country"),
    ]
    assert given(decisions[4:]) == ["AREA_CODE_WITHOUT_STOCK"] * 2
    assert {d.distance_km for d in decisions} == {None}


def test_each_fallback_only_if_asked_for() -> None:
    stock = numbers(16460, 13150, 17130)
    assert given(decide([by_area("a", 1, "212")], stock)) == ["AREA_CODE_WITHOUT_STOCK"]
    assert given(decide([by_area("a", 1, "212", fallback_region="TRUE")], stock)) == [13150]
    assert decide([by_area("a", 1, "212", fallback_region="TRUE")], stock)[0].fallback == "region"
    assert given(decide([by_area("a", 1, "212", fallback_city="TRUE")], stock)) == [16460]


def test_region_fallback_in_canada_and_the_united_states_only() -> None:
    assert given(decide([by_area("a", 1, "416", fallback_region="TRUE")], numbers(16130))) == [16130]
    assert given(decide([by_area("a", 1, "876", fallback_region="TRUE")], numbers(16580))) == [
        "AREA_CODE_WITHOUT_STOCK"
    ]


def test_an_unknown_city_is_nobodys_city() -> None:
    links: list[Row] = [by_area("a", 44, "21", fallback_city="TRUE")]
    assert given(decide(links, numbers(44230))) == ["AREA_CODE_WITHOUT_STOCK"]


def test_the_stocks_own_columns_win() -> None:
    def at(number: int, city: str | None, link_id: str | None = None) -> Row:
        return {"full_voxnumber": str(number), "city": city, "link_id": link_id}

    links: list[Row] = [by_area("a", 44, "20", fallback_city="TRUE")]
    assigned = at(44200, "Leeds", "other")
    assert given(decide(links, [assigned, at(44210, "Leeds")])) == [44210]
    assert given(decide(links, [assigned, at(44210, "London")])) == ["AREA_CODE_WITHOUT_STOCK"]
    # 21 says Leeds once and York twice; 23 says each once, and Leeds comes before York.
    stock = [assigned, at(44210, "Leeds"), at(44211, "York"), at(44212, "York"), at(44230, "York"), at(44231, "Leeds")]
    assert given(decide(links, stock)) == [44230]


def test_by_area_and_groups_share_one_document_order() -> None:
    links: list[Row] = [by_area("a", 44, "020"), by_postcode("p", "AA1 1AA"), by_area("b", 44, "20")]
    assert given(decide(links, numbers(44201, 44202))) == [44201, 44202, "AREA_CODE_WITHOUT_STOCK"]


def test_a_number_listed_twice_is_one_number() -> None:
    stock: list[Row] = [
        *numbers(44201, 44201),
        {"full_voxnumber": "44202"},
        {"full_voxnumber": "44202", "link_id": "x"},
    ]
    assert given(decide(postcodes("AA1 1AA"), stock)) == [44201]
    assert given(decide(postcodes("AA1 1AA", "AA1 1AB"), stock)) == ["NO_STOCK_IN_REACH"] * 2


@pytest.mark.parametrize("distance", ["-1", "nan", "inf", "far"])
def test_nonsense_is_rejected(distance: str) -> None:
    links = postcodes("AA1 1AA", "not a postcode", "AA1 1AB", fallbacks_km=(distance, None, None))
    assert given(decide([*links, links[2]], numbers(44200))) == ["rejected", "rejected", 44200, "rejected"]


def test_geodesics_are_those_of_wgs84() -> None:
    # A degree of the equator is a * pi / 180 long, and the quarter meridian 10 001.965729 km.
    assert WGS84.inv(0.0, 0.0, 1.0, 0.0)[2] == pytest.approx(111_319.490793, abs=1e-6)
    assert WGS84.inv(0.0, 0.0, 0.0, 90.0)[2] == pytest.approx(10_001_965.729, abs=1e-3)
