"""The beginning of a document, and its root."""

from __future__ import annotations

import io

import pytest

from allocator.errors import MarkupError
from allocator.protocol.encoding import Pieces
from allocator.protocol.listing import read_listing, root_of
from allocator.protocol.prolog import Waiting, root_place
from allocator.protocol.reading import read_request


# A megabyte is gone through once; where each character is a place to begin anew, this takes hours.
@pytest.mark.parametrize(
    "body",
    [
        b"<" + b"a" * 1_000_000,
        b"<" * 1_000_000,
        b"<" + b"a'" * 500_000,
        b"<" + b"a '" * 333_333,
        b"<a " + b"b='" * 333_333,
        b"<a " + b"/" * 1_000_000,
        b"<!-- --><" + b"a" * 1_100_000 + b">",
    ],
    ids=["a name", "brackets", "apostrophes", "apostrophes and spaces", "attributes", "slashes", "a name that ends"],
)
def test_a_start_tag_that_does_not_end_is_soon_refused(body: bytes) -> None:
    with pytest.raises(MarkupError):
        read_request(body)
    with pytest.raises(MarkupError):
        read_listing(io.BytesIO(body))
    assert root_of(body) in (None, "a" * 1_100_000)


def waiting(body: bytes) -> Waiting:
    return Waiting(Pieces(io.BytesIO(body), 7), None)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b"<request>", 0),
        (b" \n<a/>", 2),
        (b"<?xml version='1.0'?><!-- > --><?b c?>x", 38),
        (b"<!-- <request>", 0),
        (b"", 0),
    ],
)
def test_the_root_begins_after_comments_and_instructions(text: bytes, place: int) -> None:
    assert root_place(text) == place


def test_a_root_is_found_in_any_pieces() -> None:
    body = b"<?xml version='1.0'?> <!-- " + b"x" * 100 + b" --><request a='>' b=\"'\"><link/>"
    match = waiting(body).root()
    assert match.group(1, 2, 3) == (b"request", b" a='>' b=\"'\"", b"")
    assert waiting(b"<request />").root()[3] == b"/"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b" \n", "Document is empty at line 2, column 1"),
        (b"<!-- x -->", "Start tag expected, '<' not found at line 1, column 11"),
        (b"<!DOCTYPE a><a/>", "a DOCTYPE is not accepted at line 1, column 1"),
        (b"<!--" + b"x" * 1_000_001 + b"--><a>", "more than 1 MB before the end of the root's start tag"),
    ],
)
def test_a_document_without_a_root_is_refused(body: bytes, problem: str) -> None:
    with pytest.raises(MarkupError, match=problem):
        waiting(body).root()
