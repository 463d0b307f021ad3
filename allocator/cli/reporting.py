"""report: a plan, a comparison or a what-if as one page to look at."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from allocator.cli import terminal
from allocator.cli.app import COMPLETE, app, interruptible
from allocator.errors import InputError, OptionError, OutputError
from allocator.plans import write_file


class MapLayer(StrEnum):
    """`allocator.report.scene.LAYERS`, which are not loaded for that."""

    SHARE = "share"
    ASKED = "asked"
    MEAN_KM = "mean_km"
    LEFT = "left"
    MISSING = "missing"


@app.command(short_help="Write what is in a folder as one HTML file.")
def report(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A plan's folder, or a what-if's.")],
    other: Annotated[
        Path | None,
        typer.Argument(metavar="OTHER", help="Another plan's, to compare; or what `whatif buy` wrote for the plan."),
    ] = None,
    output: Annotated[Path, typer.Option(help="HTML file to write.")] = Path("report.html"),
    picture: Annotated[
        Path | None, typer.Option("--map", metavar="FILE", help="Also write a plan's map, as .png or .svg.")
    ] = None,
    layer: Annotated[MapLayer | None, typer.Option(help="What that map shows; by default the share served.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the files that are there.")] = False,
) -> None:
    """Write what is in a folder as one HTML file: a map, charts, tables. It opens without a network.

    Exit code 0 when it is written, 2 when a folder can't be used.

    Example: allocator report plan --output plan.html --map plan.svg
    """
    with interruptible(), terminal.progress(steps=2) as tell:
        from allocator.report import Planned, content_of, map_picture, picture_kind, read_folder, render_page

        for path in (output, picture):
            if path is not None and path.exists() and not force:
                raise OutputError(
                    "it exists already", file=str(path), remedy="Name another file, or replace it with --force."
                )
        if layer is not None and picture is None:
            raise OptionError("--layer is of the map that --map writes", value=layer.value, remedy="Give --map too.")
        kind = None if picture is None else picture_kind(picture)
        if tell:
            tell("Reading")
        first, second = read_folder(folder), None if other is None else read_folder(other)
        if kind is not None and not (isinstance(first, Planned) and second is None):
            raise InputError("only of a plan can the map be written", file=str(folder), remedy="Leave --map out.")
        if tell:
            tell("Drawing")
        made = render_page(content_of(first, second))
        shown = (layer or MapLayer.SHARE).value
        drawn = map_picture(first.plan, kind, shown) if kind and isinstance(first, Planned) else None
        write_file(output, made, force=force)
        if picture is not None and drawn is not None:
            write_file(picture, drawn, force=force)
    with terminal.printing():
        written = [f"Written to {terminal.printable(str(path))}" for path in (output, picture) if path is not None]
        terminal.show(*written)
    raise typer.Exit(COMPLETE)
