"""whatif: what to buy, why links go without, what a wider radius brings, what runs out first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allocator.cli import terminal
from allocator.cli.app import COMPLETE, INCOMPLETE, app, interruptible
from allocator.cli.planning import Grouping, Strategy
from allocator.cli.terminal import Table, counted, printable
from allocator.planning import EFFORT

if TYPE_CHECKING:
    import polars as pl

    from allocator.whatif import Answer

whatif = typer.Typer(
    no_args_is_help=True,
    help="What would be if: what to buy, wider radii, scenarios.",
    epilog="Example: allocator whatif buy --links links.csv --stock stock.csv --fallback-km 20",
)
app.add_typer(whatif, name="whatif")

_Links = Annotated[
    str, typer.Option("--links", help="Links: CSV, Parquet or a request (XML), or - for CSV or XML on standard input.")
]
_Stock = Annotated[
    list[str],
    typer.Option("--stock", help="Numbers of the account: CSV, Parquet or a listing (XML, once for each page)."),
]
_FallbackKm = Annotated[
    float, typer.Option("--fallback-km", help="Fallback distance of links that give none of their own, kilometres.")
]
_Grouping = Annotated[
    Grouping, typer.Option("--grouping", help="Serve an outcode from one area code, as the API does, or split it.")
]
_Effort = Annotated[int, typer.Option("--effort", help="How often to try and force in an outcode that goes without.")]
_Output = Annotated[Path | None, typer.Option("--output", help="Folder to write the tables and a summary to.")]
_Force = Annotated[bool, typer.Option("--force", help="Replace the answer that is in the folder.")]
_ROWS = 20


def _answered(
    ask: Callable[[Callable[[str], None] | None], Answer],
    told: Callable[[Answer], Iterator[str | Table]],
    output: Path | None,
    force: bool,
    as_json: bool,
) -> Answer:
    """Ask, write the answer where it is wanted, and tell it."""
    from allocator.plans import check_folder

    with interruptible(), terminal.progress(steps=None) as tell:
        if output is not None:
            check_folder(output, force, "what-if")
        answer = ask(tell)
        if output is not None:
            answer.write(output, force=force)
    with terminal.printing():
        if as_json:
            terminal.show_json(answer.summary, answer.tables())
        else:
            written = [f"Written to {printable(str(output))}"] if output is not None else []
            terminal.show(*told(answer), *terminal.left_out(answer.summary["inputs"]), *written)
    return answer


def _table(
    rows: pl.DataFrame, names: dict[str, str], right: frozenset[str], most: int = _ROWS
) -> Iterator[str | Table]:
    """The first rows of a table, under names for people; what is null stands empty."""
    cells = (tuple(_cell(name, row[name]) for name in names) for row in rows.head(most).iter_rows(named=True))
    yield Table(tuple(names.values()), tuple(cells), frozenset(names[name] for name in right))
    if rows.height > most:
        yield f"… and {rows.height - most:,} more; --output FOLDER or --json has them all"


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.2f}" if name in ("price", "cost") else f"{value:,.1f}"
    if isinstance(value, int):
        return f"{value:,}"
    return f"0{value}" if "area_code" in name and "-" not in str(value) else printable(str(value))


@whatif.command(short_help="Tell which numbers to buy.")
def buy(
    links: _Links,
    stock: _Stock,
    fallback_km: _FallbackKm = 0.0,
    grouping: _Grouping = Grouping.TOGETHER,
    prices: Annotated[
        str | None, typer.Option(help="Price list: CSV with area_code, price, and where known available.")
    ] = None,
    budget: Annotated[int | None, typer.Option(help="How many numbers to buy at most.")] = None,
    effort: _Effort = EFFORT,
    output: _Output = None,
    force: _Force = False,
    as_json: terminal.Json = False,
) -> None:
    """Tell which numbers to buy so that every link is served, or which ones serve the most.

    Writes shopping.csv, rescued.csv, infeasible.csv and summary.json. Exit code 0 when every link is served with
    the purchase, 1 when some are not, 2 when the input can't be used.

    Example: allocator whatif buy --links links.csv --stock stock.csv --fallback-km 20 --output shopping
    """
    from allocator.whatif import Purchase
    from allocator.whatif import buy as ask

    def told(answer: Answer) -> Iterator[str | Table]:
        assert isinstance(answer, Purchase)  # noqa: S101 - it is what was asked for
        summary = answer.summary
        goal = "every link is served" if budget is None else f"{counted(budget, 'number')} serve the most links"
        yield f"What to buy so that {goal}, fallback {fallback_km:g} km"
        yield ""
        if answer.shopping.height:
            names = {"area_code": "area code", "name": "name", "numbers": "numbers"}
            if prices is not None:
                names |= {"price": "price", "cost": "cost"}
            names |= {"links_rescued": "links rescued", "outcodes": "where"}
            right = frozenset(names) & {"numbers", "price", "cost", "links_rescued"}
            yield from _table(answer.shopping, names, right)
            yield ""
        yield from _bought(summary, budget, prices is not None)
        if answer.infeasible.height:
            yield f"No purchase helps {counted(answer.infeasible.height, 'link')}, see infeasible.csv:"
            yield from (f"  {count:,} {reason}" for reason, count in terminal.reasons(answer.infeasible))

    answer = _answered(
        lambda tell: ask(
            links, stock, fallback_km=fallback_km, grouping=grouping.value, prices=prices, budget=budget,
            effort=effort, progress=tell,
        ),
        told, output, force, as_json,
    )  # fmt: skip
    summary = answer.summary
    raise typer.Exit(COMPLETE if summary["served_after"] == summary["links"] else INCOMPLETE)


def _bought(summary: dict[str, object], budget: int | None, priced: bool) -> Iterator[str]:
    numbers, links = summary["numbers"], summary["links"]
    yield (
        f"Served today: {summary['served_before']:,} of {links:,} links by the best plan "
        f"({summary['served_by_rule']:,} by the API's rule); with the purchase: {summary['served_after']:,}"
    )
    if budget is not None:
        yield (
            f"Proven: no {counted(budget, 'number')} serve more"
            if summary["exact"]
            else f"Proven: no {counted(budget, 'number')} serve more than {summary['served_at_most']:,} links"
        )
    elif summary["exact"]:
        yield "Proven: nothing cheaper serves them all" if priced else "Proven: no fewer numbers serve them all"
    elif priced:
        yield f"Cost {summary['cost']:,.2f}; proven: at least {summary['cost_at_least']:,.2f} is needed"
    else:
        yield f"In all {numbers:,} numbers; proven: at least {summary['cost_at_least']:,.0f} are needed"


@whatif.command()
def frontier(
    links: _Links,
    stock: _Stock,
    fallback_km: _FallbackKm = 0.0,
    grouping: _Grouping = Grouping.TOGETHER,
    most: Annotated[
        int | None, typer.Option(help="How many numbers to buy at most; else until all are served.")
    ] = None,
    effort: _Effort = EFFORT,
    output: _Output = None,
    force: _Force = False,
    as_json: terminal.Json = False,
) -> None:
    """Tell how many links are served with how many numbers bought.

    Example: allocator whatif frontier --links links.csv --stock stock.csv --fallback-km 20
    """
    from allocator.whatif import frontier as ask

    def told(answer: Answer) -> Iterator[str | Table]:
        points = answer.tables()["frontier"]
        yield "Links served with so many numbers bought"
        yield ""
        names = {"numbers": "numbers", "served": "served", "served_at_most": "proven at most", "area_code": "area code"}
        yield from _table(_spread(points), names, frozenset({"numbers", "served", "served_at_most"}))

    _answered(
        lambda tell: ask(
            links, stock, fallback_km=fallback_km, grouping=grouping.value, most=most, effort=effort, progress=tell
        ),
        told, output, force, as_json,
    )  # fmt: skip


def _spread(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows evenly out of many, the first and the last among them."""
    if rows.height <= _ROWS:
        return rows
    step = (rows.height - 1) / (_ROWS - 1)
    return rows[[round(place * step) for place in range(_ROWS)]]


