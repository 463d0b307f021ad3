"""What is wrong with a request: every fault of its links, in the API's order of checks.

First the nodes that should not be there, in document order; then link by link (link id, method, the method's own
fields, what belongs to another method); then what stands there twice. A field tells its first fault only. What needs an
account, such as whether a link exists, is checked where there is one.

Strict where the API's page is: area codes, country codes and numbers are digits alone, the methods are spelt as the
page spells them and TRUE and FALSE are the only truth values, all in any case. White space around a value is no part of
it, and a node that holds nothing is as good as none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.errors import NumberError
from allocator.notation import UK_IDD, Method, parse_area_code, parse_idd, parse_postcode_column, read_distinct
from allocator.places import bundled_outcodes, is_united_kingdom, postcodes_exist
from allocator.protocol import FIELDS, NODE_ROWS, ROWS, Request, Row

__all__ = ["Fault", "Registry", "validate"]

UK_COUNTRY_ID = UK_IDD
"""What the error on a postcode calls the country: its country code, the one number by which the page knows one."""

_Mask = NDArray[np.bool_]
_OF_METHOD = {
    Method.BY_AREA: ("voxnumber_idd", "area_code", "fallback_city", "fallback_region", "fallback_country"),
    Method.BY_VOXNUMBER: ("full_voxnumber",),
    Method.BY_POSTCODE: ("voxnumber_country", "postcode", "fallback_area_distance"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a request.

    Attributes
    ----------
    row
        The row of the error table.
    values
        What its placeholders stand for.
    link
        Place of the link in the request, from 0; None where the fault is not one link's.
    field
        The node at fault, where it is one.
    line
        Line of the request, from 1, where it is known.

    Examples
    --------
    >>> Fault(ROWS["LINK_ID_EMPTY"], (2, 5), link=1, field="link_id").text
    'Link ID 2 of 5 empty'
    """

    row: Row
    values: tuple[object, ...] = ()
    link: int | None = None
    field: str | None = None
    line: int | None = None

    @property
    def text(self) -> str:
        """The error string, filled in."""
        return self.row.format(*self.values)

    @property
    def advice(self) -> str:
        """What to do about it, filled in."""
        return self.row.advice(*self.values)


class Registry(Protocol):
    """What an account knows; each answers one Boolean for each of what it is asked."""

    def exist(self, link_ids: pl.Series) -> _Mask:
        """Whether the account has these links."""

    def attached(self, link_ids: pl.Series) -> _Mask:
        """Whether these links have a number."""

    def available(self, full_voxnumbers: NDArray[np.int64]) -> _Mask:
        """Whether the account has these numbers and no link has them."""


def validate(request: Request, registry: Registry | None = None) -> Iterator[Fault]:
    """Find what is wrong with a request, but for what only allocating can tell.

    Parameters
    ----------
    request
        As it was read; with its lines, the faults have lines too.
    registry
        The account that it is for; without one, what needs it is not checked.

    Yields
    ------
    Fault
        In the order of checks.

    Examples
    --------
    >>> from allocator.protocol.reading import read_request
    >>> body = b"<request><link><link_id>1</link_id><method>BY POST</method></link><link/></request>"
    >>> [fault.text for fault in validate(read_request(body))]
    ['Method 1 of 2 Invalid', 'Link ID 2 of 2 empty', 'Method 2 of 2 Empty']
    """
    for node in request.faults:
        yield Fault(NODE_ROWS[node.kind], (node.name, node.line), node.link, None, node.line)
    if not request.links.height:
        yield Fault(ROWS["REQUEST_EMPTY"])
        return
    yield from _Checks(request.links, registry).faults()


@dataclass(frozen=True, slots=True)
class _Found:
    """Links that one check found faulty."""

    row: Row
    field: str
    place: NDArray[np.int64]
    values: Callable[[int], tuple[object, ...]]


