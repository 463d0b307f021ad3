"""From what was decided to what people read: an allocation becomes tables, sentences and counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.notation import UK_IDD, Fallback, Method, Reason
from allocator.places import HORIZON_KM, bundled_area_codes, bundled_outcodes, data_version, suggest_outcode
from allocator.planning import MILLIMETRES, Assignment, IntArray, Network, arcs_used, rows_of
from allocator.plans.instance import Allocation
from allocator.plans.result import Plan
from allocator.tables import Links, Stock, number_texts

if TYPE_CHECKING:
    # With what proves a best plan, which a plan by the rule does without.
    from allocator.planning import Certificate

_METHODS = [method.value for method in Method]
_FALLBACKS = [fallback.value for fallback in Fallback]

Sentences = Callable[[Allocation, IntArray], pl.Series]


def plan_of(allocation: Allocation, options: dict[str, Any]) -> Plan:
    """Write an allocation up as a plan.

    Parameters
    ----------
    allocation
        What was decided.
    options
        The options it was decided under, for the summary.
    """
    return Plan(
        assignments=_assignments(allocation),
        unassigned=_unassigned(allocation),
        rejected=pl.concat([allocation.links.rejected, allocation.stock.rejected]),
        decisions=_decisions(allocation),
        summary=_summary(allocation, options),
        stock=_stock(allocation),
    )


def _stock(allocation: Allocation) -> pl.DataFrame:
    """What each area code of the stock had, and has left."""
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
    abroad = pl.when(pl.col("idd") != UK_IDD).then(pl.format("{}-", "idd")).otherwise(pl.lit(""))
    return counted.select(
        area_code=pl.when(pl.col("area_code").is_not_null()).then(pl.format("{}{}", abroad, "area_code")),
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
    # One more entry at the end, which index -1 finds: the BY VOXNUMBER links, which take part in no share.
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
            "outcode": _outcode(links),
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


def _outcode(links: pl.DataFrame) -> pl.Series:
    """Outcode of each link as text: of a postcode that the data does not know, what stands before the space."""
    known = bundled_outcodes().outcode.gather(links["outcode_code"])
    if known.null_count() == links["postcode"].null_count():
        return known.alias("outcode")
    written = pl.col("postcode").str.split(" ").list.first()
    return links.select(outcode=pl.coalesce(pl.lit(known), written))["outcode"]


def _named_area_codes(
    allocation: Allocation, served: IntArray, area_code: pl.Series, named: NDArray[np.bool_]
) -> pl.Series:
    """The area codes of the links served, with those of the BY VOXNUMBER links looked up in the stock."""
    if not named.any():
        return area_code
    stock = allocation.stock.table
    row = np.searchsorted(stock["full_voxnumber"].to_numpy(), allocation.number[served[named]])
    return area_code.scatter(np.flatnonzero(named), stock["area_code"].gather(row).cast(pl.String))


def _unassigned(allocation: Allocation) -> pl.DataFrame:
    rows = np.flatnonzero(allocation.reason)
    links = _rows(allocation.links.table, rows)
    code = allocation.reason[rows]
    return pl.DataFrame(
        {
            "link_id": links["link_id"],
            "postcode": links["postcode"],
            "reason": pl.Series([str(reason) for reason in Reason], dtype=pl.String).gather(
                (code - 1).astype(np.uint32)
            ),
            "message": _messages(allocation, rows, code),
            "method": _method(links),
            "outcode": _outcode(links),
            "row": links["row"],
        }
    )


def _messages(allocation: Allocation, rows: IntArray, code: NDArray[np.uint8]) -> pl.Series:
    """The sentence for each link that goes without."""
    message = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
    for number, reason in enumerate(Reason, start=1):
        place = np.flatnonzero(code == number)
        if len(place):
            message = message.scatter(place, _SENTENCES[reason](allocation, rows[place]))
    return message


def _no_stock_in_reach(allocation: Allocation, rows: IntArray) -> pl.Series:
    groups = allocation.problem.groups
    code = allocation.links.table["outcode_code"].gather(rows).to_numpy()
    group = np.searchsorted(groups.code, code)
    unserved, which = np.unique(group, return_inverse=True)
    missing = np.bincount(which)
    trials = _Trials(allocation)
    texts = [trials.shortage(int(g), int(n)) for g, n in zip(unserved, missing, strict=True)]
    return pl.Series(texts, dtype=pl.String).gather(which.astype(np.uint32))


class _Trials:
    """What each group tried, for its sentence."""

    def __init__(self, allocation: Allocation) -> None:
        self._groups = allocation.problem.groups
        self._reach = allocation.problem.candidates
        self._trials = allocation.assignment.trials
        order = np.argsort(self._trials.group, kind="stable")
        self._order = order
        self._start = np.searchsorted(self._trials.group[order], np.arange(len(self._groups) + 1))

    def shortage(self, group: int, missing: int) -> str:
        """Why so many links of a group go without."""
        size = int(self._groups.start[group + 1] - self._groups.start[group])
        outcode = bundled_outcodes().outcode[int(self._groups.code[group])]
        radius_km = float(self._groups.radius_km[group])
        tried = self._order[self._start[group] : self._start[group + 1]]
        km = self._reach.km[self._trials.candidate[tried]]
        within = tried[km <= radius_km]
        text = self._within(within, outcode, size, radius_km)
        beyond = tried[km > radius_km]
        needed = "it" if missing == 1 else f"all {missing}"
        if len(beyond):
            return f"{text} The nearest area code that would have done for {needed} is {self._name(int(beyond[0]))}."
        horizon = max(HORIZON_KM, radius_km)
        return f"{text} No area code within {horizon:g} km had enough for {needed}."

    def _within(self, tried: IntArray, outcode: str, size: int, radius_km: float) -> str:
        taken = int(self._trials.taken[tried].sum())
        links = "link" if size == 1 else "links"
        if taken:
            need = f"{size} numbers that its {links} need"
            return f"Within {radius_km:g} km of {outcode} only {taken} of the {need} were left."
        left = self._trials.left[tried]
        if len(tried) == 1:
            name = self._name(int(tried[0]), distance=False)
            return f"{outcode} needs {_numbers(size)} and its own area code, {name}, had {int(left[0]) or 'none'} left."
        most = int(left.max(initial=0))
        had = (
            f"none of the {len(tried)} area codes within {radius_km:g} km had more than {most}"
            if most
            else (f"the {len(tried)} area codes within {radius_km:g} km had none left")
        )
        return f"{outcode} needs {_numbers(size)} from one area code and {had}."

    def _name(self, trial: int, distance: bool = True) -> str:
        candidate = int(self._trials.candidate[trial])
        codes = bundled_area_codes()
        pool = int(self._reach.pool[candidate])
        name = f"0{codes.area_code[pool]} ({codes.name[pool]})"
        return f"{name}, {self._reach.km[candidate]:.1f} km away" if distance else name


def _numbers(count: int) -> str:
    return f"{count} number" if count == 1 else f"{count} numbers"


def _sentence(template: str, *fields: str) -> Sentences:
    """A writer of sentences that only need what stands in the link's own row."""

    def write(allocation: Allocation, rows: IntArray) -> pl.Series:
        links = allocation.links.table[rows]
        return links.with_columns(outcode=_outcode(links)).select(text=pl.format(template, *fields))["text"]

    return write


