"""Links meet stock: the tables become a planning problem, are settled, and every link has a number or a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.notation import UK_IDD, Method, Reason
from allocator.places import (
    DistanceTable,
    bundled_area_codes,
    bundled_outcodes,
    country_code,
    default_distances,
    postcodes_exist,
)
from allocator.planning import (
    AreaRequests,
    Assignment,
    Candidates,
    FloatArray,
    Grouping,
    Groups,
    IntArray,
    Pools,
    Problem,
    Solution,
    Solver,
    Tier,
    frozen,
    solve_by_rule,
)
from allocator.tables import Links, Stock

# The countries in which BY AREA may fall back to the region (a state or a province).
REGION_COUNTRIES = frozenset({"us", "ca"})


@dataclass(frozen=True, slots=True)
class PoolNames:
    """Which area code each pool of a problem is.

    The first pools are the rows of the bundled area codes, in their order; area codes that have no coverage (non-
    geographic ones, other countries') follow by IDD and area code.

    Attributes
    ----------
    idd, area_code
        Of each pool, shape (pools,).
    covered
        How many pools are rows of the bundled area codes.
    """

    idd: IntArray
    area_code: IntArray
    covered: int

    def __len__(self) -> int:
        return len(self.idd)

    def rows(self) -> dict[tuple[int, int], int]:
        """Pool of each (IDD, area code)."""
        return {key: row for row, key in enumerate(zip(self.idd.tolist(), self.area_code.tolist(), strict=True))}


@dataclass(frozen=True, slots=True)
class Allocation:
    """Links and stock, and what became of each link.

    Attributes
    ----------
    links, stock
        The tables.
    problem
        What was planned.
    solution
        What the planner decided, and what is proven of it.
    pools
        The area code of each pool.
    number
        The number of each link, shape (links,); 0 where it got none.
    reason
        Shape (links,): 0 where a link got a number, else the `Reason.code`.
    """

    links: Links
    stock: Stock
    problem: Problem
    solution: Solution
    pools: PoolNames
    number: IntArray
    reason: NDArray[np.uint8]

    @property
    def assignment(self) -> Assignment:
        """What the planner decided."""
        return self.solution.assignment

    def links_with(self, reason: Reason) -> IntArray:
        """Places in the document of the links that go without for this reason."""
        return np.flatnonzero(self.reason == reason.code)


@dataclass(frozen=True, slots=True)
class Named:
    """BY VOXNUMBER links that get the number they name.

    Attributes
    ----------
    link
        Their places in the document, shape (n,).
    stock_row
        Rows of the numbers in the stock, shape (n,).
    """

    link: IntArray
    stock_row: IntArray


@dataclass(frozen=True, slots=True)
class Instance:
    """Links and stock, and the planning problem that they pose.

    Attributes
    ----------
    links, stock
        The tables.
    problem
        What is to be planned.
    pools
        The area code of each pool.
    named
        The links that get the number which they name, and these numbers: settled already.
    reason
        Of each link that is not planned at all, shape (links,): as in `Allocation`.
    """

    links: Links
    stock: Stock
    problem: Problem
    pools: PoolNames
    named: Named
    reason: NDArray[np.uint8]

    def allocation_by(self, solution: Solution) -> Allocation:
        """What becomes of each link by a solution of the problem."""
        numbers = self.stock.table["full_voxnumber"].to_numpy()
        number, reason = solution.assignment.number.copy(), self.reason.copy()
        number[self.named.link] = numbers[self.named.stock_row]
        _without(self.links, number, reason)
        return Allocation(self.links, self.stock, self.problem, solution, self.pools, frozen(number), frozen(reason))


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
        Whether the links of an outcode are served from one area code ("together") or may be spread ("split").
    distances
        Distances from outcodes to area codes; the bundled ones by default.
    solve
        The planner.
    keep
        An earlier plan's `link_id` and `full_voxnumber`: what links have, and would rather keep.

    Returns
    -------
    Allocation
        A number or a reason for each link.

    Notes
    -----
    O(links + stock). BY VOXNUMBER links are settled first, all others in document order; see `allocator.planning.rule`.
    """
    instance = build_instance(links, stock, distances=distances, keep=keep)
    return instance.allocation_by(solve(instance.problem, grouping))


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
        Whether area codes that BY AREA links ask for are pools even when the stock has no number of them.
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
        area_requests=_callers(links, stock, names, reason),
        weight=_weights(links),
        held=None if keep is None else _held(links, keep),
    )
    return Instance(links, stock, problem, names, named, frozen(reason))


