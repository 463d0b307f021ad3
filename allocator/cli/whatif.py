"""whatif: what to buy, what a wider radius brings, what runs out first."""

from __future__ import annotations

import typer

from allocator.cli.app import app

whatif = typer.Typer(no_args_is_help=True, help="What would be if: numbers bought, radius widened, links shuffled.")
app.add_typer(whatif, name="whatif")
