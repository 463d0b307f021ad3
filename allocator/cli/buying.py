"""whatif buy, frontier and worth: what to buy, and what it brings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

import allocator
from allocator.cli import whatif as shared
from allocator.cli.app import COMPLETE, INCOMPLETE
from allocator.cli.options import Effort, FallbackKm, Force, Grouping, GroupingOption, Json, Links, Stock
from allocator.cli.terminal import Table
from allocator.cli.whatif import AnswerFolder, whatif
from allocator.notation import counted
from allocator.planning import EFFORT

if TYPE_CHECKING:
    from allocator.whatif import Answer


@whatif.command(short_help="Find the numbers to buy.")
def buy(
    links: Links,
    stock: Stock,
    fallback_km: FallbackKm = 0.0,
    grouping: GroupingOption = Grouping.TOGETHER,
    prices: Annotated[
        str | None, typer.Option(help="Price list: CSV with area_code, price and, if you know it, available.")
    ] = None,
    budget: Annotated[int | None, typer.Option(help="How many numbers to buy at most.")] = None,
    effort: Effort = EFFORT,
    output: AnswerFolder = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Find the numbers to buy so that every link is served, or the ones that serve the most links.

    Writes shopping.csv, rescued.csv, infeasible.csv and summary.json. Exit code 0 when every link is served with
    the purchase, 1 when some are not, 2 when the input can't be used.

    Example: allocator whatif buy --links links.csv --stock stock.csv --fallback-km 20 --output shopping
    """
    found = shared.answer(
        lambda progress: allocator.whatif.buy(
            links, stock, fallback_km=fallback_km, grouping=grouping.value, prices=prices, budget=budget,
            effort=effort, progress=progress,
        ),
        _shopping, output, force, as_json,
    )  # fmt: skip
    served = found.summary["served_after"] + found.summary["already"]
    raise typer.Exit(COMPLETE if served == found.summary["links"] else INCOMPLETE)


def _shopping(answer: Answer) -> Iterator[str | Table]:
    summary, tables = answer.summary, answer.tables()
    shopping, infeasible = tables["shopping"], tables["infeasible"]
    options = summary["options"]
    budget, priced = options["budget"], options["prices"] is not None
    goal = "every link" if budget is None else f"the most links with {counted(budget, 'number')}"
    yield from (f"What to buy to serve {goal}, fallback distance {options['fallback_km']:g} km", "")
    if shopping.height:
        names = {"area_code": "area code", "name": "name", "numbers": "numbers"}
        names |= {"price": "price", "cost": "cost"} if priced else {}
        names |= {"links_rescued": "links rescued", "outcodes": "where"}
        yield from shared.table(shopping, names, frozenset({"outcodes"}))
        yield ""
    asking, already = summary["links"] - summary["already"], summary["already"]
    if already:
        yield f"{counted(already, 'link')} with a number already: left alone"
    yield (
        f"Served today: {summary['served_before']:,} of {asking:,} links by the best plan "
        f"({summary['served_by_rule']:,} by the API's rule). With these numbers: {summary['served_after']:,}"
    )
    yield _proof(summary, budget, priced)
    if infeasible.height:
        yield f"No purchase helps {counted(infeasible.height, 'link')}:"
        yield from shared.reasons(infeasible)


def _proof(summary: dict[str, Any], budget: int | None, priced: bool) -> str:
    if budget is not None:
        most = "" if summary["exact"] else f" than {counted(summary['served_at_most'], 'link')}"
        return f"Proven: no purchase of {counted(budget, 'number')} serves more{most}"
    if summary["exact"]:
        return f"Proven: {'nothing cheaper serves' if priced else 'no fewer numbers serve'} them all"
    if priced:
        return f"Cost: {summary['cost']:,.2f}. Proven: at least {summary['cost_at_least']:,.2f} is needed"
    return (
        f"{counted(summary['numbers'], 'number')} in all. Proven: at least {summary['cost_at_least']:,.0f} are needed"
    )


@whatif.command()
def frontier(
    links: Links,
    stock: Stock,
    fallback_km: FallbackKm = 0.0,
    grouping: GroupingOption = Grouping.TOGETHER,
    most: Annotated[
        int | None, typer.Option(help="How many numbers to buy at most; by default, until all links are served.")
    ] = None,
    effort: Effort = EFFORT,
    output: AnswerFolder = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Show how many more links each extra number serves.

    Example: allocator whatif frontier --links links.csv --stock stock.csv --fallback-km 20
    """
    shared.answer(
        lambda progress: allocator.whatif.frontier(
            links, stock, fallback_km=fallback_km, grouping=grouping.value, most=most, effort=effort, progress=progress
        ),
        _frontier, output, force, as_json,
    )  # fmt: skip


def _frontier(answer: Answer) -> Iterator[str | Table]:
    yield from ("How many links are served with more numbers", "")
    names = {"numbers": "bought", "served": "served", "served_at_most": "proven at most", "area_code": "area code"}
    yield from shared.table(shared.evenly(answer.tables()["frontier"]), names)


@whatif.command(short_help="Show what one more number in each area code is worth.")
def worth(
    links: Links,
    stock: Stock,
    fallback_km: FallbackKm = 0.0,
    grouping: GroupingOption = Grouping.TOGETHER,
    effort: Effort = EFFORT,
    output: AnswerFolder = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Show what one more number in each area code is worth; if one is worth nothing, the fewest that help.

    Example: allocator whatif worth --links links.csv --stock stock.csv --fallback-km 20
    """
    shared.answer(
        lambda progress: allocator.whatif.worth(
            links, stock, fallback_km=fallback_km, grouping=grouping.value, effort=effort, progress=progress
        ),
        _worth, output, force, as_json,
    )  # fmt: skip


def _worth(answer: Answer) -> Iterator[str | Table]:
    rows = answer.tables()["worth"]
    if rows.is_empty():
        yield "There is no area code in which one more number would serve another link"
        return
    yield from ("How many more links are served with more numbers in one area code", "")
    names = {
        "area_code": "area code", "name": "name", "numbers": "more numbers", "gain": "more links",
        "rule_gain": "by the API's rule",
    }  # fmt: skip
    yield from shared.table(rows, names)
    if answer.summary["options"]["grouping"] == Grouping.TOGETHER:
        yield from (
            "",
            "More numbers: the fewest that let another outcode fit. More links: by the best plan, at least as many",
        )
