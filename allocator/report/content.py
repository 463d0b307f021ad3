"""What a report says, before it is a page: figures, a map, charts, tables, and where everything comes from."""

from __future__ import annotations

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
