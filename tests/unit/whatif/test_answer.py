"""What all answers have in common: a line that says something, pickling, a folder, `ok`."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from allocator import whatif
from allocator.errors import OutputError
from allocator.whatif import Answer
from tests.unit.whatif.examples import LINKS, STOCK, links

ENOUGH = pl.DataFrame({"full_voxnumber": [f"44207946{number:04d}" for number in range(9)]})
QUESTIONS: dict[str, Callable[[pl.DataFrame, pl.DataFrame, Path], Answer]] = {
    "buy": lambda links, stock, _: whatif.buy(links, stock),
    "frontier": lambda links, stock, _: whatif.frontier(links, stock),
    "worth": lambda links, stock, _: whatif.worth(links, stock),
    "why": lambda links, stock, _: whatif.why(links, stock),
    "radius": lambda links, stock, _: whatif.radius(links, stock),
    "order": lambda links, stock, _: whatif.order(links, stock, shuffles=5),
    "shortage": lambda links, stock, _: whatif.shortage(links, stock, {"W11": "100%"}),
    "run": lambda links, stock, folder: whatif.run({"scenario": [{"name": "a"}]}, links, stock, folder / "sweep"),
}


@pytest.fixture(params=QUESTIONS)
def question(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def answer(question: str, tmp_path: Path) -> Answer:
    return QUESTIONS[question](LINKS, STOCK, tmp_path)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_repr_is_one_line_with_figures(answer: Answer) -> None:
    assert re.fullmatch(r"<(\w+): [^\n]*\d[^\n]*>", repr(answer))
    assert repr(answer).startswith(f"<{type(answer).__name__}: ")


def test_an_answer_can_be_pickled(answer: Answer) -> None:
    again = pickle.loads(pickle.dumps(answer))
    assert (repr(again), again.summary, again.ok) == (repr(answer), answer.summary, answer.ok)
    assert {name: table.rows() for name, table in again.tables().items()} == {
        name: table.rows() for name, table in answer.tables().items()
    }


def test_an_answer_is_written_whole_and_replaced_only_by_force(question: str, answer: Answer, tmp_path: Path) -> None:
    folder = answer.write(tmp_path / "answer")
    before = contents(folder)
    assert json.loads(before["summary.json"]) == answer.summary
    names = {"comparison"} if question == "run" else set(answer.tables())
    assert {f"{name}.csv" for name in names} <= set(before)
    with pytest.raises(OutputError, match="exists already"):
        answer.write(folder)
    assert contents(answer.write(folder, force=True)) == before
    (folder / "NOTES.txt").touch()
    with pytest.raises(OutputError, match=r"NOTES\.txt"):
        answer.write(folder, force=True)


def test_a_sweep_is_written_with_its_scenarios(tmp_path: Path) -> None:
    comparison = whatif.run({"scenario": [{"name": "a"}, {"name": "b"}]}, LINKS, STOCK, tmp_path / "sweep")
    assert contents(comparison.write(tmp_path / "copy")) == contents(tmp_path / "sweep")


def test_an_answer_is_ok_with_enough_stock_and_not_without(question: str, tmp_path: Path) -> None:
    ask = QUESTIONS[question]
    assert ask(links(W11=2), ENOUGH, tmp_path / "enough").ok
    # A purchase mends any stock, and so it is the budget that is short; the orders differ where groups compete.
    if question == "buy":
        assert ask(links(W11=2), ENOUGH.head(1), tmp_path).ok
        assert not whatif.buy(links(W11=2), ENOUGH.head(1), budget=0).ok
    elif question == "frontier":
        assert ask(links(W11=2), ENOUGH.head(1), tmp_path).ok
        assert not whatif.frontier(links(W11=2), ENOUGH.head(1), most=0).ok
    elif question == "order":
        assert not ask(links(W11=2, SW1A=1), ENOUGH.head(2), tmp_path).ok
    else:
        assert not ask(links(W11=2), ENOUGH.head(1), tmp_path / "short").ok


def test_an_answer_can_not_be_changed(answer: Answer) -> None:
    with pytest.raises(AttributeError):
        answer.summary = {}  # type: ignore[misc]
