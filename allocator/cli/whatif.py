"""whatif: what to buy, what a wider radius brings, what runs out first."""

from __future__ import annotations

import typer

from allocator.cli.app import app

whatif = typer.Typer(no_args_is_help=True, help="Ask what would be if: buy numbers, widen the radius, shuffle the links.")
app.add_typer(whatif, name="whatif")
