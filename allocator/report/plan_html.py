"""A plan for a notebook: what came of it, a small map, and the first rows of what matters."""

from __future__ import annotations

import html

import polars as pl

from allocator.plans import Plan
from allocator.report.notebook import small_map

_SHOWN_ROWS = 5


def plan_html(plan: Plan) -> str:
    """A plan for a notebook, as HTML: what came of it, a small map, and the first rows of what matters."""
    picture = small_map(plan)
    links, distance = plan.summary["links"], plan.summary["distance_km"]
    options = plan.summary["options"]
    facts = [("links", links["total"]), ("assigned", links["assigned"])]
    facts += [
        (f"by fallback: {name}", count)
        for name, count in plan.summary["assigned"]["by_fallback"].items()
        if name != "none"
    ]
    facts += [("unassigned", links["unassigned"])]
    facts += [(f"because: {reason}", count) for reason, count in plan.summary["unassigned"].items()]
    facts += [("rejected rows", links["rejected"])]
    if distance["mean"] is not None:
        facts += [(f"distance, {name}", f"{value:.1f} km") for name, value in distance.items()]
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td style='text-align:right'>{_grouped(value)}</td></tr>"
        for name, value in facts
    )
    title = f"Plan, {options['grouping']}, fallback {options['fallback_km']:g} km"
    sections = (
        (
            "Assignments",
            plan.assignments,
            ["link_id", "full_voxnumber", "postcode", "area_code", "distance_km", "fallback"],
        ),
        ("Unassigned", plan.unassigned, ["link_id", "postcode", "reason", "message"]),
    )
    tables = "".join(_html_section(*section) for section in sections if section[1].height)
    return f"<div><p><b>{html.escape(title)}</b></p>{picture}<table>{rows}</table>{tables}</div>"


def _grouped(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else html.escape(str(value))


def _html_section(name: str, table: pl.DataFrame, columns: list[str]) -> str:
    shown = f"first {min(_SHOWN_ROWS, table.height)} of {table.height:,}"
    return f"<p style='margin:.6em 0 .2em'><b>{name}</b>, {shown}</p>{_html_table(table, columns)}"


def _html_table(table: pl.DataFrame, columns: list[str]) -> str:
    head = "".join(f"<th style='text-align:left'>{name}</th>" for name in columns)
    rows = "".join(
        "<tr>" + "".join(f"<td style='text-align:left'>{_cell(value)}</td>" for value in row) + "</tr>"
        for row in table.select(columns).head(_SHOWN_ROWS).iter_rows()
    )
    return f"<table><tr>{head}</tr>{rows}</table>"


def _cell(value: object) -> str:
    return "" if value is None else f"{value:.1f}" if isinstance(value, float) else html.escape(str(value))
