"""Runs the command `allocator`, and ends it by SIGKILL while it writes its ledger.

    python -m tests.support.tripwire before|half|after EVENT BATCH ARGUMENT...

It ends before the line of that event of that batch is written, when half of it is written, or when it is on disk.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable

from allocator.cli import main


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _is_meant(data: bytes, event: str, batch: int) -> bool:
    if not data.startswith(b'{"time"'):
        return False
    line = json.loads(data)
    return bool(line["event"] == event and line.get("batch", 0) == batch)


def dying(when: str, event: str, batch: int) -> Callable[[int, bytes], int]:
    """A function that writes as `os.write` does, or dies of it."""
    write = os.write

    def write_or_die(descriptor: int, data: bytes) -> int:
        if not _is_meant(data, event, batch):
            return write(descriptor, data)
        if when == "half":
            write(descriptor, data[: len(data) // 2])
        if when == "after":
            write(descriptor, data)
            os.fsync(descriptor)
        _die()
        return 0

    return write_or_die


if __name__ == "__main__":
    os.write = dying(sys.argv[1], sys.argv[2], int(sys.argv[3]))  # type: ignore[assignment]
    sys.argv[1:4] = []
    main()
