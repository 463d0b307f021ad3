"""Columns of postcodes, read all at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from itertools import product

import polars as pl

from allocator.errors import PostcodeError
from allocator.notation.columns import NO_TEXT, read_distinct_rows, read_in_turn
from allocator.notation.postcode_shapes import INCODE_LETTERS, OUTCODE_RE
from allocator.notation.postcodes import incode_number, parse_postcode
from allocator.notation.whitespace import SPACES_PATTERN


def parse_postcode_column(texts: pl.Series, outcodes: pl.Series | Sequence[str]) -> pl.DataFrame:
    """Read a column of unit postcodes, and find their outcodes in a list.

    The answers are those of `parse_postcode`. Vector expressions read all well-formed texts, in any case and spacing;
    only a text that is not a postcode costs a call, equal texts together.

    Parameters
    ----------
    texts
        A column of text; null counts as empty.
    outcodes
        The outcodes to find, each once.

    Returns
    -------
    One row per text: `outcode` and `incode` (String); `outcode_code` (UInt16), the place of the outcode in `outcodes`,
    null where it is not among them; `incode_code` (UInt16), see `incode_number`; `problem` and `remedy` (String), those
    of the `PostcodeError`. A row has either an outcode and an incode, or a problem and a remedy.

    Examples
    --------
    >>> for row in parse_postcode_column(pl.Series(["sw1a0aa", "L1 1AA", "SW1A"]), ["M1", "SW1A"]).rows():
    ...     print(row)
    ('SW1A', '0AA', 1, 0, None, None)
    ('L1', '1AA', None, 400, None, None)
    (None, None, None, None, "'SW1A' is only the first half of a postcode", 'Enter all of it, such as SW1A 0AA.')
    """
    codes = {outcode: code for code, outcode in enumerate(outcodes) if OUTCODE_RE.fullmatch(outcode)}
    readers = (_read_canonical, _read_listed, _read_well_formed, _read_one_by_one)
    return read_in_turn(texts.cast(pl.String), [partial(reader, codes=codes) for reader in readers])


_Codes = dict[str, int]
_COLUMNS = {
    "outcode": pl.String,
    "incode": pl.String,
    "outcode_code": pl.UInt16,
    "incode_code": pl.UInt16,
    "problem": pl.String,
    "remedy": pl.String,
}


def _read_canonical(texts: pl.Series, codes: _Codes) -> pl.DataFrame:
    """Read the rows written exactly as ``SW1A 0AA``, with a listed outcode."""
    return _found(texts, pl.col("text"), codes, after_outcode=" ")


def _read_listed(texts: pl.Series, codes: _Codes) -> pl.DataFrame:
    """Read the rows in either case, with or without plain spaces, with a listed outcode."""
    return _found(texts, _capitals(pl.col("text").str.replace_all(" ", "", literal=True)), codes, after_outcode="")


def _read_well_formed(texts: pl.Series, codes: _Codes) -> pl.DataFrame:
    """Read the well-formed rows in any case and spacing; each distinct outcode is judged once."""
    compact = _capitals(pl.col("text").str.replace_all(SPACES_PATTERN, ""))
    outcodes = pl.select(text=texts).select(compact.str.head(-3)).to_series().drop_nulls().unique()
    more = {outcode: place for place, outcode in enumerate(outcodes) if OUTCODE_RE.fullmatch(outcode)}
    listed = pl.Series([codes.get(outcode) for outcode in outcodes], dtype=pl.UInt16)
    rows = _found(texts, compact, more, after_outcode="", number=pl.UInt32)
    return rows.with_columns(outcode_code=listed.gather(rows["outcode_code"]))


def _read_one_by_one(texts: pl.Series, codes: _Codes) -> pl.DataFrame:
    """Read all rows with `parse_postcode`, equal texts together."""
    return read_distinct_rows(texts.fill_null(""), lambda text: _read_one(text, codes), _COLUMNS)


def _read_one(text: str, codes: _Codes) -> tuple[str | int | None, ...]:
    try:
        postcode = parse_postcode(text)
    except PostcodeError as error:
        return None, None, None, None, error.problem, error.remedy
    number = incode_number(postcode.incode)
    return postcode.outcode, postcode.incode, codes.get(postcode.outcode), number, None, None


@cache
def _incodes() -> pl.Enum:
    return pl.Enum([f"{digit}{a}{b}" for digit, a, b in product(range(10), INCODE_LETTERS, INCODE_LETTERS)])


def _capitals(text: pl.Expr) -> pl.Expr:
    """Capitalise ASCII texts; others become null, as the capital of a dotless i is an I and that of a sharp s is SS."""
    is_ascii = text.str.len_bytes() == text.str.len_chars()
    return pl.when(is_ascii).then(text.str.to_uppercase())


def _found(
    texts: pl.Series, written: pl.Expr, codes: _Codes, *, after_outcode: str, number: type[pl.DataType] = pl.UInt16
) -> pl.DataFrame:
    """Find the rows that, as rewritten, are an outcode of the list, `after_outcode` and an incode; others are null."""
    # GIR has only one incode: `parse_postcode` sees to that.
    outcodes = [outcode for outcode in codes if outcode != "GIR"]
    names = pl.Series(outcodes, dtype=pl.String)
    numbers = pl.Series([codes[outcode] for outcode in outcodes], dtype=number)
    written = written.alias("written")
    found = (
        pl.select(text=texts)
        .select(written)
        .select(
            place=pl.col("written").str.head(-3).cast(pl.Enum(names + after_outcode), strict=False).to_physical(),
            incode=pl.col("written").str.tail(3).cast(_incodes(), strict=False),
        )
    )
    whole = pl.col("place").is_not_null() & pl.col("incode").is_not_null()
    found = found.select(pl.when(whole).then(pl.col("place", "incode")))
    place = found["place"]
    return found.select(
        outcode=names.gather(place),
        incode=pl.col("incode").cast(pl.String),
        outcode_code=numbers.gather(place),
        incode_code=pl.col("incode").to_physical().cast(pl.UInt16),
        problem=NO_TEXT,
        remedy=NO_TEXT,
    )
