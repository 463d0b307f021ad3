"""The plan: which link gets which number, which gets none and why, as tables, files and requests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from allocator.errors import OptionError
from allocator.plans.explanation import Explanation, explanation_of
from allocator.plans.files import csv_bytes, json_bytes, write_folder
from allocator.plans.registry import SUMMARY
from allocator.plans.summary import Summary
from allocator.protocol import render
from allocator.tables import PLACEHOLDER

BATCH_SIZE = 500
STOCK = {"area_code": pl.String, "name": pl.String} | dict.fromkeys(
    ("numbers", "attached_before", "handed_out", "left"), pl.Int64
)
"""The columns of `Plan.stock`."""
TABLES = ("assignments", "unassigned", "already", "rejected", "decisions")
ALREADY = dict.fromkeys(("link_id", "full_voxnumber", "area_code"), pl.String)
"""The columns of `Plan.already`."""


@dataclass(frozen=True)
class Plan:
    """A plan: what becomes of every link of a document.

    Attributes
    ----------
    assignments
        One row for each link that gets a number, in document order: `link_id`, `full_voxnumber`, `method`, `postcode`,
        `outcode`, `area_code`, `distance_km` (0 for the covering area code; null where no distance is involved),
        `fallback` ("none", "distance", "city", "region" or "country"), `row` in the source. The file leaves `row`
        out, as the same links have other row numbers in a CSV file (which has a header) than in a data frame.
    unassigned
        One row for each link without a number: `link_id`, `postcode`, `reason`, `message`, `method`, `outcode`, `row`.
    already
        One row for each link that has a number already, in document order: `link_id`, `full_voxnumber` (of several
        the smallest), `area_code`, `row`. The file leaves `row` out. Empty for a plan read from a folder without
        `already.csv`.
    rejected
        One row for each row of the links or the stock that can't be read: `table`, `file`, `row`, `column`, `value`,
        `reason`, `message`.
    decisions
        What each BY POSTCODE group tried, in the order of the decisions: `turn`, `outcode`, `links`, `radius_km`,
        `area_code`, `name`, `distance_km`, `numbers_left` (at that moment), `numbers_taken`, `verdict`.
    summary
        Counts, distances, versions, options and digests: what `summary.json` says, see `allocator.plans.Summary`.
    stock
        One row for each area code of the stock: `area_code` (with the IDD before it where that is not 44), `name`,
        `numbers`, `attached_before`, `handed_out`, `left`. Empty for a plan read from a folder without `stock.csv`.
    """

    assignments: pl.DataFrame
    unassigned: pl.DataFrame
    rejected: pl.DataFrame
    decisions: pl.DataFrame
    summary: Summary
    stock: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=STOCK))
    already: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ALREADY))

    @cached_property
    def _assignments_csv(self) -> bytes:
        return csv_bytes(self._written("assignments"))

    def _written(self, name: str) -> pl.DataFrame:
        """Return a table as its file has it: the same links have other row numbers in a CSV file and in a frame."""
        table: pl.DataFrame = getattr(self, name)
        if name == "decisions":
            # A distance to use is rounded up, so that it serves when it is typed back.
            km = pl.col("distance_km")
            return table.with_columns(pl.when(km > pl.col("radius_km")).then((km * 1000).ceil() / 1000).otherwise(km))
        return table.drop("row", strict=False) if name in ("assignments", "already") else table

    @cached_property
    def digest(self) -> str:
        """The sha256 of `assignments.csv`: the same for the same input, on every machine."""
        return hashlib.sha256(self._assignments_csv).hexdigest()

    @property
    def ok(self) -> bool:
        """Whether every link gets a number or has one already."""
        links = self.summary["links"]
        return not links["unassigned"] and not links["rejected"]

    @property
    def hypothetical(self) -> bool:
        """Whether the plan gives numbers that are yet to be bought."""
        return bool(self.assignments["full_voxnumber"].str.starts_with(PLACEHOLDER).any())

    def requests(self, batch_size: int = BATCH_SIZE) -> Iterator[bytes]:
        """Return the assignments as BY VOXNUMBER requests, which have one possible outcome.

        Parameters
        ----------
        batch_size
            Links to a request.

        Returns
        -------
        iterator of bytes
            Request bodies, XML in UTF-8. They may be sent in any order.

        Raises
        ------
        OptionError
            The batch size is not a positive number, or the plan gives numbers that are yet to be bought.
        """
        check_batch_size(batch_size)
        if self.hypothetical:
            raise OptionError(
                "the plan gives numbers that are yet to be bought", remedy="Buy them, and plan with the new stock."
            )
        return render(self.assignments["link_id"], self.assignments["full_voxnumber"], batch_size)

    def files(
        self, *, requests: bool = True, batch_size: int = BATCH_SIZE, scenario: Mapping[str, Any] | None = None
    ) -> Iterator[tuple[str, bytes]]:
        """Yield the files of the plan's folder: `write` writes them, and a sweep does for each scenario.

        Parameters
        ----------
        requests
            Whether to yield requests too. A plan that gives numbers yet to be bought has none.
        batch_size
            Links to a request.
        scenario
            Facts about the scenario that was planned, for `summary.json`; the sha256 of each table is added.

        Yields
        ------
        tuple of str and bytes
            Path within the folder, and content. `summary.json` comes last.

        Raises
        ------
        OptionError
            The batch size is not a positive number.
        """
        digests = {}
        for name in (*TABLES, "stock"):
            data = self._assignments_csv if name == "assignments" else csv_bytes(self._written(name))
            if scenario is not None:
                digests[f"{name}.csv"] = hashlib.sha256(data).hexdigest()
            yield f"{name}.csv", data
        count = 0
        if requests and not self.hypothetical:
            for count, body in enumerate(self.requests(batch_size), start=1):
                yield f"requests/requests-{count:05d}.xml", body
        summary: dict[str, Any] = {**self.summary, "result": {"assignments_sha256": self.digest, "requests": count}}
        if scenario is not None:
            summary["scenario"] = {**scenario, "files": digests}
        yield SUMMARY, json_bytes(summary)

    def write(self, folder: str | Path, *, force: bool = False, batch_size: int = BATCH_SIZE) -> Path:
        """Write the plan as a folder, whole or not at all.

        Parameters
        ----------
        folder
            The folder to make: `assignments.csv`, `unassigned.csv`, `already.csv`, `rejected.csv`, `decisions.csv`,
            `stock.csv`, `summary.json` and `requests/requests-00001.xml`, ….
        force
            Replace a plan that is there already. Nothing but a plan is ever replaced, and only if its folder holds
            nothing else.
        batch_size
            Links to a request.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        OptionError
            The batch size is not a positive number.
        OutputError
            The folder exists, or can't be written.
        """
        check_batch_size(batch_size)

        def fill(staging: Path) -> None:
            (staging / "requests").mkdir()
            for name, data in self.files(batch_size=batch_size):
                (staging / name).write_bytes(data)

        return write_folder(Path(folder), fill, kind="plan", force=force)

    def explain(self, link_id: str) -> Explanation:
        """Explain why a link has its number, or none.

        Parameters
        ----------
        link_id
            The link.

        Returns
        -------
        Explanation
            Reads as text; its `candidates` are a table.

        Raises
        ------
        InputError
            The plan has no such link.
        """
        best = self.summary["options"].get("strategy") == "optimal"
        return explanation_of(link_id, self.assignments, self.unassigned, self.already, self.decisions, at_the_end=best)

    def __repr__(self) -> str:
        links = self.summary["links"]
        already = f", {links['already']} with a number already" if self.already.height else ""
        counts = f"{links['assigned']} of {links['total']} links assigned{already}"
        return f"<Plan: {counts}, {links['unassigned']} unassigned, {links['rejected']} rejected>"


def check_batch_size(batch_size: int) -> None:
    """Refuse requests without links.

    Raises
    ------
    OptionError
        The batch size is not a positive number.
    """
    if batch_size < 1:
        raise OptionError(
            "the batch size is less than 1", value=batch_size, remedy="Give 1 or more links to a request."
        )
