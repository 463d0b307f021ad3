"""What a postcode is: its shapes, its parts, its notation.

A unit postcode such as ``SW1A 0AA`` is an outcode (``SW1A``) and an incode (``0AA``). This module knows the form alone.
Whether an outcode or a unit postcode exists is another question, which the bundled data answers (`allocator.places.dataset`).

The shapes (A a letter, 9 a digit) are A9, A99, AA9, AA99, A9A and AA9A before the incode 9AA, and ``GIR 0AA``:

- the first letter is never Q, V or X, but for the postcode areas XX (returns to online shops) and XM (Santa Claus);
- the second letter is never I, J or Z;
- the letter that ends A9A is one of ABCDEFGHJKPSTUW, the one that ends AA9A one of ABEHMNPRVWXY;
- the last two letters are never C, I, K, M, O or V;
- terminated outcodes that broke these rules while they lived are accepted by name: W1M, W1N, W1R, W1V, W1X and W1Y, and
  the early NPT of Newport.

Letters and digits are ASCII, in either case. Spaces are allowed anywhere: before, between, within and after, of any
kind that Unicode knows, and the invisible characters that word processors leave (zero-width spaces, marks of
direction).

Source: the rules that Royal Mail publishes for the Postcode Address File, as also in BS 7666. Checked against each of
the 3,125 outcodes of the ONS Postcode Directory, November 2025, and its 2,720,556 unit postcodes. One of these is not
accepted: the terminated ``NPT 0VA``, whose incode has a V.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import polars as pl

from allocator.errors import PostcodeError
from allocator.notation.whitespace import SPACES, SPACES_PATTERN, without_spaces

__all__ = [
    "INCODES",
    "NON_GEOGRAPHIC",
    "Postcode",
    "incode_number",
    "incode_text",
    "is_non_geographic",
    "parse_outcode",
    "parse_postcode",
    "parse_postcode_column",
]

INCODES = 4000
"""How many incodes there can be: 10 digits, 20 letters, 20 letters."""

# Whole postcode areas: British Forces, organisations without a locality, Girobank, Santa Claus, online shops.
_AREAS_WITHOUT_PLACE = "BF BX GIR XM XX"
# Districts that Royal Mail keeps for large users and PO boxes.
_DISTRICTS_WITHOUT_PLACE = """
BN91 BR98 BS38 BS98 BT58 CF21 CH90 E98 EC50 EH77 EN77 G59 HU55 IM86 IM87 IM99 JE4 JE5 LE99 LS78 M60 N1P NE99 PO24 S69
S94 SA99 SN42 SN80 SN86 TW98 W1E WV98 WV99
"""
NON_GEOGRAPHIC: frozenset[str] = frozenset(f"{_AREAS_WITHOUT_PLACE} {_DISTRICTS_WITHOUT_PLACE}".split())
"""Postcode areas and outcodes that stand for an organisation or a service and not for a place on the map."""

_INCODE_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
_A9A_LETTERS = "ABCDEFGHJKPSTUW"
_AA9A_LETTERS = "ABEHMNPRVWXY"
_FIRST_LETTERS = "ABCDEFGHIJKLMNOPRSTUWYZ"
_SECOND_LETTERS = "ABCDEFGHKLMNOPQRSTUVWXY"
_TERMINATED = ("NPT", "W1M", "W1N", "W1R", "W1V", "W1X", "W1Y")

_INCODE = f"[0-9][{_INCODE_LETTERS}]{{2}}"
_OUTCODE = "|".join(
    (
        f"[{_FIRST_LETTERS}][0-9][0-9]?",
        f"[{_FIRST_LETTERS}][{_SECOND_LETTERS}][0-9][0-9]?",
        f"[{_FIRST_LETTERS}][0-9][{_A9A_LETTERS}]",
        f"[{_FIRST_LETTERS}][{_SECOND_LETTERS}][0-9][{_AA9A_LETTERS}]",
        "X[MX][0-9][0-9]?",
        *_TERMINATED,
    )
)
# GX11 has the right shape, but its only postcode is Gibraltar's: see _TERRITORIES.
_POSTCODE_RE = re.compile(f"(?!GX11[0-9][A-Z])({_OUTCODE})({_INCODE})|(GIR)0AA")
_OUTCODE_RE = re.compile(f"(?!GX11$)(?:{_OUTCODE}|GIR)")
_INCODE_RE = re.compile(_INCODE)
_SHAPES = ("A9", "A99", "AA9", "AA99", "A9A", "AA9A")

_TERRITORIES = {
    "AI2640": "Anguilla",
    "ASCN1ZZ": "Ascension Island",
    "BBND1ZZ": "the British Indian Ocean Territory",
    "BIQQ1ZZ": "the British Antarctic Territory",
    "FIQQ1ZZ": "the Falkland Islands",
    "GX111AA": "Gibraltar",
    "MSR1110": "Montserrat",
    "PCRN1ZZ": "the Pitcairn Islands",
    "SIQQ1ZZ": "South Georgia and the South Sandwich Islands",
    "STHL1ZZ": "Saint Helena",
    "TDCU1ZZ": "Tristan da Cunha",
    "TKCA1ZZ": "the Turks and Caicos Islands",
}
# What people and scanners take for each other: the character written, what may be meant, how far-fetched that is.
_MISTAKEN = {
    "O": (("0", 2),),
    "0": (("O", 2),),
    "I": (("1", 2),),
    "L": (("1", 2),),
    "1": (("I", 2),),
    "S": (("5", 3),),
    "5": (("S", 3),),
    "Z": (("2", 3),),
    "2": (("Z", 3),),
    "B": (("8", 3),),
    "8": (("B", 3),),
    "G": (("6", 3),),
    "6": (("G", 3),),
}
_FAR_FETCHED = 6
# The postcode areas there are: a guess at what was meant stays among them.
_AREA_NAMES = """
AB AL B BA BB BD BF BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN  EX FK FY
G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N  NE NG NN NP NR NW
OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN  TQ TR TS TW UB W WA WC WD WF
WN WR WS WV XX YO ZE
"""
_AREAS = frozenset(_AREA_NAMES.split())
_EXAMPLE = "Write a whole postcode, such as SW1A 0AA."
_OUTCODE_EXAMPLE = "Write an outcode, such as SW1A."


@dataclass(frozen=True, slots=True, order=True)
class Postcode:
    """A unit postcode in its canonical notation: capitals, one space between outcode and incode.

    It is well-formed if `parse` made it; that says nothing of its existence. Ordered by outcode, then incode, as text.

    Examples
    --------
    >>> postcode = Postcode("SW1A", "0AA")
    >>> str(postcode)
    'SW1A 0AA'
    """

    outcode: str
    incode: str

    def __str__(self) -> str:
        return f"{self.outcode} {self.incode}"


def parse_postcode(text: str) -> Postcode:
    """Read a unit postcode in any case and any spacing.

    Raises
    ------
    PostcodeError
        With the part at fault and, where it can be guessed, what was meant.

    Examples
    --------
    >>> parse_postcode(" sw1a0aa ")
    Postcode(outcode='SW1A', incode='0AA')
    >>> parse_postcode("MI 1AE")
    Traceback (most recent call last):
    ...
    allocator.errors.PostcodeError: 'MI 1AE': the outcode 'MI' has no digit. Did you mean M1 1AE?
    """
    compact = without_spaces(text)
    match = _POSTCODE_RE.fullmatch(compact.upper()) if compact.isascii() else None
    if match is None:
        raise _diagnosis(text)
    outcode, incode, girobank = match.groups()
    return Postcode(girobank, "0AA") if girobank else Postcode(outcode, incode)


def parse_outcode(text: str) -> str:
    """Read an outcode, the first half of a postcode, in any case and spacing.

    Raises
    ------
    PostcodeError
        If it is no outcode; a whole postcode is none either.

    Examples
    --------
    >>> parse_outcode("m1")
    'M1'
    >>> parse_outcode("M1 1AE")
    Traceback (most recent call last):
    ...
    allocator.errors.PostcodeError: 'M1 1AE': a whole postcode where an outcode is wanted. Did you mean M1?
    """
    compact = without_spaces(text)
    if compact.isascii() and _OUTCODE_RE.fullmatch(compact.upper()):
        return compact.upper()
    raise _outcode_diagnosis(text)


def incode_number(incode: str) -> int:
    """The place of an incode among the 4,000 that there can be, from 0; the order is that of the text.

    Raises
    ------
    PostcodeError
        If it is not a digit and two capitals other than C, I, K, M, O and V.

    Examples
    --------
    >>> incode_number("0AA"), incode_number("0AB"), incode_number("9ZZ")
    (0, 1, 3999)
    """
    if not _INCODE_RE.fullmatch(incode):
        problem = f"{incode!r} is no incode: a digit and two capitals, none of C, I, K, M, O or V"
        raise PostcodeError(incode, (0, len(incode)), problem)
    return int(incode[0]) * 400 + _INCODE_LETTERS.index(incode[1]) * 20 + _INCODE_LETTERS.index(incode[2])


def incode_text(number: int) -> str:
    """The incode with that number: `incode_number` undone.

    Raises
    ------
    PostcodeError
        If the number is not within 0 to 3,999.

    Examples
    --------
    >>> incode_text(0), incode_text(3999)
    ('0AA', '9ZZ')
    """
    if not 0 <= number < INCODES:
        problem = f"incodes are numbered 0 to {INCODES - 1}, not {number}"
        raise PostcodeError(str(number), (0, len(str(number))), problem)
    digit, letters = divmod(number, 400)
    return f"{digit}{_INCODE_LETTERS[letters // 20]}{_INCODE_LETTERS[letters % 20]}"


def is_non_geographic(outcode: str) -> bool:
    """Whether an outcode is known to stand for an organisation or a service and not for a place.

    Such an outcode may have a position in the bundled data all the same: that of the office which handles its post.
    Known are the areas and districts of `NON_GEOGRAPHIC`; large users elsewhere share districts with their neighbours.

    Examples
    --------
    >>> is_non_geographic("BX9"), is_non_geographic("BF1"), is_non_geographic("M60"), is_non_geographic("M1")
    (True, True, True, False)
    """
    return outcode in NON_GEOGRAPHIC or outcode.rstrip("0123456789") in NON_GEOGRAPHIC


# --- columns ---------------------------------------------------------------------------------------------------------


def parse_postcode_column(texts: pl.Series, outcodes: pl.Series | Sequence[str]) -> pl.DataFrame:
    """Read a column of unit postcodes, and find their outcodes in a list.

    The same answers as `parse` gives one by one. Well-formed texts are read by vector expressions, however many and in
    whatever case and spacing; only a text that is no postcode costs a call (equal ones together).

    Parameters
    ----------
    texts
        A column of text; null counts as empty.
    outcodes
        The outcodes to be found, each once.

    Returns
    -------
    One row per text: `outcode` and `incode` (String); `outcode_code` (UInt16), the place of the outcode in `outcodes`,
    null where it is not among them; `incode_code` (UInt16), see `incode_number`; `problem` and `remedy` (String), as
    `PostcodeError` has them. A row has either an outcode and an incode, or a problem and a remedy.

    Examples
    --------
    >>> for row in parse_postcode_column(pl.Series(["sw1a0aa", "L1 1AA", "SW1A"]), ["M1", "SW1A"]).rows():
    ...     print(row)
    ('SW1A', '0AA', 1, 0, None, None)
    ('L1', '1AA', None, 400, None, None)
    (None, None, None, None, "'SW1A' is an outcode without an incode", 'Write a whole postcode, such as SW1A 0AA.')
    """
    codes = {outcode: code for code, outcode in enumerate(outcodes) if _OUTCODE_RE.fullmatch(outcode)}
    return _read(texts.cast(pl.String), codes, (_read_canonical, _read_listed, _read_well_formed, _read_one_by_one))


_Codes = dict[str, int]
_Reader = Callable[[pl.Series, _Codes], pl.DataFrame]
_COLUMNS = ("outcode", "incode", "outcode_code", "incode_code", "problem", "remedy")
_NOTHING = pl.lit(None, dtype=pl.String)


def _read(texts: pl.Series, codes: _Codes, readers: Sequence[_Reader]) -> pl.DataFrame:
    """All rows by the first reader, those that it leaves null by the next, and so on: the quick readers stand first."""
    rows = readers[0](texts, codes)
    rest = (rows["outcode"].is_null() & rows["problem"].is_null()).arg_true()
    if len(rest) == 0:
        return rows
    if len(rest) == len(rows):
        return _read(texts, codes, readers[1:])
    patch = _read(texts.gather(rest), codes, readers[1:])
    return rows.with_columns(rows[name].scatter(rest, patch[name]) for name in _COLUMNS)


def _read_canonical(texts: pl.Series, codes: _Codes) -> pl.DataFrame:
    """The rows written exactly as ``SW1A 0AA``, with a listed outcode."""
    return _found(texts, pl.col("text"), codes, after_outcode=" ")


def _read_listed(texts: pl.Series, codes: _Codes) -> pl.DataFrame:
    """The rows in either case, with or without plain spaces, with a listed outcode."""
    return _found(texts, _capitals(pl.col("text").str.replace_all(" ", "", literal=True)), codes, after_outcode="")


def _read_well_formed(texts: pl.Series, codes: _Codes) -> pl.DataFrame:
    """The well-formed rows in any case and spacing, their outcodes judged once each."""
    compact = _capitals(pl.col("text").str.replace_all(SPACES_PATTERN, ""))
    outcodes = pl.select(text=texts).select(compact.str.head(-3)).to_series().drop_nulls().unique()
    more = {outcode: place for place, outcode in enumerate(outcodes) if _OUTCODE_RE.fullmatch(outcode)}
    listed = pl.Series([codes.get(outcode) for outcode in outcodes], dtype=pl.UInt16)
    rows = _found(texts, compact, more, after_outcode="", number=pl.UInt32)
    return rows.with_columns(outcode_code=listed.gather(rows["outcode_code"]))


def _read_one_by_one(texts: pl.Series, codes: _Codes) -> pl.DataFrame:
    """All rows by `parse`, equal texts together."""
    texts = texts.fill_null("")
    distinct = texts.unique()
    types = (pl.String, pl.String, pl.UInt16, pl.UInt16, pl.String, pl.String)
    read = pl.DataFrame(
        [(text, *_read_one(text, codes)) for text in distinct],
        schema={"text": pl.String, **dict(zip(_COLUMNS, types, strict=True))},
        orient="row",
    )
    return pl.select(text=texts).join(read, on="text", how="left", maintain_order="left").drop("text")


def _read_one(
    text: str, codes: _Codes
) -> tuple[str | None, str | None, int | None, int | None, str | None, str | None]:
    try:
        postcode = parse_postcode(text)
    except PostcodeError as error:
        return None, None, None, None, error.problem, error.remedy
    number = incode_number(postcode.incode)
    return postcode.outcode, postcode.incode, codes.get(postcode.outcode), number, None, None


@cache
def _incodes() -> pl.Enum:
    return pl.Enum([f"{digit}{a}{b}" for digit, a, b in product(range(10), _INCODE_LETTERS, _INCODE_LETTERS)])


def _capitals(text: pl.Expr) -> pl.Expr:
    """The text in capitals, null where it is not ASCII: the capital of a dotless i is an I, that of a sharp s SS."""
    is_ascii = text.str.len_bytes() == text.str.len_chars()
    return pl.when(is_ascii).then(text.str.to_uppercase())


def _found(
    texts: pl.Series, written: pl.Expr, codes: _Codes, *, after_outcode: str, number: type[pl.DataType] = pl.UInt16
) -> pl.DataFrame:
    """The rows which are, as rewritten, one of the outcodes, what follows it, and an incode; the others null."""
    # GIR goes with one incode alone: `parse` sees to that.
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
        problem=_NOTHING,
        remedy=_NOTHING,
    )


# --- what is wrong with a text ---------------------------------------------------------------------------------------


class _Compact:
    """A text without its spaces, in capitals, which remembers where each character stood."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.places = [place for place, character in enumerate(text) if character not in SPACES]
        # One character for one: str.upper alone would turn a sharp s into two.
        self.letters = "".join(c.upper() if c.isascii() else c for c in map(text.__getitem__, self.places))

    def error(self, start: int, end: int, problem: str, remedy: str) -> PostcodeError:
        """An error whose span, given in the compact letters, is turned into that of the text."""
        if start < end:
            span = self.places[start], self.places[end - 1] + 1
        else:
            after = self.places[start - 1] + 1 if start else 0
            span = after, after
        return PostcodeError(self.text, span, problem, remedy)


