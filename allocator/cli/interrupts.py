"""What an interrupt does while the command still loads, which takes longer than some commands run.

Until the command heeds signals itself (`allocator.cli.app`), one just ends the process, without the traceback of
whatever was being imported. Only of the command: what a program that uses this package does with signals is its own
affair.
"""

from __future__ import annotations

import signal
import sys
from pathlib import PurePath

__all__ = ["is_command"]


def is_command() -> bool:
    """Whether this process is the command: `allocator …` or `python -m allocator …`.

    >>> is_command()
    False
    """
    started_as = PurePath(sys.argv[0] if sys.argv else "").stem
    return started_as == "allocator" or sys.orig_argv[1:3] == ["-m", "allocator"]


if is_command() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
