"""Any source of a table, read as columns of text: a CSV or Parquet file, standard input, a data frame.

A CSV file is read as it stands, without guessing types: a link_id of 007 stays 007. Spaces around a value, and around a
column's name, are no part of it; a value of nothing else is empty. The separator (comma, semicolon, tab or bar) is the
one under which the header names the most columns that are known; quotes, line breaks within quotes, CRLF and a byte
order mark are understood.

In Parquet files and data frames a whole number becomes its digits, also where a column is of floating-point numbers
because some are missing (442079460000.0).

Rows are numbered as a spreadsheet shows them: the header of a CSV file is row 1 and a blank line counts, though it is no
row of the table. Parquet files and data frames start with row 1.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.errors import TableError

__all__ = ["REJECTED", "Header", "RejectReason", "Sieve", "Source", "TextTable", "read_table"]


class ArrowTable(Protocol):
    """A table of any library that offers the Arrow stream interface, such as pandas and pyarrow."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


Source: TypeAlias = "str | os.PathLike[str] | pl.DataFrame | pl.LazyFrame | ArrowTable"
"""What can be read as a table: a path, "-" for standard input, a data frame."""


class RejectReason(StrEnum):
    """Why a row can't be read.

    Examples
    --------
    >>> print(RejectReason.LINK_ID_EMPTY)
    LINK_ID_EMPTY
    """

    ROW_RAGGED = "ROW_RAGGED"
    ROW_MISQUOTED = "ROW_MISQUOTED"
    NUMBER_NOT_WHOLE = "NUMBER_NOT_WHOLE"
    LINK_ID_EMPTY = "LINK_ID_EMPTY"
    LINK_ID_NOT_XML = "LINK_ID_NOT_XML"
    LINK_ID_DUPLICATED = "LINK_ID_DUPLICATED"
    METHOD_UNKNOWN = "METHOD_UNKNOWN"
    FIELD_MISSING = "FIELD_MISSING"
    POSTCODE_MALFORMED = "POSTCODE_MALFORMED"
    DISTANCE_MALFORMED = "DISTANCE_MALFORMED"
    IDD_MALFORMED = "IDD_MALFORMED"
    AREA_CODE_MALFORMED = "AREA_CODE_MALFORMED"
    BOOLEAN_MALFORMED = "BOOLEAN_MALFORMED"
    VOXNUMBER_MALFORMED = "VOXNUMBER_MALFORMED"
    VOXNUMBER_DUPLICATED = "VOXNUMBER_DUPLICATED"


REJECTED = pl.Schema(
    {
        "table": pl.String,
        "file": pl.String,
        "row": pl.UInt32,
        "column": pl.String,
        "value": pl.String,
        "reason": pl.String,
        "message": pl.String,
    }
)
"""Columns of a table of rejected rows."""


@dataclass(frozen=True, slots=True)
class Header:
    """The columns that a table is read for.

    Attributes
    ----------
    table
        What the table is called: "links", "stock".
    required
        Columns that must be there.
    one_of
        Columns of which at least one must be there.
    optional
        Columns that may be there.
    digits
        Columns of digits, in which a floating-point number that is not whole has no meaning.

    Examples
    --------
    >>> Header("stock", required=("full_voxnumber",), optional=("link_id",)).columns
    ('full_voxnumber', 'link_id')
    """

    table: str
    required: tuple[str, ...]
    one_of: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    digits: frozenset[str] = frozenset()

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are known, in order."""
        return self.required + self.one_of + self.optional


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table as it was read: text, nothing else.

    Attributes
    ----------
    header
        The columns that it was read for.
    name
        Where it comes from, as people are told.
    digest
        A sha256 in hexadecimal digits. Of a file: of its bytes. Of a data frame: of its known columns written as CSV in
        UTF-8, in the order of the header, every field quoted, empty where null; so it depends neither on the library
        nor on how the columns lie in memory.
    cells
        `row` (UInt32) and each known column that was found (String, null where empty).
    rejected
        Rows that have no cells, with the columns of `REJECTED`.
    """

    header: Header
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
        return nulls(name, len(self), pl.String)


