"""What the command prints: laid out for a terminal, plain lines elsewhere.

Elsewhere means a file, a pipe, a log: one row to a line however long it is, no frames, no colour, and no time spent on
loading rich.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from allocator.errors import OutputError, PostcodeError
from allocator.notation import Reason

if TYPE_CHECKING:
    import polars as pl
    from rich.table import Table as RichTable

    from allocator.account import CheckResult
    from allocator.places import Nearby, Place
    from allocator.plans import Difference, Plan

_SHORTAGES = 5
_REASONS = 20
# What `engine.plan` tells of: links, stock, planning, writing.
_STEPS = 4
_ASSIGNED = {
    ("BY POSTCODE", "none"): "by postcode, from the covering area code",
    ("BY POSTCODE", "distance"): "by postcode, by fallback distance",
    ("BY AREA", "none"): "by area code, from the one asked for",
    ("BY AREA", "city"): "by area code, by fallback to the city",
    ("BY AREA", "region"): "by area code, by fallback to the region",
    ("BY AREA", "country"): "by area code, by fallback to the country",
    ("BY VOXNUMBER", "none"): "by number, the one asked for",
}


Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
"""The option of every command that prints a table."""


@dataclass(frozen=True, slots=True)
class Table:
    """A small table to print; columns whose name is in `right` stand to the right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[str] = frozenset()


def prepare() -> None:
    """Make the standard streams fit for what comes: there, though closed, and able to print any letter."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - for the whole run
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def printing() -> Iterator[None]:
    """Print within this: a reader that has left is no error, and a full disk is one with a sentence.

    Raises
    ------
    OutputError
        Standard output can't be written.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        forget_output()
    except OSError as error:
        forget_output()
        raise OutputError(
            f"it can't be written ({error.strerror or error})",
            file="standard output",
            remedy="Send it to a place with room.",
        ) from error


def forget_output() -> None:
    """Let what is still to be written go nowhere, as Python would try once more, and complain, when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


@contextmanager
def progress(steps: int | None = _STEPS) -> Iterator[Callable[[str], None] | None]:
    """Something to tell the steps of long work to; it shows on standard error, and only on a terminal.

    Parameters
    ----------
    steps
        How many there are; None where that is not known beforehand.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task, begun = bar.add_task("Starting", total=steps), count()
        yield lambda step: bar.update(task, description=step, completed=next(begun))


@contextmanager
def busy(what: str) -> Iterator[None]:
    """A sign of life while something takes a while, on standard error, and only on a terminal.

    Parameters
    ----------
    what
        What is being done.
    """
    with progress(steps=None) as tell:
        if tell:
            tell(what)
        yield


def show_plan(plan: Plan, folder: Path) -> None:
    """What came of a plan."""
    summary = plan.summary
    links, options, stock = summary["links"], summary["options"], summary["stock"]
    how = "each outcode from one area code" if options["grouping"] == "together" else "outcodes may be split"
    how += ", the best plan" if options.get("strategy") == "optimal" else ""
    show(
        f"Plan of {counted(links['total'], 'link')}, {how}, fallback {options['fallback_km']:g} km",
        "",
        Table(("links", ""), tuple(_counts(summary)), frozenset({"links"})),
        "",
        *_distance(summary["distance_km"]),
        *_proven(summary),
        f"Stock: {counted(stock['numbers'], 'number')}, {stock['assigned_before']:,} attached before, "
        f"{stock['handed_out']:,} handed out, {stock['left']:,} left",
        *_unreadable("stock", stock["rejected"]),
        *_unreadable("links", links["rejected"]),
        *_shortages(summary["shortages"]),
        f"Written to {printable(str(folder))}",
    )