@whatif.command(short_help="Tell what one more number in each area code is worth.")
def worth(
    links: _Links,
    stock: _Stock,
    fallback_km: _FallbackKm = 0.0,
    grouping: _Grouping = Grouping.TOGETHER,
    effort: _Effort = EFFORT,
    output: _Output = None,
    force: _Force = False,
    as_json: terminal.Json = False,
) -> None:
    """Tell what one more number in each area code is worth, or the fewest that are worth anything.

    Example: allocator whatif worth --links links.csv --stock stock.csv --fallback-km 20
    """
    from allocator.whatif import worth as ask

    def told(answer: Answer) -> Iterator[str | Table]:
        table = answer.tables()["worth"]
        if table.is_empty():
            yield "No area code in which one more number would serve a link more"
            return
        yield "What more numbers in an area code serve: by the best plan, and by the API's rule"
        yield ""
        names = {
            "area_code": "area code", "name": "name", "numbers": "numbers more", "gain": "links more",
            "rule_gain": "by the rule",
        }  # fmt: skip
        yield from _table(table, names, frozenset({"numbers", "gain", "rule_gain"}))
        if grouping == Grouping.TOGETHER:
            yield ""
            yield "By the best plan at least so many; numbers more are the fewest with which another outcode fits"

    _answered(
        lambda tell: ask(
            links, stock, fallback_km=fallback_km, grouping=grouping.value, effort=effort, progress=tell
        ),
        told, output, force, as_json,
    )  # fmt: skip


