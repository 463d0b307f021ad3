"""What to buy: the shopping list, the links that it rescues, and how many numbers bring how many links."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from allocator.errors import OptionError
from allocator.notation import Reason
from allocator.planning import (
    EFFORT,
    Assignment,
    Grouping,
    IntArray,
    Market,
    Network,
    Prices,
    Solution,
    assign_by_rule,
    assignment_of,
    bounded,
    buy_split,
    buy_together,
    certify,
    rescues,
)
from allocator.planning import Purchase as Bought
from allocator.plans import Allocation, Instance, Plan, build_instance, plan_from_allocation
from allocator.tables import Source, with_purchases
from allocator.whatif.case import Case, Progress, area_code_name, area_code_text, case_of, heading, silent
from allocator.whatif.prices import PriceList, read_prices

__all__ = ["Frontier", "Purchase", "buy", "frontier"]

_ROUNDS = 20
_POINTS = 1000
_OUTCODES = 12


@dataclass(frozen=True, slots=True)
class Purchase:
    """What to buy.

    Attributes
    ----------
    shopping
        The shopping list, the most numbers first: `area_code`, `name`, `numbers`, `price` (of one; null without a price
        list), `cost`, `links_rescued`, `outcodes` (where these links are, the most first).
    rescued
        The links that go without in the best plan of today, and have a number after: `link_id`, `postcode`, `outcode`,
        `area_code`, `distance_km`, `bought_in` (the area code of the purchase that rescues it; null where it was
        rescued by room that others made).
    infeasible
        Links that no purchase helps: `link_id`, `postcode`, `reason`, `message`.
    plan
        The plan with the purchase; numbers that are yet to be bought are written as no number is.
    summary
        `served_before`, `served_by_rule`, `served_after`, `served_at_most`, `numbers`, `cost`, `cost_at_least`, `gap`,
        `exact`, and what else `summary.json` says.
    """

    shopping: pl.DataFrame
    rescued: pl.DataFrame
    infeasible: pl.DataFrame
    plan: Plan
    summary: dict[str, Any]

    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables by the names of their files."""
        return {"shopping": self.shopping, "rescued": self.rescued, "infeasible": self.infeasible}

    def __repr__(self) -> str:
        counts = f"{self.summary['numbers']} numbers for {self.summary['links_rescued']} links"
        proven = "exact" if self.summary["exact"] else f"gap {self.summary['gap']:.2%}"
        return f"<Purchase: {counts}, {proven}>"


def buy(
    links: Source,
    stock: Source,
    *,
    fallback_km: float = 0.0,
    grouping: Grouping = "together",
    prices: Source | None = None,
    budget: int | None = None,
    effort: int = EFFORT,
    progress: Progress = silent,
) -> Purchase:
    """Find the numbers to buy so that every link is served, or the ones that serve the most links.

    Parameters
    ----------
    links, stock, fallback_km, grouping, effort
        As in `allocator.plan`.
    prices
        A price list, see `allocator.whatif.prices.read_prices`; without one every area code is for sale at one price,
        so that the fewest numbers are the cheapest.
    budget
        How many numbers at most. Without it, as many as serve every link that can be served.
    progress
        Told the name of each step as it begins.

    Returns
    -------
    Purchase
        With grouping "split" it is exact; else its gap to the best is stated.

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
    >>> buy(links, stock).shopping.select("area_code", "numbers", "links_rescued").rows()
    [('20', 1, 2)]
    """
    if budget is not None and budget < 0:
        raise OptionError("the budget is negative", value=budget, remedy="Give 0 numbers or more.")
    listed = None if prices is None else read_prices(prices)
    case = case_of(links, stock, fallback_km=fallback_km, grouping=grouping, effort=effort, progress=progress)
    shop = _Shop.of(case, listed)
    progress("Planning with what is there")
    before = case.best()
    progress("Looking for what to buy")
    bought = shop.purchase(before, budget)
    progress("Telling whom it rescues")
    return _written(shop, before, bought, budget, listed)


