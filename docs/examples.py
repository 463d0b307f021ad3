"""Run the examples of the documentation, and compare what they print with the pages, or write it into them.

    python docs/examples.py            # compare
    python docs/examples.py --write    # put what the commands really print into the pages

A block of ``console`` has commands after ``$``, and what each prints. The blocks of a page run one after the other in
one folder, where there are at first the files of the bundled example: ``links.csv``, ``stock.csv`` and
``scenarios.toml``. A line ``...`` matches any lines. A block with a title is another window: its command runs beside
the others to the end of the page; the next one starts when it has printed what the page shows.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

PAGES = Path(__file__).parent / "pages"
EXAMPLES = Path(__file__).parents[1] / "data" / "examples"
_BLOCK = re.compile(r"^```console( title=\"[^\"\n]+\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ANY = "..."
# The port on the pages. They are run with another one, as this one may be in use.
_PORT = "8444"
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Step:
    """A command and what it prints, standard output and standard error together.

    Attributes
    ----------
    command
        The text after the prompt.
    expected
        The lines that the page shows.
    """

    command: str
    expected: tuple[str, ...]

    def holds(self, printed: list[str]) -> bool:
        """Whether the printed lines are those of the page."""
        pattern = "".join("(?:.*\n)*" if line == _ANY else re.escape(line) + "\n" for line in self.expected)
        return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed)) is not None


def steps(block: str) -> Iterator[Step]:
    """The steps of a block."""
    command, expected = "", list[str]()
    for line in block.splitlines():
        if line.startswith("$ "):
            if command:
                yield Step(command, tuple(expected))
            command, expected = line[2:], []
        elif command.endswith("\\") and not expected:
            command += f"\n{line}"
        else:
            expected.append(line)
    if command:
        yield Step(command, tuple(expected))


@contextmanager
def windows(folder: Path) -> Iterator[Callable[[Step, bool], list[str]]]:
    """Give a function that runs a step and returns what it printed, output and errors together.

    Parameters
    ----------
    folder
        Where they run.

    Yields
    ------
    Callable
        It takes a step, and whether that runs in another window: such a step is left running to the end, and the lines
        are those that it had printed when they were those of the page.
    """
    with ExitStack() as stack:
        tools = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        command = tools / "allocator"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m allocator "$@"\n', encoding="utf-8")
        command.chmod(0o755)
        environment = os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = str(listening.getsockname()[1])

        def started(step: Step, output: int) -> subprocess.Popen[str]:
            # In a session of its own, so that a signal ends the command with the shell around it.
            return subprocess.Popen(
                ["bash", "-c", step.command.replace(_PORT, port)],
                cwd=folder,
                text=True,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

        def end(process: subprocess.Popen[str]) -> None:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            process.wait()

        def lines(text: str) -> list[str]:
            return [line.rstrip() for line in text.replace(port, _PORT).splitlines()]

        def run(step: Step, beside: bool) -> list[str]:
            if not beside:
                return lines(started(step, subprocess.PIPE).communicate()[0])
            log = tools / f"window-{len(list(tools.iterdir()))}"
            with log.open("w", encoding="utf-8") as file:
                process = started(step, file.fileno())
            stack.callback(end, process)
            until = time.monotonic() + _PATIENCE_S
            while time.monotonic() < until and process.poll() is None:
                if step.holds(printed := lines(log.read_text(encoding="utf-8"))):
                    return printed
                time.sleep(0.05)
            return lines(log.read_text(encoding="utf-8"))

        yield run


def prepared(folder: Path) -> Path:
    """Fill a folder with the files that each page begins with."""
    for name in ("links.csv", "stock.csv", "scenarios.toml"):
        shutil.copyfile(EXAMPLES / name, folder / name)
    return folder


def pages() -> list[Path]:
    """All pages that have examples to run."""
    return [page for page in sorted(PAGES.rglob("*.md")) if _BLOCK.search(page.read_text(encoding="utf-8"))]


def broken(page: Path, folder: Path) -> list[str]:
    """The steps of a page that print something else, each with what it prints."""
    found = []
    with windows(folder) as run:
        for title, block in _BLOCK.findall(page.read_text(encoding="utf-8")):
            for step in steps(block):
                really = run(step, bool(title))
                if not step.holds(really):
                    found.append("\n".join((f"$ {step.command}", *really)))
    return found


def rewritten(page: Path, folder: Path) -> str:
    """Make a page with what its commands really print; output that is shortened with ... stays so."""
    with windows(folder) as run:

        def block(match: re.Match[str]) -> str:
            lines = []
            for step in steps(match[2]):
                really = run(step, bool(match[1]))
                lines += [f"$ {step.command}", *(step.expected if step.holds(really) else really)]
            return f"```console{match[1] or ''}\n" + "\n".join(lines) + "\n```"

        return _BLOCK.sub(block, page.read_text(encoding="utf-8"))


def main() -> None:
    """Compare or write; exit with code 1 if a page shows something else than its commands print."""
    wrong = False
    for page in pages():
        with tempfile.TemporaryDirectory() as temporary:
            folder = prepared(Path(temporary))
            if "--write" in sys.argv[1:]:
                page.write_text(rewritten(page, folder), encoding="utf-8")
            else:
                for step in broken(page, folder):
                    wrong = True
                    print(f"{page.relative_to(PAGES)}:\n{step}\n")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