class _Checks:
    """The checks of a request's links, each over all links at once, noted in the order in which a link meets them."""

    def __init__(self, links: pl.DataFrame, registry: Registry | None) -> None:
        self._links = links
        self._registry = registry
        self._of_links: list[_Found] = []
        self._of_all: list[_Found] = []

    def faults(self) -> Iterator[Fault]:
        """What was found, in the order of checks."""
        self._check_link_ids()
        method = self._check_methods()
        readers = {
            Method.BY_AREA: self._check_by_area,
            Method.BY_VOXNUMBER: self._check_by_voxnumber,
            Method.BY_POSTCODE: self._check_by_postcode,
        }
        for kind, check in readers.items():
            place = np.flatnonzero(method == kind.code)
            if len(place):
                check(place)
                self._check_foreign_fields(kind, place)
        yield from self._told(self._of_links)
        for repeated in self._of_all:
            yield from self._told([repeated])

    def _told(self, found: list[_Found]) -> Iterator[Fault]:
        if not found:
            return
        place = np.concatenate([one.place for one in found])
        check = np.repeat(np.arange(len(found)), [len(one.place) for one in found])
        within = np.concatenate([np.arange(len(one.place)) for one in found])
        for row in np.lexsort((check, place)).tolist():
            one = found[int(check[row])]
            link = int(place[row])
            yield Fault(one.row, one.values(int(within[row])), link, one.field, self._line(link, one.field))

    def _line(self, link: int, field: str) -> int | None:
        """The line of a field, or of its link where the field is missing."""
        if "line" not in self._links.columns:
            return None
        line: int | None = self._links[f"{field}_line"][link]
        return int(self._links["line"][link]) if line is None else line

    def _note(
        self,
        name: str,
        field: str,
        place: NDArray[np.int64],
        values: Callable[[int], tuple[object, ...]] | None = None,
        *,
        of_all: bool = False,
    ) -> None:
        """Note that links are faulty; without `values` the placeholders are "x of y"."""
        if len(place):
            total = len(self._links)
            told = values or (lambda row: (int(place[row]) + 1, total))
            (self._of_all if of_all else self._of_links).append(_Found(ROWS[name], field, place, told))

    # Requests of one link are the most frequent ones, and each expression of polars costs a tenth of a millisecond:
    # what needs none comes first.

    def _values(self, field: str, place: NDArray[np.int64]) -> pl.Series:
        text = self._links[field]
        return text if len(place) == len(text) else text.gather(place)

    def _filled(self, field: str, place: NDArray[np.int64], empty: str | None) -> NDArray[np.int64]:
        """The links whose field holds something; the others are noted, if that is a fault."""
        text = self._values(field, place)
        missing = text.null_count()
        if missing == len(text):
            hollow = np.ones(len(place), dtype=np.bool_)
        else:
            hollow = ((text.fill_null("") if missing else text) == "").to_numpy()
        if empty is not None:
            self._note(empty, field, place[hollow])
        return place[~hollow] if hollow.any() else place

    def _check_link_ids(self) -> None:
        place = self._filled("link_id", np.arange(len(self._links)), "LINK_ID_EMPTY")
        link_id = self._values("link_id", place)
        if self._registry is not None:
            exists = self._registry.exist(link_id)
            self._note("LINK_ID_UNKNOWN", "link_id", place[~exists])
            attached = self._registry.attached(link_id)
            self._note("LINK_ID_HAS_VOXNUMBER", "link_id", place[exists & attached])
        self._note_repeated("LINK_ID_DUPLICATED", "link_id", place, link_id)

    def _note_repeated(self, name: str, field: str, place: NDArray[np.int64], values: pl.Series) -> None:
        """Note the second of each value that stands there more than once."""
        if values.n_unique() < len(values):
            first = values.is_first_distinct()
            again = place[(~first).to_numpy()]
            second = values.filter(~first).is_first_distinct().to_numpy()
            self._note(name, field, again[second], lambda _: (), of_all=True)

    def _check_methods(self) -> NDArray[np.int64]:
        """Check the methods, and tell the `Method` of each link, -1 where it has none."""
        place = self._filled("method", np.arange(len(self._links)), "METHOD_EMPTY")
        text = self._values("method", place)
        method = np.full(len(self._links), -1)
        for kind in Method:
            method[place[(text == kind).to_numpy()]] = kind.code
        if (method[place] < 0).any():
            method[place] = read_distinct(text, _method_of, pl.Int64).to_numpy()
            self._note("METHOD_INVALID", "method", place[method[place] < 0])
        return method

    def _check_foreign_fields(self, kind: Method, place: NDArray[np.int64]) -> None:
        total = len(self._links)
        for field in FIELDS[2:]:
            if field not in _OF_METHOD[kind]:
                filled = self._filled(field, place, None)
                self._note("FIELD_NOT_OF_METHOD", field, filled, _naming(field, filled, total))

    def _check_by_area(self, place: NDArray[np.int64]) -> None:
        self._check_each("voxnumber_idd", place, "IDD_EMPTY", "IDD_INVALID", _is_idd)
        self._check_each("area_code", place, "AREA_CODE_EMPTY", "AREA_CODE_NOT_INTEGER", _is_area_code)
        for field in ("fallback_city", "fallback_region", "fallback_country"):
            self._check_each(field, place, None, f"{field.upper()}_INVALID", _is_truth)

    def _check_each(
        self, field: str, place: NDArray[np.int64], empty: str | None, invalid: str, is_valid: Callable[[str], bool]
    ) -> None:
        """Check a field of few distinct values by a function for one of them."""
        filled = self._filled(field, place, empty)
        if len(filled):
            valid = read_distinct(self._values(field, filled), is_valid, pl.Boolean).to_numpy()
            self._note(invalid, field, filled[~valid])

    def _check_by_voxnumber(self, place: NDArray[np.int64]) -> None:
        field = "full_voxnumber"
        place = self._filled(field, place, "VOXNUMBER_EMPTY")
        text = self._values(field, place)
        digits = text.str.contains(r"^[0-9]+$").to_numpy()
        self._note("VOXNUMBER_NOT_INTEGER", field, place[~digits])
        if not digits.all():
            place, text = place[digits], text.filter(pl.Series(digits))
        if self._registry is not None:
            # No number begins with 0, and what is too long for 64 bits is nobody's: 0 is none either.
            number = _numbers(text)
            self._note("VOXNUMBER_NOT_AVAILABLE", field, place[~self._registry.available(number)])
        self._note_repeated("VOXNUMBER_DUPLICATED", field, place, text)

    def _check_by_postcode(self, place: NDArray[np.int64]) -> None:
        filled = self._filled("voxnumber_country", place, "COUNTRY_EMPTY")
        countries = self._values("voxnumber_country", filled)
        known = read_distinct(countries, _is_supported, pl.Boolean).to_numpy()
        elsewhere = countries.filter(pl.Series(~known))
        self._note("COUNTRY_NOT_SUPPORTED", "voxnumber_country", filled[~known], lambda row: (elsewhere[row],))

        filled = self._filled("postcode", place, "POSTCODE_EMPTY")
        postcodes = self._values("postcode", filled)
        exists = _postcodes_exist(postcodes)
        unknown = postcodes.filter(pl.Series(~exists))
        self._note("POSTCODE_UNKNOWN", "postcode", filled[~exists], lambda row: (unknown[row], UK_COUNTRY_ID))

        filled = self._filled("fallback_area_distance", place, None)
        km = self._values("fallback_area_distance", filled).cast(pl.Float64, strict=False)
        valid = (km.is_finite() & (km >= 0)).fill_null(False).to_numpy()
        self._note("DISTANCE_INVALID", "fallback_area_distance", filled[~valid])


