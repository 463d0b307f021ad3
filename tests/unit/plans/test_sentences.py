"""The sentence of each link without a number."""

from __future__ import annotations

import pytest

from tests.unit.plans.examples import Rows, by_area, plan_of


def test_no_stock_at_all() -> None:
    made = plan_of([{"link_id": "1", "postcode": "SW1A 0AA"}], [])
    (message,) = made.unassigned["message"]
    assert message == (
        "SW1A needs 1 number, and the account has no free number in its own area code, 020 (London). "
        "No area code within 100 km had enough for it."
    )


def test_a_shortage_names_the_nearest_area_code_with_enough() -> None:
    made = plan_of([{"link_id": "1", "postcode": "W11 3EP"}], [{"full_voxnumber": "441895960000"}])
    (message,) = made.unassigned["message"]
    assert "The nearest area code with enough for it is 01895 (Uxbridge), " in message
    assert message.endswith(" km away.")


def test_a_group_that_is_too_large_says_how_much_there_was() -> None:
    links: Rows = [{"link_id": str(number), "postcode": "W11 3EP"} for number in range(3)]
    made = plan_of(links, [{"full_voxnumber": "442079460000"}, {"full_voxnumber": "441895960000"}], fallback_km=20)
    messages = made.unassigned["message"].unique().to_list()
    assert len(messages) == 1
    assert messages[0].startswith(
        "W11 needs 3 numbers from one area code; when its turn came its own area code, 020 (London), had 1 left and "
        "none of the 5 other area codes within 20 km had more than 1 left. "
    )


ELSEWHERE: Rows = [{"full_voxnumber": "442079460000", "link_id": "z"}, {"full_voxnumber": "442079460001"}]
OTHERS = [
    ({"postcode": "W75 9ZZ"}, "There is no outcode W75; check the postcode W75 9ZZ. Did you mean W7 or W5?"),
    ({"postcode": "W11 0ZZ"}, "There is no postcode W11 0ZZ, though the outcode W11 exists; check it."),
    ({"postcode": "GIR 0AA"}, "GIR is not geographic (post boxes, large users), so no area code is near it"),
    ({"full_voxnumber": "448459999999"}, "VoxNumber 448459999999 is not in the stock."),
    ({"full_voxnumber": "442079460000"}, "VoxNumber 442079460000 is attached to link z already."),
    (by_area("161"), "No VoxNumber is left in area code 161 of IDD 44."),
    (
        by_area("161", fallback_city="TRUE", fallback_region="TRUE", fallback_country="TRUE"),
        (
            "No VoxNumber is left in area code 161 of IDD 44, nor in others of the same city, nor in others of the "
            "same country. The region is a fallback in Canada and the United States only."
        ),
    ),
]


@pytest.mark.parametrize(("link", "sentence"), OTHERS)
def test_each_reason_has_its_sentence(link: dict[str, object], sentence: str) -> None:
    stock = ELSEWHERE[:1] if link.get("method") else ELSEWHERE
    (message,) = plan_of([{"link_id": "a", **link}], stock).unassigned["message"]
    assert message.startswith(sentence)


def test_a_link_with_a_number_and_a_number_named_twice() -> None:
    made = plan_of([{"link_id": "z", "postcode": "W11 3EP"}], ELSEWHERE)
    assert made.already.select("link_id", "full_voxnumber", "area_code").rows() == [("z", "442079460000", "20")]
    assert made.unassigned.is_empty()
    twice: Rows = [{"link_id": name, "full_voxnumber": "442079460001"} for name in "ab"]
    (message,) = plan_of(twice, ELSEWHERE).unassigned["message"]
    assert message == "VoxNumber 442079460001 goes to link a, which names it in row 1, before this one."
