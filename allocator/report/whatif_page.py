"""The report of an answer to a what-if: its curves, its map where it has places, and its tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from allocator.errors import InputError
from allocator.notation import usable_distances, usable_km
from allocator.report.charts import bars, curves
from allocator.report.content import Content, sources_of
from allocator.report.figures import every_area_code
from allocator.report.folders import StoredAnswer
from allocator.report.layers import Layer
from allocator.report.page_map import map_of
from allocator.report.scales import Scale, changing, counting
from allocator.report.sweep_page import add_scenarios
from allocator.report.tables import ROOM_BYTES, Column, Kind, table

_TITLES = {
    "buy": "What to buy",
    "frontier": "How many more links each extra number serves",
    "worth": "What one more number is worth",
    "why": "Why links have no number",
    "radius": "What a wider radius brings",
    "order": "How much the order of the links matters",
    "shortage": "What runs out first",
    "run": "Scenarios side by side",
}
_TABLES = {
    "shopping": "Shopping list",
    "rescued": "Links that the purchase rescues",
    "infeasible": "Links that no purchase helps",
    "frontier": "Links served by numbers bought",
    "worth": "What one more number brings",
    "blocks": "What blocks each outcode without a number",
    "repairs": "What would help each of them",
    "radius": "Links served by radius",
    "order": "Links served by shuffle",
    "shortage": "How much growth each area code can take",
    "comparison": "Scenarios",
}
_HEADINGS = {
    "area_code": "area code",
    "name": "place",
    "links_rescued": "links rescued",
    "link_id": "link",
    "distance_km": "distance, km",
    "bought_in": "area code of the purchase",
    "served_at_most": "could be served at most",
    "rule_gain": "gain by the rule",
    "needed": "numbers needed",
    "available": "numbers available",
    "area_codes": "area codes",
    "buy_numbers": "numbers to buy",
    "buy_area_code": "in area code",
    "widen_km": "or radius to widen to, km",
    "widen_area_code": "which reaches",
    "split_links": "or links served if split",
    "radius_km": "radius, km",
    "without": "without a number today",
    "growth": "extra links",
    "borne": "extra links it can take",
    "borne_percent": "growth it can take, %",
    "mean_km": "mean distance, km",
    "p90_km": "90 % within, km",
    "max_km": "at most, km",
    "numbers_left": "numbers left",
    "assignments_sha256": "digest of the assignments",
    "message": "details",
}
_KINDS: dict[str, Kind] = {
    "area_code": "code",
    "bought_in": "code",
    "buy_area_code": "code",
    "widen_area_code": "code",
    "outcode": "outcode",
    "reason": "reason",
    "gap": "share",
}


def answer_content(answer: StoredAnswer, *, room: int = ROOM_BYTES) -> Content:
    """Collect what the report of an answer says.

    Parameters
    ----------
    answer
        The answer.
    room
        Bytes that its tables may take.

    Raises
    ------
    InputError
        A file of the answer is missing or was altered.
    """
    content = Content(
        title=f"{_TITLES.get(answer.question, answer.question.capitalize())}: {answer.name}",
        lead=_lead(answer.summary),
        facts=_facts(answer),
        sources=[("The what-if", sources_of(answer.summary))],
    )
    if answer.question in _PICTURES:
        try:
            _PICTURES[answer.question](answer, content)
        except (KeyError, TypeError, pl.exceptions.PolarsError) as error:
            raise InputError(
                f"the answer in this folder is not complete ({error!s:.80})",
                file=str(answer.folder),
                remedy="Ask again. A run that was stopped continues where it was.",
            ) from error
    share = room // max(len(answer.tables), 1)
    content.tables[:0] = [_table(name, answer.tables[name], share) for name in _order(answer.tables)]
    return content


def _order(tables: dict[str, pl.DataFrame]) -> list[str]:
    known = [name for name in _TABLES if name in tables]
    return known + sorted(set(tables) - set(known))


def _table(name: str, frame: pl.DataFrame, room: int) -> dict[str, Any]:
    columns: list[Column] = [
        (key, _HEADINGS.get(key, key.replace("_", " ")), _kind(key, frame)) for key in frame.columns
    ]
    title = _TABLES.get(name, name.replace("-", " ").replace("_", " ").capitalize())
    frame = usable_distances(frame, digits=1)
    return table(name, title, frame, columns, room=room, whole=f"{name}.csv in the folder")


def _kind(key: str, frame: pl.DataFrame) -> Kind:
    kind = frame.schema[key]
    return _KINDS.get(key, "int" if kind.is_integer() else "number" if kind.is_float() else "text")


def _lead(summary: dict[str, Any]) -> str:
    options = summary.get("options", {}).items()
    given = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in options if value is not None)
    return f"Options: {given}." if given else ""


_FACTS = {
    "already": "links with a number already",
    "served_by_rule": "links served today by the rule",
    "served_before": "links served today by the best plan",
    "served": "links served today",
    "served_after": "links served after the purchase",
    "served_at_most": "links: no purchase could serve more",
    "most_served": "links served with the widest radius",
    "smallest_km": "km: the smallest radius that serves all",
    "numbers": "numbers to buy",
    "cost": "cost of these numbers",
    "cost_at_least": "numbers are needed at least (proven)",
    "links_rescued": "links rescued",
    "best": "links served in the best order",
    "median": "links served in the median order",
    "worst": "links served in the worst order",
    "growth": "extra links",
}


def _facts(answer: StoredAnswer) -> list[tuple[str, str]]:
    summary, labels = answer.summary, dict(_FACTS)
    if summary.get("options", {}).get("prices") is None:
        del labels["cost"]
    else:
        labels["cost_at_least"] = "is the lowest possible cost (proven)"
    figures = {name: _figure(summary[name]) for name in labels if _numeric(summary.get(name))}
    if "smallest_km" in figures:
        figures["smallest_km"] = usable_km(summary["smallest_km"])
    facts = [(figure, labels[name]) for name, figure in figures.items()]
    if answer.question == "run" and "comparison" in answer.tables:
        compared = answer.tables["comparison"].sort(
            "assigned", "mean_km", descending=[True, False], maintain_order=True
        )
        facts.append((f"{compared.height:,}", "scenarios"))
        if compared.height:
            best, worst = compared.row(0, named=True), compared.row(-1, named=True)
            facts.append((f"{best['assigned']:,}", f"links have a number in {best['scenario']}, the most"))
            facts.append((f"{worst['assigned']:,}", f"links have a number in {worst['scenario']}, the fewest"))
    return facts


def _figure(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}".rstrip("0").rstrip(".")


def _numeric(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _by_area_code(table: pl.DataFrame) -> pl.DataFrame:
    """All area codes of the data, with the figures of those that are in a table."""
    rows = table.drop("name", strict=False).unique("area_code", keep="first", maintain_order=True)
    return every_area_code().join(rows, on="area_code", how="left", maintain_order="left")


def _map(frame: pl.DataFrame, layers: list[Layer], columns: list[Column]) -> dict[str, Any]:
    return map_of(layers, frame, [("area_code", "area code", "code"), ("name", "place", "text"), *columns])


def _counting(ramp: str, frame: pl.DataFrame, column: str) -> Scale:
    return counting(ramp, frame[column].drop_nulls())


def _bought(answer: StoredAnswer, content: Content) -> None:
    frame = _by_area_code(answer.tables["shopping"])
    layers = [
        Layer("buy", "What to buy", "Numbers to buy.", "numbers",
              _counting("missing", frame, "numbers"), absent="nothing"),
        Layer("rescued", "Links rescued", "Links that get a number because of the purchase.", "links_rescued",
              _counting("demand", frame, "links_rescued"), absent="nothing"),
    ]  # fmt: skip
    columns: list[Column] = [("numbers", "numbers to buy", "int"), ("links_rescued", "links rescued", "int")]
    content.map = _map(frame, layers, [*columns, ("cost", "cost", "number"), ("outcodes", "outcodes", "text")])


def _frontier(answer: StoredAnswer, content: Content) -> None:
    frame = answer.tables["frontier"]
    series = {"served": (frame["numbers"], frame["served"])}
    if frame["served"].ne_missing(frame["served_at_most"]).any():
        series["could be served at most"] = (frame["numbers"], frame["served_at_most"])
    content.charts += curves("frontier-curve", _TITLES["frontier"], ("numbers bought", "links served"), series)


def _worth(answer: StoredAnswer, content: Content) -> None:
    frame = _by_area_code(answer.tables["worth"])
    layers = [
        Layer("gain", "Gain in the best plan", "How many more links these extra numbers serve.", "gain",
              _counting("demand", frame, "gain"), absent="nothing"),
        Layer("rule_gain", "Gain by the rule", "How many more links the API's rule serves with them; it can be fewer.",
              "rule_gain", changing(frame["rule_gain"].drop_nulls()), absent="not computed"),
    ]  # fmt: skip
    columns: list[Column] = [("numbers", "extra numbers", "int"), ("gain", "gain", "int")]
    content.map = _map(frame, layers, [*columns, ("rule_gain", "gain by the rule", "int")])


def _why(answer: StoredAnswer, content: Content) -> None:
    counts = (
        answer.tables["blocks"]
        .group_by("kind")
        .agg(pl.col("links").sum())
        .sort("links", "kind", descending=[True, False])
    )
    words = {
        "COUNT": "too few numbers in reach",
        "SIZE": "no area code in reach ever had enough",
        "PACKING": "the groups don't fit without being split",
    }
    rows = [(words.get(kind, kind), float(links)) for kind, links in counts.iter_rows()]
    content.charts += bars("kinds", "Links without a number, by what blocks them", "links", rows)


def _radius(answer: StoredAnswer, content: Content) -> None:
    frame = answer.tables["radius"]
    series = {"served": (frame["radius_km"], frame["served"])}
    if "served_at_most" in frame.columns:
        series["could be served at most"] = (frame["radius_km"], frame["served_at_most"])
    content.charts += curves("radius-curve", _TITLES["radius"], ("radius, km", "links served"), series, step=True)


def _orders(answer: StoredAnswer, content: Content) -> None:
    served = answer.tables["order"]["served"].sort(descending=True)
    series = {"shuffles": (pl.Series(range(1, len(served) + 1)), served)}
    axes, note = ("shuffles, best first", "links served"), "Each shuffle of the links, from the best to the worst."
    content.charts += curves("order-curve", _TITLES["order"], axes, series, note=note)


def _shortage(answer: StoredAnswer, content: Content) -> None:
    frame = _by_area_code(answer.tables["shortage"])
    scale = Scale(
        "served",
        (0.0, 25.0, 50.0, 99.95),
        ("none", "up to 25 %", "25 to 50 %", "over 50 %", "all of it"),
        (0, 1, 2, 3, 4),
    )
    note = "How much its links can grow before the first extra link gets no number."
    growth = _counting("demand", frame, "growth")
    layers = [
        Layer("borne", "Growth it can take", note, "borne_percent", scale, absent="no growth"),
        Layer("growth", "Extra links", "", "growth", growth, absent="no growth"),
    ]
    columns: list[Column] = [
        ("links", "links", "int"),
        ("growth", "extra links", "int"),
        ("borne", "extra links it can take", "int"),
    ]
    content.map = _map(frame, layers, [*columns, ("borne_percent", "growth it can take, %", "number")])


_PICTURES: dict[str, Callable[[StoredAnswer, Content], None]] = {
    "buy": _bought,
    "frontier": _frontier,
    "worth": _worth,
    "why": _why,
    "radius": _radius,
    "order": _orders,
    "shortage": _shortage,
    "run": add_scenarios,
}
