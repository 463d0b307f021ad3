"""Kill `allocator serve` while it works, again and again: `python -m tests.endurance.standin_kill`.

In each round eight clients send BY VOXNUMBER requests of 1 to 20 links, many of them for numbers that another client
wants too, until the stand-in is ended by SIGKILL at a moment left to chance. Then the file is read, by SQLite alone:

- a request that was answered 204 is there, every link with its number;
- of any other request that was answered nothing is there;
- a request without an answer is there whole or not at all;
- no number is on two links, no link has two numbers, and nothing is there that nobody asked for.

The next round goes on from the same file, and what the stand-in shows must be what the file said. A SIGKILL leaves the
operating system running: that what was synced survives a power cut is SQLite's promise, and is not tried here.
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

from benchmarks.serving import Account, Served, account, request, served

CLIENTS = 8
MOST_LINKS = 20
CONTESTED = 0.1
"""The share of requests that take their numbers from where the other clients take theirs."""
_LATEST_KILL_S = 0.6


@dataclass(frozen=True)
class Sent:
    """A request, and what was answered: a status, or None when the stand-in was killed before."""

    attachments: tuple[tuple[str, str], ...]
    status: int | None


@dataclass
class Tally:
    """What was seen in all rounds.

    Attributes
    ----------
    rounds, attached, refused
        Rounds, requests that were answered 204, and those that were answered 400.
    cut_off, cut_off_attached
        Requests that the kill left without an answer, and those of them that are in the file.
    faults
        What should not be, in words.
    """

    rounds: int = 0
    attached: int = 0
    refused: int = 0
    cut_off: int = 0
    cut_off_attached: int = 0
    faults: list[str] = field(default_factory=list)


class _Wishes:
    """What the clients ask for: links that are asked for once, and numbers, some of which are asked for often."""

    def __init__(self, of: Account, rng: random.Random) -> None:
        self._of = of
        self._rng = rng
        self._next = 0
        self._turn = threading.Lock()

    @property
    def left(self) -> int:
        return len(self._of.link_ids) - self._next

    def draw(self) -> tuple[tuple[str, str], ...]:
        with self._turn:
            first, count = self._next, self._rng.randint(1, MOST_LINKS)
            self._next = last = min(first + count, len(self._of.link_ids))
            # A little back: numbers that another client has asked for just now, and may or may not have got.
            back = self._rng.randint(1, CLIENTS * MOST_LINKS) if self._rng.random() < CONTESTED else 0
        numbers = self._of.full_voxnumbers[max(first - back, 0) : max(first - back, 0) + last - first]
        return tuple(zip(self._of.link_ids[first:last], numbers, strict=True))


def _work(server: Served, wishes: _Wishes, sent: list[Sent]) -> None:
    """Send requests one after the other until there is nobody to answer."""
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
        As `benchmarks.serving.served` takes them.
    wishes
        What to ask for.
    after_s
        When to kill it, seconds after the clients have begun.

    Returns
    -------
    tuple
        The numbers as they were shown at the start, and what was sent.
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
    """Link and number of every attachment in the file, read by SQLite alone."""
    with closing(sqlite3.connect(database)) as file:
        (verdict,) = file.execute("PRAGMA integrity_check").fetchone()
        assert verdict == "ok", verdict
        return [
            (link_id, str(number))
            for link_id, number in file.execute("SELECT link_id, full_voxnumber FROM attachments")
        ]


def faults_of(before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]], sent: Sequence[Sent]) -> list[str]:
    """What is wrong with the attachments after a round, in words.

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
            faults.append(f"{found} attachments of a request that was refused")
        elif one.status is None and found not in (0, len(one.attachments)):
            faults.append(f"{found} of {len(one.attachments)} attachments of one request")
        if one.status not in (204, 400, None):
            faults.append(f"answered {one.status}")
    return faults


def _shows(shown: str, attachments: Sequence[tuple[str, str]]) -> bool:
    rows = (line.split(",") for line in shown.splitlines()[1:])
    return {(link_id, number) for number, _, link_id in rows if link_id} == set(attachments)


def kill(folder: Path, rounds: int, seconds: float, *, seed: int = 1, size: int = 100_000) -> Tally:
    """Kill the stand-in so many times, or for so long.

    Parameters
    ----------
    folder
        Where the database is made.
    rounds, seconds
        After how many rounds to end, and after how long at the latest.
    seed
        Of what is left to chance; the clients' timing is chance too, and has none.
    size
        Links and numbers of an account; when they are used up, another file is begun.
    """
    rng, tally, until = random.Random(seed), Tally(), time.monotonic() + seconds  # noqa: S311 - no secrets
    of = account(folder, size)
    files, wishes = 0, _Wishes(of, rng)
    before: list[tuple[str, str]] = []
    while tally.rounds < rounds and time.monotonic() < until:
        if not files or wishes.left < size // 4:
            files, wishes, before = files + 1, _Wishes(of, rng), []
        database = folder / f"account-{files}.sqlite"
        shown, sent = one_round(database, of.options(), wishes, rng.uniform(0.01, _LATEST_KILL_S))
        if not _shows(shown, before):
            tally.faults.append("what was shown after the start is not what the file held")
        after = read(database)
        tally.faults += faults_of(before, after, sent)
        _count(tally, sent, set(after))
        before = after
    return tally


def _count(tally: Tally, sent: Sequence[Sent], there: set[tuple[str, str]]) -> None:
    tally.rounds += 1
    tally.attached += sum(one.status == 204 for one in sent)
    tally.refused += sum(one.status == 400 for one in sent)
    cut_off = [one for one in sent if one.status is None]
    tally.cut_off += len(cut_off)
    tally.cut_off_attached += sum(there.issuperset(one.attachments) for one in cut_off)


def main() -> None:
    """Kill, and print what was found; exit code 1 when something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=900.0, help="begin no round after so long")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the database is made; by default a temporary folder")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        tally = kill(Path(name), options.rounds, options.seconds, seed=options.seed)
    print(f"{tally.rounds} rounds of SIGKILL with {CLIENTS} clients in {time.monotonic() - began:.0f} s")
    print(f"{tally.attached:,} requests answered 204, {tally.refused:,} answered 400")
    print(f"{tally.cut_off:,} cut off without an answer, {tally.cut_off_attached:,} of them attached whole")
    print("\n".join(tally.faults) or "nothing lost, nothing half applied, no number on two links")
    raise SystemExit(1 if tally.faults else 0)


if __name__ == "__main__":
    main()
