"""What is wrong with a text that is not a postcode, and which postcode it may have been meant to be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import product

from allocator.errors import PostcodeError
from allocator.notation.postcode_shapes import (
    A9A_LETTERS,
    AA9A_LETTERS,
    AREAS,
    FIRST_LETTERS,
    INCODE,
    INCODE_LETTERS,
    OUTCODE,
    OUTCODE_RE,
    POSTCODE_RE,
    SECOND_LETTERS,
    SHAPES,
)
from allocator.notation.whitespace import SPACES, without_spaces

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
# Characters that people and scanners confuse: the one written, what may be meant, how far-fetched that is.
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
_EXAMPLE = "Enter a whole postcode, such as SW1A 0AA."
_OUTCODE_EXAMPLE = "Enter an outcode, such as SW1A."


class _Compact:
    """A text without its spaces, in capitals, that remembers where each character was."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.places = [place for place, character in enumerate(text) if character not in SPACES]
        # One character for each: str.upper alone would turn a sharp s into two.
        self.letters = "".join(c.upper() if c.isascii() else c for c in map(text.__getitem__, self.places))

    def error(self, start: int, end: int, problem: str, remedy: str) -> PostcodeError:
        """Make an error; its span, given in the compact letters, becomes that of the text."""
        if start < end:
            span = self.places[start], self.places[end - 1] + 1
        else:
            after = self.places[start - 1] + 1 if start else 0
            span = after, after
        return PostcodeError(self.text, span, problem, remedy)


def postcode_fault(text: str) -> PostcodeError:
    """Find what keeps a text from being a unit postcode.

    Examples
    --------
    >>> print(postcode_fault("SW1A OAA"))
    'SW1A OAA': the incode 'OAA' starts with a letter O, not a digit. Did you mean SW1A 0AA?
    """
    compact = _Compact(text)
    letters = compact.letters
    if not letters:
        return PostcodeError(text, (0, len(text)), "postcode is empty", _EXAMPLE)
    territory = _TERRITORIES.get("GX111AA" if re.fullmatch(f"GX11{INCODE}", letters) else letters)
    if territory:
        problem = f"it is the postcode of {territory}, a British overseas territory outside the UK"
        return compact.error(0, len(letters), problem, "Only UK postcodes can be searched.")
    if re.fullmatch("BFPO[0-9]+", letters):
        problem = "it is a British Forces Post Office number, not a postcode"
        return compact.error(0, len(letters), problem, "Enter its postcode, which begins with BF1.")
    return (
        _strange_character(compact, "a postcode", _suggestion(text))
        or _cut_short(compact)
        or _wrong_length(compact)
        or _wrong_incode(compact)
        or _wrong_outcode(compact, letters[:-3], _suggestion(text))
    )


def outcode_fault(text: str) -> PostcodeError:
    """Find what keeps a text from being an outcode.

    Examples
    --------
    >>> print(outcode_fault("MI"))
    the outcode 'MI' has no digit. Did you mean M1?
    """
    compact = _Compact(text)
    letters = compact.letters
    if not letters:
        return PostcodeError(text, (0, len(text)), "outcode is empty", _OUTCODE_EXAMPLE)
    if POSTCODE_RE.fullmatch(letters):
        problem = "it is a whole postcode, not an outcode"
        return compact.error(len(letters) - 3, len(letters), problem, f"Did you mean {letters[:-3]}?")
    if letters == "GX11":
        problem = "it is the outcode of Gibraltar, a British overseas territory outside the UK"
        return compact.error(0, 4, problem, "Only UK outcodes can be searched.")
    remedy = _did_you_mean(_meant_outcodes(letters)) or _OUTCODE_EXAMPLE
    return _strange_character(compact, "an outcode", remedy) or _wrong_outcode(compact, letters, remedy)


def _strange_character(compact: _Compact, kind: str, remedy: str) -> PostcodeError | None:
    for place, character in enumerate(compact.letters):
        if not (character.isascii() and character.isalnum()):
            name = unicodedata.name(character, "no name").lower()
            problem = f"the character {character!r} ({name}) can't be part of {kind}"
            return compact.error(place, place + 1, problem, remedy)
    return None


def _cut_short(compact: _Compact) -> PostcodeError | None:
    letters = compact.letters
    end = len(letters)
    last_word = re.split(r"\s+", compact.text.strip())[-1]
    if len(last_word) in (1, 2) and (error := _cut_short_after(compact, len(last_word))):
        return error  # "M1 1": the space says what "M11" does not
    if OUTCODE_RE.fullmatch(letters):
        problem = f"{compact.text.strip()!r} is only the first half of a postcode"
        return compact.error(end, end, problem, "Enter all of it, such as SW1A 0AA.")
    return _cut_short_after(compact, 1) or _cut_short_after(compact, 2)


