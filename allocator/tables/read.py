"""Any source of a table, read as columns of text: a CSV or Parquet file, standard input, a data frame.

A CSV file is read as it stands, without guessing types: a link_id of 007 stays 007. Spaces around a value, and around a
column's name, are no part of it; a value of nothing else is empty. The separator (comma, semicolon, tab or bar) is the
one under which the header names the most columns that are known; quotes, line breaks within quotes, CRLF and a byte
order mark are understood.

In Parquet files and data frames a whole number becomes its digits, also where a column is of floating-point numbers
because some are missing (442079460000.0).

XML is read as the API sends and takes it, see `allocator.tables.xmlfile`; a listing of several pages may be a list of paths.

Rows are numbered as a spreadsheet shows them: the header of a CSV file is row 1 and a blank line counts, though it is
no row of the table. Parquet files and data frames start with row 1.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import polars as pl

from allocator.errors import TableError
from allocator.tables.csvfile import CsvFile
from allocator.tables.schema import TableSchema, known_columns, refuse_doubled
from allocator.tables.text import REJECTED, Reading, RejectReason, TextTable, no_faults, numbered, rejected_rows

__all__ = ["ArrowTable", "Source", "file_bytes", "read_table"]


class ArrowTable(Protocol):
    """A table of any library that offers the Arrow stream interface, such as pandas and pyarrow."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


FilePath: TypeAlias = "str | os.PathLike[str]"
Source: TypeAlias = "FilePath | Sequence[FilePath] | pl.DataFrame | pl.LazyFrame | ArrowTable"
"""What can be read as a table: a path, "-" for standard input, a data frame; several paths are a listing's pages."""


def read_table(source: Source, header: TableSchema) -> TextTable:
    """Read a source as columns of text.

    Parameters
    ----------
    source
        A path that ends in .csv (.tsv, .txt or nothing are read alike), .parquet or .xml, "-" for CSV from standard
        input, or a polars, pandas or pyarrow table. A list of paths is the pages of a
        listing. What begins like XML is read as XML whatever its name.
    header
        The columns to look for; others are left alone.

    Raises
    ------
    TableError
        The source can't be read, or a column is missing, misspelt or doubled.
    MarkupError
        The source is broken XML.

    Notes
    -----
    Linear in the size of the source, which is read once.

    Examples
    --------
    >>> numbers = pl.DataFrame({"full_voxnumber": [442079460000.0, None]})
    >>> table = read_table(numbers, TableSchema("stock", ("full_voxnumber",)))
    >>> table.cells.rows()
    [(1, '442079460000'), (2, None)]
    """
    if isinstance(source, str | os.PathLike):
        return _read_file(os.fspath(source), header)
    if isinstance(source, list | tuple) and all(isinstance(path, str | os.PathLike) for path in source):
        return _read_pages([os.fspath(path) for path in source], header)
    return _read_frame(source, header)


# --- files -----------------------------------------------------------------------------------------------------------

_TEXT_SUFFIXES = (".csv", ".tsv", ".txt", "")
_AS_CSV = "Save it as CSV (UTF-8), or as Parquet."


def _read_file(path: str, header: TableSchema) -> TextTable:
    file = "standard input" if path == "-" else path
    suffix = "" if path == "-" else Path(path).suffix.lower()
    if suffix not in (*_TEXT_SUFFIXES, ".parquet", ".xml") and Path(path).is_file():
        raise TableError(f"a table in a {suffix} file can't be read", file=file, remedy=_AS_CSV)
    data = file_bytes(path, header.table)
    if _is_hollow(data):
        raise TableError("the file is empty", file=file, remedy=f"It needs a header: {', '.join(header.columns[:2])}.")
    digest = hashlib.sha256(data).hexdigest()
    if suffix == ".parquet":
        return _table_of(_read_parquet(data, header, file), header, file, digest)
    if suffix == ".xml" or data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<?xml", b"<re", b"<!")):
        from allocator.tables.xmlfile import read_xml

        return _table_of(read_xml([(file, data)], header), header, file, digest)
    _refuse_what_is_no_text(data, file)
    return _table_of(CsvFile(data, header, file).read(), header, file, digest)


