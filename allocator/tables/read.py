"""Any source of a table, read as columns of text: a CSV or Parquet file, standard input, a data frame, XML.

Types are not guessed: a link_id of 007 in a CSV file stays 007. Spaces around a value, or around a column's name, are
not part of it; a value of spaces only is empty. The separator of a CSV file (comma, semicolon, tab or bar) is the one
with which its heading has the most known columns. Quotes, line breaks within quotes, CRLF and a byte order mark are
understood.

XML is read as the API sends and takes it, see `allocator.tables.xmlfile`. A list of paths is a listing of several
pages.

Rows are numbered as a spreadsheet shows them: the heading of a CSV file is row 1, and a blank line counts, though it is
not a row of the table. Parquet files and data frames start with row 1.
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
from typing import Protocol, TypeAlias

import polars as pl

from allocator.errors import TableError
from allocator.tables.csvfile import CsvFile
from allocator.tables.frames import FrameColumns, open_frame, open_parquet
from allocator.tables.schema import TableSchema, match_columns
from allocator.tables.text import TextTable, text_table


class ArrowTable(Protocol):
    """A table of any library that offers the Arrow stream interface, such as pandas and pyarrow."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


FilePath: TypeAlias = "str | os.PathLike[str]"
Source: TypeAlias = "FilePath | Sequence[FilePath] | pl.DataFrame | pl.LazyFrame | ArrowTable"
"""What can be read as a table: a path, "-" for standard input, a data frame; several paths are a listing's pages."""


def read_table(source: Source, schema: TableSchema) -> TextTable:
    """Read a source as columns of text.

    Parameters
    ----------
    source
        A path that ends in .csv (.tsv, .txt or nothing are read alike), .parquet or .xml, "-" for CSV from standard
        input, or a polars, pandas or pyarrow table. A list of paths is the pages of a listing. A file that begins like
        XML is read as XML whatever its name.
    schema
        The columns to look for; others are ignored.

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
    opened, file, digest = _opened(source, schema)
    heading, known = match_columns(opened.headings, schema, file)
    return text_table(opened.read(heading, known), schema, file, digest)


_TEXT_SUFFIXES = (".csv", ".tsv", ".txt", "")
_AS_CSV = "Save it as CSV (UTF-8), or as Parquet."


def _opened(source: Source, schema: TableSchema) -> tuple[CsvFile | FrameColumns, str, str | None]:
    """Open a source; also give its name, and the digest of its bytes where it has some."""
    if isinstance(source, str | os.PathLike):
        return _opened_file(os.fspath(source), schema)
    if isinstance(source, list | tuple) and all(isinstance(path, str | os.PathLike) for path in source):
        return _opened_pages([os.fspath(path) for path in source], schema)
    file = f"the {schema.table} table"
    return open_frame(source, schema, file), file, None


def _opened_file(path: str, schema: TableSchema) -> tuple[CsvFile | FrameColumns, str, str]:
    file = "standard input" if path == "-" else path
    suffix = "" if path == "-" else Path(path).suffix.lower()
    if suffix not in (*_TEXT_SUFFIXES, ".parquet", ".xml") and Path(path).is_file():
        raise TableError(f"a table in a {suffix} file can't be read", file=file, remedy=_AS_CSV)
    data = file_bytes(path, schema.table)
    if _is_hollow(data):
        raise TableError("the file is empty", file=file, remedy=f"It needs a header: {', '.join(schema.columns[:2])}.")
    digest = hashlib.sha256(data).hexdigest()
    if suffix == ".parquet":
        return open_parquet(data, schema, file), file, digest
    if suffix == ".xml" or data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<?xml", b"<re", b"<!")):
        from allocator.tables.xmlfile import open_xml

        return open_xml([(file, data)], schema), file, digest
    _refuse_other_bytes(data, file)
    return CsvFile(data, file), file, digest


def _opened_pages(paths: list[str], schema: TableSchema) -> tuple[CsvFile | FrameColumns, str, str]:
    """Open the pages of a listing; the digest is that of the pages' digests, in the order given."""
    if len(paths) == 1:
        return _opened_file(paths[0], schema)
    if not paths:
        raise TableError("no file was given", file=f"the {schema.table} table", remedy="Name at least one.")
    others = [path for path in paths if Path(path).suffix.lower() != ".xml"]
    if others:
        remedy = "Put the tables together in one file; only the pages of an XML listing may be several."
        raise TableError("it can't be read together with other files", file=others[0], remedy=remedy)
    from allocator.tables.xmlfile import open_xml

    pages = [(path, file_bytes(path, schema.table)) for path in paths]
    digest = hashlib.sha256("".join(hashlib.sha256(data).hexdigest() for _, data in pages).encode()).hexdigest()
    return open_xml(pages, schema), f"{paths[0]} and {len(paths) - 1} more", digest


def file_bytes(path: str, table: str) -> bytes:
    """Read the bytes of a file, or of standard input.

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
    # Looking at the beginning first spares the copy of all the rest that `strip` makes.
    return not data[:64].strip(nothing) and not data.strip(nothing)


def _nearby(path: Path) -> str:
    """Suggest where a missing file may be."""
    try:
        names = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())
    except OSError:
        return f"There is no folder {path.parent} either."
    alike = difflib.get_close_matches(path.name, names, n=1)
    return f"Did you mean {path.parent / alike[0]}?" if alike else "Check its name and folder."


def _refuse_other_bytes(data: bytes, file: str) -> None:
    """Refuse bytes that are not UTF-8 text, in words that help.

    Raises
    ------
    TableError
        They are not UTF-8 text.
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
