"""The error of a scenario: its sentence, and that processes can hand it on."""

from __future__ import annotations

import pickle

from allocator.errors import InputError
from allocator.whatif import ScenarioError


def test_the_sentence_names_file_scenario_and_key() -> None:
    error = ScenarioError("that is wrong", file="a.toml", scenario="'x'", key="add.20", value=3, remedy="Mend it.")
    assert str(error) == "a.toml, scenario 'x', key add.20: 3: that is wrong. Mend it."
    assert str(ScenarioError("that is wrong")) == "that is wrong"
    assert isinstance(error, InputError)


def test_an_error_can_be_pickled() -> None:
    error = ScenarioError("that is wrong", file="a.toml", scenario="'x'", key="add.20", value=3, remedy="Mend it.")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), vars(again)) == (str(error), vars(error))
