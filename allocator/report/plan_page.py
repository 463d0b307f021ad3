"""The report of a plan."""

from __future__ import annotations

from typing import Any

import polars as pl

from allocator.notation import Fallback, Reason
from allocator.plans import LinkCounts, Plan, Summary
from allocator.report.charts import bars, histogram
from allocator.report.content import Content, sources_of
from allocator.report.figures import Figures, by_postcode, every_outcode, figures
from allocator.report.layers import plan_layers
from allocator.report.page_map import FALLBACK_COLUMNS, map_of
from allocator.report.tables import ROOM_BYTES, Column, size_of, table

_COUNTS: list[Column] = [
    ("asked", "links", "int"),
    ("served", "served", "int"),
    ("already", "had one already", "int"),
    ("share", "share served", "share"),
    ("mean_km", "mean distance, km", "km"),
    ("missing", "no number in reach", "int"),
]
_AREA_CODES: list[Column] = [
    ("area_code", "area code", "code"),
    ("name", "place", "text"),
    ("outcodes", "outcodes with links", "int"),
    *_COUNTS,
    ("given", "numbers used", "int"),
    ("left", "numbers left", "int"),
    ("buy", "numbers to buy", "int"),
]
_OUTCODES: list[Column] = [
    ("outcode", "outcode", "outcode"),
    ("area_code", "area code", "code"),
    ("name", "place", "text"),
    *_COUNTS,
    ("served_by", "served by", "text"),
]
_ASSIGNED: list[Column] = [
    ("link_id", "link", "text"),
    ("full_voxnumber", "number", "text"),
    ("method", "method", "text"),
    ("postcode", "postcode", "text"),
    ("outcode", "outcode", "outcode"),
    ("own", "its own area code", "code"),
    ("area_code", "number's area code", "code"),
    ("distance_km", "distance, km", "km"),
    ("fallback", "fallback", "text"),
]
_UNASSIGNED: list[Column] = [
    ("link_id", "link", "text"),
    ("postcode", "postcode", "text"),
    ("outcode", "outcode", "outcode"),
    ("own", "its own area code", "code"),
    ("reason", "reason", "reason"),
    ("message", "details", "text"),
]
_ALREADY: list[Column] = [
    ("link_id", "link", "text"),
    ("full_voxnumber", "number", "number"),
    ("area_code", "area code", "code"),
]
_STOCK: list[Column] = [
    ("area_code", "area code", "code"),
    ("name", "place", "text"),
    ("numbers", "numbers", "int"),
    ("attached_before", "attached before", "int"),
    ("handed_out", "handed out", "int"),
    ("left", "left", "int"),
]
_REJECTED: list[Column] = [
    ("table", "table", "text"),
    ("file", "file", "text"),
    ("row", "row", "int"),
    ("column", "column", "text"),
    ("value", "value", "text"),
    ("message", "what is wrong", "text"),
]


def plan_content(
    plan: Plan,
    *,
    title: str = "Plan",
    bought: pl.DataFrame | None = None,
    room: int = ROOM_BYTES,
) -> Content:
    """Collect what the report of a plan says.

    Parameters
    ----------
    plan
        The plan.
    title
        The heading of the page.
    bought
        A shopping list: `area_code`, `numbers`.
    room
        Bytes that the tables of links may take.
    """
    found = figures(plan)
    codes = found.area_codes
    columns = [column for column in _AREA_CODES if column[0] != "left" or not plan.stock.is_empty()]
    if bought is not None:
        wanted = bought.select("area_code", buy=pl.col("numbers").cast(pl.Int64))
        codes = codes.join(wanted, on="area_code", how="left", maintain_order="left")
    layers = plan_layers(codes, None if bought is None else "buy")
    return Content(
        title=title,
        lead=lead_of(plan.summary),
        facts=_facts(plan.summary),
        map=map_of(layers, codes, columns, found.outcodes, _OUTCODES, found.fallbacks),
        charts=_charts(plan),
        tables=[*_figure_tables(found, codes, columns), *_stock_tables(plan), *_link_tables(plan, room)],
        sources=[("The plan", plan_sources(plan))],
    )


def lead_of(summary: Summary) -> str:
    """Say in a sentence how it was planned."""
    options = summary["options"]
    served = "is served from one area code" if options["grouping"] == "together" else "may use several area codes"
    rule = "The best plan" if options.get("strategy") == "optimal" else "By the API's rule"
    rule += ", with the longest distance as short as possible" if options.get("objective") == "worst" else ""
    radius = options["fallback_km"]
    fallback = f"with fallback of up to {radius:g} km" if radius else "with no fallback but what a link itself allows"
    return f"{rule}: each postcode district (outcode) {served}, {fallback}."


