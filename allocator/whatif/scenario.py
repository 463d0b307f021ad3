"""A scenario: how a plan is made, and how its links and stock differ from those that were read."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.notation import UK_IDD
from allocator.places import bundled_area_codes, bundled_outcodes
from allocator.plans import Plan, PlanOptions, allocate, inputs_of, plan_from_allocation
from allocator.tables import Links, Stock, with_purchases
from allocator.whatif.inputs import Inputs
from allocator.whatif.scenario_error import ScenarioError
from allocator.whatif.scenario_growth import Amount, Growing, outcode_rows

_SEARCHED = 5_000  # link ids to search for the one that was misspelt


@dataclass(frozen=True, slots=True)
class Scenario:
    """How a plan is made, and how its links and stock differ from those that were read.

    Attributes
    ----------
    name
        The name, which is also the name of its folder.
    options
        The options of its plan.
    add, remove
        Numbers to add and to remove, by area code (of the United Kingdom), in the order of the area codes.
    filters
        Which links take part: `only_outcodes`, `without_outcodes`, `only_area_codes`, `without_area_codes` (of the area
        code that covers the link's outcode), `only_link_ids`, `without_link_ids`, and what each names. Only a BY
        POSTCODE link has an outcode and a covering area code.
    growth
        Links to add by outcode, in the order in which they come: a count, or a percentage ("10%") of the outcode's
        links that take part, rounded up.
    """

    name: str
    options: PlanOptions = field(default_factory=PlanOptions)
    add: tuple[tuple[int, int], ...] = ()
    remove: tuple[tuple[int, int], ...] = ()
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    growth: tuple[tuple[str, Amount], ...] = ()

    def changes(self) -> dict[str, Any]:
        """Return what differs from the links and the stock that were read, as the file of the scenarios says it.

        >>> Scenario("more", add=((20, 50),)).changes()
        {'add': {'20': 50}}
        """
        changes = {
            "add": {str(area_code): count for area_code, count in self.add},
            "remove": {str(area_code): count for area_code, count in self.remove},
            "links": {key: list(values) for key, values in self.filters},
            "growth": dict(self.growth),
        }
        return {key: value for key, value in changes.items() if value}

    def check(self, inputs: Inputs, file: str | None = None) -> None:
        """Refuse what can't be done with these links and this stock.

        Parameters
        ----------
        inputs
            The links and the stock.
        file
            The file of the scenario, for the error.

        Raises
        ------
        ScenarioError
            More numbers are to be removed than are available, the links have no link that is named, or too many links
            are to be added.
        """
        try:
            self._removed(inputs.stock)
            self._check_ids(inputs.links.table)
            if self.growth:
                Growing(self._filtered(inputs.links.table), self.growth, self.name).counts()
        except ScenarioError as error:
            error.file = file
            raise

    def applied(self, inputs: Inputs) -> tuple[Links, Stock]:
        """Return the links and the stock of this scenario.

        Parameters
        ----------
        inputs
            The links and the stock that were read.

        Raises
        ------
        ScenarioError
            As in `check`.

        Examples
        --------
        >>> from allocator.whatif.inputs import read_inputs
        >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "M1 1AA"]})
        >>> inputs = read_inputs(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
        >>> wanted, _ = Scenario("more", growth=(("W11", 1),), filters=(("only_outcodes", ("W11",)),)).applied(inputs)
        >>> wanted.table.select("link_id", "postcode").rows()
        [('1', 'W11 3EP'), ('growth-W11-1', 'W11 3EP')]
        """
        table = self._filtered(inputs.links.table)
        if self.growth:
            table = Growing(table, self.growth, self.name).grown(inputs.links.table["link_id"])
        table = table.with_columns(pl.col("fallback_km").fill_null(self.options.fallback_km))
        stock = inputs.stock
        if self.remove:
            stock = replace(stock, table=stock.table.filter(~self._removed(stock)))
        if self.add:
            stock = with_purchases(stock, {(UK_IDD, area_code): count for area_code, count in self.add})
        return replace(inputs.links, table=table), stock

    def plan(self, inputs: Inputs) -> Plan:
        """Make the plan of this scenario.

        Parameters
        ----------
        inputs
            The links and the stock that were read. The summary of the plan counts their rows under `inputs`.

        Raises
        ------
        ScenarioError
            As in `check`.
        """
        allocation = allocate(*self.applied(inputs), grouping=self.options.grouping, solve=self.options.solver())
        made = plan_from_allocation(allocation, self.options.summary())
        return replace(made, summary={**made.summary, "inputs": inputs_of(inputs.links, inputs.stock)})

    def _removed(self, stock: Stock) -> pl.Series:
        """Return which rows of the stock this scenario removes."""
        gone = np.zeros(len(stock), dtype=bool)
        if not self.remove:
            return pl.Series(gone)
        table = stock.table
        free = (table["link_id"].is_null() & (table["idd"] == UK_IDD)).fill_null(value=False)
        for area_code, count in self.remove:
            # The stock is sorted by number.
            row = np.flatnonzero((free & (table["area_code"] == area_code).fill_null(value=False)).to_numpy())
            if count > len(row):
                raise ScenarioError(
                    f"{count} are to be removed, but the stock has {len(row) or 'none'} available in area code "
                    f"{area_code}",
                    scenario=repr(self.name),
                    key=f"remove.{area_code}",
                    remedy=f"Remove {len(row)} at most." if len(row) else "Leave it out.",
                )
            gone[row[len(row) - count :]] = True
        return pl.Series(gone)

    def _check_ids(self, table: pl.DataFrame) -> None:
        """Refuse a filter with a link_id that the links do not have."""
        for key, values in self.filters:
            if not key.endswith("link_ids"):
                continue
            unknown = pl.Series(values, dtype=pl.String).is_in(table["link_id"].implode()).not_()
            if unknown.any():
                value = values[int(unknown.arg_true()[0])]
                alike = difflib.get_close_matches(value, table["link_id"].head(_SEARCHED).to_list(), n=1)
                raise ScenarioError(
                    "the links have no such link_id",
                    scenario=repr(self.name),
                    key=f"links.{key}",
                    value=value,
                    remedy=f"Did you mean {alike[0]!r}?" if alike else "Name links that are in the table.",
                )

    def _filtered(self, table: pl.DataFrame) -> pl.DataFrame:
        """Return the links that take part."""
        if not self.filters:
            return table
        code = outcode_rows(table)
        kept = np.ones(table.height, dtype=bool)
        for key, values in self.filters:
            how, _, what = key.partition("_")
            kept &= _matching(table, code, what, values) ^ (how == "without")
        return table.filter(pl.Series(kept))


def _matching(table: pl.DataFrame, code: NDArray[np.int64], what: str, values: Sequence[str]) -> NDArray[np.bool_]:
    """Return which links match a filter.

    Parameters
    ----------
    table
        The links.
    code
        The row of each link's outcode, shape (links,), see `outcode_rows`.
    what
        What the values are: "outcodes", "area_codes" (that cover the link's outcode) or "link_ids".
    values
        The values.
    """
    if what == "link_ids":
        found: NDArray[np.bool_] = table["link_id"].is_in(pl.Series(values, dtype=pl.String).implode()).to_numpy()
        return found
    outcodes, codes = bundled_outcodes(), bundled_area_codes()
    # One more entry at the end: index -1 finds it.
    wanted = np.zeros(len(outcodes) + 1, dtype=bool)
    if what == "outcodes":
        wanted[:-1] = outcodes.outcode.is_in(pl.Series(values, dtype=pl.String).implode()).to_numpy()
    else:
        covering = np.append(codes.area_code, -1)[outcodes.area_index]
        wanted[:-1] = np.isin(covering, [int(value) for value in values])
    return wanted[code]