def nulls(name: str, length: int, dtype: type[pl.DataType]) -> pl.Series:
    """A column of nothing.

    Examples
    --------
    >>> nulls("city", 2, pl.String).to_list()
    [None, None]
    """
    return pl.Series(name, [None], dtype=dtype).new_from_index(0, length)


def read_table(source: Source, header: Header) -> TextTable:
    """Read a source as columns of text.

    Parameters
    ----------
    source
        A path that ends in .csv (.tsv, .txt or nothing are read alike) or .parquet, "-" for CSV from standard input, or
        a polars, pandas or pyarrow table.
    header
        The columns to look for; others are left alone.

    Raises
    ------
    TableError
        The source can't be read, or a column is missing, misspelt or doubled.

    Notes
    -----
    Linear in the size of the source, which is read once. A file whose rows are all as long as its header is read by
    polars; so is one with rows too short or too long, after they were counted; one with quotes in odd places is read
    record by record with the csv module of the standard library.

    Examples
    --------
    >>> table = read_table(pl.DataFrame({"full_voxnumber": [442079460000.0, None]}), Header("stock", ("full_voxnumber",)))
    >>> table.cells.rows()
    [(1, '442079460000'), (2, None)]
    """
    if isinstance(source, str | os.PathLike):
        return _read_file(os.fspath(source), header)
    return _read_frame(source, header)


# --- rows that can't be read -----------------------------------------------------------------------------------------

_SHOWN = 60  # characters of a value that a message repeats


class Sieve:
    """Finds the rows of a table that can't be read: each row is rejected for the first fault that is told of it.

    Examples
    --------
    >>> table = read_table(pl.DataFrame({"link_id": ["a", ""]}), Header("links", ("link_id",)))
    >>> sieve = Sieve(table)
    >>> sieve.reject(table.column("link_id").is_null(), "link_id", RejectReason.LINK_ID_EMPTY, "Give the link an ID.")
    >>> sieve.rejected["row"].to_list(), sieve.passed.to_list()
    ([2], [True, False])
    """

    def __init__(self, table: TextTable) -> None:
        self._table = table
        self._faults: list[pl.DataFrame] = []

    def reject(self, faulty: pl.Series, column: str, reason: RejectReason, message: str | pl.Expr | pl.Series) -> None:
        """Reject the rows for which `faulty` is true.

        Parameters
        ----------
        faulty
            Boolean, one for each row.
        column, reason
            What is at fault.
        message
            A sentence: one for all, one for each faulty row, or an expression over `row`, `value`, and `shown` (the value
            cut where it stops helping).
        """
        place = faulty.arg_true()
        if not len(place):
            return
        value = self._table.column(column).gather(place)
        told = pl.select(
            place=place,
            row=self._table.cells["row"].gather(place),
            column=pl.lit(column),
            value=value,
            shown=shown(value),
            reason=pl.lit(str(reason)),
        )
        sentence = pl.lit(message) if isinstance(message, str | pl.Series) else message
        self._faults.append(told.with_columns(message=sentence).drop("shown"))

    @property
    def passed(self) -> pl.Series:
        """Which rows have no fault, boolean."""
        passed = pl.Series("passed", [True]).new_from_index(0, len(self._table))
        for faults in self._faults:
            passed = passed.scatter(faults["place"], False)
        return passed

    @property
    def clean(self) -> bool:
        """Whether no row has a fault so far."""
        return not self._faults

    @property
    def rejected(self) -> pl.DataFrame:
        """The rejected rows, by row, with those that were rejected when the source was read."""
        if self.clean:
            return self._table.rejected
        first = pl.concat(self._faults).unique("place", keep="first", maintain_order=True)
        told = _rejected(self._table.header, self._table.name, first)
        return pl.concat([self._table.rejected, told]).sort("row", maintain_order=True)


def shown(value: pl.Series) -> pl.Series:
    """Values as messages repeat them: in quotes, cut where they stop helping.

    Examples
    --------
    >>> shown(pl.Series(["SW1A", "x" * 100])).str.len_chars().to_list()
    [6, 62]
    """
    text = pl.col("value")
    cut = pl.when(text.str.len_chars() > _SHOWN).then(text.str.head(_SHOWN - 1) + "…").otherwise(text)
    return pl.select(value=value).select(shown=pl.concat_str(pl.lit("'"), cut, pl.lit("'")))["shown"]