_MOST_MEANT = 100


def _outcode_unknown(allocation: Allocation, rows: IntArray) -> pl.Series:
    links = allocation.links.table[rows]
    told = links.select("postcode", outcode=_outcode(links))
    # Looking for what was meant takes a while for each, and whoever has hundreds of them has another problem.
    asked = {
        outcode: f" {question}"
        for outcode in sorted(set(told["outcode"]))[:_MOST_MEANT]
        if (question := suggest_outcode(outcode))
    }
    hint = pl.col("outcode").replace_strict(asked, default="", return_dtype=pl.String)
    text = pl.format("There is no outcode {}; check the postcode {}.{}", "outcode", "postcode", hint)
    return told.select(text=text)["text"]


def _link_has_voxnumber(allocation: Allocation, rows: IntArray) -> pl.Series:
    links = allocation.links.table[rows].select("link_id")
    joined = links.join(allocation.stock.attached, on="link_id", how="left", maintain_order="left")
    text = pl.format("The stock has VoxNumber {} attached to this link already.", "full_voxnumber")
    return joined.select(text=text)["text"]


def _voxnumber_assigned(allocation: Allocation, rows: IntArray) -> pl.Series:
    links = allocation.links.table[rows].select("full_voxnumber")
    joined = links.join(allocation.stock.table, on="full_voxnumber", how="left", maintain_order="left")
    holder = pl.when(pl.col("link_id") == "").then(pl.lit("a link")).otherwise(pl.format("link {}", "link_id"))
    return joined.select(text=pl.format("VoxNumber {} is attached to {} already.", "full_voxnumber", holder))["text"]


def _voxnumber_duplicated(allocation: Allocation, rows: IntArray) -> pl.Series:
    table = allocation.links.table
    named = table.filter(pl.Series(allocation.number) == pl.col("full_voxnumber"))
    joined = table[rows].select("full_voxnumber").join(named, on="full_voxnumber", how="left", maintain_order="left")
    text = pl.format(
        "VoxNumber {} goes to link {}, which names it in row {}, before this one.", "full_voxnumber", "link_id", "row"
    )
    return joined.select(text=text)["text"]


def _area_code_without_stock(allocation: Allocation, rows: IntArray) -> pl.Series:
    levels = [
        pl.when(f"fallback_{level}").then(pl.lit(f", nor in others of the same {level}")).otherwise(pl.lit(""))
        for level in ("city", "region", "country")
    ]
    text = pl.format("No VoxNumber is left in area code {} of IDD {}", "area_code", "voxnumber_idd")
    return allocation.links.table[rows].select(text=pl.concat_str(text, *levels, pl.lit(".")))["text"]


