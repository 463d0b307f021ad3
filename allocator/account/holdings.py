"""What an account holds: its numbers, its links, and which link has which number."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.tables import Stock

_Mask = NDArray[np.bool_]


class Holdings:
    """The numbers and links of an account, in memory.

    Parameters
    ----------
    stock
        The numbers, with the links that have some.
    link_ids
        The links. Without them any link_id exists.

    Examples
    --------
    >>> from allocator.tables import read_stock
    >>> holdings = Holdings(read_stock(pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001"]})))
    >>> holdings.attach(["333"], [442079460001])
    >>> holdings.voxnumbers_table().rows()
    [('442079460000', '20', None), ('442079460001', '20', '333')]
    """

    def __init__(self, stock: Stock, link_ids: pl.Series | None = None) -> None:
        self._stock = stock
        self._numbers: NDArray[np.int64] = stock.table["full_voxnumber"].to_numpy()
        self._holder: list[str | None] = stock.table["link_id"].to_list()
        self._free = stock.table["link_id"].is_null().to_numpy().copy()
        self._number_of: dict[str, int] = dict(stock.attached.select("link_id", "full_voxnumber").iter_rows())
        self._link_ids = None if link_ids is None else dict.fromkeys(chain(link_ids, self._number_of))

    def exist(self, link_ids: pl.Series) -> _Mask:
        """Whether the account has these links."""
        if self._link_ids is None:
            return np.ones(len(link_ids), dtype=np.bool_)
        return np.fromiter((one in self._link_ids for one in link_ids), dtype=np.bool_, count=len(link_ids))

    def attached(self, link_ids: pl.Series) -> _Mask:
        """Whether these links have a number."""
        return np.fromiter((one in self._number_of for one in link_ids), dtype=np.bool_, count=len(link_ids))

    def available(self, full_voxnumbers: NDArray[np.int64]) -> _Mask:
        """Whether the account has these numbers and no link has them."""
        row, found = self._rows(full_voxnumbers)
        return found & self._free[row] if len(self._free) else found

    def _rows(self, full_voxnumbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], _Mask]:
        """Row of each number in the stock, and whether it is there."""
        if not len(self._numbers):
            return np.zeros(len(full_voxnumbers), dtype=np.int64), np.zeros(len(full_voxnumbers), dtype=np.bool_)
        row = np.minimum(np.searchsorted(self._numbers, full_voxnumbers), len(self._numbers) - 1)
        return row, self._numbers[row] == full_voxnumbers

    def attach(self, link_ids: Sequence[str], full_voxnumbers: Sequence[int]) -> None:
        """Attach numbers, which are available, to links, which have none.

        Parameters
        ----------
        link_ids
            The links.
        full_voxnumbers
            The number of each.
        """
        row, _ = self._rows(np.array(full_voxnumbers, dtype=np.int64))
        self._free[row] = False
        for place, link_id, number in zip(row.tolist(), link_ids, full_voxnumbers, strict=True):
            self._holder[place] = link_id
            self._number_of[link_id] = number
        if self._link_ids is not None:
            self._link_ids.update(dict.fromkeys(link_ids))

    @property
    def stock(self) -> Stock:
        """The current stock for an allocation; taken numbers have the link_id "", as who has them does not matter."""
        held = pl.Series(["", None], dtype=pl.String).gather(self._free.astype(np.uint32))
        return Stock(
            table=self._stock.table.with_columns(held.alias("link_id")),
            attached=self._stock.attached.clear(),
            rejected=self._stock.rejected.clear(),
            source=self._stock.source,
            digest=self._stock.digest,
        )

    def links_table(self) -> pl.DataFrame:
        """The links: `link_id` and `full_voxnumber` (digits; null for a link without a number), by link_id."""
        link_ids = sorted(self._number_of if self._link_ids is None else self._link_ids)
        numbers = [self._number_of.get(link_id) for link_id in link_ids]
        table = {"link_id": pl.Series(link_ids, dtype=pl.String), "full_voxnumber": pl.Series(numbers, dtype=pl.Int64)}
        return pl.DataFrame(table).with_columns(pl.col("full_voxnumber").cast(pl.String))

    def voxnumbers_table(self) -> pl.DataFrame:
        """The numbers: `full_voxnumber`, `area_code`, `link_id` (null for a free number), by number."""
        table = self._stock.table.select(pl.col("full_voxnumber", "area_code").cast(pl.String))
        return table.with_columns(link_id=pl.Series(self._holder, dtype=pl.String))

    def __str__(self) -> str:
        links = "any" if self._link_ids is None else f"{len(self._link_ids):,}"
        return f"{np.count_nonzero(self._free):,} of {len(self._free):,} numbers free; links: {links}"
