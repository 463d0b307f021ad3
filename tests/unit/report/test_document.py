"""A document is a value that writes itself."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

import allocator
from allocator import report
from allocator.errors import OutputError


def test_a_document_is_written_and_not_over_another_file(small: allocator.Plan, tmp_path: Path) -> None:
    document = report.page(small)
    path = document.write(tmp_path / "report.html")
    assert path.read_bytes() == document.content == bytes(document)
    with pytest.raises(OutputError, match="exists already"):
        document.write(path)
    assert document.write(str(path), force=True) == path


def test_a_document_is_a_value_with_a_short_repr(small: allocator.Plan) -> None:
    document = report.geojson(small)
    assert document == pickle.loads(pickle.dumps(document))
    assert repr(document) == f"<Document: application/geo+json, {len(document.content):,} bytes>"
    with pytest.raises(AttributeError):
        document.content = b""  # type: ignore[misc]
