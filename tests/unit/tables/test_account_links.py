"""An account's links and numbers, and which link has which number."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from allocator.errors import TableError
from allocator.tables.account_links import read_account

LISTING = """<?xml version='1.0'?>
<response><current_page>1</current_page><total_pages>1</total_pages><total_results>2</total_results><results>
<result><link_id>333</link_id><link_name>A</link_name><voxnumber>442079460001</voxnumber></result>
<result><link_id>444</link_id><link_name>B</link_name><voxnumber/></result>
</results></response>"""
NUMBERS = ["442079460000", "442079460001"]


def listing(folder: Path) -> Path:
    path = folder / "links.xml"
    path.write_text(LISTING, encoding="utf-8")
    return path


def test_without_links_there_is_the_stock_alone() -> None:
    stock, link_ids = read_account(pl.DataFrame({"full_voxnumber": NUMBERS}))
    assert len(stock) == 2
    assert link_ids is None


def test_the_saved_answer_of_get_links(tmp_path: Path) -> None:
    stock, link_ids = read_account(pl.DataFrame({"full_voxnumber": NUMBERS}), listing(tmp_path))
    assert link_ids is not None
    assert link_ids.to_list() == ["333", "444"]
    assert stock.table.select("full_voxnumber", "link_id").rows() == [(442079460000, None), (442079460001, "333")]
    assert stock.attached.rows() == [("333", 442079460001)]


def test_each_link_counts_once_and_an_empty_one_not_at_all() -> None:
    links = pl.DataFrame({"link_id": ["b", "a", "b", None, " "]})
    stock, link_ids = read_account(pl.DataFrame({"full_voxnumber": NUMBERS}), links)
    assert link_ids is not None
    assert link_ids.to_list() == ["b", "a"]
    assert stock.attached.is_empty()


def test_the_columns_of_a_plans_links_are_no_voxnumber_misspelt() -> None:
    links = pl.DataFrame({"link_id": ["a"], "full_voxnumber": ["442079460000"], "voxnumber_idd": ["44"]})
    assert read_account(pl.DataFrame({"full_voxnumber": NUMBERS}), links)[0].attached.is_empty()


def test_both_tables_may_say_the_same(tmp_path: Path) -> None:
    stock = pl.DataFrame({"full_voxnumber": NUMBERS, "link_id": ["555", "333"]})
    read, _ = read_account(stock, listing(tmp_path))
    assert read.attached.rows() == [("333", 442079460001), ("555", 442079460000)]


def test_a_number_assigned_to_an_unknown_link_is_that_of_the_listing(tmp_path: Path) -> None:
    stock = pl.DataFrame({"full_voxnumber": NUMBERS, "assigned_status": ["UNASSIGNED", "ASSIGNED"]})
    read, _ = read_account(stock, listing(tmp_path))
    assert read.table["link_id"].to_list() == [None, "333"]


def test_tables_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    stock = pl.DataFrame({"full_voxnumber": NUMBERS, "link_id": [None, "999"]})
    with pytest.raises(TableError, match="VoxNumber 442079460001 is attached to link 999 by the stock") as refused:
        read_account(stock, listing(tmp_path))
    assert (refused.value.row, refused.value.column, refused.value.value) == (1, "voxnumber", "333")


def test_two_links_with_one_number_are_refused() -> None:
    links = pl.DataFrame({"link_id": ["a", "b"], "voxnumber": ["442079460000"] * 2})
    with pytest.raises(TableError, match="another link has the same number") as refused:
        read_account(pl.DataFrame({"full_voxnumber": NUMBERS}), links)
    assert refused.value.row == 2
