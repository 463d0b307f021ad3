"""Credit: each rescued link has the purchase that serves it, directly or by making room."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from allocator.planning import Purchase, buy_split
from allocator.whatif.credit import credit_of
from allocator.whatif.shop import Shop
from tests.unit.whatif.examples import case_of, links


@pytest.mark.parametrize("km", [0.0, 30.0])
def test_the_credit_adds_up_to_the_links_gained(km: float) -> None:
    stock = pl.DataFrame({"full_voxnumber": ["442079460000", "441753960000", "441614960000"]})
    case = case_of(links(W11=3, SW1A=2, M1=2), stock, fallback_km=km, grouping="split")
    shop = Shop.of(case, None)
    before = case.flow(shop.network, case.plan().assignment)
    bought = buy_split(shop.network, shop.market)
    credit = credit_of(shop.network, before, bought)
    tail, size = shop.network.tail, len(shop.network.demand)
    gained = np.bincount(tail, bought.flow, size) - np.bincount(tail, before, size)
    assert {demand: sum(links for _, links in pairs) for demand, pairs in credit.items()} == {
        int(demand): int(gained[demand]) for demand in np.flatnonzero(gained > 0)
    }
    for pairs in credit.values():
        assert all(links > 0 and (pool < 0 or bought.bought[pool] > 0) for pool, links in pairs)


def test_a_link_may_be_rescued_by_room_that_another_makes() -> None:
    # Both numbers of 020 go to W11 at first. With a purchase in 01895 W11 makes room, and SW1A has 020 alone.
    stock = pl.DataFrame({"full_voxnumber": ["442079460000"]})
    asked = links(W11=1, SW1A=1).with_columns(fallback_area_distance=pl.Series(["60", "0"]))
    case = case_of(asked, stock, grouping="split")
    shop = Shop.of(case, None)
    london, uxbridge = (case.instance.pools.rows()[44, code] for code in (20, 1895))
    network = shop.network
    arcs = {
        (int(demand), int(pool)): arc for arc, (demand, pool) in enumerate(zip(network.tail, network.head, strict=True))
    }
    outcodes = case.instance.problem.groups.turn.tolist()
    w11, sw1a = outcodes[0], outcodes[1]
    before, after = np.zeros(len(network), dtype=np.int64), np.zeros(len(network), dtype=np.int64)
    before[arcs[w11, london]] = 1
    after[arcs[w11, uxbridge]] = after[arcs[sw1a, london]] = 1
    bought = np.zeros(len(case.instance.pools), dtype=np.int64)
    bought[uxbridge] = 1
    purchase = Purchase(flow=after, bought=bought, served=2, served_bound=2, cost=1, cost_bound=1)
    assert credit_of(network, before, purchase) == {sw1a: [(uxbridge, 1)]}
