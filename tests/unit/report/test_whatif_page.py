"""The page of an answer to a what-if has its tables and a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from allocator import report, whatif
from allocator.errors import InputError
from tests.support.reports import ANSWERS, LINKS, STOCK, data_of, what_if


@pytest.mark.parametrize("question", ANSWERS)
def test_every_answer_of_a_what_if_has_its_tables_and_a_picture(question: str, tmp_path: Path) -> None:
    folder = what_if(tmp_path / question, question, ANSWERS[question], served_before=1234567)
    page = report.page(folder)
    data = data_of(page)
    assert [one["id"] for one in data["tables"]] == list(ANSWERS[question])
    assert data["map"] or data["charts"]
    assert b"1,234,567" in page.content


ASKED: dict[str, Callable[[], Any]] = {
    "buy": lambda: whatif.buy(LINKS, STOCK, fallback_km=5),
    "frontier": lambda: whatif.frontier(LINKS, STOCK, fallback_km=5),
    "worth": lambda: whatif.worth(LINKS, STOCK, fallback_km=5),
    "why": lambda: whatif.why(LINKS, STOCK, fallback_km=5),
    "radius": lambda: whatif.radius(LINKS, STOCK),
    "order": lambda: whatif.order(LINKS, STOCK, shuffles=3),
    "shortage": lambda: whatif.shortage(LINKS, STOCK, "50%"),
}


@pytest.mark.parametrize("question", ASKED)
def test_what_was_really_asked_is_reported(question: str, tmp_path: Path) -> None:
    answer = ASKED[question]()
    folder = answer.write(tmp_path / question)
    data = data_of(report.page(folder))
    assert {one["id"]: one["of"] for one in data["tables"]} == {
        name: frame.height for name, frame in answer.tables().items()
    }
    kinds = {column["kind"] for one in data["tables"] for column in one["columns"] if column["key"].endswith("_km")}
    assert kinds <= {"number"}


def test_the_least_that_is_needed_is_numbers_or_money(tmp_path: Path) -> None:
    wanted = {None: b"numbers are needed at least (proven)", "prices.csv": b"is the lowest possible cost (proven)"}
    for prices, words in wanted.items():
        folder = what_if(tmp_path / str(prices), "buy", ANSWERS["buy"], cost_at_least=573, options={"prices": prices})
        assert words in report.page(folder).content


def test_a_run_that_is_not_finished_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not complete"):
        report.page(what_if(tmp_path / "run", "run", {}))
