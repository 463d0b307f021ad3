"""Area codes and their names, from libphonenumber's prefixes."""

from __future__ import annotations

import pytest

from data.builders import numbering_plan
from data.builders.sources import SourceError


@pytest.mark.parametrize(
    ("prefix", "area_code"),
    [("20", 20), ("238", 23), ("2310", 23), ("2871", 28), ("114700", 114), ("1910", 191), ("121", 121), ("1387", 1387)],
)
def test_the_area_code_of_a_prefix(prefix: str, area_code: int) -> None:
    assert numbering_plan.area_code_of(prefix) == area_code


def test_every_area_code_has_a_name() -> None:
    names = numbering_plan.area_codes()
    assert len(names) == 610
    assert list(names) == sorted(names)
    assert all(names.values())
    assert set(numbering_plan.FIVE_DIGITS) <= set(names)
    assert 1697 not in names


@pytest.mark.parametrize(
    ("area_code", "name"),
    [
        (20, "London"),
        (23, "Portsmouth/Southampton"),
        (24, "Coventry"),
        (28, "Northern Ireland"),
        (29, "Cardiff"),
        (114, "Sheffield"),
        (191, "Tyneside/Durham/Sunderland"),
        (1229, "Barrow-in-Furness/Millom"),
        (1387, "Dumfries"),
        (13873, "Langholm"),
        (16973, "Wigton"),
        (16977, "Brampton"),
        (1481, "Guernsey"),
    ],
)
def test_known_names(area_code: int, name: str) -> None:
    assert numbering_plan.area_codes()[area_code] == name


def test_another_version_of_libphonenumber_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbering_plan, "SHA256", "0" * 64)
    with pytest.raises(SourceError, match=r"phonenumbers has other names than version .* Install phonenumbers=="):
        numbering_plan.area_codes()