def _read_pages(paths: list[str], header: TableSchema) -> TextTable:
    """The table of a listing's pages; its digest is that of the pages' digests, in the order of the listing's files."""
    if len(paths) == 1:
        return _read_file(paths[0], header)
    if not paths:
        raise TableError("no file was given", file=f"the {header.table} table", remedy="Name at least one.")
    others = [path for path in paths if Path(path).suffix.lower() != ".xml"]
    if others:
        remedy = "Put the tables together in one file; only the pages of an XML listing may be several."
        raise TableError("it can't be read together with other files", file=others[0], remedy=remedy)
    from allocator.tables.xmlfile import read_xml

    pages = [(path, file_bytes(path, header.table)) for path in paths]
    digest = hashlib.sha256("".join(hashlib.sha256(data).hexdigest() for _, data in pages).encode()).hexdigest()
    return _table_of(read_xml(pages, header), header, f"{paths[0]} and {len(paths) - 1} more", digest)


def file_bytes(path: str, table: str) -> bytes:
    """The bytes of a file, or of standard input.

    Parameters
    ----------
    path
        A path, or "-".
    table
        What is looked for in it: "links", "stock".

    Raises
    ------
    TableError
        It can't be read.
    """
    if path == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except FileNotFoundError as error:
        raise TableError("there is no such file", file=path, remedy=_nearby(Path(path))) from error
    except IsADirectoryError as error:
        remedy = f"Name a file in it, such as {Path(path) / table}.csv."
        raise TableError("it is a folder, not a file", file=path, remedy=remedy) from error
    except (OSError, ValueError) as error:  # a path with a zero byte is a ValueError
        what = getattr(error, "strerror", None) or error
        raise TableError(f"it can't be read ({what})", file=path, remedy="Check its name and permissions.") from error


def _is_hollow(data: bytes) -> bool:
    """Whether there is nothing but spaces, line breaks and the like."""
    nothing = b"\xef\xbb\xbf \t\r\n\0"
    # A look at the beginning spares the copy of all the rest that `strip` makes.
    return not data[:64].strip(nothing) and not data.strip(nothing)


def _nearby(path: Path) -> str:
    """Where a file that is not there may be."""
    try:
        names = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())
    except OSError:
        return f"There is no folder {path.parent} either."
    alike = difflib.get_close_matches(path.name, names, n=1)
    return f"Did you mean {path.parent / alike[0]}?" if alike else "Check its name and folder."


def _refuse_what_is_no_text(data: bytes, file: str) -> None:
    """Refuse bytes that are no UTF-8 text, in words that help.

    Raises
    ------
    TableError
        They are not.
    """
    if data.startswith(b"PAR1"):
        raise TableError("it is a Parquet file", file=file, remedy="Name it so that it ends in .parquet.")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise TableError("it is a workbook or an archive, not text", file=file, remedy=_AS_CSV)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:2]:
        raise TableError("it is encoded in UTF-16", file=file, remedy="Save it as CSV UTF-8.")
    if data.isascii():
        return
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").removeprefix("\ufeff")
        row = sum(1 for _ in csv.reader(io.StringIO(before + "x", newline="")))
        byte = data[error.start]
        meant = bytes([byte]).decode("cp1252", "ignore")
        guess = f", which is {meant!r} in Windows-1252" if meant else ""
        raise TableError(
            f"it is not UTF-8: byte {error.start + 1} is 0x{byte:02X}{guess}",
            file=file,
            row=row,
            remedy="Save it as CSV UTF-8.",
        ) from error


def _read_parquet(data: bytes, header: TableSchema, file: str) -> Reading:
    try:
        names = list(pl.read_parquet_schema(io.BytesIO(data)))
        known = known_columns(names, header, file)
        frame = pl.read_parquet(io.BytesIO(data), columns=[names[place] for place in known.values()])
    except TableError:
        raise
    except Exception as error:  # whatever polars makes of bytes that are no Parquet file
        what = str(error).splitlines()[0]
        raise TableError(f"it can't be read as Parquet ({what})", file=file, remedy="Write it again.") from error
    return _texts({name: frame[names[place]] for name, place in known.items()}, header, file)


# --- data frames -----------------------------------------------------------------------------------------------------

