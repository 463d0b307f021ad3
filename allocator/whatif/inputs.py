"""The links and the stock of a sweep, read once for all scenarios."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass, replace

import polars as pl

from allocator.tables import Links, Source, Stock, read_links, read_stock

# Marks a link without a fallback distance of its own; nobody asks for the largest number there is.
_NO_OWN_KM = sys.float_info.max


@dataclass(frozen=True, slots=True)
class Inputs:
    """The links and the stock that all scenarios start from.

    Attributes
    ----------
    links
        The links, as `allocator.tables.read_links` returns them; but `fallback_km` is null for links that give none of
        their own.
    stock
        The numbers.
    digest
        A sha256 of their sources and their content.
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
    digest = digest_of([wanted.source, wanted.digest, numbers.source, numbers.digest])
    return Inputs(replace(wanted, table=own), numbers, digest)


def digest_of(value: object) -> str:
    """Return the sha256 of a value as JSON; the order of its keys counts.

    >>> digest_of({"b": 1, "a": 2})[:8]
    '6f21dfd7'
    """
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()
