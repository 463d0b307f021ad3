"""Make a plan: read links and stock, decide, write up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.errors import OptionError
from allocator.planning import EFFORT, Grouping, Objective, Strategy
from allocator.plans.folder import read_plan
from allocator.plans.instance import allocate
from allocator.plans.options import PlanOptions
from allocator.plans.registry import check_folder
from allocator.plans.result import BATCH_SIZE, Plan, check_batch_size
from allocator.plans.write_up import plan_from_allocation
from allocator.tables import read_links, read_stock

if TYPE_CHECKING:
    from allocator.tables import Source

Progress = Callable[[str], None]
"""Is called with the name of each step as it begins."""


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
    """Plan which link gets which number, by the API's own rule or as the best plan.

    Parameters
    ----------
    links
        The links that want numbers: a path (CSV, Parquet, a request as XML), "-" for standard input, or a polars,
        pandas or pyarrow table. Columns `link_id` and `postcode`, and where wanted `method`, `fallback_area_distance`,
        `voxnumber_idd`, `area_code`, `fallback_city`, `fallback_region`, `fallback_country`, `full_voxnumber`,
        `priority` (how much a link counts with "optimal"; 1 where it is empty).
    stock
        The numbers of the account, in the same forms. Column `full_voxnumber`, and where known `link_id` (the link
        that has the number already), `area_code`, `city`, `region`, `country`.
    fallback_km
        Fallback distance of BY POSTCODE links that give none of their own, kilometres; 0 admits the covering area code
        only.
    grouping
        "together": one area code serves all links of an outcode, or none of them, as the API does. "split": several
        area codes may serve them, the closest first.
    strategy
        "rule": first come, first served, as the API does. "optimal": the plan that serves the most links and, among
        those, has the least total distance, with a certificate in `Plan.summary`. With grouping "split" it is exact;
        with "together" the certificate gives the gap to the best.
    objective
        With "optimal", the choice among plans that serve as many: "total", the least total distance; or "worst", the
        least greatest distance of a link, then the least total.
    keep
        With "optimal", an earlier plan or its folder: among plans that serve as many, the one in which the fewest links
        lose the number of the earlier plan. A link keeps that very number, even if a smaller one is free.
    effort
        With "optimal" and "together", how hard to search: attempts to fit in each group that has no numbers.
    time_limit_s
        With "optimal" and "together", the longest search, seconds. A plan that was cut off says so in `Plan.summary`,
        and another run may give another plan; without a limit every run gives the same.
    output
        Folder to write the plan to, see `Plan.write`; it is checked before anything is read.
    force
        Replace a plan that is in the folder already.
    batch_size
        Links to a request.
    progress
        Is called with the name of each step as it begins.

    Returns
    -------
    Plan
        Assignments, and a reason for each link without a number.

    Raises
    ------
    TableError
        A table can't be read, or its columns are wrong. Single rows that can't be read are in `Plan.rejected`.
    InputError
        `keep` is a folder without a plan.
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
    options = PlanOptions(fallback_km, grouping, strategy, objective, effort, time_limit_s)
    if keep is not None and strategy == "rule":
        raise OptionError("the API's rule keeps no numbers", value=strategy, remedy="Give the strategy 'optimal'.")
    check_batch_size(batch_size)
    if output is not None:
        check_folder(Path(output), force, "plan")
    earlier = read_plan(keep) if isinstance(keep, str | Path) else keep
    step = progress or silent
    step("Reading the links")
    wanted = read_links(links, fallback_km=options.fallback_km)
    step("Reading the stock")
    numbers = read_stock(stock)
    step("Planning")
    kept = None if earlier is None else earlier.assignments
    allocation = allocate(wanted, numbers, grouping=grouping, solve=options.solver(), keep=kept)
    made = plan_from_allocation(allocation, options.summary(keep=None if earlier is None else earlier.digest))
    if output is not None:
        step("Writing the plan")
        made.write(output, force=force, batch_size=batch_size)
    return made


def silent(_: str) -> None:
    """Ignore progress."""
