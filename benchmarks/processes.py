"""Commands as a person would start them: how long they take, and how much memory at most."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Linux counts the peak in kibibytes, macOS in bytes.
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Run:
    """One run of a command.

    Attributes
    ----------
    exit_code
        How it ended.
    wall_s
        From its start to its end, seconds.
    cpu_s
        What it computed on all cores, user and system, seconds.
    peak_bytes
        The most memory it had at a time (resident set).
    """

    exit_code: int
    wall_s: float
    cpu_s: float
    peak_bytes: int


def run(command: Sequence[str | Path], expect: tuple[int, ...] = (0,)) -> Run:
    """Run a command to its end.

    Parameters
    ----------
    command
        The program and its arguments.
    expect
        The exit codes that are all right.

    Raises
    ------
    RuntimeError
        It ended otherwise.

    Notes
    -----
    A process begins with the peak of the one that started it, so a small one that has nothing loaded stands between.
    """
    launcher = [sys.executable, "-I", "-S", __file__, *(str(part) for part in command)]
    done = subprocess.run(launcher, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found = Run(**json.loads(done.stdout))
    if found.exit_code not in expect:
        raise RuntimeError(f"{launcher[4:]} ended with {found.exit_code}")
    return found


def _launch(command: list[str]) -> Run:
    began = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    ended = time.perf_counter()
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu_s = usage.ru_utime + usage.ru_stime
    return Run(process.returncode, ended - began, cpu_s, usage.ru_maxrss * _PEAK_UNIT)


class ChildClock:
    """A clock that runs only while a child says it does, so that a benchmark counts what the child timed itself."""

    def __init__(self) -> None:
        self._now = 0.0

    def __call__(self) -> float:
        """What the children took so far, seconds."""
        return self._now

    def run(self, program: str) -> None:
        """Run Python statements in a process of its own, and count their time but not the interpreter's start.

        Parameters
        ----------
        program
            The statements.
        """
        whole = f"import time\nbegan = time.perf_counter()\n{program}\nprint(time.perf_counter() - began)"
        command = [sys.executable, "-c", whole]
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
        self._now += float(done.stdout.split()[-1])


if __name__ == "__main__":
    print(json.dumps(asdict(_launch(sys.argv[1:]))))
