"""One postcode: its parts and how it is written.

A unit postcode such as ``SW1A 0AA`` is an outcode (``SW1A``) and an incode (``0AA``). This room knows the form only;
`allocator.places` knows whether an outcode or a unit postcode exists.

Letters and digits are ASCII, in either case. Spaces may be anywhere: before, between, within and after, of any kind
that Unicode knows, with the invisible characters that word processors leave (see `allocator.notation.whitespace`).
"""

from __future__ import annotations

from dataclasses import dataclass

from allocator.errors import PostcodeError
from allocator.notation.postcode_faults import outcode_fault, postcode_fault
from allocator.notation.postcode_shapes import INCODE_LETTERS, INCODE_RE, OUTCODE_RE, POSTCODE_RE
from allocator.notation.whitespace import without_spaces

INCODES = 4000
"""The number of possible incodes: 10 digits × 20 letters × 20 letters."""


@dataclass(frozen=True, slots=True, order=True)
class Postcode:
    """A unit postcode in its canonical notation: capitals, one space between outcode and incode.

    It is well-formed if `parse_postcode` made it; it need not exist. Ordered by outcode, then incode, as text.

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
        The text is not a unit postcode. The error has the part at fault and, where it can be guessed, what was meant.

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
    match = POSTCODE_RE.fullmatch(compact.upper()) if compact.isascii() else None
    if match is None:
        raise postcode_fault(text)
    outcode, incode, girobank = match.groups()
    return Postcode(girobank, "0AA") if girobank else Postcode(outcode, incode)


def parse_outcode(text: str) -> str:
    """Read an outcode, the first half of a postcode, in any case and spacing.

    Raises
    ------
    PostcodeError
        The text is not an outcode; a whole postcode is not one either.

    Examples
    --------
    >>> parse_outcode("m1")
    'M1'
    >>> parse_outcode("M1 1AE")
    Traceback (most recent call last):
    ...
    allocator.errors.PostcodeError: 'M1 1AE': it is a whole postcode, not an outcode. Did you mean M1?
    """
    compact = without_spaces(text)
    if compact.isascii() and OUTCODE_RE.fullmatch(compact.upper()):
        return compact.upper()
    raise outcode_fault(text)


def incode_number(incode: str) -> int:
    """Number an incode among the 4,000 possible ones, from 0, in the order of the text.

    Raises
    ------
    PostcodeError
        The text is not a digit and two capitals other than C, I, K, M, O and V.

    Examples
    --------
    >>> incode_number("0AA"), incode_number("0AB"), incode_number("9ZZ")
    (0, 1, 3999)
    """
    if not INCODE_RE.fullmatch(incode):
        problem = f"{incode!r} is not an incode: a digit and two capitals, none of them C, I, K, M, O or V"
        raise PostcodeError(incode, (0, len(incode)), problem)
    return int(incode[0]) * 400 + INCODE_LETTERS.index(incode[1]) * 20 + INCODE_LETTERS.index(incode[2])


def incode_text(number: int) -> str:
    """Write the incode that has this number: the inverse of `incode_number`.

    Raises
    ------
    PostcodeError
        The number is not within 0 to 3,999.

    Examples
    --------
    >>> incode_text(0), incode_text(3999)
    ('0AA', '9ZZ')
    """
    if not 0 <= number < INCODES:
        problem = f"incodes are numbered 0 to {INCODES - 1}, not {number}"
        raise PostcodeError(str(number), (0, len(str(number))), problem)
    digit, letters = divmod(number, 400)
    return f"{digit}{INCODE_LETTERS[letters // 20]}{INCODE_LETTERS[letters % 20]}"
