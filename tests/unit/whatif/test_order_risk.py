"""Orders: the first is the document's, the seed chooses the others, and each is what planning in it serves."""

from __future__ import annotations

import polars as pl
import pytest

import allocator
from allocator import whatif
from allocator.errors import OptionError
from tests.unit.whatif.examples import links

TWO = pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001"]})


def test_every_order_serves_what_planning_in_some_order_serves() -> None:
    table = links(W11=2, SW1A=1)
    served = {allocator.plan(table[rows], TWO).assignments.height for rows in ([0, 1, 2], [2, 0, 1], [0, 2, 1])}
    risk = whatif.order(table, TWO, shuffles=30)
    assert set(risk.runs["served"]) == served == {1, 2}
    assert risk.runs.row(0) == (0, 2)
    assert (risk.worst, risk.best, risk.runs.height) == (1, 2, 31)
    assert not risk.ok


def test_a_seed_gives_the_same_orders_again() -> None:
    table = links(W11=2, SW1A=1)
    first, again, other = (whatif.order(table, TWO, shuffles=20, seed=seed).runs.rows() for seed in (1, 1, 2))
    assert first == again != other


def test_by_area_links_are_shuffled_too() -> None:
    asked = pl.DataFrame({"link_id": ["1", "2"], "voxnumber_idd": ["44"] * 2, "area_code": ["20", "161"]})
    assert whatif.order(asked, TWO, shuffles=3).ok


@pytest.mark.parametrize(
    ("option", "message"),
    [({"shuffles": 0}, "the number of shuffles is less than 1"), ({"seed": -1}, "the seed is negative")],
)
def test_options_outside_their_range_are_refused(option: dict[str, int], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        whatif.order(links(W11=1), TWO, **option)  # type: ignore[arg-type]