def _rejected(header: Header, file: str, faults: pl.DataFrame) -> pl.DataFrame:
    """Faults (`row`, `column`, `value`, `reason`, `message`) as a table of rejected rows."""
    told = faults.with_columns(table=pl.lit(header.table), file=pl.lit(file))
    return told.select(pl.col(name).cast(dtype) for name, dtype in REJECTED.items())


# --- columns ---------------------------------------------------------------------------------------------------------

_MISSPELT = 0.8  # how alike two names are, by difflib, before one is taken for the other misspelt
_MEANT = 0.5  # how alike they must be to ask whether one was meant
_LISTED = 12  # columns that an error lists


def _known_columns(names: Sequence[str], header: Header, file: str) -> dict[str, int]:
    """Place of each known column among the names that a table has.

    Raises
    ------
    TableError
        A column is doubled, missing or misspelt.
    """
    found = [_bare(name) for name in names]
    known = {name: found.index(name) for name in header.columns if name in found}
    others = [name for name in found if name and name not in known]
    for name in known:
        if found.count(name) > 1:
            places = " and ".join(str(place) for place, other in enumerate(found, start=1) if other == name)
            raise TableError(
                f"the column {name!r} stands there {found.count(name)} times, in places {places}",
                file=file,
                column=name,
                remedy="Remove or rename all but one.",
            )
    for name in header.required:
        if name not in known:
            raise _missing(name, name, others, found, file)
    absent = [name for name in header.columns if name not in known]
    for other in others:
        meant = max(absent, key=lambda name: _likeness(other, name), default="")
        if meant and _likeness(other, meant) >= _MISSPELT:
            raise TableError(
                f"the column {other!r} looks like {meant!r} misspelt",
                file=file,
                column=other,
                remedy=f"Rename it to {meant!r}, or to something quite different if it is not to be read.",
            )
    if header.one_of and not any(name in known for name in header.one_of):
        wanted = ", ".join(map(repr, header.one_of[1:]))
        raise _missing(header.one_of[0], f"{header.one_of[0]!r} (nor {wanted})", others, found, file)
    return dict(sorted(known.items(), key=lambda item: header.columns.index(item[0])))


def _missing(name: str, described: str, others: Sequence[str], found: Sequence[str], file: str) -> TableError:
    alike = max(others, key=lambda other: _likeness(other, name), default="")
    question = f"Did you mean {alike!r}? " if alike and _likeness(alike, name) >= _MEANT else ""
    listed = ", ".join(name or "(no name)" for name in found[:_LISTED]) + (", …" if len(found) > _LISTED else "")
    described = described if described != name else repr(name)
    remedy = f"{question}Found: {listed}." if found else "It has no columns."
    return TableError(f"there is no column {described}", file=file, column=name, remedy=remedy)


def _bare(name: str) -> str:
    return name.strip().strip("\ufeff\u200b").strip()


def _likeness(left: str, right: str) -> float:
    """How alike two names are, 0 to 1, whatever their case and punctuation."""
    left, right = ("".join(filter(str.isalnum, name.casefold())) for name in (left, right))
    return difflib.SequenceMatcher(None, left, right, autojunk=False).ratio()


def _bare_cells(columns: dict[str, pl.Series], row: pl.Series) -> pl.DataFrame:
    """Columns without the spaces around their values, null where nothing is left, behind their row numbers."""
    cells = pl.DataFrame(columns).select(pl.all().str.strip_chars())
    hollow = [column.name for column in cells if (column == "").any()]
    if hollow:
        cells = cells.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)) for name in hollow)
    return cells.insert_column(0, row.alias("row"))


def _numbered(count: int, first_row: int) -> pl.Series:
    return pl.int_range(first_row, first_row + count, dtype=pl.UInt32, eager=True)


# --- files -----------------------------------------------------------------------------------------------------------

_TEXT_SUFFIXES = (".csv", ".tsv", ".txt", "")
_AS_CSV = "Save it as CSV (UTF-8), or as Parquet."


