"""CSV files, read as columns of text.

A file whose rows are all as long as its header is read by polars; so is one with rows too short or too long, after they
were counted; one with quotes in odd places is read record by record with the csv module of the standard library.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.errors import TableError
from allocator.tables.schema import TableSchema, bare_name, known_columns
from allocator.tables.text import Reading, RejectReason, no_faults, numbered

__all__ = ["CsvFile"]

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


class CsvFile:
    r"""The bytes of a CSV file in UTF-8, and what its header says.

    Parameters
    ----------
    data
        The bytes, which are known to be UTF-8.
    header
        The columns to look for.
    file
        Where they come from, as people are told.

    Raises
    ------
    TableError
        A column is missing, misspelt or doubled.

    Examples
    --------
    >>> file = CsvFile(b"link_id;postcode\n007;M1 1AE\n", TableSchema("links", ("link_id", "postcode")), "links.csv")
    >>> file.read().columns["link_id"].to_list()
    ['007']
    """

    def __init__(self, data: bytes, header: TableSchema, file: str) -> None:
        self._data = data.removeprefix(_BOM)
        self._header = header
        self._file = file
        self._separator, self._names, self._header_row, lines = self._find_header()
        self._known = known_columns(self._names, header, file)
        self._start = _after_lines(self._data, lines)

    def read(self) -> Reading:
        """The columns that are known, and the rows that are none.

        Raises
        ------
        TableError
            A quote is opened and not closed, or not where a field ends.
        """
        return self._quickly() or self._record_by_record()

    def _find_header(self) -> tuple[str, list[str], int, int]:
        """Separator, column names, row of the header, and how many lines it and what is before it take."""
        text = self._data[:_HEADER_BYTES].decode("utf-8", "ignore")
        candidates = []
        for separator in _SEPARATORS:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
            try:
                row, names = next(
                    (row, names) for row, names in enumerate(reader, start=1) if any(map(bare_name, names))
                )
            except (csv.Error, StopIteration):
                continue
            known = len({bare_name(name) for name in names}.intersection(self._header.columns))
            candidates.append((known, len(names), separator, names, row, reader.line_num))
        if not candidates:
            raise TableError("its header can't be read", file=self._file, row=1, remedy="Check the quotes in it.")
        _, _, separator, names, row, lines = max(candidates, key=lambda candidate: candidate[:2])
        return separator, names, row, lines

    def _quickly(self) -> Reading | None:
        """The columns as polars reads them; None where it could read them otherwise than the csv module does."""
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
        """All rows of a table whose rows are even; of one with a single column those that are no blank lines."""
        columns, row = self._columns(frame), numbered(frame.height, self._header_row + 1)
        if len(self._names) == 1:
            ((name, column),) = columns.items()
            filled = column.is_not_null()
            if not filled.all():
                return Reading({name: column.filter(filled)}, row.filter(filled), no_faults())
        return Reading(columns, row, no_faults())

    def _even_rows(self, frame: pl.DataFrame, records: _Records) -> Reading:
        """The rows that have as many fields as the header; the others rejected, blank lines left out."""
        row = numbered(frame.height, self._header_row + 1)
        even = records.fields == len(self._names)
        if even.all():
            return Reading(self._columns(frame), row, no_faults())
        place = np.flatnonzero(~even & (records.fields > 0))
        faults = self._ragged(
            row.gather(place), records.fields[place], [self._line(records, at) for at in place.tolist()]
        )
        keep = pl.Series(even)
        return Reading(self._columns(frame.filter(keep)), row.filter(keep), faults)

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

    def _may_be_even(self) -> bool:
        """Whether the records have together as many fields as they should; for a file without quotes."""
        body = np.frombuffer(self._data, dtype=np.uint8, offset=self._start)
        separators = int(np.count_nonzero(body == ord(self._separator)))
        lines = int(np.count_nonzero(body == _NEWLINE)) + int(len(body) > 0 and body[-1] != _NEWLINE)
        return separators == lines * (len(self._names) - 1)

    def _is_filled(self, frame: pl.DataFrame) -> bool:
        """Whether no record can be too short: then, if they may be even, none is too long.

        The quick proof, which spares most files the slow one.
        """
        return len(self._names) == 1 or not frame[f"c{len(self._names) - 1}"].null_count()

    def _is_even(self) -> bool:
        """Whether every record has as many fields as the header; for a file without quotes."""
        body = np.frombuffer(self._data, dtype=np.uint8, offset=self._start)
        blocks = [body[first : first + _BLOCK] for first in range(0, len(body), _BLOCK)]
        marks = [block[(block == ord(self._separator)) | (block == _NEWLINE)] for block in blocks]
        unended = [_NEWLINE] if len(body) and body[-1] != _NEWLINE else []
        mark = np.concatenate([*marks, np.array(unended, dtype=np.uint8)])
        if len(mark) % len(self._names):
            return False
        is_end = mark.reshape(-1, len(self._names)) == _NEWLINE
        return bool(is_end[:, -1].all() and not is_end[:, :-1].any())

    def _polars_frame(self) -> pl.DataFrame | None:
        """The known columns and the last one as polars reads them, called c0, c1, … by their places; None if it can't.

        Polars fills a row that is too short with nulls and cuts one that is too long: what it reads has to be checked.
        """
        names = [f"c{place}" for place in range(len(self._names))]
        wanted = sorted({*self._known.values(), len(names) - 1})
        top = self._separator.join(names).encode() + b"\n"
        try:
            return pl.read_csv(
                b"".join((top, memoryview(self._data)[self._start :])),
                separator=self._separator,
                infer_schema=False,
                columns=[names[place] for place in wanted],
                truncate_ragged_lines=True,
            )
        except pl.exceptions.PolarsError:
            return None

    def _quotes_are_regular(self) -> bool:
        """Whether quotes only enclose whole fields or, doubled, stand for one, so that all readers see the same."""
        # A line break at either end stands for the borders of the file.
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

    def _record_by_record(self) -> Reading:
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
        return Reading({name: frame[name] for name in self._known}, pl.Series(rows, dtype=pl.UInt32), faults)

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


def _misquoted(rows: list[int]) -> pl.DataFrame:
    message = 'The row has text behind a closing quote. Write a quote that belongs to a value twice: "".'
    return pl.DataFrame({"row": pl.Series(rows, dtype=pl.UInt32)}).select(
        "row",
        pl.lit(None, dtype=pl.String).alias("column"),
        pl.lit(None, dtype=pl.String).alias("value"),
        pl.lit(str(RejectReason.ROW_MISQUOTED)).alias("reason"),
        pl.lit(message).alias("message"),
    )
