"""The queue of BY AREA links, against one link after the other."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from allocator.planning.area_queue import AreaQueue
from allocator.planning.inventory import Inventory
from allocator.planning.problem import AreaRequests, Pools

CHAINS = ((0, 1), (1, 2, 0), (2,))


def queue_of(links: int, kinds: list[int], supply: list[int]) -> tuple[Inventory, AreaQueue]:
    """Links of these classes, one at every second place of the document."""
    pool = np.repeat(np.arange(3), supply)
    inventory = Inventory(links, Pools.of(pool, np.arange(1, len(pool) + 1), 3))
    tier = tuple((0,) * len(chain) for chain in CHAINS)
    return inventory, AreaQueue(
        inventory, AreaRequests(np.arange(len(kinds)) * 2, np.array(kinds, dtype=np.int64), CHAINS, tier)
    )


def test_classes_move_on_where_their_pool_runs_dry() -> None:
    """Pool 0 has one number, for the link at 0; those at 4 and 6 go on to pool 1, where the link at 2 was before."""
    inventory, queue = queue_of(7, [0, 1, 0, 0], [1, 2, 1])
    queue.finish(7)
    assert inventory.number.tolist() == [1, 0, 2, 0, 3, 0, 0]
    assert inventory.left == [0, 0, 1]


def test_what_is_set_aside_in_between_makes_a_class_move_on_earlier() -> None:
    inventory, queue = queue_of(5, [0, 0, 0], [3, 1, 0])
    queue.advance(1)
    queue.sync(0, 1)
    assert inventory.left == [2, 1, 0]  # the link at 0 has its number
    inventory.set_aside(0, 1)
    queue.forecast(0)
    queue.finish(5)
    assert inventory.number.tolist() == [1, 0, 3, 0, 4]


@given(st.lists(st.integers(0, 2), min_size=1, max_size=12), st.lists(st.integers(0, 4), min_size=3, max_size=3))
def test_it_serves_as_one_link_after_the_other(kinds: list[int], supply: list[int]) -> None:
    inventory, queue = queue_of(2 * len(kinds), kinds, supply)
    queue.finish(2 * len(kinds))
    first = np.concatenate(([1], 1 + np.cumsum(supply)))
    left = [list(range(int(first[pool]), int(first[pool + 1]))) for pool in range(3)]
    for link, kind in enumerate(kinds):
        pool = next((one for one in CHAINS[kind] if left[one]), None)
        assert inventory.number[2 * link] == (0 if pool is None else left[pool].pop(0))
