"""The stand-in as an ASGI application: what it answers besides the account, and what it logs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from allocator.account.standin.app import Limits, StandIn
from allocator.account.standin.store import Store, open_store
from tests.support.account_cases import LINK_IDS, SOUND, STOCK, by_area, errors_body, request

ATTACH = "/Links?v=3&method=attachVoxnumberToLink"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    stock = pl.DataFrame({"full_voxnumber": list(STOCK), "link_id": list(STOCK.values())})
    store = open_store(tmp_path / "account.sqlite", stock, pl.DataFrame({"link_id": LINK_IDS}))
    yield store
    store.close()


def call(application: StandIn, *calls: tuple[str, str, Any]) -> list[httpx.Response]:
    """The answers to calls (HTTP method, path, body), one after the other."""

    async def answers() -> list[httpx.Response]:
        transport = httpx.ASGITransport(application)
        async with application._lifespan(None), httpx.AsyncClient(transport=transport, base_url="http://a") as client:
            return [await client.request(method, path, content=body) for method, path, body in calls]

    return asyncio.run(answers())


def test_it_answers_as_the_account_does(store: Store) -> None:
    first, again, links = call(
        StandIn(store), ("PUT", ATTACH, request(SOUND)), ("PUT", ATTACH, request(SOUND)), ("GET", "/links.csv", None)
    )
    assert (first.status_code, first.content) == (204, b"")
    assert (again.status_code, again.content) == (400, errors_body("Link ID 1 of 1 already has a Voxnumber"))
    assert again.headers["content-type"] == "application/xml"
    assert "2,442079460001" in links.text.splitlines()


def test_it_answers_with_all_errors_where_that_is_wanted(store: Store) -> None:
    (answer,) = call(StandIn(store, errors="all"), ("PUT", ATTACH, request(by_area("10"), by_area(""))))
    assert answer.content == errors_body("Link ID 1 of 2 does not exist", "Link ID 2 of 2 empty")


def test_what_it_shows(store: Store) -> None:
    health, numbers, posted, unknown = call(
        StandIn(store), ("GET", "/healthz", None), ("GET", "/voxnumbers.csv", None), ("POST", "/healthz", b""),
        ("GET", "/nowhere", None),
    )  # fmt: skip
    assert health.json() == {"status": "ok", "links": 9, "numbers": 5, "attached": 1}
    assert numbers.text.splitlines()[0] == "full_voxnumber,area_code,link_id"
    assert (posted.status_code, posted.headers["allow"]) == (405, "GET, HEAD")
    assert (unknown.status_code, unknown.content) == (404, errors_body("Path /nowhere does not exist", status=404))


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_long_is_refused(store: Store, announced: bool) -> None:
    async def chunks() -> Any:
        yield b"x" * 60
        yield b"x" * 60

    body = b"x" * 120 if announced else chunks()
    (answer,) = call(StandIn(store, Limits(body_bytes=100)), ("PUT", ATTACH, body))
    assert (answer.status_code, answer.content) == (413, errors_body("Request body exceeds 100 bytes", status=413))


def test_an_error_of_the_file_is_a_500_and_its_cause_is_logged(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    store._connection.execute("PRAGMA query_only = ON")
    (answer,) = call(StandIn(store), ("PUT", ATTACH, request(SOUND)))
    assert (answer.status_code, answer.content) == (500, errors_body("Internal Server Error", status=500))
    (fields,) = [vars(record)["fields"] for record in caplog.records if record.name == "allocator.account.standin"]
    assert fields["cause"] == "OperationalError: attempt to write a readonly database"
    assert "frames" not in fields


def test_each_request_has_a_line_in_the_log(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    call(StandIn(store), ("PUT", ATTACH, request(SOUND)), ("PUT", f"{ATTACH}&key=hush", b""))
    lines = [vars(record)["fields"] for record in caplog.records if record.name == "allocator.account.standin"]
    assert [(line["path"], line["status"], line["links"], line["error"]) for line in lines] == [
        ("/Links", 204, 1, None),
        ("/Links", 400, 0, "XML Empty"),
    ]
    assert "hush" not in str(lines)
