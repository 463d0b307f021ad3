"""The house: which room may know which, what an import loads, and that CI runs what the README says."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
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


def test_the_build_extra_is_what_the_builders_ask_for() -> None:
    lines = (CHECKOUT / "data" / "builders" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    asked = {line for line in lines if line and not line.startswith("#")}
    assert set(project()["project"]["optional-dependencies"]["build"]) == asked


def test_every_file_of_the_manifest_is_named_for_the_wheel() -> None:
    manifest = tomllib.loads((CHECKOUT / "data" / "MANIFEST.toml").read_text(encoding="utf-8"))
    named = project()["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert {f"data/{name}" for name in manifest["files"]} <= set(named)
    assert all((CHECKOUT / source).exists() for source in named)


def test_ci_runs_the_test_command_of_the_readme() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^ {4}(.*pip install.*-m pytest.*)$", readme, re.MULTILINE)
    assert command in (CHECKOUT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
