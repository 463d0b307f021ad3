"""What the what-if commands share."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from allocator.cli import whatif
from allocator.cli.terminal import Table
from allocator.notation import Reason
from tests.unit.cli.screen import run


def test_cells_are_written_for_people() -> None:
    rows = pl.DataFrame(
        {"area_code": ["20", "1-212"], "name": ["London", None], "price": [1.5, None], "widen_km": [2.26, 1000.0]}
    )
    (laid_out,) = whatif.table(rows, {"area_code": "code", "name": "name", "price": "price", "widen_km": "km"})
    assert isinstance(laid_out, Table)
    assert laid_out.rows == (("020", "London", "1.50", "2.3"), ("1-212", "", "", "1,000.0"))
    assert laid_out.right == {"price", "km"}


def test_long_tables_are_cut_or_thinned() -> None:
    rows = pl.DataFrame({"numbers": range(100)})
    laid_out, more = whatif.table(rows, {"numbers": "numbers"})
    assert isinstance(laid_out, Table)
    assert len(laid_out.rows) == 20
    assert more == "… and 80 more; --output FOLDER or --json lists them all"
    thinned = whatif.evenly(rows)["numbers"].to_list()
    assert (thinned[0], thinned[-1], len(thinned)) == (0, 99, 20)
    assert whatif.evenly(rows.head(3)).height == 3


def test_reasons_are_counted_the_most_frequent_first() -> None:
    links = pl.DataFrame({"reason": ["POSTCODE_UNKNOWN", "NO_STOCK_IN_REACH", "NO_STOCK_IN_REACH"]})
    assert list(whatif.reasons(links)) == [
        f"  2 {Reason.NO_STOCK_IN_REACH.words}",
        f"  1 {Reason.POSTCODE_UNKNOWN.words}",
    ]


def test_rows_that_can_not_be_read_are_counted() -> None:
    inputs = {"links": {"rejected": 2}, "stock": {"rejected": 1}}
    words = "Can't be read: 2 rows of the links and 1 row of the stock ('allocator plan' lists them)"
    assert list(whatif._not_read(inputs)) == [words]
    assert list(whatif._not_read({name: {"rejected": 0} for name in inputs})) == []


def test_a_folder_is_refused_before_the_work(inputs: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("Dear", encoding="utf-8")
    done = run("whatif", "worth", *inputs, "--output", tmp_path / "mine", "--force")
    assert done.exception is not None
    done = run("whatif", "worth", *inputs, "--output", tmp_path / "worth")
    assert done.exit_code == 0
    assert done.stdout.endswith(f"Written to {tmp_path / 'worth'}\n")
    assert (tmp_path / "worth" / "worth.csv").is_file()
