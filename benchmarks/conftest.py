"""Compiles the package before the benchmarks run."""

from __future__ import annotations

import compileall

import pytest

from benchmarks.processes import ROOT


@pytest.fixture(scope="session", autouse=True)
def byte_code() -> None:
    """Compile the package, as every installer does; otherwise each new process might compile it."""
    compileall.compile_dir(ROOT / "allocator", quiet=1)
