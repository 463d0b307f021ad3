"""What is known of a postcode or an outcode, and what is near it."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, repr=False)
class Place:
    """What is known of a postcode or an outcode.

    Attributes
    ----------
    text
        The text that was looked up.
    outcode
        The outcode in it.
    postcode
        The unit postcode, written as "SW1A 0AA"; None for an outcode alone.
    outcode_exists
        Whether the data has the outcode.
    postcode_exists
        Whether the data has the unit postcode, live or terminated; None for an outcode alone.
    kind
        "geographic", "non-geographic" or "crown" (Jersey, Guernsey and the Isle of Man); None for an unknown outcode.
    longitude, latitude
        Centroid of the outcode, WGS84 degrees; None where it has none.
    area_code, area_code_name
        The covering area code, without its leading 0, and its name; None where the outcode has no position.
    postcodes
        The number of unit postcodes, live or terminated, that the outcode has.
    meant
        The outcodes that an unknown one may have been meant to be, the likeliest first.

    Examples
    --------
    >>> lookup("sw1a0aa")
    <Place SW1A 0AA: exists, geographic, area code 20 (London)>
    >>> lookup("W75")
    <Place W75: does not exist>
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
        """Whether the data has the unit postcode, or the outcode where the text is an outcode alone."""
        return self.outcode_exists if self.postcode_exists is None else self.postcode_exists

    def __repr__(self) -> str:
        facts = ["exists" if self.exists else "does not exist"]
        if self.kind is not None:
            facts.append(self.kind)
        if self.area_code is not None:
            facts.append(f"area code {self.area_code} ({self.area_code_name})")
        return f"<Place {self.postcode or self.outcode}: {', '.join(facts)}>"


def lookup(text: str) -> Place:
    """Look up a postcode or a postcode district (outcode).

    Parameters
    ----------
    text
        A unit postcode or an outcode, in any case and spacing.

    Returns
    -------
    Place
        Whether the data has it, and where it is.

    Raises
    ------
    PostcodeError
        The text is neither a postcode nor an outcode.

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


# An outcode has at most four characters; a longer text was meant to be a unit postcode.
_LONGEST_OUTCODE = 4


def _outcode_in(text: str, error: PostcodeError) -> str:
    """Parse as an outcode a text that is not a unit postcode; otherwise raise the error with the better hint."""
    try:
        return parse_outcode(text)
    except PostcodeError as no_outcode:
        if len(text.strip()) <= _LONGEST_OUTCODE:
            raise _with_outcode_meant(no_outcode) from None
        raise error from None


def _with_outcode_meant(error: PostcodeError, outcode: str | None = None) -> PostcodeError:
    """Let an error ask for the outcodes that the text, or the outcode in it, is like."""
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
        postcode_exists=row is not None and _exists(row, unit) if unit else None,
        kind=outcodes.kind[row] if row is not None else None,
        longitude=float(outcodes.longitude[row]) if placed else None,
        latitude=float(outcodes.latitude[row]) if placed else None,
        area_code=int(codes.area_code[covering]) if placed else None,
        area_code_name=codes.name[covering] if placed else None,
        postcodes=int(outcodes.postcodes[row]) if row is not None else 0,
        meant=() if row is not None else tuple(similar_outcodes(outcode)),
    )


def _exists(row: int, unit: Postcode) -> bool:
    return bool(postcodes_exist([row], [incode_number(unit.incode)])[0])


@dataclass(frozen=True, slots=True, repr=False)
class Nearby:
    """What is within a distance of an outcode.

    Attributes
    ----------
    place
        The place whose outcode it is.
    within_km
        The distance, kilometres.
    area_codes
        `area_code`, `name`, `distance_km`: closest first, then by area code. The distance is 0 where the area code
        covers the outcode, otherwise from its centroid to the nearest centroid that the area code covers.
    outcodes
        `outcode`, `distance_km`, `area_code`, `name`: closest first, then by outcode; distances are
        between centroids.

    Examples
    --------
    >>> nearest("W11", 2)
    <Nearby W11 within 2 km: 1 area code, 3 outcodes>
    """

    place: Place
    within_km: float
    area_codes: pl.DataFrame
    outcodes: pl.DataFrame

    def __repr__(self) -> str:
        counts = [
            f"{table.height} {name}{'s' * (table.height != 1)}"
            for table, name in ((self.area_codes, "area code"), (self.outcodes, "outcode"))
        ]
        return f"<Nearby {self.place.outcode} within {self.within_km:g} km: {', '.join(counts)}>"


def nearest(text: str, within_km: float) -> Nearby:
    """Find the area codes and the postcode districts (outcodes) within a distance of one.

    Parameters
    ----------
    text
        An outcode, or a unit postcode, whose outcode counts.
    within_km
        The distance, kilometres, inclusive.

    Returns
    -------
    Nearby
        The area codes and the outcodes, with their distances by geodesic on WGS84.

    Raises
    ------
    PostcodeError
        The text is neither an outcode nor a postcode, or the outcode is unknown or has no position.
    OptionError
        The distance is negative, infinite or not a number.

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
    code, name = pl.Series(codes.area_code).cast(pl.String), pl.Series(codes.name)
    covering = outcodes.area_index[near]
    area_codes = {"area_code": code.gather(area_index), "name": name.gather(area_index), "distance_km": km}
    near_outcodes = {
        "outcode": outcodes.outcode.gather(near),
        "distance_km": near_km,
        "area_code": code.gather(covering),
        "name": name.gather(covering),
    }
    return Nearby(place, within_km, pl.DataFrame(area_codes), pl.DataFrame(near_outcodes))
