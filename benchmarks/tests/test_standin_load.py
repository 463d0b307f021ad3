"""The load that the stand-in is put under, for half a second."""

from __future__ import annotations

import http.client
from pathlib import Path

import pytest

from benchmarks.standin_load import account, commit_ms, measure, stand_in


@pytest.mark.parametrize("links", [1, 50])
def test_a_load_is_answered_and_timed(tmp_path: Path, links: int) -> None:
    rows = account(4_000)
    with stand_in(tmp_path / "account", rows) as place:
        load = measure(place, rows, links, seconds=0.5)
        connection = http.client.HTTPConnection(place, timeout=60)
        connection.request("GET", "/links.csv")
        shown = connection.getresponse().read().decode().splitlines()[1:]
        connection.close()
    assert len(load.latencies_s) >= 8
    assert 0 < load.latency_ms(50) <= load.latency_ms(99)
    assert load.rate > 0
    assert sum(not line.endswith(",") for line in shown) == len(load.latencies_s) * links


def test_a_commit_is_timed(tmp_path: Path) -> None:
    assert commit_ms(tmp_path, rounds=5) > 0
