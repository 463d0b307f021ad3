"""The public door: which names there are, that they work after `import allocator` alone, and that results pickle."""

from __future__ import annotations

import ast
import enum
import inspect
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import allocator
from allocator import report, whatif

CHECKOUT = Path(__file__).parents[2]
EXAMPLES = CHECKOUT / "data" / "examples"
DOORS = {"allocator": allocator, "allocator.whatif": whatif, "allocator.report": report}

NAMES = {
    "allocator": """
        Account AllocatorError CheckResult Conversion DataError Difference Explanation Fallback InputError MarkupError
        Method Nearby NumberError OptionError OutputError Place Plan PostcodeError Reason Reconciliation Sent TableError
        convert diff explain lookup nearest plan read_plan reconcile report send validate whatif
    """,
    "allocator.whatif": """
        Answer Comparison Frontier OrderRisk Purchase RadiusCurve ScenarioError Shortage WhyNot Worth
        buy frontier order radius run shortage why worth
    """,
}


def stub_names(door: str) -> list[str]:
    """Return the names that a door's stub file exports."""
    stub = CHECKOUT / door.replace(".", "/") / "__init__.pyi"
    imports = [node for node in ast.parse(stub.read_text(encoding="utf-8")).body if isinstance(node, ast.ImportFrom)]
    return [alias.asname or alias.name for node in imports for alias in node.names]


@pytest.mark.parametrize("door", DOORS)
def test_the_stub_the_list_and_dir_agree(door: str) -> None:
    module = DOORS[door]
    assert sorted(module.__all__) == sorted(stub_names(door))
    assert [name for name in dir(module) if not name.startswith("__")] == sorted(module.__all__)
    assert all(getattr(module, name) is not None for name in module.__all__)


@pytest.mark.parametrize("door", NAMES)
def test_the_public_names(door: str) -> None:
    assert sorted(DOORS[door].__all__) == sorted(NAMES[door].split())


@pytest.mark.parametrize(
    "name", [f"{door}.{name}" for door in ("allocator.whatif", "allocator.report") for name in stub_names(door)]
)
def test_a_name_is_reached_from_the_package(name: str) -> None:
    _, room, last = name.split(".")
    assert getattr(getattr(allocator, room), last) is getattr(DOORS[f"allocator.{room}"], last)


def test_one_import_is_enough() -> None:
    """In a new process: here, other tests may have imported the rooms already."""
    names = [f"{door}.{name}" for door in DOORS for name in stub_names(door)]
    program = f"import allocator\nfor name in {names!r}: eval(name)\nprint(allocator.__version__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=CHECKOUT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == allocator.__version__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        allocator.no_such_name  # type: ignore[attr-defined]  # noqa: B018 - asking is the test


LINKS, STOCK = EXAMPLES / "links.csv", EXAMPLES / "stock.csv"


def plan() -> allocator.Plan:
    return allocator.plan(LINKS, STOCK, fallback_km=20)


def explanation(_: Path) -> object:
    made = plan()
    return made.explain(made.assignments["link_id"][0])


def sent(folder: Path) -> object:
    plan().write(folder / "plan")
    return allocator.send(folder / "plan", "https://api.example.org", yes=False)


def reconciliation(_: Path) -> object:
    stock = pl.read_csv(STOCK, infer_schema=False).select("full_voxnumber", link_id=pl.lit(None, pl.String))
    return allocator.reconcile(plan(), stock)


def comparison(folder: Path) -> object:
    scenarios = {"scenario": [{"name": "near", "fallback_km": 5.0}, {"name": "far", "fallback_km": 20.0}]}
    return whatif.run(scenarios, LINKS, STOCK, folder / "sweep")


RESULTS: dict[str, Callable[[Path], object]] = {
    "CheckResult": lambda _: allocator.validate(next(iter(plan().requests()))),
    "Comparison": comparison,
    "Conversion": lambda _: allocator.convert(LINKS, STOCK),
    "Difference": lambda _: allocator.diff(plan(), allocator.plan(LINKS, STOCK, fallback_km=0)),
    "Explanation": explanation,
    "Frontier": lambda _: whatif.frontier(LINKS, STOCK),
    "Nearby": lambda _: allocator.nearest("W11", 20),
    "OrderRisk": lambda _: whatif.order(LINKS, STOCK, shuffles=3),
    "Place": lambda _: allocator.lookup("SW1A 0AA"),
    "Plan": lambda _: plan(),
    "Purchase": lambda _: whatif.buy(LINKS, STOCK),
    "RadiusCurve": lambda _: whatif.radius(LINKS, STOCK, up_to_km=20),
    "Reconciliation": reconciliation,
    "Sent": sent,
    "Shortage": lambda _: whatif.shortage(LINKS, STOCK, "10%"),
    "WhyNot": lambda _: whatif.why(LINKS, STOCK),
    "Worth": lambda _: whatif.worth(LINKS, STOCK),
}
# `Account` is a store, not a result; `Answer` is what the results of `whatif` have in common.
NO_RESULTS = {"Account", "Answer"}


def test_every_public_result_is_tried() -> None:
    classes = {
        name: value
        for door in ("allocator", "allocator.whatif")
        for name in DOORS[door].__all__
        if inspect.isclass(value := getattr(DOORS[door], name)) and not issubclass(value, Exception | enum.Enum)
    }
    assert set(RESULTS) == set(classes) - NO_RESULTS


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_pickles(name: str, tmp_path: Path) -> None:
    result = RESULTS[name](tmp_path)
    assert type(result).__name__ == name
    again = pickle.loads(pickle.dumps(result))
    assert type(again) is type(result)
    assert_same(again, result)
    assert repr(again) == repr(result)


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_shows_itself_in_one_line(name: str, tmp_path: Path) -> None:
    text = repr(RESULTS[name](tmp_path))
    assert "\n" not in text
    assert " object at 0x" not in text
    assert len(text) < 400


@pytest.mark.parametrize("name", ["CheckResult", "Difference", "Plan", "Reconciliation", "Sent"])
def test_a_result_says_whether_all_is_well(name: str, tmp_path: Path) -> None:
    result: Any = RESULTS[name](tmp_path)
    assert type(result.ok) is bool


def assert_same(one: Any, other: Any) -> None:
    """Compare two values; frames and dataclasses have no `==` that says yes or no."""
    if isinstance(one, pl.DataFrame):
        assert_frame_equal(one, other)
    elif is_dataclass(one):
        for field in fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    else:
        assert one == other
