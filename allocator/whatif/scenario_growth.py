"""The growth of a scenario: links that are added to outcodes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.notation import Method, incode_text
from allocator.places import bundled_outcodes, bundled_postcodes, postcodes_exist
from allocator.whatif.scenario_error import ScenarioError

Amount = int | str
"""Links to add: a count, or a percentage ("10%")."""

_MOST = 1_000_000  # links that one entry may add
_GROWTH = "growth-"
_PRIORITY = 1000  # of a link that gives none, in thousandths


class Growing:
    """The links that take part, and more like them: each new link copies one of its outcode, in turn, but for its id.

    Parameters
    ----------
    table
        The links that take part.
    growth
        The links to add by outcode, in the order in which they come.
    scenario
        The name of the scenario, for errors.
    """

    def __init__(self, table: pl.DataFrame, growth: Sequence[tuple[str, Amount]], scenario: str) -> None:
        self._table = table
        self._growth = growth
        self._scenario = scenario
        code = np.where((table["method"] == Method.BY_POSTCODE.code).to_numpy(), outcode_rows(table), -1)
        self._order = np.argsort(code, kind="stable")
        self._code = code[self._order]

    def _rows(self, outcode: str) -> NDArray[np.int64]:
        """Return the rows of an outcode's links, in document order."""
        row = _known_row(outcode)
        begin, end = np.searchsorted(self._code, [row, row + 1])
        return self._order[begin:end]

    def counts(self) -> list[int]:
        """Return the number of links that each entry adds.

        Raises
        ------
        ScenarioError
            An entry adds too many links.
        """
        counts = []
        for outcode, amount in self._growth:
            count = amount if isinstance(amount, int) else _share_of(amount, len(self._rows(outcode)))
            if count > _MOST:
                raise ScenarioError(
                    f"that is {count} more links",
                    scenario=repr(self._scenario),
                    key=f"growth.{outcode}",
                    value=amount,
                    remedy=f"Give growth of at most {_MOST} links.",
                )
            counts.append(count)
        return counts

    def grown(self, all_ids: pl.Series) -> pl.DataFrame:
        """Return the links with the added ones at the end.

        Parameters
        ----------
        all_ids
            Ids that no added link may have.
        """
        taken = frozenset(all_ids.filter(all_ids.str.starts_with(_GROWTH)).to_list())
        added = (
            self._added(outcode, count, taken) for (outcode, _), count in zip(self._growth, self.counts(), strict=True)
        )
        return pl.concat([self._table, *added])

    def _added(self, outcode: str, count: int, taken: frozenset[str]) -> pl.DataFrame:
        rows = self._rows(outcode)
        incode = self._table["incode_code"].gather(rows).to_numpy()
        models = self._table[rows[postcodes_exist(np.full(len(rows), _known_row(outcode)), incode)]]
        if models.is_empty():
            models = _first_postcode(outcode, self._table)
        ids = (f"{_GROWTH}{outcode}-{turn}" for turn in itertools.count(1))
        free = itertools.islice((link_id for link_id in ids if link_id not in taken), count)
        return models[np.arange(count) % models.height].with_columns(
            link_id=pl.Series(list(free), dtype=pl.String), row=pl.lit(None, dtype=pl.UInt32)
        )


def outcode_rows(table: pl.DataFrame) -> NDArray[np.int64]:
    """Return the row of each link's outcode in the bundled outcodes, shape (links,); -1 where there is none."""
    rows: NDArray[np.int64] = table["outcode_code"].cast(pl.Int64).fill_null(-1).to_numpy()
    return rows


def _known_row(outcode: str) -> int:
    """Return the row of an outcode, -1 for one that the data lacks."""
    row = bundled_outcodes().row(outcode)
    return -1 if row is None else row


def _share_of(percent: str, count: int) -> int:
    """Return a percentage of a count, rounded up."""
    return math.ceil(Fraction(percent.rstrip("% ")) * count / 100)


def _first_postcode(outcode: str, like: pl.DataFrame) -> pl.DataFrame:
    """Return a link at the outcode's first unit postcode that exists, as one row of a table of links."""
    row = _known_row(outcode)
    incode = int(np.flatnonzero(np.unpackbits(bundled_postcodes()[row], bitorder="little"))[0])
    cells: dict[str, Any] = {
        "method": Method.BY_POSTCODE.code,
        "postcode": f"{outcode} {incode_text(incode)}",
        "outcode_code": row,
        "incode_code": incode,
    }
    if like["priority"].null_count() < like.height:
        cells["priority"] = _PRIORITY
    cells |= dict.fromkeys((name for name, kind in like.schema.items() if kind == pl.Boolean), False)
    return pl.DataFrame({name: [cells.get(name)] for name in like.columns}, schema=like.schema)
