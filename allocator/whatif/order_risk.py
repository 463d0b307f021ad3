"""The order: how much the API's rule depends on the order of the links."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import polars as pl

from allocator.errors import OptionError
from allocator.notation import counted
from allocator.planning import AreaRequests, Grouping, Groups, IntArray, Problem, assign_by_rule
from allocator.plans import PlanOptions, silent
from allocator.tables import Source
from allocator.whatif.answer import Answer
from allocator.whatif.case import Progress, read_case


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class OrderRisk(Answer):
    """How many links the API's rule serves when the links come in another order.

    Attributes
    ----------
    runs
        One row for each order: `shuffle` (0 is the order of the document), `served` (links).
    best, median, worst
        Links served in the best, the median and the worst of the shuffled orders.
    summary
        What `summary.json` says.
    """

    runs: pl.DataFrame
    best: int
    median: float
    worst: int

    _tables: ClassVar[dict[str, str]] = {"order": "runs"}

    @property
    def ok(self) -> bool:
        """Whether each of these orders serves as many links as the order of the document."""
        return self.runs["served"].n_unique() == 1

    def _figures(self) -> str:
        orders = f"{self.worst:,} to {self.best:,} in {counted(self.runs.height - 1, 'random order')}"
        return f"{self.runs['served'][0]:,} links served in the order of the document, {orders}"


def order(
    links: Source,
    stock: Source,
    *,
    fallback_km: float = 0.0,
    grouping: Grouping = "together",
    shuffles: int = 100,
    seed: int = 1,
    progress: Progress | None = None,
) -> OrderRisk:
    """Find how much the API's rule depends on the order of the links.

    Parameters
    ----------
    links, stock, fallback_km, grouping
        As in `allocator.plan`.
    shuffles
        The number of random orders to try.
    seed
        Chooses the orders: the same seed gives the same orders on every machine.
    progress
        Is called with the name of each step as it begins.

    Returns
    -------
    OrderRisk
        The number of links served in each order.

    Raises
    ------
    TableError
        A table can't be read.
    OptionError
        An option is outside its range.

    Examples
    --------
    >>> links = pl.DataFrame({"link_id": ["1", "2", "3"], "postcode": ["W11 3EP", "W11 4FQ", "SW1A 0AA"]})
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001"]})
    >>> order(links, stock, shuffles=20)
    <OrderRisk: 2 links served in the order of the document, 1 to 2 in 20 random orders>
    """
    if shuffles < 1:
        raise OptionError("the number of shuffles is less than 1", value=shuffles, remedy="Give 1 or more.")
    if seed < 0:
        raise OptionError("the seed is negative", value=seed, remedy="Give 0 or more.")
    step = progress or silent
    case = read_case(links, stock, PlanOptions(fallback_km, grouping), step)
    problem = case.instance.problem
    served = [int(np.count_nonzero(assign_by_rule(problem, grouping).number))]
    bits = np.random.PCG64(seed)
    for number in range(shuffles):
        step(f"Shuffling, {number + 1} of {shuffles}")
        # Raw bits are the same in every version of numpy; its shuffles need not be.
        place = np.empty(problem.links, dtype=np.int64)
        place[np.argsort(bits.random_raw(problem.links), kind="stable")] = np.arange(problem.links)
        served.append(int(np.count_nonzero(assign_by_rule(_shuffled(problem, place), grouping).number)))
    runs = pl.DataFrame({"shuffle": range(len(served)), "served": np.array(served) + case.named})
    others = runs["served"].slice(1)
    best, median, worst = int(others.max()), float(others.median()), int(others.min())  # type: ignore[arg-type]
    summary = case.heading("order", shuffles=shuffles, seed=seed) | {
        "links": problem.links,
        "served": served[0] + case.named,
        "best": best,
        "median": median,
        "worst": worst,
    }
    return OrderRisk(summary, runs, best, median, worst)


def _shuffled(problem: Problem, place: IntArray) -> Problem:
    """Return the problem with each link moved to another place in the document, `place` of shape (links,)."""
    groups, area_requests = problem.groups, problem.area_requests
    moved = place[groups.members]
    group = np.repeat(np.arange(len(groups)), np.diff(groups.start))
    members = moved[np.lexsort((moved, group))]
    first = members[groups.start[:-1]] if len(groups) else members
    by_place = np.argsort(place[area_requests.position], kind="stable")
    return replace(
        problem,
        groups=Groups(groups.code, members, groups.start, groups.radius_km, np.argsort(first, kind="stable")),
        area_requests=AreaRequests(
            place[area_requests.position][by_place],
            area_requests.kind[by_place],
            area_requests.chain,
            area_requests.tier,
        ),
    )
