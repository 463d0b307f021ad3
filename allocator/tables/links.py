"""Links: what wants a number, read and checked row by row.

A row that can't be read is rejected with its reason, and the others are kept. Each row is read as its method asks;
fields of other methods are ignored. A row without a method is BY POSTCODE if it has a postcode, otherwise BY VOXNUMBER
if it has a full_voxnumber, otherwise BY AREA if it has an area_code.

A link_id may be in one readable row; later rows with it are rejected.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from allocator.notation import (
    Method,
    check_km,
    parse_area_code_column,
    parse_idd_column,
    parse_number_column,
    parse_postcode_column,
    read_distinct,
)
from allocator.places import bundled_outcodes, is_united_kingdom
from allocator.tables.link_ids import reject_duplicates, reject_unfit
from allocator.tables.read import Source, read_table
from allocator.tables.rejected import REJECTED, RejectReason, problem_sentences
from allocator.tables.schema import TableSchema
from allocator.tables.sieve import Message, Sieve
from allocator.tables.text import TextTable

_FLAGS = ("fallback_city", "fallback_region", "fallback_country")
SCHEMA = TableSchema(
    "links",
    required=("link_id",),
    one_of=("postcode", "full_voxnumber", "area_code"),
    optional=("method", "fallback_area_distance", "voxnumber_idd", *_FLAGS, "voxnumber_country", "priority"),
    digits=frozenset({"link_id", "full_voxnumber", "area_code", "voxnumber_idd"}),
    requests=True,
)
_DTYPES = {
    "row": pl.UInt32,
    "link_id": pl.String,
    "method": pl.UInt8,
    "postcode": pl.String,
    "outcode_code": pl.UInt16,
    "incode_code": pl.UInt16,
    "fallback_km": pl.Float64,
    "voxnumber_idd": pl.Int32,
    "area_code": pl.Int32,
    **dict.fromkeys(_FLAGS, pl.Boolean),
    "full_voxnumber": pl.Int64,
    "priority": pl.Int64,
}
_PRIORITY_PLACES = 3  # decimals of a priority
_MOST_PRIORITY = 1000
_UNKNOWN_METHOD = 255
# A row without a method has the first of these whose column it fills.
_METHOD_COLUMNS = {
    Method.BY_POSTCODE: "postcode",
    Method.BY_VOXNUMBER: "full_voxnumber",
    Method.BY_AREA: "area_code",
}
_COMPACT_METHODS = {method.replace(" ", ""): method.code for method in Method}
_TRUTH = {"TRUE": True, "FALSE": False}


@dataclass(frozen=True, slots=True)
class Links:
    """The links of a document.

    Attributes
    ----------
    table
        The readable rows in document order: `row` in the source, `link_id`, `method` (a `Method.code` as UInt8),
        `postcode` (as "SW1A 0AA"), `outcode_code` (place in the bundled outcodes, null for an outcode that they lack),
        `incode_code` (see `allocator.notation.incode_number`), `fallback_km` (the row's own, otherwise the option),
        `voxnumber_idd`, `area_code`, `fallback_city`, `fallback_region`, `fallback_country`, `full_voxnumber`,
        `priority` (in thousandths; null where there is no such column). A column that does not belong to a row's method
        is null there, false for a fallback, and the option for `fallback_km`.
    rejected
        The rows that can't be read: `table`, `file`, `row`, `column`, `value`, `reason` (a `RejectReason`), `message`.
    source
        Where the links come from, as messages call it.
    digest
        The sha256 of the source, see `allocator.tables.text.TextTable`.
    """

    table: pl.DataFrame
    rejected: pl.DataFrame
    source: str
    digest: str

    def __len__(self) -> int:
        return self.table.height


def read_links(source: Source, *, fallback_km: float | None = 0.0) -> Links:
    """Read links from a path, from standard input ("-") or from a data frame.

    Parameters
    ----------
    source
        Columns `link_id`, at least one of `postcode`, `full_voxnumber` and `area_code`, and where wanted `method`,
        `fallback_area_distance` (kilometres), `voxnumber_idd`, `fallback_city`, `fallback_region`, `fallback_country`
        (TRUE or FALSE), `voxnumber_country` (of a postcode: the United Kingdom), `priority`. Others are ignored. Or a
        request of attachVoxnumberToLink (XML), whose rows are its links.
    fallback_km
        Fallback distance of rows that give none, kilometres; None leaves them NaN.

    Raises
    ------
    TableError
        The source can't be read, or a column is missing, misspelt or doubled.
    MarkupError
        The source is broken XML.
    OptionError
        The fallback distance is negative, infinite or not a number.

    Notes
    -----
    Linear in the rows.

    Examples
    --------
    >>> links = read_links(pl.DataFrame({"link_id": ["555", "556"], "postcode": ["sw1a0aa", "SW1A"]}), fallback_km=20)
    >>> links.table.select("row", "link_id", "postcode", "fallback_km").rows()
    [(1, '555', 'SW1A 0AA', 20.0)]
    >>> links.rejected.select("row", "column", "reason").rows()
    [(2, 'postcode', 'POSTCODE_MALFORMED')]
    """
    km = math.nan if fallback_km is None else check_km(fallback_km)
    return _Reading(read_table(source, SCHEMA), km).links()


class _Reading:
    """One reading of a table of links: faults are reported in the order of the columns, so a row's first one counts."""

    def __init__(self, table: TextTable, fallback_km: float) -> None:
        self._table = table
        self._texts = table.columns()
        self._found = frozenset(table.cells.columns)
        self._sieve = Sieve(table)
        self._fallback_km = fallback_km
        self._columns: dict[str, pl.Series] = {}

    def links(self) -> Links:
        """Read the links."""
        row, link_id = self._table.cells["row"], self._texts["link_id"]
        reject_unfit(link_id, self._sieve)
        method = self._read_methods()
        self._columns |= {"row": row, "link_id": link_id, "method": method}
        readers = (self._read_by_voxnumber, self._read_by_postcode, self._read_by_area)
        for kind, reader in zip(Method, readers, strict=True):
            asked = method == kind.code
            if asked.any():
                place = None if asked.all() else asked.fill_null(False).arg_true()
                reader(_Part(self._texts, place, self._sieve))
        if "priority" in self._found:
            self._columns["priority"] = self._read_priorities()
        reject_duplicates(link_id, row, self._sieve)
        table = pl.DataFrame([self._column(name) for name in _DTYPES])
        if not self._sieve.clean:
            table = table.filter(self._sieve.passed)
        return Links(table, self._sieve.rejected, self._table.name, self._table.digest)

    def _column(self, name: str) -> pl.Series:
        """Complete a column of the result where the rows' methods have not filled it."""
        default = self._fallback_km if name == "fallback_km" else False if name in _FLAGS else None
        column = self._columns.get(name)
        if column is None:
            return pl.Series(name, [default], dtype=_DTYPES[name]).new_from_index(0, len(self._texts["link_id"]))
        column = column.alias(name).cast(_DTYPES[name])
        return column if default is None or not column.null_count() else column.fill_null(default)

    def _read_methods(self) -> pl.Series:
        """Read or infer the method of each row; null where that is impossible."""
        method = self._texts["method"].clear(len(self._texts["method"])).cast(pl.UInt8)
        if "method" in self._found:
            text = self._texts["method"]
            method = read_distinct(text, _method_of, pl.UInt8)
            faulty = method.is_null() & text.is_not_null()
            if faulty.any():
                message = pl.format("{} is not a method. Write BY AREA, BY VOXNUMBER or BY POSTCODE.", "shown")
                self._sieve.reject(faulty, "method", RejectReason.METHOD_UNKNOWN, message)
            if not text.null_count():
                return method
            marked = pl.when(faulty).then(_UNKNOWN_METHOD).otherwise(method).cast(pl.UInt8)
            method = pl.select(marked.alias("method")).to_series()
        method = self._inferred_methods(method)
        if method.null_count():
            missing = "The row has neither postcode nor full_voxnumber nor area_code. Give one of them."
            self._sieve.reject(method.is_null(), "postcode", RejectReason.FIELD_MISSING, missing)
        return method

    def _inferred_methods(self, method: pl.Series) -> pl.Series:
        """Fill the methods that rows leave out, by the columns that they fill."""
        if method.null_count() == len(method) and not self._texts["postcode"].null_count():
            return pl.Series("method", [Method.BY_POSTCODE.code], dtype=pl.UInt8).new_from_index(0, len(method))
        inferred = pl.coalesce(
            pl.when(self._texts[column].is_not_null()).then(pl.lit(kind.code, dtype=pl.UInt8))
            for kind, column in _METHOD_COLUMNS.items()
        )
        return pl.select(method=method).select(method=pl.coalesce("method", inferred)).to_series()

    # Each of these reads the rows of one method, its fields in the order of the columns.

    def _read_by_voxnumber(self, part: _Part) -> None:
        part.require("full_voxnumber", Method.BY_VOXNUMBER)
        read = parse_number_column(part.text("full_voxnumber"))
        part.refuse("full_voxnumber", RejectReason.VOXNUMBER_MALFORMED, read)
        self._columns["full_voxnumber"] = part.whole(read["full_voxnumber"])

    def _read_by_postcode(self, part: _Part) -> None:
        if "voxnumber_country" in self._found:
            known = read_distinct(part.text("voxnumber_country"), is_united_kingdom, pl.Boolean).fill_null(True)
            message = pl.format("{} is not supported: only UK postcodes are. Ask by area code or number.", "shown")
            part.reject(~known, "voxnumber_country", RejectReason.COUNTRY_NOT_SUPPORTED, message)
        part.require("postcode", Method.BY_POSTCODE)
        read = parse_postcode_column(part.text("postcode"), bundled_outcodes().outcode)
        part.refuse("postcode", RejectReason.POSTCODE_MALFORMED, read)
        written = read.select(postcode=pl.concat_str("outcode", pl.lit(" "), "incode"))["postcode"]
        self._columns["postcode"] = part.whole(written)
        for code in ("outcode_code", "incode_code"):
            self._columns[code] = part.whole(read[code])
        if "fallback_area_distance" in self._found:
            self._columns["fallback_km"] = part.whole(_read_distances(part))

    def _read_by_area(self, part: _Part) -> None:
        for column, parse, reason in (
            ("voxnumber_idd", parse_idd_column, RejectReason.IDD_MALFORMED),
            ("area_code", parse_area_code_column, RejectReason.AREA_CODE_MALFORMED),
        ):
            part.require(column, Method.BY_AREA)
            read = parse(part.text(column))
            part.refuse(column, reason, read)
            self._columns[column] = part.whole(read[column])
        for flag in _FLAGS:
            if flag in self._found:
                self._columns[flag] = part.whole(_read_flags(part, flag))

    def _read_priorities(self) -> pl.Series:
        text = self._texts["priority"]
        scaled = (text.cast(pl.Float64, strict=False) * 10**_PRIORITY_PLACES).fill_nan(None)
        whole = scaled.round()
        sound = (whole >= 1) & (whole <= _MOST_PRIORITY * 10**_PRIORITY_PLACES) & ((scaled - whole).abs() < 1e-6)
        faulty = text.is_not_null() & ~sound.fill_null(False)
        if faulty.any():
            message = pl.format(
                f"{{}} is not a priority. Write a number up to {_MOST_PRIORITY} with up to {_PRIORITY_PLACES} decimals,"
                " such as 1 or 2.5; twice the number counts twice as much.",
                "shown",
            )
            self._sieve.reject(faulty, "priority", RejectReason.PRIORITY_MALFORMED, message)
        return pl.select(pl.when(sound).then(whole)).to_series().cast(pl.Int64).fill_null(10**_PRIORITY_PLACES)


class _Part:
    """The rows of one method.

    Parameters
    ----------
    texts
        The columns of the whole table.
    place
        Where the rows are; None for all rows.
    sieve
        Takes the rows that can't be read.
    """

    def __init__(self, texts: dict[str, pl.Series], place: pl.Series | None, sieve: Sieve) -> None:
        self._texts = texts
        self._place = place
        self._sieve = sieve

    def text(self, column: str) -> pl.Series:
        """A column of text, of these rows."""
        return self._texts[column] if self._place is None else self._texts[column].gather(self._place)

    def whole(self, part: pl.Series) -> pl.Series:
        """Spread a column of these rows over all rows, with nulls between."""
        if self._place is None:
            return part
        return part.clear(len(self._texts["link_id"])).scatter(self._place, part)

    def reject(self, faulty: pl.Series, column: str, reason: RejectReason, message: Message) -> None:
        """Reject those of these rows for which `faulty` is true."""
        if faulty.any():
            self._sieve.reject(self.whole(faulty).fill_null(False), column, reason, message)

    def require(self, column: str, method: Method) -> None:
        """Reject those of these rows in which a column is empty."""
        text = self.text(column)
        if text.null_count():
            message = f"The {column} is empty, and {method} needs one. Give it, or another method."
            self.reject(text.is_null(), column, RejectReason.FIELD_MISSING, message)

    def refuse(self, column: str, reason: RejectReason, read: pl.DataFrame) -> None:
        """Reject those of these rows in which reading a column found a problem."""
        if read["problem"].null_count() < read.height:
            faulty = read["problem"].is_not_null()
            self.reject(faulty, column, reason, problem_sentences(self.text(column), read).filter(faulty))


def _read_distances(part: _Part) -> pl.Series:
    text = part.text("fallback_area_distance")
    km = text.cast(pl.Float64, strict=False)
    faulty = text.is_not_null() & ~(km.is_finite() & (km >= 0)).fill_null(False)
    message = pl.format(
        "{} is not a distance. Write 0 or more kilometres as a plain number, such as 20 or 7.5.", "shown"
    )
    part.reject(faulty, "fallback_area_distance", RejectReason.DISTANCE_MALFORMED, message)
    return km.abs()  # drops the sign of -0.0


def _read_flags(part: _Part, flag: str) -> pl.Series:
    text = part.text(flag)
    read = read_distinct(text, lambda value: _TRUTH.get(value.upper()), pl.Boolean)
    faulty = read.is_null() & text.is_not_null()
    message = pl.format("{} is neither TRUE nor FALSE. Write one of the two.", "shown")
    part.reject(faulty, flag, RejectReason.BOOLEAN_MALFORMED, message)
    return read


def _method_of(text: str) -> int | None:
    """Read a method as people write it: in any case, with spaces, hyphens, underscores or nothing between."""
    return _COMPACT_METHODS.get(re.sub(r"[\s_-]", "", text).upper())


def links_of(columns: Mapping[str, pl.Series], source: str) -> Links:
    """Build links from columns that are read and checked already.

    Parameters
    ----------
    columns
        Columns of `Links.table`, `link_id` among them. Flags that are missing are false, a missing `fallback_km` is 0,
        and other missing columns are null; so are the nulls of a column.
    source
        Where the links come from.

    Examples
    --------
    >>> links = links_of({"link_id": pl.Series(["555"]), "outcode_code": pl.Series([7])}, "a request")
    >>> links.table.select("link_id", "outcode_code", "fallback_km", "fallback_city", "area_code").rows()
    [('555', 7, 0.0, False, None)]
    """
    height = len(columns["link_id"])
    table = []
    for name, dtype in _DTYPES.items():
        default = 0.0 if name == "fallback_km" else False if dtype == pl.Boolean else None
        column = columns.get(name)
        if column is None:
            column = pl.Series(name, [default], dtype=dtype).new_from_index(0, height)
        elif default is not None and column.null_count():
            column = column.fill_null(default)
        table.append(column.alias(name).cast(dtype))
    return Links(pl.DataFrame(table), pl.DataFrame(schema=REJECTED), source, "")
