"""A plan shows itself in a notebook, though it knows nothing of pictures."""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

import allocator
from allocator import report

LINKS = pl.DataFrame({"link_id": ["1", "<b>&2"], "postcode": ["W11 3EP", "GIR 0AA"]})
STOCK = pl.DataFrame({"full_voxnumber": ["442079460000"]})


def test_texts_are_escaped_and_reasons_are_words(tmp_path: Path) -> None:
    plan = allocator.plan(LINKS, STOCK)
    shown = report.html(plan)
    assert "&lt;b&gt;&amp;2" in shown
    assert "<b>&2" not in shown
    assert "because the outcode is not geographic" in shown
    assert "442079460000" in shown
    assert report.html(plan.write(tmp_path / "plan")) == shown


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


IN_A_SHELL = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
assert shell.run_cell("import allocator").success
assert not {"allocator.report", "allocator.plans", "polars"} & set(sys.modules)
links, stock = {"link_id": ["1"], "postcode": ["W11 3EP"]}, {"full_voxnumber": ["442079460000"]}
cell = f"import polars as pl; plan = allocator.plan(pl.DataFrame({links}), pl.DataFrame({stock}))"
assert shell.run_cell(cell).success
assert "allocator.report.pages" not in sys.modules
data, _ = shell.display_formatter.format(shell.user_ns["plan"])
allocator = shell.user_ns["allocator"]
print(data["text/plain"], data["text/html"] == allocator.report.html(shell.user_ns["plan"]))
"""


@pytest.mark.skipif(find_spec("IPython") is None, reason="IPython is not installed: pip install ipython")
def test_a_plan_shows_itself_in_ipython() -> None:
    assert run(IN_A_SHELL) == "<Plan: 1 of 1 links assigned, 0 unassigned, 0 rejected> True\n"


@pytest.mark.skipif(find_spec("IPython") is None, reason="IPython is not installed: pip install ipython")
def test_ipython_that_does_not_run_changes_nothing() -> None:
    assert run("import IPython, allocator; print(allocator.lookup('W11').area_code)") == "20\n"


def test_without_ipython_nothing_more_is_imported() -> None:
    heavy = ("IPython", "polars", "numpy", "matplotlib", "allocator.report", "allocator.plans")
    assert run(f"import allocator, sys; print([name for name in {heavy} if name in sys.modules])") == "[]\n"


def test_every_result_that_is_shown_exists() -> None:
    for module, name in allocator._SHOWN:  # type: ignore[attr-defined]
        assert getattr(importlib.import_module(module), name).__module__ == module
