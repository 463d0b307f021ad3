"""CSV files, read as columns of text.

Polars reads a file whose rows are all as long as its heading, and one with rows too short or too long once they are
counted. A file with quotes in odd places is read record by record with the csv module of the standard library.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.errors import TableError
from allocator.tables.rejected import RejectReason, fault_rows, no_faults
from allocator.tables.text import Reading, numbered

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_HEADING_BYTES = 1 << 16  # the heading is looked for in these
_BLANK_NAME = re.compile(r"[\s\ufeff\u200b]*")
_BLOCK = 1 << 24  # bytes that are looked at together
_QUOTE, _NEWLINE, _RETURN = b'"\n\r'
_MISQUOTED = pl.lit('The row has text after a closing quote. Double a quote that is part of a value: "".')
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class _Heading:
    """The first row of a CSV file that is not blank, as one separator shows it.

    Attributes
    ----------
    separator
        The separator.
    names
        The names of the columns.
    row
        Its row.
    lines
        The number of lines up to its end.
    """

    separator: str
    names: list[str]
    row: int
    lines: int


class CsvFile:
    r"""The bytes of a CSV file, with its heading as each separator shows it.

    Parameters
    ----------
    data
        The bytes, which are known to be UTF-8.
    file
        Where they come from, as messages call it.

    Raises
    ------
    TableError
        No separator shows a heading.

    Examples
    --------
    >>> file = CsvFile(b"link_id;postcode\n007;M1 1AE\n", "links.csv")
    >>> file.headings
    [['link_id;postcode'], ['link_id', 'postcode'], ['link_id;postcode'], ['link_id;postcode']]
    >>> file.read(1, {"link_id": 0}).columns["link_id"].to_list()
    ['007']
    """

    def __init__(self, data: bytes, file: str) -> None:
        self._data = data.removeprefix(_BOM)
        self._file = file
        self._headings = list(self._find_headings())
        if not self._headings:
            raise TableError("its header can't be read", file=file, row=1, remedy="Check the quotes in it.")

    @property
    def headings(self) -> list[list[str]]:
        """The names of the columns, as each separator shows them."""
        return [heading.names for heading in self._headings]

    def read(self, heading: int, known: Mapping[str, int]) -> Reading:
        """Read the known columns, given by their places in a heading.

        Raises
        ------
        TableError
            A quote is opened and not closed, or not where a field ends.
        """
        return self.rows(heading, known).read()

    def rows(self, heading: int, known: Mapping[str, int]) -> CsvRows:
        """Give the rows below a heading."""
        return CsvRows(self._data, self._headings[heading], known, self._file)

    def _find_headings(self) -> Iterator[_Heading]:
        text = self._data[:_HEADING_BYTES].decode("utf-8", "ignore")
        for separator in _SEPARATORS:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
            try:
                for row, names in enumerate(reader, start=1):
                    if not all(map(_BLANK_NAME.fullmatch, names)):
                        yield _Heading(separator, names, row, reader.line_num)
                        break
            except csv.Error:
                continue


@dataclass(frozen=True, slots=True)
class _Records:
    """The records of a CSV file after its heading.

    Attributes
    ----------
    fields
        The number of fields of each, 0 for a blank line; shape (records,).
    end
        Where each ends in the file, in bytes; shape (records,).
    """

    fields: NDArray[np.int64]
    end: NDArray[np.int64]


class CsvRows:
    """The rows of a CSV file below a heading.

    Parameters
    ----------
    data
        The bytes of the file, without byte order mark.
    heading
        The heading.
    known
        The columns to read: name and place.
    file
        Where they come from, as messages call it.
    """

    def __init__(self, data: bytes, heading: _Heading, known: Mapping[str, int], file: str) -> None:
        self._data = data
        self._heading = heading
        self._width = len(heading.names)
        self._known = known
        self._file = file
        self._start = _after_lines(data, heading.lines)

    def read(self) -> Reading:
        """Read the known columns, and report the rows that can't be read.

        Raises
        ------
        TableError
            A quote is opened and not closed, or not where a field ends.
        """
        return self._quickly() or self._record_by_record()

    def _quickly(self) -> Reading | None:
        """Read the columns with polars; None where the csv module might read them differently."""
        data, start = self._data, self._start
        if data.find(b"\r") >= 0 and data.count(b"\r") != data.count(b"\r\n"):
            return None
        quoted = data.find(b'"', start) >= 0
        if quoted and not self._quotes_are_regular():
            return None
        if not quoted and self._may_be_even():
            frame = self._polars_frame()
            if frame is not None and (self._is_filled(frame) or self._is_even()):
                return self._filled_rows(frame)
        records = self._records(quoted)
        frame = self._polars_frame()
        if frame is None or frame.height != len(records.fields):
            return None
        return self._even_rows(frame, records)

    def _columns(self, frame: pl.DataFrame) -> dict[str, pl.Series]:
        return {name: frame[f"c{place}"] for name, place in self._known.items()}

    def _filled_rows(self, frame: pl.DataFrame) -> Reading:
        """Keep all rows of an even table; where it has a single column, leave out blank lines."""
        columns, row = self._columns(frame), numbered(frame.height, self._heading.row + 1)
        if self._width == 1:
            ((name, column),) = columns.items()
            filled = column.is_not_null()
            if not filled.all():
                return Reading({name: column.filter(filled)}, row.filter(filled), no_faults())
        return Reading(columns, row, no_faults())

    def _even_rows(self, frame: pl.DataFrame, records: _Records) -> Reading:
        """Keep the rows with as many fields as the heading, and report the others, except blank lines."""
        row = numbered(frame.height, self._heading.row + 1)
        even = records.fields == self._width
        if even.all():
            return Reading(self._columns(frame), row, no_faults())
        place = np.flatnonzero(~even & (records.fields > 0))
        lines = pl.Series([self._line(records, at) for at in place.tolist()], dtype=pl.String)
        faults = self._ragged(row.gather(place), pl.Series(records.fields[place]), lines)
        keep = pl.Series(even)
        return Reading(self._columns(frame.filter(keep)), row.filter(keep), faults)

    def _line(self, records: _Records, place: int) -> str:
        start = int(records.end[place - 1]) + 1 if place else self._start
        return self._data[start : int(records.end[place])].decode("utf-8").removesuffix("\r")

    def _ragged(self, row: pl.Series, fields: pl.Series, line: pl.Series) -> pl.DataFrame:
        count = pl.when(fields == 1).then(pl.lit("1 field")).otherwise(pl.format("{} fields", fields))
        sentence = pl.format(
            "The row has {} and the header {}. Separate fields with {}, and put a value that contains one in quotes.",
            count,
            pl.lit(self._width),
            pl.lit(_SEPARATORS[self._heading.separator]),
        )
        return fault_rows(row, RejectReason.ROW_RAGGED, sentence, value=line)

    def _may_be_even(self) -> bool:
        """Whether all records together have the right number of fields; for a file without quotes."""
        body = np.frombuffer(self._data, dtype=np.uint8, offset=self._start)
        separators = int(np.count_nonzero(body == ord(self._heading.separator)))
        lines = int(np.count_nonzero(body == _NEWLINE)) + int(len(body) > 0 and body[-1] != _NEWLINE)
        return separators == lines * (self._width - 1)

    def _is_filled(self, frame: pl.DataFrame) -> bool:
        """Whether no record is too short; then, if they may be even, none is too long.

        This quick proof spares most files the slow one.
        """
        return self._width == 1 or not frame[f"c{self._width - 1}"].null_count()

    def _is_even(self) -> bool:
        """Whether every record has as many fields as the heading; for a file without quotes."""
        body = np.frombuffer(self._data, dtype=np.uint8, offset=self._start)
        blocks = [body[first : first + _BLOCK] for first in range(0, len(body), _BLOCK)]
        marks = [block[(block == ord(self._heading.separator)) | (block == _NEWLINE)] for block in blocks]
        unended = [_NEWLINE] if len(body) and body[-1] != _NEWLINE else []
        mark = np.concatenate([*marks, np.array(unended, dtype=np.uint8)])
        if len(mark) % self._width:
            return False
        is_end = mark.reshape(-1, self._width) == _NEWLINE
        return bool(is_end[:, -1].all() and not is_end[:, :-1].any())

    def _polars_frame(self) -> pl.DataFrame | None:
        """Read the known columns and the last one with polars, called c0, c1, … by place; None if it can't.

        Polars fills a row that is too short with nulls and cuts one that is too long, so the caller must check them.
        """
        names = [f"c{place}" for place in range(self._width)]
        wanted = sorted({*self._known.values(), len(names) - 1})
        top = self._heading.separator.join(names).encode() + b"\n"
        try:
            return pl.read_csv(
                b"".join((top, memoryview(self._data)[self._start :])),
                separator=self._heading.separator,
                infer_schema=False,
                columns=[names[place] for place in wanted],
                truncate_ragged_lines=True,
            )
        except pl.exceptions.PolarsError:
            return None

    def _quotes_are_regular(self) -> bool:
        """Whether quotes only enclose whole fields or are doubled within them, so that all readers agree."""
        # A line break at either end marks the borders of the file.
        body = np.frombuffer(b"".join((b"\n", memoryview(self._data)[self._start :], b"\n")), dtype=np.uint8)
        quotes = np.flatnonzero(body == _QUOTE)
        if len(quotes) % 2:
            return False
        border = np.zeros(256, dtype=bool)
        border[[ord(self._heading.separator), _QUOTE, _NEWLINE]] = True
        opens = border[body[quotes[0::2] - 1]].all()
        border[_RETURN] = True
        return bool(opens and border[body[quotes[1::2] + 1]].all())

    def _records(self, quoted: bool) -> _Records:
        """Find the number of fields and the end of each record, in a file whose quotes are regular."""
        body = np.frombuffer(self._data, dtype=np.uint8, offset=self._start)
        inside = np.uint8(0)
        marks: list[NDArray[np.int64]] = []
        for first in range(0, len(body), _BLOCK):
            block = body[first : first + _BLOCK]
            mark = (block == ord(self._heading.separator)) | (block == _NEWLINE)
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

    def _record_by_record(self) -> Reading:
        """Read the columns with the csv module."""
        kept: list[list[str]] = []
        rows: list[int] = []
        ragged: list[tuple[int, int, str]] = []
        misquoted: list[int] = []
        for row, record in self._each_record():
            if record is None:
                misquoted.append(row)
            elif len(record) == self._width:
                rows.append(row)
                kept.append([record[place] for place in self._known.values()])
            elif record:
                ragged.append((row, len(record), self._heading.separator.join(record)))
        frame = pl.DataFrame(kept, schema=dict.fromkeys(self._known, pl.String), orient="row")
        uneven = pl.DataFrame(ragged, schema={"row": pl.UInt32, "fields": pl.Int64, "line": pl.String}, orient="row")
        faults = pl.concat(
            [
                self._ragged(*uneven),
                fault_rows(pl.Series(misquoted, dtype=pl.UInt32), RejectReason.ROW_MISQUOTED, _MISQUOTED),
            ]
        ).sort("row")
        return Reading({name: frame[name] for name in self._known}, pl.Series(rows, dtype=pl.UInt32), faults)

    def _each_record(self) -> Iterator[tuple[int, list[str] | None]]:
        """Yield row and fields of each record after the heading; None for a line whose quotes make no sense.

        Raises
        ------
        TableError
            A quote is opened and not closed, or not where a field ends.
        """
        text = self._data.decode("utf-8")
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=self._heading.separator, strict=True)
        row = 0
        while True:
            row += 1
            line = reader.line_num
            try:
                record: list[str] | None = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                # Text after a closing quote spoils its own line only. A quote that swallowed lines spoils the rest.
                if reader.line_num - line > 1 or "expected after" not in str(error):
                    raise TableError(
                        "a quote opens here that is not closed before the field ends",
                        file=self._file,
                        row=row,
                        remedy='Close it, or double a quote that is part of a value: "".',
                    ) from error
                record = None
            if row > self._heading.row:
                yield row, record


def _after_lines(data: bytes, lines: int) -> int:
    """Find where the line after this number of lines begins."""
    place = 0
    for _ in range(lines):
        place = data.find(b"\n", place) + 1
        if not place:
            return len(data)
    return place