def _diagnosis(text: str) -> PostcodeError:
    """What keeps a text from being a unit postcode."""
    compact = _Compact(text)
    letters = compact.letters
    if not letters:
        return PostcodeError(text, (0, len(text)), "postcode is empty", _EXAMPLE)
    territory = _TERRITORIES.get("GX111AA" if re.fullmatch(f"GX11{_INCODE}", letters) else letters)
    if territory:
        problem = f"it is the postcode of {territory}, a British overseas territory, not of the UK"
        return compact.error(0, len(letters), problem, "Only UK postcodes can be searched.")
    if re.fullmatch("BFPO[0-9]+", letters):
        problem = "it is a British Forces Post Office number, not a postcode"
        return compact.error(0, len(letters), problem, "Write its postcode, which begins with BF1.")
    return (
        _strange_character(compact, "postcode", _suggestion(text))
        or _cut_short(compact)
        or _wrong_length(compact)
        or _wrong_incode(compact)
        or _wrong_outcode(compact, letters[:-3], _suggestion(text))
    )


def _outcode_diagnosis(text: str) -> PostcodeError:
    """What keeps a text from being an outcode."""
    compact = _Compact(text)
    letters = compact.letters
    if not letters:
        return PostcodeError(text, (0, len(text)), "outcode is empty", _OUTCODE_EXAMPLE)
    if _POSTCODE_RE.fullmatch(letters):
        problem = "a whole postcode where an outcode is wanted"
        return compact.error(len(letters) - 3, len(letters), problem, f"Did you mean {letters[:-3]}?")
    if letters == "GX11":
        problem = "it is the outcode of Gibraltar, a British overseas territory, not of the UK"
        return compact.error(0, 4, problem, "Only UK outcodes can be searched.")
    remedy = _did_you_mean(_meant_outcodes(letters)) or _OUTCODE_EXAMPLE
    return _strange_character(compact, "outcode", remedy) or _wrong_outcode(compact, letters, remedy)


