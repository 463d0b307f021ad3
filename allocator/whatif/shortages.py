"""What runs out first: how many more links each area code can take."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import numpy as np
import polars as pl

from allocator.errors import InputError, OptionError, PostcodeError, TableError
from allocator.notation import counted, parse_outcode
from allocator.places import bundled_area_codes, bundled_outcodes, suggest_outcode
from allocator.planning import Grouping, Groups, IntArray, Problem, Strategy
from allocator.plans import Instance, PlanOptions, silent
from allocator.tables import Source, TableSchema, read_table
from allocator.whatif.answer import Answer
from allocator.whatif.case import Progress, area_code_name, area_code_text, read_case

_GROWTH = TableSchema("growth", required=("outcode", "growth"))
_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?%")
_STEPS = 100


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Shortage(Answer):
    """Which area codes run out first when the number of links grows.

    Attributes
    ----------
    table
        One row for each area code whose outcodes grow, the one that runs out first at the top: `area_code`, `name`,
        `links` (today, in the outcodes it covers), `without` (the number of these that have no number today), `growth`
        (links to come), `borne` (links that had come when the first of them left a link without a number),
        `borne_percent`.
    summary
        What `summary.json` says.
    """

    table: pl.DataFrame

    _tables: ClassVar[dict[str, str]] = {"shortage": "table"}

    @property
    def ok(self) -> bool:
        """Whether every area code can take all the links to come."""
        return (self.table["borne"] == self.table["growth"]).all()

    def _figures(self) -> str:
        short = int((self.table["borne"] < self.table["growth"]).sum())
        growth = counted(self.summary["growth"], "more link")
        return f"{short} of {counted(self.table.height, 'area code')} can't take its part of {growth}"


def shortage(
    links: Source,
    stock: Source,
    growth: Source | Mapping[str, str | int] | str,
    *,
    fallback_km: float = 0.0,
    grouping: Grouping = "together",
    strategy: Strategy = "rule",
    effort: int = 0,
    progress: Progress | None = None,
) -> Shortage:
    """Find which area codes run out first, and how many more links each can take.

    Parameters
    ----------
    links, stock
        As in `allocator.plan`.
    growth
        The links to come: a percentage for all outcodes ("10%"); or by outcode, as a mapping or as a table with the
        columns `outcode` and `growth`, each a percentage of the outcode's links or a number of links.
    fallback_km, grouping, strategy, effort
        As in `allocator.plan`.
    progress
        Is called with the name of each step as it begins.

    Returns
    -------
    Shortage
        The area codes, the one that runs out first at the top.

    Raises
    ------
    TableError
        A table can't be read, or a row of the growth is wrong.
    OptionError
        An option is outside its range, or an entry of the growth is wrong.

    Notes
    -----
    The links come in a hundred steps, in all outcodes at once, after the links of today in the document. Each step is
    planned from the start. What an area code can take is what had come in its outcodes before the first step at which
    more of their links have no number than today.

    Examples
    --------
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "W11 4FQ"]})
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001", "442079460002"]})
    >>> found = shortage(links, stock, {"W11": 4})
    >>> found
    <Shortage: 1 of 1 area code can't take its part of 4 more links>
    >>> found.table.select("area_code", "links", "growth", "borne").rows()
    [('20', 2, 4, 1)]
    """
    options = PlanOptions(fallback_km, grouping, strategy, effort=effort)
    step = progress or silent
    case = read_case(links, stock, options, step)
    instance, solve = case.instance, options.solver()
    more = _growth_of(growth, instance)
    owner = bundled_outcodes().area_index
    codes = len(bundled_area_codes().area_code)

    def by_area_code(count: IntArray) -> IntArray:
        """Add up what each outcode has by the area code that covers it."""
        return np.bincount(owner[np.flatnonzero(count)], weights=count[count > 0], minlength=codes).astype(np.int64)

    now = without = came = np.zeros(codes, dtype=np.int64)
    borne = np.full(codes, -1, dtype=np.int64)
    for percent in range(_STEPS + 1):
        step(f"Growing, {percent} of {_STEPS} percent of it")
        count = more * percent // _STEPS
        problem = _grown(instance, count, options.fallback_km)
        assignment = solve(problem, grouping).assignment
        groups = problem.groups
        area = owner[groups.code]
        group = np.repeat(area, np.diff(groups.start))
        missing = np.bincount(group[assignment.number[groups.members] == 0], minlength=codes)
        if percent == 0:
            without = missing
            now = np.bincount(area, weights=np.diff(groups.start), minlength=codes).astype(np.int64)
        worse = (missing > without) & (borne < 0)
        borne[worse] = came[worse]
        came = by_area_code(count)
    total = by_area_code(more)
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
    summary = case.heading("shortage", strategy=strategy, steps=_STEPS) | {"growth": int(total.sum())}
    return Shortage(summary, table)


def _grown(instance: Instance, count: IntArray, fallback_km: float) -> Problem:
    """Return the problem with more links after those of today; `count` has those of each bundled outcode."""
    problem = instance.problem
    old = problem.groups
    code = np.empty(problem.links, dtype=np.uint16)
    radius_km = np.empty(problem.links)
    planned = np.zeros(problem.links, dtype=np.bool_)
    each = np.diff(old.start)
    code[old.members], radius_km[old.members] = np.repeat(old.code, each), np.repeat(old.radius_km, each)
    planned[old.members] = True
    rows = np.flatnonzero(planned)
    where = np.flatnonzero(count)
    new = int(count.sum())
    # A new link has the fallback distance that the others in its outcode have.
    limit = np.full(len(count), fallback_km)
    limit[old.code] = old.radius_km
    groups = Groups.of(
        np.concatenate((code[rows], np.repeat(where, count[where]).astype(np.uint16))),
        np.concatenate((radius_km[rows], np.repeat(limit[where], count[where]))),
        np.concatenate((rows, problem.links + np.arange(new))),
    )
    return replace(problem, links=problem.links + new, groups=groups)


def _growth_of(growth: Source | Mapping[str, str | int] | str, instance: Instance) -> IntArray:
    """Return the number of links to come in each bundled outcode, shape (outcodes,)."""
    outcodes = bundled_outcodes()
    groups = instance.problem.groups
    now = np.zeros(len(outcodes.outcode), dtype=np.int64)
    now[groups.code] = np.diff(groups.start)
    if isinstance(growth, str) and _PERCENT.fullmatch(growth.strip()):
        return _links_of(growth, now)
    if isinstance(growth, str) and growth.strip().endswith("%"):
        raise OptionError("the growth is no percentage", value=growth, remedy="Write 10%, or name a file.")
    more = np.zeros_like(now)
    for outcode, text, fault in _entries(growth):
        try:
            row = outcodes.row(parse_outcode(outcode))
        except PostcodeError as error:
            raise fault("outcode", outcode, error.problem, suggest_outcode(outcode) or error.remedy) from None
        if row is None or outcodes.area_index[row] < 0:
            question = suggest_outcode(outcode) if row is None else None
            raise fault("outcode", outcode, "there is no such outcode, or it has no position", question)
        if not (_PERCENT.fullmatch(text) or (text.isascii() and text.isdigit())):
            raise fault("growth", text, "it is neither a percentage nor a number of links", None)
        more[row] += _links_of(text, now[row : row + 1])[0]
    return more


def _links_of(text: str, links: IntArray) -> IntArray:
    """Return a percentage of some numbers of links, rounded up; or the number that the text says for each."""
    match = _PERCENT.fullmatch(text.strip())
    if match is None:
        return np.full(len(links), int(text), dtype=np.int64)
    whole, _, decimals = match[1].partition(".")
    scale = 100 * 10 ** len(decimals)
    more: IntArray = -(-links * int(whole + decimals) // scale)
    return more


_Fault = Callable[[str, str, str, str | None], InputError]
"""Makes the error of an entry from its column, value, problem and remedy."""
_REMEDY = {"outcode": "Write an outcode such as M1.", "growth": "Write 10% or 25."}


def _entries(growth: Source | Mapping[str, str | int]) -> Iterator[tuple[str, str, _Fault]]:
    """Yield outcode and growth of each entry, and how to make its error."""
    if isinstance(growth, Mapping):
        for outcode, amount in growth.items():
            yield outcode, str(amount), _mapping_fault
        return
    table = read_table(growth, _GROWTH)
    columns = (table.cells["row"], table.column("outcode"), table.column("growth"))
    for row, cell, amount in zip(*(column.to_list() for column in columns), strict=True):
        yield cell or "", amount or "", partial(_table_fault, table.name, row)


def _mapping_fault(column: str, value: str, problem: str, remedy: str | None) -> InputError:
    return OptionError(f"growth: {problem}", value=value, remedy=remedy or _REMEDY[column])


def _table_fault(file: str, row: int, column: str, value: str, problem: str, remedy: str | None) -> InputError:
    remedy = remedy or _REMEDY[column]
    return TableError(problem, file=file, row=row, column=column, value=value, remedy=remedy)
