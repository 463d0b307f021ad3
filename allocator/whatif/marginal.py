"""What one more number in each area code is worth, and which area codes run out first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np
import polars as pl

from allocator.errors import OptionError, PostcodeError, TableError
from allocator.notation import parse_outcode
from allocator.places import bundled_area_codes, bundled_outcodes, suggest_outcode
from allocator.planning import (
    EFFORT,
    Grouping,
    Groups,
    IntArray,
    Network,
    Pools,
    Problem,
    Strategy,
    assign_by_rule,
    binding_pools,
    frozen,
    greatest_sum,
    solver,
)
from allocator.plans import Instance
from allocator.tables import Source, TableSchema, read_table
from allocator.whatif.case import Progress, area_code_name, area_code_text, case_of, heading, silent

__all__ = ["Shortage", "Worth", "shortage", "worth"]


@dataclass(frozen=True, slots=True)
class Worth:
    """What more numbers are worth.

    Attributes
    ----------
    table
        One row for each area code in which they change something, the most links for a number first: `area_code`,
        `name`, `numbers` (1, or the fewest that help the best plan), `gain` (links that the best plan serves more; with
        groups that stay together at least so many), `rule_gain` (links that the API's rule serves more with them, or
        fewer).
    summary
        What `summary.json` says.
    """

    table: pl.DataFrame
    summary: dict[str, Any]

    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables by the names of their files."""
        return {"worth": self.table}


def worth(
    links: Source,
    stock: Source,
    *,
    fallback_km: float = 0.0,
    grouping: Grouping = "together",
    effort: int = EFFORT,
    progress: Progress = silent,
) -> Worth:
    """What one more number in each area code is worth, or the fewest that are worth anything.

    Parameters
    ----------
    links, stock, fallback_km, grouping, effort
        As in `allocator.plan`.
    progress
        Told the name of each step as it begins.

    Notes
    -----
    Each is found by settling again, not by a dual price: with one number more by the API's rule, and by looking for a
    link that goes without and for which everybody can make room (exact where groups may be split) or for the groups
    that then fit (where they stay together).

    Examples
    --------
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "W11 4FQ"]})
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000"]})
    >>> worth(links, stock).table.rows()
    [('20', 'London', 1, 2, 2)]
    """
    case = case_of(links, stock, fallback_km=fallback_km, grouping=grouping, effort=effort, progress=progress)
    instance, problem = case.instance, case.instance.problem
    progress("Planning with what is there")
    for_sale = np.full(len(instance.pools), problem.links, dtype=np.int64)
    network = Network.of(problem, for_sale)
    flow = case.flow(network, case.best().assignment)
    useful = _by_reach(network, flow) if grouping == "split" else _by_fit(network, flow)
    by_rule = assign_by_rule(problem, grouping)
    served = int(np.count_nonzero(by_rule.number))
    short = by_rule.trials.candidate[by_rule.trials.taken == 0]
    tried = set(np.unique(problem.candidates.pool[short]).tolist()) | set(useful)
    rows = []
    for count, pool in enumerate(sorted(tried), start=1):
        progress(f"One more number, {count} of {len(tried)} area codes")
        numbers, gain = useful.get(pool, (1, 0))
        again = assign_by_rule(_with_numbers(problem, pool, numbers), grouping)
        change = int(np.count_nonzero(again.number)) - served
        if gain or change:
            rows.append((area_code_text(instance, pool), area_code_name(instance, pool), numbers, gain, change))
    rows.sort(key=lambda row: (-row[3] / row[2], -row[4], row[2], len(row[0]), row[0]))
    schema = {"area_code": pl.String, "name": pl.String} | dict.fromkeys(("numbers", "gain", "rule_gain"), pl.Int64)
    summary = heading(case, "worth") | {"served_by_rule": served + len(instance.named.link)}
    return Worth(pl.DataFrame(rows, schema=schema, orient="row"), summary)


def _by_reach(network: Network, flow: IntArray) -> dict[int, tuple[int, int]]:
    """The pools in which one more number serves one link more: those that links which go without lead to."""
    return dict.fromkeys(binding_pools(network, flow), (1, 1))


