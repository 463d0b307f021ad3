"""What a report is about: a plan, or the answer to a what-if, in memory or in a folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from allocator.errors import InputError
from allocator.plans import SUMMARY, Plan, read_plan

_REMEDY = "Name a folder that `allocator plan` or `allocator whatif` wrote."
_WHOLE = frozenset(
    (
        "numbers", "links", "links_rescued", "served", "served_at_most", "gain", "rule_gain", "groups", "needed",
        "available", "buy_numbers", "split_links", "shuffle", "growth", "borne", "without", "assigned", "already",
        "unassigned", "rejected", "numbers_left", "attached_before", "handed_out", "left",
    )
)  # fmt: skip
_DECIMAL = frozenset(("price", "cost", "gap", "borne_percent"))


@dataclass(frozen=True, slots=True)
class NamedPlan:
    """A plan and its name.

    Attributes
    ----------
    name
        Name of its folder; empty for a plan in memory.
    plan
        The plan.
    """

    name: str
    plan: Plan


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer to a what-if, read from a folder.

    Attributes
    ----------
    name
        Name of the folder.
    folder
        Its path.
    question
        The command that answered: "buy", "run", ….
    summary
        Content of `summary.json`.
    tables
        Content of each CSV file, by its name without `.csv`. Columns of numbers have numbers.
    """

    name: str
    folder: Path
    question: str
    summary: dict[str, Any]
    tables: dict[str, pl.DataFrame]


def read(one: Plan | str | Path) -> NamedPlan | StoredAnswer:
    """Read a folder, whichever of the two it holds; take a plan in memory as it is.

    Parameters
    ----------
    one
        A plan, or a folder that `allocator plan` or `allocator whatif` wrote.

    Raises
    ------
    InputError
        The folder holds neither a plan nor an answer to a what-if, or its files were altered.
    """
    if isinstance(one, Plan):
        return NamedPlan("", one)
    folder = Path(one)
    summary = _summary(folder)
    if "whatif" not in summary:
        return NamedPlan(folder.resolve().name, read_plan(folder))
    tables = {path.stem: _table(path) for path in sorted(folder.glob("*.csv"))}
    return StoredAnswer(folder.resolve().name, folder, str(summary["whatif"]), summary, tables)


def read_one_plan(one: Plan | str | Path) -> Plan:
    """Read a plan's folder; take a plan in memory as it is.

    Raises
    ------
    InputError
        The folder holds no plan, or its files were altered.
    """
    found = read(one)
    if isinstance(found, StoredAnswer):
        raise InputError(
            "this folder holds an answer to a what-if, not a plan",
            file=str(found.folder),
            remedy="Name a folder that `allocator plan` wrote.",
        )
    return found.plan


def _summary(folder: Path) -> dict[str, Any]:
    try:
        content = (folder / SUMMARY).read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(
            "there is neither a plan nor a what-if in this folder", file=str(folder), remedy=_REMEDY
        ) from error
    try:
        summary = json.loads(content)
    except ValueError as error:
        raise _altered(folder / SUMMARY, error) from error
    if not isinstance(summary, dict):
        raise _altered(folder / SUMMARY, "it is not a JSON object")
    return summary


def _altered(path: Path, why: object) -> InputError:
    return InputError(
        f"it can't be read ({str(why).splitlines()[0]})",
        file=str(path),
        remedy="It was altered after it was written. Make it again.",
    )


def _table(path: Path) -> pl.DataFrame:
    try:
        # Read the bytes here: polars takes a bracket in a path for a pattern.
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
