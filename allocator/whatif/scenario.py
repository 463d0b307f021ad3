"""Scenarios: what a plan is made with, and how links and stock differ from what was read."""

from __future__ import annotations

import difflib
import hashlib
import itertools
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.errors import InputError
from allocator.notation import UK_IDD, Method, incode_text
from allocator.places import bundled_area_codes, bundled_outcodes, bundled_postcodes, postcodes_exist
from allocator.planning import EFFORT, Grouping, Objective, Strategy, solver
from allocator.plans import Plan, allocate, plan_from_allocation
from allocator.tables import Links, Source, Stock, read_links, read_stock, with_purchases

__all__ = ["Inputs", "Scenario", "ScenarioError", "digest_of", "read_inputs"]

_MOST = 1_000_000  # links that one entry of the growth may add
_SEARCHED = 5_000  # link ids that are looked through for one that may be meant


class ScenarioError(InputError):
    """A scenario that can't be read, or that does not fit the links and the stock.

    Parameters
    ----------
    message
        What is wrong, without a full stop.
    file
        The scenarios' file.
    scenario
        The name of the scenario, or its place where it has none.
    key
        The key at fault, with dots between nested ones.
    value
        The offending value.
    remedy
        What to do about it: a sentence with its full stop or question mark.

    Examples
    --------
    >>> print(ScenarioError("it is no distance", file="scenarios.toml", scenario="'north'", key="fallback_km",
    ...                     value="far", remedy="Give 0 or more kilometres."))
    scenarios.toml, scenario 'north', key fallback_km: 'far': it is no distance. Give 0 or more kilometres.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        scenario: str | None = None,
        key: str | None = None,
        value: object = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, file=file, value=value, remedy=remedy)
        self.scenario = scenario
        self.key = key

    def _place(self) -> list[str]:
        place = super()._place()
        if self.scenario is not None:
            place.append(f"scenario {self.scenario}")
        if self.key is not None:
            place.append(f"key {self.key}")
        return place


# --- links and stock, read once for all scenarios --------------------------------------------------------------------

# What a link without a fallback distance of its own is read with; nobody asks for the largest number there is.
_NO_OWN_KM = sys.float_info.max


@dataclass(frozen=True, slots=True)
class Inputs:
    """The links and the stock that all scenarios start from.

    Attributes
    ----------
    links
        As `allocator.tables.links.read_links` has them, but that `fallback_km` is null for links that give none of their own.
    stock
        The numbers.
    digest
        A sha256 of where both come from and what is in them.
    """

    links: Links
    stock: Stock
    digest: str


def read_inputs(links: Source, stock: Source) -> Inputs:
    """Read the links and the stock of all scenarios.

    Parameters
    ----------
    links, stock
        As in `allocator.plan`.

    Raises
    ------
    TableError
        A table can't be read, or its columns are wrong.

    Examples
    --------
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP"] * 2, "fallback_area_distance": ["7", ""]})
    >>> read_inputs(links, pl.DataFrame({"full_voxnumber": ["442079460000"]})).links.table["fallback_km"].to_list()
    [7.0, None]
    """
    wanted, numbers = read_links(links, fallback_km=_NO_OWN_KM), read_stock(stock)
    km = pl.col("fallback_km")
    own = wanted.table.with_columns(fallback_km=pl.when(km != _NO_OWN_KM).then(km))
    told = [wanted.source, wanted.digest, numbers.source, numbers.digest]
    return Inputs(replace(wanted, table=own), numbers, digest_of(told))


def digest_of(value: object) -> str:
    """The sha256 of a value that JSON knows, in the order in which it was made.

    >>> digest_of({"b": 1, "a": 2})[:8]
    '6f21dfd7'
    """
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()


# --- a scenario ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a plan is made with, and how links and stock differ from what was read.

    Attributes
    ----------
    name
        Also the name of its folder.
    fallback_km, grouping, strategy, objective, effort
        As in `allocator.plan`; the API's rule knows no objective.
    add, remove
        How many numbers, by area code (of the United Kingdom), in the order of the area codes.
    filters
        Which links take part: `only_outcodes`, `without_outcodes`, `only_area_codes`, `without_area_codes` (of the area
        code that covers the link's outcode), `only_link_ids`, `without_link_ids`, and what each names. A link that is
        not BY POSTCODE has no outcode and no covering area code.
    growth
        New links by outcode, in the order in which they come: a count, or a percentage ("10%") of the outcode's links
        that take part, rounded up.
    """

    name: str
    fallback_km: float = 0.0
    grouping: Grouping = "together"
    strategy: Strategy = "rule"
    objective: Objective = "total"
    effort: int = EFFORT
    add: tuple[tuple[int, int], ...] = ()
    remove: tuple[tuple[int, int], ...] = ()
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    growth: tuple[tuple[str, int | str], ...] = ()

    def options(self) -> dict[str, Any]:
        """The options of its plan, as a plan's summary tells them.

        >>> Scenario("wide", fallback_km=50.0).options()
        {'fallback_km': 50.0, 'grouping': 'together', 'strategy': 'rule'}
        """
        told: dict[str, Any] = {
            "fallback_km": self.fallback_km,
            "grouping": self.grouping,
            "strategy": self.strategy,
        }
        if self.strategy == "optimal":
            told["objective"] = self.objective
            if self.grouping == "together":
                told["effort"] = self.effort
        return told

    def changes(self) -> dict[str, Any]:
        """What differs from the links and the stock that were read, as the file tells it.

        >>> Scenario("more", add=((20, 50),)).changes()
        {'add': {'20': 50}}
        """
        told = {
            "add": {str(area_code): count for area_code, count in self.add},
            "remove": {str(area_code): count for area_code, count in self.remove},
            "links": {key: list(values) for key, values in self.filters},
            "growth": dict(self.growth),
        }
        return {key: value for key, value in told.items() if value}

    def check(self, inputs: Inputs, file: str | None = None) -> None:
        """Refuse what can't be done with these links and this stock.

        Parameters
        ----------
        inputs
            The links and the stock.
        file
            Where the scenario comes from, for the error.

        Raises
        ------
        ScenarioError
            More numbers are to be removed than are available, a link is named that is not there, or more links are to
            be added than can be.
        """
        try:
            self._removed(inputs.stock)
            self._named(inputs.links.table)
            if self.growth:
                _Growing(self._filtered(inputs.links.table)).counts(self)
        except ScenarioError as error:
            error.file = file
            raise

    def applied(self, inputs: Inputs) -> tuple[Links, Stock]:
        """The links and the stock of this scenario.

        Parameters
        ----------
        inputs
            The links and the stock that were read.

        Raises
        ------
        ScenarioError
            As `check`.

        Examples
        --------
        >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "M1 1AA"]})
        >>> inputs = read_inputs(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
        >>> wanted, _ = Scenario("more", growth=(("W11", 1),), filters=(("only_outcodes", ("W11",)),)).applied(inputs)
        >>> wanted.table.select("link_id", "postcode").rows()
        [('1', 'W11 3EP'), ('growth-W11-1', 'W11 3EP')]
        """
        table = self._filtered(inputs.links.table)
        if self.growth:
            table = pl.concat([table, _Growing(table).links(self, inputs.links.table)])
        table = table.with_columns(pl.col("fallback_km").fill_null(self.fallback_km))
        stock = inputs.stock
        if self.remove:
            stock = replace(stock, table=stock.table.filter(~self._removed(stock)))
        if self.add:
            stock = with_purchases(stock, {(UK_IDD, area_code): count for area_code, count in self.add})
        return replace(inputs.links, table=table), stock

    def plan(self, inputs: Inputs) -> Plan:
        """The plan of this scenario.

        Parameters
        ----------
        inputs
            The links and the stock that were read. The rows that its summary counts under `inputs` are theirs.

        Raises
        ------
        ScenarioError
            As `check`.
        """
        links, stock = self.applied(inputs)
        solve = solver(self.strategy, self.effort, self.objective)
        made = plan_from_allocation(allocate(links, stock, grouping=self.grouping, solve=solve), self.options())
        told = made.summary["inputs"]
        rows = {
            "links": len(inputs.links) + inputs.links.rejected.height,
            "stock": len(inputs.stock) + inputs.stock.rejected.height,
        }
        read = {name: told[name] | {"rows": count} for name, count in rows.items()}
        return replace(made, summary=made.summary | {"inputs": read})

    def _removed(self, stock: Stock) -> pl.Series:
        """Which rows of the stock this scenario takes away."""
        gone = np.zeros(len(stock), dtype=bool)
        if not self.remove:
            return pl.Series(gone)
        table = stock.table
        free = (table["link_id"].is_null() & (table["idd"] == UK_IDD)).fill_null(value=False)
        for area_code, count in self.remove:
            # The stock is sorted by number.
            row = np.flatnonzero((free & (table["area_code"] == area_code).fill_null(value=False)).to_numpy())
            if count > len(row):
                have = f"the stock has {len(row)} available" if len(row) else "the stock has none available"
                raise ScenarioError(
                    f"{count} are to be removed, and of area code {area_code} {have}",
                    scenario=repr(self.name),
                    key=f"remove.{area_code}",
                    remedy=f"Remove {len(row)} at most." if len(row) else "Leave it out.",
                )
            gone[row[len(row) - count :]] = True
        return pl.Series(gone)

    def _named(self, table: pl.DataFrame) -> None:
        """Refuse a filter that names a link which is not there."""
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
        """The links that take part."""
        if not self.filters:
            return table
        code = _outcode_rows(table)
        kept = np.ones(table.height, dtype=bool)
        for key, values in self.filters:
            how, _, what = key.partition("_")
            kept &= _matching(table, code, what, values) ^ (how == "without")
        return table.filter(pl.Series(kept))


