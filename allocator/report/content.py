"""What a report says, before it is a page: figures, a map, charts, tables, and where everything comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Content:
    """A report.

    Attributes
    ----------
    title
        The heading of the page.
    lead
        A sentence about it.
    facts
        The most important figures, each with what it counts.
    map
        The map, see `allocator.report.page_map.map_of`; None where there is nothing to draw.
    charts
        See `allocator.report.charts`.
    tables
        See `allocator.report.tables.table`.
    sources
        Versions, options and digests, by heading.
    """

    title: str
    lead: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    map: dict[str, Any] | None = None
    charts: list[dict[str, Any]] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)
    sources: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)


def sources_of(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """List the versions, options and digests of inputs that a summary has, each with its name."""
    rows = []
    if "engine" in summary:
        rows.append(("engine", f"{summary['engine'].get('name')} {summary['engine'].get('version')}"))
    if "data" in summary:
        edition, manifest = summary["data"].get("edition"), summary["data"].get("manifest_sha256")
        rows.append(("data", f"edition {edition}, manifest sha256 {manifest}"))
    rows += [(name.replace("_", " "), str(value)) for name, value in summary.get("options", {}).items()]
    for name, one in summary.get("inputs", {}).items():
        if isinstance(one, dict):
            count = f", {one['rows']:,} rows" if "rows" in one else ""
            rows.append((name, f"{one.get('source')}{count}, sha256 {one.get('sha256')}"))
    return rows
