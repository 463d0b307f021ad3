"""What `allocator plan` prints: the counts, the distances, what is proven, the stock, what is short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.cli.terminal import Table, printable, show
from allocator.notation import Fallback, Method, Reason, counted

if TYPE_CHECKING:
    from allocator.plans import AssignedCounts, Plan, Summary

_SHORTAGES = 5
_ASSIGNED = {
    (Method.BY_POSTCODE, Fallback.NONE): "by postcode, from the covering area code",
    (Method.BY_POSTCODE, Fallback.DISTANCE): "by postcode, from another within the fallback distance",
    (Method.BY_AREA, Fallback.NONE): "by area code, from the one asked for",
    (Method.BY_AREA, Fallback.CITY): "by area code, from another of the same city",
    (Method.BY_AREA, Fallback.REGION): "by area code, from another of the same region",
    (Method.BY_AREA, Fallback.COUNTRY): "by area code, from another of the same country",
    (Method.BY_VOXNUMBER, Fallback.NONE): "by number, the one asked for",
}


def show_plan(plan: Plan, folder: Path) -> None:
    """Print what a plan does, and where it was written."""
    summary = plan.summary
    links, options, stock = summary["links"], summary["options"], summary["stock"]
    how = "each outcode from one area code" if options["grouping"] == "together" else "outcodes may be split"
    how += ", the best plan" if options.get("strategy") == "optimal" else ""
    show(
        f"Plan of {counted(links['total'], 'link')}: {how}, fallback distance {options['fallback_km']:g} km",
        "",
        Table(("links", ""), tuple(_counts(summary)), frozenset({"links"})),
        "",
        *_distances(summary["distance_km"]),
        *_proven(summary),
        f"Stock of {counted(stock['numbers'], 'number')}: {stock['assigned_before']:,} attached before, "
        f"{stock['handed_out']:,} given out now, {stock['left']:,} left",
        *_unreadable("stock", stock["rejected"]),
        *_unreadable("links", links["rejected"]),
        *_shortages(summary["shortages"]),
        f"Written to {printable(str(folder))}",
    )


def _counts(summary: Summary) -> Iterator[tuple[str, str]]:
    links = summary["links"]
    yield f"{links['assigned']:,}", "assigned"
    for key, number in assigned_links(summary["assigned"]).items():
        yield f"{number:,}", f"  {_ASSIGNED[key]}"
    if links["already"]:
        yield f"{links['already']:,}", "with a number already"
    yield f"{links['unassigned']:,}", "unassigned"
    for reason, number in summary["unassigned"].items():
        yield f"{number:,}", f"  {Reason(reason).words}"
    yield f"{links['rejected']:,}", "rejected"


def assigned_links(counts: AssignedCounts) -> dict[tuple[Method, Fallback], int]:
    """Count the assigned links by method and fallback: each fallback belongs to one method, so totals are enough."""
    by_method, by_fallback = counts["by_method"], counts["by_fallback"]
    found = {key: by_fallback.get(key[1], 0) for key in _ASSIGNED if key[1] != Fallback.NONE}
    for method in Method:
        by_fallbacks = sum(number for (other, _), number in found.items() if other == method)
        found[method, Fallback.NONE] = by_method.get(method, 0) - by_fallbacks
    return {key: found[key] for key in _ASSIGNED if found[key]}


def _distances(km: Mapping[str, Any]) -> Iterator[str]:
    if km["mean"] is not None:
        yield (
            "Distance from BY POSTCODE links to the area code of their number: "
            f"{km['mean']:.1f} km on average, 90 % within {km['p90']:.1f} km, {km['max']:.1f} km at most"
        )


def _proven(summary: Summary) -> Iterator[str | Table]:
    """Compare the best plan with the rule's, and say how good the best can be."""
    if "certificate" not in summary:
        return
    rows = tuple(
        (
            name,
            *(f"{one[count]:,}" for count in ("assigned", "unassigned")),
            *("" if one["distance_km"][km] is None else f"{one['distance_km'][km]:.1f}" for km in ("mean", "p90")),
        )
        for name, one in summary["strategies"].items()
    )
    columns, proven = ("strategy", "assigned", "unassigned", "mean km", "90 % within km"), summary["certificate"]
    yield from ("", Table(columns, rows, frozenset(columns[1:])), "")
    yield f"Proven: {_proof(proven)}"
    if "worst_km" in proven and not proven["optimal"]:
        yield (
            f"The longest distance is {proven['worst_km']:.1f} km. Proven: no plan that serves as much can bring it "
            f"below {proven['worst_km_at_least']:.1f} km"
        )
    if proven["cut_off"]:
        yield "The search stopped at the time limit: another run may find another plan"
    if "keep" in summary:
        yield from _kept(summary["keep"])


def _proof(proven: Mapping[str, Any]) -> str:
    if proven["optimal"]:
        what = "more by priority" if "priority" in proven else "more links"
        longest = "a shorter longest distance, nor, with the same longest, " if "worst_km" in proven else ""
        return f"no plan serves {what}, and none that serves as much has {longest}a shorter total distance"
    if "priority" in proven:
        most = f"{proven['priority_at_most']:,.10g}"
        return f"no plan serves priorities of more than {most} in all; this one serves {proven['priority']:,.10g}"
    if not proven["gap"]:
        return "no plan serves more links"
    most = counted(proven["assigned_at_most"], "link")
    return f"no plan serves more than {most}, so this one is within {proven['gap']:.2%} of the best"


def _kept(keep: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"Of {counted(keep['links'], 'link')} with a number in the earlier plan, {keep['kept']:,} keep it, "
        f"{keep['moved']:,} get another and {keep['without']:,} have none now"
    )
    for reason, number in keep["why"].items():
        if number:
            yield f"  {number:,} lose it because {reason}"


def _unreadable(table: str, rows: int) -> Iterator[str]:
    if rows:
        yield f"{counted(rows, 'row')} of the {table} can't be read, see rejected.csv"


def _shortages(shortages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not shortages:
        return
    shown = [f"0{one['area_code']} {one['name']} ({one['unassigned_links']:,})" for one in shortages[:_SHORTAGES]]
    more = f" and {len(shortages) - _SHORTAGES} more" if len(shortages) > _SHORTAGES else ""
    yield f"Most short of numbers, by covering area code: {', '.join(shown)}{more}"