def _strange_character(compact: _Compact, kind: str, remedy: str) -> PostcodeError | None:
    for place, character in enumerate(compact.letters):
        if not (character.isascii() and character.isalnum()):
            name = unicodedata.name(character, "no name").lower()
            problem = f"the character {character!r} ({name}) belongs in no {kind}"
            return compact.error(place, place + 1, problem, remedy)
    return None


def _cut_short(compact: _Compact) -> PostcodeError | None:
    letters = compact.letters
    end = len(letters)
    last_word = re.split(r"\s+", compact.text.strip())[-1]
    if len(last_word) in (1, 2) and (error := _cut_short_after(compact, len(last_word))):
        return error  # "M1 1", where spacing tells what "M11" does not
    if _OUTCODE_RE.fullmatch(letters):
        return compact.error(end, end, f"{compact.text.strip()!r} is an outcode without an incode", _EXAMPLE)
    return _cut_short_after(compact, 1) or _cut_short_after(compact, 2)


def _cut_short_after(compact: _Compact, kept: int) -> PostcodeError | None:
    """The text as an outcode followed by the first one or two characters of an incode."""
    outcode, incode = compact.letters[:-kept], compact.letters[-kept:]
    if not (_OUTCODE_RE.fullmatch(outcode) and re.fullmatch(f"[0-9][{_INCODE_LETTERS}]?", incode)):
        return None
    end = len(compact.letters)
    missing = "two letters" if kept == 1 else "one letter"
    return compact.error(end, end, f"the incode {incode!r} after {outcode} lacks {missing}", _EXAMPLE)


