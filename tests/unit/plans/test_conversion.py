"""Turning any request into one that names every number."""

from __future__ import annotations

import pickle
from pathlib import Path

import polars as pl
import pytest

import allocator
from allocator.errors import OptionError, OutputError
from tests.support.tables import stock_of
from tests.unit.plans.examples import LINKS, STOCK


def test_the_request_names_the_number_of_each_link() -> None:
    made = allocator.convert(LINKS, STOCK)
    assert made.body.count(b"<link>") == made.plan.assignments.height == made.body.count(b"BY VOXNUMBER")
    assert not made.ok
    assert repr(made) == f"<Conversion: {made.plan.assignments.height} links, {len(made.body)} bytes>"
    assert pickle.loads(pickle.dumps(made)).body == made.body


def test_without_a_number_for_any_link_there_is_no_request() -> None:
    made = allocator.convert(pl.DataFrame({"link_id": ["1"], "postcode": ["W11 3EP"]}), stock_of())
    assert (made.body, made.ok) == (b"", False)


def test_a_request_is_written_whole(tmp_path: Path) -> None:
    made = allocator.convert(pl.DataFrame({"link_id": ["1"], "postcode": ["W11 3EP"]}), stock_of(20))
    assert made.ok
    assert made.write(tmp_path / "request.xml").read_bytes() == made.body
    with pytest.raises(OutputError, match="it exists already"):
        made.write(tmp_path / "request.xml")
    made.write(tmp_path / "request.xml", force=True)


def test_there_are_two_groupings() -> None:
    with pytest.raises(OptionError, match="there is no such grouping"):
        allocator.convert(LINKS, STOCK, grouping="apart")  # type: ignore[arg-type]
