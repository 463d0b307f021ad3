"""whatif radius and order: what the fallback distance and the order of the links do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

import allocator
from allocator.cli import whatif as shared
from allocator.cli.options import (
    Effort,
    FallbackKm,
    Force,
    Grouping,
    GroupingOption,
    Json,
    Links,
    Stock,
    Strategy,
    StrategyOption,
)
from allocator.cli.terminal import Table
from allocator.cli.whatif import AnswerFolder, whatif
from allocator.notation import counted, usable_distances, usable_km
from allocator.planning import EFFORT

if TYPE_CHECKING:
    from allocator.whatif import Answer


@whatif.command(short_help="Show how many links are served at each radius.")
def radius(
    links: Links,
    stock: Stock,
    strategy: StrategyOption = Strategy.RULE,
    grouping: GroupingOption = Grouping.TOGETHER,
    up_to_km: Annotated[float, typer.Option(help="The widest radius to look at, in kilometres.")] = 100.0,
    effort: Effort = EFFORT,
    output: AnswerFolder = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Show how many links are served at each fallback distance, and the shortest that serves all.

    Example: allocator whatif radius --links links.csv --stock stock.csv --strategy optimal --grouping split
    """
    shared.answer(
        lambda progress: allocator.whatif.radius(
            links, stock, strategy=strategy.value, grouping=grouping.value, up_to_km=up_to_km, effort=effort,
            progress=progress,
        ),
        _radius, output, force, as_json,
    )  # fmt: skip


def _radius(answer: Answer) -> Iterator[str | Table]:
    steps, summary = usable_distances(answer.tables()["radius"], digits=1), answer.summary
    yield from (f"How many of {counted(summary['links'], 'link')} are served from each fallback distance on", "")
    names = {"radius_km": "from km", "served": "served"}
    names |= {"served_at_most": "proven at most"} if "served_at_most" in steps.columns else {}
    yield from shared.table(shared.evenly(steps), names)
    yield ""
    if summary["smallest_km"] is None:
        yield f"No distance up to {summary['options']['up_to_km']:g} km serves all"
    else:
        yield f"All are served from {usable_km(summary['smallest_km'])} km on"


@whatif.command()
def order(
    links: Links,
    stock: Stock,
    fallback_km: FallbackKm = 0.0,
    grouping: GroupingOption = Grouping.TOGETHER,
    shuffles: Annotated[int, typer.Option(help="How many random orders to try.")] = 100,
    seed: Annotated[int, typer.Option(help="Picks the orders; the same seed gives the same ones.")] = 1,
    output: AnswerFolder = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Show how much the API's rule depends on the order of the links.

    Example: allocator whatif order --links links.csv --stock stock.csv --fallback-km 20 --shuffles 200
    """
    shared.answer(
        lambda progress: allocator.whatif.order(
            links, stock, fallback_km=fallback_km, grouping=grouping.value, shuffles=shuffles, seed=seed,
            progress=progress,
        ),
        _order, output, force, as_json,
    )  # fmt: skip


def _order(answer: Answer) -> Iterator[str | Table]:
    summary = answer.summary
    rows = [("in the order given", f"{summary['served']:,}")]
    rows += [(name, f"{summary[name]:,.10g}") for name in ("best", "median", "worst")]
    orders = counted(summary["options"]["shuffles"], "random order")
    yield from (f"Links served by the API's rule in {orders} (of {summary['links']:,})", "")
    yield Table(("order", "served"), tuple(rows), frozenset({"served"}))