@dataclass(frozen=True, slots=True)
class _Shop:
    """A case, and what is for sale."""

    case: Case
    prices: PriceList
    market: Market
    network: Network

    @classmethod
    def of(cls, case: Case, listed: PriceList | None) -> _Shop:
        prices = listed or case.prices()
        market = prices.market(case.instance.pools, case.instance.problem.links)
        return cls(case, prices, market, Network.of(case.instance.problem, market.available))

    def purchase(self, before: Solution, budget: int | None) -> Bought:
        if self.case.grouping == "split":
            return buy_split(self.network, self.market, budget)
        now = self.case.flow(self.network, before.assignment)
        one_by_one = self.one_by_one(now, budget)
        if budget is not None:
            return one_by_one
        together = buy_together(self.network, self.market, _ROUNDS)
        best = min(together, one_by_one, key=lambda one: (-one.served, one.cost, int(one.bought.sum())))
        return bounded(self.network, self.market, best, self.case.effort)

    def one_by_one(self, now: IntArray, budget: int | None) -> Bought:
        """The groups that go without served one after the other, with the bounds of groups that may be split."""
        flow, bought = now.copy(), np.zeros_like(self.market.available)
        for step in rescues(self.network, self.market, now, budget):
            flow[step.arc] = step.links
            bought[self.network.head[step.arc]] += step.numbers
        if len(self.network.demand) > self.network.groups:
            flow, bought = self._with_callers(flow, bought, budget)
        relaxed = buy_split(self.network, self.market, budget)
        served = int(flow.sum())
        return Bought(
            flow=flow,
            bought=bought,
            served=served,
            served_bound=relaxed.served_bound,
            cost=int((self.market.price * bought).sum()),
            cost_bound=relaxed.cost_bound if budget is None and served >= relaxed.served else 0,
        )

    def _with_callers(self, flow: IntArray, bought: IntArray, budget: int | None) -> tuple[IntArray, IntArray]:
        """Serve the BY AREA links that go without from what is left, or from what they buy."""
        network = self.network
        taken = np.bincount(network.head, weights=flow, minlength=len(bought)).astype(np.int64)
        served = np.bincount(network.tail, weights=flow, minlength=len(network.demand)).astype(np.int64)
        rest = np.flatnonzero(network.tail >= network.groups)
        part = network.part(rest, network.supply + bought - taken)
        found = buy_split(
            replace(part, demand=network.demand - served),
            Market(self.market.price, self.market.available - bought),
            None if budget is None else budget - int(bought.sum()),
        )
        flow = flow.copy()
        flow[rest] += found.flow
        return flow, bought + found.bought


def _written(shop: _Shop, before: Solution, bought: Bought, budget: int | None, listed: PriceList | None) -> Purchase:
    case, instance = shop.case, shop.case.instance
    keys = list(zip(instance.pools.idd.tolist(), instance.pools.area_code.tolist(), strict=True))
    stock = with_purchases(instance.stock, {keys[p]: int(bought.bought[p]) for p in np.flatnonzero(bought.bought)})
    bigger = build_instance(instance.links, stock, asked=True)
    # A purchase brings no area code into a BY AREA link's fallbacks: it was not planned with.
    bigger = replace(bigger, problem=replace(bigger.problem, area_requests=instance.problem.area_requests))
    assignment = assignment_of(bigger.problem, Network.of(bigger.problem, shop.market.available), bought.flow)
    _check(bigger, assignment, case.grouping)
    after, today = bigger.allocation(Solution(assignment), case.grouping), instance.allocation(before, case.grouping)
    plan = plan_from_allocation(after, case.options | {"strategy": "optimal", "bought": int(bought.bought.sum())})
    now = case.flow(shop.network, before.assignment)
    credit = _credited(shop.network, now, bought)
    rescued, counts = _rescued(instance, plan, today, after, credit)
    shopping = _shopping(instance, shop, bought.bought, counts, listed is not None)
    at_most = len(instance.named.link)
    served = int(np.count_nonzero(after.number))
    gap = _gap(bought, budget)
    summary = heading(case, "buy", budget=budget, prices=None if listed is None else listed.source) | {
        "links": instance.links.table.height,
        "served_by_rule": at_most + int(np.count_nonzero(assign_by_rule(instance.problem, case.grouping).number)),
        "served_before": int(np.count_nonzero(today.number)),
        "served_after": served,
        "served_at_most": at_most + bought.served_bound,
        "links_rescued": rescued.height,
        "numbers": int(bought.bought.sum()),
        "cost": float(shop.prices.amount(bought.cost)),
        "cost_at_least": float(shop.prices.amount(bought.cost_bound)) if budget is None else None,
        "gap": gap,
        "exact": gap == 0,
    }
    return Purchase(shopping, rescued, _infeasible(plan, shop, bought, budget), plan, summary)