@whatif.command(short_help="Tell why outcodes go without, and what would help.")
def why(
    links: _Links,
    stock: _Stock,
    fallback_km: _FallbackKm = 0.0,
    grouping: _Grouping = Grouping.TOGETHER,
    effort: _Effort = EFFORT,
    output: _Output = None,
    force: _Force = False,
    as_json: terminal.Json = False,
) -> None:
    """Tell why outcodes go without in the best plan: whom they compete with for what, and what would help.

    Example: allocator whatif why --links links.csv --stock stock.csv --fallback-km 20
    """
    from allocator.whatif import why as ask

    def told(answer: Answer) -> Iterator[str | Table]:
        tables = answer.tables()
        blocks, repairs = tables["blocks"], tables["repairs"]
        if blocks.is_empty():
            yield "No outcode goes without for want of numbers"
            return
        yield f"{counted(answer.summary['links'], 'link')} go without for want of numbers in the best plan"
        yield ""
        for row in blocks.head(_ROWS).iter_rows(named=True):
            yield f"{row['message']} ({counted(row['links'], 'link')} of {row['outcode']} without)"
        if blocks.height > _ROWS:
            yield f"… and {blocks.height - _ROWS:,} more; --output FOLDER or --json has them all"
        yield ""
        yield "What would serve an outcode, everything else staying as it is"
        yield ""
        names = {
            "outcode": "outcode", "links": "links", "buy_numbers": "buy", "buy_area_code": "in",
            "widen_km": "or widen to km",
            "widen_area_code": "for", "split_links": "or split, for links",
        }  # fmt: skip
        yield from _table(repairs, names, frozenset({"links", "buy_numbers", "widen_km", "split_links"}))

    _answered(
        lambda tell: ask(
            links, stock, fallback_km=fallback_km, grouping=grouping.value, effort=effort, progress=tell
        ),
        told, output, force, as_json,
    )  # fmt: skip


