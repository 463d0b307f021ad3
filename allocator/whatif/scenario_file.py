"""Scenarios as a TOML file tells them.

::

    links = "links.csv"                      # as seen from this file; the options of the command win
    stock = "stock.csv"                      # or a list: the pages of a listing

    [defaults]                               # for scenarios that say nothing else
    fallback_km = 20

    [[scenario]]
    name = "more-in-london"
    add = { "20" = 50 }                      # numbers that nobody has bought yet, by area code
    remove = { "161" = 10 }                  # available numbers, the largest first
    growth = { "M1" = "10%", "SW1A" = 25 }   # more links, by outcode

    [scenario.links]                         # which links take part
    without_outcodes = ["EH1"]

    [[scenario]]
    name = "radius"
    fallback_km = [10, 20]                   # two scenarios: radius-10km and radius-20km

Numbers are removed first and added then. Links are filtered first; those that are left grow.
"""

from __future__ import annotations

import difflib
import hashlib
import itertools
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from allocator.errors import NumberError, OptionError, PostcodeError
from allocator.notation import check_km, parse_area_code, parse_outcode
from allocator.places import bundled_area_codes, bundled_outcodes, suggest_outcode
from allocator.planning import Grouping, Objective, Strategy
from allocator.tables import file_bytes
from allocator.whatif.scenario import Scenario, ScenarioError

__all__ = ["ScenarioFile", "read_scenarios"]

_MOST = 1_000_000  # numbers or links that one entry may add
_LONGEST_NAME = 100  # two names and what is around them make a file's name, which has 255 bytes at most
_OPTIONS = ("fallback_km", "grouping", "strategy", "objective", "effort")
_SWEPT = ("fallback_km", "grouping", "strategy")
_FILTERS = tuple(f"{how}_{what}" for what in ("outcodes", "area_codes", "link_ids") for how in ("only", "without"))
_KEYS = {
    "top": ("links", "stock", "defaults", "scenario"),
    "defaults": _OPTIONS,
    "scenario": ("name", *_OPTIONS, "add", "remove", "links", "growth"),
    "links": _FILTERS,
}
_CHOICES: dict[str, tuple[str, ...]] = {
    "grouping": get_args(Grouping),
    "strategy": get_args(Strategy),
    "objective": get_args(Objective),
}
_PERCENT = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ?%")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
# Names that Windows keeps for devices, with any ending.
_DEVICES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{device}{digit}" for device in ("com", "lpt") for digit in range(10)))
)


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """What a file of scenarios says.

    Attributes
    ----------
    links, stock
        Paths as seen from where the command runs; None where the file names none.
    scenarios
        In the order of the file, each with its options settled.
    source
        Where they come from, as people are told.
    digest
        The sha256 of the file.
    """

    links: str | None
    stock: str | list[str] | None
    scenarios: tuple[Scenario, ...]
    source: str
    digest: str


def read_scenarios(
    source: str | os.PathLike[str] | Mapping[str, Any], options: Mapping[str, Any] | None = None
) -> ScenarioFile:
    """Read scenarios from a TOML file.

    Parameters
    ----------
    source
        The path of a TOML file ("-" for standard input), or what such a file holds as a mapping.
    options
        `fallback_km`, `grouping`, `strategy`, `objective` and `effort` of scenarios that say nothing else; they win
        over the file's `[defaults]`.

    Raises
    ------
    TableError
        There is no such file.
    ScenarioError
        It is no TOML, a key is unknown or missing, or a value is not what it should be.

    Examples
    --------
    >>> file = read_scenarios({"scenario": [{"name": "radius", "fallback_km": [10, 20]}]})
    >>> [(scenario.name, scenario.fallback_km) for scenario in file.scenarios]
    [('radius-10km', 10.0), ('radius-20km', 20.0)]
    """
    if isinstance(source, Mapping):
        name, folder, content = "the scenarios", Path(), dict(source)
        data = json.dumps(content, ensure_ascii=False, default=str).encode()
    else:
        path = os.fspath(source)
        name, folder = ("standard input", Path()) if path == "-" else (path, Path(path).parent)
        data = file_bytes(path, "scenarios")
        content = _toml(data, name)
    top = _Table(content, "top", name)
    top.refuse_unknown()
    return ScenarioFile(
        links=_resolved(folder, top.path("links")),
        stock=_resolved_all(folder, top.paths("stock")),
        scenarios=tuple(_scenarios(top, dict(options or {}))),
        source=name,
        digest=hashlib.sha256(data).hexdigest(),
    )


