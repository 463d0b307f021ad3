"""An allocation: a number or a reason for each link, and the names of pools."""

from __future__ import annotations

import pytest

from allocator import Reason
from allocator.plans import Allocation, allocate
from allocator.tables import read_links, read_stock
from tests.unit.plans.examples import LINKS, STOCK


@pytest.fixture
def allocation() -> Allocation:
    return allocate(read_links(LINKS, fallback_km=50.0), read_stock(STOCK))


def test_each_link_has_a_number_or_a_reason(allocation: Allocation) -> None:
    assert ((allocation.number > 0) ^ (allocation.reason > 0)).all()
    assert len(allocation.number) == len(allocation.reason) == allocation.links.table.height


def test_links_are_found_by_their_reason(allocation: Allocation) -> None:
    ids = allocation.links.table["link_id"]
    found = {reason: ids.gather(allocation.links_with(reason)).to_list() for reason in Reason}
    assert {reason: names for reason, names in found.items() if names} == {
        Reason.OUTCODE_WITHOUT_POSITION: ["<b>&4"],
        Reason.VOXNUMBER_NOT_IN_STOCK: ["7"],
    }


def test_arrays_that_are_handed_out_are_read_only(allocation: Allocation) -> None:
    for array in (allocation.number, allocation.reason, allocation.pools.idd, allocation.pools.area_code):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_pools_have_one_row_each(allocation: Allocation) -> None:
    rows = allocation.pools.rows()
    assert sorted(rows.values()) == list(range(len(allocation.pools)))
    assert rows[44, 845] >= allocation.pools.covered > rows[44, 20]