def _counts(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    links = summary["links"]
    yield f"{links['assigned']:,}", "assigned"
    for key, number in _assigned(summary["assigned"]).items():
        yield f"{number:,}", f"  {_ASSIGNED[key]}"
    yield f"{links['unassigned']:,}", "unassigned"
    for reason, number in summary["unassigned"].items():
        yield f"{number:,}", f"  {Reason(reason).words}"
    yield f"{links['rejected']:,}", "rejected"


def _assigned(counts: dict[str, dict[str, int]]) -> dict[tuple[str, str], int]:
    """Links by method and fallback; each fallback belongs to one method, so the totals of both tell."""
    methods, fallbacks = counts["by_method"], counts["by_fallback"]
    found = {key: fallbacks.get(key[1], 0) for key in _ASSIGNED if key[1] != "none"}
    for method, total in methods.items():
        found[method, "none"] = total - sum(served for (other, _), served in found.items() if other == method)
    return {key: found[key] for key in _ASSIGNED if found.get(key)}


def _distance(km: dict[str, float | None]) -> Iterator[str]:
    if km["mean"] is not None:
        numbers = f"mean {km['mean']:.1f} km, 90 % within {km['p90']:.1f} km, at most {km['max']:.1f} km"
        yield f"Distance of BY POSTCODE links to their number's area code: {numbers}"


def _proven(summary: dict[str, Any]) -> Iterator[str | Table]:
    """The best plan beside the rule's, and how good the best can be."""
    if "certificate" not in summary:
        return
    rows = []
    for name, one in summary["strategies"].items():
        km = one["distance_km"]
        distances = ("", "") if km["mean"] is None else (f"{km['mean']:.1f}", f"{km['p90']:.1f}")
        rows.append((name, f"{one['assigned']:,}", f"{one['unassigned']:,}", *distances))
    columns = ("strategy", "assigned", "unassigned", "mean km", "90 % within km")
    yield ""
    yield Table(columns, tuple(rows), frozenset(columns[1:]))
    yield ""
    proven = summary["certificate"]
    if proven["optimal"]:
        nearer = "" if "worst_km" not in proven else ", nor as much with nobody going as far"
        what = "more links" if "priority" not in proven else "more by priority"
        yield f"Proven: no plan serves {what}{nearer}, nor as many over a lesser total distance"
    elif "priority" in proven:
        most = f"no plan serves priorities of more than {proven['priority_at_most']:,.10g} in all"
        yield f"Proven: {most}; this one serves {proven['priority']:,.10g}"
    elif not proven["gap"]:
        yield "Proven: no plan serves more links"
    else:
        most = f"no plan serves more than {counted(proven['assigned_at_most'], 'link')}"
        yield f"Proven: {most}, so this one is within {proven['gap']:.2%} of the best"
    if "worst_km" in proven and not proven["optimal"]:
        yield (
            f"Greatest distance {proven['worst_km']:.1f} km; proven: no plan that serves as much has less than "
            f"{proven['worst_km_at_least']:.1f} km"
        )
    if proven["cut_off"]:
        yield "The time limit cut the search off: another run may find another plan"
    if "keep" in summary:
        yield from _kept(summary["keep"])


def _kept(keep: dict[str, Any]) -> Iterator[str]:
    yield (
        f"Of {counted(keep['links'], 'link')} with a number by the earlier plan {keep['kept']:,} keep it, "
        f"{keep['moved']:,} get another, {keep['without']:,} go without"
    )
    for reason, number in keep["why"].items():
        if number:
            yield f"  {number:,} lose it because {reason}"


def _unreadable(table: str, rows: int) -> Iterator[str]:
    if rows:
        yield f"{counted(rows, 'row')} of the {table} can't be read, see rejected.csv"


def left_out(inputs: dict[str, Any]) -> Iterator[str]:
    """The rows of links and stock that a what-if could not read."""
    for table in ("stock", "links"):
        if rows := inputs[table]["rejected"]:
            yield f"Left out: {counted(rows, 'row')} of the {table} that can't be read; allocator plan tells which and why"


def _shortages(shortages: list[dict[str, Any]]) -> Iterator[str]:
    if not shortages:
        return
    shown = [f"0{one['area_code']} {one['name']} ({one['unassigned_links']:,})" for one in shortages[:_SHORTAGES]]
    more = f" and {len(shortages) - _SHORTAGES} more" if len(shortages) > _SHORTAGES else ""
    yield f"Where links find no stock in reach, by their own area code: {', '.join(shown)}{more}"


def show_places(found: Iterable[Place | PostcodeError]) -> None:
    """What is known of postcodes and outcodes; what is none goes to standard error."""
    rows = []
    for place in found:
        if isinstance(place, PostcodeError):
            sys.stderr.write(f"allocator: {place}\n")
        else:
            rows.append(_place(place))
    if rows:
        columns = ("given", "is", "exists", "latitude", "longitude", "area code", "postcodes")
        show(Table(columns, tuple(rows), frozenset({"latitude", "longitude", "postcodes"})))


def _place(place: Place) -> tuple[str, ...]:
    """A row: what was asked for, and then what is known of its outcode."""
    return (
        printable(place.text),
        f"postcode {place.postcode}" if place.postcode else f"outcode {place.outcode}",
        _existence(place),
        "" if place.latitude is None else f"{place.latitude:.6f}",
        "" if place.longitude is None else f"{place.longitude:.6f}",
        _covering(place),
        f"{place.postcodes:,}",
    )


def _covering(place: Place) -> str:
    if place.area_code is None:
        return "none, not geographic" if place.kind == "non-geographic" else ""
    return f"0{place.area_code} {place.area_code_name}"


def _existence(place: Place) -> str:
    if place.exists:
        return "yes"
    if place.meant:
        return f"no; did you mean {' or '.join(place.meant)}?"
    return "no, but its outcode does" if place.outcode_exists else "no"


def show_difference(found: Difference, output: Path | None) -> None:
    """What changes between two plans."""
    rows = [(f"{number:,}", change) for change, number in found.counts.items()]
    show(
        Table(("links", ""), (*rows, (f"{found.unchanged:,}", "unchanged")), frozenset({"links"})),
        *(("", _changes(found.links.head(_CHANGES))) if not found.ok else ()),
        *_more(found.links.height, output),
    )


_CHANGES = 10


def _changes(links: pl.DataFrame) -> Table:
    columns = ("link", "change", "before", "after")
    rows = []
    for row in links.iter_rows(named=True):
        lots = (
            row[f"full_voxnumber_{when}"] or row[f"reason_{when}"] or "not in the plan" for when in ("before", "after")
        )
        rows.append((printable(row["link_id"]), row["change"], *lots))
    return Table(columns, tuple(rows))


def _more(rows: int, output: Path | None) -> Iterator[str]:
    if rows > _CHANGES:
        yield f"… and {rows - _CHANGES:,} more" + ("" if output else "; --output FILE has them all")
    if output is not None:
        yield f"Written to {printable(str(output))}"


def show_faults(checked: CheckResult) -> None:
    """What is wrong with a request."""
    scope = "" if checked.against_account else _NO_ACCOUNT
    if checked.ok:
        show(f"{printable(checked.file)}: nothing is wrong{scope}")
        return
    rows = [(_number(fault.line), printable(fault.text), printable(fault.advice)) for fault in checked.faults]
    show(
        f"{printable(checked.file)}: {counted(len(rows), 'fault')}; the first is what the API would answer{scope}",
        "",
        Table(("line", "error", "what to do"), tuple(rows), frozenset({"line"})),
    )


_NO_ACCOUNT = " (give --stock to check against an account too)"


def _number(number: int | None) -> str:
    return "" if number is None else f"{number}"


def show_reasons(plan: Plan, stream: TextIO) -> None:
    """Why links go without a number; on a terminal, which would forget the first of many, only some of them."""
    links = plan.summary["links"]
    without = links["total"] - links["assigned"]
    lines = [f"allocator: {without:,} of {counted(links['total'], 'link')} get no number"]
    for link_id, message in plan.unassigned.select("link_id", "message").iter_rows():
        lines.append(f"  {printable(link_id)}: {printable(message)}")
    for table, file, row, message in plan.rejected.select("table", "file", "row", "message").iter_rows():
        unit = "link" if table == "links" else "row"
        lines.append(f"  {printable(file)}, {unit} {row}: {printable(message)}")
    if stream.isatty() and len(lines) > _REASONS + 1:
        more = len(lines) - _REASONS - 1
        lines[_REASONS + 1 :] = [f"  … and {more:,} more; 2> reasons.txt behind the command keeps them all"]
    stream.writelines(f"{line}\n" for line in lines)


def show_nearby(nearby: Nearby) -> None:
    """The area codes and the outcodes near an outcode."""
    around = f"within {nearby.within_km:g} km of {nearby.place.outcode}"
    show(
        f"Area codes {around}: {nearby.area_codes.height:,}",
        "",
        _distances(nearby.area_codes),
        "",
        f"Outcodes {around}: {nearby.outcodes.height:,}",
        "",
        _distances(nearby.outcodes),
    )


def reasons(links: pl.DataFrame) -> Iterator[tuple[str, int]]:
    """How many links have which reason, in words, the most first."""
    counted_reasons = links["reason"].value_counts().sort("count", "reason", descending=[True, False])
    for reason, number in counted_reasons.iter_rows():
        yield Reason(reason).words, number


def show_json(summary: Mapping[str, Any], tables: Mapping[str, pl.DataFrame | list[dict[str, Any]]]) -> None:
    """A summary and tables for machines."""
    told = dict(summary)
    for name, rows in tables.items():
        told[name] = rows if isinstance(rows, list) else rows.to_dicts()
    sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")


def show_text(text: str) -> None:
    """A text of several lines."""
    show(text)


def _distances(rows: pl.DataFrame) -> Table:
    names = tuple({"distance_km": "km"}.get(name, name.replace("_", " ")) for name in rows.columns)
    cells = (tuple(map(_cell, rows.columns, row)) for row in rows.iter_rows())
    return Table(names, tuple(cells), frozenset({"km"}))


def _cell(column: str, value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}"
    return f"0{value}" if column == "area_code" else str(value)


def counted(number: int, noun: str) -> str:
    """So many of something, in words."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def printable(text: str) -> str:
    """The text, with what would disturb a line or a terminal written as Python writes it."""
    return text if text.isprintable() else ascii(text)


def show(*parts: str | Table) -> None:
    """Print lines and tables on standard output."""
    if sys.stdout.isatty():
        from rich.console import Console

        console = Console(highlight=False)
        for part in parts:
            console.print(_rich(part) if isinstance(part, Table) else part, markup=False)
    else:
        for part in parts:
            sys.stdout.write(f"{_plain(part) if isinstance(part, Table) else part}\n")


def _rich(table: Table) -> RichTable:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as RichTable

    laid_out = RichTable(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in table.columns:
        # Texts may be broken, numbers not.
        numeric = name in table.right
        laid_out.add_column(name, justify="right" if numeric else "left", overflow="fold", no_wrap=numeric)
    for row in table.rows:
        laid_out.add_row(*row)
    return laid_out


def _plain(table: Table) -> str:
    rows = (table.columns, *table.rows)
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    pads = [str.rjust if name in table.right else str.ljust for name in table.columns]
    lines = ("  ".join(pad(cell, width) for pad, cell, width in zip(pads, row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
