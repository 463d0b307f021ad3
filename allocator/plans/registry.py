"""What we write to folders, and what may therefore be replaced."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from allocator.errors import OutputError

SUMMARY = "summary.json"
"""The file that says what a folder holds."""
LEDGER = "ledger.jsonl"
"""The file in a plan's folder that says what was sent, see `allocator.account`."""

Kind = Literal["plan", "what-if", "sweep"]
"""What a folder holds: a plan, an answer to a what-if, or a sweep of scenarios."""

_KIND_WORDS: dict[Kind, str] = {"plan": "a plan", "what-if": "an answer to a what-if", "sweep": "a sweep"}

_PLAN = r"(?:assignments|unassigned|already|rejected|decisions|stock)\.csv|summary\.json"
_REPORT = r"report\.html|map\.(?:png|svg)"
_WRITTEN: dict[Kind, str] = {
    "plan": _PLAN + r"|requests/(?:requests-[0-9]{5,}\.xml)?|ledger\.(?:jsonl|lock)|" + _REPORT,
    "what-if": r"(?:shopping|rescued|infeasible|frontier|worth|blocks|repairs|radius|order|shortage)\.csv"
    r"|summary\.json|" + _REPORT,
    "sweep": rf"comparison\.csv|summary\.json|scenarios/(?:[^/]+/(?:{_PLAN})?)?"
    r"|changes/(?:[^/]+--[^/]+\.csv)?|sweep\.lock|\.unfinished/.*|" + _REPORT,
}
"""The registry of what we write to a folder of each kind: patterns of paths within it; folders end in a slash."""

_SYSTEM_FILES = re.compile(r"Thumbs\.db|desktop\.ini|\.DS_Store|~\$.*|\.~lock\..*#", re.DOTALL)
_MOST_SUMMARY = 64_000_000  # bytes; no summary is near it
_MOST_NAMED = 5  # entries that a refusal names


def check_folder(folder: Path, force: bool, kind: Kind) -> tuple[str, ...]:
    """Refuse to write over something that must not be lost, and to a place that can't be written.

    Parameters
    ----------
    folder
        The folder to write.
    force
        Whether what is there may be replaced.
    kind
        What is to be written; nothing but a folder of that kind is replaced.

    Returns
    -------
    tuple of str
        The reports and maps in the folder that go with it.

    Raises
    ------
    OutputError
        Something is there, and it may not be replaced; or the place can't be written.
    """
    try:
        if not folder.exists():
            _check_place(folder.resolve())  # a symbolic link leads where it points
            return ()
        if not folder.is_dir():
            raise OutputError("it exists already and is no folder", file=str(folder), remedy="Name another folder.")
        if not any(folder.iterdir()):
            return ()
        if not force:
            raise OutputError(
                "it exists already",
                file=str(folder),
                remedy=f"Name another folder; {_KIND_WORDS[kind]} is replaced with --force.",
            )
        return check_replaceable(folder, kind)
    except (OSError, ValueError, RuntimeError) as error:  # a name too long, no entry, a zero byte, a ring of links
        if isinstance(error, OutputError):
            raise
        raise cannot_write(folder, error) from error


def check_replaceable(folder: Path, kind: Kind, shown_as: Path | None = None) -> tuple[str, ...]:
    """Refuse to replace a folder that is not ours, is of another kind, has foreign entries, or was sent.

    Parameters
    ----------
    folder
        The folder.
    kind
        What is to be written in its place.
    shown_as
        The path that errors name, where the folder was moved aside.

    Returns
    -------
    tuple of str
        The reports and maps in it.

    Raises
    ------
    OutputError
        It may not be replaced.
    """
    shown = shown_as or folder
    if (folder / LEDGER).exists():
        raise OutputError(
            "the plan in it has a ledger of what was sent, so it is not replaced",
            file=str(shown),
            remedy="Write the new plan to another folder.",
        )
    wanted, found = _KIND_WORDS[kind], kind_of(folder)
    if not (folder / SUMMARY).is_file():
        problem = f"it is not {wanted}, so it is not replaced"
    elif found is None:
        problem = f"allocator did not write its {SUMMARY}, so it is not replaced"
    elif found != kind:
        problem = f"it is {_KIND_WORDS[found]} and not {wanted}, so it is not replaced"
    else:
        refuse_foreign(shown, foreign_entries(folder, kind))
        return tuple(sorted(entry.name for entry in folder.iterdir() if re.fullmatch(_REPORT, entry.name)))
    raise OutputError(problem, file=str(shown), remedy="Name another folder.")


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


def cannot_write(path: Path, error: Exception) -> OutputError:
    """Return the error of a place that can't be written.

    Parameters
    ----------
    path
        The place.
    error
        What the system said.
    """
    return OutputError(
        f"it can't be written ({getattr(error, 'strerror', None) or error})",
        file=str(path),
        remedy="Name a place that you may write to, on a disk with room.",
    )


def _check_place(path: Path) -> None:
    """Find out, before hours of work, that a new folder or file can't be made here."""
    parent = path.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise NotADirectoryError(20, "Not a directory")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise PermissionError(13, "Permission denied")