_FLOAT_BITS = {"Float16": 11, "Float32": 24}  # up to which each whole number is itself; else those of Float64: 53


def _read_frame(source: Any, header: TableSchema) -> TextTable:
    file = f"the {header.table} table"
    frame = _frame_of(source, header, file)
    known = known_columns(frame.columns, header, file)
    reading = _texts({name: frame.to_series(place) for name, place in known.items()}, header, file)
    return _table_of(reading, header, file, None)


def _frame_of(source: Any, header: TableSchema, file: str) -> pl.DataFrame:
    """A data frame of any library as one of polars.

    Raises
    ------
    TableError
        It is none, or polars can't take it.
    """
    if isinstance(source, pl.DataFrame):
        return source
    if not isinstance(source, pl.LazyFrame) and not hasattr(source, "__arrow_c_stream__"):
        kind = type(source).__name__
        remedy = "Give a path, or a table of polars, pandas or pyarrow."
        raise TableError(f"a table can't be read from a {kind}", file=file, remedy=remedy)
    refuse_doubled(_names_of(source), header, file)
    # A column that says so is not tried, as polars 1 panics at one that has no fields.
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
    """Column names, where they can be asked for before the table is read: libraries don't say which one is doubled."""
    if isinstance(source, pl.LazyFrame):
        return []
    columns = getattr(source, "columns", None)
    if columns is not None and hasattr(columns, "tolist"):  # pandas
        return [str(name) for name in columns.tolist()]
    names = getattr(getattr(source, "schema", None), "names", None)  # pyarrow
    return [str(name) for name in names] if isinstance(names, list) else []


def _table_of(reading: Reading, header: TableSchema, file: str, digest: str | None) -> TextTable:
    """The table of a reading, its faulty rows set apart."""
    cells = reading.cells()
    if digest is None:
        written = cells.drop("row").write_csv(quote_style="always", line_terminator="\n")
        digest = hashlib.sha256(written.encode()).hexdigest()
    if reading.faults.is_empty():
        return TextTable(header, file, digest, cells, pl.DataFrame(schema=REJECTED))
    faults = reading.faults.unique("row", keep="first", maintain_order=True).sort("row")
    cells = cells.join(faults, on="row", how="anti", maintain_order="left")
    return TextTable(header, file, digest, cells, rejected_rows(header, file, faults))


def _texts(columns: dict[str, pl.Series], header: TableSchema, file: str) -> Reading:
    """Typed columns as text, and the rows whose numbers can't be written as digits."""
    texts: dict[str, pl.Series] = {}
    faults = [no_faults()]
    for name, column in columns.items():
        # In a column of digits NaN is how many programs write that there are none.
        is_gappy = name in header.digits and column.dtype.is_float()
        text, fraction = _text_of(column.fill_nan(None) if is_gappy else column, file, name)
        texts[name] = text.alias(name)
        if name in header.digits and fraction is not None and fraction.any():
            place = fraction.arg_true()
            faults.append(_not_whole(name, place, text.gather(place)))
    length = len(next(iter(texts.values())))
    return Reading(texts, numbered(length, 1), pl.concat(faults))


def _not_whole(name: str, place: pl.Series, value: pl.Series) -> pl.DataFrame:
    remedy = f"Give {name} as text, so that no digit is lost."
    return pl.select(
        row=place.cast(pl.UInt32) + 1,
        column=pl.lit(name),
        value=value,
        reason=pl.lit(str(RejectReason.NUMBER_NOT_WHOLE)),
        message=pl.format(
            f"The number {{}} can't be written as digits: it is no whole number of at most 15. {remedy}", value
        ),
    )


def _text_of(column: pl.Series, file: str, name: str) -> tuple[pl.Series, pl.Series | None]:
    """A typed column as text, and where it holds a number that is not whole."""
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
    """Whole numbers as their digits, others as Python would write them, and which these are."""
    bits = _FLOAT_BITS.get(str(column.dtype), 53)
    number = pl.col("number")
    whole = number.is_finite() & (number.abs() < 2**bits) & (number == number.floor())
    read = pl.select(number=column).select(
        text=pl.when(whole).then(number.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(number.cast(pl.String)),
        fraction=~whole.fill_null(True),
    )
    return read["text"], read["fraction"]
