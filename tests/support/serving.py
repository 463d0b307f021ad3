"""Runs `allocator serve` as a process, with a client for it and the files of an account."""

from __future__ import annotations

import csv
import http.client
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

ATTACH = "/Links?v=3&method=attachVoxnumberToLink"
COMMAND = (sys.executable, "-m", "allocator", "serve")
_PATIENCE_S = 60


@dataclass(frozen=True)
class Served:
    """A running stand-in.

    Attributes
    ----------
    process
        The process of the command.
    url
        Where it listens.
    log_file
        What it has written to standard error.
    """

    process: subprocess.Popen[bytes]
    url: str
    log_file: Path

    def client(self, timeout_s: float = _PATIENCE_S) -> Client:
        """Open a new connection to it."""
        return Client(self.url, timeout_s)

    def get(self, path: str) -> bytes:
        """Return the body that it serves under a path."""
        with self.client() as client:
            return client.call("GET", path)[1]

    def attached(self) -> dict[str, str]:
        """Return the number of each link that has one."""
        rows = csv.DictReader(io.StringIO(self.get("/links.csv").decode()))
        return {row["link_id"]: row["full_voxnumber"] for row in rows if row["full_voxnumber"]}

    def log(self) -> list[dict[str, Any]]:
        """Return the entries of its log."""
        return [json.loads(line) for line in self.log_file.read_text(encoding="utf-8").splitlines()]

    def kill(self) -> None:
        """End it by SIGKILL, which no process can handle."""
        self.process.kill()
        self.process.wait()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it in an orderly way, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(_PATIENCE_S)


class Client:
    """A connection that is kept open between requests.

    Parameters
    ----------
    url
        Where the stand-in listens.
    timeout_s
        How long to wait for an answer, seconds.
    """

    def __init__(self, url: str, timeout_s: float = _PATIENCE_S) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def call(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Send a request, and return the status and the body of the answer."""
        self._connection.request(method, path, body)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def attach(self, body: bytes) -> tuple[int, bytes]:
        """Send an attachVoxnumberToLink request, and return the status and the body of the answer."""
        return self.call("PUT", ATTACH, body)


@contextmanager
def served(database: Path, *options: object, log_file: Path | None = None) -> Iterator[Served]:
    """Run a stand-in on a free port, and kill it at the end if it still runs.

    Parameters
    ----------
    database
        Its file.
    options
        More options of the command.
    log_file
        The file for its standard error; by default beside the database.

    Raises
    ------
    RuntimeError
        It did not start.
    """
    log_file = log_file or database.with_suffix(".log")
    command = [*COMMAND, "--database", str(database), "--port", "0", *map(str, options)]
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, env=os.environ
        )
    assert process.stdout is not None
    try:
        words = process.stdout.readline().decode().split()
        if words[:2] != ["Listening", "on"]:
            raise RuntimeError(f"it did not start: {log_file.read_text(encoding='utf-8')}")
        yield Served(process, words[2], log_file)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


def request(attachments: Iterable[tuple[str, str]]) -> bytes:
    """Write a BY VOXNUMBER request as `allocator.protocol.requests.render` does, but faster for a few links."""
    links = (
        f"  <link>\n    <link_id>{link_id}</link_id>\n    <method>BY VOXNUMBER</method>\n"
        f"    <full_voxnumber>{number}</full_voxnumber>\n  </link>\n"
        for link_id, number in attachments
    )
    return f'<?xml version="1.0" encoding="utf-8"?>\n<request>\n{"".join(links)}</request>\n'.encode()


@dataclass(frozen=True)
class AccountFiles:
    """The two files that a stand-in starts from.

    Attributes
    ----------
    stock, links
        CSV files.
    link_ids, full_voxnumbers
        What the files list; both have the same length.
    """

    stock: Path
    links: Path
    link_ids: list[str]
    full_voxnumbers: list[str]

    def options(self) -> tuple[object, ...]:
        """Return the options that make `allocator serve` read the files."""
        return ("--stock", self.stock, "--links", self.links)


def account_files(folder: Path, size: int) -> AccountFiles:
    """Write the files of an account.

    Parameters
    ----------
    folder
        Where to write them.
    size
        The number of links, and of VoxNumbers.
    """
    link_ids = [f"shop-{n:07d}" for n in range(size)]
    full_voxnumbers = [f"{442_080_000_000 + n}" for n in range(size)]
    stock, links = folder / "stock.csv", folder / "links.csv"
    stock.write_text("\n".join(("full_voxnumber", *full_voxnumbers, "")), encoding="utf-8")
    links.write_text("\n".join(("link_id", *link_ids, "")), encoding="utf-8")
    return AccountFiles(stock, links, link_ids, full_voxnumbers)