def _read_file(path: str, header: Header) -> TextTable:
    file = "standard input" if path == "-" else path
    suffix = "" if path == "-" else Path(path).suffix.lower()
    if suffix not in (*_TEXT_SUFFIXES, ".parquet") and Path(path).is_file():
        raise TableError(f"a table in a {suffix} file can't be read", file=file, remedy=_AS_CSV)
    data = sys.stdin.buffer.read() if path == "-" else _bytes_of(path, header)
    if not data.strip(b"\xef\xbb\xbf \t\r\n\0"):
        raise TableError("the file is empty", file=file, remedy=f"It needs a header: {', '.join(header.columns[:2])}.")
    digest = hashlib.sha256(data).hexdigest()
    if suffix == ".parquet":
        columns, faults = _parquet_columns(data, header, file)
        return _table_of(columns, faults, header, file, digest)
    _refuse_what_is_no_text(data, file)
    return _CsvFile(data, header, file).table(digest)


def _bytes_of(path: str, header: Header) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError as error:
        raise TableError("there is no such file", file=path, remedy=_nearby(Path(path))) from error
    except IsADirectoryError as error:
        remedy = f"Name a file in it, such as {Path(path) / header.table}.csv."
        raise TableError("it is a folder, not a file", file=path, remedy=remedy) from error
    except (OSError, ValueError) as error:  # a path with a zero byte is a ValueError
        what = getattr(error, "strerror", None) or error
        raise TableError(f"it can't be read ({what})", file=path, remedy="Check its name and permissions.") from error


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


def _parquet_columns(data: bytes, header: Header, file: str) -> tuple[dict[str, pl.Series], list[pl.DataFrame]]:
    try:
        names = list(pl.read_parquet_schema(io.BytesIO(data)))
        known = _known_columns(names, header, file)
        frame = pl.read_parquet(io.BytesIO(data), columns=[names[place] for place in known.values()])
    except TableError:
        raise
    except Exception as error:  # whatever polars makes of bytes that are no Parquet file
        what = str(error).splitlines()[0]
        raise TableError(f"it can't be read as Parquet ({what})", file=file, remedy="Write it again.") from error
    return _texts({name: frame[names[place]] for name, place in known.items()}, header, file)


# --- CSV -------------------------------------------------------------------------------------------------------------

_SEPARATORS = (",", ";", "\t", "|")
_SEPARATOR_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_HEADER_BYTES = 1 << 16  # a header is looked for in these
_BLOCK = 1 << 24  # bytes that are looked at together
_QUOTE, _NEWLINE, _RETURN = b'"\n\r'
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class _Records:
    """The records of a CSV file after its header.

    Attributes
    ----------
    fields
        How many fields each has, 0 for a blank line; shape (records,).
    end
        Where each ends in the file, in bytes; shape (records,).
    """

    fields: NDArray[np.int64]
    end: NDArray[np.int64]


