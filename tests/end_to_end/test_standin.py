"""The stand-in as its users meet it: the real command, a real socket, curl and httpx."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import polars as pl
import pytest

import allocator
from allocator.errors import install_hint
from allocator.protocol.catalogue import ROWS
from tests.support.account_cases import CASES, EXAMPLES_OF_THE_PAGE, LINK_IDS, STOCK, WIRE_ONLY, expected_body
from tests.support.serving import ATTACH, COMMAND, Served, request, served

EXAMPLES = Path(__file__).parents[2] / "data" / "examples"
LONDON = [f"44207946{n:04d}" for n in range(8)]

EXAMPLE_1, EXAMPLE_2, EXAMPLE_3, _ = EXAMPLES_OF_THE_PAGE
EXAMPLE_OF_TWO = EXAMPLE_1.replace(
    b" </request>",
    b"""     <link>
         <link_id>444</link_id>
         <method>BY AREA</method>
         <voxnumber_idd>44</voxnumber_idd>
         <area_code>845</area_code>
     </link>
 </request>""",
)


def write_account(folder: Path, numbers: dict[str, str | None], link_ids: list[str]) -> tuple[object, ...]:
    """The files of an account, as options of the command."""
    stock, links = folder / "stock.csv", folder / "links.csv"
    pl.DataFrame({"full_voxnumber": list(numbers), "link_id": list(numbers.values())}).write_csv(stock)
    pl.DataFrame({"link_id": link_ids}).write_csv(links)
    return ("--stock", stock, "--links", links)


@pytest.fixture
def options(tmp_path: Path) -> tuple[object, ...]:
    """An account of eight numbers in London and three others, with the page's links and some more."""
    others = ["4423012565866", "448450000000", "441614960000"]
    link_ids = ["333", "444", "555", *(f"shop {n}" for n in range(64))]
    return write_account(tmp_path, dict.fromkeys(LONDON + others), link_ids)


@pytest.fixture
def server(tmp_path: Path, options: tuple[object, ...]) -> Iterator[Served]:
    with served(tmp_path / "account.sqlite", *options) as running:
        yield running


def by_curl(server: Served, body: bytes) -> tuple[int, bytes]:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    command = ["curl", "--silent", "--show-error", "--max-time", "30", "--request", "PUT", "--data-binary", "@-"]
    command += ["--header", "Content-Type: text/xml", "--write-out", "\n%{http_code}", f"{server.url}{ATTACH}"]
    answered, _, status = subprocess.run(command, input=body, capture_output=True, check=True).stdout.rpartition(b"\n")
    return int(status), answered


def by_httpx(server: Served, body: bytes) -> tuple[int, bytes]:
    parameters = {"v": "3", "method": "attachVoxnumberToLink"}
    headers = {"username": "somebody", "secureKey": "hush-hush"}
    answer = httpx.put(f"{server.url}/Links", params=parameters, headers=headers, content=body, timeout=30)
    return answer.status_code, answer.content


def error(text: str, status: int = 400) -> list[tuple[str, str]]:
    return [(str(status), text)]


def errors_in(body: bytes) -> list[tuple[str, str]]:
    root = ET.fromstring(body)  # noqa: S314 - our own
    assert root.tag == "errors"
    return [(str(node.get("status")), str(node.text)) for node in root]


# --- answers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("send", [by_curl, by_httpx])
def test_the_examples_of_the_page(server: Served, send: Callable[[Served, bytes], tuple[int, bytes]]) -> None:
    for example in (EXAMPLE_1, EXAMPLE_2, EXAMPLE_3):
        assert send(server, example) == (204, b"")
    assert server.attached() == {"333": LONDON[0], "444": "4423012565866", "555": LONDON[1]}
    status, body = send(server, EXAMPLE_OF_TWO)
    assert (status, errors_in(body)) == (400, error("Link ID 1 of 2 already has a Voxnumber"))


def test_several_links_in_one_request(server: Served) -> None:
    assert by_httpx(server, EXAMPLE_OF_TWO) == (204, b"")
    assert server.attached() == {"333": LONDON[0], "444": "448450000000"}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The account of the error table's requests; none of them changes it."""
    folder = tmp_path_factory.mktemp("strict")
    files = write_account(folder, dict(STOCK), list(LINK_IDS))
    with served(folder / "account.sqlite", *files) as running:
        yield running


