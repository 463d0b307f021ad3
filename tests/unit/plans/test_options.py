"""The options of a plan: each bad value is refused with a sentence, and the summary has those that matter."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import OptionError
from allocator.planning import EFFORT
from allocator.plans import CHOICES, PlanOptions

BAD: list[tuple[dict[str, Any], str]] = [
    ({"fallback_km": -1}, "-1: fallback_km is not a distance. Give 0 or more kilometres."),
    ({"fallback_km": float("nan")}, "nan: fallback_km is not a distance. Give 0 or more kilometres."),
    ({"fallback_km": float("inf")}, "inf: fallback_km is not a distance. Give 0 or more kilometres."),
    ({"grouping": "apart"}, "'apart': there is no such grouping. Give 'together' or 'split'."),
    ({"strategy": "greedy"}, "'greedy': there is no such strategy. Give 'rule' or 'optimal'."),
    (
        {"strategy": "optimal", "objective": "near"},
        "'near': there is no such objective. Give 'total' or 'worst'.",
    ),
    ({"objective": "worst"}, "'worst': the API's rule has no objective. Give the strategy 'optimal'."),
    ({"effort": -1}, "-1: the effort is negative. Give 0 or more."),
    ({"time_limit_s": 0}, "the time limit is not more than 0. Give a number of seconds."),
    ({"time_limit_s": float("nan")}, "nan: the time limit is not more than 0. Give a number of seconds."),
]


@pytest.mark.parametrize(("options", "sentence"), BAD)
def test_each_bad_value_is_refused_with_a_sentence(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(OptionError) as caught:
        PlanOptions(**options)
    assert str(caught.value) == sentence


GOOD = st.builds(
    PlanOptions,
    fallback_km=st.floats(0, 1000),
    grouping=st.sampled_from(CHOICES["grouping"]),
    strategy=st.just("optimal"),
    objective=st.sampled_from(CHOICES["objective"]),
    effort=st.integers(0, 10**6),
    time_limit_s=st.none() | st.floats(0.001, 1e6),
)


@given(GOOD)
def test_the_summary_makes_the_same_options_again(options: PlanOptions) -> None:
    again = PlanOptions(**options.summary(), time_limit_s=options.time_limit_s)
    effort = options.effort if options.grouping == "together" else EFFORT
    assert again == PlanOptions(
        options.fallback_km, options.grouping, options.strategy, options.objective, effort, options.time_limit_s
    )
    assert pickle.loads(pickle.dumps(options)) == options


def test_the_summary_has_the_options_that_matter() -> None:
    assert list(PlanOptions().summary()) == ["fallback_km", "grouping", "strategy"]
    best = PlanOptions(strategy="optimal").summary(keep="abc")
    assert list(best) == ["fallback_km", "grouping", "strategy", "objective", "keep", "effort"]
    assert "effort" not in PlanOptions(strategy="optimal", grouping="split").summary()


def test_a_distance_is_a_float() -> None:
    assert isinstance(PlanOptions(20).fallback_km, float)
