"""The folder of a sweep: it holds only whole files, and recognises those of an earlier run."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from allocator.errors import AllocatorError, InputError, OutputError
from allocator.plans import SUMMARY, Summary, foreign_entries, json_bytes, kind_of, links_of, refuse_foreign
from allocator.whatif.job import Files

_COMPARISON = "comparison.csv"
_SCENARIOS = "scenarios"
_CHANGES = "changes"
_UNFINISHED = ".unfinished"
_LISTED = 5  # scenarios that a refusal names
_COMPARED = {
    "assignments": ["link_id", "full_voxnumber", "area_code", "distance_km"],
    "already": ["link_id", "full_voxnumber", "area_code"],
    "unassigned": ["link_id", "reason"],
}


class SweepStore:
    """The folder of a sweep. Half-written files are in `.unfinished` until they are whole.

    Parameters
    ----------
    path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._unfinished = path / _UNFINISHED

    def check(self, names: Sequence[str], force: bool) -> None:
        """Refuse to write where something else is.

        Parameters
        ----------
        names
            The scenarios to write.
        force
            Whether other scenarios may be deleted.

        Raises
        ------
        OutputError
            Something other than a sweep is there, or a sweep with scenarios that would be lost.
        """
        with self._writing():
            if not self.path.exists() and not self.path.is_symlink():
                return
            if not self.path.is_dir():
                raise self._refused("it exists already and is not a folder", "Name another.")
            there = {entry.name for entry in self.path.iterdir()}
            if not there - {_UNFINISHED}:
                return
            if kind_of(self.path) != "sweep":
                raise self._refused("it exists already and is not the folder of a sweep", "Name another folder.")
            others = sorted(self._planned() - set(names))
            if others and not force:
                listed = ", ".join(others[:_LISTED]) + (", …" if len(others) > _LISTED else "")
                raise self._refused(
                    f"it holds scenarios that are not among these ({listed})",
                    "Name another folder, or start afresh in this one with --force (force=True).",
                )
            if force:  # only these two folders are cleared; all else is kept
                cleared = (f"{_SCENARIOS}/", f"{_CHANGES}/")
                foreign = foreign_entries(self.path, "sweep")
                refuse_foreign(self.path, (name for name in foreign if name.startswith(cleared)))

    def _planned(self) -> set[str]:
        folder = self.path / _SCENARIOS
        return {entry.name for entry in folder.iterdir() if entry.is_dir()} if folder.is_dir() else set()

    def open(self, beginning: dict[str, Any], force: bool) -> None:
        """Make the folder, or clear away what a stopped sweep left half-written.

        Parameters
        ----------
        beginning
            What is known of the sweep before anything is planned.
        force
            Whether to delete the scenarios that are there.

        Raises
        ------
        OutputError
            It can't be written.
        """
        with self._writing():
            if self._unfinished.exists():
                shutil.rmtree(self._unfinished)
            self._unfinished.mkdir(parents=True)
            # The summary says that this is a sweep, and that it is not finished.
            (self.path / _COMPARISON).unlink(missing_ok=True)
            self._put(SUMMARY, json_bytes(beginning | {"finished": False}))
            if force:
                for name in (_SCENARIOS, _CHANGES):
                    shutil.rmtree(self.path / name, ignore_errors=True)
            for name in (_SCENARIOS, _CHANGES):
                (self.path / name).mkdir(exist_ok=True)

    def holds(self, name: str, digest: str) -> bool:
        """Return whether a scenario is planned with the same digest, and its files are as they were written."""
        folder = self.path / _SCENARIOS / name
        try:
            scenario = self.summary(name)["scenario"]
            return bool(scenario["digest"] == digest) and all(
                hashlib.sha256((folder / file).read_bytes()).hexdigest() == sha256
                for file, sha256 in scenario["files"].items()
            )
        except (AllocatorError, OSError, KeyError, TypeError, AttributeError):
            return False

    def summary(self, name: str) -> Summary:
        """Return the summary of a scenario.

        Raises
        ------
        InputError
            It can't be read.
        """
        path = self.path / _SCENARIOS / name / SUMMARY
        try:
            summary: Summary = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise _altered(path) from error
        return summary

    def links(self, name: str) -> pl.DataFrame:
        """Return the links of a scenario's plan, see `allocator.plans.links_of`; read only what a comparison needs.

        Raises
        ------
        InputError
            They can't be read.
        """
        folder = self.path / _SCENARIOS / name
        try:
            # The bytes, as polars takes a bracket in a path for a pattern.
            assignments, already, unassigned = (
                pl.read_csv((folder / f"{table}.csv").read_bytes(), columns=columns, infer_schema=False)
                for table, columns in _COMPARED.items()
            )
            return links_of(assignments.with_columns(pl.col("distance_km").cast(pl.Float64)), already, unassigned)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise _altered(folder) from error

    def keep(self, name: str, files: Files) -> None:
        """Put the whole folder of a scenario in its place, instead of an earlier one.

        Parameters
        ----------
        name
            The scenario.
        files
            Its files.

        Raises
        ------
        OutputError
            It can't be written.
        """
        place = self.path / _SCENARIOS / name
        with self._writing():
            staging = self._unfinished / f"{name}-{secrets.token_hex(4)}"
            staging.mkdir()
            for file, data in files.items():
                (staging / file).write_bytes(data)
            if place.exists():
                place.rename(aside := self._unfinished / f"{name}-{secrets.token_hex(4)}-old")
                staging.rename(place)
                shutil.rmtree(aside)
            else:
                staging.rename(place)

    def keep_changes(self, before: str, after: str, data: bytes) -> None:
        """Write the links that change between two scenarios."""
        with self._writing():
            self._put(f"{_CHANGES}/{_pair(before, after)}", data)

    def finish(self, comparison: bytes, summary: dict[str, Any], pairs: Sequence[tuple[str, str]]) -> None:
        """Write the comparison and the final summary; delete changes of pairs that were not compared this time.

        Parameters
        ----------
        comparison
            The comparison, as CSV.
        summary
            The summary.
        pairs
            The pairs of scenarios that were compared.
        """
        known = {_pair(*pair) for pair in pairs}
        with self._writing():
            for path in (self.path / _CHANGES).glob("*--*.csv"):
                if path.name not in known:
                    path.unlink()
            self._put(_COMPARISON, comparison)
            self._put(SUMMARY, json_bytes(summary))
            shutil.rmtree(self._unfinished)

    def copy(self, folder: Path) -> None:
        """Copy the files of a finished sweep into another folder."""
        for name in (_COMPARISON, SUMMARY):
            shutil.copyfile(self.path / name, folder / name)
        for name in (_SCENARIOS, _CHANGES):
            shutil.copytree(self.path / name, folder / name)

    def _put(self, name: str, data: bytes) -> None:
        staging = self._unfinished / secrets.token_hex(8)
        staging.write_bytes(data)
        staging.replace(self.path / name)

    def _refused(self, message: str, remedy: str) -> OutputError:
        return OutputError(message, file=str(self.path), remedy=remedy)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            if isinstance(error, AllocatorError):
                raise
            reason = getattr(error, "strerror", None) or error
            raise self._refused(
                f"it can't be written ({reason})", "Name a place that you may write to, on a disk with room."
            ) from error


def _altered(path: Path) -> InputError:
    return InputError(
        "it can't be read", file=str(path), remedy="It was altered since it was written: run the sweep again."
    )


def _pair(before: str, after: str) -> str:
    return f"{before}--{after}.csv"
