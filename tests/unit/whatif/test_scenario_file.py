"""The file of scenarios: what it may say, what it must not, and the scenarios it makes."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from allocator.errors import TableError
from allocator.places import dataset
from allocator.whatif.inputs import read_inputs
from allocator.whatif.scenario_error import ScenarioError
from allocator.whatif.scenario_file import read_scenarios
from tests.unit.whatif.examples import refusal, refused_scenario


def test_options_are_the_scenarios_then_the_commands_then_the_defaults() -> None:
    content = {
        "defaults": {"fallback_km": 1, "grouping": "split", "effort": 7},
        "scenario": [{"name": "a"}, {"name": "b", "fallback_km": 3, "grouping": "together"}],
    }
    first, second = read_scenarios(content, {"fallback_km": 2.0, "strategy": "optimal"}).scenarios
    best = {"strategy": "optimal", "objective": "total"}
    assert first.options.summary() == {"fallback_km": 2.0, "grouping": "split", **best}
    assert second.options.summary() == {"fallback_km": 3.0, "grouping": "together", **best, "effort": 7}


def test_lists_make_a_scenario_for_each_choice_in_the_order_written() -> None:
    table = {"name": "a", "strategy": ["rule", "optimal"], "fallback_km": [10, 7.5], "add": {"20": 1}}
    scenarios = read_scenarios({"scenario": [table]}).scenarios
    assert [scenario.name for scenario in scenarios] == [
        "a-rule-10km",
        "a-rule-7.5km",
        "a-optimal-10km",
        "a-optimal-7.5km",
    ]
    assert [(scenario.options.strategy, scenario.options.fallback_km) for scenario in scenarios] == [
        ("rule", 10.0),
        ("rule", 7.5),
        ("optimal", 10.0),
        ("optimal", 7.5),
    ]
    assert {scenario.add for scenario in scenarios} == {((20, 1),)}


def test_paths_are_seen_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "scenarios.toml"
    file.write_text('links = "links.csv"\nstock = ["1.xml", "2.xml"]\n[[scenario]]\nname = "a"\n', encoding="utf-8")
    found = read_scenarios(file)
    assert found.links == str(tmp_path / "links.csv")
    assert found.stock == [str(tmp_path / "1.xml"), str(tmp_path / "2.xml")]
    assert found.source == str(file)


def test_a_byte_order_mark_and_crlf_are_understood(tmp_path: Path) -> None:
    file = tmp_path / "scenarios.toml"
    file.write_bytes(b'\xef\xbb\xbf[[scenario]]\r\nname = "a"\r\n')
    assert [scenario.name for scenario in read_scenarios(file).scenarios] == ["a"]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scenarios.toml").touch()
    with pytest.raises(TableError, match="Did you mean"):
        read_scenarios(tmp_path / "scenario.toml")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "scenarios.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(ScenarioError, match="byte 9 is not UTF-8"):
        read_scenarios(tmp_path / "scenarios.toml")


def test_the_example_is_a_file_of_scenarios() -> None:
    file = read_scenarios(Path(dataset.DATA_FOLDER) / "examples" / "scenarios.toml")
    assert isinstance(file.links, str)
    assert isinstance(file.stock, str)
    inputs = read_inputs(file.links, file.stock)
    for scenario in file.scenarios:
        scenario.check(inputs)


def test_a_mapping_says_the_same_as_a_file(tmp_path: Path) -> None:
    content: Mapping[str, Any] = {"scenario": [{"name": "a", "fallback_km": [1, 2], "growth": {"M1": "5%"}}]}
    file = tmp_path / "scenarios.toml"
    file.write_text('[[scenario]]\nname = "a"\nfallback_km = [1, 2]\ngrowth = { "M1" = "5%" }\n', encoding="utf-8")
    assert read_scenarios(content).scenarios == read_scenarios(file).scenarios


def test_a_default_objective_is_for_the_best_plan_only() -> None:
    content = {
        "defaults": {"objective": "worst"},
        "scenario": [{"name": "a"}, {"name": "b", "strategy": ["rule", "optimal"]}],
    }
    scenarios = read_scenarios(content).scenarios
    assert [scenario.options.objective for scenario in scenarios] == ["total", "total", "worst"]


BAD = {
    "a text without quotes": (
        "[[scenario]]\nname = north\n",
        ": it is not TOML (Invalid value (at line 2, column 8))",
    ),
    "misspelt in the defaults": (
        "[defaults]\nfallback = 3\n",
        ", key defaults.fallback: there is no such key. Did you mean 'fallback_km'?",
    ),
    "a list in the defaults": (
        "[defaults]\nfallback_km = [3]\n",
        ", key defaults.fallback_km: [3]: a list can't be here",
    ),
    "the same name": (
        '[[scenario]]\nname = "a"\n[[scenario]]\nname = "a"\n',
        ", scenario 'a', key name: another scenario has the same name, and both would be one folder",
    ),
    "the same folder": (
        '[[scenario]]\nname = "a"\n[[scenario]]\nname = "A"\n',
        ", scenario 'A', key name: another scenario has the name 'a', and both would be one folder",
    ),
    "the same name by a list": (
        '[[scenario]]\nname = "a-2km"\n[[scenario]]\nname = "a"\nfallback_km = [1, 2]\n',
        ", scenario 'a-2km', key name: another scenario has the same name",
    ),
}
BAD_SCENARIOS = {
    "no distances": ("fallback_km = []", "fallback_km: []: the list is empty"),
    "a bad one among distances": ("fallback_km = [1, -2]", "fallback_km: -2: fallback_km is not a distance"),
    "an objective of the rule": ('objective = "worst"', "objective: 'worst': the API's rule has no objective."),
    "an objective of one rule of two": (
        'strategy = ["optimal", "rule"]\nobjective = "total"',
        "objective: 'total': the API's rule has no objective. Give the strategy \"optimal\".",
    ),
    "efforts": ("effort = [1]", "effort: [1]: a list can't be here"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD.keys())
def test_a_file_that_is_wrong_is_refused(tmp_path: Path, text: str, message: str) -> None:
    error = refusal(tmp_path, text)
    assert str(error).startswith(f"{tmp_path / 'scenarios.toml'}{message}")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), vars(again)) == (str(error), vars(error))


@pytest.mark.parametrize(("text", "message"), BAD_SCENARIOS.values(), ids=BAD_SCENARIOS.keys())
def test_a_scenario_that_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    assert refused_scenario(tmp_path, text).startswith(message)
