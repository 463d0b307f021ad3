"""Runs the real command as a process."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path


def allocator(
    *arguments: object, stdin: str | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, on a terminal 200 columns wide."""
    command = [sys.executable, "-m", "allocator", *map(str, arguments)]
    environment = os.environ | {"COLUMNS": "200"}
    return subprocess.run(
        command, capture_output=True, text=True, input=stdin, cwd=cwd, env=environment, check=False, timeout=120
    )


def rows(path: Path) -> list[dict[str, str]]:
    """Read the rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