def _gap(bought: Bought, budget: int | None) -> float:
    """By how much the best can be better: in links with a budget, else in cost, both as a share of what was found."""
    if budget is not None or bought.served < bought.served_bound:
        return _share(bought.served_bound - bought.served, bought.served)
    return _share(bought.cost - bought.cost_bound, bought.cost)


def _share(more: int, of: int) -> float:
    return round(more / of, 6) if of else float(more > 0)


def _check(instance: Instance, assignment: Assignment, grouping: Grouping) -> None:
    """Check the plan with the purchase as any other."""
    problem = instance.problem
    demands = len(problem.groups) + len(problem.area_requests.chain)
    none = Prices(np.zeros(demands, dtype=np.int64), np.zeros(len(instance.pools), dtype=np.int64))
    certificate = certify(problem, assignment, grouping, none)
    if not certificate.feasible:
        raise AssertionError(f"the plan breaks its rules: {'; '.join(certificate.violations)}")


def _credited(network: Network, before: IntArray, bought: Bought) -> dict[int, list[tuple[int, int]]]:
    """Who is rescued by which purchase: for each demand that gains, pools and links.

    What changes between two plans falls apart into ways: a link more is served, by a pool that has bought a number, or
    by one in which another link makes way, which goes on to the next pool, until one uses more numbers than before.
    """
    change = (bought.flow - before).tolist()
    tail, head = network.tail.tolist(), network.head.tolist()
    at_demand: dict[int, list[int]] = {}
    at_pool: dict[int, list[int]] = {}
    gains, uses = Counter[int](), Counter[int]()
    for arc in np.flatnonzero(change).tolist():
        (at_demand if change[arc] > 0 else at_pool).setdefault(tail[arc] if change[arc] > 0 else head[arc], []).append(
            arc
        )
        gains[tail[arc]] += change[arc]
        uses[head[arc]] += change[arc]
    credit: dict[int, list[tuple[int, int]]] = {}
    for demand in sorted(gains):
        while gains[demand] > 0:
            way, pool, loser = _way(demand, at_demand, at_pool, change, tail, head, uses, gains)
            room = uses[pool] if pool >= 0 else -gains[loser]
            amount = min(gains[demand], room, *(abs(change[arc]) for arc in way))
            for arc in way:
                change[arc] -= amount if change[arc] > 0 else -amount
            gains[demand] -= amount
            if pool >= 0:
                uses[pool] -= amount
            else:
                gains[loser] += amount
            credit.setdefault(demand, []).append((pool if pool >= 0 and bought.bought[pool] else -1, amount))
    return credit


def _way(
    demand: int,
    at_demand: dict[int, list[int]],
    at_pool: dict[int, list[int]],
    change: list[int],
    tail: list[int],
    head: list[int],
    uses: Counter[int],
    gains: Counter[int],
) -> tuple[list[int], int, int]:
    """The shortest way from a demand, over what changes, to a pool that has more numbers in use, or else to a loser.

    Returns
    -------
    tuple
        Its arcs; the pool, or -1; the demand of which links go without now, or -1.
    """
    came: dict[int, tuple[int, int] | None] = {demand: None}
    over: dict[int, tuple[int, int]] = {}
    waiting = [demand]
    for here in waiting:
        for arc in at_demand.get(here, ()):
            pool = head[arc]
            if change[arc] <= 0 or pool in over:
                continue
            over[pool] = (here, arc)
            if uses[pool] > 0:
                return _traced(pool, came, over), pool, -1
            for back in at_pool.get(pool, ()):
                if change[back] < 0 and tail[back] not in came:
                    came[tail[back]] = (pool, back)
                    waiting.append(tail[back])
    for loser, step in came.items():
        if gains[loser] < 0 and step is not None:
            return [*_traced(step[0], came, over), step[1]], -1, loser
    raise AssertionError("a link is served by nothing")


