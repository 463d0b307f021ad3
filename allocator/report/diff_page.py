"""The report of two plans side by side."""

from __future__ import annotations

from typing import Any

import polars as pl

from allocator.plans import Plan, diff
from allocator.report.content import Content, bars, change_layers, histogram, map_of
from allocator.report.figures import Figures, figures
from allocator.report.plan_page import ROOM_BYTES, covering, lead_of, percent, sources_of
from allocator.report.tables import Column, table

_CODES: list[Column] = [
    ("area_code", "area code", "code"),
    ("name", "place", "text"),
    ("asked", "links asked", "int"),
    ("served_before", "served, first", "int"),
    ("served_after", "served, second", "int"),
    ("change", "change in links served", "int"),
    ("share_before", "served share, first", "share"),
    ("share_after", "served share, second", "share"),
    ("mean_km_before", "mean distance, first, km", "km"),
    ("mean_km_after", "mean distance, second, km", "km"),
]
_OUTCODES: list[Column] = [("outcode", "outcode", "outcode"), *_CODES]
_LINKS: list[Column] = [
    ("link_id", "link", "text"),
    ("outcode", "outcode", "outcode"),
    ("own", "its own area code", "code"),
    ("change", "change", "text"),
    ("full_voxnumber_before", "number, first", "text"),
    ("full_voxnumber_after", "number, second", "text"),
    ("area_code_before", "area code, first", "code"),
    ("area_code_after", "area code, second", "code"),
    ("distance_km_before", "distance, first, km", "km"),
    ("distance_km_after", "distance, second, km", "km"),
    ("reason_before", "reason, first", "reason"),
    ("reason_after", "reason, second", "reason"),
]


def comparison_content(before: Plan, after: Plan, names: tuple[str, str], *, room: int = ROOM_BYTES) -> Content:
    """What the report of two plans says.

    Parameters
    ----------
    before, after
        The plans.
    names
        What to call them.
    room
        Bytes that the links themselves may take.
    """
    found = diff(before, after)
    codes, outcodes = _joined(figures(before), figures(after))
    by_name = {f"first: {names[0]}": before, f"second: {names[1]}": after}
    counts = [(change, float(count)) for change, count in found.counts.items()]
    charts = (
        bars("changes", "What changes", "links", [*counts, ("unchanged", float(found.unchanged))]),
        histogram("distances", "Distances of the links served", {name: _km(plan) for name, plan in by_name.items()}),
    )
    ids = pl.concat([plan.select("link_id", "outcode") for one in (before, after) for plan in _links(one)])
    places = ids.unique("link_id", keep="first", maintain_order=True)
    changed = found.links.join(places, on="link_id", how="left", maintain_order="left").join(
        covering(), on="outcode", how="left", maintain_order="left"
    )
    both = pl.col("served_before") + pl.col("served_after") + pl.col("asked") > 0
    whole = "allocator diff with --output"
    return Content(
        title=f"{names[0]} and {names[1]}",
        lead=f"First: {lead_of(before.summary)} Second: {lead_of(after.summary)}",
        facts=_facts(before.summary, after.summary, changed.height),
        map=map_of(change_layers(codes), codes, _CODES, outcodes, _OUTCODES),
        charts=[chart for chart in charts if chart],
        tables=[
            table("area-codes", "Area codes", codes.filter(both), _CODES),
            table("outcodes", "Outcodes", outcodes, _OUTCODES),
            table("links", "Links whose lot changes", changed, _LINKS, room=room, whole=whole),
        ],
        sources=[
            *sources_of(before, f"The first plan: {names[0]}"),
            *sources_of(after, f"The second plan: {names[1]}"),
        ],
    )


def _links(plan: Plan) -> tuple[pl.DataFrame, pl.DataFrame]:
    return plan.assignments, plan.unassigned


def _km(plan: Plan) -> pl.Series:
    return plan.assignments.filter(pl.col("method") == "BY POSTCODE")["distance_km"]


def _joined(before: Figures, after: Figures) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Area codes and outcodes with the figures of both plans."""
    told = ("asked", "served", "share", "mean_km")
    found = []
    for first, second, keys in (
        (before.area_codes, after.area_codes, ["area_code", "name"]),
        (before.outcodes, after.outcodes, ["outcode", "area_code", "name", "longitude", "latitude"]),
    ):
        left = first.select(*keys, *(pl.col(one).alias(f"{one}_before") for one in told))
        right = second.select(*keys, *(pl.col(one).alias(f"{one}_after") for one in told))
        both = left.join(right, on=keys, how="full", coalesce=True)
        counted = [f"{one}_{when}" for one in ("asked", "served") for when in ("before", "after")]
        order = pl.col("area_code").cast(pl.Int64) if keys[0] == "area_code" else pl.col("outcode")
        found.append(
            both.with_columns(pl.col(counted).fill_null(0))
            .with_columns(
                asked=pl.max_horizontal("asked_before", "asked_after"),
                change=pl.col("served_after") - pl.col("served_before"),
            )
            .sort(order)
        )
    return found[0], found[1]


def _facts(before: dict[str, Any], after: dict[str, Any], changed: int) -> list[tuple[str, str]]:
    one, two = before["links"], after["links"]
    gain = two["assigned"] - one["assigned"]
    more = "more" if gain >= 0 else "fewer"
    facts = [
        (f"{one['assigned']:,}", f"of {one['total']:,} links have a number in the first, {percent(one)}"),
        (f"{two['assigned']:,}", f"of {two['total']:,} links have a number in the second, {percent(two)}"),
        (f"{abs(gain):,} {more}", "links with a number in the second"),
        (f"{changed:,}", "links whose lot changes"),
    ]
    km = before["distance_km"]["mean"], after["distance_km"]["mean"]
    if None not in km:
        facts.append((f"{km[1]:.1f} km", f"mean distance in the second; {km[0]:.1f} km in the first"))
    return facts
