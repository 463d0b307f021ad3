"""A TOML file of scenarios.

::

    links = "links.csv"                      # a path from this file's folder; the command's options win
    stock = "stock.csv"                      # or a list: the pages of a listing

    [defaults]                               # for scenarios that do not say otherwise
    fallback_km = 20

    [[scenario]]
    name = "more-in-london"
    add = { "20" = 50 }                      # numbers yet to be bought, by area code
    remove = { "161" = 10 }                  # available numbers, the largest first
    growth = { "M1" = "10%", "SW1A" = 25 }   # more links, by outcode

    [scenario.links]                         # which links take part
    without_outcodes = ["EH1"]

    [[scenario]]
    name = "radius"
    fallback_km = [10, 20]                   # two scenarios: radius-10km and radius-20km

Numbers are removed first, then others are added. Links are filtered first, then the rest grow.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allocator.plans import PlanOptions
from allocator.tables import file_bytes
from allocator.whatif.scenario import Scenario
from allocator.whatif.scenario_error import ScenarioError
from allocator.whatif.scenario_values import filters_of, growth_of, name_of, numbers_of, option_value
from allocator.whatif.toml_table import OPTIONS, TomlTable

_LISTABLE = ("fallback_km", "grouping", "strategy")


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """What a file of scenarios says.

    Attributes
    ----------
    links, stock
        Paths from the folder in which the command runs; None where the file names none.
    scenarios
        The scenarios, in the order of the file.
    source
        The name of the file, for people.
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
        The path of a TOML file ("-" for standard input), or a mapping of what such a file holds.
    options
        `fallback_km`, `grouping`, `strategy`, `objective` and `effort` of the scenarios that do not give their own.
        They win over the file's `[defaults]`.

    Raises
    ------
    TableError
        There is no such file.
    ScenarioError
        The file is not TOML, a key is unknown or missing, or a value is wrong.

    Examples
    --------
    >>> file = read_scenarios({"scenario": [{"name": "radius", "fallback_km": [10, 20]}]})
    >>> [(scenario.name, scenario.options.fallback_km) for scenario in file.scenarios]
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
    top = TomlTable(content, "top", name)
    top.refuse_unknown()
    paths = top.paths("stock")
    return ScenarioFile(
        links=_resolved(folder, top.path("links")),
        stock=[str(folder / path) for path in paths] if isinstance(paths, list) else _resolved(folder, paths),
        scenarios=tuple(_scenarios(top, dict(options or {}))),
        source=name,
        digest=hashlib.sha256(data).hexdigest(),
    )


def _toml(data: bytes, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        message = f"byte {error.start + 1} is not UTF-8"
        raise ScenarioError(message, file=file, remedy="Save it as UTF-8.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        remedy = 'Look at that place: texts are in quotes, and "[[scenario]]" begins each scenario.'
        raise ScenarioError(f"it is not TOML ({error})", file=file, remedy=remedy) from error


def _resolved(folder: Path, path: str | None) -> str | None:
    return path if path is None or path == "-" else str(folder / path)


def _scenarios(top: TomlTable, options: dict[str, Any]) -> Iterator[Scenario]:
    defaults = top.table("defaults")
    defaults.refuse_unknown()
    common: dict[str, Any] = {}
    for table in (defaults, TomlTable(options, "defaults", "the options")):
        common |= {key: _option(table, key) for key in OPTIONS if table.content.get(key) is not None}
    names: dict[str, str] = {}
    for table in top.scenarios():
        table.refuse_unknown()
        for scenario in _expanded(table, common):
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


def _expanded(table: TomlTable, common: Mapping[str, Any]) -> Iterator[Scenario]:
    """Yield the scenarios of one table: one, or one for each choice from its lists."""
    lists: dict[str, list[Any]] = {}
    single = dict(common)
    # In the order written: the last list runs fastest.
    for key in (key for key in table.content if key in OPTIONS):
        if key in _LISTABLE and isinstance(table.content[key], list):
            lists[key] = _listed(table, key)
        else:
            single[key] = _option(table, key)
    name = name_of(table)
    changes = (
        numbers_of(table, "add"),
        numbers_of(table, "remove"),
        filters_of(table.table("links")),
        growth_of(table.table("growth")),
    )
    for choice in itertools.product(*lists.values()):
        chosen = dict(zip(lists, choice, strict=True))
        suffix = "".join(f"-{_suffix(key, value)}" for key, value in chosen.items())
        yield Scenario(name + suffix, _plan_options(table, single | chosen), *changes)


def _plan_options(table: TomlTable, values: dict[str, Any]) -> PlanOptions:
    """Return the options of a scenario. A default objective is for the scenarios with the best plan only."""
    if values.get("strategy", "rule") == "rule" and "objective" in values:
        objective = values.pop("objective")
        if "objective" in table.content:
            remedy = 'Give the strategy "optimal".'
            raise table.error("objective", "the API's rule has no objective", objective, remedy)
    return PlanOptions(**values)


def _listed(table: TomlTable, key: str) -> list[Any]:
    values = table.content[key]
    if not values:
        raise table.error(key, "the list is empty", values, "Give at least one value.")
    return [option_value(table, key, value) for value in values]


def _suffix(key: str, value: object) -> str:
    return f"{value:.15g}km" if key == "fallback_km" else str(value)


def _option(table: TomlTable, key: str) -> Any:
    value = table.content[key]
    if isinstance(value, list):
        remedy = "Give one value; only fallback_km, grouping and strategy of a scenario may be lists."
        raise table.error(key, "a list can't be here", value, remedy)
    return option_value(table, key, value)
