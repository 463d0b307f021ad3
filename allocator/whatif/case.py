"""The case that is asked about: links and stock as a problem, the best plan of today, and what could be bought."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np

from allocator import dataset
from allocator.allocation import Allocation, Posed, pose
from allocator.errors import OptionError
from allocator.intake import check_fallback_km, read_links
from allocator.numbering import UK_IDD
from allocator.outcome import engine_version, inputs_of
from allocator.planning.network import Network, arcs_used
from allocator.planning.problem import IntArray, Settlement
from allocator.planning.rule import Grouping
from allocator.planning.strategy import Solution, as_well_as_can_be
from allocator.source import Source
from allocator.stock import read_stock
from allocator.whatif.prices import PriceList, every_area_code

Progress = Callable[[str], None]


def silent(_: str) -> None:
    """Progress that nobody wants to hear of."""


@dataclass(frozen=True, slots=True)
class Case:
    """Links and stock, and how they are planned.

    Attributes
    ----------
    posed
        The problem; area codes that BY AREA links ask for are pools even when the stock has none of them.
    grouping
        Whether each group is served from one pool.
    effort
        How long to look for better plans of groups that stay together.
    options
        The options, for summaries.
    """

    posed: Posed
    grouping: Grouping
    effort: int
    options: dict[str, Any]

    def best(self) -> Solution:
        """The best plan of today, with its certificate."""
        return as_well_as_can_be(self.posed.problem, self.grouping, self.effort)

    def flow(self, network: Network, settlement: Settlement) -> IntArray:
        """Links over each arc of a network in a settlement, shape (e,)."""
        over = arcs_used(self.posed.problem, network, settlement.number)
        return np.bincount(over[over >= 0], minlength=len(network)).astype(np.int64)

    def prices(self) -> PriceList:
        """Every area code at one price."""
        return every_area_code(self.posed.pools)


def case_of(
    links: Source, stock: Source, *, fallback_km: float, grouping: Grouping, effort: int, progress: Progress = silent
) -> Case:
    """Read a case.

    Parameters
    ----------
    links, stock, fallback_km, grouping, effort
        As in `allocator.plan`.
    progress
        Told the name of each step as it begins.

    Raises
    ------
    TableError
        A table can't be read.
    OptionError
        An option is outside its range.
    """
    check_case(grouping, effort)
    fallback_km = check_fallback_km(fallback_km)
    progress("Reading the links")
    wanted = read_links(links, fallback_km=fallback_km)
    progress("Reading the stock")
    numbers = read_stock(stock)
    options: dict[str, Any] = {"fallback_km": fallback_km, "grouping": grouping}
    if grouping == "together":
        options["effort"] = effort
    posed = pose(wanted, numbers, asked=True)
    # Questions count links, whatever their priority.
    return Case(replace(posed, problem=replace(posed.problem, weight=None)), grouping, effort, options)


def heading(case: Case, command: str, **options: Any) -> dict[str, Any]:
    """How every summary begins.

    Parameters
    ----------
    case
        What was asked about.
    command
        What was asked.
    options
        Options besides those of the case.
    """
    inputs = inputs_of(case.posed.links, case.posed.stock)
    rejected = {"links": case.posed.links.rejected, "stock": case.posed.stock.rejected}
    return {
        "whatif": command,
        "engine": {"name": "allocator", "version": engine_version()},
        "data": dataset.version(),
        "options": case.options | options,
        "inputs": {name: told | {"rejected": rejected[name].height} for name, told in inputs.items()},
    }


def check_case(grouping: str, effort: int) -> None:
    """Refuse options outside their range.

    Raises
    ------
    OptionError
        One is.
    """
    if grouping not in get_args(Grouping):
        raise OptionError("there is no such grouping", value=grouping, remedy="Give 'together' or 'split'.")
    if effort < 0:
        raise OptionError("the effort is negative", value=effort, remedy="Give 0 or more.")


def area_code_name(posed: Posed, pool: int) -> str:
    """The name of a pool's area code; empty where it has none."""
    return dataset.area_codes().name[pool] if pool < posed.pools.covered else ""


def area_code_text(posed: Posed, pool: int) -> str:
    """A pool's area code as text; with the IDD before it where that is not the United Kingdom's."""
    idd, code = int(posed.pools.idd[pool]), int(posed.pools.area_code[pool])
    return str(code) if idd == UK_IDD else f"{idd}-{code}"


def outcode_of_groups(allocation: Allocation | Posed) -> list[str]:
    """The outcode of each group."""
    codes: list[str] = dataset.outcodes().outcode.gather(allocation.problem.groups.code).to_list()
    return codes
