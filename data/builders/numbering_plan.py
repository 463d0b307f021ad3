"""The geographic area codes of the United Kingdom and their names, from libphonenumber.

libphonenumber names prefixes of telephone numbers, not area codes, and splits some area codes into parts. An area code
is 02x, 011x, 01x1, one of the twelve five-digit codes that share their first four digits with another, or otherwise
01xxx.
"""

from __future__ import annotations

import hashlib

from data.builders.sources import SourceError

PACKAGE = "phonenumbers"
EDITION = "9.0.43"
# The sha256 of its English names of British prefixes, one line "prefix,name" each, in the order of the text.
SHA256 = "d550546a84e29f25d967bb09716f21b5c778b5b86c7ba9ed92ed75c81f011cd7"

# The "mixed" areas of the National Telephone Numbering Plan: five digits, within the area of the first four. 01697 has
# no numbers besides those of its three five-digit codes.
FIVE_DIGITS = (13873, 15242, 15394, 15395, 15396, 16973, 16974, 16977, 17683, 17684, 17687, 19467)
WITHOUT_OWN_NUMBERS = 1697
# Allocated, but unused and without coverage.
WITHOUT_COVERAGE = 1987


def area_code_of(prefix: str) -> int:
    """Find the area code of a prefix of libphonenumber, except the five-digit ones.

    Examples
    --------
    >>> area_code_of("238"), area_code_of("1910"), area_code_of("14342")
    (23, 191, 1434)
    """
    if prefix.startswith("2"):
        return int(prefix[:2])
    return int(prefix[:3] if "1" in prefix[1:3] else prefix[:4])


def area_codes() -> dict[int, str]:
    """List every geographic area code that libphonenumber knows, with its name, in numerical order.

    Where libphonenumber splits an area code, its name joins those of the parts ("Portsmouth/Southampton"), unless one
    part has the name of all of them.

    Raises
    ------
    SourceError
        The names in the installed version are not those of `EDITION`.

    Examples
    --------
    >>> names = area_codes()
    >>> len(names), names[23], names[191], names[15394], names[16977]
    (610, 'Portsmouth/Southampton', 'Tyneside/Durham/Sunderland', 'Hawkshead', 'Brampton')
    """
    names = _english_names()
    codes = {area_code_of(prefix) for prefix in names} | set(FIVE_DIGITS)
    return {code: _name(str(code), names) for code in sorted(codes - {WITHOUT_OWN_NUMBERS})}


def _english_names() -> dict[str, str]:
    from phonenumbers.geodata import GEOCODE_DATA

    names = {prefix[2:]: names["en"] for prefix, names in GEOCODE_DATA.items() if prefix.startswith("44")}
    lines = "".join(f"{prefix},{name}\n" for prefix, name in sorted(names.items()))
    if hashlib.sha256(lines.encode()).hexdigest() != SHA256:
        raise SourceError(
            f"{PACKAGE} has other names than version {EDITION}",
            remedy=f"Install {PACKAGE}=={EDITION}, or write the new digest and version into numbering_plan.py.",
        )
    return names


def _name(code: str, names: dict[str, str]) -> str:
    if code in names:
        return names[code]
    parts = {prefix: name for prefix, name in names.items() if prefix.startswith(code)}
    if not parts:
        return names[code[:4]]  # a five-digit code, the only one with the name of its first four digits
    shortest = min(map(len, parts))
    found = sorted({name for prefix, name in parts.items() if len(prefix) == shortest})
    whole = [name for name in found if "/" in name]
    return whole[0] if whole else "/".join(found)
