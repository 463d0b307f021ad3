"""How VoxNumbers, country codes (IDD) and area codes are written.

A VoxNumber is written as its digits with the country code and without ``+``: ``442079460000``. An area code is a number
without the leading zero: 20, 161, 15394, 845. Tables hold VoxNumbers as int64, country codes and area codes as int32.

Country codes are those that the ITU has assigned (E.164).
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import polars as pl

from allocator.errors import NumberError
from allocator.notation.whitespace import SPACES, SPACES_PATTERN, without_spaces

if TYPE_CHECKING:
    pass

__all__ = ["IDDS", "KEEP_THEIR_ZERO", "UK_IDD", "digits_of", "parse_area_code", "parse_idd", "parse_number_column"]

UK_IDD = 44
"""Country code of the United Kingdom and the Crown dependencies."""

KEEP_THEIR_ZERO = (39, 378)
"""Country codes with which a leading zero is part of the number: Italy with the Vatican, San Marino."""

_DIGITS_LEAST, _DIGITS_MOST = 5, 18  # 18 digits are sure to fit into an int64

# ITU-T E.164, assigned country codes and global services.
_COUNTRY_CODES = """
1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90
91 92 93 94 95 98 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 237 238 239
240 241 242 243 244 245 246 247 248 249 250 251 252 253 254 255 256 257 258 260 261 262 263 264 265 266 267 268 269 290
291 297 298 299 350 351 352 353 354 355 356 357 358 359 370 371 372 373 374 375 376 377 378 380 381 382 383 385 386 387
389 420 421 423 500 501 502 503 504 505 506 507 508 509 590 591 592 593 594 595 596 597 598 599 670 672 673 674 675 676
677 678 679 680 681 682 683 685 686 687 688 689 690 691 692 800 808 850 852 853 855 856 870 878 880 881 882 883 886 888
960 961 962 963 964 965 966 967 968 970 971 972 973 974 975 976 977 979 992 993 994 995 996 998
"""
IDDS = frozenset(map(int, _COUNTRY_CODES.split()))
"""Country codes that the ITU has assigned."""


# Written so that Python's regex engine and that of polars read them alike. Both are for texts without spaces.
_MARK = "[-.\u2010\u2011\u2012\u2013\u2014\u2212]"
# Every character can be taken in one way only: a text that is no number is known for none at once.
_NUMBER = rf"(?:\+?[1-9]|\(\+?[1-9][0-9]*\))(?:{_MARK}?[0-9]|{_MARK}?\([0-9]+\))*"
_DECIMAL = r"\+?[0-9]{5,}\.(?:[0-9]{1,2}|0+)"
_TRUNK_ZERO = "(0)"
_NUMBER_RE = re.compile(_NUMBER)
_DECIMAL_RE = re.compile(_DECIMAL)
_TRUNK_ZERO_RE = re.compile(rf"\(?\+?([1-9][0-9]{{0,2}})\)?{_MARK}?\(0\)")
_SCIENTIFIC_RE = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]*)?[eE][+-]?[0-9]+")


def parse_area_code(text: str) -> int:
    """Read an area code, with or without its leading zero.

    Raises
    ------
    NumberError
        If it is not one to seven digits that say more than zero.

    Examples
    --------
    >>> parse_area_code("020"), parse_area_code("(0845)"), parse_area_code("15394")
    (20, 845, 15394)
    """
    compact = text.strip(SPACES)
    match = re.fullmatch(r"0?([1-9][0-9]{0,6})|\(0?([1-9][0-9]{0,6})\)", compact)
    if match is None:
        problem = "it is not an area code" if compact else "area code is empty"
        raise NumberError(text, (0, len(text)), problem, "Write its digits without country code, such as 20 or 020.")
    return int(match[1] or match[2])


def parse_idd(text: str) -> int:
    """Read a country code (IDD), with or without ``+`` or 00.

    Raises
    ------
    NumberError
        If it is not a country code that the ITU has assigned.

    Examples
    --------
    >>> parse_idd("+44"), parse_idd("1"), parse_idd("00353")
    (44, 1, 353)
    """
    compact = text.strip(SPACES)
    match = re.fullmatch(r"(?:\+|00)?([1-9][0-9]{0,2})", compact)
    if match is None:
        problem = "it is not a country code" if compact else "country code is empty"
        raise NumberError(text, (0, len(text)), problem, "Write one to three digits, such as 44.")
    idd = int(match[1])
    if idd not in IDDS:
        raise NumberError(text, (0, len(text)), f"no country has the code {idd}", "Write a code in use, such as 44.")
    return idd


# --- columns ---------------------------------------------------------------------------------------------------------


def parse_number_column(texts: pl.Series) -> pl.DataFrame:
    """Read a column of VoxNumbers: the digits that `parse` gives one by one, without area code and place.

    Well-formed texts are read by vector expressions; only the others cost a call each (equal ones together).

    Parameters
    ----------
    texts
        A column of text; null counts as empty.

    Returns
    -------
    One row per text: `full_voxnumber` (Int64), and `problem` and `remedy` (String), as `NumberError` has them. A row
    has either a number, or a problem and a remedy.

    Examples
    --------
    >>> for row in parse_number_column(pl.Series(["442079460000", "+44 20 7946 0001", "4.42E+11"])).rows():
    ...     print(row)
    (442079460000, None, None)
    (442079460001, None, None)
    (None, 'it is in scientific notation, which has lost digits', 'Format the column as text, then export it again.')
    """
    texts = texts.cast(pl.String)
    rows = _read_plain(texts)
    for reader in (_read_marked, _read_one_by_one):
        rest = (rows["full_voxnumber"].is_null() & rows["problem"].is_null()).arg_true()
        if len(rest) == 0:
            break
        patch = reader(texts.gather(rest))
        rows = rows.with_columns(rows[name].scatter(rest, patch[name]) for name in rows.columns)
    return rows


_NOTHING = pl.lit(None, dtype=pl.String)


def _read_plain(texts: pl.Series) -> pl.DataFrame:
    """The rows of 5 to 18 digits without a leading zero and nothing else; the others null."""
    text = pl.col("text")
    number = text.cast(pl.Int64, strict=False)
    # A cast takes signs, spaces and zeros too: only where none was is the text as long as its number.
    plain = number.is_between(10 ** (_DIGITS_LEAST - 1), 10**_DIGITS_MOST - 1) & (
        text.str.len_bytes() == number.cast(pl.String).str.len_bytes()
    )
    return pl.select(text=texts).select(full_voxnumber=pl.when(plain).then(number), problem=_NOTHING, remedy=_NOTHING)


def _read_marked(texts: pl.Series) -> pl.DataFrame:
    """The rows whose digits have marks and spaces around them; null where that is not quite clear."""
    compact = pl.col("compact")
    digits = compact.str.replace_all("[^0-9]", "")
    clear = (
        compact.str.contains(f"^(?:{_NUMBER})$")
        & ~compact.str.contains(f"^(?:{_DECIMAL})$")
        & ~compact.str.contains(_TRUNK_ZERO, literal=True)
        & digits.str.len_bytes().is_between(_DIGITS_LEAST, _DIGITS_MOST)
    )
    return (
        pl.select(compact=texts)
        .select(compact.str.replace_all(SPACES_PATTERN, ""))
        .select(
            full_voxnumber=pl.when(clear).then(digits).cast(pl.Int64),
            problem=_NOTHING,
            remedy=_NOTHING,
        )
    )


def _read_one_by_one(texts: pl.Series) -> pl.DataFrame:
    """All rows, equal texts together."""
    texts = texts.fill_null("")
    read = pl.DataFrame(
        [(text, *_read_one(text)) for text in texts.unique()],
        schema={"text": pl.String, "full_voxnumber": pl.Int64, "problem": pl.String, "remedy": pl.String},
        orient="row",
    )
    return pl.select(text=texts).join(read, on="text", how="left", maintain_order="left").drop("text")


def _read_one(text: str) -> tuple[int | None, str | None, str | None]:
    try:
        return int(digits_of(text)), None, None
    except NumberError as error:
        return None, error.problem, error.remedy


# --- from text to digits ---------------------------------------------------------------------------------------------


def digits_of(text: str) -> str:
    """The digits of a VoxNumber, with the country code."""
    compact = without_spaces(text)
    digits = _clear_digits(compact)
    if digits is None:
        raise _diagnosis(text, compact)
    if not _DIGITS_LEAST <= len(digits) <= _DIGITS_MOST:
        problem = f"it has {len(digits)} digit{'s' * (len(digits) > 1)}; a number with its country code has 5 to 18"
        raise NumberError(text, (0, len(text)), problem, "Write the whole number, such as 442079460000.")
    return digits


def _clear_digits(compact: str) -> str | None:
    """The digits of a text without spaces, none where it is not clear that they are a number."""
    if not _NUMBER_RE.fullmatch(compact) or _DECIMAL_RE.fullmatch(compact):
        return None
    trunk = _TRUNK_ZERO_RE.match(compact)
    if trunk and int(trunk[1]) in IDDS:
        if int(trunk[1]) in KEEP_THEIR_ZERO:
            return None
        compact = trunk[1] + compact[trunk.end() :]
    return re.sub("[^0-9]", "", compact)


def _diagnosis(text: str, compact: str) -> NumberError:
    """What keeps a text from being a VoxNumber."""
    whole = (0, len(text))
    remedy = "Write its digits with the country code, such as 442079460000."
    if not compact:
        return NumberError(text, whole, "number is empty", remedy)
    if _SCIENTIFIC_RE.fullmatch(compact):
        problem = "it is in scientific notation, which has lost digits"
        return NumberError(text, whole, problem, "Format the column as text, then export it again.")
    if _DECIMAL_RE.fullmatch(compact):
        point = text.index(".")
        problem = "it is a decimal fraction, as programs write a column of numbers with gaps"
        return NumberError(text, (point, len(text)), problem, f"Write it as text: {compact[: compact.index('.')]}.")
    if _NUMBER_RE.fullmatch(compact):
        problem = "a zero in parentheses: Italian numbers keep theirs"
        place = text.index("0")
        return NumberError(text, (place, place + 1), problem, "Write the digits as dialled from abroad.")
    zeros = re.match(r"[+(]*(0+)", compact)
    if zeros:
        return _leading_zero(text, compact, zeros[1], remedy)
    return _out_of_place(text, compact, remedy)


def _leading_zero(text: str, compact: str, zeros: str, remedy: str) -> NumberError:
    start = text.index("0")
    rest = re.sub("[^0-9]", "", compact.replace(zeros, "", 1))
    if len(zeros) == 1:
        problem = "it starts with 0 and has no country code"
        example = f"If it is of the UK, write 44{rest}."
    else:
        problem = f"it starts with {zeros}, which is dialled before a country code and no part of it"
        example = f"Write {rest}."
    is_number = _DIGITS_LEAST <= len(rest) <= _DIGITS_MOST - 2
    return NumberError(text, (start, start + 1), problem, example if is_number else remedy)


def _out_of_place(text: str, compact: str, remedy: str) -> NumberError:
    """The first character that can't go on a number."""
    match = _NUMBER_RE.match(compact)
    fault = match.end() if match else 0
    places_in_text = [place for place, character in enumerate(text) if character not in SPACES]
    place = places_in_text[fault]
    character = text[place]
    name = unicodedata.name(character, "no name").lower()
    belongs = character in "+()" or re.fullmatch(f"{_MARK}|[0-9]", character)
    problem = f"the character {character!r} ({name}) {'is out of place' if belongs else 'belongs in no number'}"
    plain = "".join(str(unicodedata.decimal(c)) for c in compact if c.isdecimal())  # of any script
    is_number = not belongs and not character.isalpha() and _DIGITS_LEAST <= len(plain) <= _DIGITS_MOST
    return NumberError(text, (place, place + 1), problem, f"Did you mean {plain}?" if is_number else remedy)


# --- from digits to country code and area code -----------------------------------------------------------------------
