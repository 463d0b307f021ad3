"""The report of what a what-if answered: its curves, its map where it has places, and its tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from allocator.errors import InputError
from allocator.places import bundled_area_codes
from allocator.plans import Change, read_plan
from allocator.report.content import Content, Layer, bars, curves, map_of
from allocator.report.figures import figures
from allocator.report.folders import Answered
from allocator.report.palette import SERVED, Scale, changing, counting
from allocator.report.plan_page import ROOM_BYTES
from allocator.report.tables import Column, Kind, table

_SCENARIOS = 24
"""Scenarios that the map can show: each is a plan to be read and counted out."""

_TITLES = {
    "buy": "What to buy",
    "frontier": "How many links so many numbers bring",
    "worth": "What one more number is worth",
    "why": "Why outcodes go without",
    "radius": "What a wider radius brings",
    "order": "What the order of the links does",
    "shortage": "What runs out first",
    "run": "Scenarios side by side",
}
_TABLES = {
    "shopping": "Shopping list",
    "rescued": "Links that the purchase rescues",
    "infeasible": "Links that no purchase helps",
    "frontier": "Links served by numbers bought",
    "worth": "What one more number brings",
    "blocks": "What blocks the outcodes that go without",
    "repairs": "What would help each of them",
    "radius": "Links served by radius",
    "order": "Links served by shuffle",
    "shortage": "What area codes bear of the growth",
    "comparison": "Scenarios",
}
_LABELS = {
    "area_code": "area code",
    "name": "place",
    "links_rescued": "links rescued",
    "link_id": "link",
    "distance_km": "distance, km",
    "bought_in": "bought in",
    "served_at_most": "served at most",
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
    "borne_percent": "borne, %",
    "mean_km": "mean distance, km",
    "p90_km": "90 % within, km",
    "max_km": "at most, km",
    "numbers_left": "numbers left",
    "assignments_sha256": "digest of the assignments",
    "message": "in words",
}
_CODES = frozenset(("area_code", "bought_in", "buy_area_code", "widen_area_code"))


def answer_content(answer: Answered, *, room: int = ROOM_BYTES) -> Content:
    """What the report of an answer says.

    Parameters
    ----------
    answer
        A what-if's folder.
    room
        Bytes that its tables may take.

    Raises
    ------
    InputError
        A scenario's plan is missing or was altered.
    """
    content = Content(
        title=f"{_TITLES.get(answer.question, answer.question.capitalize())}: {answer.name}",
        lead=_lead(answer.summary),
        facts=_facts(answer),
        sources=_sources(answer.summary),
    )
    pictures = _PICTURES.get(answer.question)
    if pictures is not None:
        try:
            pictures(answer, content)
        except (KeyError, TypeError, pl.exceptions.PolarsError) as error:
            raise InputError(
                f"the answer in this folder is not whole ({error!s:.80})",
                file=str(answer.folder),
                remedy="Ask again; a run that was stopped goes on where it was.",
            ) from error
    share = room // max(len(answer.tables), 1)
    content.tables[:0] = [_table(name, answer.tables[name], share) for name in _order(answer.tables)]
    return content


def _order(tables: dict[str, pl.DataFrame]) -> list[str]:
    known = [name for name in _TABLES if name in tables]
    return known + sorted(set(tables) - set(known))


def _table(name: str, frame: pl.DataFrame, room: int) -> dict[str, Any]:
    columns: list[Column] = [(key, _LABELS.get(key, key.replace("_", " ")), _kind(key, frame)) for key in frame.columns]
    title = _TABLES.get(name, name.replace("-", " ").replace("_", " ").capitalize())
    return table(name, title, frame, columns, room=room, whole=f"{name}.csv in the folder")


def _kind(key: str, frame: pl.DataFrame) -> Kind:
    if key in _CODES:
        return "code"
    if key in ("outcode", "reason"):
        return "outcode" if key == "outcode" else "reason"
    if key == "gap":
        return "share"
    kind = frame.schema[key]
    return "int" if kind.is_integer() else "number" if kind.is_float() else "text"


def _lead(summary: dict[str, Any]) -> str:
    told = [
        f"{name.replace('_', ' ')} {value}" for name, value in summary.get("options", {}).items() if value is not None
    ]
    return f"Options: {', '.join(told)}." if told else ""


_FACTS = {
    "served_by_rule": "links served today by the rule",
    "served_before": "links served today by the best plan",
    "served": "links served today",
    "served_after": "links served after the purchase",
    "served_at_most": "links served at most",
    "most_served": "links served with the widest radius",
    "smallest_km": "km is the smallest radius that serves all",
    "numbers": "numbers to buy",
    "cost": "what they cost",
    "cost_at_least": "at least, whoever buys: proven",
    "links_rescued": "links rescued",
    "best": "links served in the best order",
    "median": "in the median",
    "worst": "in the worst",
    "growth": "links to come",
}


def _facts(answer: Answered) -> list[tuple[str, str]]:
    summary = answer.summary
    priced = summary.get("options", {}).get("prices") is not None
    labels = _FACTS if priced else {name: label for name, label in _FACTS.items() if name != "cost"}
    facts = [(_figure(summary[name]), label) for name, label in labels.items() if _numeric(summary.get(name))]
    if answer.question == "run" and "comparison" in answer.tables:
        compared = answer.tables["comparison"].sort(
            "assigned", "mean_km", descending=[True, False], maintain_order=True
        )
        facts.append((f"{compared.height:,}", "scenarios"))
        if compared.height:
            best, worst = compared.row(0, named=True), compared.row(-1, named=True)
            facts.append((f"{best['assigned']:,}", f"links have a number in {best['scenario']}, the most"))
            facts.append((f"{worst['assigned']:,}", f"have one in {worst['scenario']}, the fewest"))
    return facts


def _figure(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}".rstrip("0").rstrip(".")


def _numeric(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _sources(summary: dict[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    rows = []
    if "engine" in summary:
        rows.append(("engine", f"{summary['engine'].get('name')} {summary['engine'].get('version')}"))
    if "data" in summary:
        data = summary["data"]
        rows.append(("data", f"edition {data.get('edition')}, manifest sha256 {data.get('manifest_sha256')}"))
    rows += [(name.replace("_", " "), str(value)) for name, value in summary.get("options", {}).items()]
    for name, one in summary.get("inputs", {}).items():
        if isinstance(one, dict):
            rows.append((name, f"{one.get('source')}, sha256 {one.get('sha256')}"))
    return [("The what-if", rows)]


def _every(columns: pl.DataFrame) -> pl.DataFrame:
    """All area codes of the data, with what a table says of some."""
    codes = bundled_area_codes()
    every = pl.DataFrame({"area_code": pl.Series(codes.area_code).cast(pl.String), "name": codes.name})
    told = columns.drop("name", strict=False).unique("area_code", keep="first", maintain_order=True)
    return every.join(told, on="area_code", how="left", maintain_order="left")


def _map(frame: pl.DataFrame, layers: list[Layer], columns: list[Column]) -> dict[str, Any]:
    return map_of(layers, frame, [("area_code", "area code", "code"), ("name", "place", "text"), *columns])


def _bought(answer: Answered, content: Content) -> None:
    frame = _every(answer.tables["shopping"])
    layers = [
        Layer("buy", "What to buy", "Numbers to buy.", "numbers",
              counting("missing", _present(frame, "numbers")), absent="nothing"),
        Layer("rescued", "Links rescued", "Links that have a number by it.", "links_rescued",
              counting("demand", _present(frame, "links_rescued")), absent="nothing"),
    ]  # fmt: skip
    columns: list[Column] = [("numbers", "numbers to buy", "int"), ("links_rescued", "links rescued", "int")]
    content.map = _map(frame, layers, [*columns, ("cost", "cost", "number"), ("outcodes", "outcodes", "text")])


def _present(frame: pl.DataFrame, column: str) -> pl.Series:
    return frame[column].drop_nulls()


def _frontier(answer: Answered, content: Content) -> None:
    frame = answer.tables["frontier"]
    series = {"served": (frame["numbers"], frame["served"])}
    if frame["served"].ne_missing(frame["served_at_most"]).any():
        series["served at most"] = (frame["numbers"], frame["served_at_most"])
    _add(content, curves("frontier-curve", _TITLES["frontier"], ("numbers bought", "links served"), series))


def _worth(answer: Answered, content: Content) -> None:
    frame = _every(answer.tables["worth"])
    layers = [
        Layer("gain", "Gain in the best plan", "Links that so many numbers more bring.", "gain",
              counting("demand", _present(frame, "gain")), absent="nothing"),
        Layer("rule_gain", "Gain by the rule", "What the rule of the API makes of them; it may lose.", "rule_gain",
              changing(_present(frame, "rule_gain")), absent="not asked"),
    ]  # fmt: skip
    columns: list[Column] = [("numbers", "numbers more", "int"), ("gain", "gain", "int")]
    content.map = _map(frame, layers, [*columns, ("rule_gain", "gain by the rule", "int")])


def _why(answer: Answered, content: Content) -> None:
    counts = (
        answer.tables["blocks"]
        .group_by("kind")
        .agg(pl.col("links").sum())
        .sort("links", "kind", descending=[True, False])
    )
    words = {
        "COUNT": "too few numbers in reach",
        "SIZE": "no area code in reach ever had enough",
        "PACKING": "the whole groups do not fit",
    }
    rows = [(words.get(kind, kind), float(links)) for kind, links in counts.iter_rows()]
    _add(content, bars("kinds", "Links that go without, by what blocks them", "links", rows))


def _radius(answer: Answered, content: Content) -> None:
    frame = answer.tables["radius"]
    series = {"served": (frame["radius_km"], frame["served"])}
    if "served_at_most" in frame.columns:
        series["served at most"] = (frame["radius_km"], frame["served_at_most"])
    _add(content, curves("radius-curve", _TITLES["radius"], ("radius, km", "links served"), series, step=True))


def _orders(answer: Answered, content: Content) -> None:
    served = answer.tables["order"]["served"].sort(descending=True)
    rank = pl.Series(range(1, len(served) + 1))
    note = "Each shuffle of the links, from the best to the worst."
    _add(
        content,
        curves(
            "order-curve",
            _TITLES["order"],
            ("shuffles, best first", "links served"),
            {"shuffles": (rank, served)},
            note=note,
        ),
    )


def _shortage(answer: Answered, content: Content) -> None:
    frame = _every(answer.tables["shortage"])
    scale = Scale(
        "served",
        (0.0, 25.0, 50.0, 99.95),
        ("none", "up to 25 %", "25 to 50 %", "over 50 %", "all of it"),
        (0, 1, 2, 3, 4),
    )
    note = "How much of the growth of its links an area code bears before the first of them goes without."
    layers = [
        Layer("borne", "Growth borne", note, "borne_percent", scale, absent="no growth"),
        Layer(
            "growth", "Links to come", "", "growth", counting("demand", _present(frame, "growth")), absent="no growth"
        ),
    ]
    columns: list[Column] = [
        ("links", "links", "int"),
        ("growth", "links to come", "int"),
        ("borne", "of them borne", "int"),
    ]
    content.map = _map(frame, layers, [*columns, ("borne_percent", "borne, %", "number")])


def _run(answer: Answered, content: Content) -> None:
    compared = answer.tables["comparison"]
    for name, title, unit in (
        ("assigned", "Links with a number", "links"),
        ("mean_km", "Mean distance of the links served", "kilometres"),
        ("numbers_left", "Numbers left", "numbers"),
    ):
        rows = [
            (one, float(value)) for one, value in compared.select("scenario", name).iter_rows() if value is not None
        ]
        _add(content, bars(f"scenarios-{name}", title, unit, rows))
    names = compared["scenario"].head(_SCENARIOS).to_list()
    content.map, served = _scenario_map(answer.folder, names)
    left_out = compared.height - len(names)
    note = f"The first {len(names)} scenarios; {left_out} more are not on the map." if left_out else ""
    columns: list[Column] = [("area_code", "area code", "code"), ("name", "place", "text")]
    columns += [(f"served-{number}", name, "int") for number, name in enumerate(names)]
    content.tables.append(table("area-codes", "Links served by area code and scenario", served, columns, note=note))
    if isinstance(answer.summary.get("changes"), list):
        content.tables.append(_changes(answer.summary["changes"]))


def _scenario_map(folder: Path, names: list[str]) -> tuple[dict[str, Any], pl.DataFrame]:
    """The map with a layer for each scenario, and what each serves by area code."""
    codes, outcodes = None, None
    for number, name in enumerate(names):
        if name in ("", ".", "..") or "/" in name or "\\" in name:
            raise InputError("this is no scenario's name", file=str(folder / "comparison.csv"), value=name)
        found = figures(read_plan(folder / "scenarios" / name))
        asked = [pl.col("asked"), pl.col("served").alias(f"served-{number}"), pl.col("share").alias(f"share-{number}")]
        by_code = found.area_codes.select("area_code", "name", *asked)
        by_outcode = found.outcodes.select("outcode", "area_code", "name", "longitude", "latitude", *asked)
        codes = by_code if codes is None else _merged(codes, by_code, ["area_code", "name"])
        keys = ["outcode", "area_code", "name", "longitude", "latitude"]
        outcodes = by_outcode if outcodes is None else _merged(outcodes, by_outcode, keys)
    if codes is None or outcodes is None:
        raise InputError("it names no scenario", file=str(folder / "comparison.csv"), remedy="Run the scenarios again.")
    codes = codes.sort(pl.col("area_code").cast(pl.Int64))
    outcodes = outcodes.sort("outcode")
    layers = [
        Layer(
            f"scenario-{number}", name, "Served share in this scenario.", f"share-{number}", SERVED, f"share-{number}"
        )
        for number, name in enumerate(names)
    ]
    shares: list[Column] = [(f"share-{number}", name, "share") for number, name in enumerate(names)]
    columns: list[Column] = [
        ("area_code", "area code", "code"),
        ("name", "place", "text"),
        ("asked", "links asked, at most", "int"),
    ]
    drawn = map_of(layers, codes, [*columns, *shares], outcodes, [("outcode", "outcode", "outcode"), *columns, *shares])
    return drawn, codes.filter(pl.col("asked") > 0)


def _merged(before: pl.DataFrame, after: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    joined = before.join(after, on=keys, how="full", coalesce=True, suffix="_next")
    return joined.with_columns(asked=pl.max_horizontal("asked", "asked_next")).drop("asked_next")


def _changes(changes: list[dict[str, Any]]) -> dict[str, Any]:
    rows = [
        {"before": one["before"], "after": one["after"]}
        | {str(change): one["by_change"].get(str(change), 0) for change in Change}
        | {"unchanged": one["unchanged"]}
        for one in changes
    ]
    names = ("before", "after", *map(str, Change), "unchanged")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names[:2], pl.String) | dict.fromkeys(names[2:], pl.Int64))
    columns: list[Column] = [(name, name, "text" if name in names[:2] else "int") for name in names]
    note = "Of each pair of scenarios; the links themselves are in the folder's changes/."
    return table("pairs", "Links whose lot changes", frame, columns, note=note)


def _add(content: Content, chart: dict[str, Any] | None) -> None:
    if chart is not None:
        content.charts.append(chart)


_PICTURES: dict[str, Callable[[Answered, Content], None]] = {
    "buy": _bought,
    "frontier": _frontier,
    "worth": _worth,
    "why": _why,
    "radius": _radius,
    "order": _orders,
    "shortage": _shortage,
    "run": _run,
}
