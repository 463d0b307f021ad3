"""plan and explain: which link gets which number, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import allocator
from allocator.cli import terminal
from allocator.cli.app import COMPLETE, INCOMPLETE, app, interruptible
from allocator.cli.options import (
    Effort,
    FallbackKm,
    Force,
    Grouping,
    GroupingOption,
    Json,
    Links,
    Objective,
    PlanFolder,
    Stock,
    Strategy,
    StrategyOption,
)
from allocator.cli.plan_summary import show_plan
from allocator.planning import EFFORT
from allocator.plans import BATCH_SIZE, check_folder

# `allocator.plan` reports these: links, stock, planning, writing.
_STEPS = 4


@app.command()
def plan(
    links: Links,
    stock: Stock,
    output: Annotated[Path, typer.Option(help="Folder to write the plan to.")],
    fallback_km: FallbackKm = 0.0,
    grouping: GroupingOption = Grouping.TOGETHER,
    strategy: StrategyOption = Strategy.RULE,
    objective: Annotated[
        Objective,
        typer.Option(help="Among the best plans: the shortest total distance, or first the shortest longest one."),
    ] = Objective.TOTAL,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="For the best plan: an earlier plan. Its links keep their numbers if possible."
        ),
    ] = None,
    effort: Effort = EFFORT,
    time_limit: Annotated[
        float | None, typer.Option(help="Stop looking for a better plan after this many seconds.")
    ] = None,
    batch_size: Annotated[int, typer.Option(help="How many links to put in a request.")] = BATCH_SIZE,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Plan which link gets which number.

    Writes assignments.csv, unassigned.csv, already.csv (links that have a number), rejected.csv, decisions.csv,
    stock.csv, summary.json and requests/*.xml (BY VOXNUMBER).
    Exit code 0 when every link gets a number or has one, 1 when some have none, 2 when the input can't be used.

    Example: allocator plan --links links.csv --stock stock.csv --fallback-km 20 --output plan
    """
    with interruptible(), terminal.progress(_STEPS) as progress:
        replaced = check_folder(output, force, "plan")
        made = allocator.plan(
            links, stock, fallback_km=fallback_km, grouping=grouping.value, strategy=strategy.value,
            objective=objective.value, keep=keep, effort=effort, time_limit_s=time_limit, output=output,
            force=force, batch_size=batch_size, progress=progress,
        )  # fmt: skip
    with terminal.printing():
        if as_json:
            terminal.show_json({**made.summary, "folder": str(output)}, {})
        else:
            show_plan(made, output)
            terminal.show(*terminal.replaced(replaced))
    raise typer.Exit(COMPLETE if made.ok else INCOMPLETE)


@app.command()
def explain(
    folder: PlanFolder,
    link_id: Annotated[str, typer.Argument(metavar="LINK_ID", help="A link of the plan.")],
    as_json: Json = False,
) -> None:
    """Say why a link has its number, or why it has none.

    Example: allocator explain plan shop-17
    """
    with terminal.busy("Reading"):
        explanation = allocator.explain(folder, link_id)
    with terminal.printing():
        if as_json:
            terminal.show_json({"link": explanation.link}, {"candidates": explanation.candidates})
        else:
            terminal.show(str(explanation))
