"""lookup and nearest: where a postcode is, and what is near it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

import allocator
from allocator.cli import terminal
from allocator.cli.app import COMPLETE, INCOMPLETE, UNUSABLE, app
from allocator.errors import PostcodeError

if TYPE_CHECKING:
    from allocator.places import Place


@app.command()
def lookup(
    texts: Annotated[list[str], typer.Argument(metavar="POSTCODE", help="Unit postcodes or outcodes.")],
    as_json: terminal.Json = False,
) -> None:
    """Tell where postcodes are, and whether they exist.

    Of unit postcodes and outcodes: position, covering area code, how many unit postcodes.

    Exit code 0 when all exist, 1 when one does not, 2 when one is no postcode at all.

    Example: allocator lookup SW1A0AA M1
    """
    found: list[Place | PostcodeError] = [_looked_up(text) for text in texts]
    with terminal.printing():
        if as_json:
            terminal.show_json({}, {"places": [_told(one) for one in found]})
        else:
            terminal.show_places(found)
    if any(isinstance(one, PostcodeError) for one in found):
        raise typer.Exit(UNUSABLE)
    raise typer.Exit(COMPLETE if all(one.exists for one in _places(found)) else INCOMPLETE)


def _looked_up(text: str) -> Place | PostcodeError:
    try:
        return allocator.lookup(text)
    except PostcodeError as error:
        return error


def _told(one: Place | PostcodeError) -> dict[str, Any]:
    return {"text": one.text, "error": str(one)} if isinstance(one, PostcodeError) else asdict(one)


def _places(found: Iterable[Place | PostcodeError]) -> Iterable[Place]:
    return (one for one in found if not isinstance(one, PostcodeError))


@app.command()
def nearest(
    text: Annotated[str, typer.Argument(metavar="OUTCODE", help="An outcode, or a unit postcode in it.")],
    within: Annotated[float, typer.Option(help="How far to look, kilometres.")],
    as_json: terminal.Json = False,
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
            terminal.show_nearby(nearby)
