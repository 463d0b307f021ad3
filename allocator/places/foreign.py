"""Area codes and places outside the UK, as far as libphonenumber knows them.

Its verdict on a whole number depends on the number's length and on ranges that change from month to month, so it is not
used. Instead the first five digits after the country code are filled up to the length of the country's example numbers,
in several ways, and the first of these numbers with a geographic area code gives its length. Where none has one, the
length is that of the national destination code (the first group of digits where a country has no area codes); failing
that, the area code is unknown.

Area codes are numbers, without leading zeros. Italian ones begin with a zero that is dialled from abroad too, but it is
left out here as everywhere: 39 06… has area code 6, and 0321 (Novara) shares 321 with the mobiles that begin with 321.
Argentine mobiles keep the 9 before their area code (911 in Buenos Aires).

The library and its tables are loaded by the first call that needs them.

Source: the PyPI package `phonenumbers`, a port of Google's libphonenumber (Apache 2.0), in the installed edition.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

from allocator.notation import KEEP_THEIR_ZERO

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber


@dataclass(frozen=True, slots=True)
class AreaCodePlace:
    """Where an area code is, as far as is known.

    Attributes
    ----------
    city
        Its name in English.
    region
        In Canada and the United States the postal abbreviation of the province or state ("NY").
    country
        ISO 3166 code: "GB", "US"; Jersey (JE), Guernsey (GG) and the Isle of Man (IM) have their own.

    Examples
    --------
    >>> AreaCodePlace("New York", "NY", "US")
    AreaCodePlace(city='New York', region='NY', country='US')
    """

    city: str | None
    region: str | None
    country: str | None


@cache
def foreign_area_code(idd: int, lead: str) -> int | None:
    """Find the area code of numbers with this country code and these next digits, up to five; None where unknown.

    Examples
    --------
    >>> foreign_area_code(33, "14268"), foreign_area_code(49, "30123"), foreign_area_code(999, "12345")
    (1, 30, None)
    """
    destination = 0
    for number, national in _samples(idd, lead):
        geographic = _library().length_of_geographical_area_code(number)
        if geographic:
            return _as_area_code(national[:geographic], lead)
        destination = destination or _library().length_of_national_destination_code(number)
    return _as_area_code(lead[:destination], lead) if 0 < destination <= len(lead) else None


@cache
def foreign_place(idd: int, area_code: int) -> AreaCodePlace:
    """Find the city, region and country of an area code; None where one is not known.

    The city is the one that libphonenumber names for the whole area code; failing that, the one that it names for more
    than half of those of its numbers for which it names a city. The same goes for the regions of +1. Codes that the
    countries of +1 share, such as 800, count as the United States', as they do in libphonenumber.

    Examples
    --------
    >>> foreign_place(1, 212), foreign_place(1, 310)
    (AreaCodePlace(city='New York', region='NY', country='US'), AreaCodePlace(city=None, region='CA', country='US'))
    >>> foreign_place(49, 30), foreign_place(1, 809)
    (AreaCodePlace(city='Berlin', region=None, country='DE'), AreaCodePlace(city=None, region=None, country='DO'))
    """
    return _american_place(area_code) if idd == 1 else _other_place(idd, area_code)


_UNITED_KINGDOM = frozenset({"united kingdom", "uk", "gb", "great britain"})
_ALIASES = {"usa": "US", "united states of america": "US", "america": "US", "eire": "IE", "republic of ireland": "IE"}


def is_united_kingdom(text: str) -> bool:
    """Whether a name is one of the United Kingdom's: UNITED KINGDOM, UK, GB or GREAT BRITAIN, in any case.

    Examples
    --------
    >>> is_united_kingdom("United Kingdom"), is_united_kingdom("FRANCE")
    (True, False)
    """
    return _folded(text) in _UNITED_KINGDOM


@cache
def country_code(text: str) -> str | None:
    """Find the ISO 3166 code of a country by its English name or its code, in any case; None for an unknown one.

    Examples
    --------
    >>> country_code("UNITED KINGDOM"), country_code("usa"), country_code("fr"), country_code("Atlantis")
    ('GB', 'US', 'FR', None)
    """
    name = _folded(text)
    if name in _UNITED_KINGDOM:
        return "GB"
    return _ALIASES.get(name) or _country_codes().get(name)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


@cache
def _country_codes() -> dict[str, str]:
    """Map English names, and the codes themselves, to codes."""
    from phonenumbers.geodata.locale import LOCALE_DATA

    codes: dict[str, str] = {code.casefold(): code for code in LOCALE_DATA}
    for code, names in LOCALE_DATA.items():
        name = names.get("en", "")
        # "*aa" means the name in the language aa.
        codes[_folded(names.get(name[1:], "") if name.startswith("*") else name)] = code
    codes.pop("", None)
    return codes


_FILLERS = ("2345678901234", "1234567890123", "0000000000000", "5555555555555")

_STATES = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA", "Colorado": "CO",
    "Connecticut": "CT", "Delaware": "DE", "Florida": "FL", "Georgia": "GA", "Hawaii": "HI", "Idaho": "ID",
    "Illinois": "IL", "Indiana": "IN", "Iowa": "IA", "Kansas": "KS", "Kentucky": "KY", "Louisiana": "LA",
    "Maine": "ME", "Maryland": "MD", "Massachusetts": "MA", "Michigan": "MI", "Minnesota": "MN", "Mississippi": "MS",
    "Missouri": "MO", "Montana": "MT", "Nebraska": "NE", "Nevada": "NV", "New Hampshire": "NH", "New Jersey": "NJ",
    "New Mexico": "NM", "New York": "NY", "North Carolina": "NC", "North Dakota": "ND", "Ohio": "OH", "Oklahoma": "OK",
    "Oregon": "OR", "Pennsylvania": "PA", "Rhode Island": "RI", "South Carolina": "SC", "South Dakota": "SD",
    "Tennessee": "TN", "Texas": "TX", "Utah": "UT", "Vermont": "VT", "Virginia": "VA", "Washington State": "WA",
    "Washington D.C.": "DC", "West Virginia": "WV", "Wisconsin": "WI", "Wyoming": "WY",
}  # fmt: skip
_PROVINCES = {
    "Alberta": "AB", "British Columbia": "BC", "British Colombia": "BC", "Manitoba": "MB", "New Brunswick": "NB",
    "Newfoundland and Labrador": "NL", "Ontario": "ON", "Quebec": "QC", "Saskatchewan": "SK",
    # Two area codes each serve several provinces or territories; these count as one region.
    "Nova Scotia/Prince Edward Island": "NS/PE", "Northwest Territories/Nunavut/Yukon": "NT/NU/YT",
}  # fmt: skip
_REGIONS = {**_STATES, **_PROVINCES}


def _library() -> ModuleType:
    import phonenumbers

    return phonenumbers


@cache
def _names() -> tuple[dict[str, str], list[str]]:
    """Load the English names of number prefixes, and the prefixes in order."""
    from phonenumbers.geodata import GEOCODE_DATA

    names = {prefix: names["en"] for prefix, names in GEOCODE_DATA.items() if "en" in names}
    return names, sorted(names)


def _as_area_code(code: str, lead: str) -> int | None:
    """Read an area code; None where the leading digits are too few to show it."""
    return int(code) or None if len(code) <= len(lead) else None


def _samples(idd: int, lead: str) -> Iterator[tuple[PhoneNumber, str]]:
    """Yield numbers that begin with these digits and are as long as the country's, each with its national digits."""
    for length in _usual_lengths(idd):
        for filler in _FILLERS:
            national = (lead + filler)[:length]
            zeros = len(national) - len(national.lstrip("0"))
            number = _library().PhoneNumber(
                country_code=idd,
                national_number=int(national),
                italian_leading_zero=zeros > 0 or None,
                number_of_leading_zeros=zeros if zeros > 1 else None,
            )
            yield number, national