def _facts(summary: Summary) -> list[tuple[str, str]]:
    links, km, stock = summary["links"], summary["distance_km"], summary["stock"]
    facts = [
        (
            f"{links['assigned']:,}",
            f"of {links['total']:,} links get a number; {share_of(links)} have one now",
        ),
        *_already(links),
        (f"{links['unassigned']:,}", "links have no number"),
    ]
    if links["rejected"]:
        facts.append((f"{links['rejected']:,}", "rows of the links can't be read"))
    if km["mean"] is not None:
        facts.append((f"{km['mean']:.1f} km", f"mean distance; 90 % within {km['p90']:.1f}, at most {km['max']:.1f}"))
    facts.append((f"{stock['left']:,}", f"of {stock['numbers']:,} numbers are left"))
    if "certificate" in summary:
        proven = summary["certificate"]
        best = "; this plan is proven best" if proven["optimal"] else ""
        most = f"{proven['assigned_at_most']:,}"
        facts.append((most, f"links: no plan could serve more with these numbers{best}"))
    return facts


def _already(links: LinkCounts) -> list[tuple[str, str]]:
    held = links.get("already", 0)  # not in folders of earlier versions
    return [(f"{held:,}", "links had a number already")] if held else []


def share_of(links: LinkCounts) -> str:
    """The share of links that have a number, from this plan or already, for people to read."""
    return percent(links["assigned"] + links.get("already", 0), links["total"])


def percent(assigned: int, total: int) -> str:
    """The share of links that have a number, for people to read: never 100 % where one has none.

    >>> percent(19999, 20000), percent(1, 3)
    ('over 99.9 %', '33.3 %')
    """
    share = assigned / total if total else 1.0
    rounded = round(100 * share, 1)
    return "over 99.9 %" if share < 1 and rounded >= 100 else f"{rounded:g} %"


def _figure_tables(found: Figures, codes: pl.DataFrame, columns: list[Column]) -> list[dict[str, Any]]:
    """Tables with the figures of the map."""
    numbers = [key for key in ("asked", "given", "left", "buy") if key in codes.columns]
    kept = codes.filter(pl.any_horizontal(pl.col(numbers).fill_null(0) > 0))
    note = f"Area codes with links or numbers; {codes.height - kept.height:,} others have neither."
    made = [
        table("area-codes", "Area codes", kept, columns, note=note),
        table("outcodes", "Outcodes", found.outcodes, _OUTCODES, note="Outcodes with links and a known position."),
    ]
    if found.fallbacks.height:
        note = "Links served from another area code than their own: the lines on the map."
        made.append(table("fallbacks", "Fallbacks by distance", found.fallbacks, FALLBACK_COLUMNS, note=note))
    return made


def _stock_tables(plan: Plan) -> list[dict[str, Any]]:
    """The numbers of the account; a folder that an earlier release wrote does not have them."""
    note = "All area codes of the account. Those of other countries begin with the country code."
    return [] if plan.stock.is_empty() else [table("stock", "Numbers", plan.stock, _STOCK, note=note)]


def _link_tables(plan: Plan, room: int) -> list[dict[str, Any]]:
    """The links, those without a number first, as far as there is room."""
    own = every_outcode().select("outcode", "own")
    made = []
    unassigned = plan.unassigned.join(own, on="outcode", how="left", maintain_order="left")
    if unassigned.height:
        whole = "unassigned.csv in the plan's folder"
        made.append(table("unassigned", "Links without a number", unassigned, _UNASSIGNED, room=room, whole=whole))
        room = 0 if made[0]["rows"] < made[0]["of"] else max(room - size_of(made[0]), 0)
    if plan.already.height:
        whole = "already.csv in the plan's folder"
        made.append(table("already", "Links that had a number already", plan.already, _ALREADY, room=room, whole=whole))
        room = max(room - size_of(made[-1]), 0)
    assigned = plan.assignments.join(own, on="outcode", how="left", maintain_order="left")
    if assigned.height:
        fallen = pl.col("fallback") != Fallback.NONE
        ordered = assigned.sort(fallen, pl.col("distance_km").fill_null(0), descending=True, maintain_order=True)
        note = "Links served by fallback come first, the farthest at the top."
        whole = "assignments.csv in the plan's folder"
        made.append(table("assigned", "Links with a number", ordered, _ASSIGNED, note=note, room=room, whole=whole))
    if plan.rejected.height:
        room, whole = ROOM_BYTES // 20, "rejected.csv in the plan's folder"
        made.append(table("rejected", "Rows that can't be read", plan.rejected, _REJECTED, room=room, whole=whole))
    return made


def _charts(plan: Plan) -> list[dict[str, Any]]:
    distances = by_postcode(plan.assignments)["distance_km"]
    reasons: list[tuple[str, float]] = [
        (Reason(reason).words, count) for reason, count in plan.summary["unassigned"].items()
    ]
    reasons.sort(key=lambda row: (-row[1], row[0]))
    return [
        *histogram("distances", "Distances of the links served", {"plan": distances}),
        *bars("reasons", "Why links have no number", "links", reasons),
    ]


def plan_sources(plan: Plan) -> list[tuple[str, str]]:
    """List the versions, options and digests of a plan, each with its name."""
    return [*sources_of(plan.summary), ("assignments.csv", f"sha256 {plan.digest}")]
