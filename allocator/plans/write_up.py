"""Write an allocation up as a plan: its tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.notation import UK_IDD, Fallback, Method, Reason
from allocator.places import bundled_area_codes, bundled_outcodes
from allocator.planning import IntArray
from allocator.plans.allocation import Allocation
from allocator.plans.result import Plan
from allocator.plans.sentences import messages, outcode_texts
from allocator.plans.shortfall import Attempts, attempts_of
from allocator.plans.summary import summarise
from allocator.tables import number_texts

_METHODS = [method.value for method in Method]
_FALLBACKS = [fallback.value for fallback in Fallback]


def plan_from_allocation(allocation: Allocation, options: dict[str, Any]) -> Plan:
    """Write an allocation up as a plan.

    Parameters
    ----------
    allocation
        What was decided.
    options
        How the plan was made, see `PlanOptions.summary`.
    """
    attempts = attempts_of(allocation)
    return Plan(
        assignments=_assignments(allocation),
        unassigned=_unassigned(allocation, attempts),
        already=_already(allocation),
        rejected=pl.concat([allocation.links.rejected, allocation.stock.rejected]),
        decisions=_decisions(allocation, attempts),
        summary=summarise(allocation, options),
        stock=_stock(allocation),
    )


def _stock(allocation: Allocation) -> pl.DataFrame:
    """Count, for each area code of the stock, the numbers it had and those it has left."""
    names = bundled_area_codes()
    given = pl.Series("full_voxnumber", np.sort(allocation.number[allocation.number > 0]))
    name = pl.DataFrame({"area_code": names.area_code.astype(np.int32), "idd": UK_IDD, "name": names.name})
    counted = (
        allocation.stock.table.lazy()
        .with_columns(handed=pl.col("full_voxnumber").is_in(given.implode()))
        .group_by("idd", "area_code")
        .agg(
            numbers=pl.len().cast(pl.Int64),
            attached_before=pl.col("link_id").is_not_null().sum().cast(pl.Int64),
            handed_out=pl.col("handed").sum().cast(pl.Int64),
        )
        .join(name.lazy(), on=["idd", "area_code"], how="left")
        .sort("idd", "area_code", nulls_last=True)
        .collect()
    )
    idd = pl.when(pl.col("idd") != UK_IDD).then(pl.format("{}-", "idd")).otherwise(pl.lit(""))
    return counted.select(
        area_code=pl.when(pl.col("area_code").is_not_null()).then(pl.format("{}{}", idd, "area_code")),
        name="name",
        numbers="numbers",
        attached_before="attached_before",
        handed_out="handed_out",
        left=pl.col("numbers") - pl.col("attached_before") - pl.col("handed_out"),
    )


def _assignments(allocation: Allocation) -> pl.DataFrame:
    served = np.flatnonzero(allocation.number)
    links = _rows(allocation.links.table, served)
    share = allocation.assignment.share[served]
    shares = allocation.assignment.shares
    # One more entry at the end, for the BY VOXNUMBER links: they have no share (-1).
    pool_code = pl.Series(np.append(allocation.pools.area_code[shares.pool], 0)).cast(pl.String)
    km = pl.Series(np.append(shares.km, np.nan)).fill_nan(None)
    fallback = pl.Series(_FALLBACKS).gather(np.append(shares.tier, 0))
    last = np.where(share < 0, len(shares.pool), share).astype(np.uint32)
    return pl.DataFrame(
        {
            "link_id": links["link_id"],
            "full_voxnumber": number_texts(pl.Series(allocation.number[served])),
            "method": _method(links),
            "postcode": links["postcode"],
            "outcode": outcode_texts(links),
            "area_code": _named_area_codes(allocation, served, pool_code.gather(last), share < 0),
            "distance_km": km.gather(last),
            "fallback": fallback.gather(last),
            "row": links["row"],
        }
    )


def _rows(table: pl.DataFrame, rows: IntArray) -> pl.DataFrame:
    return table if len(rows) == table.height else table[rows]


def _method(links: pl.DataFrame) -> pl.Series:
    return pl.Series(_METHODS).gather(links["method"])


def _named_area_codes(
    allocation: Allocation, served: IntArray, area_code: pl.Series, named: NDArray[np.bool_]
) -> pl.Series:
    """Return the area codes of the links served; those of the BY VOXNUMBER links come from the stock."""
    if not named.any():
        return area_code
    stock = allocation.stock.table
    row = np.searchsorted(stock["full_voxnumber"].to_numpy(), allocation.number[served[named]])
    return area_code.scatter(np.flatnonzero(named), stock["area_code"].gather(row).cast(pl.String))


def _unassigned(allocation: Allocation, attempts: Attempts) -> pl.DataFrame:
    rows = allocation.unassigned
    links = _rows(allocation.links.table, rows)
    code = allocation.reason[rows]
    return pl.DataFrame(
        {
            "link_id": links["link_id"],
            "postcode": links["postcode"],
            "reason": pl.Series([str(reason) for reason in Reason], dtype=pl.String).gather(
                (code - 1).astype(np.uint32)
            ),
            "message": messages(allocation, rows, code, attempts),
            "method": _method(links),
            "outcode": outcode_texts(links),
            "row": links["row"],
        }
    )


def _already(allocation: Allocation) -> pl.DataFrame:
    stock = allocation.stock
    links = allocation.links.table.select("link_id", "row")[allocation.already]
    numbers = stock.attached.join(stock.table.select("full_voxnumber", "area_code"), on="full_voxnumber", how="left")
    joined = links.join(numbers, on="link_id", how="left", maintain_order="left")
    return joined.select(
        "link_id",
        number_texts(joined["full_voxnumber"]).alias("full_voxnumber"),
        pl.col("area_code").cast(pl.String),
        "row",
    )


def _decisions(allocation: Allocation, attempts: Attempts) -> pl.DataFrame:
    groups, candidates = allocation.problem.groups, allocation.problem.candidates
    turn = np.empty(len(groups), dtype=np.uint32)
    turn[groups.turn] = np.arange(1, len(groups) + 1)
    pool = candidates.pool[attempts.candidate].astype(np.int64)
    km = candidates.km[attempts.candidate]
    radius = groups.radius_km[attempts.group]
    codes = bundled_area_codes()
    size = np.diff(groups.start)[attempts.group]
    needed = size if allocation.together else np.minimum(size, 1)
    verdict = np.select(
        [km > radius, attempts.taken == size, attempts.taken > 0, attempts.left < needed], [3, 0, 1, 2], 4
    )
    return pl.DataFrame(
        {
            "turn": turn[attempts.group],
            "outcode": bundled_outcodes().outcode.gather(groups.code[attempts.group]),
            "links": size,
            "radius_km": radius,
            "area_code": pl.Series(codes.area_code).gather(pool).cast(pl.String),
            "name": pl.Series(codes.name).gather(pool),
            "distance_km": km,
            "numbers_left": attempts.left,
            "numbers_taken": attempts.taken,
            "verdict": pl.Series(_VERDICTS).gather(verdict),
        }
    )


_VERDICTS = ("serves the group", "serves part of it", "too few", "has enough, but is beyond the radius", "not used")
