"""A table as columns of text."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import polars as pl

from allocator.tables.rejected import REJECTED, rejected_rows
from allocator.tables.schema import TableSchema


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a source.

    Attributes
    ----------
    columns
        The known columns that were found, as text, with the spaces around values.
    row
        Number of each row.
    faults
        Rows that could not be read and are not in `columns`: `row`, `column`, `value`, `reason`, `message`.
    """

    columns: dict[str, pl.Series]
    row: pl.Series
    faults: pl.DataFrame

    def cells(self) -> pl.DataFrame:
        """Make a table of `row` and the columns without the spaces around values; null where nothing is left.

        Examples
        --------
        >>> from allocator.tables.rejected import no_faults
        >>> Reading({"city": pl.Series([" Leeds ", " "])}, numbered(2, 1), no_faults()).cells().rows()
        [(1, 'Leeds'), (2, None)]
        """
        cells = pl.DataFrame(self.columns).select(pl.all().str.strip_chars())
        hollow = [column.name for column in cells if (column == "").any()]
        if hollow:
            cells = cells.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)) for name in hollow)
        return cells.insert_column(0, self.row.alias("row"))


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table as it was read: text, nothing else.

    Attributes
    ----------
    schema
        The columns that it was read for.
    name
        Where it comes from, as messages call it.
    digest
        A sha256 in hexadecimal digits. Of a file: of its bytes. Of a data frame: of its known columns written as CSV in
        UTF-8, in the order of the schema, every field quoted, empty where null; so it depends neither on the library
        nor on the order of columns in memory.
    cells
        `row` (UInt32) and each known column that was found (String, null where empty).
    rejected
        Rows that have no cells, with the columns of `REJECTED`.
    """

    schema: TableSchema
    name: str
    digest: str
    cells: pl.DataFrame
    rejected: pl.DataFrame

    def __len__(self) -> int:
        return self.cells.height

    def __contains__(self, column: str) -> bool:
        return column in self.cells.columns

    def column(self, name: str) -> pl.Series:
        """A column of text; nulls where the table does not have it."""
        if name in self:
            return self.cells[name]
        return pl.Series(name, [None], pl.String).new_from_index(0, len(self))

    def columns(self) -> dict[str, pl.Series]:
        """All columns of the schema, as `column` gives them."""
        return {name: self.column(name) for name in self.schema.columns}


def text_table(reading: Reading, schema: TableSchema, name: str, digest: str | None) -> TextTable:
    """Make a table from a reading, with its faulty rows set apart.

    Parameters
    ----------
    reading
        What was read.
    schema
        The columns that it was read for.
    name
        Where it comes from.
    digest
        The sha256 of the file; None for a data frame, whose digest is computed from its cells.
    """
    cells = reading.cells()
    if digest is None:
        written = cells.drop("row").write_csv(quote_style="always", line_terminator="\n")
        digest = hashlib.sha256(written.encode()).hexdigest()
    if reading.faults.is_empty():
        return TextTable(schema, name, digest, cells, pl.DataFrame(schema=REJECTED))
    faults = reading.faults.unique("row", keep="first", maintain_order=True).sort("row")
    cells = cells.join(faults, on="row", how="anti", maintain_order="left")
    return TextTable(schema, name, digest, cells, rejected_rows(schema, name, faults))


def numbered(count: int, first_row: int) -> pl.Series:
    """Number rows from the first one on.

    Examples
    --------
    >>> numbered(2, 7).to_list()
    [7, 8]
    """
    return pl.int_range(first_row, first_row + count, dtype=pl.UInt32, eager=True)
