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

_SCHEMA = TableSchema(
    "prices",
    required=("area_code", "price"),
    optional=("available", "voxnumber_idd"),
    digits=frozenset({"area_code", "available", "voxnumber_idd"}),
)
_DECIMALS = 4
_MOST = 10**6


@dataclass(frozen=True, slots=True)
class PriceList:
    """The numbers for sale.

    Attributes
    ----------
    price
        The price of one number, by IDD and area code, in units of 1 / `scale`.
    available
        How many numbers there are, by IDD and area code, where that is known.
    scale
        Units to one of the list's own.
    source
        Where the list comes from.
    """

    price: dict[tuple[int, int], int]
    available: dict[tuple[int, int], int]
    scale: int
    source: str

    def market(self, names: PoolNames, links: int) -> Market:
        """Return the list as a market of pools, which sells no more numbers of a pool than there are links.

        Parameters
        ----------
        names
            The area code of each pool.
        links
            The number of links.
        """
        keys = list(names.rows())
        return Market(
            price=np.array([self.price.get(key, 0) for key in keys], dtype=np.int64),
            available=np.array(
                [min(self.available.get(key, links), links) if key in self.price else 0 for key in keys], dtype=np.int64
            ),
        )

    def amount(self, units: int) -> Decimal:
        """Return an amount of units in the list's own."""
        return Decimal(units) / self.scale


def every_area_code(names: PoolNames) -> PriceList:
    """Return a list of all area codes at a price of one: the cheapest numbers are the fewest."""
    return PriceList(dict.fromkeys(names.rows(), 1), {}, 1, "one price for all")


def read_prices(source: Source) -> PriceList:
    """Read a price list.

    Parameters
    ----------
    source
        Columns `area_code` and `price` (0 or more, up to four decimals), and where known `available` (how many numbers
        there are) and `voxnumber_idd` (44 if left out). Area codes that are not listed are not for sale.

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
    table = read_table(source, _SCHEMA)
    if table.rejected.height:
        first = table.rejected.row(0, named=True)
        place = {"row": first["row"], "column": first["column"], "value": first["value"] or ""}
        raise TableError(first["message"].rstrip("."), file=table.name, **place)
    price: dict[tuple[int, int], int] = {}
    available: dict[tuple[int, int], int] = {}
    columns = (*_SCHEMA.required, *_SCHEMA.optional)
    rows: Iterable[tuple[str | None, ...]] = zip(*(table.column(name).to_list() for name in columns), strict=True)
    for number, values in zip(table.cells["row"].to_list(), rows, strict=True):
        row = _Row(table.name, number, dict(zip(columns, values, strict=True)))
        key = (row.whole("voxnumber_idd", UK_IDD), row.area_code())
        if key in price:
            raise row.error("area_code", "it has a price already", "Delete one of the two rows.")
        price[key] = row.price()
        if row.cells["available"] is not None:
            available[key] = row.whole("available", 0)
    return PriceList(price, available, 10**_DECIMALS, table.name)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the list while it is read."""

    file: str
    number: int
    cells: dict[str, str | None]

    def error(self, column: str, problem: str, remedy: str) -> TableError:
        value = self.cells[column] or ""
        return TableError(problem, file=self.file, row=self.number, column=column, value=value, remedy=remedy)

    def area_code(self) -> int:
        try:
            return parse_area_code(self.cells["area_code"] or "")
        except NumberError as error:
            raise self.error("area_code", error.problem, error.remedy or "") from None

    def whole(self, column: str, absent: int) -> int:
        text = self.cells[column]
        if text is None:
            return absent
        if not (text.isascii() and text.isdigit()):
            raise self.error(column, "it is not a whole number", "Write digits alone.")
        return int(text)

    def price(self) -> int:
        try:
            amount = Decimal(self.cells["price"] or "")
        except InvalidOperation:
            raise self.error("price", "it is not a number", "Write a price as 2.50, without a currency.") from None
        units = amount * 10**_DECIMALS
        if not amount.is_finite() or amount < 0 or amount > _MOST or units != units.to_integral_value():
            raise self.error(
                "price", "it is not a price", f"Write 0 to {_MOST:,}, with up to {_DECIMALS} decimals and a point."
            )
        return int(units)
