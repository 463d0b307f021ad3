"""The case that a question is about: links and stock as a planning problem, with the options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from allocator.notation import UK_IDD
from allocator.places import bundled_area_codes, data_version
from allocator.planning import Assignment, IntArray, Network, Solution, arcs_used
from allocator.plans import Instance, PlanOptions, build_instance, engine, inputs_of
from allocator.tables import Source, read_links, read_stock

Progress = Callable[[str], None]
"""Is called with the name of each step as it begins."""


@dataclass(frozen=True, slots=True)
class Case:
    """Links and stock, and the options they are planned with.

    Attributes
    ----------
    instance
        The problem. Area codes that BY AREA links ask for are pools even if the stock has none of their numbers.
    options
        The options.
    """

    instance: Instance
    options: PlanOptions

    @property
    def together(self) -> bool:
        """Whether one area code serves all links of an outcode."""
        return self.options.grouping == "together"

    @property
    def named(self) -> int:
        """Number of links that get the number they name; the problem leaves them out."""
        return len(self.instance.named.link)

    def plan(self) -> Solution:
        """Plan with the stock of today."""
        return self.options.solver()(self.instance.problem, self.options.grouping)

    def flow(self, network: Network, assignment: Assignment) -> IntArray:
        """Return the number of links over each arc of a network, int64, shape (arcs,)."""
        over = arcs_used(self.instance.problem, network, assignment.number)
        return np.bincount(over[over >= 0], minlength=len(network)).astype(np.int64)

    def heading(self, question: str, **options: Any) -> dict[str, Any]:
        """Return the beginning of a summary, see `heading`."""
        chosen = {"fallback_km": self.options.fallback_km, "grouping": self.options.grouping}
        effort = {"effort": self.options.effort} if self.together else {}
        return heading(self.instance, question, **chosen, **effort, **options)


def read_case(links: Source, stock: Source, options: PlanOptions, step: Progress) -> Case:
    """Read a case.

    Parameters
    ----------
    links, stock
        As in `allocator.plan`.
    options
        The options.
    step
        Is called with the name of each step as it begins.

    Raises
    ------
    TableError
        A table can't be read.
    """
    step("Reading the links")
    wanted = read_links(links, fallback_km=options.fallback_km)
    step("Reading the stock")
    instance = build_instance(wanted, read_stock(stock), asked=True)
    # Questions count links, whatever their priority.
    return Case(replace(instance, problem=replace(instance.problem, weight=None)), options)


def heading(instance: Instance, question: str, **options: Any) -> dict[str, Any]:
    """Return the beginning of a summary: question, versions, options and inputs.

    Parameters
    ----------
    instance
        The links and the stock.
    question
        The name of the question.
    options
        The options, in the order in which the summary has them.
    """
    links, stock = instance.links, instance.stock
    rejected = {"links": links.rejected.height, "stock": stock.rejected.height}
    return {
        "whatif": question,
        "engine": engine(),
        "data": data_version(),
        "options": options,
        "inputs": {name: {**read, "rejected": rejected[name]} for name, read in inputs_of(links, stock).items()},
    }


def area_code_name(instance: Instance, pool: int) -> str:
    """Return the name of a pool's area code; empty where it has none."""
    return bundled_area_codes().name[pool] if pool < instance.pools.covered else ""


def area_code_text(instance: Instance, pool: int) -> str:
    """Return a pool's area code as text, with the IDD before it for countries other than the United Kingdom."""
    idd, code = int(instance.pools.idd[pool]), int(instance.pools.area_code[pool])
    return str(code) if idd == UK_IDD else f"{idd}-{code}"
