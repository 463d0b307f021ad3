"""The BY AREA links, and the area codes that they may fall back to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.notation import UK_IDD, Method
from allocator.places import country_code, place_of_area_code
from allocator.planning import AreaRequests, Tier
from allocator.plans.allocation import PoolNames
from allocator.tables import Links, Stock

# Countries in which BY AREA may fall back to the region (a state or a province).
_REGION_COUNTRIES = frozenset({"us", "ca"})
_UNITED_KINGDOM = "gb"


def area_requests(links: Links, stock: Stock, names: PoolNames, reason: NDArray[np.uint8]) -> AreaRequests:
    """Group the BY AREA links by what they ask for.

    Parameters
    ----------
    links, stock
        The tables.
    names
        The area code of each pool.
    reason
        Why a link is not planned at all (`Reason.code`), shape (links,); 0 for the others.
    """
    table = links.table
    position = np.flatnonzero((table["method"] == Method.BY_AREA.code).to_numpy() & (reason == 0))
    if not len(position):
        return AreaRequests.none()
    asked = table[position].select("voxnumber_idd", "area_code", "fallback_city", "fallback_region", "fallback_country")
    kinds = asked.unique().sort(asked.columns)
    kind = asked.join(kinds.with_row_index("kind"), on=asked.columns, how="left", maintain_order="left")["kind"]
    places = _PoolPlaces(stock, names)
    chains = [places.chain(*row) for row in kinds.iter_rows()]
    return AreaRequests(
        position=position,
        kind=kind.cast(pl.Int64).to_numpy(),
        chain=tuple(tuple(pool for pool, _ in chain) for chain in chains),
        tier=tuple(tuple(tier for _, tier in chain) for chain in chains),
    )


class _PoolPlaces:
    """City, region and country of the area codes in a stock, for the fallbacks of BY AREA."""

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
        """Return the most frequent text of each area code in a column; of two as frequent the smaller."""
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
        """Return city, region and country of an area code, by the stock, else by the numbering plan."""
        if key not in self._place:
            derived = place_of_area_code(*key)
            city, region, country = (
                self._explicit[column].get(key) or _folded(getattr(derived, column) or "") or None
                for column in ("city", "region", "country")
            )
            # The IDD defines the country, as the API's page says: 44 is one, with the Crown dependencies.
            self._place[key] = (city, region, _UNITED_KINGDOM if key[0] == UK_IDD else country)
        return self._place[key]

    def chain(self, idd: int, area_code: int, city: bool, region: bool, country: bool) -> list[tuple[int, int]]:
        """Return the pools that may serve a BY AREA link, in order, each with its tier."""
        asked = (idd, area_code)
        chain: list[tuple[int, int]] = [(self._row_of[asked], Tier.NONE)] if asked in self._row_of else []
        if not (city or region or country):
            return chain
        here = self.place(asked)
        in_region_country = here[2] in _REGION_COUNTRIES
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
    """Return a place name for comparison, without regard to case and spacing."""
    return " ".join(text.split()).casefold()


def _country(text: str) -> str:
    """Return a country for comparison: its ISO code, where its name is known."""
    return _folded(country_code(text) or text)
