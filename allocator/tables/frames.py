"""Data frames and Parquet files, read as columns of text.

A whole number becomes its digits, also where a column is of floating-point numbers because some values are missing
(442079460000.0).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import polars as pl

from allocator.errors import TableError
from allocator.tables.rejected import RejectReason, fault_rows, no_faults
from allocator.tables.schema import TableSchema, refuse_doubled
from allocator.tables.text import Reading, numbered

_Value = TypeVar("_Value")
_FLOAT_BITS = {"Float16": 11, "Float32": 24}  # integers up to 2^bits are exact; for Float64 up to 2^53


@dataclass(frozen=True, slots=True)
class FrameColumns:
    """The columns of a data frame that can be loaded column by column.

    Attributes
    ----------
    headings
        The names of all columns; one heading.
    load
        Gives the columns with these names.
    digits
        Columns of digits, in which a number that is not whole is a fault.
    file
        Where they come from, as messages call it.
    """

    headings: list[list[str]]
    load: Callable[[list[str]], pl.DataFrame]
    digits: frozenset[str]
    file: str

    def read(self, heading: int, known: Mapping[str, int]) -> Reading:
        """Read the known columns, and report the rows whose numbers can't be written as digits.

        Raises
        ------
        TableError
            A column can't be loaded, or holds neither text nor numbers.
        """
        written = {name: self.headings[heading][place] for name, place in known.items()}
        frame = self.load(list(written.values()))
        return _read({name: frame[column] for name, column in written.items()}, self.digits, self.file)


def open_parquet(data: bytes, schema: TableSchema, file: str) -> FrameColumns:
    """Open a Parquet file.

    Raises
    ------
    TableError
        The bytes are not a Parquet file.
    """

    def tried(read: Callable[[], _Value]) -> _Value:
        try:
            return read()
        except Exception as error:  # whatever polars makes of bytes that are not a Parquet file
            what = str(error).splitlines()[0]
            raise TableError(f"it can't be read as Parquet ({what})", file=file, remedy="Write it again.") from error

    def load(names: list[str]) -> pl.DataFrame:
        return tried(lambda: pl.read_parquet(io.BytesIO(data), columns=names))

    return FrameColumns([tried(lambda: list(pl.read_parquet_schema(io.BytesIO(data))))], load, schema.digits, file)


def open_frame(source: Any, schema: TableSchema, file: str) -> FrameColumns:
    """Open a data frame of any library.

    Raises
    ------
    TableError
        The source is not a data frame, polars can't take it, or a known column is doubled.

    Examples
    --------
    >>> frame = open_frame(pl.DataFrame({"link_id": [7.0, None]}), TableSchema("links", ("link_id",)), "")
    >>> frame.read(0, {"link_id": 0}).columns["link_id"].to_list()
    ['7', None]
    """
    frame = _data_frame(source, schema, file)
    return FrameColumns([frame.columns], frame.select, schema.digits, file)


def _data_frame(source: Any, schema: TableSchema, file: str) -> pl.DataFrame:
    """Turn a data frame of any library into one of polars."""
    if isinstance(source, pl.DataFrame):
        return source
    if not isinstance(source, pl.LazyFrame) and not hasattr(source, "__arrow_c_stream__"):
        kind = type(source).__name__
        remedy = "Give a path, or a table of polars, pandas or pyarrow."
        raise TableError(f"a table can't be read from a {kind}", file=file, remedy=remedy)
    refuse_doubled(_names_of(source), schema, file)
    # A column that says so is not tried: polars 1 panics at one that has no fields.
    column = hasattr(source, "dtype") or hasattr(source, "type")
    frame: pl.DataFrame | pl.Series | None = None
    try:
        if isinstance(source, pl.LazyFrame):
            frame = source.collect()
        elif not column:
            frame = pl.from_arrow(source)
        if isinstance(frame, pl.Series) and isinstance(frame.dtype, pl.Struct):
            frame = frame.struct.unnest()
    except Exception as error:  # each library has its own
        what = " ".join(map(str, error.args)).splitlines()[0] if error.args else type(error).__name__
        remedy = "Give each column one type; text is always understood."
        raise TableError(f"it can't be read as a table ({what})", file=file, remedy=remedy) from error
    if not isinstance(frame, pl.DataFrame):
        raise TableError("it is a column, not a table", file=file, remedy="Give a table with named columns.")
    return frame


def _names_of(source: Any) -> list[str]:
    """List column names where they are known before the table is read: libraries don't say which one is doubled."""
    if isinstance(source, pl.LazyFrame):
        return []
    columns = getattr(source, "columns", None)
    if columns is not None and hasattr(columns, "tolist"):  # pandas
        return [str(name) for name in columns.tolist()]
    names = getattr(getattr(source, "schema", None), "names", None)  # pyarrow
    return [str(name) for name in names] if isinstance(names, list) else []


# --- typed columns as text -------------------------------------------------------------------------------------------


def _read(columns: dict[str, pl.Series], digits: frozenset[str], file: str) -> Reading:
    """Write typed columns as text, and report the rows whose numbers can't be written as digits."""
    texts: dict[str, pl.Series] = {}
    faults = [no_faults()]
    for name, column in columns.items():
        # In a column of digits NaN is how many programs write that there are none.
        is_gappy = name in digits and column.dtype.is_float()
        text, fraction = _text_of(column.fill_nan(None) if is_gappy else column, file, name)
        texts[name] = text.alias(name)
        if name in digits and fraction is not None and fraction.any():
            place = fraction.arg_true()
            message = pl.format(
                "The number {} can't be written as digits: it is not a whole number of at most 15. "
                f"Give {name} as text, so that no digit is lost.",
                "value",
            )
            value = text.gather(place)
            faults.append(fault_rows(place + 1, RejectReason.NUMBER_NOT_WHOLE, message, column=name, value=value))
    length = len(next(iter(texts.values())))
    return Reading(texts, numbered(length, 1), pl.concat(faults))


def _text_of(column: pl.Series, file: str, name: str) -> tuple[pl.Series, pl.Series | None]:
    """Write a typed column as text, and find where it holds a number that is not whole."""
    dtype = column.dtype
    if dtype.is_float():
        return _text_of_floats(column)
    if dtype.is_decimal():
        text = column.cast(pl.String).str.replace(r"\.0*$", "")
        return text, text.str.contains(".", literal=True).fill_null(False)
    plain = dtype.is_integer() or dtype.is_temporal() or dtype in (pl.String, pl.Boolean, pl.Null)
    if plain or isinstance(dtype, pl.Categorical | pl.Enum):
        return column.cast(pl.String), None
    raise TableError(f"the column holds values of type {dtype}", file=file, column=name, remedy="Give text.")


def _text_of_floats(column: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Write whole numbers as their digits and others as Python would, and find the others."""
    bits = _FLOAT_BITS.get(str(column.dtype), 53)
    number = pl.col("number")
    whole = number.is_finite() & (number.abs() < 2**bits) & (number == number.floor())
    read = pl.select(number=column).select(
        text=pl.when(whole).then(number.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(number.cast(pl.String)),
        fraction=~whole.fill_null(True),
    )
    return read["text"], read["fraction"]
