"""What draws the charts: names are data, and what is missing is named."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polars as pl
import pytest

from allocator import report
from allocator.errors import InputError
from allocator.report.charts import histogram
from allocator.report.vega import script, specification


def test_names_are_data_and_not_part_of_a_specification() -> None:
    hostile = "'] + alert(1) + ['"
    (chart,) = histogram("distances", "Distances", {hostile: pl.Series([0.0, 1.5]), "b": pl.Series([2.0])})
    made = specification(chart)
    values = made.pop("data")["values"]
    assert {row["series"] for row in values} == {hostile, "b"}
    # The order of the series is the one place besides.
    assert made["facet"]["row"].pop("sort") == [hostile, "b"]
    assert hostile not in json.dumps(made)


def test_without_what_draws_them_the_error_says_what_to_install(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script.cache_clear()
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(InputError) as caught:
        report.page(example)
    assert "pip install '.[report]'" in str(caught.value)
