"""Shortages: what each area code can take, and what the growth may say."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from allocator import whatif
from allocator.errors import InputError, OptionError, TableError
from tests.unit.whatif.examples import links

STOCK = pl.DataFrame({"full_voxnumber": [f"44207946{number:04d}" for number in range(5)] + ["441614960000"]})


def test_an_area_code_can_take_what_came_before_the_first_link_without_a_number() -> None:
    found = whatif.shortage(links(W11=2, M1=1), STOCK, {"W11": 9, "M1": "100%"}, grouping="split")
    assert found.table.select("area_code", "links", "without", "growth", "borne").rows() == [
        ("161", 1, 0, 1, 0),
        ("20", 2, 0, 9, 3),
    ]
    assert found.table["borne_percent"].to_list() == [0.0, 33.3]
    assert not found.ok


def test_growth_is_a_percentage_of_all_or_by_outcode(tmp_path: Path) -> None:
    table = links(W11=2, M1=1)
    file = tmp_path / "growth.csv"
    file.write_text("outcode,growth\nw11,50%\nM1,1\n", encoding="utf-8")
    by_file = whatif.shortage(table, STOCK, str(file))
    by_mapping = whatif.shortage(table, STOCK, {"W11": "50%", "M1": 1})
    assert by_file.table.rows() == by_mapping.table.rows()
    assert whatif.shortage(table, STOCK, "50%").summary["growth"] == 2  # each rounded up
    assert whatif.shortage(table, STOCK, "0%").ok


def test_a_new_link_has_the_distance_of_the_others() -> None:
    own = links(W11=1).with_columns(fallback_area_distance=pl.lit("30"))
    stock = pl.DataFrame({"full_voxnumber": ["441753960000", "441753960001"]})
    assert whatif.shortage(own, stock, {"W11": 1}).table["borne"].to_list() == [1]
    assert whatif.shortage(links(W11=1), stock, {"W11": 1}).table["without"].to_list() == [1]


@pytest.mark.parametrize("strategy", ["rule", "optimal"])
def test_the_summary_has_the_strategy(strategy: str) -> None:
    options = whatif.shortage(links(W11=1), STOCK, "10%", strategy=strategy).summary["options"]  # type: ignore[arg-type]
    assert list(options) == ["fallback_km", "grouping", "effort", "strategy", "steps"]
    assert options["strategy"] == strategy


@pytest.mark.parametrize(
    ("growth", "message"),
    [
        ({"W111": 1}, "growth: .*Did you mean W11 or"),
        ({"GIR": 1}, "growth: there is no such outcode, or it has no position"),
        ({"M1": "lots"}, "growth: it is neither a percentage nor a number of links"),
        ("ten%", "the growth is no percentage"),
    ],
)
def test_growth_that_is_wrong_is_refused(growth: dict[str, str | int] | str, message: str) -> None:
    with pytest.raises(OptionError, match=message.replace("growth: .*", "")):
        whatif.shortage(links(W11=1), STOCK, growth)


def test_growth_in_a_file_is_refused_with_its_row(tmp_path: Path) -> None:
    file = tmp_path / "growth.csv"
    file.write_text("outcode,growth\nM1,1\nM1,lots\n", encoding="utf-8")
    with pytest.raises(TableError, match="row 3, column growth: 'lots': it is neither a percentage nor a number"):
        whatif.shortage(links(W11=1), STOCK, str(file))
    with pytest.raises(InputError, match="there is no such strategy"):
        whatif.shortage(links(W11=1), STOCK, "10%", strategy="greedy")  # type: ignore[arg-type]
