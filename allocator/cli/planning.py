"""plan and explain: who gets which number, and why."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import allocator
from allocator.cli import terminal
from allocator.cli.app import COMPLETE, INCOMPLETE, app, interruptible
from allocator.planning import EFFORT
from allocator.plans import BATCH_SIZE, read_plan


class Strategy(StrEnum):
    """How to plan."""

    RULE = "rule"
    OPTIMAL = "optimal"


class Objective(StrEnum):
    """What to make small among plans that serve as much."""

    TOTAL = "total"
    WORST = "worst"


class Grouping(StrEnum):
    """Whether the links of an outcode stay together."""

    TOGETHER = "together"
    SPLIT = "split"


@app.command()
def plan(
    links: Annotated[
        str, typer.Option(help="Links: CSV, Parquet or a request (XML), or - for CSV or XML on standard input.")
    ],
    stock: Annotated[
        list[str], typer.Option(help="Numbers of the account: CSV, Parquet or a listing (XML, once for each page).")
    ],
    output: Annotated[Path, typer.Option(help="Folder to write the plan to.")],
    fallback_km: Annotated[
        float, typer.Option(help="Fallback distance of links that give none of their own, kilometres.")
    ] = 0.0,
    grouping: Annotated[
        Grouping, typer.Option(help="Serve an outcode from one area code, as the API does, or split it.")
    ] = Grouping.TOGETHER,
    strategy: Annotated[
        Strategy, typer.Option(help="By the API's rule, or as many links as can be over the least distance.")
    ] = Strategy.RULE,
    objective: Annotated[
        Objective, typer.Option(help="With optimal: the least total distance, or the least greatest one.")
    ] = Objective.TOTAL,
    keep: Annotated[
        Path | None, typer.Option(help="With optimal: an earlier plan's folder, of which links keep their numbers.")
    ] = None,
    effort: Annotated[
        int, typer.Option(help="With optimal: how often to try and force in an outcode that goes without.")
    ] = EFFORT,
    time_limit: Annotated[
        float | None, typer.Option(help="With optimal: how many seconds to look for a better plan at most.")
    ] = None,
    batch_size: Annotated[int, typer.Option(help="Links to a request.")] = BATCH_SIZE,
    force: Annotated[bool, typer.Option("--force", help="Replace the plan that is in the folder.")] = False,
    as_json: terminal.Json = False,
) -> None:
    """Plan which link gets which number.

    Writes assignments.csv, unassigned.csv, rejected.csv, decisions.csv, stock.csv, summary.json and requests/*.xml (BY
    VOXNUMBER).
    Exit code 0 when every link is assigned, 1 when some are not, 2 when the input can't be used.

    Example: allocator plan --links links.csv --stock stock.csv --fallback-km 20 --output plan
    """
    with interruptible(), terminal.progress() as tell:
        made = allocator.plan(
            links, stock, fallback_km=fallback_km, grouping=grouping.value, strategy=strategy.value,
            objective=objective.value, keep=keep, effort=effort, time_limit_s=time_limit, output=output,
            force=force, batch_size=batch_size, progress=tell,
        )  # fmt: skip
    with terminal.printing():
        if as_json:
            terminal.show_json(made.summary | {"folder": str(output)}, {})
        else:
            terminal.show_plan(made, output)
    raise typer.Exit(COMPLETE if made.ok else INCOMPLETE)


@app.command()
def explain(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A plan's folder.")],
    link_id: Annotated[str, typer.Argument(metavar="LINK_ID", help="A link of the plan.")],
    as_json: terminal.Json = False,
) -> None:
    """Tell why a link has its number, or none.

    Example: allocator explain plan shop-17
    """
    with terminal.busy("Reading"):
        explanation = read_plan(folder).explain(link_id)
    with terminal.printing():
        if as_json:
            terminal.show_json({"link": explanation.link}, {"candidates": explanation.candidates})
        else:
            terminal.show_text(str(explanation))