_SENTENCES: dict[Reason, Sentences] = {
    Reason.NO_STOCK_IN_REACH: _no_stock_in_reach,
    Reason.OUTCODE_UNKNOWN: _outcode_unknown,
    Reason.OUTCODE_WITHOUT_POSITION: _sentence(
        "{} is not geographic (post boxes, large users), so no area code is near it; ask by area code or by number.",
        "outcode",
    ),
    Reason.POSTCODE_UNKNOWN: _sentence(
        "There is no postcode {}, though the outcode {} exists; check it.", "postcode", "outcode"
    ),
    Reason.LINK_HAS_VOXNUMBER: _link_has_voxnumber,
    Reason.VOXNUMBER_NOT_IN_STOCK: _sentence("VoxNumber {} is not in the stock.", "full_voxnumber"),
    Reason.VOXNUMBER_ASSIGNED: _voxnumber_assigned,
    Reason.VOXNUMBER_DUPLICATED: _voxnumber_duplicated,
    Reason.AREA_CODE_WITHOUT_STOCK: _area_code_without_stock,
}


def _decisions(allocation: Allocation) -> pl.DataFrame:
    groups, trials, candidates = allocation.problem.groups, allocation.assignment.trials, allocation.problem.candidates
    turn = np.empty(len(groups), dtype=np.uint32)
    turn[groups.turn] = np.arange(1, len(groups) + 1)
    pool = candidates.pool[trials.candidate].astype(np.int64)
    km = candidates.km[trials.candidate]
    radius = groups.radius_km[trials.group]
    codes = bundled_area_codes()
    size = np.diff(groups.start)[trials.group]
    verdict = np.select([km > radius, trials.taken == size, trials.taken > 0], [3, 0, 1], 2)
    return pl.DataFrame(
        {
            "turn": turn[trials.group],
            "outcode": bundled_outcodes().outcode.gather(groups.code[trials.group]),
            "links": size,
            "radius_km": radius,
            "area_code": pl.Series(codes.area_code).gather(pool).cast(pl.String),
            "name": pl.Series(codes.name).gather(pool),
            "distance_km": km,
            "numbers_left": trials.left,
            "numbers_taken": trials.taken,
            "verdict": pl.Series(VERDICTS).gather(verdict),
        }
    )


VERDICTS = ("serves the group", "serves part of it", "too few", "would have done, but is beyond the radius")


def _summary(allocation: Allocation, options: dict[str, Any]) -> dict[str, Any]:
    links, stock = allocation.links, allocation.stock
    served = int(np.count_nonzero(allocation.number))
    rejected = links.rejected.height
    share = allocation.assignment.share
    used = np.bincount(share[share >= 0], minlength=len(allocation.assignment.shares.pool))
    available = int(stock.table["link_id"].null_count())
    return {
        "engine": {"name": "allocator", "version": engine_version()},
        "data": data_version(),
        "options": options,
        "inputs": inputs_of(links, stock),
        "links": {
            "total": links.table.height + rejected,
            "assigned": served,
            "unassigned": links.table.height - served,
            "rejected": rejected,
        },
        "assigned": _assigned_counts(allocation, used),
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


def inputs_of(links: Links, stock: Stock) -> dict[str, Any]:
    """Where links and stock come from, their digests and rows."""
    return {
        name: {"source": read.source, "sha256": read.digest, "rows": read.table.height + read.rejected.height}
        for name, read in (("links", links), ("stock", stock))
    }


def engine_version() -> str:
    """Version of this package."""
    try:
        return version("voxnumber-allocator")
    except PackageNotFoundError:  # a checkout that was never installed
        return "unknown"


def _assigned_counts(allocation: Allocation, used: IntArray) -> dict[str, Any]:
    served = allocation.number > 0
    method = np.bincount(allocation.links.table["method"].to_numpy()[served], minlength=len(_METHODS))
    tier = np.bincount(allocation.assignment.shares.tier, weights=used, minlength=len(_FALLBACKS)).astype(np.int64)
    tier[0] += method[Method.BY_VOXNUMBER.code]
    return {
        "by_method": {name: int(count) for name, count in zip(_METHODS, method, strict=True) if count},
        "by_fallback": {name: int(count) for name, count in zip(_FALLBACKS, tier, strict=True) if count},
    }


def _proof(allocation: Allocation) -> dict[str, Any]:
    """What the best plan is beside the rule's, and what is proven of it; nothing of a plan by the rule."""
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
                "unassigned": allocation.links.table.height - served,
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
    """What the links served count together, where links have priorities."""
    if allocation.problem.weight is None:
        return {}
    served = allocation.assignment.number > 0
    thousandths = int(allocation.problem.weight[served].sum())
    unit = thousandths / proven.weight if proven.weight else 1.0
    return {"priority": thousandths / 1000, "priority_at_most": round(unit * proven.weight_bound / 1000, 3)}


def _kept(allocation: Allocation) -> dict[str, Any]:
    """What becomes of the links that have a number by an earlier plan, and why some lose it."""
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


def _distances(assignment: Assignment) -> dict[str, float | None]:
    """Mean, 90th percentile (nearest rank) and greatest distance of the BY POSTCODE links that got a number."""
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


def _shortages(allocation: Allocation) -> list[dict[str, Any]]:
    """The covering area codes of the links that found no stock in reach, the most links first."""
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
