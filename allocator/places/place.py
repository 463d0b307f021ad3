"""What is known of a postcode or an outcode, and what is near it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from allocator.errors import PostcodeError
from allocator.notation import Postcode, check_km, incode_number, parse_outcode, parse_postcode
from allocator.places.dataset import (
    bundled_area_codes,
    bundled_outcodes,
    postcodes_exist,
    similar_outcodes,
    suggest_outcode,
)


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of a postcode or an outcode.

    Attributes
    ----------
    text
        As it was given.
    outcode
        Its outcode.
    postcode
        The unit postcode, written as "SW1A 0AA"; None when only an outcode was given.
    outcode_exists
        Whether the data has the outcode.
    postcode_exists
        Whether the data has the unit postcode, live or terminated; None when only an outcode was given.
    kind
        "geographic", "non-geographic" or "crown" (Jersey, Guernsey and the Isle of Man); None for an unknown outcode.
    longitude, latitude
        Centroid of the outcode, WGS84 degrees; None where it has none.
    area_code, area_code_name
        The covering area code, without its leading 0, and its name; None where the outcode has no position.
    postcodes
        How many unit postcodes the outcode has.
    meant
        Outcodes that an unknown one may have been meant to be, the likeliest first.
    """

    text: str
    outcode: str
    postcode: str | None
    outcode_exists: bool
    postcode_exists: bool | None
    kind: str | None
    longitude: float | None
    latitude: float | None
    area_code: int | None
    area_code_name: str | None
    postcodes: int
    meant: tuple[str, ...] = ()

    @property
    def exists(self) -> bool:
        """Whether the data has what was asked for."""
        return self.outcode_exists if self.postcode_exists is None else self.postcode_exists


def lookup(text: str) -> Place:
    """Look a postcode or an outcode up.

    Parameters
    ----------
    text
        A unit postcode or an outcode, in any case and spacing.

    Raises
    ------
    PostcodeError
        The text is neither.

    Examples
    --------
    >>> place = lookup("sw1a0aa")
    >>> place.postcode, place.exists, place.area_code
    ('SW1A 0AA', True, 20)
    """
    try:
        unit = parse_postcode(text)
    except PostcodeError as error:
        return _place(text, _outcode_in(text, error), None)
    return _place(text, unit.outcode, unit)


# An outcode has at most four characters; what is longer was meant to be a unit postcode.
_LONGEST_OUTCODE = 4


def _outcode_in(text: str, error: PostcodeError) -> str:
    """The outcode that a text is which is no unit postcode; else the error that helps with what it was meant to be."""
    try:
        return parse_outcode(text)
    except PostcodeError as no_outcode:
        if len(text.strip()) <= _LONGEST_OUTCODE:
            raise _with_outcode_meant(no_outcode) from None
        raise error from None


def _with_outcode_meant(error: PostcodeError, outcode: str | None = None) -> PostcodeError:
    """The error, asking for the outcodes that the text, or the outcode in it, is like."""
    question = suggest_outcode(outcode or error.text)
    return PostcodeError(error.text, error.span, error.problem, question) if question else error


def _place(text: str, outcode: str, unit: Postcode | None) -> Place:
    outcodes, codes = bundled_outcodes(), bundled_area_codes()
    row = outcodes.row(outcode)
    covering = int(outcodes.area_index[row]) if row is not None else -1
    placed = covering >= 0 and row is not None
    return Place(
        text=text,
        outcode=outcode,
        postcode=str(unit) if unit else None,
        outcode_exists=row is not None,
        postcode_exists=_exists(row, unit) if unit else None,
        kind=outcodes.kind[row] if row is not None else None,
        longitude=float(outcodes.longitude[row]) if placed else None,
        latitude=float(outcodes.latitude[row]) if placed else None,
        area_code=int(codes.area_code[covering]) if placed else None,
        area_code_name=codes.name[covering] if placed else None,
        postcodes=int(outcodes.postcodes[row]) if row is not None else 0,
        meant=() if row is not None else tuple(similar_outcodes(outcode)),
    )


def _exists(row: int | None, unit: Postcode) -> bool:
    if row is None:
        return False
    return bool(postcodes_exist([row], [incode_number(unit.incode)])[0])


@dataclass(frozen=True, slots=True)
class Nearby:
    """What lies within a distance of an outcode.

    Attributes
    ----------
    place
        The outcode.
    within_km
        How far was looked, kilometres.
    area_codes
        `area_code`, `name`, `distance_km`: closest first, then by area code.
    outcodes
        `outcode`, `distance_km`, `area_code`, `name`: closest first, then by outcode.
    """

    place: Place
    within_km: float
    area_codes: pl.DataFrame
    outcodes: pl.DataFrame


def nearest(text: str, within_km: float) -> Nearby:
    """The area codes and the outcodes within a distance of an outcode.

    Parameters
    ----------
    text
        An outcode or a unit postcode, of which the outcode counts.
    within_km
        How far to look, kilometres, inclusive.

    Raises
    ------
    PostcodeError
        The text is no outcode, or the outcode is unknown or has no position.
    OptionError
        The distance is negative or no number.

    Examples
    --------
    >>> nearest("W11", 0).area_codes.rows()
    [('20', 'London', 0.0)]
    """
    from allocator.places.distances import default_distances
    from allocator.places.gazetteer import default_gazetteer

    within_km = check_km(within_km, name="within")
    place = lookup(text)
    row = bundled_outcodes().row(place.outcode)
    if row is None or place.longitude is None or place.latitude is None:
        what = "has no position" if place.outcode_exists else "is not known"
        error = PostcodeError(text, (0, len(text)), f"the outcode {place.outcode} {what}, so nothing is near it")
        raise error if place.outcode_exists else _with_outcode_meant(error, place.outcode)
    codes, outcodes = bundled_area_codes(), bundled_outcodes()
    area_index, km = default_distances().within(row, within_km)
    near, near_km = default_gazetteer().within(place.longitude, place.latitude, within_km)
    return Nearby(
        place=place,
        within_km=within_km,
        area_codes=_table(
            area_code=pl.Series(codes.area_code).gather(area_index).cast(pl.String),
            name=pl.Series(codes.name).gather(area_index),
            distance_km=km,
        ),
        outcodes=_table(
            outcode=outcodes.outcode.gather(near),
            distance_km=near_km,
            area_code=pl.Series(codes.area_code).gather(outcodes.area_index[near]).cast(pl.String),
            name=pl.Series(codes.name).gather(outcodes.area_index[near]),
        ),
    )


def _table(**columns: Any) -> pl.DataFrame:
    return pl.DataFrame(columns)
