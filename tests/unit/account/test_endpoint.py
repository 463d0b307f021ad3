"""Where requests go, and the key that goes along."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator import send
from allocator.account.endpoint import KEY, USERNAME, endpoint
from allocator.errors import OptionError
from allocator.plans import LEDGER
from tests.support.breaking import Breaking
from tests.support.sent_plan import (
    ATTACH,
    NAME,
    SECRET,
    sent,
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://api.iovox.com:444", "https://api.iovox.com:444" + ATTACH),
        ("https://api.iovox.com:444/", "https://api.iovox.com:444" + ATTACH),
        ("https://api.iovox.com:444/Links", "https://api.iovox.com:444" + ATTACH),
        ("https://h/p?method=other", "https://h/p?method=other&v=3"),
        ("https://h/p?v=4&x=1&method=m", "https://h/p?v=4&x=1&method=m"),
        ("https://h?x=%20", "https://h/Links?x=%20&v=3&method=attachVoxnumberToLink"),
        ("https://h/p?v=", "https://h/p?v=&method=attachVoxnumberToLink"),
        ("https://h/p#part", "https://h/p?v=3&method=attachVoxnumberToLink"),
        ("http://localhost:8444", "http://localhost:8444" + ATTACH),
        ("http://127.1.2.3", "http://127.1.2.3" + ATTACH),
        ("http://[::1]:8444", "http://[::1]:8444" + ATTACH),
    ],
)
def test_what_is_missing_of_a_url_is_added(given: str, expected: str) -> None:
    assert endpoint(given) == expected


@pytest.mark.parametrize(
    "url",
    ["", "api.iovox.com", "api.iovox.com:444", "ftp://h", "https://", "https://h:port", "https://h:99999",
     "https://h/a b", "https://h:0", "https://[::1", "https://h/\n", "file:///etc/passwd", "http://", "https://ä.example"],
)  # fmt: skip
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(OptionError, match="it is not a URL"):
        endpoint(url)


@pytest.mark.parametrize(
    "url", ["http://api.iovox.com:444", "http://localhost.example", "http://10.0.0.1", "http://127.example"]
)
def test_a_key_does_not_go_over_the_network_in_the_clear(url: str) -> None:
    with pytest.raises(OptionError, match="unencrypted"):
        endpoint(url)
    assert endpoint(url, insecure_http=True).startswith(url)


@pytest.mark.parametrize("url", ["https://me:hush-hush@h", "https://hush-hush@h", "https://h?secureKey=hush-hush",
                                 "https://h?USERNAME=hush-hush", "https://hush-hush@h:port"])  # fmt: skip
def test_a_key_in_a_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(OptionError) as caught:
        endpoint(url)
    assert "hush" not in str(caught.value)


@pytest.mark.usefixtures("key")
def test_the_key_goes_into_the_headers(folder: Path, server: Breaking) -> None:
    sent(folder, server)
    assert {(call.headers["username"], call.headers["securekey"]) for call in server.calls} == {(NAME, SECRET)}


def test_this_machine_needs_no_key(folder: Path, server: Breaking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(USERNAME, raising=False)
    monkeypatch.setenv(KEY, "")
    sent(folder, server)
    assert not {"username", "securekey"} & set(server.calls[0].headers)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, "IOVOX_USERNAME and IOVOX_SECURE_KEY are not set"),
        ({USERNAME: NAME}, "IOVOX_SECURE_KEY is not set"),
        ({USERNAME: NAME, KEY: "hush\n"}, "IOVOX_SECURE_KEY holds characters that a header can't carry"),
        ({USERNAME: "hush\r\nX: y", KEY: "k"}, "IOVOX_USERNAME holds characters that a header can't carry"),
        ({USERNAME: NAME, KEY: "hüsh"}, "IOVOX_SECURE_KEY holds characters that a header can't carry"),
    ],
)
def test_a_key_that_can_not_be_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], words: str
) -> None:
    for name in (USERNAME, KEY):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert send(folder, "https://localhost.example").dry
    with pytest.raises(OptionError, match=words) as caught:
        send(folder, "https://localhost.example", yes=True)
    assert "hush" not in str(caught.value)
    assert not (folder / LEDGER).exists()
