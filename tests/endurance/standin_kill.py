"""Kill `allocator serve` while it works, again and again: `python -m tests.endurance.standin_kill`.

In each round eight clients send BY VOXNUMBER requests of 1 to 20 links, many of them for numbers that another client
wants too, until SIGKILL ends the stand-in at a random moment. Then SQLite alone reads the file:

- of a request that was answered 204, every link has its number in the file;
- of any other request that was answered, nothing is in the file;
- a request without an answer is in the file whole or not at all;
- no number is on two links, no link has two numbers, and the file holds nothing that nobody asked for.

The next round continues with the same file, and what the stand-in shows must be what the file held. A SIGKILL leaves
the operating system running: SQLite promises that what was synced survives a power cut, but that is not tried here.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from tests.support.serving import AccountFiles, Served, account_files, request, served

CLIENTS = 8
MOST_LINKS = 20
CONTESTED = 0.1
"""The share of requests that ask for numbers which other clients ask for too."""
_LATEST_KILL_S = 0.6


@dataclass(frozen=True)
class Sent:
    """A request and the status of its answer; None when the stand-in was killed before it answered."""

    attachments: tuple[tuple[str, str], ...]
    status: int | None


@dataclass
class Tally:
    """Counts over all rounds.

    Attributes
    ----------
    rounds, failed_rounds
        Rounds, and those with a fault.
    attached, refused
        Requests that were answered 204, and 400.
    cut_off, cut_off_attached
        Requests that the kill left without an answer, and how many of these are in the file.
    faults
        What went wrong, in words.
    """

    rounds: int = 0
    failed_rounds: int = 0
    attached: int = 0
    refused: int = 0
    cut_off: int = 0
    cut_off_attached: int = 0
    faults: list[str] = field(default_factory=list)


class _Wishes:
    """Draws what the clients ask for: each link once, and some numbers several times."""

    def __init__(self, files: AccountFiles, rng: random.Random) -> None:
        self._files = files
        self._rng = rng
        self._next = 0
        self._turn = threading.Lock()

    @property
    def left(self) -> int:
        return len(self._files.link_ids) - self._next

    def draw(self) -> tuple[tuple[str, str], ...]:
        with self._turn:
            first, count = self._next, self._rng.randint(1, MOST_LINKS)
            self._next = last = min(first + count, len(self._files.link_ids))
            # Now and then, numbers that another client has just asked for and may have got.
            back = self._rng.randint(1, CLIENTS * MOST_LINKS) if self._rng.random() < CONTESTED else 0
        numbers = self._files.full_voxnumbers[max(first - back, 0) : max(first - back, 0) + last - first]
        return tuple(zip(self._files.link_ids[first:last], numbers, strict=True))


def _work(server: Served, wishes: _Wishes, sent: list[Sent]) -> None:
    """Send requests one after the other until nothing answers."""
    with server.client() as client:
        while attachments := wishes.draw():
            try:
                status, _ = client.attach(request(attachments))
            except (OSError, HTTPException):
                sent.append(Sent(attachments, None))
                return
            sent.append(Sent(attachments, status))


def one_round(database: Path, options: Sequence[object], wishes: _Wishes, after_s: float) -> tuple[str, list[Sent]]:
    """Start the stand-in, load it, kill it.

    Parameters
    ----------
    database, options
        As `tests.support.serving.served` takes them.
    wishes
        What to ask for.
    after_s
        When to kill it, seconds after the clients began.

    Returns
    -------
    tuple
        The numbers as the stand-in showed them at the start, and what was sent.
    """
    sent: list[list[Sent]] = [[] for _ in range(CLIENTS)]
    with served(database, *options) as server:
        shown = server.get("/voxnumbers.csv").decode()
        clients = [threading.Thread(target=_work, args=(server, wishes, sent[who])) for who in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(after_s)
        server.kill()
        for client in clients:
            client.join()
    return shown, [one for each in sent for one in each]


def read(database: Path) -> list[tuple[str, str]]:
    """Return link and number of every attachment in the file, read by SQLite alone."""
    with closing(sqlite3.connect(database)) as file:
        (verdict,) = file.execute("PRAGMA integrity_check").fetchone()
        assert verdict == "ok", verdict
        return [
            (link_id, str(number))
            for link_id, number in file.execute("SELECT link_id, full_voxnumber FROM attachments")
        ]


def faults_of(before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]], sent: Sequence[Sent]) -> list[str]:
    """Return what is wrong with the attachments after a round, in words.

    Parameters
    ----------
    before, after
        The attachments in the file before the round and after it.
    sent
        The requests of the round.
    """
    there, faults = set(after), []
    for column, what in ((0, "a link has two numbers"), (1, "a number is on two links")):
        if len({row[column] for row in after}) < len(after):
            faults.append(what)
    if not set(before) <= there:
        faults.append("an attachment of an earlier round is lost")
    asked_for = {each for one in sent for each in one.attachments}
    if not there - set(before) <= asked_for:
        faults.append("an attachment that nobody asked for")
    for one in sent:
        found = sum(each in there for each in one.attachments)
        if one.status == 204 and found < len(one.attachments):
            faults.append(f"{len(one.attachments) - found} acknowledged attachments are lost")
        elif one.status not in (204, None) and found:
            faults.append(f"{found} attachments of a refused request")
        elif one.status is None and found not in (0, len(one.attachments)):
            faults.append(f"{found} of {len(one.attachments)} attachments of one request")
        if one.status not in (204, 400, None):
            faults.append(f"answered {one.status}")
    return faults


def _shows(shown: str, attachments: Sequence[tuple[str, str]]) -> bool:
    rows = (line.split(",") for line in shown.splitlines()[1:])
    return {(link_id, number) for number, _, link_id in rows if link_id} == set(attachments)


def kill(folder: Path, rounds: int, seconds: float, *, seed: int = 1, size: int = 100_000) -> Tally:
    """Kill the stand-in again and again.

    Parameters
    ----------
    folder
        Where to make the database.
    rounds, seconds
        How many rounds to run, and when to begin no further one.
    seed
        Seed of the random choices; the timing of the clients is random too and has no seed.
    size
        Links and numbers of an account; a new file is begun when most of them are used.
    """
    rng, tally, until = random.Random(seed), Tally(), time.monotonic() + seconds  # noqa: S311 - no secrets
    files = account_files(folder, size)
    databases, wishes = 0, _Wishes(files, rng)
    before: list[tuple[str, str]] = []
    while tally.rounds < rounds and time.monotonic() < until:
        if not databases or wishes.left < size // 4:
            databases, wishes, before = databases + 1, _Wishes(files, rng), []
        database = folder / f"account-{databases}.sqlite"
        shown, sent = one_round(database, files.options(), wishes, rng.uniform(0.01, _LATEST_KILL_S))
        after = read(database)
        faults = faults_of(before, after, sent)
        if not _shows(shown, before):
            faults.append("the stand-in did not show what the file held")
        _count(tally, sent, set(after), faults)
        before = after
    return tally


def _count(tally: Tally, sent: Sequence[Sent], there: set[tuple[str, str]], faults: list[str]) -> None:
    tally.rounds += 1
    tally.failed_rounds += bool(faults)
    tally.faults += faults
    tally.attached += sum(one.status == 204 for one in sent)
    tally.refused += sum(one.status == 400 for one in sent)
    cut_off = [one for one in sent if one.status is None]
    tally.cut_off += len(cut_off)
    tally.cut_off_attached += sum(there.issuperset(one.attachments) for one in cut_off)


def main() -> None:
    """Kill, and print the counts; exit code 1 when something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=900.0, help="begin no round after this time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the database is made; by default a temporary folder")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        tally = kill(Path(name), options.rounds, options.seconds, seed=options.seed)
    print(f"{tally.attached:,} requests answered 204, {tally.refused:,} answered 400")
    print(f"{tally.cut_off:,} cut off without an answer; {tally.cut_off_attached:,} of these were attached whole")
    print("\n".join(tally.faults[:20]) or "nothing lost, nothing half applied, no number on two links")
    took = time.monotonic() - began
    print(f"{tally.rounds:,} rounds tried, {tally.failed_rounds:,} failed ({CLIENTS} clients, {took:.0f} s)")
    raise SystemExit(1 if tally.faults else 0)


if __name__ == "__main__":
    main()
