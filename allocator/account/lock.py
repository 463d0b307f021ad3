"""A lock on a plan's folder, so that one run at a time sends the plan.

It is the operating system's lock on a file, which ends with the process however that ends.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from allocator.errors import OutputError

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


_HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


@contextmanager
def locked(path: Path, lock: Callable[[int], None] = _lock) -> Iterator[None]:
    """Hold a lock on a file, which is made if it is not there.

    Parameters
    ----------
    path
        The file, in the plan's folder.
    lock
        Locks an open file; another than the operating system's in tests.

    Raises
    ------
    OutputError
        Another run holds the lock, or the file can't be made or locked.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise cannot_write(path, error) from error
    try:
        try:
            lock(descriptor)
        except OSError as error:
            raise _not_locked(path.parent, error) from error
        yield
    finally:
        os.close(descriptor)  # which also ends the lock


def _not_locked(folder: Path, error: OSError) -> OutputError:
    if error.errno in _HELD:
        return OutputError(
            "another run is sending this plan", file=str(folder), remedy="Wait until it has ended, or end it."
        )
    return OutputError(
        f"the folder can't be locked ({error.strerror or error})",
        file=str(folder),
        remedy="Copy it to a disk of this machine, and send it from there.",
    )


def cannot_write(path: Path, error: OSError) -> OutputError:
    """The error on a ledger or its lock that can't be written."""
    return OutputError(
        f"it can't be written ({error.strerror or error})",
        file=str(path),
        remedy="Nothing is sent without a ledger: make room and give write permission, then run the command again.",
    )