def _faults(links: Links, stock: Stock) -> NDArray[np.uint8]:
    """Reasons that need no planning: the link has a number already, or its postcode leads nowhere."""
    table = links.table
    reason = np.zeros(table.height, dtype=np.uint8)
    taken = stock.attached["link_id"]
    if len(taken):
        reason[table["link_id"].is_in(taken.implode()).to_numpy()] = Reason.LINK_HAS_VOXNUMBER.code
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
    """The values of an unsigned column at some rows, none of which is null."""
    values: NDArray[np.uint16] = column.fill_null(0).to_numpy()
    return values if len(rows) == len(values) else values[rows]


def _by_voxnumber(links: Links, stock: Stock, reason: NDArray[np.uint8]) -> Named:
    """Settle the links that name their number; the first in the document has it."""
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
    """IDD and area code of what the BY AREA links ask for."""
    asking = links.table.filter((links.table["method"] == Method.BY_AREA.code) & pl.Series(reason == 0))
    return frozenset(asking.select("voxnumber_idd", "area_code").unique().iter_rows())


def _pools(stock: Stock, more: frozenset[tuple[int, int]]) -> tuple[PoolNames, IntArray]:
    """The pools of a stock and some more, and the pool of each of its numbers (-1 where its area code is not known)."""
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
    """How much each link counts; None where all count alike."""
    priority = links.table["priority"]
    if priority.null_count() == len(priority) or priority.n_unique() == 1:
        return None
    return frozen(priority.to_numpy())


def _held(links: Links, keep: pl.DataFrame) -> IntArray:
    """The number that each link has by an earlier plan; 0 for none."""
    earlier = keep.select("link_id", held=pl.col("full_voxnumber").cast(pl.Int64, strict=False).fill_null(0))
    joined = links.table.select("link_id").join(earlier, on="link_id", how="left", maintain_order="left")
    return frozen(joined["held"].fill_null(0).to_numpy())


def _groups(links: Links, reason: NDArray[np.uint8]) -> Groups:
    """The BY POSTCODE links that can be planned, by outcode."""
    table = links.table
    asked = (table["method"] == Method.BY_POSTCODE.code).to_numpy() & (reason == 0)
    everyone = bool(asked.all())
    position = np.flatnonzero(asked)
    each: FloatArray = table["fallback_km"].to_numpy()[position]
    alike = bool(len(each)) and bool((each == each[0]).all())
    radius_km = float(each[0]) if alike else each
    return Groups.of(_of_rows(table["outcode_code"], position), radius_km, None if everyone else position)


def _candidates(distances: DistanceTable, groups: Groups) -> Candidates:
    """The candidates of the groups' outcodes, as far as the bundled distances go or the widest radius if that is more."""
    start, area_index, km = distances.table(float(groups.radius_km.max(initial=0.0)), groups.code)
    return Candidates(start, area_index, km)


def _callers(links: Links, stock: Stock, names: PoolNames, reason: NDArray[np.uint8]) -> AreaRequests:
    """The BY AREA links, by what they ask for."""
    table = links.table
    position = np.flatnonzero((table["method"] == Method.BY_AREA.code).to_numpy() & (reason == 0))
    if not len(position):
        return AreaRequests.none()
    asked = table[position].select("voxnumber_idd", "area_code", "fallback_city", "fallback_region", "fallback_country")
    kinds = asked.unique().sort(asked.columns)
    kind = asked.join(kinds.with_row_index("kind"), on=asked.columns, how="left", maintain_order="left")["kind"]
    gazette = _PoolPlaces(stock, names)
    chains = [gazette.chain(*row) for row in kinds.iter_rows()]
    return AreaRequests(
        position=position,
        kind=kind.cast(pl.Int64).to_numpy(),
        chain=tuple(tuple(pool for pool, _ in chain) for chain in chains),
        tier=tuple(tuple(tier for _, tier in chain) for chain in chains),
    )


