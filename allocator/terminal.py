"""What the command prints: tables for a terminal, plain text elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.errors import PostcodeError

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console
    from rich.table import Table

    from allocator.engine import Nearby, Place
    from allocator.plan import Plan

_WIDTH_ELSEWHERE = 120
_SHORTAGES = 5
_KINDS = {"geographic": "", "non-geographic": "not geographic", "crown": "Crown dependency"}
_FALLBACKS = {
    "none": "where it was asked for",
    "distance": "by fallback distance",
    "city": "by fallback to the city",
    "region": "by fallback to the region",
    "country": "by fallback to the country",
}
_REASONS = {
    "NO_STOCK_IN_REACH": "no area code in reach has enough numbers",
    "OUTCODE_UNKNOWN": "the outcode does not exist",
    "OUTCODE_WITHOUT_POSITION": "the outcode is not geographic",
    "POSTCODE_UNKNOWN": "the postcode does not exist",
    "LINK_HAS_VOXNUMBER": "the link has a number already",
    "VOXNUMBER_NOT_IN_STOCK": "the number asked for is not in the stock",
    "VOXNUMBER_ASSIGNED": "the number asked for is attached to another link",
    "VOXNUMBER_DUPLICATED": "an earlier link asks for the same number",
    "AREA_CODE_WITHOUT_STOCK": "the area code asked for has no number left",
}


def _console() -> Console:
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else _WIDTH_ELSEWHERE, highlight=False, soft_wrap=False)


def _table(title: str | None = None) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    return Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)


@contextmanager
def progress() -> Iterator[Callable[[str], None] | None]:
    """Something to tell the steps of long work to; it shows on standard error, and only on a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Starting", total=None)
        yield lambda step: bar.update(task, description=step)


def show_plan(plan: Plan, folder: Path) -> None:
    """What came of a plan."""
    from rich.markup import escape

    console, summary = _console(), plan.summary
    links = summary["links"]
    options = summary["options"]
    how = "each outcode from one area code" if options["grouping"] == "together" else "outcodes may be split"
    console.print(f"Plan of {links['total']:,} links, {how}, fallback {options['fallback_km']:g} km")
    table = _table()
    table.add_column("")
    table.add_column("links", justify="right")
    table.add_row("assigned", f"{links['assigned']:,}")
    for name, count in summary["assigned"]["by_fallback"].items():
        table.add_row(f"  {_FALLBACKS[name]}", f"{count:,}")
    table.add_row("unassigned", f"{links['unassigned']:,}")
    for reason, count in summary["unassigned"].items():
        table.add_row(f"  {_REASONS[reason]}", f"{count:,}")
    table.add_row("rejected, the row can't be read", f"{links['rejected']:,}")
    console.print(table)
    distance = summary["distance_km"]
    if distance["mean"] is not None:
        numbers = (
            f"mean {distance['mean']:.1f} km, 90 % within {distance['p90']:.1f} km, at most {distance['max']:.1f} km"
        )
        console.print(f"Distance of BY POSTCODE links to their number's area code: {numbers}")
    stock = summary["stock"]
    console.print(f"Stock: {stock['numbers']:,} numbers, {stock['left']:,} still free")
    if stock["rejected"]:
        console.print(f"Rows of the stock that can't be read: {stock['rejected']:,}, see rejected.csv")
    _show_shortages(console, summary["shortages"])
    console.print(f"Written to {escape(str(folder))}")


def _show_shortages(console: Console, shortages: list[dict[str, object]]) -> None:
    if not shortages:
        return
    shown = [f"0{one['area_code']} {one['name']} ({one['unassigned_links']:,})" for one in shortages[:_SHORTAGES]]
    more = f" and {len(shortages) - _SHORTAGES} more" if len(shortages) > _SHORTAGES else ""
    console.print(f"Where links go without, by their own area code: {', '.join(shown)}{more}", markup=False)


def show_places(found: list[Place | PostcodeError]) -> None:
    """What is known of postcodes and outcodes; what is none goes to standard error."""
    table = _table()
    for name in ("", "exists", "outcode", "latitude", "longitude", "area code", "", "postcodes"):
        table.add_column(name, justify="right" if name in ("latitude", "longitude", "postcodes") else "left")
    for place in found:
        if isinstance(place, PostcodeError):
            sys.stderr.write(f"allocator: {place}\n")
            continue
        table.add_row(
            place.postcode or place.outcode,
            _existence(place),
            place.outcode,
            "" if place.latitude is None else f"{place.latitude:.6f}",
            "" if place.longitude is None else f"{place.longitude:.6f}",
            "" if place.area_code is None else f"0{place.area_code} {place.area_code_name}",
            _KINDS.get(place.kind or "", ""),
            f"{place.postcodes:,}",
        )
    if table.row_count:
        _console().print(table)


def _existence(place: Place) -> str:
    if place.exists:
        return "yes"
    return "no, but its outcode does" if place.outcode_exists else "no"


def show_nearby(nearby: Nearby) -> None:
    """The area codes and the outcodes near an outcode."""
    console = _console()
    place = nearby.place
    console.print(f"Within {nearby.within_km:g} km of {place.outcode}", markup=False)
    for title, rows in (("Area codes", nearby.area_codes), ("Outcodes", nearby.outcodes)):
        console.print(_distances(title, rows))


def _distances(title: str, rows: pl.DataFrame) -> Table:
    table = _table(f"{title}: {rows.height:,}")
    for name in rows.columns:
        table.add_column(
            {"distance_km": "km"}.get(name, name.replace("_", " ")),
            justify="right" if name == "distance_km" else "left",
        )
    for row in rows.iter_rows(named=True):
        table.add_row(*(_cell(name, value) for name, value in row.items()))
    return table


def _cell(name: str, value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}"
    return f"0{value}" if name == "area_code" else str(value)