def _wrong_length(compact: _Compact) -> PostcodeError | None:
    letters = compact.letters
    end = len(letters)
    if end < 5:
        problem = f"too short by {5 - end}: a postcode has 5 to 7 letters and digits"
        return compact.error(end, end, problem, _suggestion(compact.text))
    if end > 7:
        problem = f"too long by {end - 7}: a postcode has 5 to 7 letters and digits"
        return compact.error(7, end, problem, _suggestion(compact.text))
    return None


def _wrong_incode(compact: _Compact) -> PostcodeError | None:
    letters = compact.letters
    incode = letters[-3:]
    start = len(letters) - 3
    remedy = _suggestion(compact.text)
    if letters.startswith("GIR") and incode != "0AA" and len(letters) == 6:
        problem = f"the incode {incode!r} does not go with GIR, whose only one is 0AA"
        return compact.error(start, start + 3, problem, remedy)
    if not incode[0].isdigit():
        problem = f"the incode {incode!r} starts with a letter {incode[0]}, not a digit"
        return compact.error(start, start + 1, problem, remedy)
    for place, character in enumerate(incode[1:], start + 1):
        if character.isdigit():
            problem = f"the incode {incode!r} has a digit {character} where a letter belongs"
            return compact.error(place, place + 1, problem, remedy)
        if character not in _INCODE_LETTERS:
            problem = f"the incode {incode!r} has a letter {character}; no incode has C, I, K, M, O or V"
            return compact.error(place, place + 1, problem, remedy)
    return None


