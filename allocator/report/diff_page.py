"""The report of two plans side by side."""

from __future__ import annotations

import polars as pl

from allocator.plans import LinkCounts, Plan, Summary, diff
from allocator.report.charts import bars, histogram
from allocator.report.content import Content
from allocator.report.figures import Figures, by_postcode, every_outcode, figures
from allocator.report.layers import change_layers
from allocator.report.page_map import map_of
from allocator.report.plan_page import lead_of, plan_sources, share_of
from allocator.report.tables import ROOM_BYTES, Column, table

_AREA_CODES: list[Column] = [
    ("area_code", "area code", "code"),
    ("name", "place", "text"),
    ("asked", "links", "int"),
    ("served_before", "served, first", "int"),
    ("served_after", "served, second", "int"),
    ("change", "change in links served", "int"),
    ("share_before", "share served, first", "share"),
    ("share_after", "share served, second", "share"),
    ("mean_km_before", "mean distance, first, km", "km"),
    ("mean_km_after", "mean distance, second, km", "km"),
]
_OUTCODES: list[Column] = [("outcode", "outcode", "outcode"), *_AREA_CODES]
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
    """Collect what the report of two plans says.

    Parameters
    ----------
    before, after
        The plans.
    names
        The name of each.
    room
        Bytes that the table of links may take.
    """
    found = diff(before, after)
    codes, outcodes = _joined(figures(before), figures(after))
    by_name = {f"first: {names[0]}": before, f"second: {names[1]}": after}
    counts = [(change, float(count)) for change, count in found.counts.items()]
    distances = {name: by_postcode(plan.assignments)["distance_km"] for name, plan in by_name.items()}
    links = (frame for plan in (before, after) for frame in (plan.assignments, plan.unassigned))
    places = pl.concat(frame.select("link_id", "outcode") for frame in links)
    places = places.unique("link_id", keep="first", maintain_order=True)
    changed = found.links.join(places, on="link_id", how="left", maintain_order="left").join(
        every_outcode().select("outcode", "own"), on="outcode", how="left", maintain_order="left"
    )
    concerned = pl.col("served_before") + pl.col("served_after") + pl.col("asked") > 0
    whole = "allocator diff with --output"
    return Content(
        title=f"{names[0]} and {names[1]}",
        lead=f"First: {lead_of(before.summary)} Second: {lead_of(after.summary)}",
        facts=_facts(before.summary, after.summary, changed.height),
        map=map_of(change_layers(codes), codes, _AREA_CODES, outcodes, _OUTCODES),
        charts=[
            *bars("changes", "What changes", "links", [*counts, ("unchanged", float(found.unchanged))]),
            *histogram("distances", "Distances of the links served", distances),
        ],
        tables=[
            table("area-codes", "Area codes", codes.filter(concerned), _AREA_CODES),
            table("outcodes", "Outcodes", outcodes, _OUTCODES),
            table("links", "Links that change", changed, _LINKS, room=room, whole=whole),
        ],
        sources=[
            (f"The first plan: {names[0]}", plan_sources(before)),
            (f"The second plan: {names[1]}", plan_sources(after)),
        ],
    )


def _joined(before: Figures, after: Figures) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Area codes and outcodes, each with the figures of both plans."""
    return (
        _side_by_side(before.area_codes, after.area_codes, ["area_code", "name"]).sort(
            pl.col("area_code").cast(pl.Int64)
        ),
        _side_by_side(before.outcodes, after.outcodes, ["outcode", "area_code", "name", "longitude", "latitude"]).sort(
            "outcode"
        ),
    )


def _side_by_side(before: pl.DataFrame, after: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    shown = ("asked", "served", "share", "mean_km")
    first, second = (
        frame.select(*keys, *(pl.col(one).alias(f"{one}_{when}") for one in shown))
        for when, frame in (("before", before), ("after", after))
    )
    counts = [f"{one}_{when}" for one in ("asked", "served") for when in ("before", "after")]
    both = first.join(second, on=keys, how="full", coalesce=True).with_columns(pl.col(counts).fill_null(0))
    return both.with_columns(
        asked=pl.max_horizontal("asked_before", "asked_after"),
        change=pl.col("served_after") - pl.col("served_before"),
    )


def _share(links: LinkCounts, which: str) -> tuple[str, str]:
    number = links["assigned"] + links.get("already", 0)
    return f"{number:,}", f"of {links['total']:,} links have a number in the {which} plan, {share_of(links)}"


def _facts(before: Summary, after: Summary, changed: int) -> list[tuple[str, str]]:
    one, two = before["links"], after["links"]
    first, second = (links["assigned"] + links.get("already", 0) for links in (one, two))
    gain = second - first
    more = "more" if gain >= 0 else "fewer"
    facts = [
        _share(one, "first"),
        _share(two, "second"),
        (f"{abs(gain):,} {more}", "links have a number in the second plan"),
        (f"{changed:,}", "links change"),
    ]
    km = before["distance_km"]["mean"], after["distance_km"]["mean"]
    if None not in km:
        facts.append((f"{km[1]:.1f} km", f"mean distance in the second plan; {km[0]:.1f} km in the first"))
    return facts
