"""Files and folders, written whole or not at all; only what we made is ever replaced."""

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
"""The file that says what a folder of ours holds."""
LEDGER = "ledger.jsonl"
"""In a plan's folder, what was sent of it, see `allocator.account.ledger`."""

Kind = Literal["plan", "what-if", "sweep"]
"""What a folder holds: a plan, what `allocator.whatif.write` wrote, or what `allocator.whatif.run` did."""

_KIND_WORDS: dict[Kind, str] = {"plan": "a plan", "what-if": "an answer to a what-if", "sweep": "a sweep"}

_WRITTEN: dict[Kind, str] = {
    "plan": r"(?:assignments|unassigned|rejected|decisions|stock)\.csv|summary\.json"
    r"|requests/(?:requests-[0-9]{5,}\.xml)?"
    r"|ledger\.(?:jsonl|lock)",
    "what-if": r"(?:shopping|rescued|infeasible|frontier|worth|blocks|repairs|radius|order|shortage)\.csv"
    r"|summary\.json",
    "sweep": r"comparison\.csv|summary\.json"
    r"|scenarios/(?:[^/]+/(?:(?:assignments|unassigned|rejected|decisions)\.csv|summary\.json)?)?"
    r"|changes/(?:[^/]+--[^/]+\.csv)?"
    r"|\.unfinished/.*",
}
"""All that is written to a folder of each kind, as patterns of paths within it; those of folders end in a slash."""

_OF_THE_SYSTEM = re.compile(r"Thumbs\.db|desktop\.ini|\.DS_Store|~\$.*|\.~lock\..*#", re.DOTALL)

_MOST_SUMMARY = 64_000_000  # bytes, far more than a summary has

_NAMED = 5  # entries that a refusal names


def csv_bytes(table: pl.DataFrame) -> bytes:
    """A table as CSV in UTF-8: distances with three decimals (metres), one line feed to a row."""
    buffer = io.BytesIO()
    table.write_csv(buffer, float_precision=3)
    return buffer.getvalue()


def json_bytes(value: object) -> bytes:
    r"""A value as JSON for people to read.

    >>> json_bytes({"finished": True})
    b'{\n  "finished": true\n}\n'
    """
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def check_folder(folder: Path, force: bool, kind: Kind) -> None:
    """Refuse to write where something is that must not be lost.

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
                remedy=f"Name another folder; {_KIND_WORDS[kind]} is replaced with --force (force=True).",
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
    if not (folder / "summary.json").is_file():
        raise OutputError(
            f"it exists and is not {wanted}, so it is not replaced", file=str(folder), remedy="Name another folder."
        )
    found = kind_of(folder)
    if found is None:
        raise OutputError(
            "its summary.json is none that allocator has written, so it is not replaced",
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
    """What a folder holds, by its summary; None where that is not of this package, or can't be read."""
    path = folder / "summary.json"
    try:
        if not path.is_file() or path.stat().st_size > _MOST_SUMMARY:
            return None
        told = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    engine = told.get("engine") if isinstance(told, dict) else None
    if not isinstance(engine, dict) or engine.get("name") != "allocator":
        return None
    if "whatif" not in told:
        return "plan"
    return "sweep" if told["whatif"] == "run" else "what-if"


def foreign_entries(folder: Path, kind: Kind) -> Iterator[str]:
    """What is in a folder of a kind and was not written by this package nor by the system, as paths within it."""
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
            elif written.fullmatch(path) or _OF_THE_SYSTEM.fullmatch(entry.name):
                continue
            yield path


def refuse_foreign(folder: Path, entries: Iterator[str]) -> None:
    """Refuse to replace a folder that holds something of its owner's.

    Raises
    ------
    OutputError
        It does.
    """
    names = [name if name.isprintable() else ascii(name) for name in itertools.islice(entries, _NAMED + 1)]
    if names:
        listed = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
        raise OutputError(
            f"it holds what allocator has not written ({listed}), so it is not replaced",
            file=str(folder),
            remedy="Move that elsewhere, or name another folder.",
        )


def _replace(folder: Path, staging: Path) -> None:
    """Put the finished folder in its place; the one that was there goes only when the new one stands."""
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
        Writes what is to be in it into another one.
    kind
        What it is to hold.
    force
        Replace what is there, if it is a folder of that kind with nothing else in it.

    Raises
    ------
    OutputError
        The folder exists, or can't be written.
    """
    check_folder(folder, force, kind)
    # Beside its place, not in the system's temporary folder: a rename is only atomic within a file system. It is
    # named before it is made, so that an interrupt at any moment finds what to clear away.
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
        except KeyboardInterrupt:  # a second one: polars raises one of its own besides Python's
            shutil.rmtree(staging, ignore_errors=True)
            raise
    return folder


def write_file(path: Path, data: bytes, *, force: bool = False) -> None:
    """Write a file, whole or not at all.

    Raises
    ------
    OutputError
        Something is there already, or it can't be written.
    """
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


def _cannot_write(folder: Path, error: OSError | ValueError) -> OutputError:
    return OutputError(
        f"it can't be written ({getattr(error, 'strerror', None) or error})",
        file=str(folder),
        remedy="Name a place that you may write to, on a disk with room.",
    )
