"""What every benchmark finds."""

from __future__ import annotations

import compileall

import pytest

from benchmarks.processes import ROOT


@pytest.fixture(scope="session", autouse=True)
def byte_code() -> None:
    """The package compiled, as every installer leaves it: where no byte code is written, processes would read its source."""
    compileall.compile_dir(ROOT / "allocator", quiet=1)
