"""The shop: what is for sale, and purchases with and without a budget."""

from __future__ import annotations

import polars as pl
import pytest

from allocator.whatif.prices import read_prices
from allocator.whatif.shop import Shop
from tests.unit.whatif.examples import case_of, links

STOCK = pl.DataFrame({"full_voxnumber": ["442079460000"]})


@pytest.mark.parametrize("grouping", ["together", "split"])
@pytest.mark.parametrize(("budget", "served", "numbers"), [(None, 6, 5), (0, 1, 0), (1, 2, 1), (9, 6, 5)])
def test_a_purchase_serves_what_the_budget_allows(grouping: str, budget: int | None, served: int, numbers: int) -> None:
    case = case_of(links(SW1A=1, M1=2, W11=3), STOCK, grouping=grouping)
    shop = Shop.of(case, None)
    found = shop.purchase(case.plan(), budget)
    assert found.served <= found.served_bound
    assert int(found.bought.sum()) <= numbers
    if grouping == "split" or budget in (None, 9):
        assert (found.served, int(found.bought.sum())) == (served, numbers)


def test_by_area_links_are_served_too() -> None:
    asked = pl.DataFrame(
        {
            "link_id": ["1", "2", "3"], "postcode": ["W11 3EP", None, None], "voxnumber_idd": [None, "44", "44"],
            "area_code": [None, "161", "161"],
        }
    )  # fmt: skip
    case = case_of(asked, STOCK)
    found = Shop.of(case, None).purchase(case.plan(), None)
    manchester = case.instance.pools.rows()[44, 161]
    assert (found.served, int(found.bought[manchester]), int(found.bought.sum())) == (3, 2, 2)


def test_what_is_not_listed_is_not_for_sale() -> None:
    case = case_of(links(W11=2, M1=2), STOCK)
    shop = Shop.of(case, read_prices(pl.DataFrame({"area_code": ["161"], "price": ["1"]})))
    found = shop.purchase(case.plan(), None)
    assert found.bought.nonzero()[0].tolist() == [case.instance.pools.rows()[44, 161]]