class _CsvFile:
    """The bytes of a CSV file in UTF-8, and what its header says."""

    def __init__(self, data: bytes, header: Header, file: str) -> None:
        self._data = data.removeprefix(_BOM)
        self._header = header
        self._file = file
        self._separator, self._names, self._header_row, lines = self._find_header()
        self._known = _known_columns(self._names, header, file)
        self._start = _after_lines(self._data, lines)

    def table(self, digest: str) -> TextTable:
        """The table, and the rows that are none."""
        columns, row, rejected = self._quickly() or self._record_by_record()
        cells = _bare_cells(columns, row)
        return TextTable(self._header, self._file, digest, cells, _rejected(self._header, self._file, rejected))

    def _find_header(self) -> tuple[str, list[str], int, int]:
        """Separator, column names, row of the header, and how many lines it and what is before it take."""
        text = self._data[:_HEADER_BYTES].decode("utf-8", "ignore")
        candidates = []
        for separator in _SEPARATORS:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
            try:
                row, names = next((row, names) for row, names in enumerate(reader, start=1) if any(map(_bare, names)))
            except (csv.Error, StopIteration):
                continue
            known = len({_bare(name) for name in names}.intersection(self._header.columns))
            candidates.append((known, len(names), separator, names, row, reader.line_num))
        if not candidates:
            raise TableError("its header can't be read", file=self._file, row=1, remedy="Check the quotes in it.")
        _, _, separator, names, row, lines = max(candidates, key=lambda candidate: candidate[:2])
        return separator, names, row, lines

    def _quickly(self) -> tuple[dict[str, pl.Series], pl.Series, pl.DataFrame] | None:
        """The columns as polars reads them; None where it could read them otherwise than the csv module does."""
        data, start = self._data, self._start
        if data.find(b"\r") >= 0 and data.count(b"\r") != data.count(b"\r\n"):
            return None
        quoted = data.find(b'"', start) >= 0
        if quoted and not self._quotes_are_regular():
            return None
        if not quoted and len(self._names) == len(self._known) and self._looks_even():
            # Polars refuses a row that is too long, and if none is then none is too short.
            frame = self._polars_frame(ragged=False)
            if frame is not None:
                return self._filled_rows(frame)
        records = self._records(quoted)
        frame = self._polars_frame(ragged=True)
        if frame is None or frame.height != len(records.fields):
            return None
        return self._even_rows(frame, records)

    def _columns(self, frame: pl.DataFrame) -> dict[str, pl.Series]:
        return {name: frame[f"c{place}"] for name, place in self._known.items()}

    def _filled_rows(self, frame: pl.DataFrame) -> tuple[dict[str, pl.Series], pl.Series, pl.DataFrame]:
        """All rows of a table whose rows are even; of one with a single column those that are no blank lines."""
        columns, row = self._columns(frame), _numbered(frame.height, self._header_row + 1)
        if len(self._names) == 1:
            ((name, column),) = columns.items()
            filled = column.is_not_null()
            if not filled.all():
                return {name: column.filter(filled)}, row.filter(filled), _no_faults()
        return columns, row, _no_faults()

    def _even_rows(
        self, frame: pl.DataFrame, records: _Records
    ) -> tuple[dict[str, pl.Series], pl.Series, pl.DataFrame]:
        """The rows that have as many fields as the header; the others rejected, blank lines left out."""
        row = _numbered(frame.height, self._header_row + 1)
        even = records.fields == len(self._names)
        if even.all():
            return self._columns(frame), row, _no_faults()
        place = np.flatnonzero(~even & (records.fields > 0))
        faults = self._ragged(
            row.gather(place), records.fields[place], [self._line(records, at) for at in place.tolist()]
        )
        keep = pl.Series(even)
        return self._columns(frame.filter(keep)), row.filter(keep), faults

    def _line(self, records: _Records, place: int) -> str:
        start = int(records.end[place - 1]) + 1 if place else self._start
        return self._data[start : int(records.end[place])].decode("utf-8").removesuffix("\r")

    def _ragged(self, row: pl.Series, fields: NDArray[np.int64] | list[int], lines: list[str]) -> pl.DataFrame:
        expected = len(self._names)
        told = pl.DataFrame(
            {"row": row, "fields": pl.Series(fields, dtype=pl.Int64), "value": pl.Series(lines, dtype=pl.String)}
        )
        count = pl.when(pl.col("fields") == 1).then(pl.lit("1 field")).otherwise(pl.format("{} fields", "fields"))
        sentence = pl.format(
            f"The row has {{}} and the header {expected}. Separate them by {_SEPARATOR_NAMES[self._separator]}, "
            "and put a value that holds one in quotes.",
            count,
        )
        return told.select(
            "row",
            pl.lit(None, dtype=pl.String).alias("column"),
            "value",
            pl.lit(str(RejectReason.ROW_RAGGED)).alias("reason"),
            sentence.alias("message"),
        )

    def _looks_even(self) -> bool:
        """Whether the records have together as many fields as they should; for a file without quotes."""
        body = np.frombuffer(self._data, dtype=np.uint8, offset=self._start)
        separators = int(np.count_nonzero(body == ord(self._separator)))
        lines = int(np.count_nonzero(body == _NEWLINE)) + (len(body) > 0 and body[-1] != _NEWLINE)
        return separators == lines * (len(self._names) - 1)

    def _polars_frame(self, *, ragged: bool) -> pl.DataFrame | None:
        """Columns c0, c1, … of text as polars reads them; None where it can't."""
        names = [f"c{place}" for place in range(len(self._names))]
        top = self._separator.join(names).encode() + b"\n"
        try:
            return pl.read_csv(
                b"".join((top, memoryview(self._data)[self._start :])),
                separator=self._separator,
                infer_schema=False,
                columns=[names[place] for place in self._known.values()] if ragged else None,
                truncate_ragged_lines=ragged,
            )
        except pl.exceptions.PolarsError:
            return None

    def _quotes_are_regular(self) -> bool:
        """Whether quotes only enclose whole fields or, doubled, stand for one: then every reader sees the same fields."""
        # A separator at either end stands for the borders of the file.
        body = np.frombuffer(b"".join((b"\n", memoryview(self._data)[self._start :], b"\n")), dtype=np.uint8)
        quotes = np.flatnonzero(body == _QUOTE)
        if len(quotes) % 2:
            return False
        border = np.zeros(256, dtype=bool)
        border[[ord(self._separator), _QUOTE, _NEWLINE]] = True
        opens = border[body[quotes[0::2] - 1]].all()
        border[_RETURN] = True
        return bool(opens and border[body[quotes[1::2] + 1]].all())

    def _records(self, quoted: bool) -> _Records:
        """Fields and end of each record, for a file whose quotes are regular."""
        body = np.frombuffer(self._data, dtype=np.uint8, offset=self._start)
        inside = np.uint8(0)
        marks: list[NDArray[np.int64]] = []
        for first in range(0, len(body), _BLOCK):
            block = body[first : first + _BLOCK]
            mark = (block == ord(self._separator)) | (block == _NEWLINE)
            if quoted:
                parity = (np.cumsum(block == _QUOTE, dtype=np.uint8) + inside) & 1
                mark &= parity == 0
                inside = parity[-1]
            marks.append(np.flatnonzero(mark) + first)
        unended = [len(body)] if len(body) and body[-1] != _NEWLINE else []
        mark_at = np.concatenate([*marks, np.array(unended, dtype=np.int64)])
        is_end = np.ones(len(mark_at), dtype=bool)
        within = mark_at < len(body)
        is_end[within] = body[mark_at[within]] == _NEWLINE
        end_mark = np.flatnonzero(is_end)
        fields = np.diff(end_mark, prepend=-1)
        end = mark_at[end_mark]
        length = np.diff(end, prepend=-1) - 1
        alone = (length == 1) & (body[np.maximum(end - 1, 0)] == _RETURN)
        fields[(length == 0) | alone] = 0
        return _Records(fields, end + self._start)

    def _record_by_record(self) -> tuple[dict[str, pl.Series], pl.Series, pl.DataFrame]:
        """The columns as the csv module reads them."""
        expected = len(self._names)
        kept: list[list[str]] = []
        rows: list[int] = []
        ragged: list[tuple[int, int, str]] = []
        misquoted: list[int] = []
        for row, record in self._each_record():
            if record is None:
                misquoted.append(row)
            elif len(record) == expected:
                rows.append(row)
                kept.append([record[place] for place in self._known.values()])
            elif record:
                ragged.append((row, len(record), self._separator.join(record)))
        frame = pl.DataFrame(kept, schema=dict.fromkeys(self._known, pl.String), orient="row")
        faults = pl.concat(
            [
                self._ragged(
                    pl.Series([row for row, _, _ in ragged], dtype=pl.UInt32),
                    [fields for _, fields, _ in ragged],
                    [line for _, _, line in ragged],
                ),
                _misquoted(misquoted),
            ]
        ).sort("row")
        return {name: frame[name] for name in self._known}, pl.Series(rows, dtype=pl.UInt32), faults

    def _each_record(self) -> Iterator[tuple[int, list[str] | None]]:
        """Row and fields of each record after the header; None for one line whose quotes make no sense.

        Raises
        ------
        TableError
            A quote is opened and not closed, or not where a field ends.
        """
        text = self._data.decode("utf-8")
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=self._separator, strict=True)
        row = 0
        while True:
            row += 1
            line = reader.line_num
            try:
                record: list[str] | None = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                # Text behind a closing quote spoils its own line only. A quote that swallowed lines spoils the rest.
                if reader.line_num - line > 1 or "expected after" not in str(error):
                    raise TableError(
                        "a quote opens here that is not closed before the field ends",
                        file=self._file,
                        row=row,
                        remedy='Close it, or write a quote that belongs to a value twice: "".',
                    ) from error
                record = None
            if row > self._header_row:
                yield row, record


