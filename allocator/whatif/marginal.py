"""What one more number in each area code is worth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import polars as pl

from allocator.notation import counted
from allocator.planning import (
    EFFORT,
    Grouping,
    IntArray,
    Network,
    Pools,
    Problem,
    assign_by_rule,
    binding_pools,
    frozen,
    greatest_sum,
)
from allocator.plans import PlanOptions, silent
from allocator.tables import Source
from allocator.whatif.answer import Answer
from allocator.whatif.case import Progress, area_code_name, area_code_text, read_case


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Worth(Answer):
    """What more numbers are worth.

    Attributes
    ----------
    table
        One row for each area code where more numbers change something, the most links for a number first: `area_code`,
        `name`, `numbers` (1, or the fewest that help the best plan), `gain` (how many more links the best plan serves;
        with groups kept together at least that many), `rule_gain` (how many more links the API's rule serves with
        them; negative for fewer).
    summary
        What `summary.json` says.
    """

    table: pl.DataFrame

    _tables: ClassVar[dict[str, str]] = {"worth": "table"}

    @property
    def ok(self) -> bool:
        """Whether no area code needs more numbers: the best plan serves every link that numbers can help."""
        return not (self.table["gain"] > 0).any()

    def _figures(self) -> str:
        return f"more numbers help in {counted(int((self.table['gain'] > 0).sum()), 'area code')}"


def worth(
    links: Source,
    stock: Source,
    *,
    fallback_km: float = 0.0,
    grouping: Grouping = "together",
    effort: int = EFFORT,
    progress: Progress | None = None,
) -> Worth:
    """Find what one more number in each area code is worth, or the fewest numbers that are worth anything.

    Parameters
    ----------
    links, stock, fallback_km, grouping, effort
        As in `allocator.plan`.
    progress
        Is called with the name of each step as it begins.

    Returns
    -------
    Worth
        The links gained in each area code, by the best plan and by the API's rule.

    Raises
    ------
    TableError
        A table can't be read.
    OptionError
        An option is outside its range.

    Notes
    -----
    Each figure is found by planning again, not from a dual price. For the API's rule, with one number more. For the
    best plan of split groups, by looking for a link without a number for which the others can make room: exact. For
    groups kept together, by counting the groups that then fit.

    Examples
    --------
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "W11 4FQ"]})
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000"]})
    >>> found = worth(links, stock)
    >>> found
    <Worth: more numbers help in 1 area code>
    >>> found.table.rows()
    [('20', 'London', 1, 2, 2)]
    """
    step = progress or silent
    case = read_case(links, stock, PlanOptions(fallback_km, grouping, "optimal", effort=effort), step)
    instance, problem = case.instance, case.instance.problem
    step("Planning with today's stock")
    for_sale = np.full(len(instance.pools), problem.links, dtype=np.int64)
    network = Network.of(problem, for_sale)
    flow = case.flow(network, case.plan().assignment)
    useful = _by_fit(network, flow) if case.together else dict.fromkeys(binding_pools(network, flow), (1, 1))
    by_rule = assign_by_rule(problem, grouping)
    served = int(np.count_nonzero(by_rule.number))
    short = by_rule.trials.candidate[by_rule.trials.taken == 0]
    tried = set(np.unique(problem.candidates.pool[short]).tolist()) | set(useful)
    rows = []
    for count, pool in enumerate(sorted(tried), start=1):
        step(f"One more number, {count} of {len(tried)} area codes")
        numbers, gain = useful.get(pool, (1, 0))
        again = assign_by_rule(_with_numbers(problem, pool, numbers), grouping)
        change = int(np.count_nonzero(again.number)) - served
        if gain or change:
            rows.append((area_code_text(instance, pool), area_code_name(instance, pool), numbers, gain, change))
    rows.sort(key=lambda row: (-row[3] / row[2], -row[4], row[2], len(row[0]), row[0]))
    schema = {"area_code": pl.String, "name": pl.String} | dict.fromkeys(("numbers", "gain", "rule_gain"), pl.Int64)
    summary = case.heading("worth") | {"served_by_rule": served + case.named}
    return Worth(summary, pl.DataFrame(rows, schema=schema, orient="row"))


def _by_fit(network: Network, flow: IntArray) -> dict[int, tuple[int, int]]:
    """Find for each pool the fewest numbers with which more of the unserved groups fit, and the links of these."""
    served = np.bincount(network.tail, weights=flow, minlength=len(network.demand)).astype(np.int64)
    left = network.supply - np.bincount(network.head, weights=flow, minlength=len(network.supply)).astype(np.int64)
    sizes: dict[int, list[int]] = {}
    singles: set[int] = set()
    waiting = served[network.tail] < network.demand[network.tail]
    for arc in np.flatnonzero(waiting).tolist():
        pool, demand = int(network.head[arc]), int(network.tail[arc])
        if demand < network.groups:
            sizes.setdefault(pool, []).append(int(network.demand[demand]))
        else:
            singles.add(pool)
    found = dict.fromkeys(singles, (1, 1))
    for pool, groups in sizes.items():
        rest = int(left[pool])
        numbers = max(1, min(groups) - rest)
        gain = greatest_sum(groups, rest + numbers)
        if pool not in found or gain > numbers:
            found[pool] = (numbers, gain)
    return found


def _with_numbers(problem: Problem, pool: int, count: int) -> Problem:
    """Return the problem with more numbers in a pool, larger than all that it has."""
    pools = problem.pools
    end = int(pools.start[pool + 1])
    more = np.iinfo(np.int64).max - np.arange(count, 0, -1)
    start = pools.start + np.where(np.arange(len(pools.start)) > pool, count, 0)
    return replace(problem, pools=Pools(frozen(np.insert(pools.number, end, more)), frozen(start)))
