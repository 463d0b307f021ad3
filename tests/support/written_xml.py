"""Requests written by hand, and what is read from them."""

from __future__ import annotations

import pytest

from allocator.errors import MarkupError
from allocator.protocol import read_request

LINK = "<link><link_id>{}</link_id></link>"


def request_of(*links: str) -> bytes:
    return f"<request>{''.join(links)}</request>".encode()


def link_ids(body: bytes) -> list[str | None]:
    return read_request(body).links["link_id"].to_list()


def faults_of(body: str) -> list[tuple[str, str, int, int | None]]:
    return [(one.kind, one.name, one.line, one.link) for one in read_request(body.encode()).faults]


def refusal(body: bytes) -> tuple[str, int, int]:
    with pytest.raises(MarkupError) as caught:
        read_request(body)
    return caught.value.problem, caught.value.line, caught.value.position
