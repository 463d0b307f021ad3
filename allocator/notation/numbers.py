"""One VoxNumber, country code (IDD) or area code: how it is written.

A VoxNumber is written as its digits with the country code and without ``+``: ``442079460000``. An area code is a number
without the leading zero: 20, 161, 15394, 845. Tables hold VoxNumbers as int64, country codes and area codes as int32.
"""

from __future__ import annotations

import re
import unicodedata

from allocator.errors import NumberError
from allocator.notation.whitespace import SPACES, without_spaces

UK_IDD = 44
"""Country code of the United Kingdom and the Crown dependencies."""

KEEP_THEIR_ZERO = (39, 378)
"""Country codes after which a leading zero is part of the number: Italy with the Vatican, San Marino."""

DIGITS_LEAST, DIGITS_MOST = 5, 18  # any 18 digits fit into an int64

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
"""Country codes that the ITU has assigned (E.164)."""


# Written so that Python's regex engine and that of polars agree. All are for texts without spaces.
MARK = "[-.\u2010\u2011\u2012\u2013\u2014\u2212]"
# Each character matches in one way only, so that rejecting a text takes linear time.
NUMBER = rf"(?:\+?[1-9]|\(\+?[1-9][0-9]*\))(?:{MARK}?[0-9]|{MARK}?\([0-9]+\))*"
DECIMAL = r"\+?[0-9]{5,}\.(?:[0-9]{1,2}|0+)"
TRUNK_ZERO = "(0)"
NUMBER_RE = re.compile(NUMBER)
_DECIMAL_RE = re.compile(DECIMAL)
_TRUNK_ZERO_RE = re.compile(rf"\(?\+?([1-9][0-9]{{0,2}})\)?{MARK}?\(0\)")
_SCIENTIFIC_RE = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]*)?[eE][+-]?[0-9]+")


def parse_area_code(text: str) -> int:
    """Read an area code, with or without its leading zero.

    Raises
    ------
    NumberError
        The text is not one to seven digits, or they are all zero.

    Examples
    --------
    >>> parse_area_code("020"), parse_area_code("(0845)"), parse_area_code("15394")
    (20, 845, 15394)
    """
    compact = text.strip(SPACES)
    match = re.fullmatch(r"0?([1-9][0-9]{0,6})|\(0?([1-9][0-9]{0,6})\)", compact)
    if match is None:
        problem = "it is not an area code" if compact else "area code is empty"
        raise NumberError(text, (0, len(text)), problem, "Enter its digits without country code, such as 20 or 020.")
    return int(match[1] or match[2])


def parse_idd(text: str) -> int:
    """Read a country code (IDD), with or without ``+`` or 00.

    Raises
    ------
    NumberError
        The text is not a country code that the ITU has assigned.

    Examples
    --------
    >>> parse_idd("+44"), parse_idd("1"), parse_idd("00353")
    (44, 1, 353)
    """
    compact = text.strip(SPACES)
    match = re.fullmatch(r"(?:\+|00)?([1-9][0-9]{0,2})", compact)
    if match is None:
        problem = "it is not a country code" if compact else "country code is empty"
        raise NumberError(text, (0, len(text)), problem, "Enter one to three digits, such as 44.")
    idd = int(match[1])
    if idd not in IDDS:
        raise NumberError(text, (0, len(text)), f"no country has the code {idd}", "Enter a code in use, such as 44.")
    return idd


def digits_of(text: str) -> str:
    """Read the digits of a VoxNumber, with the country code.

    Raises
    ------
    NumberError
        The text is not a number of 5 to 18 digits that begins with a country code.

    Examples
    --------
    >>> digits_of("+44 (0)20 7946 0000")
    '442079460000'
    """
    compact = without_spaces(text)
    digits = _clear_digits(compact)
    if digits is None:
        raise _fault(text, compact)
    if not DIGITS_LEAST <= len(digits) <= DIGITS_MOST:
        problem = f"it has {len(digits)} digit{'s' * (len(digits) > 1)}; a number with its country code has 5 to 18"
        raise NumberError(text, (0, len(text)), problem, "Enter the whole number, such as 442079460000.")
    return digits


def _clear_digits(compact: str) -> str | None:
    """Read the digits of a text without spaces; None where they are not clearly a number."""
    if not NUMBER_RE.fullmatch(compact) or _DECIMAL_RE.fullmatch(compact):
        return None
    trunk = _TRUNK_ZERO_RE.match(compact)
    if trunk and int(trunk[1]) in IDDS:
        if int(trunk[1]) in KEEP_THEIR_ZERO:
            return None
        compact = trunk[1] + compact[trunk.end() :]
    return re.sub("[^0-9]", "", compact)


# --- what is wrong with a text ---------------------------------------------------------------------------------------


def _fault(text: str, compact: str) -> NumberError:
    """Find what keeps a text from being a VoxNumber."""
    whole = (0, len(text))
    remedy = "Enter its digits with the country code, such as 442079460000."
    if not compact:
        return NumberError(text, whole, "number is empty", remedy)
    if _SCIENTIFIC_RE.fullmatch(compact):
        problem = "it is in scientific notation, which has lost digits"
        return NumberError(text, whole, problem, "Format the column as text, then export it again.")
    if _DECIMAL_RE.fullmatch(compact):
        point = text.index(".")
        problem = "it is a decimal fraction, as programs write a column of numbers with gaps"
        return NumberError(text, (point, len(text)), problem, f"Enter it as text: {compact[: compact.index('.')]}.")
    if NUMBER_RE.fullmatch(compact):
        problem = "a zero in parentheses: Italian numbers keep theirs"
        place = text.index("0")
        return NumberError(text, (place, place + 1), problem, "Enter the digits as dialled from abroad.")
    zeros = re.match(r"[+(]*(0+)", compact)
    if zeros:
        return _leading_zero(text, compact, zeros[1], remedy)
    return _out_of_place(text, compact, remedy)


def _leading_zero(text: str, compact: str, zeros: str, remedy: str) -> NumberError:
    start = text.index("0")
    rest = re.sub("[^0-9]", "", compact.replace(zeros, "", 1))
    if len(zeros) == 1:
        problem = "it starts with 0 and has no country code"
        example = f"If it is a UK number, enter 44{rest}."
    else:
        problem = f"it starts with {zeros}, which is dialled before the country code and is not part of it"
        example = f"Enter {rest}."
    is_number = DIGITS_LEAST <= len(rest) <= DIGITS_MOST - 2
    return NumberError(text, (start, start + 1), problem, example if is_number else remedy)


def _out_of_place(text: str, compact: str, remedy: str) -> NumberError:
    """Report the first character with which a number can't continue."""
    match = NUMBER_RE.match(compact)
    places = [place for place, character in enumerate(text) if character not in SPACES]
    place = places[match.end() if match else 0]
    character = text[place]
    name = unicodedata.name(character, "no name").lower()
    belongs = character in "+()" or re.fullmatch(f"{MARK}|[0-9]", character)
    fault = "is out of place" if belongs else "can't be part of a number"
    problem = f"the character {character!r} ({name}) {fault}"
    plain = "".join(str(unicodedata.decimal(c)) for c in compact if c.isdecimal())  # of any script
    is_number = not belongs and not character.isalpha() and DIGITS_LEAST <= len(plain) <= DIGITS_MOST
    return NumberError(text, (place, place + 1), problem, f"Did you mean {plain}?" if is_number else remedy)
