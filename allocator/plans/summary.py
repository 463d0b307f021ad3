"""A plan in figures: what `summary.json` says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict, cast

import numpy as np
import polars as pl

from allocator.notation import Fallback, Method, Reason
from allocator.places import bundled_area_codes, bundled_outcodes, data_version
from allocator.planning import MILLIMETRES, Assignment, IntArray, Network, arcs_used, rows_of
from allocator.plans.allocation import Allocation
from allocator.plans.version import engine
from allocator.tables import Links, Stock

if TYPE_CHECKING:
    # Proves a best plan; a plan by the rule does not load it.
    from allocator.planning import Certificate


class LinkCounts(TypedDict):
    """How many links a plan has, and what became of them."""

    total: int
    assigned: int
    already: int
    unassigned: int
    rejected: int


class AssignedCounts(TypedDict):
    """Links with a number, by `Method` and by `Fallback`."""

    by_method: dict[str, int]
    by_fallback: dict[str, int]


class AlreadyCounts(TypedDict):
    """BY POSTCODE links that have a number already, by outcode."""

    by_outcode: dict[str, int]


class StockCounts(TypedDict):
    """How many numbers the stock has, and what became of them."""

    numbers: int
    rejected: int
    assigned_before: int
    handed_out: int
    left: int


class Distances(TypedDict):
    """Distances of the BY POSTCODE links with a number, kilometres; None where there is no such link."""

    mean: float | None
    p90: float | None
    max: float | None


class Input(TypedDict):
    """Where a table came from."""

    source: str
    sha256: str
    rows: int


class Shortage(TypedDict):
    """The links of a covering area code that found no stock in reach."""

    area_code: str
    name: str
    unassigned_links: int


class Summary(TypedDict):
    """What `summary.json` of a plan says.

    `certificate`, `strategies` and `keep` belong to the best plan, `result` to a plan that was written, `scenario` to
    one of a sweep.
    """

    engine: dict[str, str]
    data: dict[str, str]
    options: dict[str, Any]
    inputs: dict[str, Input]
    links: LinkCounts
    assigned: AssignedCounts
    already: AlreadyCounts
    unassigned: dict[str, int]
    stock: StockCounts
    distance_km: Distances
    strategies: NotRequired[dict[str, Any]]
    certificate: NotRequired[dict[str, Any]]
    keep: NotRequired[dict[str, Any]]
    shortages: list[Shortage]
    result: NotRequired[dict[str, Any]]
    scenario: NotRequired[dict[str, Any]]


def summarise(allocation: Allocation, options: dict[str, Any]) -> Summary:
    """Count what became of links and numbers.

    Parameters
    ----------
    allocation
        What was decided.
    options
        How the plan was made, see `PlanOptions.summary`.
    """
    links, stock = allocation.links, allocation.stock
    served = int(np.count_nonzero(allocation.number))
    share = allocation.assignment.share
    used = np.bincount(share[share >= 0], minlength=len(allocation.assignment.shares.pool))
    available = int(stock.table["link_id"].null_count())
    summary: dict[str, Any] = {
        "engine": engine(),
        "data": data_version(),
        "options": options,
        "inputs": inputs_of(links, stock),
        "links": {
            "total": links.table.height + links.rejected.height,
            "assigned": served,
            "already": len(allocation.already),
            "unassigned": len(allocation.unassigned),
            "rejected": links.rejected.height,
        },
        "assigned": _assigned_counts(allocation, used),
        "already": {"by_outcode": _already(allocation)},
        "unassigned": {str(reason): count for reason in Reason if (count := len(allocation.links_with(reason)))},
        "stock": {
            "numbers": stock.table.height,
            "rejected": stock.rejected.height,
            "assigned_before": stock.table.height - available,
            "handed_out": served,
            "left": available - served,
        },
        "distance_km": _distances(allocation.assignment),
        **_proof(allocation),
        "shortages": _shortages(allocation),
    }
    return cast("Summary", summary)


def inputs_of(links: Links, stock: Stock) -> dict[str, Input]:
    """Return source, digest and number of rows of links and stock."""
    return {
        name: {"source": read.source, "sha256": read.digest, "rows": read.table.height + read.rejected.height}
        for name, read in (("links", links), ("stock", stock))
    }


def _assigned_counts(allocation: Allocation, used: IntArray) -> AssignedCounts:
    """Count the links with a number by method and by fallback; `used` has the links of each share."""
    served = allocation.number > 0
    method = np.bincount(allocation.links.table["method"].to_numpy()[served], minlength=len(Method))
    tier = np.bincount(allocation.assignment.shares.tier, weights=used, minlength=len(Fallback)).astype(np.int64)
    tier[0] += method[Method.BY_VOXNUMBER.code]
    return {
        "by_method": {str(name): int(count) for name, count in zip(Method, method, strict=True) if count},
        "by_fallback": {str(name): int(count) for name, count in zip(Fallback, tier, strict=True) if count},
    }


def _already(allocation: Allocation) -> dict[str, int]:
    """Count the BY POSTCODE links that have a number already by outcode, in the order of the outcodes."""
    links = allocation.links.table[allocation.already]
    code = links.filter(pl.col("method") == Method.BY_POSTCODE.code)["outcode_code"].drop_nulls().to_numpy()
    outcode, count = np.unique(code, return_counts=True)
    names = bundled_outcodes().outcode.gather(outcode).to_list()
    return dict(zip(names, count.tolist(), strict=True))


def _proof(allocation: Allocation) -> dict[str, Any]:
    """Compare the best plan with the rule's, and say what is proven of it; empty for a plan by the rule."""
    solution = allocation.solution
    if solution.certificate is None or solution.rule is None:
        return {}
    named = int(np.count_nonzero(allocation.number)) - solution.certificate.served
    compared = {"optimal": solution.assignment, "rule": solution.rule}
    proven = solution.certificate
    least = proven.distance_bound_mm
    return {
        "strategies": {
            name: {
                "assigned": (served := named + int(np.count_nonzero(assignment.number))),
                "unassigned": allocation.links.table.height - len(allocation.already) - served,
                "distance_km": _distances(assignment),
            }
            for name, assignment in compared.items()
        },
        "certificate": {
            "assigned": named + proven.served,
            "assigned_at_most": named + proven.served_bound,
            "gap": round(proven.gap, 6),
            "total_km": proven.distance_mm / MILLIMETRES,
            "total_km_at_least": None if least is None else least / MILLIMETRES,
            "optimal": proven.optimal,
            "cut_off": solution.cut_off,
            **_weighed(allocation, proven),
            **(
                {"worst_km": proven.worst_mm / MILLIMETRES, "worst_km_at_least": proven.worst_bound_mm / MILLIMETRES}
                if proven.worst_bound_mm is not None
                else {}
            ),
        },
        **_kept(allocation),
    }


