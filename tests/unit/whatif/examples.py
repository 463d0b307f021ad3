"""Small links, stocks and scenarios that the tests of this room share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from allocator.plans import PlanOptions
from allocator.whatif.case import Case, read_case
from allocator.whatif.inputs import Inputs, read_inputs
from allocator.whatif.scenario import Scenario
from allocator.whatif.scenario_error import ScenarioError
from allocator.whatif.scenario_file import read_scenarios

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


def links(**outcodes: int) -> pl.DataFrame:
    """Make links by outcode, in the order given; their ids count from 1."""
    unit = {"W11": "W11 3EP", "SW1A": "SW1A 0AA", "M1": "M1 1AE", "EH1": "EH1 1YZ"}
    postcodes = [unit[outcode] for outcode, count in outcodes.items() for _ in range(count)]
    ids = [str(number) for number in range(1, len(postcodes) + 1)]
    return pl.DataFrame(
        {"link_id": ids, "postcode": postcodes}, schema=dict.fromkeys(("link_id", "postcode"), pl.String)
    )


def case_of(links: pl.DataFrame, stock: pl.DataFrame, **options: Any) -> Case:
    """Read a case with the best plan."""
    return read_case(links, stock, PlanOptions(strategy="optimal", **options), lambda _: None)


def only(**keys: Any) -> Scenario:
    """Return the one scenario of a file that has these keys in it."""
    (scenario,) = read_scenarios({"scenario": [{"name": "a", **keys}]}).scenarios
    return scenario


def small_inputs() -> Inputs:
    """Read `LINKS` and `STOCK`."""
    return read_inputs(LINKS, STOCK)


def refusal(folder: Path, text: str) -> ScenarioError:
    """Return the error of a file of scenarios; its sentence begins with the place."""
    file = folder / "scenarios.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_scenarios(file)
    return caught.value


def refused_scenario(folder: Path, text: str) -> str:
    """Return the sentence about a scenario with this text in it, without the place."""
    sentence = str(refusal(folder, f'[[scenario]]\nname = "good"\n[[scenario]]\nname = "bad"\n{text}\n'))
    place = f"{folder / 'scenarios.toml'}, scenario 'bad', key "
    assert sentence.startswith(place)
    return sentence.removeprefix(place)
