"""How many requests `allocator serve` answers, and how long each takes: `python -m benchmarks.standin_load`.

Eight clients, each with a connection of its own, send BY VOXNUMBER requests as fast as they are answered: each
request attaches new links, is committed to SQLite on disk (WAL, synced) and answered 204. The clients run on the same
machine as the stand-in and take their share of it. A latency is from the first byte sent to the last byte received.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.serving import Account, Client, Served, account, served

CLIENTS = 8
SIZES = (1, 500)
_MOST_A_SECOND = 10_000


@dataclass(frozen=True)
class Load:
    """What was measured.

    Attributes
    ----------
    links
        Links to a request.
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
        """The latency that so many percent of the requests keep below, milliseconds."""
        return float(np.percentile(self.latencies_s, percent)) * 1e3


def measure(server: Served, of: Account, links: int, seconds: float, *, first: int = 0, clients: int = CLIENTS) -> Load:
    """Load a stand-in for a while.

    Parameters
    ----------
    server
        The stand-in.
    of
        Its account.
    links
        Links to a request.
    seconds
        How long; it ends earlier when the account has no links left.
    first
        The first link that has no number yet.
    clients
        How many at once.
    """
    most = min((len(of.link_ids) - first) // links, round(seconds * _MOST_A_SECOND)) // clients
    # Made beforehand, as the clients share the machine with the server.
    bodies = [
        [of.request(first + (turn * clients + who) * links, links) for turn in range(most)] for who in range(clients)
    ]
    start = threading.Barrier(clients + 1)
    taken: list[list[float]] = [[] for _ in range(clients)]
    began: list[float] = []

    def client(who: int) -> None:
        with server.client() as connection:
            connection.call("GET", "/healthz")
            start.wait()
            until = time.perf_counter() + seconds
            _send(connection, bodies[who], until, taken[who])

    threads = [threading.Thread(target=client, args=(who,)) for who in range(clients)]
    for thread in threads:
        thread.start()
    start.wait()
    began.append(time.perf_counter())
    for thread in threads:
        thread.join()
    wall_s = time.perf_counter() - began[0]
    return Load(links, np.array([one for each in taken for one in each]), wall_s)


def _send(connection: Client, bodies: Sequence[bytes], until: float, taken: list[float]) -> None:
    for body in bodies:
        began = time.perf_counter()
        status, told = connection.attach(body)
        ended = time.perf_counter()
        assert status == 204, told
        taken.append(ended - began)
        if ended > until:
            break


def commit_ms(folder: Path, rounds: int = 200) -> float:
    """How long SQLite takes here to commit one row with a sync of the disk, milliseconds (median)."""
    with sqlite3.connect(folder / "commit.sqlite", isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE rows (value BLOB UNIQUE)")
        took = []
        for _ in range(rounds):
            began = time.perf_counter()
            connection.execute("INSERT INTO rows VALUES (?)", (os.urandom(12),))
            took.append(time.perf_counter() - began)
    connection.close()
    return float(np.median(took)) * 1e3


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
        of = account(folder, options.numbers)
        for links in SIZES:
            with served(folder / f"{links}.sqlite", *of.options()) as server:
                load = measure(server, of, links, options.seconds, clients=options.clients)
            counts = f"{links} | {len(load.latencies_s):,} | {load.rate:,.0f} | {load.rate * links:,.0f}"
            print(f"| {counts} | {load.latency_ms(50):.1f} | {load.latency_ms(99):.1f} |")


if __name__ == "__main__":
    main()