class _PoolPlaces:
    """City, region and country of the area codes that a stock has, for the fallbacks of BY AREA."""

    def __init__(self, stock: Stock, names: PoolNames) -> None:
        self._stock = stock
        self._row_of = names.rows()
        self._present = [
            (int(idd), int(area_code))
            for idd, area_code in stock.table.select("idd", "area_code")
            .drop_nulls()
            .unique()
            .sort("idd", "area_code")
            .iter_rows()
        ]
        self._explicit = {column: self._most_frequent(column) for column in ("city", "region", "country")}
        self._place: dict[tuple[int, int], tuple[str | None, str | None, str | None]] = {}

    def _most_frequent(self, column: str) -> dict[tuple[int, int], str]:
        """What most numbers of an area code say in a column; the smallest text where two are as frequent."""
        counted = (
            self._stock.table.lazy()
            .filter(pl.col(column).is_not_null() & pl.col("area_code").is_not_null())
            .group_by("idd", "area_code", column)
            .len()
            .collect()
        )
        votes: dict[tuple[int, int], Counter[str]] = {}
        for idd, area_code, text, count in counted.iter_rows():
            name = _country(text) if column == "country" else _folded(text)
            votes.setdefault((idd, area_code), Counter())[name] += count
        return {key: min(vote, key=lambda text: (-vote[text], text)) for key, vote in votes.items()}

    def place(self, key: tuple[int, int]) -> tuple[str | None, str | None, str | None]:
        """City, region and country of an area code: what the stock says, else what the numbering plan says."""
        if key not in self._place:
            from allocator.places import place_of_area_code

            derived = place_of_area_code(*key)
            city, region, country = (
                self._explicit[column].get(key) or _folded(getattr(derived, column) or "") or None
                for column in ("city", "region", "country")
            )
            self._place[key] = (city, region, country)
        return self._place[key]

    def chain(self, idd: int, area_code: int, city: bool, region: bool, country: bool) -> list[tuple[int, int]]:
        """The pools that a BY AREA link may be served from, in order, each with its tier."""
        asked = (idd, area_code)
        chain: list[tuple[int, int]] = [(self._row_of[asked], Tier.NONE)] if asked in self._row_of else []
        if not (city or region or country):
            return chain
        here = self.place(asked)
        in_region_country = here[2] in REGION_COUNTRIES
        levels: list[tuple[bool, int, Iterable[int]]] = [
            (city, Tier.CITY, (0,)),
            (region and in_region_country, Tier.REGION, (1, 2)),
            (country, Tier.COUNTRY, (2,)),
        ]
        seen = {asked}
        for wanted, tier, parts in levels:
            if not wanted or any(here[part] is None for part in parts):
                continue
            for key in self._present:
                if key not in seen and key[0] == idd and all(self.place(key)[part] == here[part] for part in parts):
                    seen.add(key)
                    chain.append((self._row_of[key], tier))
        return chain


def _folded(text: str) -> str:
    """A place name as it is compared: without regard to case and spacing."""
    return " ".join(text.split()).casefold()


def _country(text: str) -> str:
    """A country as it is compared: by its ISO code, where its name is known."""
    return _folded(country_code(text) or text)


def _without(links: Links, number: IntArray, reason: NDArray[np.uint8]) -> None:
    """Give the reason of those that the planner left without a number."""
    method = links.table["method"]
    for asked, why in (
        (Method.BY_POSTCODE, Reason.NO_STOCK_IN_REACH),
        (Method.BY_AREA, Reason.AREA_CODE_WITHOUT_STOCK),
    ):
        reason[(number == 0) & (reason == 0) & (method == asked.code).to_numpy()] = why.code
