"""Reading a million links compared with lxml's bare `iterparse`, and writing them compared with writing bytes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl
import pytest
from lxml import etree
from pytest_benchmark.fixture import BenchmarkFixture

from allocator.places import dataset
from allocator.protocol.reading import read_request, stream_request
from allocator.protocol.requests import render, write_request
from benchmarks.instances import FALLBACK_KM, FOLDER, case

SIZE = 1_000_000
BATCH_SIZE = 500
METHODS = ("BY VOXNUMBER", "BY POSTCODE")
ROUNDS = 3


@cache
def links() -> pl.DataFrame:
    """Return links with postcodes, and a number of 12 digits for each."""
    return pl.read_csv(case(SIZE).links).with_columns(
        full_voxnumber=pl.format("44{}", (pl.int_range(pl.len()) * 6_700_417 % 10**10).cast(pl.String).str.zfill(10))
    )


def write_bodies(path: Path) -> None:
    table = links()
    with path.open("wb") as file:
        file.writelines(render(table["link_id"], table["full_voxnumber"], BATCH_SIZE))


@cache
def request_file(method: str) -> Path:
    """Write one request of all links, and return its path."""
    folder = FOLDER / dataset.data_version()["manifest_sha256"][:12]
    path = folder / f"request-{method.lower().replace(' ', '-')}-{SIZE}.xml"
    if method == "BY VOXNUMBER":
        (body,) = render(links()["link_id"], links()["full_voxnumber"], SIZE)
    else:
        country, distance = pl.lit("UNITED KINGDOM"), pl.lit(f"{FALLBACK_KM:g}")
        columns = {"method": pl.lit(method), "voxnumber_country": country, "fallback_area_distance": distance}
        body = write_request(links().drop("full_voxnumber").with_columns(**columns))
    path.write_bytes(body)
    return path


def bare_iterparse(path: Path) -> int:
    return sum(1 for _ in etree.iterparse(path))


def read_in_parts(path: Path) -> int:
    return sum(part.links.height for part in stream_request(path))


@pytest.mark.parametrize("method", METHODS)
def test_iterparse(benchmark: BenchmarkFixture, method: str) -> None:
    assert benchmark.pedantic(bare_iterparse, (request_file(method),), rounds=ROUNDS) > 3 * SIZE


@pytest.mark.parametrize("method", METHODS)
def test_read_request(benchmark: BenchmarkFixture, method: str) -> None:
    request = benchmark.pedantic(read_request, (request_file(method),), rounds=ROUNDS, warmup_rounds=1)
    assert request.links["link_id"].equals(links()["link_id"])
    assert request.links["method"].unique().to_list() == [method]


@pytest.mark.parametrize("method", METHODS)
def test_read_request_with_lines(benchmark: BenchmarkFixture, method: str) -> None:
    request = benchmark.pedantic(read_request, (request_file(method),), {"lines": True}, rounds=ROUNDS, warmup_rounds=1)
    assert request.links["line"][-1] > 5 * SIZE - 5


@pytest.mark.parametrize("method", METHODS)
def test_stream_request(benchmark: BenchmarkFixture, method: str) -> None:
    assert benchmark.pedantic(read_in_parts, (request_file(method),), rounds=ROUNDS, warmup_rounds=1) == SIZE


def test_write_bytes(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """Time writing the bytes of the requests when they exist already."""
    body = b"".join(render(links()["link_id"], links()["full_voxnumber"], BATCH_SIZE))
    path = tmp_path / "requests.xml"
    benchmark.pedantic(path.write_bytes, (body,), rounds=5 * ROUNDS, warmup_rounds=1)


def test_format_and_write(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """Time two thousand requests of 500 links, from columns to bytes on the same disk."""
    path = tmp_path / "requests.xml"
    benchmark.pedantic(write_bodies, (path,), rounds=5 * ROUNDS, warmup_rounds=1)
    assert path.stat().st_size > 100 * SIZE
