"""What every benchmark finds."""

from __future__ import annotations

import compileall

import pytest

from benchmarks.processes import ROOT


@pytest.fixture(scope="session", autouse=True)
def byte_code() -> None:
    """The package compiled, as every installer leaves it; its source would be compiled in each process else."""
    compileall.compile_dir(ROOT / "allocator", quiet=1)
