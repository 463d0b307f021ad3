"""A folder is read as what it is, or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from allocator import report
from allocator.errors import InputError
from allocator.report.folders import StoredAnswer, read
from tests.support.reports import ANSWERS, what_if


def test_a_folder_is_read_as_what_it_is(tmp_path: Path) -> None:
    answer = read(what_if(tmp_path / "buy", "buy", ANSWERS["buy"]))
    assert isinstance(answer, StoredAnswer)
    assert answer.tables["shopping"]["numbers"].to_list() == [3, 1]


def test_a_folder_with_neither_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither a plan nor a what-if"):
        report.page(tmp_path)


@pytest.mark.parametrize("content", ["{", "[]"])
def test_an_altered_summary_says_so(content: str, tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"summary\.json: it can't be read"):
        report.page(tmp_path)


def test_an_altered_table_says_so(tmp_path: Path) -> None:
    folder = what_if(tmp_path / "radius", "radius", {"radius": "radius_km,served\n0,many\n"})
    with pytest.raises(InputError, match=r"radius\.csv: it can't be read"):
        report.page(folder)


@pytest.mark.parametrize("look", [report.html, report.geojson, report.map])
def test_what_needs_a_plan_refuses_an_answer(look: Callable[[Path], object], tmp_path: Path) -> None:
    folder = what_if(tmp_path / "buy", "buy", ANSWERS["buy"])
    with pytest.raises(InputError, match="an answer to a what-if, not a plan"):
        look(folder)
