"""What a VoxNumber is: its digits, its country code (IDD), its area code, and the place that these tell.

A VoxNumber is written as its digits with the country code and without ``+``: ``442079460000``. An area code is a number
without the leading zero: 20, 161, 15394, 845. Tables hold VoxNumbers as int64, country codes and area codes as int32.

Which digits are the area code
------------------------------
The leading digits decide, never the length: a number that is too long or too short for its country has the area code
that its first digits say, and libphonenumber's verdict on the whole number is not asked.

United Kingdom (44), the longest prefix wins:

- 1… and 2…: the geographic area codes of the bundled table (`allocator.dataset`); 15394 before 1539. Where none fits,
  as after 16972, the area code is unknown.
- 3…, 8… and 9…: three digits (330, 800, 845, 909).
- 500, 55 and 56; 70 (personal numbers); 76 (pagers).
- 7… otherwise: mobiles, four digits (7700), and 7624, which is of the Isle of Man and no pager.
- 4…, 6… and the rest of 5…: not in use, the area code is unknown.

North America and the Caribbean (1): three digits, the first of them 2 to 9.

Other countries: see `allocator.abroad`, which asks libphonenumber; that is loaded for no other numbers.

Country codes are those that the ITU has assigned (E.164).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from allocator import abroad
from allocator.abroad import Kind, Place
from allocator.errors import NumberError
from allocator.spacing import SPACES, SPACES_PATTERN, without_spaces

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "UK_IDD",
    "Place",
    "VoxNumber",
    "area_code_column",
    "parse",
    "parse_area_code",
    "parse_column",
    "parse_idd",
    "places",
]

UK_IDD = 44
"""Country code of the United Kingdom and the Crown dependencies."""

_DIGITS_LEAST, _DIGITS_MOST = 5, 18  # 18 digits are sure to fit into an int64
_AREA_CODE_DIGITS = 5  # no area code is longer

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
_IDDS = frozenset(map(int, _COUNTRY_CODES.split()))

# The Crown dependencies dial 44; these area codes are theirs, all others with 44 are of the UK.
_CROWN_DEPENDENCIES = {
    **dict.fromkeys((1481, 7781, 7839), "GG"),
    **dict.fromkeys((1534, 7509, 7797, 7829, 7937), "JE"),
    **dict.fromkeys((1624, 7524, 7624, 7924), "IM"),
}

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


@dataclass(frozen=True, slots=True)
class VoxNumber:
    """A telephone number of the account and what its digits tell.

    `idd` is null where no country has the code that the number begins with, `area_code` where the numbering plan has
    none.

    Examples
    --------
    >>> parse("442079460000").area_code
    20
    """

    full_voxnumber: str
    idd: int | None
    area_code: int | None
    kind: Kind
    city: str | None
    region: str | None
    country: str | None

    def __str__(self) -> str:
        return self.full_voxnumber


def parse(text: str) -> VoxNumber:
    """Read a VoxNumber: digits with the country code, with or without ``+``, spaces, hyphens, dots and parentheses.

    A ``(0)`` right after the country code is left out (Italian numbers keep their zero, so there it is refused).

    Raises
    ------
    NumberError
        For letters, a leading 0 or 00, what spreadsheets make of long numbers, fewer than 5 or more than 18 digits.

    Examples
    --------
    >>> number = parse("+44 (0)845 123-4567")
    >>> number.full_voxnumber, number.idd, number.area_code, number.kind
    ('448451234567', 44, 845, 'non-geographic')
    >>> parse("4423012565866").area_code  # a digit too long, kept
    23
    >>> parse("020 7946 0000")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    allocator.errors.NumberError: '020 7946 0000': it starts with 0 and has no country code. If it is of the UK, ...
    """
    digits = _digits(text)
    idd, area_code = _split(digits)
    place = Place(None, None, None) if idd is None else _place(idd, area_code)
    kind = _kind(idd, area_code, digits)
    city = None if kind == "mobile" else place.city  # an Italian mobile may share its area code with a town
    return VoxNumber(digits, idd, area_code, kind, city, place.region, place.country)


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
    if idd not in _IDDS:
        raise NumberError(text, (0, len(text)), f"no country has the code {idd}", "Write a code in use, such as 44.")
    return idd


def places(idd: int, area_code: int) -> Place:
    """The city, region and country of an area code; null where that is not known.

    In the UK and the Crown dependencies the city is the name of the geographic area code in the bundled table.
    Elsewhere libphonenumber is asked, see `allocator.abroad.place`.

    Examples
    --------
    >>> places(44, 20)
    Place(city='London', region=None, country='GB')
    >>> places(1, 212)
    Place(city='New York', region='NY', country='US')
    >>> places(1, 416)
    Place(city='Toronto', region='ON', country='CA')
    """
    return _place(idd, area_code)


# --- columns ---------------------------------------------------------------------------------------------------------


def parse_column(texts: pl.Series) -> pl.DataFrame:
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
    >>> for row in parse_column(pl.Series(["442079460000", "+44 20 7946 0001", "4.42E+11"])).rows():
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


def area_code_column(numbers: pl.Series) -> pl.DataFrame:
    """The country codes and area codes of a column of VoxNumbers.

    Numbers of the UK and of +1 are looked up by their leading digits in a table, a million in well under 0.1 s; others
    once for each of their distinct five digits after the country code, 25 µs each.

    Parameters
    ----------
    numbers
        VoxNumbers as int64.

    Returns
    -------
    One row per number: `idd` and `area_code` (Int32), null where unknown.

    Examples
    --------
    >>> area_code_column(pl.Series([442079460000, 441539412345, 441539112345, 12125550123])).rows()
    [(44, 20), (44, 15394), (44, 1539), (1, 212)]
    """
    values = numbers.cast(pl.Int64).fill_null(0).clip(lower_bound=0).to_numpy()
    lengths = np.searchsorted(_POWERS_OF_TEN, values, side="right")
    idd = _idd_table()[_leading(values, lengths, 3)]
    area_code = np.zeros(len(values), dtype=np.int32)

    british = (idd == 44) & (lengths >= 2 + _AREA_CODE_DIGITS)
    american = (idd == 1) & (lengths >= 4)
    elsewhere = ~(british | american) & (lengths > 0)
    if british.any():
        leads = _leading(values[british], lengths[british], 2 + _AREA_CODE_DIGITS)
        area_code[british] = _british_table()[leads - 44 * 10**_AREA_CODE_DIGITS]
    if american.any():
        codes = _leading(values[american], lengths[american], 4) - 1000
        area_code[american] = np.where(codes >= 200, codes, 0)
    if elsewhere.any():
        of_country = np.select([idd[elsewhere] >= 100, idd[elsewhere] >= 10, idd[elsewhere] >= 1], [3, 2, 1], default=3)
        leads = _leading(values[elsewhere], lengths[elsewhere], of_country + _AREA_CODE_DIGITS)
        distinct, places_of = np.unique(leads, return_inverse=True)
        split = [_split(str(lead)) for lead in distinct]
        idd[elsewhere] = np.array([country or 0 for country, _ in split], dtype=np.int32)[places_of]
        area_code[elsewhere] = np.array([code or 0 for _, code in split], dtype=np.int32)[places_of]
    return pl.DataFrame({"idd": idd, "area_code": area_code}).select(
        pl.when(pl.all() != 0).then(pl.all())  # 0 stands for unknown so far
    )


_POWERS_OF_TEN = 10 ** np.arange(19, dtype=np.int64)


def _leading(
    values: NDArray[np.int64], lengths: NDArray[np.int64], digits: int | NDArray[np.int64]
) -> NDArray[np.int64]:
    """The first digits of each number; all of them where it has no more."""
    dropped = np.maximum(lengths - digits, 0)
    leading: NDArray[np.int64] = values // _POWERS_OF_TEN[dropped]
    return leading


@cache
def _idd_table() -> NDArray[np.int32]:
    """Three leading digits to country code, 0 where none is assigned."""
    return _prefix_table(((str(idd), idd) for idd in sorted(_IDDS)), digits=3)


@cache
def _british_table() -> NDArray[np.int32]:
    """Five leading digits of a British number to its area code, 0 where unknown."""
    return _prefix_table(((str(code), code) for code in _british_codes()), digits=_AREA_CODE_DIGITS)


def _prefix_table(prefixes: Iterable[tuple[str, int]], *, digits: int) -> NDArray[np.int32]:
    """Leading digits to the value of the longest prefix."""
    table = np.zeros(10**digits, dtype=np.int32)
    for prefix, value in sorted(prefixes, key=lambda item: len(item[0])):
        width = 10 ** (digits - len(prefix))
        first = int(prefix) * width
        table[first : first + width] = value
    table.flags.writeable = False
    return table


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
        return int(_digits(text)), None, None
    except NumberError as error:
        return None, error.problem, error.remedy


# --- from text to digits ---------------------------------------------------------------------------------------------


def _digits(text: str) -> str:
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
    if trunk and int(trunk[1]) in _IDDS:
        if int(trunk[1]) in abroad.KEEP_THEIR_ZERO:
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


def _split(digits: str) -> tuple[int | None, int | None]:
    """Country code and area code of a number, or of its leading digits."""
    idd = next((int(digits[:n]) for n in (1, 2, 3) if int(digits[:n]) in _IDDS), None)
    if idd is None:
        return None, None
    national = digits[len(str(idd)) :]
    if idd == 44:
        codes = _british_codes()
        prefixes = (national[:n] for n in range(_AREA_CODE_DIGITS, 0, -1) if len(national) >= n and national[0] != "0")
        return idd, next((int(prefix) for prefix in prefixes if int(prefix) in codes), None)
    if idd == 1:
        return idd, int(national[:3]) if re.match("[2-9][0-9]{2}", national) else None
    return idd, abroad.area_code(idd, national[:_AREA_CODE_DIGITS])


@cache
def _british_codes() -> frozenset[int]:
    """All area codes after 44, geographic and other."""
    from allocator import dataset

    hundreds = (300, 800, 900)
    return frozenset(
        (
            *(int(code) for code in dataset.area_codes().area_code),
            *(code for hundred in hundreds for code in range(hundred, hundred + 100)),
            *(500, 55, 56, 70, 76, 7624),
            *(code for code in range(7100, 8000) if code // 100 not in (70, 76)),
        )
    )


def _kind(idd: int | None, area_code: int | None, digits: str) -> Kind:
    if idd is None or area_code is None:
        return "unknown"
    if idd == 44:
        first = str(area_code)[0]
        if first in "12":
            return "geographic"
        return "mobile" if first == "7" and area_code not in (70, 76) else "non-geographic"
    return abroad.kind(idd, digits[len(str(idd)) :][:_AREA_CODE_DIGITS])


def _place(idd: int, area_code: int | None) -> Place:
    if idd == 44:
        return _british_place(area_code)
    return abroad.place(idd, area_code)


@cache
def _british_place(area_code: int | None) -> Place:
    from allocator import dataset

    if area_code is None:
        return Place(None, None, "GB")
    table = dataset.area_codes()
    index = table.index(area_code)
    city = None if index is None else str(table.name[index])
    return Place(city, None, _CROWN_DEPENDENCIES.get(area_code, "GB"))
