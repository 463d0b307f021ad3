"""The report of a plan."""

from __future__ import annotations

from typing import Any

import polars as pl

from allocator.notation import Reason
from allocator.places import bundled_area_codes, bundled_outcodes
from allocator.plans import Plan
from allocator.report.content import (
    AREA_CODE_COLUMNS,
    FALLBACK_COLUMNS,
    OUTCODE_COLUMNS,
    Content,
    bars,
    histogram,
    layers_of,
    map_of,
)
from allocator.report.figures import Figures, figures
from allocator.report.tables import Column, table, written_bytes

ROOM_BYTES = 4_000_000
"""What the links themselves may take in a page of 6 MB; the rest is for scripts, map and figures."""

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
    ("message", "what was missing", "text"),
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
    """What the report of a plan says.

    Parameters
    ----------
    plan
        The plan.
    title
        What to call it.
    bought
        A shopping list: `area_code`, `numbers`.
    room
        Bytes that the links themselves may take.
    """
    found = figures(plan)
    codes, columns = found.area_codes, list(AREA_CODE_COLUMNS)
    if plan.stock.is_empty():
        columns.remove(("left", "numbers left", "int"))
    if bought is not None:
        wanted = bought.select("area_code", buy=pl.col("numbers").cast(pl.Int64))
        codes = codes.join(wanted, on="area_code", how="left", maintain_order="left")
        columns.append(("buy", "numbers to buy", "int"))
    layers = layers_of(codes, None if bought is None else "buy")
    return Content(
        title=title,
        lead=lead_of(plan.summary),
        facts=facts_of(plan.summary),
        map=map_of(layers, codes, columns, found.outcodes, OUTCODE_COLUMNS, found.fallbacks),
        charts=_charts(plan),
        tables=[*figure_tables(found, codes, columns), *_stock_tables(plan), *link_tables(plan, room)],
        sources=sources_of(plan),
    )


def lead_of(summary: dict[str, Any]) -> str:
    """How it was planned, in a sentence."""
    options = summary["options"]
    together = options["grouping"] == "together"
    how = (
        "each outcode is served from one area code" if together else "an outcode may be served from several area codes"
    )
    rule = "the best plan" if options.get("strategy") == "optimal" else "by the rule of the API"
    rule += " with the least worst distance" if options.get("objective") == "worst" else ""
    radius = options["fallback_km"]
    distance = f"fallback of up to {radius:g} km" if radius else "no fallback but what the links themselves allow"
    return f"{rule[0].upper()}{rule[1:]}: {how}, {distance}."


