"""Curves: what a wider radius brings, and what the order of the links does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate
from typing import Any, get_args

import numpy as np
import polars as pl

from allocator.errors import OptionError
from allocator.notation import check_km
from allocator.planning import (
    EFFORT,
    AreaRequests,
    FloatArray,
    Grouping,
    Groups,
    IntArray,
    Network,
    Problem,
    Strategy,
    assign_by_rule,
    most_links,
)
from allocator.plans import Instance, build_instance
from allocator.tables import Links, Source, Stock, read_links, read_stock
from allocator.whatif.case import Case, Progress, case_of, check_case, heading, silent

__all__ = ["OrderRisk", "RadiusCurve", "order", "radius"]


@dataclass(frozen=True, slots=True)
class RadiusCurve:
    """How many links are served with which fallback distance.

    Attributes
    ----------
    steps
        The radii where that changes: `radius_km`, `served`, from that radius on up to the next. With the best plan of
        groups that stay together also `served_at_most`.
    smallest_km
        The smallest radius that serves every link that any radius serves and stock alone would not keep from it; None
        where none does.
    links
        How many links there are that a radius can serve.
    exact
        Whether the steps are all there are.
    summary
        What `summary.json` says.
    """

    steps: pl.DataFrame
    smallest_km: float | None
    links: int
    exact: bool
    summary: dict[str, Any]

    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables by the names of their files."""
        return {"radius": self.steps}


def radius(
    links: Source,
    stock: Source,
    *,
    strategy: Strategy = "rule",
    grouping: Grouping = "together",
    up_to_km: float = 100.0,
    effort: int = EFFORT,
    progress: Progress = silent,
) -> RadiusCurve:
    """How many links are served with which fallback distance, as a step function.

    Parameters
    ----------
    links, stock, grouping, effort
        As in `allocator.plan`. Links that give a fallback distance of their own keep it.
    strategy
        "rule": by the API's rule, exact. "optimal": by the best plan; exact where groups may be split, else at the
        radii where the best plan of split groups changes, with what that plan serves as the bound.
    up_to_km
        The widest radius to look at, kilometres.
    progress
        Told the name of each step as it begins.

    Notes
    -----
    By the rule nothing changes up to the next distance at which a group that went without would have found a pool that
    has enough, so one plan for each step is enough. The best plan never serves fewer with a wider radius, so what two
    radii serve alike all between them do.

    Examples
    --------
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "W11 4FQ"]})
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000", "441753960000", "441753960001"]})
    >>> curve = radius(links, stock)
    >>> curve.steps["served"].to_list(), 20 < curve.smallest_km < 30
    ([0, 2], True)
    """
    if strategy not in get_args(Strategy):
        raise OptionError("there is no such strategy", value=strategy, remedy="Give 'rule' or 'optimal'.")
    up_to_km = check_km(up_to_km, "up_to_km")
    check_case(grouping, effort)
    progress("Reading the links")
    asking = read_links(links, fallback_km=None)
    progress("Reading the stock")
    numbers = read_stock(stock)
    case = Case(_posed(asking, numbers, up_to_km), grouping, effort, {"grouping": grouping})
    progress("Widening the radius")
    widths = _Widths(case, _posed(asking, numbers, 0.0).problem.groups.radius_km)
    named = len(case.instance.named.link)
    most: list[int] | None = None
    if strategy == "rule":
        steps = list(_by_rule(widths, grouping, up_to_km))
    else:
        steps = list(_by_halves(widths.distances(), widths.best_split))
        if grouping == "together":
            most = [served + named for _, served in steps]
            # What serves within a radius serves within a wider one, though a search need not find it again.
            found = accumulate((widths.best_together(km, case) for km, _ in steps), max)
            steps = [(km, served) for (km, _), served in zip(steps, found, strict=True)]
    exact = most is None
    table = pl.DataFrame(
        {"radius_km": [km for km, _ in steps], "served": [served + named for _, served in steps]},
        schema={"radius_km": pl.Float64, "served": pl.Int64},
    )
    if most is not None:
        table = table.with_columns(served_at_most=pl.Series(most, dtype=pl.Int64))
    table = table.filter(pl.struct(pl.exclude("radius_km")).rle_id().diff().fill_null(1) != 0)
    wanted = named + len(case.instance.problem.groups.members) + len(case.instance.problem.area_requests)
    enough = table.filter(pl.col("served") == wanted)
    smallest = float(enough["radius_km"].min()) if enough.height else None  # type: ignore[arg-type]
    summary = heading(case, "radius", strategy=strategy, up_to_km=up_to_km) | {
        "links": wanted,
        "smallest_km": smallest,
        "most_served": int(table["served"].max()),  # type: ignore[arg-type]
        "exact": exact,
    }
    return RadiusCurve(table, smallest, wanted, exact, summary)


def _posed(links: Links, stock: Stock, km: float) -> Instance:
    """The problem with a fallback distance for the links that give none of their own."""
    table = links.table.with_columns(pl.col("fallback_km").fill_nan(km))
    return build_instance(replace(links, table=table), stock, asked=True)