def _outcode_rows(table: pl.DataFrame) -> NDArray[np.int64]:
    """Row of each link's outcode in the bundled outcodes, -1 for a link without one that is known."""
    rows: NDArray[np.int64] = table["outcode_code"].cast(pl.Int64).fill_null(-1).to_numpy()
    return rows


def _matching(table: pl.DataFrame, code: NDArray[np.int64], what: str, values: Sequence[str]) -> NDArray[np.bool_]:
    """Which links are of these outcodes, of outcodes that these area codes cover, or among these ids."""
    if what == "link_ids":
        found: NDArray[np.bool_] = table["link_id"].is_in(pl.Series(values, dtype=pl.String).implode()).to_numpy()
        return found
    outcodes, codes = bundled_outcodes(), bundled_area_codes()
    # One more entry at the end, which index -1 finds.
    wanted = np.zeros(len(outcodes) + 1, dtype=bool)
    if what == "outcodes":
        wanted[:-1] = outcodes.outcode.is_in(pl.Series(values, dtype=pl.String).implode()).to_numpy()
    else:
        covering = np.append(codes.area_code, -1)[outcodes.area_index]
        wanted[:-1] = np.isin(covering, [int(value) for value in values])
    return wanted[code]


class _Growing:
    """Links from which more come: each new link is like one of its outcode, in turn, but for its id."""

    def __init__(self, table: pl.DataFrame) -> None:
        self._table = table
        code = np.where((table["method"] == Method.BY_POSTCODE.code).to_numpy(), _outcode_rows(table), -1)
        self._order = np.argsort(code, kind="stable")
        self._code = code[self._order]

    def _rows(self, outcode: str) -> NDArray[np.int64]:
        """The links of an outcode, in document order."""
        row = _known_row(outcode)
        begin, end = np.searchsorted(self._code, [row, row + 1])
        return self._order[begin:end]

    def counts(self, scenario: Scenario) -> list[int]:
        """How many links each entry of the growth adds.

        Raises
        ------
        ScenarioError
            Too many.
        """
        counts = []
        for outcode, amount in scenario.growth:
            count = amount if isinstance(amount, int) else _share_of(amount, len(self._rows(outcode)))
            if count > _MOST:
                raise ScenarioError(
                    f"that is {count} more links",
                    scenario=repr(scenario.name),
                    key=f"growth.{outcode}",
                    value=amount,
                    remedy=f"Give growth of at most {_MOST} links.",
                )
            counts.append(count)
        return counts

    def links(self, scenario: Scenario, all_links: pl.DataFrame) -> pl.DataFrame:
        """The new links, none of which has an id that a link has which was read."""
        taken = all_links["link_id"]
        taken_ids = frozenset(taken.filter(taken.str.starts_with(_GROWTH)).to_list())
        parts = [
            self._grown(outcode, count, taken_ids)
            for (outcode, _), count in zip(scenario.growth, self.counts(scenario), strict=True)
        ]
        return pl.concat([self._table.clear(), *parts])

    def _grown(self, outcode: str, count: int, taken: frozenset[str]) -> pl.DataFrame:
        rows = self._rows(outcode)
        incode = self._table["incode_code"].gather(rows).to_numpy()
        models = self._table[rows[postcodes_exist(np.full(len(rows), _known_row(outcode)), incode)]]
        if models.is_empty():
            models = _first_postcode(outcode, self._table)
        ids = (f"{_GROWTH}{outcode}-{turn}" for turn in itertools.count(1))
        free = itertools.islice((link_id for link_id in ids if link_id not in taken), count)
        return models[np.arange(count) % models.height].with_columns(
            link_id=pl.Series(list(free), dtype=pl.String), row=pl.lit(None, dtype=pl.UInt32)
        )


