"""Scenarios: what the file may say, what it must not, and what a scenario does to links and stock."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given

import allocator
from allocator.errors import TableError
from allocator.places import dataset
from allocator.plans.files import csv_bytes
from allocator.tables import number_texts
from allocator.whatif.scenario import Inputs, Scenario, ScenarioError, read_inputs
from allocator.whatif.scenario_file import read_scenarios
from tests.support.strategies import Instance, instances

LINKS = pl.DataFrame(
    {
        "link_id": ["a", "b", "c", "d", "e", "f", "g"],
        "postcode": ["W11 3EP", "M1 1AA", "W11 4FQ", "W11 0ZZ", "SW1A 0AA", None, None],
        "fallback_area_distance": ["7", None, None, None, None, None, None],
        "full_voxnumber": [None, None, None, None, None, "442079460009", None],
        "voxnumber_idd": [None, None, None, None, None, None, "44"],
        "area_code": [None, None, None, None, None, None, "20"],
    }
)
STOCK = pl.DataFrame(
    {
        "full_voxnumber": ["442079460000", "442079460001", "442079460002", "442079460009", "441614960000"],
        "link_id": [None, None, "z", None, None],
    }
)


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return read_inputs(LINKS, STOCK)


def only(**told: Any) -> Scenario:
    """The one scenario of a file that has it."""
    (scenario,) = read_scenarios({"scenario": [{"name": "a", **told}]}).scenarios
    return scenario


def ids(scenario: Scenario, inputs: Inputs) -> list[str]:
    return scenario.applied(inputs)[0].table["link_id"].to_list()


def numbers(scenario: Scenario, inputs: Inputs) -> list[str]:
    return number_texts(scenario.applied(inputs)[1].table["full_voxnumber"]).to_list()


# --- what a scenario does --------------------------------------------------------------------------------------------


@given(instances())
def test_a_scenario_without_changes_is_the_plan(instance: Instance) -> None:
    links, stock = instance.links_table, instance.stock_table
    options: dict[str, Any] = {"fallback_km": instance.fallback_km, "grouping": instance.grouping}
    plan = allocator.plan(links, stock, **options)
    again = only(**options).plan(read_inputs(links, stock))
    for name in ("assignments", "unassigned", "rejected", "decisions"):
        assert csv_bytes(getattr(again, name)) == csv_bytes(getattr(plan, name))
    assert again.summary == plan.summary


def test_a_links_own_fallback_distance_wins_over_the_scenarios(inputs: Inputs) -> None:
    table = only(fallback_km=30).applied(inputs)[0].table
    assert table["fallback_km"].to_list() == [7.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0]


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        ({"only_outcodes": ["w11"]}, "acd"),
        ({"without_outcodes": ["W11", "M1"]}, "efg"),
        ({"only_area_codes": ["020"]}, "acde"),
        ({"without_area_codes": [20]}, "bfg"),
        ({"only_link_ids": ["f", "a"]}, "af"),
        ({"without_link_ids": ["f", "a"]}, "bcdeg"),
        ({"only_area_codes": ["20"], "without_link_ids": ["a"], "without_outcodes": ["SW1A"]}, "cd"),
        ({"only_outcodes": []}, ""),
        ({"without_outcodes": []}, "abcdefg"),
    ],
)
def test_filters_say_which_links_take_part(inputs: Inputs, filters: dict[str, Any], left: str) -> None:
    assert ids(only(links=filters), inputs) == list(left)


def test_the_largest_available_numbers_are_removed(inputs: Inputs) -> None:
    left = numbers(only(remove={"20": 2}), inputs)
    assert left == ["441614960000", "442079460000", "442079460002"]


def test_numbers_that_are_added_do_not_look_like_numbers(inputs: Inputs) -> None:
    more = numbers(only(add={"0161": 2, "845": 1}, remove={"161": 1}), inputs)
    assert more[-3:] == ["new-161-1", "new-161-2", "new-845-1"]
    assert "441614960000" not in more
    plan = only(add={"161": 1}, remove={"161": 1}, links={"only_link_ids": ["b"]}).plan(inputs)
    assert plan.assignments["full_voxnumber"].to_list() == ["new-161-1"]
    assert plan.hypothetical


def test_growth_takes_the_postcodes_of_the_outcodes_links_in_turn(inputs: Inputs) -> None:
    table = only(growth={"W11": 3}, fallback_km=20).applied(inputs)[0].table.tail(3)
    rows = table.select("row", "link_id", "postcode", "fallback_km").rows()
    # W11 0ZZ does not exist.
    assert rows == [
        (None, "growth-W11-1", "W11 3EP", 7.0),
        (None, "growth-W11-2", "W11 4FQ", 20.0),
        (None, "growth-W11-3", "W11 3EP", 7.0),
    ]


def test_growth_in_per_cent_is_rounded_up(inputs: Inputs) -> None:
    for percent, count in {"0%": 0, "1%": 1, "33%": 1, "33.4 %": 2, "100%": 3, "200%": 6}.items():
        assert len(ids(only(growth={"W11": percent}), inputs)) == 7 + count


def test_growth_counts_the_links_that_take_part(inputs: Inputs) -> None:
    assert ids(only(growth={"W11": "100%"}, links={"only_link_ids": ["a", "b"]}), inputs) == ["a", "b", "growth-W11-1"]


def test_growth_where_no_link_is_takes_the_first_postcode_that_exists(inputs: Inputs) -> None:
    plan = only(growth={"EH1": 2}).plan(inputs)
    rows = plan.unassigned.filter(pl.col("outcode") == "EH1").select("link_id", "postcode", "reason", "row").rows()
    (postcode,) = {row[1] for row in rows}
    assert rows == [(f"growth-EH1-{turn}", postcode, "NO_STOCK_IN_REACH", None) for turn in (1, 2)]


def test_growth_comes_in_the_order_of_the_file(inputs: Inputs) -> None:
    assert ids(only(growth={"W11": 1, "EH1": 1, "M1": 1}), inputs)[-3:] == [
        "growth-W11-1",
        "growth-EH1-1",
        "growth-M1-1",
    ]


def test_growth_takes_no_id_that_a_link_has_though_it_is_filtered_away() -> None:
    links = pl.DataFrame({"link_id": ["growth-W11-1", "growth-W11-3"], "postcode": ["W11 3EP"] * 2})
    scenario = only(growth={"W11": 3}, links={"without_link_ids": ["growth-W11-1"]})
    found = ids(scenario, read_inputs(links, STOCK))
    assert found == ["growth-W11-3", "growth-W11-2", "growth-W11-4", "growth-W11-5"]


def test_the_summary_counts_the_rows_that_were_read(inputs: Inputs) -> None:
    plan = only(add={"20": 5}, links={"only_outcodes": ["M1"]}, growth={"M1": 4}).plan(inputs)
    assert plan.summary["inputs"]["links"]["rows"] == LINKS.height
    assert plan.summary["inputs"]["stock"]["rows"] == STOCK.height
    assert plan.summary["links"]["total"] == 5


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (
            {"remove": {"20": 4}},
            "remove.20: 4 are to be removed, and of area code 20 the stock has 3 available. Remove 3 at most.",
        ),
        (
            {"remove": {"131": 1}},
            "remove.131: 1 are to be removed, and of area code 131 the stock has none available. Leave it out.",
        ),
        (
            {"links": {"only_link_ids": ["a", "nobody"]}},
            "links.only_link_ids: 'nobody': the links have no such link_id. Name links that are in the table.",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_tables_is_refused(inputs: Inputs, told: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        only(**told).check(inputs, "scenarios.toml")
    assert str(caught.value) == f"scenarios.toml, scenario 'a', key {message}"


def test_a_link_id_that_may_be_meant_is_suggested() -> None:
    links = pl.DataFrame({"link_id": ["shop-17"], "postcode": ["W11 3EP"]})
    with pytest.raises(ScenarioError, match=r"Did you mean 'shop-17'\?"):
        only(links={"without_link_ids": ["shop17"]}).check(read_inputs(links, STOCK))


def test_too_much_growth_is_refused() -> None:
    links = pl.DataFrame({"link_id": [str(place) for place in range(200)], "postcode": ["W11 3EP"] * 200})
    with pytest.raises(ScenarioError, match=r"key growth.W11: '999999%': that is 1999998 more links"):
        only(growth={"W11": "999999%"}).check(read_inputs(links, STOCK))


def test_links_that_come_count_as_those_whose_postcode_they_have() -> None:
    links = pl.DataFrame({"link_id": ["a", "b"], "postcode": ["W11 3EP", "M1 1AA"], "priority": ["2.5", None]})
    table = only(growth={"W11": 1, "EH1": 1}).applied(read_inputs(links, STOCK))[0].table
    assert table["priority"].to_list() == [2500, 1000, 2500, 1000]


# --- what the file says ----------------------------------------------------------------------------------------------


def test_options_are_the_scenarios_then_the_commands_then_the_defaults() -> None:
    told = {
        "defaults": {"fallback_km": 1, "grouping": "split", "effort": 7},
        "scenario": [{"name": "a"}, {"name": "b", "fallback_km": 3, "grouping": "together"}],
    }
    first, second = read_scenarios(told, {"fallback_km": 2.0, "strategy": "optimal"}).scenarios
    best = {"strategy": "optimal", "objective": "total"}
    assert first.options() == {"fallback_km": 2.0, "grouping": "split", **best}
    assert second.options() == {"fallback_km": 3.0, "grouping": "together", **best, "effort": 7}


def test_lists_make_a_scenario_for_each_choice_in_the_order_written() -> None:
    told = {"name": "a", "strategy": ["rule", "optimal"], "fallback_km": [10, 7.5], "add": {"20": 1}}
    scenarios = read_scenarios({"scenario": [told]}).scenarios
    assert [scenario.name for scenario in scenarios] == [
        "a-rule-10km",
        "a-rule-7.5km",
        "a-optimal-10km",
        "a-optimal-7.5km",
    ]
    assert [(scenario.strategy, scenario.fallback_km) for scenario in scenarios] == [
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


def test_what_changes_is_told_as_the_file_tells_it() -> None:
    told: dict[str, Any] = {
        "add": {"161": 3, "20": 1},
        "remove": {"131": 0},
        "links": {"without_link_ids": ["a"], "only_outcodes": ["W11"]},
        "growth": {"W11": "10%", "M1": 2},
    }
    assert only(**told).changes() == {
        "add": {"20": 1, "161": 3},
        "links": {"only_outcodes": ["W11"], "without_link_ids": ["a"]},
        "growth": {"W11": "10%", "M1": 2},
    }


NO_FOLDER = "the name can't be a folder's everywhere"
BAD = {
    "no TOML": ("[[scenario]\n", ": it is no TOML ("),
    "a text without quotes": ("[[scenario]]\nname = north\n", ": it is no TOML (Invalid value (at line 2, column 8))"),
    "empty": ("", ": there is no scenario in it. Begin each scenario with"),
    "one bracket": ('[scenario]\nname = "a"\n', ", key scenario: it is one table, not a list of them"),
    "scenarios that are none": ("scenario = [1]\n", ", key scenario: [1]: it is no list of tables"),
    "misspelt": ('[[scenarios]]\nname = "a"\n', ", key scenarios: there is no such key. Did you mean 'scenario'?"),
    "links that are no path": ("links = 3\n", ", key links: 3: it is no path"),
    "stock that is no path": ("stock = [3]\n", ", key stock: [3]: it is no path"),
    "defaults that are no table": ("defaults = 3\n", ", key defaults: 3: it is no table"),
    "misspelt in the defaults": (
        "[defaults]\nfallback = 3\n",
        ", key defaults.fallback: there is no such key. Did you mean 'fallback_km'?",
    ),
    "a list in the defaults": (
        "[defaults]\nfallback_km = [3]\n",
        ", key defaults.fallback_km: [3]: a list can't stand here",
    ),
    "no name": ("[[scenario]]\n", ", scenario number 1, key name: the scenario has no name. Give one"),
    "a name that is no text": ("[[scenario]]\nname = 3\n", ", scenario number 1, key name: 3: a name is a text."),
    "a name that is a path": ('[[scenario]]\nname = "a/b"\n', f", scenario 'a/b', key name: 'a/b': {NO_FOLDER}"),
    "a name that climbs": ('[[scenario]]\nname = ".."\n', f", scenario '..', key name: '..': {NO_FOLDER}"),
    "two hyphens": ('[[scenario]]\nname = "a--b"\n', f", scenario 'a--b', key name: 'a--b': {NO_FOLDER}"),
    "a device's name": (
        '[[scenario]]\nname = "Con.1"\n',
        ", scenario 'Con.1', key name: 'Con.1': Windows keeps this name for a device",
    ),
    "a long name": (
        f'[[scenario]]\nname = "{"a" * 101}"\n',
        f", scenario '{'a' * 101}', key name: '{'a' * 58}…: the name has more than 100 characters",
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
    "a misspelt key": ("fallbackkm = 3", "fallbackkm: there is no such key. Did you mean 'fallback_km'?"),
    "an unknown key": ("xyz = 3", "xyz: there is no such key. Known are name,"),
    "a distance in quotes": ('fallback_km = "far"', "fallback_km: 'far': it is no distance"),
    "a distance that is true": ("fallback_km = true", "fallback_km: True: it is no distance"),
    "a negative distance": ("fallback_km = -1", "fallback_km: -1: it is no distance. Give 0 or more kilometres."),
    "an infinite distance": ("fallback_km = inf", "fallback_km: inf: it is no distance"),
    "no distances": ("fallback_km = []", "fallback_km: []: the list is empty"),
    "a bad one among distances": ("fallback_km = [1, -2]", "fallback_km: -2: it is no distance"),
    "a grouping": ('grouping = "apart"', "grouping: 'apart': there is no such grouping. Give 'together' or 'split'."),
    "a strategy": ("strategy = 3", "strategy: 3: there is no such strategy. Give 'rule' or 'optimal'."),
    "an objective": ('objective = "near"', "objective: 'near': there is no such objective. Give 'total' or 'worst'."),
    "an objective of the rule": ('objective = "worst"', "objective: 'worst': the API's rule knows no objective."),
    "efforts": ("effort = [1]", "effort: [1]: a list can't stand here"),
    "half an effort": ("effort = 0.5", "effort: 0.5: it is no whole number"),
    "numbers without area codes": ("add = 3", "add: 3: it is no table. Write counts by area code"),
    "an area code that is none": ('add = { "london" = 3 }', "add.london: it is not an area code"),
    "an area code of nobody": ('add = { "2000" = 3 }', "add.2000: there is no such geographic area code"),
    "an area code twice": ('add = { "20" = 3, "020" = 2 }', "add.020: area code 20 stands there twice"),
    "a negative count": ('remove = { "20" = -3 }', "remove.20: -3: it is less than 0"),
    "half a count": ('remove = { "20" = 2.5 }', "remove.20: 2.5: it is no whole number"),
    "too many": ('add = { "20" = 1000001 }', "add.20: 1000001: it is more than 1000000"),
    "growth that is none": ('growth = { "M1" = "ten" }', "growth.M1: 'ten': it is no growth. Give a count"),
    "negative growth": ('growth = { "M1" = "-10%" }', "growth.M1: '-10%': it is no growth"),
    "half a link": ('growth = { "M1" = 2.5 }', "growth.M1: 2.5: it is no whole number. Give a count of links"),
    "growth that is true": ('growth = { "M1" = true }', "growth.M1: True: it is no whole number"),
    "an outcode that is none": ('growth = { "Leeds" = 2 }', "growth.Leeds: "),
    "an outcode of nobody": ('growth = { "M49" = 2 }', "growth.M49: there is no such outcode. Did you mean M4 or M9?"),
    "an outcode twice": ('growth = { "M1" = 2, "m1" = 3 }', "growth.m1: the outcode M1 stands there twice"),
    "links that are no table": ('links = "a.csv"', "links: 'a.csv': it is no table. Write [scenario.links]"),
    "a filter that is none": ('links = { outcodes = ["M1"] }', "links.outcodes: there is no such key. Did you mean"),
    "a filter that is no list": ('links = { only_outcodes = "M1" }', "links.only_outcodes: 'M1': it is no list"),
    "a filter by what is none": ("links = { only_outcodes = [1] }", "links.only_outcodes: 1: an outcode is a text"),
    "a filter by no place": ('links = { only_area_codes = ["845"] }', "links.only_area_codes: '845': no outcode is"),
    "a filter by a fraction": ("links = { only_area_codes = [1.5] }", "links.only_area_codes: 1.5: an area code is a"),
    "a filter by nothing": ("links = { only_link_ids = [true] }", "links.only_link_ids: True: a link_id is a text"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD.keys())
def test_a_file_that_is_wrong_is_refused(tmp_path: Path, text: str, message: str) -> None:
    error = refusal(tmp_path, text)
    assert str(error).startswith(f"{tmp_path / 'scenarios.toml'}{message}")


@pytest.mark.parametrize(("text", "message"), BAD_SCENARIOS.values(), ids=BAD_SCENARIOS.keys())
def test_a_scenario_that_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    error = refusal(tmp_path, f'[[scenario]]\nname = "good"\n[[scenario]]\nname = "bad"\n{text}\n')
    assert str(error).startswith(f"{tmp_path / 'scenarios.toml'}, scenario 'bad', key {message}")


def refusal(folder: Path, text: str) -> ScenarioError:
    file = folder / "scenarios.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_scenarios(file)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), vars(again)) == (str(caught.value), vars(caught.value))
    return caught.value


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
    told: Mapping[str, Any] = {"scenario": [{"name": "a", "fallback_km": [1, 2], "growth": {"M1": "5%"}}]}
    file = tmp_path / "scenarios.toml"
    file.write_text('[[scenario]]\nname = "a"\nfallback_km = [1, 2]\ngrowth = { "M1" = "5%" }\n', encoding="utf-8")
    assert read_scenarios(told).scenarios == read_scenarios(file).scenarios
