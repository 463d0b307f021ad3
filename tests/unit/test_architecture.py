"""The house: which room imports which, what an import loads, where tests are, and that CI runs what the README says."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from importlinter.cli import lint_imports

CHECKOUT = Path(__file__).parents[2]
# Heavy, and not needed to plan with the bundled distances.
LAZY = (
    "dask", "distributed", "geopandas", "httpx", "lxml", "matplotlib", "ortools", "pandas", "phonenumbers", "pyarrow",
    "pyproj", "rich", "scipy", "shapely", "starlette", "typer", "uvicorn", "vl_convert",
)  # fmt: skip

IMPORT = "import allocator"
LOOK_UP = "import allocator; assert allocator.lookup('SW1A 0AA').area_code == 20"
PLAN = """
import allocator, polars
links = polars.DataFrame({"link_id": ["1", "2", "3"], "postcode": ["SW1A 0AA", "W11 3EP", "M1 1AA"]})
stock = polars.DataFrame({"full_voxnumber": ["442079460000", "441614960000", "448081570000", "442079460001"]})
plan = allocator.plan(links, stock, fallback_km=20)
assert plan.assignments.height == 3
assert len(list(plan.requests())) == 1
"""


def project() -> dict[str, Any]:
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))


def test_imports_point_one_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CHECKOUT)
    assert lint_imports(config_filename="pyproject.toml", no_cache=True) == 0


@pytest.mark.parametrize("program", [IMPORT, LOOK_UP, PLAN], ids=["import", "lookup", "plan"])
def test_what_is_heavy_is_loaded_where_it_is_used(program: str) -> None:
    ask = f"import sys\n{program}\nprint(*sorted({set(LAZY)!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, cwd=CHECKOUT)
    assert done.stdout.split() == []


def test_the_data_group_is_what_the_builders_ask_for() -> None:
    lines = (CHECKOUT / "data" / "builders" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    asked = {line for line in lines if line and not line.startswith("#")}
    assert set(project()["dependency-groups"]["data"]) == asked


def test_the_extra_of_all_extras_is_that() -> None:
    extras = project()["project"]["optional-dependencies"]
    (line,) = extras.pop("all")
    assert line == f"{project()['project']['name']}[{','.join(sorted(extras))}]"


def test_the_classifiers_name_the_versions_that_ci_runs() -> None:
    prefix = "Programming Language :: Python :: "
    classifiers = {line.removeprefix(prefix) for line in project()["project"]["classifiers"] if line.startswith(prefix)}
    tree = ast.parse((CHECKOUT / "noxfile.py").read_text(encoding="utf-8"))
    (versions,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PYTHONS"
    )
    assert classifiers == {"3", *versions}
    assert f">={versions[0]}" == project()["project"]["requires-python"]


def test_every_file_of_the_manifest_is_named_for_the_wheel() -> None:
    manifest = tomllib.loads((CHECKOUT / "data" / "MANIFEST.toml").read_text(encoding="utf-8"))
    named = project()["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert {f"data/{name}" for name in manifest["files"]} <= set(named)
    assert all((CHECKOUT / source).exists() for source in named)


def test_ci_runs_the_test_command_of_the_readme() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^ {4}(.*pip install.*-m pytest.*)$", readme, re.MULTILINE)
    for file in (".ci/run", "CONTRIBUTING.md"):
        lines = (CHECKOUT / file).read_text(encoding="utf-8").splitlines()
        assert command in [line.strip() for line in lines], file


TESTS = CHECKOUT / "tests"
SUITES = ("unit", "property", "oracle", "end_to_end", "endurance", "golden")


def imports_of(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports; a name from a package counts as a module of its own."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def python_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.py") if "__pycache__" not in path.parts]


def test_no_suite_imports_from_another() -> None:
    foreign = [
        f"{path.relative_to(CHECKOUT)} imports {name}"
        for path in python_files(TESTS)
        for name in imports_of(path)
        if name.split(".")[0] == "benchmarks"
        or (name.startswith("tests.") and name.split(".")[1] not in ("support", path.relative_to(TESTS).parts[0]))
    ]
    assert not foreign, "\n".join(foreign)


def test_nothing_but_tests_imports_tests() -> None:
    folders = [CHECKOUT / name for name in ("allocator", "benchmarks", "data", "docs")]
    paths = [path for folder in folders for path in python_files(folder)]
    assert [str(path) for path in paths for name in imports_of(path) if name.split(".")[0] == "tests"] == []


def test_every_folder_of_tests_is_a_suite_or_support() -> None:
    assert {path.name for path in TESTS.iterdir() if path.is_dir()} - {"__pycache__"} == {*SUITES, "support"}


# Not rooms, but tested like them.
BESIDES = {"builders": CHECKOUT / "data" / "builders", "support": TESTS / "support"}


def rooms() -> dict[str, Path]:
    return {path.parent.name: path.parent for path in (CHECKOUT / "allocator").glob("*/__init__.py")}


def test_the_unit_tests_have_the_folders_of_the_rooms() -> None:
    folders = {path.name for path in (TESTS / "unit").iterdir() if path.is_dir()} - {"__pycache__"}
    assert folders == {*rooms(), *BESIDES}


@pytest.mark.parametrize("folder", [*sorted(rooms()), *BESIDES])
def test_each_unit_test_has_a_module(folder: str) -> None:
    source = (rooms() | BESIDES)[folder]
    modules = {path.relative_to(source).with_suffix("").as_posix().replace("__", "") for path in python_files(source)}
    tests = {test.relative_to(TESTS / "unit" / folder) for test in (TESTS / "unit" / folder).rglob("test_*.py")}
    names = {test.with_name(test.name.removeprefix("test_")).with_suffix("").as_posix() for test in tests}
    lonely = sorted(names - modules)
    assert not lonely, f"without a module: {', '.join(lonely)}"


@pytest.mark.parametrize("room", sorted(rooms()))
def test_each_module_has_a_unit_test(room: str) -> None:
    source, tests = rooms()[room], TESTS / "unit" / room
    modules = [path.relative_to(source) for path in python_files(source) if path.name != "__init__.py"]
    missing = [path for path in modules if not (tests / path.with_name(f"test_{path.name}")).is_file()]
    assert not missing, f"without a test: {', '.join(sorted(path.as_posix() for path in missing))}"
