"""The words that the API and the files use, each with the sentence a person reads."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Method(StrEnum):
    """How a link gets its number, as the API spells it.

    Attributes
    ----------
    code
        The number that stands for the method in arrays and columns: its place in `Method`, from 0.

    Examples
    --------
    >>> Method.BY_POSTCODE == "BY POSTCODE", Method.BY_POSTCODE.code
    (True, 1)
    """

    code: int

    BY_VOXNUMBER = "BY VOXNUMBER"
    BY_POSTCODE = "BY POSTCODE"
    BY_AREA = "BY AREA"

    def __init__(self, _word: str) -> None:
        self.code = len(type(self).__members__)


class _Worded(StrEnum):
    """Words with a sentence each."""

    words: str

    def __new__(cls, value: str, words: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.words = words
        return member


class Fallback(_Worded):
    """How a number was found: "none" where the link asked for it, otherwise by which fallback.

    The order is that of `allocator.planning.problem.Tier`.

    Attributes
    ----------
    words
        What a person reads.

    Examples
    --------
    >>> Fallback.CITY == "city", Fallback.CITY.words
    (True, 'from another area code of the same city')
    """

    NONE = "none", "from the area code asked for"
    DISTANCE = "distance", "from another area code within the distance"
    CITY = "city", "from another area code of the same city"
    REGION = "region", "from another area code of the same region"
    COUNTRY = "country", "from another area code of the same country"


class Reason(_Worded):
    """Why a link has no number.

    Attributes
    ----------
    words
        What a person reads.
    code
        The number that stands for the reason in arrays: 1 + its place in `Reason`; 0 is a link with a number.

    Examples
    --------
    >>> Reason.OUTCODE_UNKNOWN == "OUTCODE_UNKNOWN", Reason.OUTCODE_UNKNOWN.words, Reason.OUTCODE_UNKNOWN.code
    (True, 'the outcode does not exist', 2)
    """

    code: int

    NO_STOCK_IN_REACH = "NO_STOCK_IN_REACH", "no area code in reach has enough numbers"
    OUTCODE_UNKNOWN = "OUTCODE_UNKNOWN", "the outcode does not exist"
    OUTCODE_WITHOUT_POSITION = "OUTCODE_WITHOUT_POSITION", "the outcode is not geographic"
    POSTCODE_UNKNOWN = "POSTCODE_UNKNOWN", "the postcode does not exist"
    VOXNUMBER_NOT_IN_STOCK = "VOXNUMBER_NOT_IN_STOCK", "the number asked for is not in the stock"
    VOXNUMBER_ASSIGNED = "VOXNUMBER_ASSIGNED", "the number asked for is attached to another link"
    VOXNUMBER_DUPLICATED = "VOXNUMBER_DUPLICATED", "an earlier link asks for the same number"
    AREA_CODE_WITHOUT_STOCK = "AREA_CODE_WITHOUT_STOCK", "the area code asked for has no number left"

    def __init__(self, _word: str, _words: str = "") -> None:
        self.code = 1 + len(type(self).__members__)
