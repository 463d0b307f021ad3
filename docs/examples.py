"""The examples of the documentation: run as they stand, compared with what they promise, or written anew.

    python docs/examples.py            # compare
    python docs/examples.py --write    # put what the commands really print into the pages

A block of ``console`` is a list of commands behind ``$`` and what each prints. All blocks of a page run one after the
other in one folder, which begins with the two files of the bundled example, ``links.csv`` and ``stock.csv``. A line
``...`` stands for any lines.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGES = Path(__file__).parent / "pages"
EXAMPLES = Path(__file__).parents[1] / "data" / "examples"
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ANY = "..."


@dataclass(frozen=True)
class Step:
    """A command and what it prints, standard output and standard error together.

    Attributes
    ----------
    command
        As it stands behind the prompt.
    expected
        What the page promises, lines.
    """

    command: str
    expected: tuple[str, ...]

    def holds(self, printed: list[str]) -> bool:
        """Whether what was printed is what was promised."""
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


def printed(command: str, folder: Path) -> list[str]:
    """What a command prints in a folder."""
    shell = f'allocator() {{ "{sys.executable}" -m allocator "$@"; }}\n{command}'
    done = subprocess.run(
        ["bash", "-c", shell], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return [line.rstrip() for line in done.stdout.splitlines()]


def prepared(folder: Path) -> Path:
    """A folder as each page finds it."""
    for name in ("links.csv", "stock.csv", "scenarios.toml"):
        shutil.copyfile(EXAMPLES / name, folder / name)
    return folder


def pages() -> list[Path]:
    """All pages that have examples to run."""
    return [page for page in sorted(PAGES.rglob("*.md")) if _BLOCK.search(page.read_text(encoding="utf-8"))]


def broken(page: Path, folder: Path) -> list[str]:
    """The steps of a page that don't print what it promises, each with what it prints."""
    found = []
    for block in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        for step in steps(block[1]):
            really = printed(step.command, folder)
            if not step.holds(really):
                found.append("\n".join((f"$ {step.command}", *really)))
    return found


def rewritten(page: Path, folder: Path) -> str:
    """A page with what its commands really print; what was cut short with ... stays so."""

    def block(match: re.Match[str]) -> str:
        lines = []
        for step in steps(match[1]):
            really = printed(step.command, folder)
            lines += [f"$ {step.command}", *(step.expected if step.holds(really) else really)]
        return "```console\n" + "\n".join(lines) + "\n```"

    return _BLOCK.sub(block, page.read_text(encoding="utf-8"))


def main() -> None:
    """Compare or write; exit code 1 when a page promises what is not so."""
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
