"""Why a group has too few numbers; tests/oracle/test_shortfall_oracle.py works out each fact again."""

from __future__ import annotations

import pytest

import allocator
from allocator.plans.shortfall import InReach, Shortfall
from tests.support.tables import greedy_trap
from tests.unit.plans.examples import Rows, plan_of

LONDON = InReach(20, "London", 0.0, had=5, left=2)
EMPTY = InReach(20, "London", 0.0, had=0, left=0)
UXBRIDGE = InReach(1895, "Uxbridge", 14.61, had=3, left=1)
SLOUGH = InReach(1753, "Slough", 20.64343, had=9, left=9)


def shortfall(**facts: object) -> str:
    given: dict[str, object] = {
        "outcode": "W11", "links": 3, "missing": 3, "radius_km": 20.0, "together": True, "at_the_end": False,
        "reach": (LONDON, UXBRIDGE), "nearest": None, "horizon_km": 100.0, "limit": None, "farthest_km": 20.0,
    }  # fmt: skip
    return str(Shortfall(**given | facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {},
            (
                "W11 needs 3 numbers from one area code; when its turn came its own area code, 020 (London), had 2 "
                "left and the 1 other area code within 20 km had 1 left. No area code "
                "within 100 km had enough for all 3."
            ),
        ),
        (
            {"at_the_end": True, "nearest": SLOUGH},
            (
                "W11 needs 3 numbers from one area code; at the end its own area code, 020 (London), had 2 left and "
                "the 1 other area code within 20 km had 1 left. The nearest area code with enough for all 3 is 01753 "
                "(Slough), 20.7 km away."
            ),
        ),
        (
            {"together": False, "missing": 1},
            (
                "W11 needs 3 numbers; when its turn came its own area code, 020 (London), had 2 left and the 1 other "
                "area code within 20 km had 1 left. No area code within 100 km had enough for the rest."
            ),
        ),
        (
            {
                "links": 1,
                "missing": 1,
                "radius_km": 0.0,
                "reach": (InReach(20, "London", 0.0, 0, 0),),
                "farthest_km": 0.0,
            },
            (
                "W11 needs 1 number, and the account has no free number in its own area code, 020 (London). No area "
                "code within 100 km had enough for it."
            ),
        ),
        (
            {"limit": ("b", 2), "radius_km": 0.0, "reach": (LONDON,), "farthest_km": 30.0},
            (
                "W11 needs 3 numbers from one area code; when its turn came its own area code, 020 (London), had 2 "
                "left. Link b (row 2) allows no more than 0 km, others in W11 up to 30 km. No area code within "
                "100 km had enough for all 3."
            ),
        ),
        (
            {"reach": ()},
            "W11 needs 3 numbers from one area code, and no area code is within 20 km. No area code within",
        ),
    ],
)
def test_the_sentence_is_made_from_the_facts(facts: dict[str, object], sentence: str) -> None:
    assert shortfall(**facts).startswith(sentence)


def test_two_distances_in_a_sentence_are_told_apart() -> None:
    near = InReach(1753, "Slough", 20.65, 9, 9)
    assert shortfall(radius_km=20.7, nearest=near).endswith("01753 (Slough), 20.65 km away.")


def test_the_link_that_limits_its_group_is_named() -> None:
    links: Rows = [
        {"link_id": "a", "postcode": "W11 3EP", "fallback_area_distance": "30"},
        {"link_id": "b", "postcode": "W11 4FQ", "fallback_area_distance": "0"},
    ]
    stock: Rows = [{"full_voxnumber": "441753960000"}, {"full_voxnumber": "441753960001"}]
    (message,) = plan_of(links, stock, fallback_km=50).unassigned["message"].unique()
    assert "Link b (row 2) allows no more than 0 km, others in W11 up to 30 km." in message


def test_the_best_plan_lists_every_area_code_in_reach_of_a_group_without_numbers() -> None:
    links, stock = greedy_trap()
    best = allocator.plan(links, stock.head(3), strategy="optimal")
    short = best.unassigned["outcode"].unique().to_list()
    assert short
    for outcode in short:
        radius = best.decisions.filter(outcode=outcode)["radius_km"][0]
        near = allocator.nearest(outcode, radius).area_codes["area_code"].to_list()
        listed = best.decisions.filter(outcode=outcode)["area_code"].to_list()
        assert listed[: len(near)] == near
