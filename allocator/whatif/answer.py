"""The base of all answers: tables and a summary, which can be written to a folder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import polars as pl

from allocator.notation import usable_distances
from allocator.plans import SUMMARY, csv_bytes, json_bytes, write_folder


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Answer(ABC):
    """The answer to a what-if.

    Attributes
    ----------
    summary
        What `summary.json` says: the question, versions, options, inputs and the figures of the answer.
    """

    summary: dict[str, Any]

    _kind: ClassVar[Literal["what-if", "sweep"]] = "what-if"
    _tables: ClassVar[dict[str, str]]
    """The attributes that are tables, by the names of their files."""

    @property
    @abstractmethod
    def ok(self) -> bool:
        """Whether all is well."""

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the tables by name. `write` writes each as a CSV file of that name.

        Returns
        -------
        dict of DataFrame
            Each table by its name.
        """
        return {name: getattr(self, attribute) for name, attribute in self._tables.items()}

    @abstractmethod
    def _figures(self) -> str:
        """Return the figures that the repr shows."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._figures()}>"

    def write(self, folder: str | Path, *, force: bool = False) -> Path:
        """Write the answer to a folder, whole or not at all.

        Parameters
        ----------
        folder
            The folder to make, with a CSV file for each table, and `summary.json`.
        force
            Replace an answer that is there already. Nothing but an answer is ever replaced, and only if its folder
            holds nothing else.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        OutputError
            The folder exists, or can't be written.
        """
        return write_folder(Path(folder), self._fill, kind=self._kind, force=force)

    def _fill(self, staging: Path) -> None:
        for name, table in self.tables().items():
            (staging / f"{name}.csv").write_bytes(csv_bytes(usable_distances(table, digits=3)))
        (staging / SUMMARY).write_bytes(json_bytes(self.summary))
