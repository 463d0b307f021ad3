"""Looking places up, and what is near them."""

from __future__ import annotations

import pickle

import pytest

import allocator
from allocator.errors import OptionError, PostcodeError


def test_a_unit_postcode() -> None:
    place = allocator.lookup(" sw1a0aa ")
    assert (place.postcode, place.outcode) == ("SW1A 0AA", "SW1A")
    assert place.exists
    assert (place.area_code, place.area_code_name) == (20, "London")
    assert place.kind == "geographic"
    assert place.latitude == pytest.approx(51.5, abs=0.02)
    assert place.longitude == pytest.approx(-0.13, abs=0.02)


def test_an_outcode_is_no_unit_postcode() -> None:
    place = allocator.lookup("m1")
    assert place.postcode is None
    assert place.postcode_exists is None
    assert place.exists
    assert place.postcodes > 100


def test_unit_exists_outcode_exists_and_well_formed_are_three_answers() -> None:
    exists, unit_missing, outcode_missing = map(allocator.lookup, ("M1 1AE", "M1 9ZZ", "W75 9ZZ"))
    assert (exists.outcode_exists, exists.postcode_exists) == (True, True)
    assert (unit_missing.outcode_exists, unit_missing.postcode_exists) == (True, False)
    assert (outcode_missing.outcode_exists, outcode_missing.postcode_exists) == (False, False)
    assert outcode_missing.kind is None
    with pytest.raises(PostcodeError):
        allocator.lookup("M1 9Z")


def test_a_non_geographic_outcode_is_known_as_such() -> None:
    place = allocator.lookup("GIR 0AA")
    assert place.exists
    assert place.kind == "non-geographic"
    assert (place.longitude, place.latitude, place.area_code) == (None, None, None)


def test_the_crown_dependencies_have_positions() -> None:
    places = [allocator.lookup(outcode) for outcode in ("JE2", "GY1", "GY9", "IM1")]
    assert [place.area_code for place in places] == [1534, 1481, 1481, 1624]
    assert {place.kind for place in places} == {"crown"}


def test_northern_ireland_is_028() -> None:
    assert {allocator.lookup(outcode).area_code for outcode in ("BT1", "BT48", "BT74", "BT93")} == {28}


def test_what_is_near_is_sorted_and_starts_with_itself() -> None:
    nearby = allocator.nearest("W11", 25.0)
    assert nearby.outcodes.row(0)[:2] == ("W11", 0.0)
    assert nearby.area_codes.row(0) == ("20", "London", 0.0)
    for table in (nearby.outcodes, nearby.area_codes):
        assert table["distance_km"].is_sorted()
        assert table["distance_km"].max() <= 25.0  # type: ignore[operator]


def test_beyond_the_horizon_everything_is_found() -> None:
    assert allocator.nearest("W11", 2000.0).area_codes.height == 609


def test_nothing_is_near_what_has_no_position() -> None:
    for text in ("GIR 0AA", "W75", "nonsense"):
        with pytest.raises(PostcodeError):
            allocator.nearest(text, 10.0)


@pytest.mark.parametrize("within_km", [-1.0, float("nan"), float("inf")])
def test_a_distance_is_a_number_of_kilometres(within_km: float) -> None:
    with pytest.raises(OptionError):
        allocator.nearest("W11", within_km)


def test_an_unknown_outcode_names_those_like_it() -> None:
    assert allocator.lookup("W75").meant[0].startswith("W")
    assert allocator.lookup("W11").meant == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("sw1a0aa", "<Place SW1A 0AA: exists, geographic, area code 20 (London)>"),
        ("je2", "<Place JE2: exists, crown, area code 1534 (Jersey)>"),
        ("GIR 0AA", "<Place GIR 0AA: exists, non-geographic>"),
        ("M1 9ZZ", "<Place M1 9ZZ: does not exist, geographic, area code 161 (Manchester)>"),
        ("W75", "<Place W75: does not exist>"),
    ],
)
def test_a_place_in_one_line(text: str, line: str) -> None:
    assert repr(allocator.lookup(text)) == line


def test_what_is_nearby_in_one_line() -> None:
    assert repr(allocator.nearest("W11", 0)) == "<Nearby W11 within 0 km: 1 area code, 1 outcode>"
    assert repr(allocator.nearest("W11", 7.5)).startswith("<Nearby W11 within 7.5 km: 1 area code, ")


def test_places_can_be_pickled() -> None:
    place, nearby = allocator.lookup("SW1A 0AA"), allocator.nearest("W11", 5)
    assert pickle.loads(pickle.dumps(place)) == place
    again = pickle.loads(pickle.dumps(nearby))
    assert (again.place, again.within_km) == (nearby.place, nearby.within_km)
    assert again.area_codes.equals(nearby.area_codes)
    assert again.outcodes.equals(nearby.outcodes)