def _traced(pool: int, came: dict[int, tuple[int, int] | None], over: dict[int, tuple[int, int]]) -> list[int]:
    way: list[int] = []
    while True:
        demand, arc = over[pool]
        way.append(arc)
        step = came[demand]
        if step is None:
            return way[::-1]
        pool, back = step
        way.append(back)


def _rescued(
    instance: Instance, plan: Plan, today: Allocation, after: Allocation, credit: dict[int, list[tuple[int, int]]]
) -> tuple[pl.DataFrame, dict[int, Counter[str]]]:
    """The links that are rescued, and for each purchase their outcodes."""
    number = pl.Series(after.number)
    saved = (number != 0) & (pl.Series(today.number) == 0)
    links = instance.links.table.filter(saved).select("link_id")
    table = links.join(plan.assignments, on="link_id", how="left", maintain_order="left")
    demand = _demands(instance)[saved.to_numpy()]
    bought_in: list[str | None] = []
    counts: dict[int, Counter[str]] = {}
    left = {key: [list(pair) for pair in pairs] for key, pairs in credit.items()}
    for key, outcode in zip(demand.tolist(), table["outcode"].to_list(), strict=True):
        pairs = left.get(key, [])
        while pairs and not pairs[0][1]:
            pairs.pop(0)
        pool = pairs[0][0] if pairs else -1
        if pairs:
            pairs[0][1] -= 1
        if pool >= 0:
            counts.setdefault(pool, Counter())[outcode or "by area code"] += 1
        bought_in.append(area_code_text(instance, pool) if pool >= 0 else None)
    columns = ("link_id", "postcode", "outcode", "area_code", "distance_km")
    told = pl.Series("bought_in", bought_in, dtype=pl.String)
    return table.select(*columns).with_columns(told), counts


def _demands(instance: Instance) -> IntArray:
    """The demand of each link, as the network numbers them; -1 where it has none."""
    problem = instance.problem
    demand = np.full(problem.links, -1, dtype=np.int64)
    groups = problem.groups
    demand[groups.members] = np.repeat(np.arange(len(groups)), np.diff(groups.start))
    demand[problem.area_requests.position] = problem.area_requests.kind + len(groups)
    return demand


def _shopping(
    instance: Instance, shop: _Shop, bought: IntArray, counts: dict[int, Counter[str]], priced: bool
) -> pl.DataFrame:
    rows = []
    for pool in sorted(np.flatnonzero(bought).tolist(), key=lambda pool: (-int(bought[pool]), pool)):
        units = int(shop.market.price[pool])
        rescued = counts.get(pool, Counter())
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


def _infeasible(plan: Plan, shop: _Shop, bought: Bought, budget: int | None) -> pl.DataFrame:
    """The links that no purchase helps; with a budget those apart that are only too many for it."""
    table = plan.unassigned.select("link_id", "postcode", "reason", "message")
    if budget is None and bought.served == bought.served_bound:
        return table
    short = [str(Reason.NO_STOCK_IN_REACH), str(Reason.AREA_CODE_WITHOUT_STOCK)]
    reached = np.zeros(len(shop.network.demand), dtype=np.bool_)
    reached[shop.network.tail] = True
    demand = _demands(shop.case.instance)
    helped = set(shop.case.instance.links.table["link_id"].filter(pl.Series((demand >= 0) & reached[demand])).to_list())
    waiting = pl.col("reason").is_in(short) & pl.col("link_id").is_in(list(helped))
    return table.filter(~waiting)


