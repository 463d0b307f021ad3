"""Measure how many requests `allocator serve` answers, and how long each takes: `python -m benchmarks.standin_load`.

Eight clients, each with its own connection, send BY VOXNUMBER requests as fast as they are answered. Each request
attaches new links, is committed to SQLite on disk (WAL, synced) and is answered 204. The clients run on the same
machine as the stand-in and take their share of it. A latency runs from the first byte sent to the last byte received.
"""

from __future__ import annotations

import argparse
import http.client
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from allocator.protocol import render

CLIENTS = 8
SIZES = (1, 500)
_ATTACH = "/Links?v=3&method=attachVoxnumberToLink"
_PATIENCE_S = 60
_MOST_A_SECOND = 10_000


@dataclass(frozen=True)
class Load:
    """What was measured.

    Attributes
    ----------
    links
        Links in each request.
    latencies_s
        How long each request took, seconds.
    wall_s
        From the first request to the last answer, seconds.
    """

    links: int
    latencies_s: np.ndarray[tuple[int], np.dtype[np.float64]]
    wall_s: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies_s) / self.wall_s

    def latency_ms(self, percent: float) -> float:
        """Return the latency that this share of the requests stays below, milliseconds."""
        return float(np.percentile(self.latencies_s, percent)) * 1e3


def account(size: int) -> pl.DataFrame:
    """Return the links and the numbers of an account; link i is to have number i."""
    return pl.select(
        link_id=pl.format("shop-{}", pl.int_range(size).cast(pl.String).str.zfill(7)),
        full_voxnumber=(442_080_000_000 + pl.int_range(size)).cast(pl.String),
    )


@contextmanager
def stand_in(folder: Path, rows: pl.DataFrame) -> Iterator[str]:
    """Run a stand-in for an account, kill it at the end, and give its host and port.

    Parameters
    ----------
    folder
        A new folder for its files.
    rows
        As `account` makes them.
    """
    folder.mkdir()
    files = {"--links": "link_id", "--stock": "full_voxnumber"}
    options = [f"--database={folder / 'account.sqlite'}", "--port=0"]
    for option, column in files.items():
        rows.select(column).write_csv(folder / f"{column}.csv")
        options.append(f"{option}={folder / f'{column}.csv'}")
    command = [sys.executable, "-m", "allocator", "serve", *options]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline().decode()
            assert line.startswith("Listening on http://"), (folder / "log").read_text(encoding="utf-8")
            yield line.split()[2].removeprefix("http://").rstrip("/")
        finally:
            process.kill()


def measure(place: str, rows: pl.DataFrame, links: int, seconds: float, *, clients: int = CLIENTS) -> Load:
    """Load a stand-in for a while.

    Parameters
    ----------
    place
        Host and port of the stand-in.
    rows
        Its account, in which no link has a number yet.
    links
        Links in each request.
    seconds
        How long to go on; it ends earlier when no link is left.
    clients
        How many clients send at once.
    """
    most = min(rows.height // links, round(seconds * _MOST_A_SECOND)) // clients
    rows = rows.head(most * clients * links)
    # Written beforehand, as the clients share the machine with the stand-in.
    bodies = list(render(rows["link_id"], rows["full_voxnumber"], links))
    start = threading.Barrier(clients + 1)
    latencies_s: list[list[float]] = [[] for _ in range(clients)]

    def client(index: int) -> None:
        connection = http.client.HTTPConnection(place, timeout=_PATIENCE_S)
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        start.wait()
        _send(connection, bodies[index::clients], time.perf_counter() + seconds, latencies_s[index])
        connection.close()

    threads = [threading.Thread(target=client, args=(index,)) for index in range(clients)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return Load(links, np.concatenate(latencies_s), time.perf_counter() - began)


def _send(
    connection: http.client.HTTPConnection, bodies: Sequence[bytes], until: float, latencies_s: list[float]
) -> None:
    for body in bodies:
        began = time.perf_counter()
        connection.request("PUT", _ATTACH, body)
        answer = connection.getresponse()
        text = answer.read()
        ended = time.perf_counter()
        assert answer.status == 204, text
        latencies_s.append(ended - began)
        if ended > until:
            break


def commit_ms(folder: Path, rounds: int = 200) -> float:
    """Time SQLite committing one row here with a sync of the disk, milliseconds (median)."""
    with sqlite3.connect(folder / "commit.sqlite", isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE rows (value BLOB UNIQUE)")
        times_s = []
        for _ in range(rounds):
            began = time.perf_counter()
            connection.execute("INSERT INTO rows VALUES (?)", (os.urandom(12),))
            times_s.append(time.perf_counter() - began)
    connection.close()
    return float(np.median(times_s)) * 1e3


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to load it with each size of request")
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--numbers", type=int, default=400_000, help="numbers and links of the account")
    parser.add_argument("--folder", type=Path, help="where the database is made; by default a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        print(f"{options.clients} clients; a bare SQLite commit takes {commit_ms(folder):.2f} ms here\n")
        print("| links a request | requests | requests/s | links/s | median ms | p99 ms |\n|--:|--:|--:|--:|--:|--:|")
        rows = account(options.numbers)
        for links in SIZES:
            with stand_in(folder / str(links), rows) as place:
                load = measure(place, rows, links, options.seconds, clients=options.clients)
            counts = f"{links} | {len(load.latencies_s):,} | {load.rate:,.0f} | {load.rate * links:,.0f}"
            print(f"| {counts} | {load.latency_ms(50):.1f} | {load.latency_ms(99):.1f} |")


if __name__ == "__main__":
    main()
