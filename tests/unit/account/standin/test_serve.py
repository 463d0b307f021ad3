"""The stand-in's socket, and its log of JSON lines."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from allocator.account.standin.serve import JsonLines, address_of, listen, log_rejected, log_to_stderr
from allocator.account.standin.store import open_store
from allocator.errors import OptionError

LOGGERS = ("allocator.account.standin", "uvicorn", "asyncio")


@pytest.fixture
def loggers() -> Iterator[None]:
    """Put the loggers back as they were."""
    before = [
        (logger, logger.handlers[:], logger.level, logger.propagate) for logger in map(logging.getLogger, LOGGERS)
    ]
    yield
    for logger, handlers, level, propagate in before:
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


def test_an_address_is_a_url() -> None:
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        assert address_of(listening) == f"http://127.0.0.1:{port}"
        with socket.create_connection(("127.0.0.1", port)):
            pass


def test_a_port_in_use_is_a_sentence() -> None:
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(
            OptionError, match=rf"can't listen on 127\.0\.0\.1:{port}: it is in use\. Give another --port"
        ):
            listen("127.0.0.1", port)


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("no such host.invalid", 0), ("a" * 70 + ".example", 0)])
def test_an_address_that_can_not_be_used_is_a_sentence(host: str, port: int) -> None:
    with pytest.raises(OptionError, match=r"can't listen on .*: .*\. (Give another|Correct) --"):
        listen(host, port)


def test_a_record_is_a_line_of_json() -> None:
    record = logging.LogRecord("a", logging.WARNING, "", 0, "row %s", ("rejected",), None)
    record.created, record.fields = 1.5, {"row": 2, "file": "é\n"}
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line) == {
        "time": "1970-01-01T00:00:01.500+00:00", "level": "warning", "event": "row rejected", "row": 2, "file": "é\n"
    }  # fmt: skip


def test_an_exception_has_its_traceback_on_the_line() -> None:
    try:
        raise ValueError("why")
    except ValueError as error:
        record = logging.LogRecord("a", logging.ERROR, "", 0, "x", None, (type(error), error, error.__traceback__))
    line = JsonLines().format(record)
    assert json.loads(line)["traceback"].endswith("ValueError: why")


@pytest.mark.usefixtures("loggers")
def test_rejected_rows_are_logged_to_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr()
    store = open_store(tmp_path / "account.sqlite", pl.DataFrame({"full_voxnumber": ["442079460000", "none"]}))
    log_rejected(store)
    store.close()
    line = json.loads(capsys.readouterr().err)
    assert (line["level"], line["event"], line["table"], line["row"]) == ("warning", "row rejected", "stock", 2)
