"""What to buy: the shopping list, and the links that it rescues."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import polars as pl

from allocator.errors import OptionError
from allocator.notation import Reason, counted
from allocator.planning import (
    EFFORT,
    Assignment,
    Grouping,
    IntArray,
    Network,
    Prices,
    Solution,
    assign_by_rule,
    assignment_of,
    certify,
)
from allocator.planning import Purchase as Bought
from allocator.plans import Allocation, Instance, Plan, PlanOptions, build_instance, plan_from_allocation, silent
from allocator.tables import Source, with_purchases
from allocator.whatif.answer import Answer
from allocator.whatif.case import Progress, area_code_name, area_code_text, read_case
from allocator.whatif.credit import Credit, credit_of
from allocator.whatif.prices import read_prices
from allocator.whatif.shop import Shop

_OUTCODES = 12  # outcodes that a row of the shopping list names
_SHORT = (str(Reason.NO_STOCK_IN_REACH), str(Reason.AREA_CODE_WITHOUT_STOCK))


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Purchase(Answer):
    """What to buy.

    Attributes
    ----------
    shopping
        The shopping list, the most numbers first: `area_code`, `name`, `numbers`, `price` (of one number; null without
        a price list), `cost`, `links_rescued`, `outcodes` (where these links are, the most first).
    rescued
        The links that have no number in the best plan of today and get one with the purchase: `link_id`, `postcode`,
        `outcode`, `area_code`, `distance_km`, `bought_in` (the area code of the purchase that rescues the link; null
        where other links make room for it).
    infeasible
        The links that no purchase helps: `link_id`, `postcode`, `reason`, `message`.
    plan
        The plan with the purchase. Numbers yet to be bought are written as placeholders, such as `new-20-1`.
    summary
        `links`, `already` (links that have a number already), `served_before`, `served_by_rule`, `served_after`,
        `served_at_most`, `numbers`, `cost`, `cost_at_least`, `gap`, `exact`, and all else that `summary.json` says.
    """

    shopping: pl.DataFrame
    rescued: pl.DataFrame
    infeasible: pl.DataFrame
    plan: Plan

    _tables: ClassVar[dict[str, str]] = {"shopping": "shopping", "rescued": "rescued", "infeasible": "infeasible"}

    @property
    def ok(self) -> bool:
        """Whether, with the purchase, no link is left without a number for want of stock."""
        return not self.plan.unassigned["reason"].is_in(_SHORT).any()

    def _figures(self) -> str:
        proven = "exact" if self.summary["exact"] else f"gap {self.summary['gap']:.2%}"
        numbers, links = counted(self.summary["numbers"], "number"), counted(self.summary["links_rescued"], "link")
        return f"{numbers} for {links}, {proven}"


def buy(
    links: Source,
    stock: Source,
    *,
    fallback_km: float = 0.0,
    grouping: Grouping = "together",
    prices: Source | None = None,
    budget: int | None = None,
    effort: int = EFFORT,
    progress: Progress | None = None,
) -> Purchase:
    """Find the fewest or cheapest numbers to buy so that every link is served, or the most links for a budget.

    Parameters
    ----------
    links, stock, fallback_km, grouping
        As in `allocator.plan`.
    prices
        A price list: a path or a table with the columns `area_code` and `price` (0 or more, up to four decimals), and
        where known `available` (how many numbers there are) and `voxnumber_idd` (44 if left out). Area codes that it
        does not list are not for sale. Without a list every area code is for sale at one price, so the fewest numbers
        are the cheapest.
    budget
        The most numbers to buy. Without it, as many as serve every link that numbers can help.
    effort
        As in `allocator.plan`.
    progress
        Is called with the name of each step as it begins.

    Returns
    -------
    Purchase
        What to buy. With grouping "split" it is exact; with "together" its gap to the best is stated.

    Raises
    ------
    TableError
        A table can't be read.
    OptionError
        An option is outside its range.

    Examples
    --------
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "W11 4FQ"]})
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000"]})
    >>> purchase = buy(links, stock)
    >>> purchase
    <Purchase: 1 number for 2 links, exact>
    >>> purchase.shopping.select("area_code", "numbers", "links_rescued").rows()
    [('20', 1, 2)]
    """
    if budget is not None and budget < 0:
        raise OptionError("the budget is negative", value=budget, remedy="Give 0 numbers or more.")
    options = PlanOptions(fallback_km, grouping, "optimal", effort=effort)
    price_list = None if prices is None else read_prices(prices)
    step = progress or silent
    case = read_case(links, stock, options, step)
    shop = Shop.of(case, price_list)
    step("Planning with today's stock")
    before = case.plan()
    step("Searching for what to buy")
    bought = shop.purchase(before, budget)
    step("Listing the links that it rescues")
    source = None if price_list is None else price_list.source
    return _write_up(shop, before, bought, budget, source)


def _write_up(shop: Shop, before: Solution, bought: Bought, budget: int | None, source: str | None) -> Purchase:
    """Write a purchase up; `source` is where the price list comes from, None without one."""
    case, instance = shop.case, shop.case.instance
    keys = list(zip(instance.pools.idd.tolist(), instance.pools.area_code.tolist(), strict=True))
    stock = with_purchases(instance.stock, {keys[p]: int(bought.bought[p]) for p in np.flatnonzero(bought.bought)})
    bigger = build_instance(instance.links, stock, asked=True)
    # The fallbacks of BY AREA links stay as they were planned: bought numbers add no area code to them.
    bigger = replace(bigger, problem=replace(bigger.problem, area_requests=instance.problem.area_requests))
    assignment = assignment_of(bigger.problem, Network.of(bigger.problem, shop.market.available), bought.flow)
    grouping = case.options.grouping
    _check(bigger, assignment, grouping)
    after, today = (
        bigger.allocation(Solution(assignment), grouping),
        instance.allocation(before, grouping),
    )
    numbers, gap = int(bought.bought.sum()), _gap(bought, budget)
    plan = plan_from_allocation(after, case.options.summary() | {"bought": numbers})
    credit = credit_of(shop.network, case.flow(shop.network, before.assignment), bought)
    rescued, outcodes = _rescued(instance, plan, today, after, credit)
    by_rule = assign_by_rule(instance.problem, grouping)
    summary = case.heading("buy", budget=budget, prices=source) | {
        "links": instance.links.table.height,
        "already": len(today.already),
        "served_by_rule": case.named + int(np.count_nonzero(by_rule.number)),
        "served_before": int(np.count_nonzero(today.number)),
        "served_after": int(np.count_nonzero(after.number)),
        "served_at_most": case.named + bought.served_bound,
        "links_rescued": rescued.height,
        "numbers": numbers,
        "cost": float(shop.prices.amount(bought.cost)),
        "cost_at_least": float(shop.prices.amount(bought.cost_bound)) if budget is None else None,
        "gap": gap,
        "exact": gap == 0,
    }
    shopping = _shopping(shop, bought.bought, outcodes, source is not None)
    return Purchase(summary, shopping, rescued, _infeasible(plan, shop, bought, budget), plan)


def _gap(bought: Bought, budget: int | None) -> float:
    """Return how much better the best can be, as a share of what was found: in links with a budget, else in cost."""
    if budget is not None or bought.served < bought.served_bound:
        return _share(bought.served_bound - bought.served, bought.served)
    return _share(bought.cost - bought.cost_bound, bought.cost)


def _share(more: int, of: int) -> float:
    return round(more / of, 6) if of else float(more > 0)


def _check(instance: Instance, assignment: Assignment, grouping: Grouping) -> None:
    """Check the plan with the purchase like any other plan."""
    problem = instance.problem
    demands = len(problem.groups) + len(problem.area_requests.chain)
    none = Prices(np.zeros(demands, dtype=np.int64), np.zeros(len(instance.pools), dtype=np.int64))
    certificate = certify(problem, assignment, grouping, none)
    if not certificate.feasible:
        raise AssertionError(f"the plan breaks its rules: {'; '.join(certificate.violations)}")


def _rescued(
    instance: Instance, plan: Plan, today: Allocation, after: Allocation, credit: Credit
) -> tuple[pl.DataFrame, dict[int, Counter[str]]]:
    """Return the links that are rescued, and for each pool that bought numbers the outcodes of its links."""
    saved = pl.Series((after.number != 0) & (today.number == 0))
    links = instance.links.table.filter(saved).select("link_id")
    table = links.join(plan.assignments, on="link_id", how="left", maintain_order="left")
    demand = _demands(instance)[saved.to_numpy()]
    bought_in: list[str | None] = []
    outcodes: dict[int, Counter[str]] = {}
    left = {key: [list(pair) for pair in pairs] for key, pairs in credit.items()}
    for key, outcode in zip(demand.tolist(), table["outcode"].to_list(), strict=True):
        pairs = left.get(key, [])
        while pairs and not pairs[0][1]:
            pairs.pop(0)
        pool = pairs[0][0] if pairs else -1
        if pairs:
            pairs[0][1] -= 1
        if pool >= 0:
            outcodes.setdefault(pool, Counter())[outcode or "by area code"] += 1
        bought_in.append(area_code_text(instance, pool) if pool >= 0 else None)
    columns = ("link_id", "postcode", "outcode", "area_code", "distance_km")
    return table.select(*columns).with_columns(pl.Series("bought_in", bought_in, dtype=pl.String)), outcodes


def _demands(instance: Instance) -> IntArray:
    """Return the demand of each link as the network numbers them, shape (links,); -1 where it has none."""
    problem = instance.problem
    demand = np.full(problem.links, -1, dtype=np.int64)
    groups = problem.groups
    demand[groups.members] = np.repeat(np.arange(len(groups)), np.diff(groups.start))
    demand[problem.area_requests.position] = problem.area_requests.kind + len(groups)
    return demand


def _shopping(shop: Shop, bought: IntArray, outcodes: dict[int, Counter[str]], priced: bool) -> pl.DataFrame:
    """Return the shopping list; `bought` has the numbers of each pool."""
    instance = shop.case.instance
    rows = []
    for pool in sorted(np.flatnonzero(bought).tolist(), key=lambda pool: (-int(bought[pool]), pool)):
        units = int(shop.market.price[pool])
        rescued = outcodes.get(pool, Counter())
        rows.append(
            {
                "area_code": area_code_text(instance, pool),
                "name": area_code_name(instance, pool),
                "numbers": int(bought[pool]),
                "price": float(shop.prices.amount(units)) if priced else None,
                "cost": float(shop.prices.amount(units * int(bought[pool]))) if priced else None,
                "links_rescued": sum(rescued.values()),
                "outcodes": _listed(rescued),
            }
        )
    schema = {
        "area_code": pl.String, "name": pl.String, "numbers": pl.Int64, "price": pl.Float64, "cost": pl.Float64,
        "links_rescued": pl.Int64, "outcodes": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)


def _listed(counts: Counter[str]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    text = ", ".join(f"{outcode} ({count:,})" for outcode, count in ordered[:_OUTCODES])
    return f"{text} and {len(ordered) - _OUTCODES} more" if len(ordered) > _OUTCODES else text


def _infeasible(plan: Plan, shop: Shop, bought: Bought, budget: int | None) -> pl.DataFrame:
    """Return the links that no purchase helps; a link that more numbers could still help is not one of them."""
    table = plan.unassigned.select("link_id", "postcode", "reason", "message")
    if budget is None and bought.served == bought.served_bound:
        return table
    reached = np.zeros(len(shop.network.demand), dtype=np.bool_)
    reached[shop.network.tail] = True
    demand = _demands(shop.case.instance)
    helped = shop.case.instance.links.table["link_id"].filter(pl.Series((demand >= 0) & reached[demand]))
    return table.filter(~(pl.col("reason").is_in(_SHORT) & pl.col("link_id").is_in(helped.implode())))