def _toml(data: bytes, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        what = f"byte {error.start + 1} is not UTF-8"
        raise ScenarioError(what, file=file, remedy="Save it as UTF-8.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        remedy = 'Look at that place: texts stand in quotes, and "[[scenario]]" begins each scenario.'
        raise ScenarioError(f"it is no TOML ({error})", file=file, remedy=remedy) from error


def _resolved(folder: Path, path: str | None) -> str | None:
    return None if path is None else path if path == "-" else str(folder / path)


def _resolved_all(folder: Path, paths: str | list[str] | None) -> str | list[str] | None:
    if not isinstance(paths, list):
        return _resolved(folder, paths)
    return [str(folder / path) for path in paths]


def _scenarios(top: _Table, options: dict[str, Any]) -> Iterator[Scenario]:
    defaults = top.table("defaults")
    defaults.refuse_unknown()
    settled = {key: value for key in _OPTIONS if (value := _option(defaults, key)) is not None}
    given = _Table(options, "defaults", "the options")
    settled |= {key: value for key in _OPTIONS if (value := _option(given, key)) is not None}
    names: dict[str, str] = {}
    for table in top.scenarios():
        table.refuse_unknown()
        for scenario in _expanded(table, settled):
            folded = scenario.name.casefold()
            if folded in names:
                same = "the same name" if names[folded] == scenario.name else f"the name {names[folded]!r}"
                raise ScenarioError(
                    f"another scenario has {same}, and both would be one folder",
                    file=top.file,
                    scenario=repr(scenario.name),
                    key="name",
                    remedy="Rename one.",
                )
            names[folded] = scenario.name
            yield scenario


def _expanded(table: _Table, settled: Mapping[str, Any]) -> Iterator[Scenario]:
    """The scenarios of one table: one, or one for each choice from its lists."""
    lists: dict[str, list[Any]] = {}
    told = dict(settled)
    # In the order written: the last list runs fastest.
    for key in (key for key in table.content if key in _OPTIONS):
        if key in _SWEPT and isinstance(table.content[key], list):
            lists[key] = _listed(table, key)
        else:
            told[key] = _option(table, key)
    scenario = Scenario(
        name=_name(table),
        add=_numbers(table, "add"),
        remove=_numbers(table, "remove"),
        filters=_filters(table.table("links")),
        growth=_growth(table.table("growth")),
        **told,
    )
    for choice in itertools.product(*lists.values()):
        chosen = dict(zip(lists, choice, strict=True))
        if "objective" in table.content and chosen.get("strategy", scenario.strategy) == "rule":
            remedy = 'Give the strategy "optimal".'
            raise table.error("objective", "the API's rule knows no objective", scenario.objective, remedy)
        suffix = "".join(f"-{_suffix(key, value)}" for key, value in chosen.items())
        yield replace(scenario, name=scenario.name + suffix, **chosen)


def _listed(table: _Table, key: str) -> list[Any]:
    values = table.content[key]
    if not values:
        raise table.error(key, "the list is empty", values, "Give at least one value.")
    return [_value(table, key, value) for value in values]


def _suffix(key: str, value: object) -> str:
    return f"{value:.15g}km" if key == "fallback_km" else str(value)


def _option(table: _Table, key: str) -> Any:
    value = table.content.get(key)
    if value is None:
        return None
    if isinstance(value, list):
        remedy = "Give one value; lists of fallback_km, grouping and strategy may stand in a scenario."
        raise table.error(key, "a list can't stand here", value, remedy)
    return _value(table, key, value)


def _value(table: _Table, key: str, value: Any) -> Any:
    """An option, checked."""
    if key == "fallback_km":
        if not _is_number(value):
            raise table.error(key, "it is no distance", value, "Give 0 or more kilometres as a number.")
        try:
            return check_km(value)
        except OptionError as error:
            raise table.error(key, "it is no distance", value, error.remedy) from error
    if key == "effort":
        return table.count(key, value, "Give 0 or more.")
    if value not in _CHOICES[key]:
        raise table.error(key, f"there is no such {key}", value, f"Give {' or '.join(map(repr, _CHOICES[key]))}.")
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _name(table: _Table) -> str:
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
        remedy = f"Use letters, digits and between them '.', '_' and single '-'{example}."
        raise table.error("name", "the name can't be a folder's everywhere", name, remedy)
    if name.partition(".")[0].lower() in _DEVICES:
        raise table.error("name", "Windows keeps this name for a device", name, "Give another.")
    return name


def _numbers(table: _Table, key: str) -> tuple[tuple[int, int], ...]:
    """Counts by area code, in the order of the area codes."""
    inner = table.table(key)
    found: dict[int, int] = {}
    for text, value in inner.content.items():
        area_code = _area_code(inner, text, text)
        if area_code in found:
            raise inner.error(text, f"area code {area_code} stands there twice", None, "Give one count.")
        found[area_code] = inner.count(text, value, "Give a whole number of numbers.")
    return tuple((area_code, count) for area_code, count in sorted(found.items()) if count)


def _area_code(table: _Table, key: str, text: object) -> int:
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


def _filters(table: _Table) -> tuple[tuple[str, tuple[str, ...]], ...]:
    table.refuse_unknown()
    found = []
    for key, values in table.content.items():
        if not isinstance(values, list):
            raise table.error(key, "it is no list", values, f'Write a list: {key} = ["…"].')
        read = {"outcodes": _outcode, "area_codes": _covering, "link_ids": _link_id}[key.partition("_")[2]]
        found.append((key, tuple(dict.fromkeys(read(table, key, value) for value in values))))
    return tuple(sorted(found, key=lambda one: _FILTERS.index(one[0])))


def _outcode(table: _Table, key: str, value: object) -> str:
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


def _covering(table: _Table, key: str, value: object) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise table.error(key, "an area code is a text", value, 'Write it in quotes, such as "20".')
    area_code = _area_code(table, key, value)
    if bundled_area_codes().index(area_code) is None:
        raise table.error(key, "no outcode is covered by it", value, "Name a geographic area code, such as 20.")
    return str(area_code)


def _link_id(table: _Table, key: str, value: object) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise table.error(key, "a link_id is a text", value, "Write it in quotes.")
    return str(value)


def _growth(table: _Table) -> tuple[tuple[str, int | str], ...]:
    found: dict[str, int | str] = {}
    for text, value in table.content.items():
        outcode = _outcode(table, text, text)
        if outcode in found:
            raise table.error(text, f"the outcode {outcode} stands there twice", None, "Give one growth.")
        remedy = 'Give a count of links, such as 25, or a percentage of them, such as "10%".'
        if isinstance(value, str):
            percent = _PERCENT.fullmatch(value.strip())
            if percent is None:
                raise table.error(text, "it is no growth", value, remedy)
            found[outcode] = f"{percent[1]}%"
        else:
            found[outcode] = table.count(text, value, remedy)
    return tuple(found.items())


class _Table:
    """A table of the file, and where it stands there."""

    def __init__(
        self, content: dict[str, Any], kind: str, file: str, scenario: str | None = None, prefix: str = ""
    ) -> None:
        self.content = content
        self.kind = kind
        self.file = file
        self._scenario = scenario
        self._prefix = prefix

    def error(self, key: str | None, message: str, value: object, remedy: str | None) -> ScenarioError:
        """The error of a value at a key of this table; a key that is itself at fault is no value too."""
        value = None if value == key else value
        place = None if key is None else f"{self._prefix}{key}"
        return ScenarioError(message, file=self.file, scenario=self._scenario, key=place, value=value, remedy=remedy)

    def refuse_unknown(self) -> None:
        """Refuse keys that mean nothing here, with what may be meant."""
        known = _KEYS[self.kind]
        for key in self.content:
            if key not in known:
                alike = difflib.get_close_matches(str(key).casefold(), known, n=1, cutoff=0.5)
                question = f"Did you mean {alike[0]!r}? " if alike else ""
                raise self.error(key, "there is no such key", None, f"{question}Known are {', '.join(known)}.")

    def table(self, key: str) -> _Table:
        """A table in this one; an empty one where there is none."""
        inner = self.content.get(key, {})
        if not isinstance(inner, dict):
            raise self.error(key, "it is no table", inner, _AS_TABLE.get(key, f"Write [{key}] and its keys below."))
        return _Table(inner, key, self.file, self._scenario, f"{self._prefix}{key}.")

    def scenarios(self) -> Iterator[_Table]:
        """The tables of the scenarios."""
        tables = self.content.get("scenario", [])
        remedy = 'Begin each scenario with "[[scenario]]".'
        if isinstance(tables, dict):
            raise self.error("scenario", "it is one table, not a list of them", None, remedy)
        if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
            raise self.error("scenario", "it is no list of tables", tables, remedy)
        if not tables:
            raise self.error(None, "there is no scenario in it", None, remedy)
        for place, one in enumerate(tables, start=1):
            name = one.get("name")
            yield _Table(one, "scenario", self.file, repr(name) if isinstance(name, str) else f"number {place}")

    def path(self, key: str) -> str | None:
        """A path."""
        value = self.content.get(key)
        if value is None or isinstance(value, str):
            return value
        raise self.error(key, "it is no path", value, f'Write it in quotes: {key} = "{key}.csv".')

    def paths(self, key: str) -> str | list[str] | None:
        """A path, or several."""
        value = self.content.get(key)
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return value
        return self.path(key)

    def count(self, key: str, value: object, remedy: str) -> int:
        """A whole number, 0 or more."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.error(key, "it is no whole number", value, remedy)
        if value < 0:
            raise self.error(key, "it is less than 0", value, remedy)
        if value > _MOST:
            raise self.error(key, f"it is more than {_MOST}", value, remedy)
        return value


_AS_TABLE = {
    "add": 'Write counts by area code: add = { "20" = 50 }.',
    "remove": 'Write counts by area code: remove = { "161" = 10 }.',
    "growth": 'Write growth by outcode: growth = { "M1" = "10%" }.',
    "links": "Write [scenario.links] and below it only_outcodes, without_outcodes and so on.",
}
