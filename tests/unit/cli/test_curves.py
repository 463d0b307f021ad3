"""whatif radius and order."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tests.unit.cli.screen import run


def test_links_served_at_each_radius(inputs: tuple[str, ...], tmp_path: Path) -> None:
    done = run("whatif", "radius", *inputs, "--up-to-km", 5)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "How many of 2 links are served from each fallback distance on",
        "",
        "from km  served",
        "    0.0       0",
        "",
        "No distance up to 5 km serves all",
    ]
    pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001"]}).write_csv(tmp_path / "stock.csv")
    done = run("whatif", "radius", *inputs[:2], "--stock", tmp_path / "stock.csv", "--strategy", "optimal")
    assert done.stdout.splitlines()[2].split() == ["from", "km", "served", "proven", "at", "most"]
    assert done.stdout.splitlines()[-1] == "All are served from 0.0 km on"


def test_what_the_order_does(inputs: tuple[str, ...]) -> None:
    done = run("whatif", "order", *inputs, "--shuffles", 1)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[:4] == [
        "Links served by the API's rule in 1 random order (of 2)",
        "",
        "order               served",
        "in the order given       0",
    ]
