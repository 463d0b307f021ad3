"""A table of the scenarios' file: unknown keys, and values of another kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.whatif.toml_table import TomlTable
from tests.unit.whatif.examples import refusal, refused_scenario

BAD = {
    "empty": ("", ": there is no scenario in it. Begin each scenario with"),
    "one bracket": ('[scenario]\nname = "a"\n', ", key scenario: that is one table, not a list of tables"),
    "scenarios that are none": ("scenario = [1]\n", ", key scenario: [1]: that is not a list of tables"),
    "misspelt": ('[[scenarios]]\nname = "a"\n', ", key scenarios: there is no such key. Did you mean 'scenario'?"),
    "links that are no path": ("links = 3\n", ", key links: 3: that is not a path"),
    "stock that is no path": ("stock = [3]\n", ", key stock: [3]: that is not a path"),
    "defaults that are no table": ("defaults = 3\n", ", key defaults: 3: that is not a table"),
}
BAD_SCENARIOS = {
    "a misspelt key": ("fallbackkm = 3", "fallbackkm: there is no such key. Did you mean 'fallback_km'?"),
    "an unknown key": ("xyz = 3", "xyz: there is no such key. Known are name,"),
    "numbers without area codes": ("add = 3", "add: 3: that is not a table. Write counts by area code"),
    "links that are no table": ('links = "a.csv"', "links: 'a.csv': that is not a table. Write [scenario.links]"),
    "a negative count": ('remove = { "20" = -3 }', "remove.20: -3: that is less than 0"),
    "half a count": ('remove = { "20" = 2.5 }', "remove.20: 2.5: that is not a whole number"),
    "too many": ('add = { "20" = 1000001 }', "add.20: 1000001: that is more than 1000000"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD.keys())
def test_a_table_of_another_kind_is_refused(tmp_path: Path, text: str, message: str) -> None:
    assert str(refusal(tmp_path, text)).startswith(f"{tmp_path / 'scenarios.toml'}{message}")


@pytest.mark.parametrize(("text", "message"), BAD_SCENARIOS.values(), ids=BAD_SCENARIOS.keys())
def test_what_is_wrong_in_a_scenario_is_named(tmp_path: Path, text: str, message: str) -> None:
    assert refused_scenario(tmp_path, text).startswith(message)


def test_a_table_that_is_not_there_is_empty() -> None:
    table = TomlTable({"stock": ["1.xml", "2.xml"]}, "top", "file")
    assert table.table("defaults").content == {}
    assert (table.path("links"), table.paths("links"), table.paths("stock")) == (None, None, ["1.xml", "2.xml"])
