"""Write files and folders whole or not at all, and replace only what this package made."""

from __future__ import annotations

import io
import itertools
import json
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import polars as pl

from allocator.errors import OutputError

SUMMARY = "summary.json"
"""The file that says what a folder holds."""
LEDGER = "ledger.jsonl"
"""The file in a plan's folder that says what was sent, see `allocator.account`."""

Kind = Literal["plan", "what-if", "sweep"]
"""What a folder holds: a plan, an answer to a what-if, or a sweep of scenarios."""

_KIND_WORDS: dict[Kind, str] = {"plan": "a plan", "what-if": "an answer to a what-if", "sweep": "a sweep"}

_WRITTEN: dict[Kind, str] = {
    "plan": r"(?:assignments|unassigned|already|rejected|decisions|stock)\.csv|summary\.json"
    r"|requests/(?:requests-[0-9]{5,}\.xml)?"
    r"|ledger\.(?:jsonl|lock)",
    "what-if": r"(?:shopping|rescued|infeasible|frontier|worth|blocks|repairs|radius|order|shortage)\.csv"
    r"|summary\.json",
    "sweep": r"comparison\.csv|summary\.json"
    r"|scenarios/(?:[^/]+/(?:(?:assignments|unassigned|already|rejected|decisions|stock)\.csv|summary\.json)?)?"
    r"|changes/(?:[^/]+--[^/]+\.csv)?"
    r"|\.unfinished/.*",
}
"""The registry of what we write to a folder of each kind: patterns of paths within it; folders end in a slash."""

_SYSTEM_FILES = re.compile(r"Thumbs\.db|desktop\.ini|\.DS_Store|~\$.*|\.~lock\..*#", re.DOTALL)

_MOST_SUMMARY = 64_000_000  # bytes; no summary is near it

_MOST_NAMED = 5  # entries that a refusal names


def csv_bytes(table: pl.DataFrame) -> bytes:
    """Return a table as CSV in UTF-8: distances with three decimals (metres), a line feed after each row."""
    buffer = io.BytesIO()
    table.write_csv(buffer, float_precision=3)
    return buffer.getvalue()


def json_bytes(value: object) -> bytes:
    r"""Return a value as JSON that people can read, in UTF-8.

    >>> json_bytes({"finished": True})
    b'{\n  "finished": true\n}\n'
    """
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def check_folder(folder: Path, force: bool, kind: Kind) -> None:
    """Refuse to write over something that must not be lost.

    Parameters
    ----------
    folder
        The folder to write.
    force
        Whether what is there may be replaced.
    kind
        What is to be written; nothing but a folder of that kind is replaced.

    Raises
    ------
    OutputError
        Something is there, and it may not be replaced.
    """
    try:
        if not folder.exists() and not folder.is_symlink():
            return
        if folder.is_dir() and not any(folder.iterdir()):
            return
        if not force:
            raise OutputError(
                "it exists already",
                file=str(folder),
                remedy=f"Name another folder; {_KIND_WORDS[kind]} is replaced with --force.",
            )
        if (folder / LEDGER).exists():
            raise OutputError(
                "the plan in it has a ledger of what was sent, so it is not replaced",
                file=str(folder),
                remedy="Write the new plan to another folder.",
            )
        _check_kind(folder, kind)
        refuse_foreign(folder, foreign_entries(folder, kind))
    except (OSError, ValueError) as error:  # a name that is too long, a folder that may not be entered, a zero byte
        if isinstance(error, OutputError):
            raise
        raise _cannot_write(folder, error) from error


def _check_kind(folder: Path, kind: Kind) -> None:
    wanted = _KIND_WORDS[kind]
    if not (folder / SUMMARY).is_file():
        raise OutputError(f"it is not {wanted}, so it is not replaced", file=str(folder), remedy="Name another folder.")
    found = kind_of(folder)
    if found is None:
        raise OutputError(
            "allocator did not write its summary.json, so it is not replaced",
            file=str(folder),
            remedy="Name another folder.",
        )
    if found != kind:
        raise OutputError(
            f"it is {_KIND_WORDS[found]} and not {wanted}, so it is not replaced",
            file=str(folder),
            remedy="Name another folder.",
        )


