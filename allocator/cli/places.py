"""lookup and nearest: where a postcode is, and what is near it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

import allocator
from allocator.cli import terminal
from allocator.cli.app import COMPLETE, INCOMPLETE, UNUSABLE, app
from allocator.cli.options import Json
from allocator.cli.terminal import Table, printable
from allocator.errors import PostcodeError

if TYPE_CHECKING:
    import polars as pl

    from allocator.places import Nearby, Place


@app.command()
def lookup(
    texts: Annotated[list[str], typer.Argument(metavar="POSTCODE", help="Unit postcodes or outcodes.")],
    as_json: Json = False,
) -> None:
    """Say where postcodes are, and whether they exist.

    For a unit postcode or a postcode district (outcode): its position, its covering area code, and how many unit
    postcodes the outcode has.

    Exit code 0 when all exist, 1 when one does not, 2 when one is not a postcode at all.

    Example: allocator lookup SW1A0AA M1
    """
    found = [_looked_up(text) for text in texts]
    places = [one for one in found if not isinstance(one, PostcodeError)]
    with terminal.printing():
        if as_json:
            rows = [
                {"text": one.text, "error": str(one)} if isinstance(one, PostcodeError) else asdict(one)
                for one in found
            ]
            terminal.show_json({}, {"places": rows})
        else:
            for one in found:
                if isinstance(one, PostcodeError):
                    sys.stderr.write(f"allocator: {one}\n")
            terminal.show(*_places(places))
    if len(places) < len(found):
        raise typer.Exit(UNUSABLE)
    raise typer.Exit(COMPLETE if all(place.exists for place in places) else INCOMPLETE)


def _looked_up(text: str) -> Place | PostcodeError:
    try:
        return allocator.lookup(text)
    except PostcodeError as error:
        return error


@app.command()
def nearest(
    text: Annotated[
        str, typer.Argument(metavar="OUTCODE", help="A postcode district (outcode), or a unit postcode in it.")
    ],
    within: Annotated[float, typer.Option(help="How far to look, in kilometres.")],
    as_json: Json = False,
) -> None:
    """List the area codes and outcodes near an outcode.

    Example: allocator nearest SW1A --within 20
    """
    nearby = allocator.nearest(text, within)
    with terminal.printing():
        if as_json:
            tables = {"area_codes": nearby.area_codes, "outcodes": nearby.outcodes}
            terminal.show_json({"place": asdict(nearby.place), "within_km": nearby.within_km}, tables)
        else:
            terminal.show(*_nearby(nearby))


def _places(places: list[Place]) -> list[Table]:
    columns = ("given", "is", "exists", "latitude", "longitude", "area code", "postcodes")
    rows = tuple(
        (
            printable(place.text),
            f"postcode {place.postcode}" if place.postcode else f"outcode {place.outcode}",
            _existence(place),
            *("" if degrees is None else f"{degrees:.6f}" for degrees in (place.latitude, place.longitude)),
            _covering(place),
            f"{place.postcodes:,}",
        )
        for place in places
    )
    return [Table(columns, rows, frozenset({"latitude", "longitude", "postcodes"}))] if rows else []


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


def _nearby(nearby: Nearby) -> list[str | Table]:
    around = f"within {nearby.within_km:g} km of {nearby.place.outcode}"
    return [
        f"Area codes {around}: {nearby.area_codes.height:,}",
        "",
        _distances(nearby.area_codes),
        "",
        f"Outcodes {around}: {nearby.outcodes.height:,}",
        "",
        _distances(nearby.outcodes),
    ]


def _distances(rows: pl.DataFrame) -> Table:
    names = tuple({"distance_km": "km"}.get(name, name.replace("_", " ")) for name in rows.columns)
    cells = (tuple(map(_cell, rows.columns, row)) for row in rows.iter_rows())
    return Table(names, tuple(cells), frozenset({"km"}))


def _cell(column: str, value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}"
    return f"0{value}" if column == "area_code" else str(value)
