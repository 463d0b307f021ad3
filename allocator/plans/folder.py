"""Read a plan back from its folder, and explain its links."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import polars as pl

from allocator.errors import InputError
from allocator.plans.explanation import Explanation
from allocator.plans.registry import SUMMARY
from allocator.plans.result import ALREADY, STOCK, TABLES, Plan
from allocator.plans.summary import Summary


def read_plan(folder: str | Path) -> Plan:
    """Read a plan that was written to a folder.

    Parameters
    ----------
    folder
        A folder that `Plan.write` made.

    Returns
    -------
    Plan
        The plan, as it was written.

    Raises
    ------
    InputError
        There is no plan in that folder, or it was altered.

    Examples
    --------
    >>> import allocator, tempfile
    >>> links = pl.DataFrame({"link_id": ["555"], "postcode": ["SW1A 0AA"]})
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000"]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     read_plan(allocator.plan(links, stock).write(f"{folder}/plan"))
    <Plan: 1 of 1 links assigned, 0 unassigned, 0 rejected>
    """
    folder = Path(folder)
    if not (folder / SUMMARY).is_file():
        raise InputError(
            "there is no plan in this folder",
            file=str(folder),
            remedy="Name a folder that `allocator plan` has written.",
        )
    try:
        tables = {name: _read_table(folder / f"{name}.csv") for name in TABLES if name != "already"}
        stock = _read_columns(folder / "stock.csv", STOCK)
        already = _read_columns(folder / "already.csv", ALREADY)
        summary = _read_summary(folder / SUMMARY)
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise InputError(
            f"the plan in this folder can't be read ({str(error).splitlines()[0]})",
            file=str(folder),
            remedy="It was altered since it was written: plan again.",
        ) from error
    return Plan(summary=summary, stock=stock, already=already, **tables)


def _read_summary(path: Path) -> Summary:
    summary: Any = json.loads(path.read_text(encoding="utf-8"))
    parts = ("links", "options", "result")
    if not isinstance(summary, dict) or not all(isinstance(summary.get(part), dict) for part in parts):
        raise ValueError(f"{path.name} has other parts")
    return cast("Summary", summary)


_FIRST = {"assignments": "link_id", "unassigned": "link_id", "rejected": "table", "decisions": "turn"}

_TYPES = {
    "row": pl.UInt32,
    "turn": pl.UInt32,
    "links": pl.Int64,
    "radius_km": pl.Float64,
    "distance_km": pl.Float64,
    "numbers_left": pl.Int64,
    "numbers_taken": pl.Int64,
}


def _read_table(path: Path) -> pl.DataFrame:
    # The bytes, as polars takes a bracket in a path for a pattern.
    table = pl.read_csv(path.read_bytes(), infer_schema=False)
    if table.columns[0] != _FIRST[path.stem]:
        raise ValueError(f"{path.name} has other columns")
    return table.with_columns(pl.col(name).cast(kind) for name, kind in _TYPES.items() if name in table.columns)


def _read_columns(path: Path, columns: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    """Read a table that folders of earlier versions lack."""
    if not path.exists():
        return pl.DataFrame(schema=columns)
    table = pl.read_csv(path.read_bytes(), infer_schema=False)
    return table.select(pl.col(name).cast(kind) for name, kind in columns.items())


def explain(plan: Plan | str | Path, link_id: str) -> Explanation:
    """Explain why a link has its number, or none.

    Parameters
    ----------
    plan
        A plan, or its folder.
    link_id
        The link.

    Returns
    -------
    Explanation
        Reads as text; its `candidates` are a table.

    Raises
    ------
    InputError
        The folder holds no plan, or the plan has no such link.

    Examples
    --------
    >>> import allocator
    >>> links = pl.DataFrame({"link_id": ["555"], "postcode": ["SW1A 0AA"]})
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000"]})
    >>> explain(allocator.plan(links, stock), "555")
    <Explanation: 555 gets 442079460000.>
    """
    return (plan if isinstance(plan, Plan) else read_plan(plan)).explain(link_id)