def _wrong_outcode(compact: _Compact, outcode: str, remedy: str) -> PostcodeError:
    start, end, problem = _outcode_fault(outcode)
    return compact.error(start, end, f"the outcode {outcode!r} {problem}", remedy)


def _outcode_fault(outcode: str) -> tuple[int, int, str]:
    """The part of an outcode that is at fault, and what is wrong with it."""
    shape = re.sub("[A-Z]", "A", re.sub("[0-9]", "9", outcode))
    end = len(outcode)
    if shape.startswith("9"):
        return 0, 1, f"starts with a digit {outcode[0]}, not a letter"
    if "9" not in shape:
        return end, end, "has no digit"
    if shape.startswith("AAA"):
        return 0, shape.index("9"), f"begins with {shape.index('9')} letters; a postcode area has one or two"
    if shape in _SHAPES:
        if outcode[0] not in _FIRST_LETTERS:
            return 0, 1, f"begins with {outcode[0]}; no postcode area begins with Q, V or X but for XM and XX"
        if shape.startswith("AA") and outcode[1] not in _SECOND_LETTERS:
            return 1, 2, f"has a second letter {outcode[1]}, which is never I, J or Z"
        if shape.endswith("A"):
            letters = _A9A_LETTERS if shape == "A9A" else _AA9A_LETTERS
            return end - 1, end, f"ends with {outcode[-1]}; of letters only {', '.join(letters)} end this shape"
    return 0, end, f"has none of the shapes {', '.join(_SHAPES)} (A a letter, 9 a digit)"