def _weighed(allocation: Allocation, proven: Certificate) -> dict[str, Any]:
    """Add up the priorities of the links with a number, where links have priorities."""
    if allocation.problem.weight is None:
        return {}
    served = allocation.assignment.number > 0
    thousandths = int(allocation.problem.weight[served].sum())
    unit = thousandths / proven.weight if proven.weight else 1.0
    return {"priority": thousandths / 1000, "priority_at_most": round(unit * proven.weight_bound / 1000, 3)}


def _kept(allocation: Allocation) -> dict[str, Any]:
    """Count the links that keep the number of an earlier plan, and why others lose it."""
    problem = allocation.problem
    if problem.held is None:
        return {}
    number = allocation.assignment.number
    network = Network.of(problem)
    had = np.flatnonzero(problem.held)
    had = had[allocation.links.table["method"].to_numpy()[had] != Method.BY_VOXNUMBER.code]
    kept = number[had] == problem.held[had]
    lost = had[~kept]
    would = np.zeros_like(number)
    would[lost] = problem.held[lost]
    row, _ = rows_of(problem, would)
    over = arcs_used(problem, network, would)[lost]
    gone, beyond = row < 0, (row >= 0) & (over < 0)
    return {
        "keep": {
            "links": len(had),
            "kept": int(kept.sum()),
            "moved": int(np.count_nonzero(number[lost])),
            "without": int((number[lost] == 0).sum()),
            "why": {
                "its number is not available any more": int(gone.sum()),
                "its number is out of reach": int(beyond.sum()),
                "it makes room for others": int(len(lost) - gone.sum() - beyond.sum()),
            },
        }
    }


def _distances(assignment: Assignment) -> Distances:
    """Return mean, 90th percentile (nearest rank) and greatest distance of the BY POSTCODE links with a number."""
    shares = assignment.shares
    used = np.bincount(assignment.share[assignment.share >= 0], minlength=len(shares.pool))
    planned = shares.group >= 0
    km, count = shares.km[planned], used[planned]
    if not count.sum():
        return {"mean": None, "p90": None, "max": None}
    order = np.argsort(km, kind="stable")
    rank = math.ceil(0.9 * int(count.sum()))
    at_rank = int(np.searchsorted(np.cumsum(count[order]), rank))
    mean = math.fsum((km * count).tolist()) / int(count.sum())
    return {"mean": _metres(mean), "p90": _metres(km[order[at_rank]]), "max": _metres(km.max())}


def _metres(km: float) -> float:
    return round(float(km), 3)


def _shortages(allocation: Allocation) -> list[Shortage]:
    """Count the links that found no stock in reach by their covering area code, the most links first."""
    rows = allocation.links_with(Reason.NO_STOCK_IN_REACH)
    outcode = allocation.links.table["outcode_code"].gather(rows).to_numpy()
    missing = np.bincount(bundled_outcodes().area_index[outcode], minlength=0)
    short = np.flatnonzero(missing)
    codes = bundled_area_codes()
    order = short[np.argsort(-missing[short], kind="stable")]
    return [
        {"area_code": str(codes.area_code[row]), "name": codes.name[row], "unassigned_links": int(missing[row])}
        for row in order.tolist()
    ]
