"""The values of a scenario in its file: its name, options, numbers, filters and growth, each checked."""

from __future__ import annotations

import difflib
import re
from typing import Any

from allocator.errors import NumberError, OptionError, PostcodeError
from allocator.notation import parse_area_code, parse_outcode
from allocator.places import bundled_area_codes, bundled_outcodes, suggest_outcode
from allocator.plans import PlanOptions
from allocator.whatif.scenario_growth import Amount
from allocator.whatif.toml_table import FILTERS, TomlTable

_LONGEST_NAME = 100  # a file's name holds two names and a little more, and may have 255 bytes at most
_PERCENT = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ?%")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
# Names that Windows keeps for devices, with any ending.
_DEVICES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{device}{digit}" for device in ("com", "lpt") for digit in range(10)))
)


def option_value(table: TomlTable, key: str, value: Any) -> Any:
    """Return the value of an option, checked as `PlanOptions` does."""
    if key == "effort":
        return table.count(key, value, "Give 0 or more.")
    if key == "fallback_km" and (not isinstance(value, int | float) or isinstance(value, bool)):
        raise table.error(key, "that is not a distance", value, "Give 0 or more kilometres as a number.")
    try:
        # The best plan takes every option, so only this value can be wrong.
        return getattr(PlanOptions(**{"strategy": "optimal", key: value}), key)
    except OptionError as error:
        raise table.error(key, error.message, value, error.remedy) from error


def name_of(table: TomlTable) -> str:
    """Return the name of a scenario."""
    name = table.content.get("name")
    if name is None:
        raise table.error("name", "the scenario has no name", None, 'Give one: name = "more-stock".')
    if not isinstance(name, str):
        raise table.error("name", "a name is a text", name, f'Write it in quotes: name = "{name}".')
    safe = re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("._-")
    if len(name) > _LONGEST_NAME:
        raise table.error("name", f"the name has more than {_LONGEST_NAME} characters", name, "Give a shorter one.")
    if not _NAME.fullmatch(name) or "--" in name:
        example = f", such as {safe!r}" if safe else ""
        remedy = f"Use letters and digits, and between them '.', '_' and single '-'{example}."
        raise table.error("name", "a folder can't have this name on every system", name, remedy)
    if name.partition(".")[0].lower() in _DEVICES:
        raise table.error("name", "Windows keeps this name for a device", name, "Give another.")
    return name


def numbers_of(table: TomlTable, key: str) -> tuple[tuple[int, int], ...]:
    """Return counts by area code, in the order of the area codes."""
    inner = table.table(key)
    found: dict[int, int] = {}
    for text, value in inner.content.items():
        area_code = _area_code(inner, text, text)
        if area_code in found:
            raise inner.error(text, f"area code {area_code} is there twice", None, "Give one count.")
        found[area_code] = inner.count(text, value, "Give a whole number of numbers.")
    return tuple((area_code, count) for area_code, count in sorted(found.items()) if count)


def _area_code(table: TomlTable, key: str, text: object) -> int:
    try:
        area_code = parse_area_code(str(text))
    except NumberError as error:
        raise table.error(key, error.problem, text, error.remedy) from error
    if table.kind == "add" and bundled_area_codes().index(area_code) is None and str(area_code)[0] in "12":
        codes = [str(code) for code in bundled_area_codes().area_code.tolist()]
        alike = difflib.get_close_matches(str(area_code), codes, n=1)
        remedy = f"Did you mean {alike[0]!r}?" if alike else "Write one in use, such as 20."
        raise table.error(key, "there is no such geographic area code in the United Kingdom", text, remedy)
    return area_code


def filters_of(table: TomlTable) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the filters of a scenario, in the order of `FILTERS`."""
    table.refuse_unknown()
    found = []
    for key, values in table.content.items():
        if not isinstance(values, list):
            raise table.error(key, "that is not a list", values, f'Write a list: {key} = ["…"].')
        read = {"outcodes": _outcode, "area_codes": _covering, "link_ids": _link_id}[key.partition("_")[2]]
        found.append((key, tuple(dict.fromkeys(read(table, key, value) for value in values))))
    return tuple(sorted(found, key=lambda one: FILTERS.index(one[0])))


def _outcode(table: TomlTable, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise table.error(key, "an outcode is a text", value, 'Write it in quotes, such as "SW1A".')
    try:
        outcode = parse_outcode(value)
    except PostcodeError as error:
        raise table.error(key, error.problem, value, suggest_outcode(value) or error.remedy) from error
    row = bundled_outcodes().row(outcode)
    if row is None or not bundled_outcodes().postcodes[row]:
        raise table.error(key, "there is no such outcode", value, suggest_outcode(outcode) or None)
    return outcode


def _covering(table: TomlTable, key: str, value: object) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise table.error(key, "an area code is a text", value, 'Write it in quotes, such as "20".')
    area_code = _area_code(table, key, value)
    if bundled_area_codes().index(area_code) is None:
        raise table.error(key, "it covers no outcode", value, "Name a geographic area code, such as 20.")
    return str(area_code)


def _link_id(table: TomlTable, key: str, value: object) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise table.error(key, "a link_id is a text", value, "Write it in quotes.")
    return str(value)


def growth_of(table: TomlTable) -> tuple[tuple[str, Amount], ...]:
    """Return the growth of a scenario, in the order of the file."""
    found: dict[str, Amount] = {}
    for text, value in table.content.items():
        outcode = _outcode(table, text, text)
        if outcode in found:
            raise table.error(text, f"outcode {outcode} is there twice", None, "Give one growth.")
        remedy = 'Give a count of links, such as 25, or a percentage of them, such as "10%".'
        if isinstance(value, str):
            percent = _PERCENT.fullmatch(value.strip())
            if percent is None:
                raise table.error(text, "that is neither a count nor a percentage", value, remedy)
            found[outcode] = f"{percent[1]}%"
        else:
            found[outcode] = table.count(text, value, remedy)
    return tuple(found.items())
