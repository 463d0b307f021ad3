"""What numbers cost: a price list by area code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import numpy as np

from allocator.errors import NumberError, TableError
from allocator.notation import UK_IDD, parse_area_code
from allocator.planning import Market
from allocator.plans import PoolNames
from allocator.tables import Source, TableSchema, read_table

__all__ = ["PriceList", "read_prices"]

_HEADER = TableSchema(
    "prices",
    required=("area_code", "price"),
    optional=("available", "voxnumber_idd"),
    digits=frozenset({"area_code", "available", "voxnumber_idd"}),
)
_DECIMALS = 4
_MOST = 10**6


@dataclass(frozen=True, slots=True)
class PriceList:
    """What is for sale.

    Attributes
    ----------
    price
        Of a number, by IDD and area code, in units of 1 / `scale`.
    available
        How many numbers there are, by IDD and area code, where that is known.
    scale
        Units to one of the list's own.
    source
        Where it comes from.
    """

    price: dict[tuple[int, int], int]
    available: dict[tuple[int, int], int]
    scale: int
    source: str

    def market(self, names: PoolNames, links: int) -> Market:
        """The list as a market of pools, in which nobody buys more numbers than there are links.

        Parameters
        ----------
        names
            The area code of each pool.
        links
            How many links there are.
        """
        keys = list(zip(names.idd.tolist(), names.area_code.tolist(), strict=True))
        return Market(
            price=np.array([self.price.get(key, 0) for key in keys], dtype=np.int64),
            available=np.array(
                [min(self.available.get(key, links), links) if key in self.price else 0 for key in keys], dtype=np.int64
            ),
        )

    def amount(self, units: int) -> Decimal:
        """An amount of units in the list's own."""
        return Decimal(units) / self.scale


def every_area_code(names: PoolNames) -> PriceList:
    """All area codes that there are, at a price of one: the cheapest numbers are the fewest."""
    keys = zip(names.idd.tolist(), names.area_code.tolist(), strict=True)
    return PriceList(dict.fromkeys(keys, 1), {}, 1, "one price for all")


def read_prices(source: Source) -> PriceList:
    """Read a price list.

    Parameters
    ----------
    source
        Columns `area_code` and `price` (not negative, up to four decimals), and where known `available` (how many there
        are) and `voxnumber_idd` (44 if not told). Area codes that are not listed are not for sale.

    Raises
    ------
    TableError
        The source can't be read, or one of its rows is wrong.

    Examples
    --------
    >>> import polars as pl
    >>> prices = read_prices(pl.DataFrame({"area_code": ["020", "161"], "price": ["2.50", "1"]}))
    >>> prices.price, prices.scale
    ({(44, 20): 25000, (44, 161): 10000}, 10000)
    """
    table = read_table(source, _HEADER)
    if table.rejected.height:
        row = table.rejected.row(0, named=True)
        raise TableError(
            row["message"].rstrip("."), file=table.name, row=row["row"], column=row["column"], value=row["value"] or ""
        )
    price: dict[tuple[int, int], int] = {}
    available: dict[tuple[int, int], int] = {}
    columns = ("area_code", "price", "available", "voxnumber_idd")
    cells: Iterable[tuple[str | None, ...]] = zip(*(table.column(name).to_list() for name in columns), strict=True)
    for row, values in zip(table.cells["row"].to_list(), cells, strict=True):
        told = dict(zip(columns, values, strict=True))
        fault = _Row(table.name, row, told)
        key = (fault.whole("voxnumber_idd", UK_IDD), fault.area_code())
        if key in price:
            raise fault.error("area_code", "it has a price already", "Leave one of the two rows.")
        price[key] = fault.price()
        if told["available"] is not None:
            available[key] = fault.whole("available", 0)
    return PriceList(price, available, 10**_DECIMALS, table.name)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the list while it is read."""

    file: str
    row: int
    told: dict[str, str | None]

    def error(self, column: str, problem: str, remedy: str) -> TableError:
        return TableError(
            problem, file=self.file, row=self.row, column=column, value=self.told[column] or "", remedy=remedy
        )

    def area_code(self) -> int:
        try:
            return parse_area_code(self.told["area_code"] or "")
        except NumberError as error:
            raise self.error("area_code", error.problem, error.remedy or "") from None

    def whole(self, column: str, absent: int) -> int:
        text = self.told[column]
        if text is None:
            return absent
        if not (text.isascii() and text.isdigit()):
            raise self.error(column, "it is no whole number", "Write digits alone.")
        return int(text)

    def price(self) -> int:
        try:
            amount = Decimal(self.told["price"] or "")
        except InvalidOperation:
            raise self.error("price", "it is no number", "Write a price as 2.50, without a currency.") from None
        units = amount * 10**_DECIMALS
        if not amount.is_finite() or amount < 0 or amount > _MOST or units != units.to_integral_value():
            raise self.error(
                "price", "it is no price", f"Write 0 to {_MOST:,}, with up to {_DECIMALS} decimals and a point."
            )
        return int(units)
