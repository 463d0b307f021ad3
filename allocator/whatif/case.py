"""The case that is asked about: links and stock as a problem, the best plan of today, and what could be bought."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np

from allocator.errors import OptionError
from allocator.notation import UK_IDD, check_km
from allocator.places import bundled_area_codes, bundled_outcodes, data_version
from allocator.planning import Assignment, Grouping, IntArray, Network, Solution, arcs_used, solve_optimal
from allocator.plans import Allocation, Instance, build_instance, engine_version, inputs_of
from allocator.tables import Source, read_links, read_stock
from allocator.whatif.prices import PriceList, every_area_code

Progress = Callable[[str], None]


def silent(_: str) -> None:
    """Progress that nobody wants to hear of."""


@dataclass(frozen=True, slots=True)
class Case:
    """Links and stock, and how they are planned.

    Attributes
    ----------
    instance
        The problem; area codes that BY AREA links ask for are pools even when the stock has none of them.
    grouping
        Whether each group is served from one pool.
    effort
        How long to look for better plans of groups that stay together.
    options
        The options, for summaries.
    """

    instance: Instance
    grouping: Grouping
    effort: int
    options: dict[str, Any]

    def best(self) -> Solution:
        """The best plan of today, with its certificate."""
        return solve_optimal(self.instance.problem, self.grouping, self.effort)

    def flow(self, network: Network, assignment: Assignment) -> IntArray:
        """Links over each arc of a network in a assignment, shape (e,)."""
        over = arcs_used(self.instance.problem, network, assignment.number)
        return np.bincount(over[over >= 0], minlength=len(network)).astype(np.int64)

    def prices(self) -> PriceList:
        """Every area code at one price."""
        return every_area_code(self.instance.pools)


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
    fallback_km = check_km(fallback_km)
    progress("Reading the links")
    wanted = read_links(links, fallback_km=fallback_km)
    progress("Reading the stock")
    numbers = read_stock(stock)
    options: dict[str, Any] = {"fallback_km": fallback_km, "grouping": grouping}
    if grouping == "together":
        options["effort"] = effort
    instance = build_instance(wanted, numbers, asked=True)
    # Questions count links, whatever their priority.
    return Case(replace(instance, problem=replace(instance.problem, weight=None)), grouping, effort, options)


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
    inputs = inputs_of(case.instance.links, case.instance.stock)
    rejected = {"links": case.instance.links.rejected, "stock": case.instance.stock.rejected}
    return {
        "whatif": command,
        "engine": {"name": "allocator", "version": engine_version()},
        "data": data_version(),
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


def area_code_name(instance: Instance, pool: int) -> str:
    """The name of a pool's area code; empty where it has none."""
    return bundled_area_codes().name[pool] if pool < instance.pools.covered else ""


def area_code_text(instance: Instance, pool: int) -> str:
    """A pool's area code as text; with the IDD before it where that is not the United Kingdom's."""
    idd, code = int(instance.pools.idd[pool]), int(instance.pools.area_code[pool])
    return str(code) if idd == UK_IDD else f"{idd}-{code}"


def outcode_of_groups(allocation: Allocation | Instance) -> list[str]:
    """The outcode of each group."""
    codes: list[str] = bundled_outcodes().outcode.gather(allocation.problem.groups.code).to_list()
    return codes
