"""A result in a notebook, as HTML: its counts, a small map, and the first rows of its tables."""

from __future__ import annotations

from html import escape
from pathlib import Path

import polars as pl

from allocator.notation import Reason
from allocator.plans import Plan
from allocator.report.folders import read_one_plan
from allocator.report.small_map import small_map

_SHOWN_ROWS = 5


def html(result: Plan | str | Path) -> str:
    """Show a plan in a notebook: its counts, a small map, and the first rows of its tables.

    IPython and Jupyter do this by themselves for a plan that is the last expression of a cell, once `allocator` has
    been imported there.

    Parameters
    ----------
    result
        A plan, or a plan's folder.

    Returns
    -------
    str
        A piece of HTML, some 100 kB. It needs no script, and loads nothing.

    Raises
    ------
    InputError
        The folder holds no plan, or its files were altered.

    Examples
    --------
    >>> import allocator, polars as pl
    >>> links = pl.DataFrame({"link_id": ["1"], "postcode": ["W11 3EP"]})
    >>> plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    >>> allocator.report.html(plan).startswith("<div><p><b>Plan, together, fallback 0 km</b></p>")
    True
    """
    plan = read_one_plan(result)
    links, distance, options = plan.summary["links"], plan.summary["distance_km"], plan.summary["options"]
    facts: list[tuple[str, int | str]] = [("links", links["total"]), ("assigned", links["assigned"])]
    by_fallback = plan.summary["assigned"]["by_fallback"]
    facts += [(f"by fallback: {name}", count) for name, count in by_fallback.items() if name != "none"]
    facts += [("with a number already", held)] if (held := links.get("already", 0)) else []
    facts += [("unassigned", links["unassigned"])]
    facts += [(f"because {Reason(reason).words}", count) for reason, count in plan.summary["unassigned"].items()]
    facts += [("rejected rows", links["rejected"])]
    if distance["mean"] is not None:
        words = {"mean": "mean distance", "p90": "90 % within", "max": "the farthest"}
        facts += [(words[name], f"{value:.1f} km") for name, value in distance.items()]
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td style='text-align:right'>{_grouped(value)}</td></tr>" for name, value in facts
    )
    title = f"Plan, {options['grouping']}, fallback {options['fallback_km']:g} km"
    shown = ["link_id", "full_voxnumber", "postcode", "area_code", "distance_km", "fallback"]
    sections = (
        ("Assignments", plan.assignments, shown),
        ("Unassigned", plan.unassigned, ["link_id", "postcode", "reason", "message"]),
    )
    tables = "".join(_section(*section) for section in sections if section[1].height)
    return f"<div><p><b>{escape(title)}</b></p>{small_map(plan)}<table>{rows}</table>{tables}</div>"


def _grouped(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else escape(str(value))


def _section(name: str, table: pl.DataFrame, columns: list[str]) -> str:
    head = "".join(f"<th style='text-align:left'>{column}</th>" for column in columns)
    rows = "".join(
        "<tr>" + "".join(f"<td style='text-align:left'>{_cell(value)}</td>" for value in row) + "</tr>"
        for row in table.select(columns).head(_SHOWN_ROWS).iter_rows()
    )
    title = f"<b>{name}</b>, first {min(_SHOWN_ROWS, table.height)} of {table.height:,}"
    return f"<p style='margin:.6em 0 .2em'>{title}</p><table><tr>{head}</tr>{rows}</table>"


def _cell(value: object) -> str:
    return "" if value is None else f"{value:.1f}" if isinstance(value, float) else escape(str(value))
