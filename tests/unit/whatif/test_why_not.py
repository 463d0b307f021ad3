"""Why not: the sentence of each kind of block, and repairs."""

from __future__ import annotations

import polars as pl

from allocator import whatif
from tests.unit.whatif.examples import links


def stock(*numbers: str) -> pl.DataFrame:
    return pl.DataFrame({"full_voxnumber": list(numbers)}, schema={"full_voxnumber": pl.String})


def test_two_outcodes_compete_for_one_area_code() -> None:
    found = whatif.why(links(W11=2, SW1A=2), stock("442079460000", "442079460001", "442079460002"), grouping="split")
    (row,) = found.blocks.rows(named=True)
    assert (row["links"], row["groups"], row["needed"], row["available"], row["kind"]) == (1, 2, 4, 3, "COUNT")
    assert row["message"].endswith("need 4 numbers, and 020 (London), the only area code in their reach, has 3.")


def test_a_group_larger_than_any_pool() -> None:
    numbers = stock("442079460000", "442079460001", "441895960000", "441895960001")
    (row,) = whatif.why(links(W11=3), numbers, fallback_km=20).blocks.rows(named=True)
    assert row["kind"] == "SIZE"
    assert row["message"].startswith("W11 needs 3 numbers from one area code, and none of the ")
    assert row["message"].endswith(" in its reach has more than 2.")


def test_a_group_without_numbers_in_reach() -> None:
    found = whatif.why(links(EH1=1), stock("442079460000"))
    assert found.blocks["message"].to_list() == ["EH1 needs 1 number, and no area code in its reach has any."]
    assert found.repairs.select("outcode", "links", "buy_numbers", "buy_area_code").rows() == [("EH1", 1, 1, "131")]


def test_a_by_area_link_is_named_by_what_it_asks_for() -> None:
    asked = pl.DataFrame({"link_id": ["1"], "voxnumber_idd": ["44"], "area_code": ["161"]})
    assert whatif.why(asked, stock("442079460000")).blocks["outcode"].to_list() == ["BY AREA 161"]


def test_nothing_blocks_where_all_are_served() -> None:
    found = whatif.why(links(W11=1), stock("442079460000"))
    assert found.ok
    assert (found.blocks.height, found.repairs.height) == (0, 0)
    assert repr(found) == "<WhyNot: 0 links in 0 outcodes without a number>"
