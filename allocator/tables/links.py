"""Links come in: what wants a number, read and checked row by row.

A row that can't be read is rejected with its reason, and the others go on. Each row is read as its method asks: what
belongs to another method is left alone. Without a method, a row with a postcode is BY POSTCODE, else one with a
full_voxnumber BY VOXNUMBER, else one with an area_code BY AREA.

A link_id may stand in one readable row; later rows with it are rejected.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from allocator.notation import Method, check_km, parse_area_code, parse_idd, parse_number_column, parse_postcode_column
from allocator.places import bundled_outcodes, is_united_kingdom
from allocator.protocol import NOT_XML, NOT_XML_PATTERN
from allocator.tables.read import Source, read_table
from allocator.tables.schema import TableSchema
from allocator.tables.text import (
    REJECTED,
    RejectReason,
    Sieve,
    TextTable,
    nulls,
    parse_distinct,
    problem_sentences,
    read_distinct,
    shown,
)

__all__ = ["Links", "RejectReason", "links_of", "read_links"]


_FLAGS = ("fallback_city", "fallback_region", "fallback_country")
HEADER = TableSchema(
    "links",
    required=("link_id",),
    one_of=("postcode", "full_voxnumber", "area_code"),
    optional=("method", "fallback_area_distance", "voxnumber_idd", *_FLAGS, "voxnumber_country", "priority"),
    digits=frozenset({"link_id", "full_voxnumber", "area_code", "voxnumber_idd"}),
    requests=True,
)
_SCHEMA = {
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


@dataclass(frozen=True, slots=True)
class Links:
    """The links of a document.

    Attributes
    ----------
    table
        The readable rows in document order: `row` in the source, `link_id`, `method` (a `Method.code` as UInt8), `postcode`
        (as "SW1A 0AA"), `outcode_code` (place in the bundled outcodes, null for an outcode that they lack),
        `incode_code` (see `allocator.notation.postcodes.incode_number`), `fallback_km` (the row's own, else the option),
        `voxnumber_idd`, `area_code`, `fallback_city`, `fallback_region`, `fallback_country`, `full_voxnumber`,
        `priority` (in thousandths; null where there is no such column). What does not belong to a row's method is null,
        false, or for `fallback_km` the option.
    rejected
        The rows that can't be read: `table`, `file`, `row`, `column`, `value`, `reason` (a `RejectReason`), `message`.
    source
        Where the links come from, as people are told.
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
        (TRUE or FALSE), `voxnumber_country` (of a postcode: the United Kingdom). Others are left alone. Or a request of
        attachVoxnumberToLink (XML), whose rows are its links.
    fallback_km
        Fallback distance of rows that give none, kilometres; None leaves them NaN.

    Raises
    ------
    TableError
        The source can't be read, or a column is missing, misspelt or doubled.
    OptionError
        The fallback distance is negative or no number.

    Notes
    -----
    Linear in the rows; a million links of a CSV file take a third of a second.

    Examples
    --------
    >>> links = read_links(pl.DataFrame({"link_id": ["555", "556"], "postcode": ["sw1a0aa", "SW1A"]}), fallback_km=20)
    >>> links.table.select("row", "link_id", "postcode", "fallback_km").rows()
    [(1, '555', 'SW1A 0AA', 20.0)]
    >>> links.rejected.select("row", "column", "reason").rows()
    [(2, 'postcode', 'POSTCODE_MALFORMED')]
    """
    reading = _Reading(read_table(source, HEADER), math.nan if fallback_km is None else check_km(fallback_km))
    return reading.links()


class _Reading:
    """One reading of a table of links: faults are told in the order of the columns, so a row's first one counts."""

    def __init__(self, table: TextTable, fallback_km: float) -> None:
        self._table = table
        self._sieve = Sieve(table)
        self._fallback_km = fallback_km
        self._columns: dict[str, pl.Series] = {}

    def links(self) -> Links:
        """The links, read."""
        self._read_link_ids()
        method = self._read_methods()
        self._columns |= {"row": self._table.cells["row"], "link_id": self._table.column("link_id"), "method": method}
        readers = (self._read_by_voxnumber, self._read_by_postcode, self._read_by_area)
        for kind, reader in zip(Method, readers, strict=True):
            asked = method == kind.code
            if asked.any():
                reader(_Part(self._table, None if asked.all() else asked.fill_null(False).arg_true()))
        if "priority" in self._table:
            self._columns["priority"] = self._read_priorities()
        self._reject_duplicates()
        table = pl.DataFrame([self._column(name) for name in _SCHEMA])
        if not self._sieve.clean:
            table = table.filter(self._sieve.passed)
        return Links(table, self._sieve.rejected, self._table.name, self._table.digest)

    def _column(self, name: str) -> pl.Series:
        """A column of the result, filled up where no row's method asked for it."""
        default = self._fallback_km if name == "fallback_km" else False if name in _FLAGS else None
        column = self._columns.get(name)
        if column is None:
            return pl.Series(name, [default], dtype=_SCHEMA[name]).new_from_index(0, len(self._table))
        column = column.alias(name).cast(_SCHEMA[name])
        return column if default is None or not column.null_count() else column.fill_null(default)

    def _read_link_ids(self) -> None:
        link_id = self._table.column("link_id")
        if link_id.null_count():
            message = "The link_id is empty. Give the ID of the link that wants a number."
            self._sieve.reject(link_id.is_null(), "link_id", RejectReason.LINK_ID_EMPTY, message)
        if not _fits_xml(link_id):
            faulty = link_id.str.contains(NOT_XML_PATTERN).fill_null(False)
            sentences = pl.Series([_not_xml(text) for text in link_id.filter(faulty)], dtype=pl.String)
            self._sieve.reject(faulty, "link_id", RejectReason.LINK_ID_NOT_XML, sentences)

    def _read_methods(self) -> pl.Series:
        """Method of each row, null where it can't be told."""
        told = nulls("method", len(self._table), pl.UInt8)
        if "method" in self._table:
            text = self._table.column("method")
            told = read_distinct(text, _method_of, pl.UInt8)
            unknown = pl.format("{} is no method. Write BY AREA, BY VOXNUMBER or BY POSTCODE.", "shown")
            faulty = told.is_null() & text.is_not_null()
            self._sieve.reject(faulty, "method", RejectReason.METHOD_UNKNOWN, unknown)
            if not text.null_count():
                return told
            told = pl.select(pl.when(faulty).then(255).otherwise(told).cast(pl.UInt8).alias("method")).to_series()
        method = self._untold_methods(told)
        self._sieve.reject(
            method.is_null(),
            "postcode",
            RejectReason.FIELD_MISSING,
            "The row has neither postcode nor full_voxnumber nor area_code. Give one of them.",
        )
        return method

    def _untold_methods(self, told: pl.Series) -> pl.Series:
        """The methods with those that a row does not tell, after what it has."""
        if told.null_count() == len(told) and not self._table.column("postcode").null_count():
            return pl.Series("method", [Method.BY_POSTCODE.code], dtype=pl.UInt8).new_from_index(0, len(told))
        has = {kind: self._table.column(column).is_not_null() for kind, column in _TELLING.items()}
        guess = pl.coalesce(pl.when(there).then(pl.lit(kind.code, dtype=pl.UInt8)) for kind, there in has.items())
        return pl.select(method=told).select(method=pl.coalesce("method", guess)).to_series()

    # Each of these reads the rows of one method, the fields of the method in the order of the columns.

    def _read_by_voxnumber(self, part: _Part) -> None:
        part.require(self._sieve, "full_voxnumber", Method.BY_VOXNUMBER)
        read = parse_number_column(part.text("full_voxnumber"))
        part.refuse(self._sieve, "full_voxnumber", RejectReason.VOXNUMBER_MALFORMED, read)
        self._columns["full_voxnumber"] = part.whole(read["full_voxnumber"])

    def _read_by_postcode(self, part: _Part) -> None:
        if "voxnumber_country" in self._table:
            country = part.text("voxnumber_country")
            known = read_distinct(country, is_united_kingdom, pl.Boolean).fill_null(True)
            message = pl.format("{} is not supported: only UK postcodes are. Ask by area code or number.", "shown")
            part.reject(self._sieve, ~known, "voxnumber_country", RejectReason.COUNTRY_NOT_SUPPORTED, message)
        part.require(self._sieve, "postcode", Method.BY_POSTCODE)
        read = parse_postcode_column(part.text("postcode"), bundled_outcodes().outcode)
        part.refuse(self._sieve, "postcode", RejectReason.POSTCODE_MALFORMED, read)
        written = read.select(postcode=pl.concat_str("outcode", pl.lit(" "), "incode"))["postcode"]
        self._columns["postcode"] = part.whole(written)
        for code in ("outcode_code", "incode_code"):
            self._columns[code] = part.whole(read[code])
        if "fallback_area_distance" in self._table:
            self._columns["fallback_km"] = part.whole(self._read_distances(part))

    def _read_distances(self, part: _Part) -> pl.Series:
        text = part.text("fallback_area_distance")
        km = text.cast(pl.Float64, strict=False)
        faulty = text.is_not_null() & ~(km.is_finite() & (km >= 0)).fill_null(False)
        message = pl.format(
            "{} is no distance. Write 0 or more kilometres as a plain number, such as 20 or 7.5.", "shown"
        )
        part.reject(self._sieve, faulty, "fallback_area_distance", RejectReason.DISTANCE_MALFORMED, message)
        return km.abs()  # without the sign of -0.0

    def _read_priorities(self) -> pl.Series:
        text = self._table.column("priority")
        scaled = (text.cast(pl.Float64, strict=False) * 10**_PRIORITY_PLACES).fill_nan(None)
        whole = scaled.round()
        sound = (whole >= 1) & (whole <= _MOST_PRIORITY * 10**_PRIORITY_PLACES) & ((scaled - whole).abs() < 1e-6)
        message = pl.format(
            f"{{}} is no priority. Write a number up to {_MOST_PRIORITY} with up to {_PRIORITY_PLACES} decimals, such "
            "as 1 or 2.5; twice the number counts twice as much.",
            "shown",
        )
        faulty = text.is_not_null() & ~sound.fill_null(False)
        self._sieve.reject(faulty, "priority", RejectReason.PRIORITY_MALFORMED, message)
        told = pl.select(pl.when(sound).then(whole)).to_series()
        return told.cast(pl.Int64).fill_null(10**_PRIORITY_PLACES)

    def _read_by_area(self, part: _Part) -> None:
        for column, parse, reason in (
            ("voxnumber_idd", parse_idd, RejectReason.IDD_MALFORMED),
            ("area_code", parse_area_code, RejectReason.AREA_CODE_MALFORMED),
        ):
            part.require(self._sieve, column, Method.BY_AREA)
            read = parse_distinct(part.text(column), column, parse)
            part.refuse(self._sieve, column, reason, read)
            self._columns[column] = part.whole(read[column])
        for flag in _FLAGS:
            if flag in self._table:
                self._columns[flag] = part.whole(self._read_flags(part, flag))

    def _read_flags(self, part: _Part, flag: str) -> pl.Series:
        text = part.text(flag)
        read = read_distinct(text, lambda value: _TRUTH.get(value.upper()), pl.Boolean)
        faulty = read.is_null() & text.is_not_null()
        message = pl.format("{} is neither TRUE nor FALSE. Write one of the two.", "shown")
        part.reject(self._sieve, faulty, flag, RejectReason.BOOLEAN_MALFORMED, message)
        return read

    def _reject_duplicates(self) -> None:
        """Reject the rows whose link_id an earlier readable row has."""
        row, link_id = self._table.cells["row"], self._table.column("link_id")
        if _are_distinct(link_id):
            return
        readable = pl.select(
            place=pl.int_range(len(link_id), dtype=pl.UInt32),
            row=row,
            link_id=link_id,
            passed=self._sieve.passed,
        ).filter("passed")
        first = readable.unique("link_id", keep="first", maintain_order=True)
        later = readable.join(first, on="place", how="anti", maintain_order="left")
        if later.is_empty():
            return
        before = later.join(first.select("link_id", before="row"), on="link_id", how="left", maintain_order="left")
        told = pl.select(shown=shown(later["link_id"]), before=before["before"]).select(
            pl.format(
                "The link {} stands in row {} already, and a link takes one number. Remove one row.", "shown", "before"
            )
        )
        faulty = pl.Series([False]).new_from_index(0, len(link_id)).scatter(later["place"], True)
        self._sieve.reject(faulty, "link_id", RejectReason.LINK_ID_DUPLICATED, told.to_series())


class _Part:
    """Some rows of a table, all where `place` is None: those of one method."""

    def __init__(self, table: TextTable, place: pl.Series | None) -> None:
        self._table = table
        self._place = place

    def text(self, column: str) -> pl.Series:
        """A column of text, of these rows."""
        whole = self._table.column(column)
        return whole if self._place is None else whole.gather(self._place)

    def whole(self, part: pl.Series) -> pl.Series:
        """A column of these rows as one of all rows, with nulls between."""
        if self._place is None:
            return part
        return nulls(part.name, len(self._table), part.dtype).scatter(self._place, part)

    def reject(
        self, sieve: Sieve, faulty: pl.Series, column: str, reason: RejectReason, message: str | pl.Expr | pl.Series
    ) -> None:
        """Reject those of these rows for which `faulty` is true."""
        if faulty.any():
            sieve.reject(self.whole(faulty).fill_null(False), column, reason, message)

    def require(self, sieve: Sieve, column: str, method: Method) -> None:
        """Reject those of these rows in which a column is empty."""
        message = f"The {column} is empty, and {method} needs one. Give it, or another method."
        text = self.text(column)
        if text.null_count():
            self.reject(sieve, text.is_null(), column, RejectReason.FIELD_MISSING, message)

    def refuse(self, sieve: Sieve, column: str, reason: RejectReason, read: pl.DataFrame) -> None:
        """Reject those of these rows in which reading a column met a problem."""
        if read["problem"].null_count() < read.height:
            faulty = read["problem"].is_not_null()
            self.reject(sieve, faulty, column, reason, problem_sentences(self.text(column), read).filter(faulty))


# --- link ids --------------------------------------------------------------------------------------------------------


def _fits_xml(texts: pl.Series) -> bool:
    """Whether XML can carry all texts. Exact: a first look at all bytes at once only spares most tables the second."""
    whole = "".join(texts.drop_nulls().str.join("")).encode()
    body = np.frombuffer(whole, dtype=np.uint8)
    if whole.isascii() and not (body < ord(" ")).any():
        return True
    return not texts.str.contains(NOT_XML_PATTERN).any()


def _not_xml(text: str) -> str:
    """The sentence on a link_id that XML can't carry."""
    character = next(filter(NOT_XML.match, text))
    seen = NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
    quoted = shown(pl.Series([seen])).item()
    return f"The link_id {quoted} holds the character U+{ord(character):04X}, which XML can't carry. Remove it."


def _are_distinct(texts: pl.Series) -> bool:
    """Whether no two texts are the same. Sorted ones, which is what most documents have, take no hashing."""
    return _ascend(texts) or texts.n_unique() == len(texts)


def _ascend(texts: pl.Series) -> bool:
    """Whether each text comes before the next one. Looked at chunk by chunk, as these lie in memory."""
    last: str | None = None
    for chunk in texts.get_chunks():
        if not len(chunk):
            continue
        if chunk.null_count() or (last is not None and last >= chunk[0]):
            return False
        if not (chunk.head(len(chunk) - 1) < chunk.tail(len(chunk) - 1)).all():
            return False
        last = chunk[-1]
    return True


# --- methods and flags -----------------------------------------------------------------------------------------------

_TELLING = {
    Method.BY_POSTCODE: "postcode",
    Method.BY_VOXNUMBER: "full_voxnumber",
    Method.BY_AREA: "area_code",
}
_TRUTH = {"TRUE": True, "FALSE": False}
_COMPACT_METHODS = {name.replace(" ", ""): code for code, name in enumerate(Method)}


def _method_of(text: str) -> int | None:
    """Number of a method as people write it: in any case, with spaces, hyphens, underscores or nothing between."""
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
    for name, dtype in _SCHEMA.items():
        default = 0.0 if name == "fallback_km" else False if dtype == pl.Boolean else None
        column = columns.get(name)
        if column is None:
            column = pl.Series(name, [default], dtype=dtype).new_from_index(0, height)
        elif default is not None and column.null_count():
            column = column.fill_null(default)
        table.append(column.alias(name).cast(dtype))
    return Links(pl.DataFrame(table), pl.DataFrame(schema=REJECTED), source, "")
