"""validate and convert."""

from __future__ import annotations

import io
import json
from pathlib import Path

import polars as pl
import pytest

import allocator
from allocator.cli import requests
from tests.unit.cli.screen import Screen, run

LINK = "<link><link_id>{}</link_id><method>BY POSTCODE</method><voxnumber_country>UK</voxnumber_country>"
LINK += "<postcode>W11 3EP</postcode></link>"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    request, stock = tmp_path / "request.xml", tmp_path / "stock.csv"
    request.write_text(f"<request>{LINK.format('a')}{LINK.format('b')}</request>", encoding="utf-8")
    stock.write_text("full_voxnumber\n442079460000\n", encoding="utf-8")
    return request, stock


def test_a_request_without_faults(files: tuple[Path, Path]) -> None:
    done = run("validate", files[0])
    assert done.exit_code == 0
    scope = " (give --stock and --links to check against an account too)"
    assert done.stdout == f"{files[0]}: nothing is wrong{scope}\n"


def test_the_faults_of_a_request(files: tuple[Path, Path]) -> None:
    done = run("validate", files[0], "--stock", files[1])
    assert done.exit_code == 1
    assert done.stdout.startswith(f"{files[0]}: 1 fault; the API would answer with the first\n\nline  error")
    found = json.loads(run("validate", files[0], "--stock", files[1], "--json").stdout)
    assert found["against_account"] is True
    assert set(found["faults"][0]) == {"line", "error", "advice", "on_page"}


def test_a_request_that_can_not_be_served_is_not_written(files: tuple[Path, Path], tmp_path: Path) -> None:
    done = run("convert", files[0], "--stock", files[1], "--output", tmp_path / "named.xml")
    assert done.exit_code == 1
    assert not (tmp_path / "named.xml").exists()
    first, *links = done.stderr.splitlines()
    assert first == "allocator: 2 of 2 links get no number"
    assert [line[:5] for line in links] == ["  a: ", "  b: "]
    files[1].write_text("full_voxnumber\n442079460000\n442079460001\n", encoding="utf-8")
    assert run("convert", files[0], "--stock", files[1], "--output", tmp_path / "named.xml").exit_code == 0
    assert "BY VOXNUMBER" in (tmp_path / "named.xml").read_text(encoding="utf-8")


def test_a_terminal_is_not_flooded_with_reasons() -> None:
    links = pl.DataFrame({"link_id": [str(number) for number in range(50)], "postcode": ["W11 3EP"] * 50})
    plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    seen, kept = requests._reasons(plan, Screen()), requests._reasons(plan, io.StringIO())
    assert len(kept) == 51
    assert seen[:21] == kept[:21]
    assert seen[21] == "  … and 30 more; add 2> reasons.txt to the command to keep them all"


def test_rows_that_can_not_be_read_are_among_the_reasons(plan: allocator.Plan) -> None:
    assert any(", link 9: " in line for line in requests._reasons(plan, io.StringIO()))