@pytest.mark.parametrize("name", CASES)
def test_every_row_of_the_error_table_on_the_wire(strict: Served, name: str) -> None:
    case, before = CASES[name], strict.get("/voxnumbers.csv")
    with strict.client() as client:
        answered = client.call(case.method, f"/Links?{case.query}", case.body)
    assert answered == (ROWS[name].status, expected_body(name, case))
    assert strict.get("/voxnumbers.csv") == before


def test_the_rows_that_only_the_wire_has_are_tested_here() -> None:
    assert set(ROWS) - set(CASES) == {"PATH_UNKNOWN", "BODY_TOO_LARGE", "BODY_TOO_SLOW", "INTERNAL_SERVER_ERROR"}
    assert set(ROWS) - set(CASES) == WIRE_ONLY


@pytest.mark.parametrize("path", ["/", "/links", "/Links/", "/Links/1?v=3", "/links.csv/", "/%3Cscript%3E"])
def test_another_path(strict: Served, path: str) -> None:
    answer = httpx.put(strict.url + path, content=EXAMPLE_1)
    named = path.partition("?")[0].replace("%3C", "<").replace("%3E", ">")
    assert answer.status_code == 404
    assert errors_in(answer.content) == error(f"Path {named} does not exist", 404)
    assert answer.headers["content-type"] == "application/xml"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH", "OPTIONS", "BREW"])
def test_another_method(strict: Served, method: str) -> None:
    answer = httpx.request(method, strict.url + ATTACH)
    assert answer.status_code == 400
    assert errors_in(answer.content) == error(f"Request Method must be PUT. {method} attempted")


def test_what_is_only_shown_cannot_be_put(strict: Served) -> None:
    answer = httpx.put(f"{strict.url}/links.csv", content=b"link_id\n1\n")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert errors_in(answer.content) == error("Request Method must be GET. PUT attempted", 405)
    assert httpx.head(f"{strict.url}/links.csv").status_code == 200


def test_several_errors_in_one_answer(tmp_path: Path, options: tuple[object, ...]) -> None:
    body = request([("nobody's", "44"), ("333", "one")])
    with served(tmp_path / "account.sqlite", *options, "--errors", "all") as server:
        status, answered = by_httpx(server, body)
    texts = ("Link ID 1 of 2 does not exist", "VoxNumber 1 of 2 not available", "Voxnumber 2 of 2 is not an Integer")
    assert (status, errors_in(answered)) == (400, [("400", text) for text in texts])


def test_what_the_stand_in_shows(server: Served) -> None:
    assert by_httpx(server, EXAMPLE_2)[0] == 204
    links, numbers = server.get("/links.csv").decode().splitlines(), server.get("/voxnumbers.csv").decode().splitlines()
    assert links[0] == "link_id,full_voxnumber"
    assert links[1:4] == ["333,", "444,4423012565866", "555,"]
    assert numbers[0] == "full_voxnumber,area_code,link_id"
    assert numbers[1:3] == ["441614960000,161,", f"{LONDON[0]},20,"]
    assert [line.rpartition(",")[2] for line in numbers if line.startswith("4423012565866,")] == ["444"]
    assert json.loads(server.get("/healthz")) == {"status": "ok", "links": 67, "numbers": 11, "attached": 1}


def test_an_answer_with_a_body_is_sent_at_once(strict: Served) -> None:
    took = []
    with strict.client() as client:
        for _ in range(21):
            began = time.perf_counter()
            assert client.call("PUT", "/nowhere")[0] == 404
            took.append(time.perf_counter() - began)
    assert statistics.median(took) < 0.03  # and not the 40 ms of a delayed acknowledgement


# --- many at once ----------------------------------------------------------------------------------------------------


