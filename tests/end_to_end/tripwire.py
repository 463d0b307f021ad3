"""The command `allocator`, ending by SIGKILL where its ledger is written.

    python tripwire.py before|half|after EVENT BATCH ARGUMENT...

Before the line of that event of that batch is written, when half of it is, or when it is on disk.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from allocator.cli import main

WHEN, EVENT, BATCH = sys.argv[1:4]
_write, _fsync = os.write, os.fsync


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _is_meant(data: bytes) -> bool:
    if not data.startswith(b'{"time"'):
        return False
    line = json.loads(data)
    return bool(line["event"] == EVENT and line.get("batch", 0) == int(BATCH))


def write(descriptor: int, data: bytes) -> int:
    """Write, or die of it."""
    if not _is_meant(data):
        return _write(descriptor, data)
    if WHEN == "before":
        _die()
    if WHEN == "half":
        _write(descriptor, data[: len(data) // 2])
        _die()
    _write(descriptor, data)
    _fsync(descriptor)
    _die()
    return 0


if __name__ == "__main__":
    os.write = write  # type: ignore[assignment]
    sys.argv[1:4] = []
    main()
