"""Validates a request: every fault of its links in the API's order of checks, and the links as they were read.

First the nodes that should not be there, in document order; then link by link (link id, method, the method's own
fields, fields of other methods); then what occurs twice. A field has its first fault only. Without an account, the
checks that need one are left out, such as whether a link exists.

The checks are as strict as the API's page: area codes, country codes and numbers are digits alone, methods are spelt as
on the page, and TRUE and FALSE are the only truth values, all in any case. White space around a value does not count,
and an empty node counts as a missing one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.account.holdings import Holdings
from allocator.errors import NumberError
from allocator.notation import UK_IDD, Method, parse_area_code, parse_idd, parse_postcode_column, read_distinct
from allocator.places import bundled_outcodes, is_united_kingdom, postcodes_exist
from allocator.protocol import FIELDS, NODE_ROWS, ROWS, Request, Row
from allocator.tables import Links, links_of

UK_COUNTRY_ID = UK_IDD
"""The country id in the error about a postcode: the country code, as the page knows no other number for a country."""

_Values = Callable[[int], tuple[object, ...]]
_Value = TypeVar("_Value", int, bool)
_Places = NDArray[np.int64]
_OF_METHOD = {
    Method.BY_AREA: ("voxnumber_idd", "area_code", "fallback_city", "fallback_region", "fallback_country"),
    Method.BY_VOXNUMBER: ("full_voxnumber",),
    Method.BY_POSTCODE: ("voxnumber_country", "postcode", "fallback_area_distance"),
}
_FLAGS = _OF_METHOD[Method.BY_AREA][2:]
_TRUTH = {"TRUE": True, "FALSE": False}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a request.

    Attributes
    ----------
    row
        The row of the error table.
    values
        The values of its placeholders.
    link
        Place of the link in the request, from 0; None if the fault is not about one link.
    field
        The node at fault, if it is one.
    line
        Line of the request, from 1, if it is known.

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


@dataclass(frozen=True, slots=True)
class _Found:
    """The links that one check found faulty."""

    name: str
    field: str
    place: _Places
    values: _Values


class Validation:
    """The checks of a request, each over all links at once, noted in the order in which a link meets them.

    Parameters
    ----------
    request
        The request; if it was read with its lines, the faults have lines too.
    holdings
        What the account holds; without it, the checks that need an account are left out.

    Examples
    --------
    >>> from allocator.protocol import read_request
    >>> body = b"<request><link><link_id>1</link_id><method>BY POST</method></link><link/></request>"
    >>> [fault.text for fault in Validation(read_request(body)).faults()]
    ['Method 1 of 2 Invalid', 'Link ID 2 of 2 empty', 'Method 2 of 2 Empty']
    """

    def __init__(self, request: Request, holdings: Holdings | None = None) -> None:
        self._request = request
        self._links = request.links
        self._holdings = holdings
        self._of_links: list[_Found] = []
        self._of_all: list[_Found] = []
        self._read: dict[str, pl.Series] = {}

    def links(self) -> Links:
        """The links as the checks have read them, once `faults` has ended without any.

        Of a postcode they have the codes, which is what an allocation needs, and not the text.
        """
        return links_of({"link_id": self._links["link_id"], **self._read}, "the request")

    def faults(self) -> Iterator[Fault]:
        """What is wrong with the request, in the order of checks; shortages only an allocation can find."""
        for node in self._request.faults:
            yield Fault(NODE_ROWS[node.kind], (node.name, node.line), node.link, None, node.line)
        if not self._links.height:
            yield Fault(ROWS["REQUEST_EMPTY"])
            return
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
                self._check_fields_of_others(kind, place)
        yield from self._sorted(self._of_links)
        for repeated in self._of_all:
            yield from self._sorted([repeated])

    def _sorted(self, found: list[_Found]) -> Iterator[Fault]:
        """Faults link by link, and for each link in the order of checks."""
        if not found:
            return
        place = np.concatenate([one.place for one in found])
        check = np.repeat(np.arange(len(found)), [len(one.place) for one in found])
        within = np.concatenate([np.arange(len(one.place)) for one in found])
        for row in np.lexsort((check, place)).tolist():
            one = found[int(check[row])]
            yield self.fault(one.name, one.values(int(within[row])), int(place[row]), one.field)

    def fault(self, name: str, values: tuple[object, ...], link: int, field: str) -> Fault:
        """A fault of a link, with the line of the field, or of the link if the field is missing.

        Parameters
        ----------
        name
            Name of the row of the error table.
        values
            The values of its placeholders.
        link
            Place of the link in the request, from 0.
        field
            The node at fault.
        """
        line = None
        if "line" in self._links.columns:
            line = self._links[f"{field}_line"][link]
            line = self._links["line"][link] if line is None else line
        return Fault(ROWS[name], values, link, field, line)

    def _note(self, name: str, field: str, place: _Places, values: _Values | None = None) -> None:
        """Note that links are faulty; without `values` the placeholders are "x of y"."""
        if len(place):
            self._of_links.append(_Found(name, field, place, values or self._x_of_y(place)))

    def _x_of_y(self, place: _Places, *before: str) -> _Values:
        total = len(self._links)
        return lambda row: (*before, int(place[row]) + 1, total)

    def _keep(self, name: str, place: _Places, values: pl.Series) -> None:
        """Keep the values that a check has read, for `links`."""
        if len(place) < len(self._links):
            values = pl.Series([None], dtype=values.dtype).new_from_index(0, len(self._links)).scatter(place, values)
        self._read[name] = values

    # Most requests have one link, and an expression of polars takes longer than all else for one: the checks use as few
    # of them as they can.

    def _values(self, field: str, place: _Places) -> pl.Series:
        text = self._links[field]
        return text if len(place) == len(text) else text.gather(place)

    def _filled(self, field: str, place: _Places, empty: str | None) -> _Places:
        """The links whose field is not empty; the others are noted, if `empty` names an error for them."""
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
        if self._holdings is not None:
            exists = self._holdings.exist(link_id)
            self._note("LINK_ID_UNKNOWN", "link_id", place[~exists])
            attached = self._holdings.attached(link_id)
            self._note("LINK_ID_HAS_VOXNUMBER", "link_id", place[exists & attached])
        self._note_repeated("LINK_ID_DUPLICATED", "link_id", place, link_id)

    def _note_repeated(self, name: str, field: str, place: _Places, values: pl.Series) -> None:
        """Note the second occurrence of each value that occurs more than once."""
        if values.n_unique() < len(values):
            first = values.is_first_distinct()
            again = place[(~first).to_numpy()]
            second = values.filter(~first).is_first_distinct().to_numpy()
            self._of_all.append(_Found(name, field, again[second], lambda _: ()))

    def _check_methods(self) -> _Places:
        """Check the methods; returns the `Method.code` of each link, -1 where it has no method."""
        place = self._filled("method", np.arange(len(self._links)), "METHOD_EMPTY")
        text = self._values("method", place)
        method = np.full(len(self._links), -1)
        for kind in Method:
            method[place[(text == kind).to_numpy()]] = kind.code
        if (method[place] < 0).any():
            method[place] = read_distinct(text, _method_of, pl.Int64).to_numpy()
            self._note("METHOD_INVALID", "method", place[method[place] < 0])
        self._read["method"] = pl.Series(method)
        return method

    def _check_fields_of_others(self, kind: Method, place: _Places) -> None:
        for field in FIELDS[2:]:
            if field not in _OF_METHOD[kind]:
                filled = self._filled(field, place, None)
                self._note("FIELD_NOT_OF_METHOD", field, filled, self._x_of_y(filled, field))

    def _check_by_area(self, place: _Places) -> None:
        self._check_each("voxnumber_idd", place, "IDD_EMPTY", "IDD_INVALID", _idd_of, pl.Int32)
        self._check_each("area_code", place, "AREA_CODE_EMPTY", "AREA_CODE_NOT_INTEGER", _area_code_of, pl.Int32)
        for field in _FLAGS:
            self._check_each(field, place, None, f"{field.upper()}_INVALID", _truth_of, pl.Boolean)

    def _check_each(
        self,
        field: str,
        place: _Places,
        empty: str | None,
        invalid: str,
        read: Callable[[str], _Value | None],
        dtype: type[pl.DataType],
    ) -> None:
        """Check a field with few distinct values by a function that reads one of them."""
        filled = self._filled(field, place, empty)
        if len(filled):
            values = read_distinct(self._values(field, filled), read, dtype)
            self._note(invalid, field, filled[values.is_null().to_numpy()])
            self._keep(field, filled, values)

    def _check_by_voxnumber(self, place: _Places) -> None:
        field = "full_voxnumber"
        place = self._filled(field, place, "VOXNUMBER_EMPTY")
        text = self._values(field, place)
        digits = text.str.contains(r"^[0-9]+$").to_numpy()
        self._note("VOXNUMBER_NOT_INTEGER", field, place[~digits])
        if not digits.all():
            place, text = place[digits], text.filter(pl.Series(digits))
        if self._holdings is not None:
            number = _numbers(text)
            self._note("VOXNUMBER_NOT_AVAILABLE", field, place[~self._holdings.available(number)])
            self._keep(field, place, pl.Series(number))
        self._note_repeated("VOXNUMBER_DUPLICATED", field, place, text)

    def _check_by_postcode(self, place: _Places) -> None:
        filled = self._filled("voxnumber_country", place, "COUNTRY_EMPTY")
        countries = self._values("voxnumber_country", filled)
        known = read_distinct(countries, _is_supported, pl.Boolean).to_numpy()
        elsewhere = countries.filter(pl.Series(~known))
        self._note("COUNTRY_NOT_SUPPORTED", "voxnumber_country", filled[~known], lambda row: (elsewhere[row],))

        filled = self._filled("postcode", place, "POSTCODE_EMPTY")
        postcodes = self._values("postcode", filled)
        exists = self._read_postcodes(filled, postcodes)
        unknown = postcodes.filter(pl.Series(~exists))
        self._note("POSTCODE_UNKNOWN", "postcode", filled[~exists], lambda row: (unknown[row], UK_COUNTRY_ID))

        filled = self._filled("fallback_area_distance", place, None)
        if len(filled):
            km = self._values("fallback_area_distance", filled).cast(pl.Float64, strict=False)
            valid = (km.is_finite() & (km >= 0)).fill_null(False).to_numpy()
            self._note("DISTANCE_INVALID", "fallback_area_distance", filled[~valid])
            self._keep("fallback_km", filled, km.abs())  # without the sign of -0.0

    def _read_postcodes(self, place: _Places, texts: pl.Series) -> NDArray[np.bool_]:
        """Read postcodes; returns which are unit postcodes that exist, live or terminated."""
        read: Any = parse_postcode_column(texts, bundled_outcodes().outcode)
        known = (read["outcode_code"].is_not_null() & read["incode_code"].is_not_null()).to_numpy()
        exists = np.zeros(len(texts), dtype=np.bool_)
        for name in ("outcode_code", "incode_code"):
            self._keep(name, place, read[name])
        codes = (read[name].fill_null(0).to_numpy()[known] for name in ("outcode_code", "incode_code"))
        exists[known] = postcodes_exist(*codes)
        return exists


def _numbers(digits: pl.Series) -> NDArray[np.int64]:
    """The numbers of texts of digits; 0, which nobody has, for one that begins with 0 or exceeds 64 bits."""
    number = digits.cast(pl.Int64, strict=False)
    if number.null_count():
        number = number.fill_null(0)
    plain = (number.cast(pl.String) == digits).to_numpy()
    return np.where(plain, number.to_numpy(), 0)


def _idd_of(text: str) -> int | None:
    return None if text[0] == "0" else _number_of(text, parse_idd)


def _area_code_of(text: str) -> int | None:
    return _number_of(text, parse_area_code)


def _number_of(text: str, parse: Callable[[str], int]) -> int | None:
    try:
        return parse(text) if text.isascii() and text.isdigit() else None
    except NumberError:
        return None


# Letters beyond ASCII that are upper-cased into it, such as the long s, do not count.


def _truth_of(text: str) -> bool | None:
    return _TRUTH.get(text.upper()) if text.isascii() else None


def _method_of(text: str) -> int:
    name = text.upper()
    return Method(name).code if text.isascii() and name in set(Method) else -1


def _is_supported(country: str) -> bool:
    return country.isascii() and " ".join(country.split()) == country and is_united_kingdom(country)
