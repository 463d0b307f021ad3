"""What one more number is worth, to the best plan and to the API's rule."""

from __future__ import annotations

import polars as pl
import pytest

import allocator
from allocator import whatif
from tests.unit.whatif.examples import links

ONE = pl.DataFrame({"full_voxnumber": ["442079460000"]})


@pytest.mark.parametrize("grouping", ["together", "split"])
def test_the_gain_is_what_planning_with_more_numbers_serves(grouping: str) -> None:
    table = links(W11=3, M1=1)
    found = whatif.worth(table, ONE, grouping=grouping).table  # type: ignore[arg-type]
    for code, _, numbers, gain, rule_gain in found.rows():
        more = [f"44{code}{number:0{10 - len(code)}d}" for number in range(5_000, 5_000 + numbers)]
        stock = ONE.vstack(pl.DataFrame({"full_voxnumber": more}))
        for strategy, expected in (("optimal", gain), ("rule", rule_gain)):
            before, after = (
                allocator.plan(table, numbers, grouping=grouping, strategy=strategy).assignments.height  # type: ignore[arg-type]
                for numbers in (ONE, stock)
            )
            assert after - before == expected
    assert found["area_code"].to_list() == ["20", "161"]


def test_a_by_area_link_needs_one_number() -> None:
    asked = pl.DataFrame({"link_id": ["1"], "voxnumber_idd": ["44"], "area_code": ["161"]})
    assert whatif.worth(asked, ONE).table.row(0)[:4] == ("161", "Manchester", 1, 1)


def test_nothing_is_worth_anything_where_all_are_served() -> None:
    found = whatif.worth(links(W11=1), ONE)
    assert found.ok
    assert found.table.is_empty()
    assert repr(found) == "<Worth: more numbers help in 0 area codes>"
