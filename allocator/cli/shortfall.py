"""whatif why and shortage: which links are short of numbers, and where numbers run out first."""

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
from allocator.notation import counted, usable_distances
from allocator.planning import EFFORT

if TYPE_CHECKING:
    from allocator.whatif import Answer


@whatif.command(short_help="Explain why outcodes have no number, and what would help.")
def why(
    links: Links,
    stock: Stock,
    fallback_km: FallbackKm = 0.0,
    grouping: GroupingOption = Grouping.TOGETHER,
    effort: Effort = EFFORT,
    output: AnswerFolder = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Explain why postcode districts (outcodes) have no number even in the best plan, and what would help.

    Example: allocator whatif why --links links.csv --stock stock.csv --fallback-km 20
    """
    shared.answer(
        lambda progress: allocator.whatif.why(
            links, stock, fallback_km=fallback_km, grouping=grouping.value, effort=effort, progress=progress
        ),
        _why, output, force, as_json,
    )  # fmt: skip


def _why(answer: Answer) -> Iterator[str | Table]:
    tables = answer.tables()
    blocks = tables["blocks"]
    if blocks.is_empty():
        yield "No outcode is short of numbers"
        return
    yield from (f"{counted(answer.summary['links'], 'link')} have no number in the best plan, as there are too few", "")
    for row in blocks.head(shared.ROWS).iter_rows(named=True):
        yield f"{row['message']} ({row['outcode']} is short: {counted(row['links'], 'link')})"
    yield from shared.more(blocks)
    yield ""
    yield from ("What would serve an outcode, if nothing else changes", "")
    names = {
        "outcode": "outcode", "links": "links", "buy_numbers": "buy", "buy_area_code": "in",
        "widen_km": "or widen to km", "widen_area_code": "to reach", "split_links": "or split, to serve",
    }  # fmt: skip
    yield from shared.table(usable_distances(tables["repairs"], digits=1), names, frozenset({"outcode"}))


@whatif.command()
def shortage(
    links: Links,
    stock: Stock,
    growth: Annotated[
        str, typer.Option(help="The extra links: 10% everywhere, or CSV with outcode and growth (10% or 25).")
    ],
    fallback_km: FallbackKm = 0.0,
    grouping: GroupingOption = Grouping.TOGETHER,
    strategy: StrategyOption = Strategy.RULE,
    output: AnswerFolder = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Show which area codes run out first as links are added.

    Example: allocator whatif shortage --links links.csv --stock stock.csv --growth 25% --fallback-km 20
    """
    shared.answer(
        lambda progress: allocator.whatif.shortage(
            links, stock, growth, fallback_km=fallback_km, grouping=grouping.value, strategy=strategy.value,
            progress=progress,
        ),
        _shortage, output, force, as_json,
    )  # fmt: skip


def _shortage(answer: Answer) -> Iterator[str | Table]:
    yield from (
        f"Of {counted(answer.summary['growth'], 'extra link')}, how many could be served, by covering area code",
        "",
    )
    names = {
        "area_code": "area code", "name": "name", "links": "links now", "without": "without a number",
        "growth": "extra", "borne": "served", "borne_percent": "percent",
    }  # fmt: skip
    yield from shared.table(answer.tables()["shortage"], names)
