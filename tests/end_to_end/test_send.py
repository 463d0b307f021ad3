"""`allocator send` as a process: what it says, and what becomes of a plan whose sending is cut off anywhere."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

import allocator
from allocator.account.ledger import Outcome, read_ledger
from allocator.account.sending import KEY, USERNAME
from allocator.plans.registry import LEDGER
from benchmarks.serving import served
from tests.support.breaking import Answer, Breaking, Cut, Point, breaking, nothing
from tests.unit.account.test_sending import BATCHES, LINKS, NUMBERS, PLAN, at, raising, write_plan

COMMAND = (sys.executable, "-m", "allocator")
TRIPWIRE = (sys.executable, "-m", "tests.support.tripwire")
CHECKOUT = Path(__file__).parents[2]
EXAMPLES = CHECKOUT / "data" / "examples"
NAME, SECRET = "mrs-hush", "s3cr3t-of-hush"
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in (USERNAME, KEY)} | {"COLUMNS": "200"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_plan(tmp_path / "plan")


@pytest.fixture
def server() -> Iterator[Breaking]:
    with breaking(dict.fromkeys(NUMBERS)) as running:
        yield running


def start(
    *arguments: object, command: tuple[str, ...] = COMMAND, environment: Mapping[str, str] = ENVIRONMENT
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*command, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
        text=True, cwd=CHECKOUT, env=environment,
    )  # fmt: skip


def end(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    stdout, stderr = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def run(
    *arguments: object, command: tuple[str, ...] = COMMAND, environment: Mapping[str, str] = ENVIRONMENT
) -> subprocess.CompletedProcess[str]:
    return end(start(*arguments, command=command, environment=environment))


def outcomes(folder: Path) -> list[Outcome]:
    record = read_ledger(folder)
    return [record.standing(batch).outcome for batch in range(1, BATCHES + 1)]


# --- what it says ----------------------------------------------------------------------------------------------------


def test_a_dry_run_and_then_a_run(folder: Path, server: Breaking) -> None:
    target = f"{server.url}/Links?v=3&method=attachVoxnumberToLink"
    done = run("send", folder, "--url", server.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"Plan of 5 links, to {target}",
        "Dry run: nothing is sent without --yes",
        "",
        "batches  links",
        "      3      5  would be sent",
    ]
    assert server.calls == []
    done = run("send", folder, "--url", server.url, "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"Plan of 5 links, to {target}",
        "",
        "batches  links",
        "      3      5  attached",
        "",
        f"Every call is in {folder / LEDGER}",
    ]
    assert server.attached == PLAN
    done = run("send", folder, "--url", server.url)
    assert "      3      5  attached already, left alone" in done.stdout.splitlines()


def test_what_is_refused_is_listed_with_its_link(folder: Path, server: Breaking) -> None:
    server.numbers[NUMBERS[3]] = "somebody else"
    done = run("send", folder, "--url", server.url, "--yes")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[2:] == [
        "batches  links",
        "      2      3  attached",
        "      1      2  refused",
        "",
        "batch  refused with                    link_id",
        "    2  VoxNumber 2 of 2 not available  shop 4",
        "",
        f"To be sure of every link, list the account's numbers and run: allocator reconcile {folder} LISTING",
        f"Every call is in {folder / LEDGER}",
    ]
    again = run("send", folder, "--url", server.url)
    assert "refused before, left alone without --retry-refused" in again.stdout
    again = run("send", folder, "--url", server.url, "--retry-refused")
    assert "refused before: would be sent again" in again.stdout


def test_a_run_that_stops_says_how_to_go_on(folder: Path, server: Breaking) -> None:
    server.script = lambda call, point: raising(Cut())() if call > 1 and point == "read" else None
    done = run("send", folder, "--url", server.url, "--yes", "--retries", 0)
    assert done.returncode == 1
    assert done.stderr == (
        "allocator: batch 2 is in doubt, after 1 call: the connection broke (Server disconnected without sending a "
        "response.). Run the same command again to go on.\n"
    )
    assert "      1      2  in doubt: a call was cut off" in done.stdout.splitlines()
    assert "      1      1  not sent" in done.stdout.splitlines()


def test_what_can_not_be_used(folder: Path, server: Breaking, tmp_path: Path) -> None:
    server.script = lambda _, point: raising(Answer(401))() if point == "read" else None
    cases = [
        (("send", folder, "--url", server.url, "--yes"), "batch 1 was answered 401"),
        (("send", folder, "--url", "http://api.iovox.com:444"), "in the clear"),
        (("send", folder, "--url", "https://api.iovox.com:444", "--yes"), f"{USERNAME} and {KEY} are not set"),
        (("send", folder, "--url", "nonsense"), "it is no URL"),
        (("send", tmp_path, "--url", server.url), "there is no plan in this folder"),
        (("send", folder, "--url", server.url, "--retries", "-1"), "retries is negative"),
        (("reconcile", folder, tmp_path / "nothing.csv"), "nothing.csv"),
        (("reconcile", tmp_path, tmp_path / "nothing.csv"), "there is no plan in this folder"),
    ]
    for arguments, words in cases:
        done = run(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith("allocator: ")


def test_a_plan_that_was_sent_is_not_replaced(folder: Path, server: Breaking, tmp_path: Path) -> None:
    run("send", folder, "--url", server.url, "--yes")
    (tmp_path / "links.csv").write_text("link_id,postcode\n1,SW1A 0AA\n", encoding="utf-8")
    (tmp_path / "stock.csv").write_text("full_voxnumber\n442079460000\n", encoding="utf-8")
    done = run(
        "plan", "--links", tmp_path / "links.csv", "--stock", tmp_path / "stock.csv", "--output", folder, "--force"
    )
    assert done.returncode == 2
    assert "has a ledger of what was sent" in done.stderr
    assert set(outcomes(folder)) == {Outcome.ATTACHED}


def test_a_bar_on_a_terminal(folder: Path, server: Breaking) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    command = [*COMMAND, "send", str(folder), "--url", server.url, "--yes"]
    environment = ENVIRONMENT | {"TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, cwd=CHECKOUT, env=environment) as process:
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
        assert process.wait(60) == 0
    os.close(ours)
    assert b"3/3" in shown
    assert server.attached == PLAN


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # how a terminal ends on Linux
        return b""


def test_the_key_is_in_the_headers_and_nowhere_else(folder: Path, server: Breaking) -> None:
    """Everything that is printed and written, when it goes well and in every way that it does not."""

    def parrot(call: int, point: Point) -> None:
        if point == "read":
            status = {1: 500, 2: 400, 3: 401, 4: 302, 5: 200}.get(call)
            if status:
                raise Answer(status, f"<e><error>{NAME}: {SECRET}</error></e>".encode(), {"Location": f"/{SECRET}"})
            if call == 6:
                raise Cut

    server.script = parrot
    told = ""
    codes = []
    for _ in range(6):
        done = run("send", folder, "--url", server.url, "--yes", "--retries", 0, "--retry-refused",
                   environment=ENVIRONMENT | {USERNAME: NAME, KEY: SECRET, "HTTPX_LOG_LEVEL": "debug"})  # fmt: skip
        told += done.stdout + done.stderr
        codes.append(done.returncode)
    assert codes == [1, 2, 2, 2, 1, 0]
    broken = ENVIRONMENT | {USERNAME: NAME, KEY: f"{SECRET}\n"}
    bad = run("send", folder, "--url", f"https://{SECRET}@h", environment=broken)
    worse = run("send", folder, "--url", "https://localhost.example", "--yes", environment=broken)
    assert (bad.returncode, worse.returncode) == (2, 2)
    told += bad.stdout + bad.stderr + worse.stdout + worse.stderr
    told += "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file())
    assert "***" in told
    assert "hush" not in told
    assert "s3cr3t" not in told
    assert {(call.headers["username"], call.headers["securekey"]) for call in server.calls} == {(NAME, SECRET)}


# --- cut off ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_says_what_is_known(folder: Path, server: Breaking, number: signal.Signals, code: int) -> None:
    reached, released = threading.Event(), threading.Event()

    def hold() -> None:
        reached.set()
        released.wait(30)

    server.script = at(2, "acted", hold)
    process = start("send", folder, "--url", server.url, "--yes")
    assert reached.wait(30)
    process.send_signal(number)
    done = end(process)
    released.set()
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr == (
        "allocator: interrupted, 1 of 3 requests attached (in doubt: batch 2). Run the same command again to go on.\n"
    )
    assert run("send", folder, "--url", server.url, "--yes").returncode == 0
    assert server.attached == PLAN
    assert outcomes(folder) == [Outcome.ATTACHED, Outcome.ATTACHED_UNSEEN, Outcome.ATTACHED]


def test_two_runs_at_once(folder: Path, server: Breaking) -> None:
    reached, released = threading.Event(), threading.Event()

    def hold() -> None:
        reached.set()
        released.wait(30)

    server.script = at(1, "read", hold)
    first = start("send", folder, "--url", server.url, "--yes")
    assert reached.wait(30)
    second = run("send", folder, "--url", server.url, "--yes")
    assert second.returncode == 2
    assert "another run is sending this plan" in second.stderr
    released.set()
    assert end(first).returncode == 0
    assert server.attached == PLAN


def settled(folder: Path, server: Breaking, allowed: set[Outcome]) -> None:
    """Go on to the end: the plan's state, nothing twice, and each batch settled in the ledger."""
    server.script = nothing
    done = run("send", folder, "--url", server.url, "--yes")
    assert done.returncode == 0, done.stderr
    assert server.attached == PLAN
    assert {link: number for number, link in server.numbers.items()} == PLAN
    assert set(outcomes(folder)) <= allowed
    lines = [json.loads(line) for line in (folder / LEDGER).read_text(encoding="utf-8").splitlines()]
    assert [line["event"] for line in lines].count("opened") == 1


