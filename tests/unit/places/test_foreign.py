"""Area codes and places outside the UK, and the names of countries."""

from __future__ import annotations

import pytest

from allocator.places.foreign import (
    AreaCodePlace,
    country_code,
    foreign_area_code,
    foreign_place,
    is_united_kingdom,
)


@pytest.mark.parametrize(
    ("idd", "lead", "area_code"),
    [
        (33, "14268", 1),
        (33, "61234", 6),
        (49, "30123", 30),
        (39, "06123", 6),  # without its zero, as all area codes
        (54, "91112", 911),  # Argentine mobiles keep their 9
        (999, "12345", None),
    ],
)
def test_area_code_of_the_leading_digits(idd: int, lead: str, area_code: int | None) -> None:
    assert foreign_area_code(idd, lead) == area_code


def test_a_number_too_short_to_show_its_area_code_has_none() -> None:
    assert foreign_area_code(49, "") is None
    assert foreign_area_code(49, "3") is None


def test_an_unknown_area_code_still_has_its_country() -> None:
    assert foreign_place(33, 9999) == AreaCodePlace(None, None, "FR")
    assert foreign_place(800, 1234) == AreaCodePlace(None, None, None)  # the world's freephone numbers


@pytest.mark.parametrize("text", ["UNITED KINGDOM", "united  kingdom", " UK ", "gb", "Great Britain"])
def test_names_of_the_united_kingdom(text: str) -> None:
    assert is_united_kingdom(text)
    assert country_code(text) == "GB"


@pytest.mark.parametrize("text", ["England", "FRANCE", "", "U K", "Ukraine"])
def test_names_of_other_countries(text: str) -> None:
    assert not is_united_kingdom(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("usa", "US"),
        ("United States", "US"),
        ("Germany", "DE"),
        ("de", "DE"),
        ("Eire", "IE"),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_country_codes(text: str, code: str | None) -> None:
    assert country_code(text) == code