@cache
def _usual_lengths(idd: int) -> tuple[int, ...]:
    """List the numbers of national digits of the country's example numbers, fixed line first."""
    types = _library().PhoneNumberType
    region = _library().region_code_for_country_code(idd)
    if region == "001":
        examples = [_library().example_number_for_non_geo_entity(idd)]
    else:
        kinds = (types.FIXED_LINE, types.MOBILE, types.TOLL_FREE)
        examples = [_library().example_number_for_type(region, kind) for kind in kinds]
    lengths = [len(_library().national_significant_number(example)) for example in examples if example]
    return tuple(dict.fromkeys(lengths))


@cache
def _main_country(idd: int) -> str | None:
    region = _library().region_code_for_country_code(idd)
    return None if region in ("001", "ZZ") else region


def _other_place(idd: int, area_code: int) -> AreaCodePlace:
    """Find a place outside 1 and 44."""
    codes = (f"0{area_code}", str(area_code)) if idd in KEEP_THEIR_ZERO else (str(area_code),)
    found = (_most(names) for code in codes for names in _names_of(f"{idd}{code}"))
    regions = (_library().region_code_for_number(number) for code in codes for number, _ in _samples(idd, code))
    country = next((region for region in regions if region not in (None, "001")), None) or _main_country(idd)
    return AreaCodePlace(next((name for name in found if name), None), None, country)


def _american_place(area_code: int) -> AreaCodePlace:
    """Find a place in North America or the Caribbean."""
    island = _island(area_code)
    if island:
        return AreaCodePlace(None, None, island)
    whole, exchanges = _names_of(f"1{area_code}")
    city, region = (named or majority for named, majority in zip(_majority(whole), _majority(exchanges), strict=True))
    if region is None:
        regions = (_library().region_code_for_number(number) for number, _ in _samples(1, str(area_code)))
        return AreaCodePlace(None, None, next((found for found in regions if found), None))
    return AreaCodePlace(city, region, "CA" if region in _PROVINCES.values() else "US")


def _island(area_code: int) -> str | None:
    """Find the country other than the United States and Canada whose numbers begin with the area code."""
    for region in _library().COUNTRY_CODE_TO_REGION_CODE[1]:
        leading = _library().PhoneMetadata.metadata_for_region(region).leading_digits
        if leading and re.match(f"(?:{leading})", f"{area_code}5"):
            return str(region)
    return None


def _names_of(prefix: str) -> tuple[Counter[str], Counter[str]]:
    """Find the name of all numbers with a prefix, if they have one, and those of longer prefixes with their shares."""
    names, prefixes = _names()
    whole = Counter({names[prefix]: 1}) if prefix in names else Counter()
    parts: Counter[str] = Counter()
    # A colon sorts after all digits.
    for longer in prefixes[bisect_right(prefixes, prefix) : bisect_left(prefixes, prefix + ":")]:
        parts[names[longer]] += 10 ** (len(prefix) + 9 - len(longer))
    return whole, parts


def _majority(names: Counter[str]) -> tuple[str | None, str | None]:
    """Find the city with more than half of the weight of named cities, and the region with more than half of all."""
    cities: Counter[str] = Counter()
    regions: Counter[str] = Counter()
    for name, weight in names.items():
        city, _, region = name.rpartition(", ")
        if city:
            cities[city] += weight
        regions[_REGIONS.get(region, region)] += weight
    return _most(cities), _most(regions)


def _most(weights: Counter[str]) -> str | None:
    return next((name for name, weight in weights.items() if 2 * weight > weights.total()), None)
