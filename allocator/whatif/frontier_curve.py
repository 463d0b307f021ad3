"""The frontier: how many links are served with how many numbers bought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from allocator.errors import OptionError
from allocator.notation import counted
from allocator.planning import EFFORT, Grouping, IntArray, Solution, buy_split, buy_together, rescues
from allocator.plans import PlanOptions, silent
from allocator.tables import Source
from allocator.whatif.answer import Answer
from allocator.whatif.case import Progress, area_code_text, read_case
from allocator.whatif.shop import ROUNDS, Shop

_POINTS = 1000


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Frontier(Answer):
    """How many links are served with how many numbers bought.

    Attributes
    ----------
    points
        `numbers` (bought), `served` (links, by the plan that was found), `served_at_most` (no plan with that purchase
        serves more), `gap` (their difference as a share of `served`), `area_code` (where the last numbers are bought;
        null where that is more than one place). With grouping "split" each number serves one more link, and of more
        than 1,000 rows evenly spaced ones are kept; with "together" each row serves one more group.
    links
        The number of links that have a number once enough are bought.
    summary
        What `summary.json` says.
    """

    points: pl.DataFrame
    links: int

    _tables: ClassVar[dict[str, str]] = {"frontier": "points"}

    @property
    def ok(self) -> bool:
        """Whether the last point serves every link that numbers can help."""
        return int(self.points["served"][-1]) >= self.links

    def _figures(self) -> str:
        numbers, served = self.points["numbers"], self.points["served"]
        return f"{served[0]:,} links served today, {served[-1]:,} with {counted(numbers[-1], 'more number')}"


def frontier(
    links: Source,
    stock: Source,
    *,
    fallback_km: float = 0.0,
    grouping: Grouping = "together",
    most: int | None = None,
    effort: int = EFFORT,
    progress: Progress | None = None,
) -> Frontier:
    """Find how many more links each extra number serves, from no purchase to one that serves every link.

    Parameters
    ----------
    links, stock, fallback_km, grouping
        As in `allocator.plan`.
    most
        The most numbers to buy. Without it, as many as serve every link that numbers can help.
    effort
        As in `allocator.plan`.
    progress
        Is called with the name of each step as it begins.

    Returns
    -------
    Frontier
        The curve. With grouping "split" it is exact; with "together" each point has its gap to the best.

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
    >>> curve = frontier(links, stock)
    >>> curve
    <Frontier: 0 links served today, 2 with 1 more number>
    >>> curve.points.select("numbers", "served").rows()
    [(0, 0), (1, 2)]
    """
    if most is not None and most < 0:
        raise OptionError("the number is negative", value=most, remedy="Give 0 numbers or more.")
    step = progress or silent
    case = read_case(links, stock, PlanOptions(fallback_km, grouping, "optimal", effort=effort), step)
    shop = Shop.of(case, None)
    step("Planning with today's stock")
    before = case.plan()
    step("Buying one by one")
    none, every = (buy_split(shop.network, shop.market, budget).served for budget in (0, None))
    if case.together:
        points = _stairs(shop, before, most, none, every)
    else:
        last = every - none if most is None else most
        numbers = np.unique(np.linspace(0, last, min(last, _POINTS) + 1).astype(np.int64))
        served = case.named + np.minimum(none + numbers, every)
        points = _curve(numbers, served, served, [None] * len(numbers))
    summary = case.heading("frontier", most=most) | {"links": case.instance.links.table.height}
    return Frontier(summary, points, case.named + every)


def _stairs(shop: Shop, before: Solution, most: int | None, none: int, every: int) -> pl.DataFrame:
    """Return the points for groups kept together; the best split plan serves `none` today, `every` with purchases."""
    network, named = shop.network, shop.case.named
    now = shop.case.flow(network, before.assignment)
    points: list[tuple[int, int, str | None]] = [(0, named + int(now.sum()), None)]
    for step in rescues(network, shop.market, now, most):
        code = area_code_text(shop.case.instance, int(network.head[step.arc])) if step.numbers else None
        points.append((points[-1][0] + step.numbers, points[-1][1] + step.links, code))
    numbers, served, _ = points[-1]
    area_requests = network.tail >= network.groups
    waiting = int(network.demand[network.groups :].sum()) - int(now[area_requests].sum())
    if waiting and (most is None or numbers < most):
        last = waiting if most is None else min(waiting, most - numbers)
        points.append((numbers + last, served + last, None))
    at_once = buy_together(network, shop.market, ROUNDS)
    total = int(at_once.bought.sum())
    if total < points[-1][0] and named + at_once.served >= points[-1][1]:
        points = [point for point in points if point[0] < total]
        points.append((total, named + at_once.served, None))
    numbers_bought = np.array([point[0] for point in points])
    at_most = named + np.minimum(none + numbers_bought, every)
    if before.certificate is not None:
        at_most[0] = min(int(at_most[0]), named + before.certificate.served_bound)
    return _curve(numbers_bought, np.array([point[1] for point in points]), at_most, [point[2] for point in points])


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
