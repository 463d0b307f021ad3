"""The options that several commands share, and the values they take."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Strategy(StrEnum):
    """How to plan."""

    RULE = "rule"
    OPTIMAL = "optimal"


class Objective(StrEnum):
    """What to keep short among the plans that serve the most."""

    TOTAL = "total"
    WORST = "worst"


class Grouping(StrEnum):
    """Whether the links of an outcode stay together."""

    TOGETHER = "together"
    SPLIT = "split"


PlanFolder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of a plan.")]
Links = Annotated[
    str, typer.Option(help="Your links: CSV, Parquet or a request (XML); - for CSV or XML on standard input.")
]
Stock = Annotated[
    list[str],
    typer.Option(
        metavar="FILE", help="The account's numbers: CSV, Parquet or a listing (XML; repeat the option for each page)."
    ),
]
FallbackKm = Annotated[
    float, typer.Option(help="Fallback distance: how many km away a number may be from, unless the link gives its own.")
]
GroupingOption = Annotated[
    Grouping,
    typer.Option(
        "--grouping", help="Serve each postcode district (outcode) from one area code, as the API does, or split it."
    ),
]
StrategyOption = Annotated[Strategy, typer.Option("--strategy", help="Plan by the API's rule, or find the best plan.")]
Effort = Annotated[int, typer.Option(help="How hard to search: attempts to fit in each outcode that misses out.")]
Force = Annotated[bool, typer.Option("--force", help="Replace what is there already.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
