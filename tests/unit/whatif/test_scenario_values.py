"""The values of a scenario: what is read, and the sentence about each bad one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from allocator.whatif.scenario_values import filters_of, growth_of, name_of, numbers_of, option_value
from allocator.whatif.toml_table import TomlTable
from tests.unit.whatif.examples import refusal, refused_scenario


def table(kind: str = "scenario", **content: Any) -> TomlTable:
    return TomlTable(content, kind, "file")


def test_values_are_read_into_one_form() -> None:
    assert name_of(table(name="north-20.5km")) == "north-20.5km"
    assert numbers_of(table(add={"0161": 3, "20": 1, "131": 0}), "add") == ((20, 1), (161, 3))
    assert filters_of(table("links", only_link_ids=[7, "a", "7"], only_outcodes=["w11"])) == (
        ("only_outcodes", ("W11",)),
        ("only_link_ids", ("7", "a")),
    )
    assert growth_of(table("growth", M1="10 %", w11=25)) == (("M1", "10%"), ("W11", 25))
    assert option_value(table(), "fallback_km", 20) == 20.0
    assert option_value(table(), "objective", "worst") == "worst"


NO_FOLDER = "a folder can't have this name on every system"
BAD_NAMES = {
    "none": ("", ", scenario number 1, key name: the scenario has no name. Give one"),
    "no text": ("name = 3", ", scenario number 1, key name: 3: a name is a text."),
    "a path": ('name = "a/b"', f", scenario 'a/b', key name: 'a/b': {NO_FOLDER}"),
    "upwards": ('name = ".."', f", scenario '..', key name: '..': {NO_FOLDER}"),
    "two hyphens": ('name = "a--b"', f", scenario 'a--b', key name: 'a--b': {NO_FOLDER}"),
    "a device": ('name = "Con.1"', ", scenario 'Con.1', key name: 'Con.1': Windows keeps this name for a device"),
    "too long": (
        f'name = "{"a" * 101}"',
        f", scenario '{'a' * 101}', key name: '{'a' * 58}…: the name has more than 100 characters",
    ),
}
BAD = {
    "a distance in quotes": ('fallback_km = "far"', "fallback_km: 'far': that is not a distance"),
    "a distance that is true": ("fallback_km = true", "fallback_km: True: that is not a distance"),
    "a negative distance": (
        "fallback_km = -1",
        "fallback_km: -1: fallback_km is not a distance. Give 0 or more kilometres.",
    ),
    "an infinite distance": ("fallback_km = inf", "fallback_km: inf: fallback_km is not a distance"),
    "a grouping": ('grouping = "apart"', "grouping: 'apart': there is no such grouping. Give 'together' or 'split'."),
    "a strategy": ("strategy = 3", "strategy: 3: there is no such strategy. Give 'rule' or 'optimal'."),
    "an objective": ('objective = "near"', "objective: 'near': there is no such objective. Give 'total' or 'worst'."),
    "half an effort": ("effort = 0.5", "effort: 0.5: that is not a whole number"),
    "an area code that is none": ('add = { "london" = 3 }', "add.london: it is not an area code"),
    "an area code of nobody": ('add = { "2000" = 3 }', "add.2000: there is no such geographic area code"),
    "an area code twice": ('add = { "20" = 3, "020" = 2 }', "add.020: area code 20 is there twice"),
    "growth that is none": (
        'growth = { "M1" = "ten" }',
        "growth.M1: 'ten': that is neither a count nor a percentage. Give a count",
    ),
    "negative growth": ('growth = { "M1" = "-10%" }', "growth.M1: '-10%': that is neither a count nor"),
    "half a link": ('growth = { "M1" = 2.5 }', "growth.M1: 2.5: that is not a whole number. Give a count of links"),
    "growth that is true": ('growth = { "M1" = true }', "growth.M1: True: that is not a whole number"),
    "an outcode that is none": ('growth = { "Leeds" = 2 }', "growth.Leeds: "),
    "an outcode of nobody": ('growth = { "M49" = 2 }', "growth.M49: there is no such outcode. Did you mean M4 or M9?"),
    "an outcode twice": ('growth = { "M1" = 2, "m1" = 3 }', "growth.m1: outcode M1 is there twice"),
    "a filter that is none": ('links = { outcodes = ["M1"] }', "links.outcodes: there is no such key. Did you mean"),
    "a filter that is no list": ('links = { only_outcodes = "M1" }', "links.only_outcodes: 'M1': that is not a list"),
    "a filter by a number": ("links = { only_outcodes = [1] }", "links.only_outcodes: 1: an outcode is a text"),
    "a filter by no place": (
        'links = { only_area_codes = ["845"] }',
        "links.only_area_codes: '845': it covers no outcode",
    ),
    "a filter by a fraction": ("links = { only_area_codes = [1.5] }", "links.only_area_codes: 1.5: an area code is a"),
    "a filter by truth": ("links = { only_link_ids = [true] }", "links.only_link_ids: True: a link_id is a text"),
}


@pytest.mark.parametrize(("text", "message"), BAD_NAMES.values(), ids=BAD_NAMES.keys())
def test_a_name_must_be_a_folders_everywhere(tmp_path: Path, text: str, message: str) -> None:
    error = refusal(tmp_path, f"[[scenario]]\n{text}\n")
    assert str(error).startswith(f"{tmp_path / 'scenarios.toml'}{message}")


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_value_is_named_with_its_key(tmp_path: Path, text: str, message: str) -> None:
    assert refused_scenario(tmp_path, text).startswith(message)