def at_once(server: Served, bodies: list[bytes]) -> list[tuple[int, bytes]]:
    """Each body from a client of its own, eight at a time."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda body: by_httpx(server, body), bodies))


def test_eight_clients_race_for_one_number(server: Served) -> None:
    found = at_once(server, [request([(f"shop {n}", LONDON[0])]) for n in range(8)])
    assert sorted(status for status, _ in found) == [204, *[400] * 7]
    refused = [errors_in(body) for status, body in found if status == 400]
    assert refused == [error("VoxNumber 1 of 1 not available")] * 7
    (winner,) = (f"shop {n}" for n, (status, _) in enumerate(found) if status == 204)
    assert server.attached() == {winner: LONDON[0]}


def test_eight_clients_race_for_the_numbers_of_an_area_code(server: Served) -> None:
    bodies = [EXAMPLE_1.replace(b"333", f"shop {n}".encode()) for n in range(20)]
    found = at_once(server, bodies)
    assert [status for status, _ in found].count(204) == len(LONDON)
    short = error("Insufficient VoxNumbers available in Area Code 20 and Voxnumber IDD 44")
    assert all(errors_in(body) == short for status, body in found if status != 204)
    assert sorted(server.attached().values()) == LONDON


@pytest.mark.parametrize("seed", range(2))
def test_eight_clients_race_for_many_numbers(server: Served, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - no secrets
    wishes = [
        [(f"shop {n}", number) for n, number in zip(rng.sample(range(64), 3), rng.sample(LONDON, 3), strict=True)]
        for _ in range(64)
    ]
    found = at_once(server, [request(wish) for wish in wishes])
    granted = [pair for wish, (status, _) in zip(wishes, found, strict=True) if status == 204 for pair in wish]
    assert {status for status, _ in found} == {204, 400}
    assert server.attached() == dict(granted)
    assert len(dict(granted)) == len(granted) == len({number for _, number in granted})


def test_two_servers_on_one_file(tmp_path: Path, options: tuple[object, ...], server: Served) -> None:
    log_file = tmp_path / "other.log"
    with served(tmp_path / "account.sqlite", *options, log_file=log_file) as other, ThreadPoolExecutor(2) as pool:
        for n, number in enumerate(LONDON):
            body = request([(f"shop {n}", number)])
            found = list(pool.map(lambda one, body=body: by_httpx(one, body)[0], (server, other)))
            assert sorted(found) == [204, 400]
        assert server.attached() == other.attached() == {f"shop {n}": number for n, number in enumerate(LONDON)}


@pytest.mark.parametrize("seed", range(4))
def test_a_plan_sent_in_any_order_gives_the_state_of_the_plan(tmp_path: Path, seed: int) -> None:
    plan = allocator.plan(EXAMPLES / "links.csv", EXAMPLES / "stock.csv", fallback_km=20)
    batches = list(plan.requests(batch_size=7))
    random.Random(seed).shuffle(batches)  # noqa: S311 - no secrets
    files = ("--stock", EXAMPLES / "stock.csv", "--links", EXAMPLES / "links.csv")
    with served(tmp_path / "account.sqlite", *files) as server:
        before = server.attached()
        with server.client() as client:
            assert [client.attach(batch)[0] for batch in batches] == [204] * len(batches)
        planned = dict(plan.assignments.select("link_id", "full_voxnumber").iter_rows())
        assert len(batches) > 20
        assert server.attached() == before | planned
        with server.client() as client:  # once more: nothing is attached twice, and nothing changes
            assert {client.attach(batch)[0] for batch in batches} == {400}
        assert server.attached() == before | planned


# --- bodies that are no good -----------------------------------------------------------------------------------------


def test_a_body_that_is_too_long(tmp_path: Path, options: tuple[object, ...]) -> None:
    with served(tmp_path / "account.sqlite", *options, "--max-body-mb", "0.01") as server:
        most = int(0.01 * 2**20)
        too_large = (413, error(f"Request body exceeds {most} bytes", 413))
        padded = EXAMPLE_1 + b" " * (most - len(EXAMPLE_1))
        for send in (by_httpx, by_curl):
            for size in (most + 1, 5_000_000):
                status, answered = send(server, padded.ljust(size))
                assert (status, errors_in(answered)) == too_large
        # Without a length, it is found on the way.
        answer = httpx.put(server.url + ATTACH, content=(b" " * 999 for _ in range(100)))
        assert (answer.status_code, errors_in(answer.content)) == too_large
        assert server.attached() == {}
        assert by_httpx(server, padded)[0] == 204


def test_a_body_that_is_too_slow(tmp_path: Path, options: tuple[object, ...]) -> None:
    with served(tmp_path / "account.sqlite", *options, "--body-timeout", "0.4") as server:
        host, port = server.url.removeprefix("http://").split(":")
        head = f"PUT {ATTACH} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(EXAMPLE_1)}\r\n\r\n".encode()
        with socket.create_connection((host, int(port)), timeout=10) as slow, slow.makefile("rb") as answer:
            slow.sendall(head + EXAMPLE_1[:50])
            began = time.monotonic()
            assert by_httpx(server, EXAMPLE_2)[0] == 204  # others are served meanwhile
            answered = answer.read()  # to the end: the connection is closed
            assert 0.2 < time.monotonic() - began < 5
        assert answered.startswith(b"HTTP/1.1 408 ")
        text = "Request body not received within 0.4 seconds"
        assert errors_in(answered.rpartition(b"\r\n\r\n")[2]) == error(text, 408)
        with socket.create_connection((host, int(port)), timeout=10) as leaving:
            leaving.sendall(head + EXAMPLE_1[:50])
        assert by_httpx(server, EXAMPLE_3)[0] == 204
        assert server.attached() == {"444": "4423012565866", "555": LONDON[0]}
        errors = [line["error"] for line in server.log() if line["path"] == "/Links" and line["status"] != 204]
        assert errors == [text, "The client left before its request was complete"]


# --- what befalls a server -------------------------------------------------------------------------------------------


def test_a_locked_database_is_an_internal_error_and_nothing_is_changed(tmp_path: Path, server: Served) -> None:
    with closing(sqlite3.connect(tmp_path / "account.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        status, answered = by_httpx(server, EXAMPLE_1)
        assert (status, errors_in(answered)) == (500, error("Internal Server Error", 500))
        assert by_httpx(server, EXAMPLE_1.replace(b"333", b"334"))[0] == 400  # what changes nothing is answered
        assert server.attached() == {}
        other.execute("ROLLBACK")
    (line,) = (line for line in server.log() if line["status"] == 500)
    assert (line["level"], line["cause"]) == ("error", "OperationalError: database is locked")
    assert by_httpx(server, EXAMPLE_1) == (204, b"")
    assert server.attached() == {"333": LONDON[0]}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits the files of another process")
def test_a_disk_without_room_is_an_internal_error_and_nothing_is_changed(tmp_path: Path, server: Served) -> None:
    import resource

    assert by_httpx(server, EXAMPLE_1)[0] == 204
    log = Path(f"{tmp_path / 'account.sqlite'}-wal").stat().st_size
    limits = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (log, resource.RLIM_INFINITY))
    status, answered = by_httpx(server, EXAMPLE_2)
    assert (status, errors_in(answered)) == (500, error("Internal Server Error", 500))
    assert server.attached() == {"333": LONDON[0]}
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limits)
    assert by_httpx(server, EXAMPLE_2) == (204, b"")
    assert server.attached() == {"333": LONDON[0], "444": "4423012565866"}


def test_a_killed_server_goes_on_where_it_was(tmp_path: Path, options: tuple[object, ...]) -> None:
    with served(tmp_path / "account.sqlite", *options) as server:
        assert by_httpx(server, EXAMPLE_1)[0] == 204
        server.kill()
    with served(tmp_path / "account.sqlite", *options) as server:
        assert server.attached() == {"333": LONDON[0]}
        assert by_httpx(server, EXAMPLE_1)[0] == 400
        assert by_httpx(server, EXAMPLE_2)[0] == 204
        assert server.stop() == 0
    with served(tmp_path / "account.sqlite") as server:
        assert server.attached() == {"333": LONDON[0], "444": "4423012565866"}


@pytest.fixture
def hangups() -> Iterator[None]:
    """Hang-ups have their effect on what is started, also where the tests themselves are to outlive one (`nohup`)."""
    earlier = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, earlier)


@pytest.mark.usefixtures("hangups")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_order(tmp_path: Path, server: Served, number: int) -> None:
    with server.client() as idle:
        assert idle.attach(EXAMPLE_1)[0] == 204
        assert server.stop(number) == 0
    assert server.process.stdout is not None
    assert server.process.stdout.read() == b""
    assert [line["event"] for line in server.log()] == ["request"]
    # The write-ahead log is played into the file: it can be copied alone.
    assert sorted(entry.name for entry in tmp_path.iterdir() if "sqlite" in entry.name) == ["account.sqlite"]


def test_a_request_that_is_under_way_is_answered_before_the_end(server: Served) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    head = f"PUT {ATTACH} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(EXAMPLE_1)}\r\n\r\n".encode()
    with socket.create_connection((host, int(port)), timeout=10) as late, late.makefile("rb") as answer:
        late.sendall(head + EXAMPLE_1[:50])
        server.get("/healthz")
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert server.process.poll() is None
        late.sendall(EXAMPLE_1[50:])
        assert answer.read().startswith(b"HTTP/1.1 204 ")
    assert server.process.wait(10) == 0


def test_the_log_has_a_line_for_each_request_and_no_secrets(server: Served) -> None:
    by_httpx(server, EXAMPLE_1)
    by_httpx(server, EXAMPLE_1)
    httpx.get(f"{server.url}/healthz?token=hush-hush")
    attached_, refused, health = server.log()
    assert set(attached_) == {"time", "level", "event", "method", "path", "status", "links", "ms", "error"}
    del attached_["time"], refused["time"], health["time"]
    assert attached_.pop("ms") > 0
    assert (refused.pop("ms") > 0, health.pop("ms") > 0) == (True, True)
    common = {"level": "info", "event": "request"}
    assert attached_ == common | {"method": "PUT", "path": "/Links", "status": 204, "links": 1, "error": None}
    answered = "Link ID 1 of 1 already has a Voxnumber"
    assert refused == common | {"method": "PUT", "path": "/Links", "status": 400, "links": 0, "error": answered}
    assert health == common | {"method": "GET", "path": "/healthz", "status": 200, "links": 0, "error": None}
    assert "hush" not in server.log_file.read_text(encoding="utf-8")


# --- the command -----------------------------------------------------------------------------------------------------


def command(*options: object, database: Path) -> subprocess.CompletedProcess[str]:
    full = [*COMMAND, "--database", str(database), *map(str, options)]
    return subprocess.run(full, capture_output=True, text=True, check=False, timeout=60)


def test_the_first_line_says_where_it_listens(server: Served) -> None:
    assert server.url.startswith("http://127.0.0.1:")
    assert not server.url.endswith(":8444")


def test_a_port_in_use_is_a_sentence(tmp_path: Path, options: tuple[object, ...], server: Served) -> None:
    port = server.url.rpartition(":")[2]
    done = command(*options, "--port", port, database=tmp_path / "other.sqlite")
    assert done.returncode == 2
    assert done.stderr == (
        f"allocator: can't listen on 127.0.0.1:{port}: it is in use. Give another --port, or 0 for any that is free.\n"
    )
    assert not (tmp_path / "other.sqlite").exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--host", "192.0.2.1"), "can't listen on 192.0.2.1:8444: this machine has no such address"),
        (("--host", "no.such.host.invalid"), "can't listen on no.such.host.invalid:8444: "),
        (("--max-body-mb", "0"), "0.0: max_body_mb is not more than 0. Give a number above 0."),
        (("--body-timeout", "nan"), "nan: body_timeout is not more than 0. Give a number above 0."),
        (("--port", "0"), "there is no such file. Give --stock and --links to make it."),
        (("--port", "0", "--links", "links.csv"), "links are given without stock. Give --stock too, or neither."),
    ],
)
def test_what_cannot_be_used_is_a_sentence(tmp_path: Path, wrong: tuple[str, ...], said: str) -> None:
    done = command(*wrong, database=tmp_path / "account.sqlite")
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_another_stock_is_a_sentence(tmp_path: Path, options: tuple[object, ...]) -> None:
    with served(tmp_path / "account.sqlite", *options) as server:
        server.stop()
    (tmp_path / "stock.csv").write_text("full_voxnumber\n442079460000\n", encoding="utf-8")
    done = command(*options, "--port", "0", database=tmp_path / "account.sqlite")
    assert done.returncode == 2
    assert "it was made from another stock than" in done.stderr
    assert "Use another --database, or leave --stock out to go on with this one." in done.stderr


def test_rows_that_cannot_be_read_are_logged(tmp_path: Path) -> None:
    (tmp_path / "stock.csv").write_text("full_voxnumber\n442079460000\n4.42E+11\n", encoding="utf-8")
    with served(tmp_path / "account.sqlite", "--stock", tmp_path / "stock.csv") as server:
        (line,) = server.log()
    assert (line["event"], line["level"], line["table"], line["row"]) == ("row rejected", "warning", "stock", 3)


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_without_the_extra_it_says_how_to_install_it(tmp_path: Path, missing: str) -> None:
    program = (
        f"import sys; sys.modules[{missing!r}] = None; sys.argv[1:] = ['serve', '--database', 'account.sqlite'];"
        "from allocator.cli import main; main()"
    )
    path = os.pathsep.join(map(str, (Path(allocator.__file__).parents[1], os.environ.get("PYTHONPATH", ""))))
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == f"allocator: serving needs {missing}, which is not installed. {install_hint('server')}\n"
