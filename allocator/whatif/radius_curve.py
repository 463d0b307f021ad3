"""The radius: how many links each fallback distance serves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate
from typing import ClassVar

import numpy as np
import polars as pl

from allocator.notation import check_km, usable_km
from allocator.planning import (
    EFFORT,
    FloatArray,
    Grouping,
    Network,
    Problem,
    Strategy,
    assign_by_rule,
    most_links,
)
from allocator.plans import Instance, PlanOptions, build_instance, silent
from allocator.tables import Links, Source, Stock, read_links, read_stock
from allocator.whatif.answer import Answer
from allocator.whatif.case import Case, Progress, heading


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class RadiusCurve(Answer):
    """How many links each fallback distance serves.

    Attributes
    ----------
    steps
        The radii where the number changes: `radius_km`, and `served` from that radius up to the next. For the best plan
        of groups kept together also `served_at_most`.
    smallest_km
        The smallest radius that serves all these links, kilometres; None where no radius does.
    links
        The number of links that a radius can serve.
    exact
        Whether these are all the steps there are.
    summary
        What `summary.json` says.
    """

    steps: pl.DataFrame
    smallest_km: float | None
    links: int
    exact: bool

    _tables: ClassVar[dict[str, str]] = {"radius": "steps"}

    @property
    def ok(self) -> bool:
        """Whether some radius serves all links that a radius can serve."""
        return self.smallest_km is not None

    def _figures(self) -> str:
        served = self.steps["served"].to_list()
        enough = "no radius serves all" if self.smallest_km is None else f"all from {usable_km(self.smallest_km)} km"
        return f"{min(served):,} to {max(served):,} of {self.links:,} links served, {enough}"


def radius(
    links: Source,
    stock: Source,
    *,
    strategy: Strategy = "rule",
    grouping: Grouping = "together",
    up_to_km: float = 100.0,
    effort: int = EFFORT,
    progress: Progress | None = None,
) -> RadiusCurve:
    """Find how many links each fallback distance serves, and the smallest distance that serves all.

    Parameters
    ----------
    links, stock
        As in `allocator.plan`. Links that give a fallback distance of their own keep it.
    strategy
        "rule": by the API's rule, exact. "optimal": by the best plan. This is exact where groups may be split. With
        groups kept together it looks at the radii where the best split plan changes, and what that plan serves is the
        bound.
    grouping
        As in `allocator.plan`.
    up_to_km
        The widest radius to look at, kilometres.
    effort
        As in `allocator.plan`.
    progress
        Is called with the name of each step as it begins.

    Returns
    -------
    RadiusCurve
        A step function.

    Raises
    ------
    TableError
        A table can't be read.
    OptionError
        An option is outside its range.

    Notes
    -----
    With the rule nothing changes until the next distance at which a group without numbers would have found a pool with
    enough, so one plan for each step is enough. The best plan never serves fewer links with a wider radius, so where
    two radii serve as many, so does every radius between them.

    Examples
    --------
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "W11 4FQ"]})
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000", "441753960000", "441753960001"]})
    >>> curve = radius(links, stock)
    >>> curve
    <RadiusCurve: 0 to 2 of 2 links served, all from 20.7 km>
    >>> curve.steps["served"].to_list()
    [0, 2]
    """
    options = PlanOptions(check_km(up_to_km, "up_to_km"), grouping, strategy, effort=effort)
    step = progress or silent
    step("Reading the links")
    wanted = read_links(links, fallback_km=None)
    step("Reading the stock")
    numbers = read_stock(stock)
    case = Case(_instance(wanted, numbers, options.fallback_km), options)
    step("Widening the radius")
    widths = _Widths(case, _instance(wanted, numbers, 0.0).problem.groups.radius_km)
    most: list[int] | None = None
    if strategy == "rule":
        steps = list(_by_rule(widths, options))
    else:
        steps = list(_by_halves(widths.distances(), widths.best_split))
        if case.together:
            most = [served + case.named for _, served in steps]
            # A wider radius serves what a smaller one does, though a search need not find it again.
            found = accumulate((widths.best_together(km) for km, _ in steps), max)
            steps = [(km, served) for (km, _), served in zip(steps, found, strict=True)]
    table = pl.DataFrame(
        {"radius_km": [km for km, _ in steps], "served": [served + case.named for _, served in steps]},
        schema={"radius_km": pl.Float64, "served": pl.Int64},
    )
    if most is not None:
        table = table.with_columns(served_at_most=pl.Series(most, dtype=pl.Int64))
    table = table.filter(pl.struct(pl.exclude("radius_km")).rle_id().diff().fill_null(1) != 0)
    count = case.named + len(case.instance.problem.groups.members) + len(case.instance.problem.area_requests)
    enough = table.filter(pl.col("served") == count)["radius_km"]
    smallest = enough[0] if len(enough) else None
    chosen = {"grouping": grouping, "strategy": strategy, "up_to_km": options.fallback_km}
    summary = heading(case.instance, "radius", **chosen) | {
        "links": count,
        "smallest_km": smallest,
        "most_served": table["served"].max(),
        "exact": most is None,
    }
    return RadiusCurve(summary, table, smallest, count, exact=most is None)


def _instance(links: Links, stock: Stock, km: float) -> Instance:
    """Build the problem with a fallback distance for the links that give none of their own."""
    table = links.table.with_columns(pl.col("fallback_km").fill_nan(km))
    return build_instance(replace(links, table=table), stock, asked=True)


class _Widths:
    """A problem at any radius up to the widest, which is the case's.

    A group with links that give no distance of their own has the radius, but at most the least distance of its other
    links. A group whose links all give one has that distance, even at radius 0.
    """

    def __init__(self, case: Case, own_km: FloatArray) -> None:
        self._case = case
        self._problem = case.instance.problem
        self._network = Network.of(self._problem)
        self._own_km, self._limit_km = own_km, self._problem.groups.radius_km

    def _radii(self, km: float) -> FloatArray:
        radii: FloatArray = np.maximum(self._own_km, np.minimum(self._limit_km, km))
        return radii

    def at(self, km: float) -> Problem:
        """Return the problem at a radius."""
        groups = self._problem.groups
        return replace(self._problem, groups=replace(groups, radius_km=self._radii(km)))

    def distances(self) -> FloatArray:
        """Return the distances at which anything can change, ascending, 0 first."""
        of_groups = self._network.candidate >= 0
        km = self._problem.candidates.km[self._network.candidate[of_groups]]
        return np.unique(np.append(km, 0.0))

    def best_split(self, km: float) -> int:
        """Count the links that the best plan of split groups serves."""
        network = self._network
        of_groups = network.tail < network.groups
        near = np.ones(len(network), dtype=np.bool_)
        radii = self._radii(km)[network.tail[of_groups]]
        near[of_groups] = self._problem.candidates.km[network.candidate[of_groups]] <= radii
        return most_links(network.part(np.flatnonzero(near), network.supply))

    def best_together(self, km: float) -> int:
        """Count the links that the best plan found of groups kept together serves."""
        case = replace(self._case, instance=replace(self._case.instance, problem=self.at(km)))
        return int(np.count_nonzero(case.plan().assignment.number))


def _by_rule(widths: _Widths, options: PlanOptions) -> Iterator[tuple[float, int]]:
    """Yield the steps of the API's rule, from one distance to the next at which it decides otherwise."""
    distances = widths.distances()
    km = 0.0
    while True:
        problem = widths.at(km)
        assignment = assign_by_rule(problem, options.grouping)
        yield km, int(np.count_nonzero(assignment.number))
        trials = assignment.trials
        beyond = problem.candidates.km[trials.candidate]
        beyond = beyond[beyond > problem.groups.radius_km[trials.group]]
        if options.grouping == "split":  # a group takes what there is, so any distance may matter
            beyond = distances[distances > km]
        farther = beyond[(beyond > km) & (beyond <= options.fallback_km)]
        if not len(farther):
            return
        km = float(farther.min())


def _by_halves(distances: FloatArray, served: Callable[[float], int]) -> Iterator[tuple[float, int]]:
    """Yield the steps of a function that never falls; skip whatever is between two distances that serve as many."""
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