def _naming(field: str, place: NDArray[np.int64], total: int) -> Callable[[int], tuple[object, ...]]:
    return lambda row: (field, int(place[row]) + 1, total)


def _numbers(digits: pl.Series) -> NDArray[np.int64]:
    number = digits.cast(pl.Int64, strict=False)
    if number.null_count():
        number = number.fill_null(0)
    plain = (number.cast(pl.String) == digits).to_numpy()
    return np.where(plain, number.to_numpy(), 0)


def _postcodes_exist(texts: pl.Series) -> _Mask:
    """Which texts are unit postcodes that exist, live or terminated."""
    read: Any = parse_postcode_column(texts, bundled_outcodes().outcode)
    known = (read["outcode_code"].is_not_null() & read["incode_code"].is_not_null()).to_numpy()
    exists = np.zeros(len(texts), dtype=np.bool_)
    codes = (read[name].fill_null(0).to_numpy()[known] for name in ("outcode_code", "incode_code"))
    exists[known] = postcodes_exist(*codes)
    return exists


def _is_idd(text: str) -> bool:
    try:
        return _is_digits(text) and text[0] != "0" and parse_idd(text) > 0
    except NumberError:
        return False


def _is_area_code(text: str) -> bool:
    try:
        return _is_digits(text) and parse_area_code(text) > 0
    except NumberError:
        return False


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


# Letters beyond ASCII that are upper-cased into it, such as the long s, make no word of the page.


def _is_truth(text: str) -> bool:
    return text.isascii() and text.upper() in {"TRUE", "FALSE"}


def _method_of(text: str) -> int:
    name = text.upper()
    return Method(name).code if text.isascii() and name in set(Method) else -1


def _is_supported(country: str) -> bool:
    return country.isascii() and " ".join(country.split()) == country and is_united_kingdom(country)