def kind_of(folder: Path) -> Kind | None:
    """Return what a folder holds by its summary; None where another program wrote that, or it can't be read."""
    path = folder / SUMMARY
    try:
        if not path.is_file() or path.stat().st_size > _MOST_SUMMARY:
            return None
        summary = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    engine = summary.get("engine") if isinstance(summary, dict) else None
    if not isinstance(engine, dict) or engine.get("name") != "allocator":
        return None
    if "whatif" not in summary:
        return "plan"
    return "sweep" if summary["whatif"] == "run" else "what-if"


def foreign_entries(folder: Path, kind: Kind) -> Iterator[str]:
    """Yield the entries that neither this package nor the system writes to a folder of a kind, as paths within it."""
    written, waiting = re.compile(_WRITTEN[kind], re.DOTALL), [""]
    while waiting:
        above = waiting.pop()
        for entry in sorted((folder / above).iterdir()):
            path = f"{above}{entry.name}"
            if entry.is_dir() and not entry.is_symlink():
                path += "/"
                if written.fullmatch(path):
                    waiting.append(path)
                    continue
            elif written.fullmatch(path) or _SYSTEM_FILES.fullmatch(entry.name):
                continue
            yield path


def refuse_foreign(folder: Path, entries: Iterator[str]) -> None:
    """Refuse to replace a folder with foreign entries.

    Parameters
    ----------
    folder
        The folder.
    entries
        Its foreign entries, see `foreign_entries`.

    Raises
    ------
    OutputError
        There is a foreign entry.
    """
    names = [name if name.isprintable() else ascii(name) for name in itertools.islice(entries, _MOST_NAMED + 1)]
    if names:
        listed = ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")
        raise OutputError(
            f"allocator did not write all that is in it ({listed}), so it is not replaced",
            file=str(folder),
            remedy="Move the rest elsewhere, or name another folder.",
        )


def _replace(folder: Path, staging: Path) -> None:
    """Put the finished folder in its place; delete the old one only when the new one is there."""
    if not folder.exists():
        staging.rename(folder)
        return
    aside = staging.with_name(f"{staging.name}-old")
    folder.rename(aside)
    try:
        staging.rename(folder)
    finally:
        if folder.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.rename(folder)


def write_folder(folder: Path, fill: Callable[[Path], None], *, kind: Kind, force: bool = False) -> Path:
    """Write a folder, whole or not at all.

    Parameters
    ----------
    folder
        The folder to make.
    fill
        Is called with an empty folder, and writes the content into it.
    kind
        What the folder holds.
    force
        Replace a folder of that kind that holds nothing else.

    Raises
    ------
    OutputError
        The folder exists, or can't be written.
    """
    check_folder(folder, force, kind)
    # Beside its place, as a rename is only atomic within a file system. Named before it is made, so that an interrupt
    # at any moment finds what to clear away.
    staging = folder.parent / f".{folder.name}-{secrets.token_hex(4)}"
    try:
        staging.mkdir(parents=True)
        fill(staging)
        _replace(folder, staging)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    finally:
        try:
            shutil.rmtree(staging, ignore_errors=True)
        except KeyboardInterrupt:  # a second one: polars raises its own besides Python's
            shutil.rmtree(staging, ignore_errors=True)
            raise
    return folder


def write_file(path: str | Path, data: bytes, *, force: bool = False) -> Path:
    """Write a file, whole or not at all.

    Parameters
    ----------
    path
        The file to make.
    data
        Its content.
    force
        Replace the file that is there.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        Something is there already, or the file can't be written.
    """
    path = Path(path)
    if path.exists() and not force:
        raise OutputError("it exists already", file=str(path), remedy="Name another file, or replace it with --force.")
    staging = path.parent / f".{path.name}-{secrets.token_hex(4)}"
    try:
        staging.write_bytes(data)
        staging.replace(path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        staging.unlink(missing_ok=True)
    return path


def _cannot_write(folder: Path, error: OSError | ValueError) -> OutputError:
    return OutputError(
        f"it can't be written ({getattr(error, 'strerror', None) or error})",
        file=str(folder),
        remedy="Name a place that you may write to, on a disk with room.",
    )
