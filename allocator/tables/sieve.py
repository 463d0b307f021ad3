"""The sieve that finds the rows of a table that can't be read."""

from __future__ import annotations

import polars as pl

from allocator.tables.rejected import RejectReason, rejected_rows, shown
from allocator.tables.text import TextTable

Message = str | pl.Expr | pl.Series
"""A sentence for all faulty rows, one for each, or an expression over `row`, `value` and `shown` (the value in quotes,
long ones cut)."""


class Sieve:
    """Finds the rows of a table that can't be read; each row is rejected for the first fault reported.

    Examples
    --------
    >>> from allocator.tables.rejected import REJECTED
    >>> from allocator.tables.schema import TableSchema
    >>> cells = pl.DataFrame({"row": [1, 2], "link_id": ["a", None]})
    >>> table = TextTable(TableSchema("links", ("link_id",)), "links.csv", "", cells, pl.DataFrame(schema=REJECTED))
    >>> sieve = Sieve(table)
    >>> sieve.reject(table.column("link_id").is_null(), "link_id", RejectReason.LINK_ID_EMPTY, "Give the link an ID.")
    >>> sieve.rejected["row"].to_list(), sieve.passed.to_list()
    ([2], [True, False])
    """

    def __init__(self, table: TextTable) -> None:
        self._table = table
        self._texts = table.columns()
        self._faults: list[pl.DataFrame] = []

    def reject(self, faulty: pl.Series, column: str, reason: RejectReason, message: Message) -> None:
        """Reject the rows for which `faulty` (boolean, one for each row) is true."""
        place = faulty.arg_true()
        if not len(place):
            return
        value = self._texts[column].gather(place)
        faults = pl.select(
            place=place,
            row=self._table.cells["row"].gather(place),
            column=pl.lit(column),
            value=value,
            shown=shown(value),
            reason=pl.lit(str(reason)),
        )
        sentence = pl.lit(message) if isinstance(message, str | pl.Series) else message
        self._faults.append(faults.with_columns(message=sentence).drop("shown"))

    @property
    def passed(self) -> pl.Series:
        """Which rows have no fault, boolean."""
        passed = pl.Series("passed", [True]).new_from_index(0, self._table.cells.height)
        for faults in self._faults:
            passed = passed.scatter(faults["place"], False)
        return passed

    @property
    def clean(self) -> bool:
        """Whether no row has a fault so far."""
        return not self._faults

    @property
    def rejected(self) -> pl.DataFrame:
        """The rejected rows, in the order of the table, including those rejected when the source was read."""
        if self.clean:
            return self._table.rejected
        first = pl.concat(self._faults).unique("place", keep="first", maintain_order=True)
        rows = rejected_rows(self._table.schema, self._table.name, first)
        return pl.concat([self._table.rejected, rows]).sort("row", maintain_order=True)
