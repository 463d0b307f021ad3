"""Runs commands as a person would start them, and measures their time and peak memory."""

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
        The exit code.
    wall_s
        From its start to its end, seconds.
    cpu_s
        CPU time on all cores, user and system, seconds.
    peak_bytes
        The peak of its resident set, bytes.
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
        The exit codes that count as success.

    Raises
    ------
    RuntimeError
        It ended with another exit code.

    Notes
    -----
    A process inherits the peak memory of the process that started it, so a small launcher starts the command.
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
    """A clock that advances by the times which child processes measure themselves."""

    def __init__(self) -> None:
        self._now = 0.0

    def __call__(self) -> float:
        """Return the time that the children took so far, seconds."""
        return self._now

    def run(self, program: str) -> None:
        """Run Python statements in a new process, and add their time, without the start of the interpreter.

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