_GROWTH = "growth-"
_PRIORITY = 1000  # of a link that tells none, in thousandths


def _known_row(outcode: str) -> int:
    """Row of an outcode, -1 for one that the data lacks."""
    row = bundled_outcodes().row(outcode)
    return -1 if row is None else row


def _share_of(percent: str, count: int) -> int:
    """So many per cent of a count, rounded up."""
    return math.ceil(Fraction(percent.rstrip("% ")) * count / 100)


def _first_postcode(outcode: str, like: pl.DataFrame) -> pl.DataFrame:
    """A link at the first unit postcode that exists of an outcode, as one row of a table of links."""
    row = _known_row(outcode)
    incode = int(np.flatnonzero(np.unpackbits(bundled_postcodes()[row], bitorder="little"))[0])
    told: dict[str, Any] = {
        "method": Method.BY_POSTCODE.code,
        "postcode": f"{outcode} {incode_text(incode)}",
        "outcode_code": row,
        "incode_code": incode,
    }
    if like["priority"].null_count() < like.height:
        told["priority"] = _PRIORITY
    flags = [name for name, dtype in like.schema.items() if dtype == pl.Boolean]
    return pl.DataFrame(told | dict.fromkeys(flags, False), schema_overrides=like.schema).select(
        pl.col(name) if name in told or name in flags else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in like.schema.items()
    )
