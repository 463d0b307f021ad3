"""Ctrl-C while the command still loads, which takes longer than some commands run.

Until the command handles signals itself (`allocator.cli.app`), Ctrl-C ends the process without the traceback of
whatever was being imported. This is only done for the command; a program that uses this package keeps its own handling
of signals.
"""

from __future__ import annotations

import signal
import sys
from pathlib import PurePath


def is_command() -> bool:
    """Whether this process is the command: `allocator …` or `python -m allocator …`.

    >>> is_command()
    False
    """
    started_as = PurePath(sys.argv[0] if sys.argv else "").stem
    return started_as == "allocator" or sys.orig_argv[1:3] == ["-m", "allocator"]


if is_command() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
