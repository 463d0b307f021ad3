"""whatif buy, frontier and worth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from allocator.cli import buying
from tests.unit.cli.screen import run

FOUND = {"exact": False, "served_at_most": 1200, "cost": 12.5, "cost_at_least": 11.0, "numbers": 12}


def test_a_shopping_list(inputs: tuple[str, ...], tmp_path: Path) -> None:
    done = run("whatif", "buy", *inputs)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "What to buy to serve every link, fallback distance 0 km",
        "",
        "area code  name    numbers  links rescued  where",
        "020        London        1              2  W11 (2)",
        "",
        "Served today: 0 of 2 links by the best plan (0 by the API's rule). With these numbers: 2",
        "Proven: no fewer numbers serve them all",
    ]
    (tmp_path / "prices.csv").write_text("area_code,price\n161,2.50\n", encoding="utf-8")
    done = run("whatif", "buy", *inputs, "--prices", tmp_path / "prices.csv", "--budget", 1)
    assert done.exit_code == 1
    assert done.stdout.splitlines()[0] == "What to buy to serve the most links with 1 number, fallback distance 0 km"
    assert done.stdout.splitlines()[2:] == [
        "Served today: 0 of 2 links by the best plan (0 by the API's rule). With these numbers: 0",
        "Proven: no purchase of 1 number serves more than 1 link",
    ]


@pytest.mark.parametrize(
    ("facts", "budget", "priced", "sentence"),
    [
        ({}, 5, False, "Proven: no purchase of 5 numbers serves more than 1,200 links"),
        ({"exact": True}, 5, False, "Proven: no purchase of 5 numbers serves more"),
        ({"exact": True}, None, True, "Proven: nothing cheaper serves them all"),
        ({"exact": True}, None, False, "Proven: no fewer numbers serve them all"),
        ({}, None, True, "Cost: 12.50. Proven: at least 11.00 is needed"),
        ({}, None, False, "12 numbers in all. Proven: at least 11 are needed"),
    ],
)
def test_what_is_proven(facts: dict[str, Any], budget: int | None, priced: bool, sentence: str) -> None:
    assert buying._proof(FOUND | facts, budget, priced) == sentence


def test_the_frontier(inputs: tuple[str, ...]) -> None:
    done = run("whatif", "frontier", *inputs)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[2:] == [
        "bought  served  proven at most  area code",
        "     0       0               0",
        "     1       2               2  020",
    ]


def test_what_numbers_are_worth(inputs: tuple[str, ...], tmp_path: Path) -> None:
    done = run("whatif", "worth", *inputs)
    assert done.stdout.splitlines()[3:] == [
        "020        London             1           2                  2",
        "",
        "More numbers: the fewest that let another outcode fit. More links: by the best plan, at least as many",
    ]
    pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001"]}).write_csv(tmp_path / "stock.csv")
    done = run("whatif", "worth", *inputs[:2], "--stock", tmp_path / "stock.csv")
    assert done.stdout == "There is no area code in which one more number would serve another link\n"