@dataclass(frozen=True, slots=True)
class Frontier:
    """How many links are served with how many numbers bought.

    Attributes
    ----------
    points
        `numbers`, `served` (links, by the plan that was found), `served_at_most` (no plan serves more with so many
        numbers bought), `gap` (their difference as a share of `served`), `area_code` (where the last ones are bought;
        null where no one place is). With grouping "split" each number serves one link more, and the rows are evenly
        spaced where there are more than 1,000; else there is a row for each group that is served.
    summary
        What `summary.json` says.
    """

    points: pl.DataFrame
    summary: dict[str, Any]

    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables by the names of their files."""
        return {"frontier": self.points}


def frontier(
    links: Source,
    stock: Source,
    *,
    fallback_km: float = 0.0,
    grouping: Grouping = "together",
    most: int | None = None,
    effort: int = EFFORT,
    progress: Progress = silent,
) -> Frontier:
    """How many links are served with how many numbers bought, from none to as many as serve every link.

    Parameters
    ----------
    links, stock, fallback_km, grouping, effort, progress
        As in `buy`.
    most
        How many numbers at most; by default as many as serve every link.

    Examples
    --------
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "W11 4FQ"]})
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000"]})
    >>> frontier(links, stock).points.select("numbers", "served").rows()
    [(0, 0), (1, 2)]
    """
    if most is not None and most < 0:
        raise OptionError("the number is negative", value=most, remedy="Give 0 numbers or more.")
    case = case_of(links, stock, fallback_km=fallback_km, grouping=grouping, effort=effort, progress=progress)
    shop = _Shop.of(case, None)
    named = len(case.instance.named.link)
    progress("Planning with what is there")
    before = case.best()
    progress("Buying one by one")
    points = _line(shop, named, most) if case.grouping == "split" else _stairs(shop, before, named, most)
    return Frontier(points, heading(case, "frontier", most=most) | {"links": case.instance.links.table.height})


def _line(shop: _Shop, named: int, most: int | None) -> pl.DataFrame:
    none, every = buy_split(shop.network, shop.market, 0), buy_split(shop.network, shop.market)
    last = every.served - none.served if most is None else most
    numbers = np.unique(np.linspace(0, last, min(last, _POINTS) + 1).astype(np.int64))
    served = named + np.minimum(none.served + numbers, every.served)
    return _curve(numbers, served, served, [None] * len(numbers))


def _stairs(shop: _Shop, before: Solution, named: int, most: int | None) -> pl.DataFrame:
    now = shop.case.flow(shop.network, before.assignment)
    numbers, served, codes = [0], [named + int(now.sum())], [None]
    steps = rescues(shop.network, shop.market, now, most)
    found: list[str | None] = list(codes)
    for step in steps:
        numbers.append(numbers[-1] + step.numbers)
        served.append(served[-1] + step.links)
        found.append(area_code_text(shop.case.instance, int(shop.network.head[step.arc])) if step.numbers else None)
    area_requests = shop.network.tail >= shop.network.groups
    waiting = int(shop.network.demand[shop.network.groups :].sum()) - int(now[area_requests].sum())
    if waiting and (most is None or numbers[-1] < most):
        last = waiting if most is None else min(waiting, most - numbers[-1])
        numbers.append(numbers[-1] + last)
        served.append(served[-1] + last)
        found.append(None)
    together = buy_together(shop.network, shop.market, _ROUNDS)
    total = int(together.bought.sum())
    if total < numbers[-1] and named + together.served >= served[-1]:
        keep = [row for row, number in enumerate(numbers) if number < total]
        numbers, served, found = ([values[row] for row in keep] for values in (numbers, served, found))  # type: ignore[assignment]
        numbers.append(total)
        served.append(named + together.served)
        found.append(None)
    none, every = buy_split(shop.network, shop.market, 0), buy_split(shop.network, shop.market)
    at_most = named + np.minimum(none.served + np.array(numbers), every.served)
    certificate = before.certificate
    if certificate is not None:
        at_most[0] = min(int(at_most[0]), named + certificate.served_bound)
    return _curve(np.array(numbers), np.array(served), at_most, found)


def _curve(numbers: IntArray, served: IntArray, at_most: IntArray, codes: list[str | None]) -> pl.DataFrame:
    table = pl.DataFrame(
        {
            "numbers": numbers,
            "served": served,
            "served_at_most": np.maximum(at_most, served),
            "area_code": pl.Series(codes, dtype=pl.String),
        }
    )
    gap = (pl.col("served_at_most") - pl.col("served")) / pl.col("served")
    curve = table.with_columns(gap=pl.when(pl.col("served") > 0).then(gap).otherwise(0.0).round(6))
    last = curve.group_by("numbers", maintain_order=True).last()
    return last.select("numbers", "served", "served_at_most", "gap", "area_code")