def facts_of(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """The figures that stand at the top."""
    links, km, stock = summary["links"], summary["distance_km"], summary["stock"]
    facts = [
        (f"{links['assigned']:,}", f"of {links['total']:,} links have a number, {percent(links)}"),
        (f"{links['unassigned']:,}", "links go without"),
    ]
    if links["rejected"]:
        facts.append((f"{links['rejected']:,}", "rows of the links can't be read"))
    if km["mean"] is not None:
        facts.append((f"{km['mean']:.1f} km", f"mean distance; 90 % within {km['p90']:.1f}, at most {km['max']:.1f}"))
    facts.append((f"{stock['left']:,}", f"of {stock['numbers']:,} numbers are left"))
    if "certificate" in summary:
        proven = summary["certificate"]
        most = proven["assigned_at_most"]
        facts.append((f"{most:,}", "links at most could have a number" + (": proven" if proven["optimal"] else "")))
    return facts


def percent(links: dict[str, int]) -> str:
    """The share of links that have a number, as people write it: never 100 % where one has none.

    >>> percent({"assigned": 19999, "total": 20000}), percent({"assigned": 1, "total": 3})
    ('over 99.9 %', '33.3 %')
    """
    share = links["assigned"] / links["total"] if links["total"] else 1.0
    rounded = round(100 * share, 1)
    return "over 99.9 %" if share < 1 and rounded >= 100 else f"{rounded:g} %"


def figure_tables(found: Figures, codes: pl.DataFrame, columns: list[Column]) -> list[dict[str, Any]]:
    """The tables behind the map."""
    numbers = [key for key in ("asked", "given", "left", "buy") if key in codes.columns]
    telling = codes.filter(pl.any_horizontal(pl.col(numbers).fill_null(0) > 0))
    note = f"Those with links or numbers; {codes.height - telling.height:,} others have neither."
    made = [
        table("area-codes", "Area codes", telling, columns, note=note),
        table("outcodes", "Outcodes", found.outcodes, OUTCODE_COLUMNS, note="Those with links and a position."),
    ]
    if found.fallbacks.height:
        note = "Groups of links that were served from another area code than their own; the lines of the map."
        made.append(table("fallbacks", "Fallbacks by distance", found.fallbacks, FALLBACK_COLUMNS, note=note))
    return made


def _stock_tables(plan: Plan) -> list[dict[str, Any]]:
    """The numbers of the account; those of older folders are not known."""
    note = "Every area code of the account; those of other countries with their country code before them."
    return [] if plan.stock.is_empty() else [table("stock", "Numbers", plan.stock, _STOCK, note=note)]


def link_tables(plan: Plan, room: int) -> list[dict[str, Any]]:
    """The links themselves, those that go without first, as far as there is room."""
    own = covering()
    made = []
    unassigned = plan.unassigned.join(own, on="outcode", how="left", maintain_order="left")
    if unassigned.height:
        name = "unassigned.csv in the plan's folder"
        made.append(table("unassigned", "Links without a number", unassigned, _UNASSIGNED, room=room, whole=name))
        room = 0 if made[0]["rows"] < made[0]["of"] else room - written_bytes(made[0])
    assigned = plan.assignments.join(own, on="outcode", how="left", maintain_order="left")
    if assigned.height:
        fallen = pl.col("fallback") != "none"
        ordered = assigned.sort(fallen, pl.col("distance_km").fill_null(0), descending=True, maintain_order=True)
        name = "assignments.csv in the plan's folder"
        note = "Those by fallback first, the farthest before the others."
        made.append(
            table("assigned", "Links with a number", ordered, _ASSIGNED, note=note, room=max(room, 0), whole=name)
        )
    if plan.rejected.height:
        whole = "rejected.csv in the plan's folder"
        made.append(
            table("rejected", "Rows that can't be read", plan.rejected, _REJECTED, room=ROOM_BYTES // 20, whole=whole)
        )
    return made


def covering() -> pl.DataFrame:
    """The area code that covers each outcode: `outcode`, `own`."""
    outcodes, codes = bundled_outcodes(), bundled_area_codes()
    place = pl.Series(outcodes.area_index, dtype=pl.Int64)
    found = pl.Series(codes.area_code).cast(pl.String).gather(place.clip(lower_bound=0))
    return pl.DataFrame({"outcode": outcodes.outcode, "place": place, "own": found}).select(
        "outcode", own=pl.when(pl.col("place") >= 0).then("own")
    )


def _charts(plan: Plan) -> list[dict[str, Any]]:
    planned = plan.assignments.filter(pl.col("method") == "BY POSTCODE")
    distances = histogram("distances", "Distances of the links served", {"plan": planned["distance_km"]})
    reasons = [(Reason(reason).words, count) for reason, count in plan.summary["unassigned"].items()]
    reasons.sort(key=lambda row: (-row[1], row[0]))
    return [one for one in (distances, bars("reasons", "Why links go without", "links", reasons)) if one]


def sources_of(plan: Plan, heading: str = "The plan") -> list[tuple[str, list[tuple[str, str]]]]:
    """Versions, options and digests of a plan."""
    summary = plan.summary
    rows = [
        ("engine", f"{summary['engine']['name']} {summary['engine']['version']}"),
        ("data", f"edition {summary['data']['edition']}, manifest sha256 {summary['data']['manifest_sha256']}"),
    ]
    rows += [(key.replace("_", " "), f"{value}") for key, value in summary["options"].items()]
    for name, one in summary["inputs"].items():
        rows.append((name, f"{one['source']}, {one['rows']:,} rows, sha256 {one['sha256']}"))
    rows.append(("assignments.csv", f"sha256 {plan.digest}"))
    return [(heading, rows)]
