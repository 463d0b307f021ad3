"""Documents made to hurt: refused in seconds, in bounded memory. Each is read by a process of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.hostile_xml import REQUESTS, RESULTS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
MOST_BYTES = 200e6
MOST_SECONDS = 20  # some tenths of one on a quiet machine
REFUSAL = re.compile(r"XML parse error\. .+ at line [0-9]+, column [0-9]+")


def read_by_itself(name: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.support.hostile_xml", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", [*REQUESTS, *RESULTS])
def test_a_gigabyte_of_one_thing_is_refused_at_once(name: str) -> None:
    found = read_by_itself(name)
    assert REFUSAL.fullmatch(str(found["outcome"])), found
    assert found["took_s"] < MOST_SECONDS
    assert found["grew_bytes"] < MOST_BYTES


def test_a_million_links_are_read_in_bounded_memory() -> None:
    found = read_by_itself("million links")
    assert found["outcome"] == 1_000_000
    assert found["grew_bytes"] < 150e6
