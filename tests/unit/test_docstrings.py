"""The docstrings of the public reference: numpydoc's checks of pyproject.toml, an example for each name, and Raises."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
import tomllib
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache, cached_property
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest
from numpydoc.docscrape import ClassDoc, FunctionDoc
from numpydoc.validate import ERROR_MSGS, validate

import allocator
from allocator import report, whatif

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
DOORS = {"allocator": allocator, "allocator.whatif": whatif, "allocator.report": report}
PRIVATE = re.compile(r"PR01: Parameters \{('_\w+'(, )?)+\} not documented")
MEMBERS = (FunctionType, classmethod, staticmethod, property, cached_property)
# A protocol has no values to show.
WITHOUT_EXAMPLE = {"allocator.whatif.Answer"}


@cache
def left_out() -> set[str]:
    checks = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["numpydoc_validation"]["checks"]
    assert checks[0] == "all"
    assert set(checks[1:]) <= set(ERROR_MSGS)
    return set(checks[1:])


def value_of(name: str) -> Any:
    found: Any = allocator
    for part in name.split(".")[1:]:
        found = inspect.getattr_static(found, part) if inspect.isclass(found) else getattr(found, part)
    return found


def public_names() -> list[str]:
    """Return the names behind the three doors."""
    names = [f"{door}.{name}" for door, module in DOORS.items() for name in module.__all__]
    return sorted(name for name in names if not isinstance(value_of(name), ModuleType))


def members() -> list[str]:
    """Return the public methods and properties that the public classes define themselves."""
    return [
        f"{name}.{member}"
        for name in public_names()
        if inspect.isclass(kind := value_of(name))
        for member, value in vars(kind).items()
        if not member.startswith("_") and isinstance(value, MEMBERS)
    ]


def undocumented(value: Any) -> set[str]:
    """Return the fields that a dataclass describes neither as Parameters nor as Attributes."""
    doc = ClassDoc(value)
    described = {entry.name for section in ("Parameters", "Attributes") for entry in doc[section]}
    public = {field.name for field in fields(value) if not field.name.startswith("_")}
    return public - {name.strip() for names in described for name in names.split(",")}


@pytest.mark.parametrize("name", [*public_names(), *members()])
def test_a_docstring_is_complete(name: str) -> None:
    value = value_of(name)
    if is_dataclass(value):
        assert undocumented(value) == set()
    apart = left_out() | not_asked(value)
    errors = [f"{code}: {text}" for code, text in validate(name)["errors"] if code not in apart]
    assert [error for error in errors if not PRIVATE.fullmatch(error)] == []


def not_asked(value: Any) -> set[str]:
    """Return the checks that do not suit a name."""
    if inspect.isclass(value):
        # Nobody calls an enumeration or a protocol; what a class inherits is described by its base; and numpydoc looks
        # for the fields of a dataclass under Parameters only.
        own = "__init__" in vars(value) and not is_dataclass(value) and not getattr(value, "_is_protocol", False)
        return set() if own and not issubclass(value, Enum) else {"PR01", "PR02"}
    # The summary line of a method without parameters says what it returns.
    return {"RT01"} if inspect.isfunction(value) and list(inspect.signature(value).parameters) == ["self"] else set()


# A result is shown by the function that returns it.
@pytest.mark.parametrize("name", [name for name in public_names() if not is_dataclass(value_of(name))])
def test_a_public_name_has_an_example(name: str) -> None:
    assert name in WITHOUT_EXAMPLE or ">>> " in (inspect.getdoc(value_of(name)) or "")


@pytest.mark.parametrize("name", [name for name in (*public_names(), *members()) if inspect.isfunction(value_of(name))])
def test_what_a_function_raises_itself_is_described(name: str) -> None:
    function = value_of(name)
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    calls = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)]
    raised = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
    described = {part.strip() for entry in FunctionDoc(function)["Raises"] for part in entry.type.split(",")}
    assert {each for each in raised if each.endswith("Error")} <= described
