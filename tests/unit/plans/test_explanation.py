"""Explanations: what a group tried, the other kinds of links, and misspelt ids."""

from __future__ import annotations

import pickle

import polars as pl
import pytest

import allocator
from allocator import Plan
from allocator.errors import InputError
from tests.support.tables import greedy_trap
from tests.unit.plans.examples import Rows, by_area, plan_of


def test_an_explanation_names_every_candidate_up_to_the_choice(plan: Plan) -> None:
    explanation = plan.explain("1")
    assert explanation.assigned
    text = str(explanation).splitlines()
    assert text[0] == "1 gets 441753960000."
    assert "its 2 links are decided together" in text[1]
    assert text[2] == "The outcode was number 1 in the order of the document and may be served from up to 50 km away."
    assert text[3] == "  020 London, covers it: 1 left, too few"
    assert text[-1].startswith("  01753 Slough, ")
    assert text[-1].endswith(": 2 left, serves the group")
    km = explanation.candidates["distance_km"].to_list()
    assert km == sorted(km)


def test_in_the_best_plan_the_numbers_left_are_those_at_the_end() -> None:
    links, stock = greedy_trap()
    best = allocator.plan(links, stock, strategy="optimal")
    text = str(best.explain(best.assignments["link_id"][0])).splitlines()
    assert text[2] == "The outcode may be served from up to 60 km away."
    assert all(" left at the end, " in line for line in text[3:])


def test_a_link_that_has_a_number_already_says_which() -> None:
    stock: Rows = [{"full_voxnumber": "442079460000", "link_id": "z"}]
    made = plan_of([{"link_id": "z", "postcode": "W11 3EP"}], stock)
    assert str(made.explain("z")) == "z has 442079460000 already, so it gets no other."
    assert made.explain("z").already
    assert not made.explain("z").assigned


def test_an_explanation_of_every_other_kind(plan: Plan) -> None:
    assert "smallest number that area code 845 had left" in str(plan.explain("6"))
    assert str(plan.explain("7")).splitlines() == [
        "7 gets no number (VOXNUMBER_NOT_IN_STOCK).",
        "VoxNumber 448459999999 is not in the stock.",
    ]
    assert "not geographic" in str(plan.explain("<b>&4"))


def test_a_link_that_the_plan_does_not_have(plan: Plan) -> None:
    with pytest.raises(InputError, match="no such link"):
        plan.explain("8")


def test_a_link_that_is_misspelt(plan: Plan) -> None:
    ids = [f"shop-{number}" for number in range(30)]
    links = pl.DataFrame({"link_id": ids, "postcode": ["W11 3EP"] * len(ids)})
    large = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    for wrong, meant in (("Shop-17", "shop-17"), ("shop-1717", "shop-17"), ("hop-17", "shop-17")):
        with pytest.raises(InputError, match=f"Did you mean {meant}"):
            large.explain(wrong)
    for wrong in ("", "nothing like it"):
        with pytest.raises(InputError) as caught:
            plan.explain(wrong)
        assert "Did you mean" not in str(caught.value)


LEEDS: Rows = [{"full_voxnumber": "441134960000", "city": "Leeds", "link_id": "x"}]
BRADFORD: Rows = [{"full_voxnumber": "441274960000", "city": "Leeds"}]


@pytest.mark.parametrize(
    ("link", "stock", "sentence"),
    [
        (by_area("1274"), BRADFORD, "It is the smallest number that area code 1274 had left"),
        (by_area("113", fallback_city="TRUE"), LEEDS + BRADFORD, "1274 is another area code of the same city."),
        (by_area("131", fallback_country="TRUE"), BRADFORD, "1274 is another area code of the same country."),
    ],
)
def test_a_by_area_link_says_where_its_number_is_from(link: dict[str, object], stock: Rows, sentence: str) -> None:
    assert sentence in str(plan_of([link], stock).explain("1"))


def test_an_explanation_is_one_line_and_can_be_pickled(plan: Plan) -> None:
    explanation = plan.explain("1")
    assert repr(explanation) == "<Explanation: 1 gets 441753960000.>"
    assert str(pickle.loads(pickle.dumps(explanation))) == str(explanation)