def _after_lines(data: bytes, lines: int) -> int:
    """Where the line after so many lines begins."""
    place = 0
    for _ in range(lines):
        place = data.find(b"\n", place) + 1
        if not place:
            return len(data)
    return place


def _no_faults() -> pl.DataFrame:
    return pl.DataFrame(schema={name: REJECTED[name] for name in ("row", "column", "value", "reason", "message")})


def _misquoted(rows: list[int]) -> pl.DataFrame:
    message = 'The row has text behind a closing quote. Write a quote that belongs to a value twice: "".'
    return pl.DataFrame({"row": pl.Series(rows, dtype=pl.UInt32)}).select(
        "row",
        pl.lit(None, dtype=pl.String).alias("column"),
        pl.lit(None, dtype=pl.String).alias("value"),
        pl.lit(str(RejectReason.ROW_MISQUOTED)).alias("reason"),
        pl.lit(message).alias("message"),
    )


# --- data frames -----------------------------------------------------------------------------------------------------

_FLOAT_BITS = {"Float16": 11, "Float32": 24}  # up to which each whole number is itself; else those of Float64: 53


def _read_frame(source: Any, header: Header) -> TextTable:
    file = f"the {header.table} table"
    frame = _frame_of(source, header, file)
    known = _known_columns(frame.columns, header, file)
    columns, faults = _texts({name: frame.to_series(place) for name, place in known.items()}, header, file)
    return _table_of(columns, faults, header, file, None)