@whatif.command(short_help="Tell how many links are served with which radius.")
def radius(
    links: _Links,
    stock: _Stock,
    strategy: Annotated[Strategy, typer.Option(help="By the API's rule, or by the best plan.")] = Strategy.RULE,
    grouping: _Grouping = Grouping.TOGETHER,
    up_to_km: Annotated[float, typer.Option(help="The widest radius to look at, kilometres.")] = 100.0,
    effort: _Effort = EFFORT,
    output: _Output = None,
    force: _Force = False,
    as_json: terminal.Json = False,
) -> None:
    """Tell how many links are served with which fallback distance, and the smallest that serves all.

    Example: allocator whatif radius --links links.csv --stock stock.csv --strategy optimal --grouping split
    """
    from allocator.whatif import radius as ask

    def told(answer: Answer) -> Iterator[str | Table]:
        steps, summary = answer.tables()["radius"], answer.summary
        yield f"Links served with a fallback distance from so many kilometres on, of {summary['links']:,}"
        yield ""
        names = {"radius_km": "from km", "served": "served"}
        if "served_at_most" in steps.columns:
            names["served_at_most"] = "proven at most"
        yield from _table(_spread(steps), names, frozenset(names))
        yield ""
        if summary["smallest_km"] is not None:
            yield f"All are served from {summary['smallest_km']:.1f} km on"
        else:
            yield f"No radius up to {up_to_km:g} km serves all"

    _answered(
        lambda tell: ask(
            links, stock, strategy=strategy.value, grouping=grouping.value, up_to_km=up_to_km, effort=effort,
            progress=tell,
        ),
        told, output, force, as_json,
    )  # fmt: skip


@whatif.command()
def order(
    links: _Links,
    stock: _Stock,
    fallback_km: _FallbackKm = 0.0,
    grouping: _Grouping = Grouping.TOGETHER,
    shuffles: Annotated[int, typer.Option(help="How many orders to try.")] = 100,
    seed: Annotated[int, typer.Option(help="Which; the same one gives the same orders.")] = 1,
    output: _Output = None,
    force: _Force = False,
    as_json: terminal.Json = False,
) -> None:
    """Tell how much the API's rule depends on the order of the links.

    Example: allocator whatif order --links links.csv --stock stock.csv --fallback-km 20 --shuffles 200
    """
    from allocator.whatif import order as ask

    def told(answer: Answer) -> Iterator[str | Table]:
        summary = answer.summary
        rows = [("in the order of the document", f"{summary['served']:,}")]
        rows += [(name, f"{summary[name]:,.10g}") for name in ("best", "median", "worst")]
        yield f"Links that the API's rule serves, of {summary['links']:,}, in {counted(shuffles, 'order')} of chance"
        yield ""
        yield Table(("", "served"), tuple(rows), frozenset({"served"}))

    _answered(
        lambda tell: ask(
            links, stock, fallback_km=fallback_km, grouping=grouping.value, shuffles=shuffles, seed=seed, progress=tell
        ),
        told, output, force, as_json,
    )  # fmt: skip


@whatif.command()
def shortage(
    links: _Links,
    stock: _Stock,
    growth: Annotated[
        str, typer.Option(help="What is to come: 10% everywhere, or CSV with outcode and growth (10% or 25).")
    ],
    fallback_km: _FallbackKm = 0.0,
    grouping: _Grouping = Grouping.TOGETHER,
    strategy: Annotated[Strategy, typer.Option(help="By the API's rule, or by the best plan.")] = Strategy.RULE,
    output: _Output = None,
    force: _Force = False,
    as_json: terminal.Json = False,
) -> None:
    """Tell which area codes run out first when links grow in number.

    Example: allocator whatif shortage --links links.csv --stock stock.csv --growth 25% --fallback-km 20
    """
    from allocator.whatif import shortage as ask

    def told(answer: Answer) -> Iterator[str | Table]:
        yield f"How many of {counted(answer.summary['growth'], 'link')} to come each area code bears, by where they are"
        yield ""
        names = {
            "area_code": "area code", "name": "name", "links": "links now", "without": "without", "growth": "to come",
            "borne": "borne", "borne_percent": "percent",
        }  # fmt: skip
        yield from _table(answer.tables()["shortage"], names, frozenset(names) - {"area_code", "name"})

    _answered(
        lambda tell: ask(
            links, stock, growth, fallback_km=fallback_km, grouping=grouping.value, strategy=strategy.value,
            progress=tell,
        ),
        told, output, force, as_json,
    )  # fmt: skip