@pytest.mark.parametrize(
    ("point", "carried_out"), [("arrived", False), ("read", False), ("read", True), ("acted", True), ("answered", True)]
)
def test_killed_during_any_request(folder: Path, server: Breaking, point: Point, carried_out: bool) -> None:
    """In each batch in turn, at points of the call that only the server knows, and which it may carry out or not."""
    for batch in range(1, BATCHES + 1):
        killed = threading.Event()
        process = start("send", folder, "--url", server.url, "--yes")
        server.script = _killing(process, server, point, batch, carried_out, killed)
        assert end(process).returncode == -signal.SIGKILL
        assert killed.wait(30)
        if carried_out:
            _wait_until_attached(server, LINKS[2 * batch - 2])
    allowed = {Outcome.ATTACHED_UNSEEN} if carried_out else {Outcome.ATTACHED}
    if point == "answered":  # the client may have noted that before it died
        allowed.add(Outcome.ATTACHED)
    settled(folder, server, allowed)


def _killing(
    process: subprocess.Popen[str],
    server: Breaking,
    point: Point,
    batch: int,
    carried_out: bool,
    killed: threading.Event,
) -> Callable[[int, Point], None]:
    def script(call: int, where: Point) -> None:
        links = server.calls[call - 1].links
        # A call that has just arrived has no links yet; it is that of the first batch that is left.
        current = LINKS.index(links[0][0]) // 2 + 1 if links else len(server.attached) // 2 + 1
        if where == point and current == batch and not killed.is_set():
            process.kill()
            process.wait()
            killed.set()
            if not carried_out:
                raise Cut

    return script