# --- what may have been meant ----------------------------------------------------------------------------------------


def _suggestion(text: str) -> str:
    """A question that offers the one or two postcodes that a text may have meant, else what a postcode looks like."""
    # A full-width digit is a digit, a ligature its letters.
    plain = without_spaces(unicodedata.normalize("NFKC", text[:200])).upper()
    return _did_you_mean(_meant_postcodes(plain) or _contained_postcodes(text)) or _EXAMPLE


def _did_you_mean(meant: Iterable[str]) -> str | None:
    distinct = sorted(set(meant))
    return f"Did you mean {' or '.join(distinct)}?" if 1 <= len(distinct) <= 2 else None


def _meant_postcodes(letters: str) -> list[str]:
    """The postcodes that a text may be when marks are dropped and letters taken for digits, or digits for letters."""
    letters = re.sub("[^A-Z0-9]", "", letters)
    if not 5 <= len(letters) <= 7:
        return []
    incodes = _readings(letters[-3:], "9AA")
    outcodes = [reading for shape in _SHAPES for reading in _readings(letters[:-3], shape)]
    costs = {
        f"{outcode} {incode}": outcode_cost + incode_cost
        for (outcode, outcode_cost), (incode, incode_cost) in product(outcodes, incodes)
        if _POSTCODE_RE.fullmatch(outcode + incode) and _is_in_an_area(outcode)
    }
    return _cheapest(costs)


def _meant_outcodes(letters: str) -> list[str]:
    readings = [reading for shape in _SHAPES for reading in _readings(letters, shape)]
    return _cheapest({text: cost for text, cost in readings if _OUTCODE_RE.fullmatch(text) and _is_in_an_area(text)})


def _cheapest(costs: dict[str, int]) -> list[str]:
    least = min(costs.values(), default=0)
    return [text for text, cost in costs.items() if cost == least <= _FAR_FETCHED]


def _readings(letters: str, shape: str) -> list[tuple[str, int]]:
    """The ways to read a text as a shape, each with how far-fetched it is; none where the lengths differ."""
    if len(letters) != len(shape):
        return []
    choices = []
    for letter, kind in zip(letters, shape, strict=True):
        fits = letter.isdigit() == (kind == "9")
        choices.append(((letter, 0),) if fits else _MISTAKEN.get(letter, ()))
    return [("".join(c for c, _ in choice), sum(cost for _, cost in choice)) for choice in product(*choices)]


def _is_in_an_area(outcode: str) -> bool:
    return re.split("[0-9]", outcode, maxsplit=1)[0] in _AREAS


def _contained_postcodes(text: str) -> list[str]:
    """The postcodes that stand within a longer text, such as an address."""
    plain = text[:200].translate(dict.fromkeys(map(ord, SPACES), " ")).upper()
    found = re.finditer(rf"(?<![A-Z0-9])({_OUTCODE}) *({_INCODE})(?![A-Z0-9])", plain)
    return [f"{match[1]} {match[2]}" for match in found if _is_in_an_area(match[1])]