class _Widths:
    """A problem at any radius up to the widest, which is that of the case.

    A group that has links without a distance of their own follows the radius, up to the least of the others'; one that
    has none of them stays at its own distance, which is what it has even at radius 0.
    """

    def __init__(self, case: Case, own_km: FloatArray) -> None:
        self._problem = case.instance.problem
        self._network = Network.of(self._problem)
        self._own_km, self._limit_km = own_km, self._problem.groups.radius_km

    def _radii(self, km: float) -> FloatArray:
        radii: FloatArray = np.maximum(self._own_km, np.minimum(self._limit_km, km))
        return radii

    def at(self, km: float) -> Problem:
        """The problem with a radius."""
        groups = self._problem.groups
        return replace(self._problem, groups=replace(groups, radius_km=self._radii(km)))

    def distances(self) -> FloatArray:
        """The distances at which anything can change, ascending, 0 first."""
        of_groups = self._network.candidate >= 0
        km = self._problem.candidates.km[self._network.candidate[of_groups]]
        return np.unique(np.append(km, 0.0))

    def best_split(self, km: float) -> int:
        """Links that the best plan of split groups serves."""
        network = self._network
        of_groups = network.tail < network.groups
        near = np.ones(len(network), dtype=np.bool_)
        radii = self._radii(km)[network.tail[of_groups]]
        near[of_groups] = self._problem.candidates.km[network.candidate[of_groups]] <= radii
        return most_links(network.part(np.flatnonzero(near), network.supply))

    def best_together(self, km: float, case: Case) -> int:
        """Links that the best plan found serves, of groups that stay together."""
        solution = replace(case, instance=replace(case.instance, problem=self.at(km))).best()
        return int(np.count_nonzero(solution.assignment.number))


def _by_rule(widths: _Widths, grouping: Grouping, up_to_km: float) -> Iterator[tuple[float, int]]:
    """The steps of the API's rule, from one distance to the next at which it decides otherwise."""
    distances = widths.distances()
    km = 0.0
    while True:
        problem = widths.at(km)
        assignment = assign_by_rule(problem, grouping)
        yield km, int(np.count_nonzero(assignment.number))
        trials = assignment.trials
        beyond = problem.candidates.km[trials.candidate]
        beyond = beyond[beyond > problem.groups.radius_km[trials.group]]
        if grouping == "split":  # a group takes what there is, so any distance may matter
            beyond = distances[distances > km]
        farther = beyond[(beyond > km) & (beyond <= up_to_km)]
        if not len(farther):
            return
        km = float(farther.min())


def _by_halves(distances: FloatArray, served: Callable[[float], int]) -> Iterator[tuple[float, int]]:
    """The steps of a function that never falls, found without looking between two distances that serve alike."""
    known = cache(lambda place: served(float(distances[place])))
    waiting = [(0, len(distances) - 1)]
    changes = {0}
    while waiting:
        low, high = waiting.pop()
        if known(low) == known(high):
            continue
        if high - low == 1:
            changes.add(high)
            continue
        middle = (low + high) // 2
        waiting += [(low, middle), (middle, high)]
    for place in sorted(changes):
        yield float(distances[place]), known(place)


@dataclass(frozen=True, slots=True)
class OrderRisk:
    """What the API's rule serves when the links come in another order.

    Attributes
    ----------
    runs
        `shuffle` (0 is the order of the document), `served`.
    best, median, worst
        Of the shuffles.
    summary
        What `summary.json` says.
    """

    runs: pl.DataFrame
    best: int
    median: float
    worst: int
    summary: dict[str, Any]

    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables by the names of their files."""
        return {"order": self.runs}


def order(
    links: Source,
    stock: Source,
    *,
    fallback_km: float = 0.0,
    grouping: Grouping = "together",
    shuffles: int = 100,
    seed: int = 1,
    progress: Progress = silent,
) -> OrderRisk:
    """How much the API's rule depends on the order of the links.

    Parameters
    ----------
    links, stock, fallback_km, grouping
        As in `allocator.plan`.
    shuffles
        How many orders to try.
    seed
        Which; the same one gives the same orders everywhere.
    progress
        Told the name of each step as it begins.

    Examples
    --------
    >>> links = pl.DataFrame({"link_id": ["1", "2", "3"], "postcode": ["W11 3EP", "W11 4FQ", "SW1A 0AA"]})
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001"]})
    >>> risk = order(links, stock, shuffles=20)
    >>> risk.best, risk.worst
    (2, 1)
    """
    if shuffles < 1:
        raise OptionError("that is no number of shuffles", value=shuffles, remedy="Give 1 or more.")
    if seed < 0:
        raise OptionError("the seed is negative", value=seed, remedy="Give 0 or more.")
    case = case_of(links, stock, fallback_km=fallback_km, grouping=grouping, effort=EFFORT, progress=progress)
    problem, named = case.instance.problem, len(case.instance.named.link)
    served = [int(np.count_nonzero(assign_by_rule(problem, grouping).number))]
    bits = np.random.PCG64(seed)
    for number in range(shuffles):
        progress(f"Shuffling, {number + 1} of {shuffles}")
        # Raw bits are the same in every version of numpy, which its shuffles need not be.
        place = np.empty(problem.links, dtype=np.int64)
        place[np.argsort(bits.random_raw(problem.links), kind="stable")] = np.arange(problem.links)
        served.append(int(np.count_nonzero(assign_by_rule(_shuffled(problem, place), grouping).number)))
    runs = pl.DataFrame({"shuffle": range(len(served)), "served": np.array(served) + named})
    others = runs["served"].slice(1)
    best, median, worst = int(others.max()), float(others.median()), int(others.min())  # type: ignore[arg-type]
    summary = heading(case, "order", shuffles=shuffles, seed=seed) | {
        "links": problem.links,
        "served": served[0] + named,
        "best": best,
        "median": median,
        "worst": worst,
    }
    return OrderRisk(runs, best, median, worst, summary)


def _shuffled(problem: Problem, place: IntArray) -> Problem:
    """The problem with each link at another place of the document."""
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