def _frame_of(source: Any, header: Header, file: str) -> pl.DataFrame:
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
    names = _names_of(source)
    if names is not None:
        _known_columns(names, header, file)
    try:
        frame = source.collect() if isinstance(source, pl.LazyFrame) else pl.from_arrow(source)
        if isinstance(frame, pl.Series) and isinstance(frame.dtype, pl.Struct):
            frame = frame.struct.unnest()
    except Exception as error:  # each library has its own
        what = " ".join(map(str, error.args)).splitlines()[0] if error.args else type(error).__name__
        remedy = "Give each column one type; text is always understood."
        raise TableError(f"it can't be read as a table ({what})", file=file, remedy=remedy) from error
    if not isinstance(frame, pl.DataFrame):
        raise TableError("it is a column, not a table", file=file, remedy="Give a table with named columns.")
    return frame


def _names_of(source: Any) -> list[str] | None:
    """Column names, where they can be asked for before the table is read: libraries don't say which one is doubled."""
    if isinstance(source, pl.LazyFrame):
        return None
    columns = getattr(source, "columns", None)
    if hasattr(columns, "tolist"):  # pandas
        return [str(name) for name in columns.tolist()]
    names = getattr(getattr(source, "schema", None), "names", None)  # pyarrow
    return [str(name) for name in names] if isinstance(names, list) else None


def _table_of(
    columns: dict[str, pl.Series], faults: list[pl.DataFrame], header: Header, file: str, digest: str | None
) -> TextTable:
    length = len(next(iter(columns.values())))
    cells = _bare_cells(columns, _numbered(length, 1))
    if digest is None:
        written = cells.drop("row").write_csv(quote_style="always", line_terminator="\n")
        digest = hashlib.sha256(written.encode()).hexdigest()
    if not faults:
        return TextTable(header, file, digest, cells, pl.DataFrame(schema=REJECTED))
    first = pl.concat(faults).unique("row", keep="first", maintain_order=True).sort("row")
    cells = cells.join(first, on="row", how="anti", maintain_order="left")
    return TextTable(header, file, digest, cells, _rejected(header, file, first))


def _texts(columns: dict[str, pl.Series], header: Header, file: str) -> tuple[dict[str, pl.Series], list[pl.DataFrame]]:
    """Typed columns as text, and the rows whose numbers can't be written as digits."""
    texts: dict[str, pl.Series] = {}
    faults: list[pl.DataFrame] = []
    for name, column in columns.items():
        if name in header.digits and column.dtype.is_float():
            column = column.fill_nan(None)  # NaN is how many programs write that there is none
        text, fraction = _text_of(column, file, name)
        texts[name] = text.alias(name)
        if name in header.digits and fraction is not None and fraction.any():
            place = fraction.arg_true()
            value = text.gather(place)
            faults.append(_not_whole(name, place, value))
    return texts, faults


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
