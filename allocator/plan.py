"""A plan: who gets which number, who goes without and why, as tables, files and requests."""

from __future__ import annotations

import hashlib
import html
import io
import itertools
import json
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import polars as pl

from allocator.errors import InputError, OptionError, OutputError
from allocator.protocol import requests as wire
from allocator.stock import PLACEHOLDER

BATCH_SIZE = 500
LEDGER = "ledger.jsonl"
"""In a plan's folder, what was sent of it, see `allocator.ledger`."""
STOCK = {"area_code": pl.String, "name": pl.String} | dict.fromkeys(
    ("numbers", "attached_before", "handed_out", "left"), pl.Int64
)
"""The columns of `Plan.stock`."""
REASON_WORDS = {
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
"""Why links go without, in words."""
_LOOKED_THROUGH = 10_000  # links among which a misspelt one is looked for
_ALIKE = 0.7  # how alike two are, by difflib, before one is taken for the other misspelt
_TABLES = ("assignments", "unassigned", "rejected", "decisions")


@dataclass(frozen=True)
class Plan:
    """What becomes of every link of a document.

    Attributes
    ----------
    assignments
        One row for each link that gets a number, in document order: `link_id`, `full_voxnumber`, `method`, `postcode`,
        `outcode`, `area_code`, `distance_km` (0 for the covering area code; null where no distance is involved),
        `fallback` ("none", "distance", "city", "region" or "country"), `row` in the source. The file leaves `row`
        out, as the same links have other row numbers in a CSV file (which has a header) than in a data frame.
    unassigned
        One row for each link that goes without: `link_id`, `postcode`, `reason`, `message`, `method`, `outcode`, `row`.
    rejected
        One row for each row of the links or the stock that can't be read: `table`, `file`, `row`, `column`, `value`,
        `reason`, `message`.
    decisions
        What each BY POSTCODE group tried, in the order of the decisions: `turn`, `outcode`, `links`, `radius_km`,
        `area_code`, `name`, `distance_km`, `numbers_left` (at that moment), `numbers_taken`, `verdict`.
    summary
        Counts, distances, versions, options and digests, as it stands in `summary.json`.
    stock
        One row for each area code of the stock: `area_code` (with the IDD before it where that is not 44), `name`,
        `numbers`, `attached_before`, `handed_out`, `left`. Empty for a folder that an earlier version wrote.
    """

    assignments: pl.DataFrame
    unassigned: pl.DataFrame
    rejected: pl.DataFrame
    decisions: pl.DataFrame
    summary: dict[str, Any]
    stock: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=STOCK))

    @cached_property
    def _assignments_csv(self) -> bytes:
        return csv_bytes(self.assignments.drop("row", strict=False))

    @cached_property
    def digest(self) -> str:
        """The sha256 of `assignments.csv`: the same for the same input, on every machine."""
        return hashlib.sha256(self._assignments_csv).hexdigest()

    @property
    def complete(self) -> bool:
        """Whether every link got a number."""
        links = self.summary["links"]
        return bool(links["assigned"] == links["total"])

    @property
    def hypothetical(self) -> bool:
        """Whether it gives numbers that nobody has bought yet."""
        return bool(self.assignments["full_voxnumber"].str.starts_with(PLACEHOLDER).any())

    def requests(self, batch_size: int = BATCH_SIZE) -> Iterator[bytes]:
        """The assignments as BY VOXNUMBER requests, which have one possible outcome.

        Parameters
        ----------
        batch_size
            Links to a request.

        Yields
        ------
        bytes
            A request body, XML in UTF-8. Requests may be sent in any order.

        Raises
        ------
        OptionError
            The batch size is not a positive number, or the plan gives numbers that nobody has bought yet.
        """
        check_batch_size(batch_size)
        if self.hypothetical:
            raise OptionError(
                "the plan gives numbers that nobody has bought yet", remedy="Buy them, and plan with the new stock."
            )
        return wire.render(self.assignments["link_id"], self.assignments["full_voxnumber"], batch_size)

    def write(self, folder: str | Path, *, force: bool = False, batch_size: int = BATCH_SIZE) -> Path:
        """Write the plan as a folder, whole or not at all.

        Parameters
        ----------
        folder
            The folder to make: `assignments.csv`, `unassigned.csv`, `rejected.csv`, `decisions.csv`, `stock.csv`,
            `summary.json` and `requests/requests-00001.xml`, ….
        force
            Replace a plan that is there already. Nothing but a plan is ever replaced, and no plan whose folder holds
            something that is not of the plan.
        batch_size
            Links to a request.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        OutputError
            The folder exists, or can't be written.
        """
        bodies = iter(()) if self.hypothetical else self.requests(batch_size)
        return write_folder(Path(folder), lambda staging: self._fill(staging, bodies), kind="plan", force=force)

    def _fill(self, folder: Path, bodies: Iterator[bytes]) -> None:
        (folder / "assignments.csv").write_bytes(self._assignments_csv)
        for name in (*_TABLES[1:], "stock"):
            (folder / f"{name}.csv").write_bytes(csv_bytes(getattr(self, name)))
        (folder / "requests").mkdir()
        count = 0
        for count, body in enumerate(bodies, start=1):
            (folder / "requests" / f"requests-{count:05d}.xml").write_bytes(body)
        summary = self.summary | {"result": {"assignments_sha256": self.digest, "requests": count}}
        (folder / "summary.json").write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    def explain(self, link_id: str) -> Explanation:
        """Why a link has its number, or none.

        Parameters
        ----------
        link_id
            The link.

        Returns
        -------
        Explanation
            Reads as text; its `candidates` are a table.

        Raises
        ------
        InputError
            The plan has no such link.
        """
        for table in (self.assignments, self.unassigned):
            found = table.filter(pl.col("link_id") == link_id)
            if found.height:
                link = found.row(0, named=True)
                return Explanation(link, self._candidates(link))
        meant = self._meant_link(link_id)
        question = f"Did you mean {meant}? " if meant else ""
        raise InputError(
            "the plan has no such link",
            value=link_id,
            remedy=f"{question}Look in assignments.csv, unassigned.csv and rejected.csv.",
        )

    def _meant_link(self, link_id: str) -> str | None:
        """The link that a misspelt link_id is most like, the first of several; None where none is much like it."""
        import difflib

        ids = pl.concat([table["link_id"] for table in (self.assignments, self.unassigned)])
        # Those that begin or end as it does, as to compare with all of a million would take minutes.
        half = -(-len(link_id) // 2)
        begun = ids.str.head(half).str.to_lowercase() == link_id[:half].lower()
        ended = ids.str.tail(half).str.to_lowercase() == link_id[-half:].lower()
        some = ids.filter(begun | ended).head(_LOOKED_THROUGH).to_list()
        return next(iter(difflib.get_close_matches(link_id, some, n=1, cutoff=_ALIKE)), None)

    def _candidates(self, link: dict[str, Any]) -> pl.DataFrame:
        planned = link["method"] == "BY POSTCODE" and link.get("reason") in (None, "NO_STOCK_IN_REACH")
        return self.decisions.filter(pl.col("outcode") == link["outcode"]) if planned else self.decisions.clear()

    def report(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the report: one HTML file that opens without a network.

        Parameters
        ----------
        path
            The file.
        force
            Replace the file that is there.

        Raises
        ------
        OutputError
            Something is there already, or it can't be written.
        """
        from allocator.report import write_report

        return write_report(self, output=path, force=force)

    def map(self, path: str | Path | None = None, *, layer: str = "share", force: bool = False) -> Any:
        """The map of the plan by area code, as a picture; needs the extra `report`.

        Parameters
        ----------
        path
            A file, PNG or SVG by its suffix; without one a matplotlib figure is returned.
        layer
            What it shows, see `allocator report --help`.
        force
            Replace the file that is there.

        Returns
        -------
        matplotlib.figure.Figure | Path

        Raises
        ------
        OptionError
            There is no such layer, or no such kind of picture.
        OutputError
            Something is there already, or it can't be written.
        """
        from allocator.report import map_figure, map_picture, picture_kind

        if path is None:
            return map_figure(self, layer)
        write_file(Path(path), map_picture(self, kind=picture_kind(Path(path)), layer=layer), force=force)
        return Path(path)

    def to_geojson(self) -> bytes:
        """The plan by area code as GeoJSON: coverage polygons with the figures of each, WGS84."""
        from allocator.report import to_geojson

        return to_geojson(self)

    def to_geodataframe(self) -> Any:
        """The same as a GeoDataFrame; needs the extra `geo`."""
        from allocator.report import to_geodataframe

        return to_geodataframe(self)

    def to_geoparquet(self, path: str | Path, *, force: bool = False) -> Path:
        """The same as a GeoParquet file; needs the extra `geo`.

        Raises
        ------
        OutputError
            Something is there already, or it can't be written.
        """
        from allocator.report import to_geoparquet

        return to_geoparquet(self, path, force=force)

    def __repr__(self) -> str:
        links = self.summary["links"]
        counts = f"{links['assigned']} of {links['total']} links assigned"
        return f"<Plan: {counts}, {links['unassigned']} unassigned, {links['rejected']} rejected>"

    def _repr_html_(self) -> str:
        from allocator.report import small_map

        return _html(self, small_map(self))


@dataclass(frozen=True)
class Explanation:
    """Why a link has its number, or none; `str` of it is for people.

    Attributes
    ----------
    link
        The link's row in the plan's assignments or unassigned.
    candidates
        The rows of the plan's `decisions` that decided upon its group; empty for links that belong to none.
    """

    link: dict[str, Any]
    candidates: pl.DataFrame

    @property
    def assigned(self) -> bool:
        """Whether the link has a number."""
        return "full_voxnumber" in self.link

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        link = self.link
        if self.assigned:
            yield f"{link['link_id']} gets {link['full_voxnumber']}."
        else:
            yield f"{link['link_id']} gets no number ({link['reason']})."
            yield link["message"]
        if self.candidates.height:
            yield from self._group()
        elif self.assigned:
            yield _WITHOUT_GROUP[link["method"], link["fallback"]].format(**link)

    def _group(self) -> Iterator[str]:
        group = self.candidates.row(0, named=True)
        others = (
            f"its {group['links']} links are decided together" if group["links"] > 1 else "it is the only link there"
        )
        yield (
            f"{self.link['postcode']} is in outcode {group['outcode']}; {others}. The outcode was number "
            f"{group['turn']} in the order of the document and may be served from up to {group['radius_km']:g} km away."
        )
        for row in self.candidates.iter_rows(named=True):
            where = "covers it" if row["distance_km"] == 0 else f"{row['distance_km']:.1f} km away"
            yield f"  0{row['area_code']} {row['name']}, {where}: {row['numbers_left']} left, {row['verdict']}"


_WITHOUT_GROUP = {
    ("BY VOXNUMBER", "none"): "The link names this number itself, and it was available.",
    ("BY AREA", "none"): "It is the smallest number that area code {area_code} had left when the link's turn came.",
    ("BY AREA", "city"): "The area code asked for had none left; {area_code} is another area code of the same city.",
    (
        "BY AREA",
        "region",
    ): "The area code asked for had none left; {area_code} is another area code of the same region.",
    (
        "BY AREA",
        "country",
    ): "The area code asked for had none left; {area_code} is another area code of the same country.",
}


def csv_bytes(table: pl.DataFrame) -> bytes:
    """A table as CSV in UTF-8: distances with three decimals (metres), one line feed to a row."""
    buffer = io.BytesIO()
    table.write_csv(buffer, float_precision=3)
    return buffer.getvalue()


def read_plan(folder: str | Path) -> Plan:
    """Read a plan that was written to a folder.

    Parameters
    ----------
    folder
        What `Plan.write` made.

    Raises
    ------
    InputError
        There is no plan in that folder, or it was altered.
    """
    folder = Path(folder)
    if not (folder / "summary.json").is_file():
        raise InputError(
            "there is no plan in this folder",
            file=str(folder),
            remedy="Name a folder that `allocator plan` has written.",
        )
    try:
        tables = {name: _read_table(folder / f"{name}.csv") for name in _TABLES}
        stock = _read_stock_table(folder / "stock.csv")
        summary = _read_summary(folder / "summary.json")
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise InputError(
            f"the plan in this folder can't be read ({str(error).splitlines()[0]})",
            file=str(folder),
            remedy="It was altered since it was written: plan again.",
        ) from error
    return Plan(summary=summary, stock=stock, **tables)


def _read_summary(path: Path) -> dict[str, Any]:
    summary = json.loads(path.read_text(encoding="utf-8"))
    parts = ("links", "options", "result")
    if not isinstance(summary, dict) or not all(isinstance(summary.get(part), dict) for part in parts):
        raise ValueError(f"{path.name} has other parts")
    return summary


_FIRST = {"assignments": "link_id", "unassigned": "link_id", "rejected": "table", "decisions": "turn"}
_TYPES = {
    "row": pl.UInt32,
    "turn": pl.UInt32,
    "links": pl.Int64,
    "radius_km": pl.Float64,
    "distance_km": pl.Float64,
    "numbers_left": pl.Int64,
    "numbers_taken": pl.Int64,
}


def _read_table(path: Path) -> pl.DataFrame:
    # Its bytes, as polars would take a bracket in a path for a pattern.
    table = pl.read_csv(path.read_bytes(), infer_schema=False)
    if table.columns[0] != _FIRST[path.stem]:
        raise ValueError(f"{path.name} has other columns")
    return table.with_columns(pl.col(name).cast(kind) for name, kind in _TYPES.items() if name in table.columns)


def _read_stock_table(path: Path) -> pl.DataFrame:
    if not path.exists():
        return pl.DataFrame(schema=STOCK)
    return pl.read_csv(path.read_bytes(), infer_schema=False).select(
        pl.col(name).cast(kind) for name, kind in STOCK.items()
    )


def check_batch_size(batch_size: int) -> None:
    """Refuse a request without links.

    Raises
    ------
    OptionError
        The batch size is not a positive number.
    """
    if batch_size < 1:
        raise OptionError(
            "the batch size is less than 1", value=batch_size, remedy="Give 1 or more links to a request."
        )


Kind = Literal["plan", "what-if", "sweep"]
"""What a folder holds: a plan, what `allocator.whatif.write` wrote, or what `allocator.whatif.run` did."""
_KIND_WORDS: dict[Kind, str] = {"plan": "a plan", "what-if": "an answer to a what-if", "sweep": "a sweep"}
_WRITTEN: dict[Kind, str] = {
    "plan": r"(?:assignments|unassigned|rejected|decisions|stock)\.csv|summary\.json"
    r"|requests/(?:requests-[0-9]{5,}\.xml)?"
    r"|ledger\.(?:jsonl|lock)",
    "what-if": r"(?:shopping|rescued|infeasible|frontier|worth|blocks|repairs|radius|order|shortage)\.csv"
    r"|summary\.json",
    "sweep": r"comparison\.csv|summary\.json"
    r"|scenarios/(?:[^/]+/(?:(?:assignments|unassigned|rejected|decisions)\.csv|summary\.json)?)?"
    r"|changes/(?:[^/]+--[^/]+\.csv)?"
    r"|\.unfinished/.*",
}
"""All that is written to a folder of each kind, as patterns of paths within it; those of folders end in a slash."""
_OF_THE_SYSTEM = re.compile(r"Thumbs\.db|desktop\.ini|\.DS_Store|~\$.*|\.~lock\..*#", re.DOTALL)
_MOST_SUMMARY = 64_000_000  # bytes, far more than a summary has
_NAMED = 5  # entries that a refusal names


def check_folder(folder: Path, force: bool, kind: Kind) -> None:
    """Refuse to write where something is that must not be lost.

    Parameters
    ----------
    folder
        The folder to write.
    force
        Whether what is there may be replaced.
    kind
        What is to be written; nothing but a folder of that kind is replaced.

    Raises
    ------
    OutputError
        Something is there, and it may not be replaced.
    """
    try:
        if not folder.exists() and not folder.is_symlink():
            return
        if folder.is_dir() and not any(folder.iterdir()):
            return
        if not force:
            raise OutputError(
                "it exists already",
                file=str(folder),
                remedy=f"Name another folder; {_KIND_WORDS[kind]} is replaced with --force (force=True).",
            )
        if (folder / LEDGER).exists():
            raise OutputError(
                "the plan in it has a ledger of what was sent, so it is not replaced",
                file=str(folder),
                remedy="Write the new plan to another folder.",
            )
        _check_kind(folder, kind)
        refuse_foreign(folder, foreign_entries(folder, kind))
    except (OSError, ValueError) as error:  # a name that is too long, a folder that may not be entered, a zero byte
        if isinstance(error, OutputError):
            raise
        raise _cannot_write(folder, error) from error


def _check_kind(folder: Path, kind: Kind) -> None:
    wanted = _KIND_WORDS[kind]
    if not (folder / "summary.json").is_file():
        raise OutputError(
            f"it exists and is not {wanted}, so it is not replaced", file=str(folder), remedy="Name another folder."
        )
    found = kind_of(folder)
    if found is None:
        raise OutputError(
            "its summary.json is none that allocator has written, so it is not replaced",
            file=str(folder),
            remedy="Name another folder.",
        )
    if found != kind:
        raise OutputError(
            f"it is {_KIND_WORDS[found]} and not {wanted}, so it is not replaced",
            file=str(folder),
            remedy="Name another folder.",
        )


def kind_of(folder: Path) -> Kind | None:
    """What a folder holds, by its summary; None where that is not of this package, or can't be read."""
    path = folder / "summary.json"
    try:
        if not path.is_file() or path.stat().st_size > _MOST_SUMMARY:
            return None
        told = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    engine = told.get("engine") if isinstance(told, dict) else None
    if not isinstance(engine, dict) or engine.get("name") != "allocator":
        return None
    if "whatif" not in told:
        return "plan"
    return "sweep" if told["whatif"] == "run" else "what-if"


def foreign_entries(folder: Path, kind: Kind) -> Iterator[str]:
    """What is in a folder of a kind and was not written by this package nor by the system, as paths within it."""
    written, waiting = re.compile(_WRITTEN[kind], re.DOTALL), [""]
    while waiting:
        above = waiting.pop()
        for entry in sorted((folder / above).iterdir()):
            path = f"{above}{entry.name}"
            if entry.is_dir() and not entry.is_symlink():
                path += "/"
                if written.fullmatch(path):
                    waiting.append(path)
                    continue
            elif written.fullmatch(path) or _OF_THE_SYSTEM.fullmatch(entry.name):
                continue
            yield path


def refuse_foreign(folder: Path, entries: Iterator[str]) -> None:
    """Refuse to replace a folder that holds something of its owner's.

    Raises
    ------
    OutputError
        It does.
    """
    names = [name if name.isprintable() else ascii(name) for name in itertools.islice(entries, _NAMED + 1)]
    if names:
        listed = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
        raise OutputError(
            f"it holds what allocator has not written ({listed}), so it is not replaced",
            file=str(folder),
            remedy="Move that elsewhere, or name another folder.",
        )


def _replace(folder: Path, staging: Path) -> None:
    """Put the finished folder in its place; the one that was there goes only when the new one stands."""
    if not folder.exists():
        staging.rename(folder)
        return
    aside = staging.with_name(f"{staging.name}-old")
    folder.rename(aside)
    try:
        staging.rename(folder)
    finally:
        if folder.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.rename(folder)


def write_folder(folder: Path, fill: Callable[[Path], None], *, kind: Kind, force: bool = False) -> Path:
    """Write a folder, whole or not at all.

    Parameters
    ----------
    folder
        The folder to make.
    fill
        Writes what is to be in it into another one.
    kind
        What it is to hold.
    force
        Replace what is there, if it is a folder of that kind with nothing else in it.

    Raises
    ------
    OutputError
        The folder exists, or can't be written.
    """
    check_folder(folder, force, kind)
    # Beside its place, not in the system's temporary folder: a rename is only atomic within a file system. It is
    # named before it is made, so that an interrupt at any moment finds what to clear away.
    staging = folder.parent / f".{folder.name}-{secrets.token_hex(4)}"
    try:
        staging.mkdir(parents=True)
        fill(staging)
        _replace(folder, staging)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    finally:
        try:
            shutil.rmtree(staging, ignore_errors=True)
        except KeyboardInterrupt:  # a second one: polars raises one of its own besides Python's
            shutil.rmtree(staging, ignore_errors=True)
            raise
    return folder


def write_file(path: Path, data: bytes, *, force: bool = False) -> None:
    """Write a file, whole or not at all.

    Raises
    ------
    OutputError
        Something is there already, or it can't be written.
    """
    if path.exists() and not force:
        raise OutputError("it exists already", file=str(path), remedy="Name another file, or replace it with --force.")
    staging = path.parent / f".{path.name}-{secrets.token_hex(4)}"
    try:
        staging.write_bytes(data)
        staging.replace(path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        staging.unlink(missing_ok=True)


def _cannot_write(folder: Path, error: OSError | ValueError) -> OutputError:
    return OutputError(
        f"it can't be written ({getattr(error, 'strerror', None) or error})",
        file=str(folder),
        remedy="Name a place that you may write to, on a disk with room.",
    )


_SHOWN_ROWS = 5


def _html(plan: Plan, picture: str) -> str:
    """A plan for a notebook: what came of it, and the first rows of what matters."""
    links, distance = plan.summary["links"], plan.summary["distance_km"]
    options = plan.summary["options"]
    facts = [("links", links["total"]), ("assigned", links["assigned"])]
    facts += [
        (f"by fallback: {name}", count)
        for name, count in plan.summary["assigned"]["by_fallback"].items()
        if name != "none"
    ]
    facts += [("unassigned", links["unassigned"])]
    facts += [(f"because: {reason}", count) for reason, count in plan.summary["unassigned"].items()]
    facts += [("rejected rows", links["rejected"])]
    if distance["mean"] is not None:
        facts += [(f"distance, {name}", f"{value:.1f} km") for name, value in distance.items()]
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td style='text-align:right'>{_grouped(value)}</td></tr>"
        for name, value in facts
    )
    title = f"Plan, {options['grouping']}, fallback {options['fallback_km']:g} km"
    sections = (
        (
            "Assignments",
            plan.assignments,
            ["link_id", "full_voxnumber", "postcode", "area_code", "distance_km", "fallback"],
        ),
        ("Unassigned", plan.unassigned, ["link_id", "postcode", "reason", "message"]),
    )
    tables = "".join(_html_section(*section) for section in sections if section[1].height)
    return f"<div><p><b>{html.escape(title)}</b></p>{picture}<table>{rows}</table>{tables}</div>"


def _grouped(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else html.escape(str(value))


def _html_section(name: str, table: pl.DataFrame, columns: list[str]) -> str:
    shown = f"first {min(_SHOWN_ROWS, table.height)} of {table.height:,}"
    return f"<p style='margin:.6em 0 .2em'><b>{name}</b>, {shown}</p>{_html_table(table, columns)}"


def _html_table(table: pl.DataFrame, columns: list[str]) -> str:
    head = "".join(f"<th style='text-align:left'>{name}</th>" for name in columns)
    rows = "".join(
        "<tr>" + "".join(f"<td style='text-align:left'>{_cell(value)}</td>" for value in row) + "</tr>"
        for row in table.select(columns).head(_SHOWN_ROWS).iter_rows()
    )
    return f"<table><tr>{head}</tr>{rows}</table>"


def _cell(value: object) -> str:
    return "" if value is None else f"{value:.1f}" if isinstance(value, float) else html.escape(str(value))
