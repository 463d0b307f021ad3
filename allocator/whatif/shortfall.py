"""Why not? For each outcode that goes without: whom it competes with for what, and what would serve it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from allocator.places import bundled_outcodes
from allocator.planning import EFFORT, DeficientSet, DeficitKind, Grouping, Network, Repair, deficient_sets, repairs
from allocator.tables import Source
from allocator.whatif.case import Case, Progress, area_code_name, area_code_text, case_of, heading, silent

__all__ = ["WhyNot", "why"]


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why links go without in the best plan, and what would help.

    Attributes
    ----------
    blocks
        One row for each outcode (or what BY AREA links ask for) of which links go without: `outcode`, `links` (that go
        without), `kind`, `outcodes` and `area_codes` (of the block, as text), `groups` (how many), `needed`,
        `available`, `message`.
    repairs
        One row for each such outcode: `outcode`, `links`, `buy_numbers`, `buy_area_code`, `widen_km`,
        `widen_area_code`, `split_links`. Each repair leaves everything else as it is.
    summary
        What `summary.json` says.
    """

    blocks: pl.DataFrame
    repairs: pl.DataFrame
    summary: dict[str, Any]

    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables by the names of their files."""
        return {"blocks": self.blocks, "repairs": self.repairs}


def why(
    links: Source,
    stock: Source,
    *,
    fallback_km: float = 0.0,
    grouping: Grouping = "together",
    effort: int = EFFORT,
    progress: Progress = silent,
) -> WhyNot:
    """Tell for each outcode that goes without which outcodes compete for which area codes, and what would help.

    Parameters
    ----------
    links, stock, fallback_km, grouping, effort
        As in `allocator.plan`.
    progress
        Told the name of each step as it begins.

    Notes
    -----
    A block can be checked by counting: its outcodes have `needed` links, and the area codes in their reach can serve
    `available` of them, so some go without whatever the plan. No outcode of it but the one that it is told for could be
    left out. UNPROVEN ones are no proof, and say so.

    Examples
    --------
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "W11 4FQ"]})
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000"]})
    >>> why(links, stock).blocks["message"].item()
    'W11 needs 2 numbers, and 020 (London), the only area code in its reach, has 1.'
    """
    case = case_of(links, stock, fallback_km=fallback_km, grouping=grouping, effort=effort, progress=progress)
    progress("Planning with what is there")
    best = case.best()
    progress("Counting")
    network = Network.of(case.instance.problem)
    flow = case.flow(network, best.assignment)
    together = grouping == "together"
    told = _Names(case)
    served: dict[int, int] = {}
    for demand, links_served in zip(network.tail.tolist(), flow.tolist(), strict=True):
        served[demand] = served.get(demand, 0) + links_served
    block_rows: list[dict[str, Any]] = []
    for block in deficient_sets(network, flow, together):
        progress(f"Counting, {len(block_rows) + 1}")
        block_rows.append(told.block(block, int(network.demand[block.demand]) - served.get(block.demand, 0)))
    repair_rows = [told.repair(repair) for repair in repairs(case.instance.problem, network, flow, together)]
    summary = heading(case, "why") | {"links": sum(row["links"] for row in block_rows)}
    return WhyNot(pl.DataFrame(block_rows, schema=_BLOCKS), pl.DataFrame(repair_rows, schema=_REPAIRS), summary)


_BLOCKS = {
    "outcode": pl.String, "links": pl.Int64, "kind": pl.String, "outcodes": pl.String, "area_codes": pl.String,
    "groups": pl.Int64, "needed": pl.Int64, "available": pl.Int64, "message": pl.String,
}  # fmt: skip
_REPAIRS = {
    "outcode": pl.String, "links": pl.Int64, "buy_numbers": pl.Int64, "buy_area_code": pl.String,
    "widen_km": pl.Float64, "widen_area_code": pl.String, "split_links": pl.Int64,
}  # fmt: skip


class _Names:
    """The names of demands and pools, and sentences with them."""

    def __init__(self, case: Case) -> None:
        self._posed = case.instance
        self._together = case.grouping == "together"
        instance = case.instance
        outcodes = bundled_outcodes().outcode.gather(instance.problem.groups.code).to_list()
        chains = instance.problem.area_requests.chain
        asked = [f"BY AREA {self.code(chain[0])}" if chain else "BY AREA" for chain in chains]
        self._demand: list[str] = [*outcodes, *asked]

    def code(self, pool: int) -> str:
        return area_code_text(self._posed, pool)

    def _spoken(self, pool: int) -> str:
        name = area_code_name(self._posed, pool)
        return f"0{self.code(pool)} ({name})" if name else self.code(pool)

    def block(self, block: DeficientSet, links: int) -> dict[str, Any]:
        return {
            "outcode": self._demand[block.demand],
            "links": links,
            "kind": str(block.kind),
            "outcodes": ", ".join(self._demand[demand] for demand in block.demands),
            "area_codes": ", ".join(self.code(pool) for pool in block.pools),
            "groups": len(block.demands),
            "needed": block.needed,
            "available": block.available,
            "message": self._sentence(block),
        }

    def _sentence(self, block: DeficientSet) -> str:
        who = self._demand[block.demand]
        many = len(block.demands) > 1
        if many:
            others = len(block.demands) - 1
            who = f"{who} and {others} other{'s' * (others > 1)} ({self._some(block)})"
        need = f"{who} need{'s' * (not many)} {block.needed:,} number{'s' * (block.needed != 1)}"
        reach = "their" if many else "its"
        if not block.pools:
            return f"{need}, and no area code in {reach} reach has any."
        one = len(block.pools) == 1
        able = " that could serve one of them whole" if many and self._together else ""
        pools = (
            f"{self._spoken(block.pools[0])}, the only area code in {reach} reach{able},"
            if one
            else f"the {len(block.pools)} area codes in {reach} reach{able}"
        )
        if block.kind == DeficitKind.COUNT:
            return f"{need}, and {pools} {'has' if one else 'have'} {block.available:,}{'' if one else ' in all'}."
        if block.kind == DeficitKind.SIZE:
            return f"{need} from one area code, and none of {pools} has more than {block.available:,}."
        if block.kind == DeficitKind.PACKING:
            return (
                f"{need}, each outcode from one area code, and whole outcodes can use {block.available:,} at most of "
                f"{pools.rstrip(',')}."
            )
        return f"No way was found to serve {who} whole from {pools.rstrip(',')}; none is excluded."

    def _some(self, block: DeficientSet) -> str:
        others = [self._demand[demand] for demand in block.demands if demand != block.demand]
        return ", ".join(others[:_SHOWN]) + (", …" if len(others) > _SHOWN else "")

    def repair(self, repair: Repair) -> dict[str, Any]:
        return {
            "outcode": self._demand[repair.group],
            "links": repair.links,
            "buy_numbers": repair.numbers,
            "buy_area_code": self.code(repair.pool),
            "widen_km": repair.widen_km,
            "widen_area_code": None if repair.widen_pool is None else self.code(repair.widen_pool),
            "split_links": repair.split,
        }


_SHOWN = 5