def _cut_short_after(compact: _Compact, kept: int) -> PostcodeError | None:
    """Report a text that is an outcode followed by only the first one or two characters of an incode."""
    outcode, incode = compact.letters[:-kept], compact.letters[-kept:]
    if not (OUTCODE_RE.fullmatch(outcode) and re.fullmatch(f"[0-9][{INCODE_LETTERS}]?", incode)):
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
        problem = f"GIR has only the incode 0AA, not {incode!r}"
        return compact.error(start, start + 3, problem, remedy)
    if not incode[0].isdigit():
        problem = f"the incode {incode!r} starts with a letter {incode[0]}, not a digit"
        return compact.error(start, start + 1, problem, remedy)
    for place, character in enumerate(incode[1:], start + 1):
        if character.isdigit():
            problem = f"the incode {incode!r} has a digit {character} where a letter should be"
            return compact.error(place, place + 1, problem, remedy)
        if character not in INCODE_LETTERS:
            problem = f"the incode {incode!r} has a letter {character}; no incode has C, I, K, M, O or V"
            return compact.error(place, place + 1, problem, remedy)
    return None


def _wrong_outcode(compact: _Compact, outcode: str, remedy: str) -> PostcodeError:
    start, end, problem = _fault_within(outcode)
    return compact.error(start, end, f"the outcode {outcode!r} {problem}", remedy)


def _fault_within(outcode: str) -> tuple[int, int, str]:
    """Find the part of an outcode that is at fault, and what is wrong with it."""
    shape = re.sub("[A-Z]", "A", re.sub("[0-9]", "9", outcode))
    end = len(outcode)
    if shape.startswith("9"):
        return 0, 1, f"starts with a digit {outcode[0]}, not a letter"
    if "9" not in shape:
        return end, end, "has no digit"
    if shape.startswith("AAA"):
        return 0, shape.index("9"), f"begins with {shape.index('9')} letters; a postcode area has one or two"
    if shape in SHAPES:
        if outcode[0] not in FIRST_LETTERS:
            return 0, 1, f"begins with {outcode[0]}; no postcode area but XM and XX begins with Q, V or X"
        if shape.startswith("AA") and outcode[1] not in SECOND_LETTERS:
            return 1, 2, f"has a second letter {outcode[1]}, which is never I, J or Z"
        if shape.endswith("A"):
            letters = A9A_LETTERS if shape == "A9A" else AA9A_LETTERS
            return (
                end - 1,
                end,
                f"ends with {outcode[-1]}; the only letters that end this shape are {', '.join(letters)}",
            )
    return 0, end, f"has none of the shapes {', '.join(SHAPES)} (A a letter, 9 a digit)"


# --- what may have been meant ----------------------------------------------------------------------------------------


def _suggestion(text: str) -> str:
    """Ask for the one or two postcodes that a text may have meant; otherwise show what a postcode looks like."""
    # NFKC: a full-width digit counts as a digit, a ligature as its letters.
    plain = without_spaces(unicodedata.normalize("NFKC", text[:200])).upper()
    return _did_you_mean(_meant_postcodes(plain) or _contained_postcodes(text)) or _EXAMPLE


def _did_you_mean(meant: Iterable[str]) -> str | None:
    distinct = sorted(set(meant))
    return f"Did you mean {' or '.join(distinct)}?" if 1 <= len(distinct) <= 2 else None


def _meant_postcodes(letters: str) -> list[str]:
    """Find the postcodes that a text may be without its marks, with letters read as digits or digits as letters."""
    letters = re.sub("[^A-Z0-9]", "", letters)
    if not 5 <= len(letters) <= 7:
        return []
    incodes = _readings(letters[-3:], "9AA")
    outcodes = [reading for shape in SHAPES for reading in _readings(letters[:-3], shape)]
    costs = {
        f"{outcode} {incode}": outcode_cost + incode_cost
        for (outcode, outcode_cost), (incode, incode_cost) in product(outcodes, incodes)
        if POSTCODE_RE.fullmatch(outcode + incode) and _is_in_an_area(outcode)
    }
    return _cheapest(costs)


def _meant_outcodes(letters: str) -> list[str]:
    readings = [reading for shape in SHAPES for reading in _readings(letters, shape)]
    return _cheapest({text: cost for text, cost in readings if OUTCODE_RE.fullmatch(text) and _is_in_an_area(text)})


def _cheapest(costs: dict[str, int]) -> list[str]:
    least = min(costs.values(), default=0)
    return [text for text, cost in costs.items() if cost == least <= _FAR_FETCHED]


def _readings(letters: str, shape: str) -> list[tuple[str, int]]:
    """List the ways to read a text as a shape, each with how far-fetched it is; none where the lengths differ."""
    if len(letters) != len(shape):
        return []
    choices = []
    for letter, kind in zip(letters, shape, strict=True):
        fits = letter.isdigit() == (kind == "9")
        choices.append(((letter, 0),) if fits else _MISTAKEN.get(letter, ()))
    return [("".join(c for c, _ in choice), sum(cost for _, cost in choice)) for choice in product(*choices)]


def _is_in_an_area(outcode: str) -> bool:
    return re.split("[0-9]", outcode, maxsplit=1)[0] in AREAS


def _contained_postcodes(text: str) -> list[str]:
    """Find the postcodes within a longer text, such as an address."""
    plain = text[:200].translate(dict.fromkeys(map(ord, SPACES), " ")).upper()
    found = re.finditer(rf"(?<![A-Z0-9])({OUTCODE}) *({INCODE})(?![A-Z0-9])", plain)
    return [f"{match[1]} {match[2]}" for match in found if _is_in_an_area(match[1])]
