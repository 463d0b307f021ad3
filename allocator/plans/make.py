"""Links and stock become a plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from allocator.errors import OptionError
from allocator.notation import check_km
from allocator.planning import EFFORT, Grouping, Objective, Strategy, solver
from allocator.plans.files import check_folder
from allocator.plans.folder import read_plan
from allocator.plans.instance import allocate
from allocator.plans.result import BATCH_SIZE, Plan, check_batch_size
from allocator.plans.write_up import plan_of
from allocator.tables import read_links, read_stock

if TYPE_CHECKING:
    from allocator.tables import Source


Progress = Callable[[str], None]


def plan(
    links: Source,
    stock: Source,
    *,
    fallback_km: float = 0.0,
    grouping: Grouping = "together",
    strategy: Strategy = "rule",
    objective: Objective = "total",
    keep: str | Path | Plan | None = None,
    effort: int = EFFORT,
    time_limit_s: float | None = None,
    output: str | Path | None = None,
    force: bool = False,
    batch_size: int = BATCH_SIZE,
    progress: Progress | None = None,
) -> Plan:
    """Plan which link gets which number, by the API's own rule or as well as can be.

    Parameters
    ----------
    links
        What wants numbers: a path (CSV, Parquet, a request as XML), "-" for standard input, or a polars, pandas or
        pyarrow table. Columns `link_id` and `postcode`, and where wanted `method`, `fallback_area_distance`,
        `voxnumber_idd`, `area_code`, `fallback_city`, `fallback_region`, `fallback_country`, `full_voxnumber`,
        `priority` (how much a link counts with "optimal"; 1 if not told).
    stock
        The numbers of the account, in the same forms. Column `full_voxnumber`, and where known `link_id` (attached
        already), `area_code`, `city`, `region`, `country`.
    fallback_km
        Fallback distance of BY POSTCODE links that give none of their own, kilometres; 0 admits the covering area code
        only.
    grouping
        "together": all links of an outcode are served from one area code, or none is, as the API does. "split": they
        may be spread over several, the closest first.
    strategy
        "rule": first come, first served, as the API does. "optimal": as many links as can be, and among those plans the
        one with the least total distance, with a certificate in `Plan.summary`. Exact with grouping "split"; with
        "together" the gap to the best is stated.
    objective
        With "optimal", among plans that serve as much: "total", the least total distance; or "worst", the least
        greatest distance of a link, then the least total.
    keep
        With "optimal", an earlier plan, or its folder: among plans that serve as much, as few links as can be lose the
        number that they have by it. They keep that very number, though a smaller one be free.
    effort
        With "optimal" and "together", how often to try and force in groups that go without.
    time_limit_s
        With "optimal" and "together", how many seconds to look for a better plan at most. A plan that was cut off says
        so in `Plan.summary`, and another run may end in another one; without a limit it always is the same.
    output
        Folder to write the plan to, see `Plan.write`; it is refused before anything is read.
    force
        Replace a plan that is in the folder already.
    batch_size
        Links to a request.
    progress
        Told the name of each step as it begins.

    Returns
    -------
    Plan
        Assignments, and a reason for each link that goes without.

    Raises
    ------
    TableError
        A table can't be read, or its columns are wrong. Single rows that can't be read are in `Plan.rejected`.
    OptionError
        An option is outside its range.
    OutputError
        The folder exists already, or can't be written.

    Examples
    --------
    >>> import polars as pl
    >>> links = pl.DataFrame({"link_id": ["555"], "postcode": ["SW1A 0AA"]})
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000"]})
    >>> plan(links, stock).assignments.row(0)[:2]
    ('555', '442079460000')
    """
    _check_options(grouping, strategy, objective, effort, keeps=keep is not None)
    if time_limit_s is not None and not time_limit_s > 0:
        raise OptionError("that is no time limit", value=time_limit_s, remedy="Give a number of seconds.")
    fallback_km = check_km(fallback_km)
    check_batch_size(batch_size)
    if output is not None:
        check_folder(Path(output), force, "plan")
    earlier = read_plan(keep) if isinstance(keep, str | Path) else keep
    tell = progress or _silent
    tell("Reading the links")
    wanted = read_links(links, fallback_km=fallback_km)
    tell("Reading the stock")
    numbers = read_stock(stock)
    tell("Planning")
    kept = None if earlier is None else earlier.assignments
    allocation = allocate(
        wanted, numbers, grouping=grouping, solve=solver(strategy, effort, objective, time_limit_s), keep=kept
    )
    options: dict[str, Any] = {"fallback_km": fallback_km, "grouping": grouping, "strategy": strategy}
    if strategy == "optimal":
        options["objective"] = objective
    if earlier is not None:
        options["keep"] = earlier.digest
    if strategy == "optimal" and grouping == "together":
        options["effort"] = effort
    made = plan_of(allocation, options)
    if output is not None:
        tell("Writing the plan")
        made.write(output, force=force, batch_size=batch_size)
    return made


def _check_options(grouping: str, strategy: str, objective: str, effort: int, *, keeps: bool) -> None:
    if grouping not in get_args(Grouping):
        raise OptionError("there is no such grouping", value=grouping, remedy="Give 'together' or 'split'.")
    if strategy not in get_args(Strategy):
        raise OptionError("there is no such strategy", value=strategy, remedy="Give 'rule' or 'optimal'.")
    if objective not in get_args(Objective):
        raise OptionError("there is no such objective", value=objective, remedy="Give 'total' or 'worst'.")
    if strategy == "rule" and (keeps or objective != "total"):
        raise OptionError(
            "the API's rule keeps no numbers and knows no objective",
            value=strategy,
            remedy="Give the strategy 'optimal'.",
        )
    if effort < 0:
        raise OptionError("the effort is negative", value=effort, remedy="Give 0 or more.")


def _silent(_: str) -> None:
    """Progress that nobody wants to hear of."""