def _by_fit(network: Network, flow: IntArray) -> dict[int, tuple[int, int]]:
    """For each pool the fewest numbers with which more of the groups that go without fit, and their links."""
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
    """The problem with more numbers in a pool, behind all that it has."""
    pools = problem.pools
    end = int(pools.start[pool + 1])
    more = np.iinfo(np.int64).max - np.arange(count, 0, -1)
    start = pools.start + np.where(np.arange(len(pools.start)) > pool, count, 0)
    return replace(problem, pools=Pools(frozen(np.insert(pools.number, end, more)), frozen(start)))


_GROWTH = TableSchema("growth", required=("outcode", "growth"))
_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?%")
_STEPS = 100


@dataclass(frozen=True, slots=True)
class Shortage:
    """Which area codes run out first when links grow in number.

    Attributes
    ----------
    table
        One row for each area code whose outcodes grow, those that bear least first: `area_code`, `name`, `links` (now,
        in the outcodes that it covers), `without` (of them, now), `growth` (links that are to come), `borne` (how many
        have come when the first of them makes a link go without), `borne_percent`.
    summary
        What `summary.json` says.
    """

    table: pl.DataFrame
    summary: dict[str, Any]

    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables by the names of their files."""
        return {"shortage": self.table}


def shortage(
    links: Source,
    stock: Source,
    growth: Source | Mapping[str, str | int] | str,
    *,
    fallback_km: float = 0.0,
    grouping: Grouping = "together",
    strategy: Strategy = "rule",
    effort: int = 0,
    progress: Progress = silent,
) -> Shortage:
    """Which area codes run out first, and how many more links they bear.

    Parameters
    ----------
    links, stock, fallback_km, grouping, strategy, effort
        As in `allocator.plan`.
    growth
        What is to come: a percentage for all outcodes ("10%"); or by outcode, as a mapping or a table with columns
        `outcode` and `growth`, each a percentage of its links or a number of links.
    progress
        Told the name of each step as it begins.

    Notes
    -----
    The growth comes in a hundred steps, in all outcodes at once, behind the links of today; after each all is planned
    anew. What an area code bears is what had come in its outcodes before the first step at which more of their links
    go without than today.

    Examples
    --------
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "W11 4FQ"]})
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001", "442079460002"]})
    >>> shortage(links, stock, {"W11": 4}).table.select("area_code", "links", "growth", "borne").rows()
    [('20', 2, 4, 1)]
    """
    if strategy not in get_args(Strategy):
        raise OptionError("there is no such strategy", value=strategy, remedy="Give 'rule' or 'optimal'.")
    case = case_of(links, stock, fallback_km=fallback_km, grouping=grouping, effort=effort, progress=progress)
    instance = case.instance
    more = _growth_of(growth, instance)
    solve = solver(strategy, effort)
    owner = bundled_outcodes().area_index
    codes = len(bundled_area_codes().area_code)
    now = without = np.zeros(codes, dtype=np.int64)
    borne = np.full(codes, -1, dtype=np.int64)
    came = np.zeros(codes, dtype=np.int64)
    for step in range(_STEPS + 1):
        progress(f"Growing, {step} of {_STEPS} percent of it")
        count = more * step // _STEPS
        problem = _grown(instance, count, fallback_km)
        assignment = solve(problem, grouping).assignment
        groups = problem.groups
        area = owner[groups.code]
        group = np.repeat(area, np.diff(groups.start))
        missing = np.bincount(group[assignment.number[groups.members] == 0], minlength=codes)
        if step == 0:
            without = missing
            now = np.bincount(area, weights=np.diff(groups.start), minlength=codes).astype(np.int64)
        worse = (missing > without) & (borne < 0)
        borne[worse] = came[worse]
        came = np.bincount(owner[np.flatnonzero(count)], weights=count[count > 0], minlength=codes).astype(np.int64)
    total = np.bincount(owner[np.flatnonzero(more)], weights=more[more > 0], minlength=codes).astype(np.int64)
    borne = np.where(borne < 0, total, borne)
    growing = np.flatnonzero(total)
    growing = growing[np.lexsort((growing, -total[growing], borne[growing] / total[growing]))]
    table = pl.DataFrame(
        {
            "area_code": [area_code_text(instance, pool) for pool in growing.tolist()],
            "name": [area_code_name(instance, pool) for pool in growing.tolist()],
            "links": now[growing],
            "without": without[growing],
            "growth": total[growing],
            "borne": borne[growing],
            "borne_percent": np.round(100 * borne[growing] / total[growing], 1),
        },
        schema_overrides={"area_code": pl.String, "name": pl.String},
    )
    summary = heading(case, "shortage", strategy=strategy, steps=_STEPS) | {"growth": int(total.sum())}
    return Shortage(table, summary)


def _grown(instance: Instance, count: IntArray, fallback_km: float) -> Problem:
    """The problem with more links in each outcode (row of the bundled ones), behind those of today."""
    problem = instance.problem
    old = problem.groups
    code = np.empty(problem.links, dtype=np.uint16)
    radius = np.empty(problem.links)
    planned = np.zeros(problem.links, dtype=np.bool_)
    each = np.diff(old.start)
    code[old.members], radius[old.members] = np.repeat(old.code, each), np.repeat(old.radius_km, each)
    planned[old.members] = True
    where = np.flatnonzero(count)
    new = int(count.sum())
    rows = np.flatnonzero(planned)
    # A link that comes into an outcode is asked for as the others there are.
    limit = np.full(len(count), fallback_km)
    limit[old.code] = old.radius_km
    groups = Groups.of(
        np.concatenate((code[rows], np.repeat(where, count[where]).astype(np.uint16))),
        np.concatenate((radius[rows], np.repeat(limit[where], count[where]))),
        np.concatenate((rows, problem.links + np.arange(new))),
    )
    return replace(problem, links=problem.links + new, groups=groups)


def _growth_of(growth: Source | Mapping[str, str | int] | str, instance: Instance) -> IntArray:
    """Links that are to come, for each of the bundled outcodes."""
    outcodes = bundled_outcodes()
    groups = instance.problem.groups
    now = np.zeros(len(outcodes.outcode), dtype=np.int64)
    now[groups.code] = np.diff(groups.start)
    if isinstance(growth, str) and _PERCENT.fullmatch(growth.strip()):
        return _links_of(growth, now)
    if isinstance(growth, str) and growth.strip().endswith("%"):
        raise OptionError("the growth is no percentage", value=growth, remedy="Write 10%, or name a file.")
    more = np.zeros_like(now)
    for outcode, text, fault in _told(growth):
        try:
            row = outcodes.row(parse_outcode(outcode))
        except PostcodeError as error:
            raise fault("outcode", outcode, error.problem, suggest_outcode(outcode) or error.remedy) from None
        if row is None or outcodes.area_index[row] < 0:
            question = suggest_outcode(outcode) if row is None else None
            raise fault("outcode", outcode, "there is no such outcode, or it has no position", question)
        if not (_PERCENT.fullmatch(text) or (text.isascii() and text.isdigit())):
            raise fault("growth", text, "it is neither a percentage nor a number of links")
        more[row] += _links_of(text, now[row : row + 1])[0]
    return more


def _links_of(text: str, links: IntArray) -> IntArray:
    """So many links: a percentage of others, rounded up, or a number."""
    match = _PERCENT.fullmatch(text.strip())
    if match is None:
        return np.full(len(links), int(text), dtype=np.int64)
    whole, _, decimals = match[1].partition(".")
    scale = 100 * 10 ** len(decimals)
    more: IntArray = -(-links * int(whole + decimals) // scale)
    return more


def _told(growth: Source | Mapping[str, str | int]) -> list[tuple[str, str, Any]]:
    """Outcode, growth, and how to complain of them."""
    if isinstance(growth, Mapping):

        def wrong(column: str, value: str, problem: str, remedy: str | None = None) -> OptionError:
            return OptionError(f"growth: {problem}", value=value, remedy=remedy or _REMEDY[column])

        return [(outcode, str(text), wrong) for outcode, text in growth.items()]
    table = read_table(growth, _GROWTH)
    rows = zip(
        table.cells["row"].to_list(), table.column("outcode").to_list(), table.column("growth").to_list(), strict=True
    )
    return [(outcode or "", text or "", _Complaint(table.name, row)) for row, outcode, text in rows]


@dataclass(frozen=True, slots=True)
class _Complaint:
    """An error about a row of the growth's table."""

    file: str
    row: int

    def __call__(self, column: str, value: str, problem: str, remedy: str | None = None) -> TableError:
        told = remedy or _REMEDY[column]
        return TableError(problem, file=self.file, row=self.row, column=column, value=value, remedy=told)


_REMEDY = {"outcode": "Write an outcode such as M1.", "growth": "Write 10% or 25."}
