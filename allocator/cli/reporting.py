"""report: a plan, a comparison or a what-if as one page to look at."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from allocator.cli import terminal
from allocator.cli.app import COMPLETE, app, interruptible
from allocator.errors import OptionError, OutputError


class MapLayer(StrEnum):
    """What a map can show; kept here so that `--help` does not load `allocator.report`."""

    SHARE = "share"
    ASKED = "asked"
    MEAN_KM = "mean_km"
    LEFT = "left"
    MISSING = "missing"


@app.command(short_help="Write what is in a folder as one HTML file.")
def report(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of a plan or of a what-if.")],
    other: Annotated[
        Path | None,
        typer.Argument(
            metavar="OTHER", help="Folder of another plan to compare with, or what `whatif buy` wrote for the plan."
        ),
    ] = None,
    output: Annotated[Path, typer.Option(help="HTML file to write.")] = Path("report.html"),
    picture: Annotated[
        Path | None, typer.Option("--map", metavar="FILE", help="Also write the plan's map, as .png or .svg.")
    ] = None,
    layer: Annotated[MapLayer | None, typer.Option(help="What that map shows; the share served by default.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that already exist.")] = False,
) -> None:
    """Write what is in a folder as one HTML file: a map, charts and tables. It opens without a network.

    Exit code 0 when it is written, 2 when a folder can't be used.

    Example: allocator report plan --output plan.html --map plan.svg
    """
    with interruptible(), terminal.progress(steps=2) as step:
        _check(other, output, picture, layer, force)
        from allocator.report import map as draw_map
        from allocator.report import page

        if step:
            step("Drawing the map" if picture else "Reading")
        drawn = None if picture is None else draw_map(folder, (layer or MapLayer.SHARE).value)
        if step:
            step("Making the page")
        document = page(folder, other)
        # The map first: a name that is neither .png nor .svg is refused before anything is written.
        if picture is not None and drawn is not None:
            drawn.write(picture, force=force)
        document.write(output, force=force)
    with terminal.printing():
        written = [f"Written to {terminal.printable(str(path))}" for path in (output, picture) if path is not None]
        terminal.show(*written)
    raise typer.Exit(COMPLETE)


def _check(other: Path | None, output: Path, picture: Path | None, layer: MapLayer | None, force: bool) -> None:
    """Refuse what can be refused before the long work.

    Raises
    ------
    OptionError
        The options don't go together.
    OutputError
        A file exists.
    """
    for path in (output, picture):
        if path is not None and path.exists() and not force:
            raise OutputError(
                "it exists already", file=str(path), remedy="Name another file, or replace it with --force."
            )
    if layer is not None and picture is None:
        raise OptionError("--layer applies only to --map", value=layer.value, remedy="Add --map too.")
    if other is not None and picture is not None:
        raise OptionError("--map works only for one plan", value=str(picture), remedy="Remove --map.")
