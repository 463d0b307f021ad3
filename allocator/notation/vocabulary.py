"""The words that the API and the files use, each with the sentence a person reads."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Fallback", "Method", "Reason"]


class Method(StrEnum):
    """How a link gets its number, as the API spells it.

    Examples
    --------
    >>> Method.BY_POSTCODE == "BY POSTCODE", Method.BY_POSTCODE.code
    (True, 1)
    """

    BY_VOXNUMBER = "BY VOXNUMBER"
    BY_POSTCODE = "BY POSTCODE"
    BY_AREA = "BY AREA"

    @property
    def code(self) -> int:
        """The number that stands for the method in arrays and columns: its place in `Method`."""
        return _METHOD_CODE[self]


_METHOD_CODE = {method: code for code, method in enumerate(Method)}


class Fallback(StrEnum):
    """How a number was found: where it was asked for ("none"), or by which fallback.

    The order is that of `allocator.planning.problem.Tier`.
    """

    NONE = "none"
    DISTANCE = "distance"
    CITY = "city"
    REGION = "region"
    COUNTRY = "country"

    @property
    def words(self) -> str:
        """What a person reads.

        Examples
        --------
        >>> Fallback.CITY.words
        'from another area code of the same city'
        """
        return _FALLBACK_WORDS[self]


_FALLBACK_WORDS = {
    Fallback.NONE: "from the area code asked for",
    Fallback.DISTANCE: "from another area code within the distance",
    Fallback.CITY: "from another area code of the same city",
    Fallback.REGION: "from another area code of the same region",
    Fallback.COUNTRY: "from another area code of the same country",
}


class Reason(StrEnum):
    """Why a link has no number."""

    NO_STOCK_IN_REACH = "NO_STOCK_IN_REACH"
    OUTCODE_UNKNOWN = "OUTCODE_UNKNOWN"
    OUTCODE_WITHOUT_POSITION = "OUTCODE_WITHOUT_POSITION"
    POSTCODE_UNKNOWN = "POSTCODE_UNKNOWN"
    VOXNUMBER_NOT_IN_STOCK = "VOXNUMBER_NOT_IN_STOCK"
    VOXNUMBER_ASSIGNED = "VOXNUMBER_ASSIGNED"
    VOXNUMBER_DUPLICATED = "VOXNUMBER_DUPLICATED"
    AREA_CODE_WITHOUT_STOCK = "AREA_CODE_WITHOUT_STOCK"

    @property
    def code(self) -> int:
        """The number that stands for the reason in arrays: 1 + its place in `Reason`; 0 is a link with a number."""
        return _REASON_CODE[self]

    @property
    def words(self) -> str:
        """What a person reads.

        Examples
        --------
        >>> Reason.OUTCODE_UNKNOWN.words
        'the outcode does not exist'
        """
        return _REASON_WORDS[self]


_REASON_CODE = {reason: code for code, reason in enumerate(Reason, start=1)}
_REASON_WORDS = {
    Reason.NO_STOCK_IN_REACH: "no area code in reach has enough numbers",
    Reason.OUTCODE_UNKNOWN: "the outcode does not exist",
    Reason.OUTCODE_WITHOUT_POSITION: "the outcode is not geographic",
    Reason.POSTCODE_UNKNOWN: "the postcode does not exist",
    Reason.VOXNUMBER_NOT_IN_STOCK: "the number asked for is not in the stock",
    Reason.VOXNUMBER_ASSIGNED: "the number asked for is attached to another link",
    Reason.VOXNUMBER_DUPLICATED: "an earlier link asks for the same number",
    Reason.AREA_CODE_WITHOUT_STOCK: "the area code asked for has no number left",
}
