"""A table of the scenarios' file, which knows its place in the file and so names it in errors."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from allocator.whatif.scenario_error import ScenarioError

OPTIONS = ("fallback_km", "grouping", "strategy", "objective", "effort")
FILTERS = tuple(f"{how}_{what}" for what in ("outcodes", "area_codes", "link_ids") for how in ("only", "without"))

_MOST = 1_000_000  # numbers or links that one entry may add
_KEYS = {
    "top": ("links", "stock", "defaults", "scenario"),
    "defaults": OPTIONS,
    "scenario": ("name", *OPTIONS, "add", "remove", "links", "growth"),
    "links": FILTERS,
}
_EXAMPLE = {
    "add": 'Write counts by area code: add = { "20" = 50 }.',
    "remove": 'Write counts by area code: remove = { "161" = 10 }.',
    "growth": 'Write growth by outcode: growth = { "M1" = "10%" }.',
    "links": "Write [scenario.links] and below it only_outcodes, without_outcodes and so on.",
}


class TomlTable:
    """A table of the file.

    Parameters
    ----------
    content
        Its keys and values.
    kind
        What it is: "top", "defaults", "scenario" or a key of a scenario.
    file
        The name of the file.
    scenario
        The scenario that the table belongs to, as errors name it.
    prefix
        What comes before its keys in errors.
    """

    def __init__(
        self, content: dict[str, Any], kind: str, file: str, scenario: str | None = None, prefix: str = ""
    ) -> None:
        self.content = content
        self.kind = kind
        self.file = file
        self._scenario = scenario
        self._prefix = prefix

    def error(self, key: str | None, message: str, value: object, remedy: str | None) -> ScenarioError:
        """Make the error of a value at a key. Where the key itself is at fault, give it as the value too."""
        value = None if value == key else value
        place = None if key is None else f"{self._prefix}{key}"
        return ScenarioError(message, file=self.file, scenario=self._scenario, key=place, value=value, remedy=remedy)

    def refuse_unknown(self) -> None:
        """Refuse unknown keys, and suggest the key that was probably meant."""
        known = _KEYS[self.kind]
        for key in self.content:
            if key not in known:
                alike = difflib.get_close_matches(str(key).casefold(), known, n=1, cutoff=0.5)
                question = f"Did you mean {alike[0]!r}? " if alike else ""
                raise self.error(key, "there is no such key", None, f"{question}Known are {', '.join(known)}.")

    def table(self, key: str) -> TomlTable:
        """Return a table in this one; an empty one where there is none."""
        inner = self.content.get(key, {})
        if not isinstance(inner, dict):
            raise self.error(key, "that is not a table", inner, _EXAMPLE.get(key, f"Write [{key}] and its keys below."))
        return TomlTable(inner, key, self.file, self._scenario, f"{self._prefix}{key}.")

    def scenarios(self) -> Iterator[TomlTable]:
        """Yield the tables of the scenarios."""
        tables = self.content.get("scenario", [])
        remedy = 'Begin each scenario with "[[scenario]]".'
        if isinstance(tables, dict):
            raise self.error("scenario", "that is one table, not a list of tables", None, remedy)
        if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
            raise self.error("scenario", "that is not a list of tables", tables, remedy)
        if not tables:
            raise self.error(None, "there is no scenario in it", None, remedy)
        for place, one in enumerate(tables, start=1):
            name = one.get("name")
            yield TomlTable(one, "scenario", self.file, repr(name) if isinstance(name, str) else f"number {place}")

    def path(self, key: str) -> str | None:
        """Return a path."""
        value = self.content.get(key)
        if value is None or isinstance(value, str):
            return value
        raise self.error(key, "that is not a path", value, f'Write it in quotes: {key} = "{key}.csv".')

    def paths(self, key: str) -> str | list[str] | None:
        """Return a path, or several."""
        value = self.content.get(key)
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return value
        return self.path(key)

    def count(self, key: str, value: object, remedy: str) -> int:
        """Return a whole number, 0 or more."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.error(key, "that is not a whole number", value, remedy)
        if value < 0:
            raise self.error(key, "that is less than 0", value, remedy)
        if value > _MOST:
            raise self.error(key, f"that is more than {_MOST}", value, remedy)
        return value
