"""What lies in a folder: a plan, or the answer to a what-if."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from allocator.errors import InputError
from allocator.plans import Plan, read_plan

_REMEDY = "Name a folder that `allocator plan` or `allocator whatif` has written."
_WHOLE = frozenset(
    (
        "numbers", "links", "links_rescued", "served", "served_at_most", "gain", "rule_gain", "groups", "needed",
        "available", "buy_numbers", "split_links", "shuffle", "growth", "borne", "without", "assigned", "unassigned",
        "rejected", "numbers_left", "attached_before", "handed_out", "left",
    )
)  # fmt: skip
_DECIMAL = frozenset(("price", "cost", "gap", "borne_percent"))


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan that was read from a folder.

    Attributes
    ----------
    name
        Of the folder.
    plan
        The plan.
    """

    name: str
    plan: Plan


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a what-if that was read from a folder.

    Attributes
    ----------
    name
        Of the folder.
    folder
        Where it is.
    question
        Which command answered: "buy", "run", ….
    summary
        `summary.json`.
    tables
        The tables by the names of their files, with numbers where numbers are meant.
    """

    name: str
    folder: Path
    question: str
    summary: dict[str, Any]
    tables: dict[str, pl.DataFrame]


def read_folder(folder: str | Path) -> Planned | Answered:
    """Read what lies in a folder.

    Parameters
    ----------
    folder
        What `allocator plan` or `allocator whatif` has written.

    Raises
    ------
    InputError
        It holds neither a plan nor an answer to a what-if, or one that was altered.
    """
    folder = Path(folder)
    summary = _summary(folder)
    if "whatif" not in summary:
        return Planned(folder.resolve().name, read_plan(folder))
    tables = {path.stem: _table(path) for path in sorted(folder.glob("*.csv"))}
    return Answered(folder.resolve().name, folder, str(summary["whatif"]), summary, tables)


def _summary(folder: Path) -> dict[str, Any]:
    try:
        content = (folder / "summary.json").read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(
            "there is neither a plan nor a what-if in this folder", file=str(folder), remedy=_REMEDY
        ) from error
    try:
        summary = json.loads(content)
    except ValueError as error:
        raise _altered(folder / "summary.json", error) from error
    if not isinstance(summary, dict):
        raise _altered(folder / "summary.json", "it holds no object")
    return summary


def _altered(path: Path, why: object) -> InputError:
    return InputError(
        f"it can't be read ({str(why).splitlines()[0]})",
        file=str(path),
        remedy="It was altered since it was written: make it again.",
    )


def _table(path: Path) -> pl.DataFrame:
    """A table, its numbers as such."""
    try:
        # Its bytes, as polars would take a bracket in a path for a pattern.
        table = pl.read_csv(path.read_bytes(), infer_schema=False)
        return table.with_columns(
            pl.col(name).cast(kind) for name in table.columns if (kind := _kind(name)) is not None
        )
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise _altered(path, error) from error


def _kind(name: str) -> type[pl.DataType] | None:
    if name in _WHOLE:
        return pl.Int64
    return pl.Float64 if name in _DECIMAL or name.endswith("_km") else None
