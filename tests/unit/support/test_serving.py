"""The files and the requests that tests give to a stand-in."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from allocator.protocol.requests import render
from tests.support.serving import account_files, request


def test_a_request_has_the_bytes_that_a_plan_sends(tmp_path: Path) -> None:
    files = account_files(tmp_path, 5)
    (body,) = render(pl.Series(files.link_ids), pl.Series(files.full_voxnumbers), 5)
    assert request(zip(files.link_ids, files.full_voxnumbers, strict=True)) == body


def test_the_files_list_the_links_and_the_numbers(tmp_path: Path) -> None:
    files = account_files(tmp_path, 3)
    assert pl.read_csv(files.links, infer_schema=False)["link_id"].to_list() == files.link_ids
    assert pl.read_csv(files.stock, infer_schema=False)["full_voxnumber"].to_list() == files.full_voxnumbers
