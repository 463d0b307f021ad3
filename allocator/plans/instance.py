"""Turn links and stock into a planning problem, and its solution into a number or a reason for each link."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.notation import UK_IDD, Method, Reason
from allocator.places import (
    DistanceTable,
    bundled_area_codes,
    bundled_outcodes,
    default_distances,
    postcodes_exist,
)
from allocator.planning import (
    Candidates,
    FloatArray,
    Grouping,
    Groups,
    IntArray,
    Pools,
    Problem,
    Solution,
    Solver,
    frozen,
    solve_by_rule,
)
from allocator.plans.allocation import ALREADY, Allocation, PoolNames
from allocator.plans.area_requests import area_requests
from allocator.tables import Links, Stock


@dataclass(frozen=True, slots=True)
class Named:
    """BY VOXNUMBER links that get the number they name.

    Attributes
    ----------
    link
        Their places in the document, int64, shape (n,).
    stock_row
        Rows of the numbers in the stock, int64, shape (n,).
    """

    link: IntArray
    stock_row: IntArray


@dataclass(frozen=True, slots=True)
class Instance:
    """Links, stock and the planning problem that they make.

    Attributes
    ----------
    links, stock
        The tables.
    problem
        The problem to solve.
    pools
        The area code of each pool.
    named
        The links that get the number they name, and these numbers. The problem leaves them out.
    reason
        Why a link is not planned at all (`Reason.code`), shape (links,); 0 for the others.
    """

    links: Links
    stock: Stock
    problem: Problem
    pools: PoolNames
    named: Named
    reason: NDArray[np.uint8]

    def allocation(self, solution: Solution, grouping: Grouping) -> Allocation:
        """Return what a solution of the problem gives each link."""
        numbers = self.stock.table["full_voxnumber"].to_numpy()
        number, reason = solution.assignment.number.copy(), self.reason.copy()
        number[self.named.link] = numbers[self.named.stock_row]
        _without(self.links, number, reason)
        return Allocation(
            self.links,
            self.stock,
            self.problem,
            solution,
            self.pools,
            frozen(number),
            frozen(reason),
            together=grouping == "together",
        )


def allocate(
    links: Links,
    stock: Stock,
    *,
    grouping: Grouping = "together",
    distances: DistanceTable | None = None,
    solve: Solver = solve_by_rule,
    keep: pl.DataFrame | None = None,
) -> Allocation:
    """Decide which link gets which number.

    Parameters
    ----------
    links, stock
        The tables, as read.
    grouping
        "together": one area code serves all links of an outcode; "split": several may.
    distances
        Distances from outcodes to area codes; the bundled ones by default.
    solve
        The planner.
    keep
        `link_id` and `full_voxnumber` of an earlier plan: the numbers that links should keep.

    Returns
    -------
    Allocation
        A number or a reason for each link.

    Notes
    -----
    O(links + stock). BY VOXNUMBER links come first, all others in document order; see `allocator.planning.rule`.
    """
    instance = build_instance(links, stock, distances=distances, keep=keep)
    return instance.allocation(solve(instance.problem, grouping), grouping)


def build_instance(
    links: Links,
    stock: Stock,
    *,
    distances: DistanceTable | None = None,
    asked: bool = False,
    keep: pl.DataFrame | None = None,
) -> Instance:
    """Turn links and stock into a planning problem.

    Parameters
    ----------
    links, stock, distances, keep
        As in `allocate`.
    asked
        Make a pool of each area code that BY AREA links ask for, even if the stock has none of its numbers.
    """
    reason = _faults(links, stock)
    named = _by_voxnumber(links, stock, reason)
    names, pool_of = _pools(stock, _asked(links, reason) if asked else frozenset())
    usable = stock.table["link_id"].is_null().to_numpy() & (pool_of >= 0)
    usable[named.stock_row] = False
    numbers = stock.table["full_voxnumber"].to_numpy()
    problem = Problem(
        links=links.table.height,
        groups=(groups := _groups(links, reason)),
        candidates=_candidates(distances or default_distances(), groups),
        pools=Pools.of(pool_of[usable], numbers[usable], len(names)),
        area_requests=area_requests(links, stock, names, reason),
        weight=_weights(links),
        held=None if keep is None else _held(links, keep),
    )
    return Instance(links, stock, problem, names, named, frozen(reason))


def _faults(links: Links, stock: Stock) -> NDArray[np.uint8]:
    """Return the reasons that need no planning: the link has a number already, or its postcode is unusable."""
    table = links.table
    reason = np.zeros(table.height, dtype=np.uint8)
    taken = stock.attached["link_id"]
    if len(taken):
        reason[table["link_id"].is_in(taken.implode()).to_numpy()] = ALREADY
    asked = (table["method"] == Method.BY_POSTCODE.code).to_numpy() & (reason == 0)
    known = table["outcode_code"].is_not_null().to_numpy()
    reason[asked & ~known] = Reason.OUTCODE_UNKNOWN.code
    row = np.flatnonzero(asked & known)
    outcode = _of_rows(table["outcode_code"], row)
    exists = postcodes_exist(outcode, _of_rows(table["incode_code"], row))
    placed = bundled_outcodes().area_index >= 0
    reason[row[~placed[outcode]]] = Reason.OUTCODE_WITHOUT_POSITION.code
    reason[row[~exists]] = Reason.POSTCODE_UNKNOWN.code
    return reason


def _of_rows(column: pl.Series, rows: IntArray) -> NDArray[np.uint16]:
    """Return the values of an unsigned column at rows that are not null."""
    values: NDArray[np.uint16] = column.fill_null(0).to_numpy()
    return values if len(rows) == len(values) else values[rows]


def _by_voxnumber(links: Links, stock: Stock, reason: NDArray[np.uint8]) -> Named:
    """Find the links that get the number they name: the first in the document that names it."""
    table = links.table
    link = np.flatnonzero((table["method"] == Method.BY_VOXNUMBER.code).to_numpy() & (reason == 0))
    if not len(link):
        return Named(link, link)
    wanted = table["full_voxnumber"].gather(link).to_numpy()
    numbers = stock.table["full_voxnumber"].to_numpy()
    row = np.minimum(np.searchsorted(numbers, wanted), max(len(numbers) - 1, 0))
    found = numbers[row] == wanted if len(numbers) else np.zeros(len(link), dtype=bool)
    reason[link[~found]] = Reason.VOXNUMBER_NOT_IN_STOCK.code
    link, row = link[found], row[found]
    free = stock.table["link_id"].is_null().to_numpy()[row]
    reason[link[~free]] = Reason.VOXNUMBER_ASSIGNED.code
    link, row = link[free], row[free]
    first = pl.Series(row).is_first_distinct().to_numpy()
    reason[link[~first]] = Reason.VOXNUMBER_DUPLICATED.code
    return Named(link[first], row[first])


def _asked(links: Links, reason: NDArray[np.uint8]) -> frozenset[tuple[int, int]]:
    """Return each IDD and area code that BY AREA links ask for."""
    asking = links.table.filter((links.table["method"] == Method.BY_AREA.code) & pl.Series(reason == 0))
    return frozenset(asking.select("voxnumber_idd", "area_code").unique().iter_rows())


def _pools(stock: Stock, more: frozenset[tuple[int, int]]) -> tuple[PoolNames, IntArray]:
    """Return the pools of a stock with some more, and the pool of each of its numbers (-1 for an unknown area code)."""
    covered = bundled_area_codes().area_code.astype(np.int64)
    idd = stock.table["idd"].cast(pl.Int64).fill_null(-1).to_numpy()
    area_code = stock.table["area_code"].cast(pl.Int64).fill_null(-1).to_numpy()
    # The stock is sorted by number, so equal area codes come in runs: look at each run once.
    change = np.flatnonzero((np.diff(idd) != 0) | (np.diff(area_code) != 0)) + 1
    head = np.concatenate(([0], change)) if len(idd) else np.empty(0, dtype=np.int64)
    size = np.diff(np.append(head, len(idd)))
    uk = {code: row for row, code in enumerate(covered.tolist())}
    runs = list(zip(idd[head].tolist(), area_code[head].tolist(), strict=True))
    known = {key for key in runs if min(key) >= 0} | more
    others = sorted(key for key in known if not (key[0] == UK_IDD and key[1] in uk))
    row_of = {key: len(covered) + row for row, key in enumerate(others)} | {(UK_IDD, c): r for c, r in uk.items()}
    names = PoolNames(
        idd=frozen(np.array([UK_IDD] * len(covered) + [key[0] for key in others], dtype=np.int64)),
        area_code=frozen(np.concatenate((covered, np.array([key[1] for key in others], dtype=np.int64)))),
        covered=len(covered),
    )
    return names, np.repeat(np.array([row_of.get(key, -1) for key in runs], dtype=np.int64), size)


def _weights(links: Links) -> IntArray | None:
    """Return the weight of each link; None where all weigh the same."""
    priority = links.table["priority"]
    if priority.null_count() == len(priority) or priority.n_unique() == 1:
        return None
    return frozen(priority.to_numpy())


def _held(links: Links, keep: pl.DataFrame) -> IntArray:
    """Return the number that an earlier plan gives each link; 0 for none."""
    earlier = keep.select("link_id", held=pl.col("full_voxnumber").cast(pl.Int64, strict=False).fill_null(0))
    joined = links.table.select("link_id").join(earlier, on="link_id", how="left", maintain_order="left")
    return frozen(joined["held"].fill_null(0).to_numpy())


def _groups(links: Links, reason: NDArray[np.uint8]) -> Groups:
    """Group the BY POSTCODE links that can be planned by outcode."""
    table = links.table
    asked = (table["method"] == Method.BY_POSTCODE.code).to_numpy() & (reason == 0)
    whole = bool(asked.all())
    position = np.flatnonzero(asked)
    each: FloatArray = table["fallback_km"].to_numpy()[position]
    alike = bool(len(each)) and bool((each == each[0]).all())
    radius_km = float(each[0]) if alike else each
    return Groups.of(_of_rows(table["outcode_code"], position), radius_km, None if whole else position)


def _candidates(distances: DistanceTable, groups: Groups) -> Candidates:
    """Return the groups' candidates, as far as the bundled distances go, or the widest radius if that is farther."""
    start, area_index, km = distances.table(float(groups.radius_km.max(initial=0.0)), groups.code)
    return Candidates(start, area_index, km)


def _without(links: Links, number: IntArray, reason: NDArray[np.uint8]) -> None:
    """Enter the reason of each link that the planner gave no number."""
    method = links.table["method"]
    for asked, why in (
        (Method.BY_POSTCODE, Reason.NO_STOCK_IN_REACH),
        (Method.BY_AREA, Reason.AREA_CODE_WITHOUT_STOCK),
    ):
        reason[(number == 0) & (reason == 0) & (method == asked.code).to_numpy()] = why.code
