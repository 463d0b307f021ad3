"""Why not? Which outcodes compete for which area codes where links have no number, and what would help."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from allocator.notation import counted
from allocator.places import bundled_outcodes
from allocator.planning import EFFORT, DeficientSet, DeficitKind, Grouping, Network, Repair, deficient_sets, repairs
from allocator.plans import PlanOptions, silent
from allocator.tables import Source
from allocator.whatif.answer import Answer
from allocator.whatif.case import Case, Progress, area_code_name, area_code_text, read_case

_SHOWN = 5  # outcodes of a block that its sentence names


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class WhyNot(Answer):
    """Why links have no number in the best plan, and what would help.

    Attributes
    ----------
    blocks
        One row for each outcode (or area code that BY AREA links ask for) with links that have no number: `outcode`,
        `links` (without a number), `kind`, `outcodes` and `area_codes` (of the block, as text), `groups` (the number of
        these outcodes), `needed`, `available`, `message`.
    repairs
        One row for each such outcode: `outcode`, `links`, `buy_numbers`, `buy_area_code`, `widen_km`,
        `widen_area_code`, `split_links`. Each repair leaves all else as it is.
    summary
        What `summary.json` says.
    """

    blocks: pl.DataFrame
    repairs: pl.DataFrame

    _tables: ClassVar[dict[str, str]] = {"blocks": "blocks", "repairs": "repairs"}

    @property
    def ok(self) -> bool:
        """Whether every link that numbers can help has one."""
        return self.blocks.is_empty()

    def _figures(self) -> str:
        return f"{counted(self.summary['links'], 'link')} in {counted(self.blocks.height, 'outcode')} without a number"


def why(
    links: Source,
    stock: Source,
    *,
    fallback_km: float = 0.0,
    grouping: Grouping = "together",
    effort: int = EFFORT,
    progress: Progress | None = None,
) -> WhyNot:
    """Find, for each outcode short of numbers, the outcodes it competes with for which area codes, and what would help.

    Parameters
    ----------
    links, stock, fallback_km, grouping, effort
        As in `allocator.plan`.
    progress
        Is called with the name of each step as it begins.

    Returns
    -------
    WhyNot
        A block for each such outcode, and repairs.

    Raises
    ------
    TableError
        A table can't be read.
    OptionError
        An option is outside its range.

    Notes
    -----
    Anyone can check a block by counting. Its outcodes have `needed` links, and the area codes in their reach can serve
    `available` of these, so every plan leaves some without a number. Each block is minimal: without any one of the
    other outcodes it proves nothing. UNPROVEN blocks prove no shortage, and say so.

    Examples
    --------
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "W11 4FQ"]})
    >>> stock = pl.DataFrame({"full_voxnumber": ["442079460000"]})
    >>> found = why(links, stock)
    >>> found
    <WhyNot: 2 links in 1 outcode without a number>
    >>> found.blocks["message"].item()
    'W11 needs 2 numbers, and 020 (London), the only area code in its reach, has 1.'
    """
    step = progress or silent
    case = read_case(links, stock, PlanOptions(fallback_km, grouping, "optimal", effort=effort), step)
    step("Planning with today's stock")
    best = case.plan()
    step("Counting")
    network = Network.of(case.instance.problem)
    flow = case.flow(network, best.assignment)
    served = Counter[int]()
    for demand, count in zip(network.tail.tolist(), flow.tolist(), strict=True):
        served[demand] += count
    names = _Names(case)
    block_rows: list[dict[str, Any]] = []
    for block in deficient_sets(network, flow, case.together):
        step(f"Counting, {len(block_rows) + 1}")
        block_rows.append(names.block(block, int(network.demand[block.demand]) - served[block.demand]))
    repair_rows = [names.repair(repair) for repair in repairs(case.instance.problem, network, flow, case.together)]
    summary = case.heading("why") | {"links": sum(row["links"] for row in block_rows)}
    return WhyNot(summary, pl.DataFrame(block_rows, schema=_BLOCKS), pl.DataFrame(repair_rows, schema=_REPAIRS))


_BLOCKS = {
    "outcode": pl.String, "links": pl.Int64, "kind": pl.String, "outcodes": pl.String, "area_codes": pl.String,
    "groups": pl.Int64, "needed": pl.Int64, "available": pl.Int64, "message": pl.String,
}  # fmt: skip
_REPAIRS = {
    "outcode": pl.String, "links": pl.Int64, "buy_numbers": pl.Int64, "buy_area_code": pl.String,
    "widen_km": pl.Float64, "widen_area_code": pl.String, "split_links": pl.Int64,
}  # fmt: skip


class _Names:
    """The names of demands and pools, and the rows and sentences made with them."""

    def __init__(self, case: Case) -> None:
        self._instance = instance = case.instance
        self._together = case.together
        outcodes = bundled_outcodes().outcode.gather(instance.problem.groups.code).to_list()
        chains = instance.problem.area_requests.chain
        asked = [f"BY AREA {self._code(chain[0])}" if chain else "BY AREA" for chain in chains]
        self._demand: list[str] = [*outcodes, *asked]

    def _code(self, pool: int) -> str:
        return area_code_text(self._instance, pool)

    def _area_code(self, pool: int) -> str:
        name = area_code_name(self._instance, pool)
        return f"0{self._code(pool)} ({name})" if name else self._code(pool)

    def block(self, block: DeficientSet, links: int) -> dict[str, Any]:
        """Return the row of a block; `links` have no number."""
        return {
            "outcode": self._demand[block.demand],
            "links": links,
            "kind": str(block.kind),
            "outcodes": ", ".join(self._demand[demand] for demand in block.demands),
            "area_codes": ", ".join(self._code(pool) for pool in block.pools),
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
            f"{self._area_code(block.pools[0])}, the only area code in {reach} reach{able},"
            if one
            else f"the {len(block.pools)} area codes in {reach} reach{able}"
        )
        if block.kind == DeficitKind.COUNT:
            return f"{need}, and {pools} {'has' if one else 'have'} {block.available:,}{'' if one else ' in all'}."
        if block.kind == DeficitKind.SIZE:
            return f"{need} from one area code, and none of {pools} has more than {block.available:,}."
        if block.kind == DeficitKind.PACKING:
            return (
                f"{need}, each outcode from one area code, and {pools} can serve at most {block.available:,} without "
                "splitting an outcode."
            )
        return f"No way was found to serve all of {who} from {pools.rstrip(',')}, but there may be one."

    def _some(self, block: DeficientSet) -> str:
        others = [self._demand[demand] for demand in block.demands if demand != block.demand]
        return ", ".join(others[:_SHOWN]) + (", …" if len(others) > _SHOWN else "")

    def repair(self, repair: Repair) -> dict[str, Any]:
        """Return the row of a repair."""
        return {
            "outcode": self._demand[repair.group],
            "links": repair.links,
            "buy_numbers": repair.numbers,
            "buy_area_code": self._code(repair.pool),
            "widen_km": repair.widen_km,
            "widen_area_code": None if repair.widen_pool is None else self._code(repair.widen_pool),
            "split_links": repair.split,
        }
