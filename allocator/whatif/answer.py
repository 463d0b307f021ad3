"""What was asked, as files: the tables and a summary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from allocator.plans import csv_bytes, write_folder

__all__ = ["Answer", "write"]


class Answer(Protocol):
    """What the questions of `allocator.whatif` are answered with."""

    @property
    def summary(self) -> dict[str, Any]:
        """What `summary.json` says."""
        ...

    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables by the names of their files."""
        ...


def write(answer: Answer, folder: str | Path, *, force: bool = False) -> Path:
    """Write an answer to a folder, whole or not at all: its tables as CSV, and `summary.json`.

    Parameters
    ----------
    answer
        What `buy`, `frontier`, `worth`, `why_not`, `radius`, `order` or `shortage` returned.
    folder
        The folder to make.
    force
        Replace the answer that is there. Nothing but an answer is ever replaced, and none whose folder holds
        something else.

    Raises
    ------
    OutputError
        The folder exists, or can't be written.
    """

    def fill(staging: Path) -> None:
        for name, table in answer.tables().items():
            (staging / f"{name}.csv").write_bytes(csv_bytes(table))
        text = json.dumps(answer.summary, indent=2, ensure_ascii=False)
        (staging / "summary.json").write_text(f"{text}\n", encoding="utf-8")

    return write_folder(Path(folder), fill, kind="what-if", force=force)