def _wait_until_attached(server: Breaking, link_id: str) -> None:
    deadline = time.monotonic() + 30
    while link_id not in server.attached:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("when", "event", "outcome"),
    [
        ("before", "sending", Outcome.ATTACHED),
        ("half", "sending", Outcome.ATTACHED),
        ("after", "sending", Outcome.ATTACHED),
        ("before", "answered", Outcome.ATTACHED_UNSEEN),
        ("half", "answered", Outcome.ATTACHED_UNSEEN),
        ("after", "answered", Outcome.ATTACHED),
    ],
)
def test_killed_before_and_after_any_request(
    folder: Path, server: Breaking, when: str, event: str, outcome: Outcome
) -> None:
    """In each batch in turn, where the ledger is written."""
    for batch in range(1, BATCHES + 1):
        tripped = run(when, event, batch, "send", folder, "--url", server.url, "--yes", command=TRIPWIRE)
        assert tripped.returncode == -signal.SIGKILL, tripped.stderr
    settled(folder, server, {outcome})


@pytest.mark.parametrize("when", ["before", "half", "after"])
def test_killed_before_anything_is_sent(folder: Path, server: Breaking, when: str) -> None:
    tripped = run(when, "opened", 0, "send", folder, "--url", server.url, "--yes", command=TRIPWIRE)
    assert tripped.returncode == -signal.SIGKILL, tripped.stderr
    assert server.calls == []
    settled(folder, server, {Outcome.ATTACHED})


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_any_moment_against_the_stand_in(tmp_path: Path, seed: int) -> None:
    """The client and the server in turn, until all is sent; then the listing of the account is the plan."""
    chance = random.Random(seed)  # noqa: S311 - no secrets
    plan = allocator.plan(EXAMPLES / "links.csv", EXAMPLES / "stock.csv", fallback_km=20)
    plan.write(tmp_path / "plan", batch_size=5)
    planned = dict(plan.assignments.select("link_id", "full_voxnumber").iter_rows())
    database, port = tmp_path / "account.sqlite", _free_port()
    files = ("--stock", EXAMPLES / "stock.csv", "--links", EXAMPLES / "links.csv", "--port", port)
    url = f"http://127.0.0.1:{port}"
    with served(database, *files) as server:
        before = server.attached()
    codes = []
    for victim in ["client", "server"] * 2:
        with served(database, *files) as server:
            process = start("send", tmp_path / "plan", "--url", url, "--yes", "--retries", 0)
            known = server.attached()
            while process.poll() is None and server.attached() == known:
                time.sleep(0.01)
            time.sleep(chance.random() / 20)
            (process if victim == "client" else server).kill()
            codes.append(end(process).returncode)
    assert set(codes) <= {-signal.SIGKILL, 1, 0}
    assert codes[:2] == [-signal.SIGKILL, 1]  # or nothing was cut off
    with served(database, *files) as server:
        done = run("send", tmp_path / "plan", "--url", url, "--yes")
        assert done.returncode == 0, done.stderr
        assert server.attached() == before | planned
        (tmp_path / "voxnumbers.csv").write_bytes(server.get("/voxnumbers.csv"))
    compared = run("reconcile", tmp_path / "plan", tmp_path / "voxnumbers.csv")
    assert (compared.returncode, compared.stderr) == (0, "")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
