"""What a worker does: plan one scenario, and hand back its files."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TypeAlias

import polars as pl

from allocator.errors import AllocatorError
from allocator.places import data_version
from allocator.plans import engine
from allocator.tables import Links, Stock
from allocator.whatif.inputs import Inputs, digest_of
from allocator.whatif.scenario import Scenario

Files: TypeAlias = dict[str, bytes]
"""The files of a scenario, by name."""


@dataclass(frozen=True, slots=True)
class Job:
    """A scenario to plan.

    Attributes
    ----------
    scenario
        The scenario.
    digest
        The sha256 of all that its files depend on.
    engine, data
        The versions that must plan it.
    """

    scenario: Scenario
    digest: str
    engine: dict[str, str]
    data: dict[str, str]

    @classmethod
    def of(cls, scenario: Scenario, inputs: Inputs) -> Job:
        """Return the job of planning a scenario with these inputs, and with the engine and the data of this process."""
        versions = engine(), data_version()
        parts = [*versions, inputs.digest, scenario.name, scenario.options.summary(), scenario.changes()]
        return cls(scenario, digest_of(parts), *versions)


@dataclass(frozen=True, slots=True)
class Parcel:
    """Inputs on their way to another process.

    Attributes
    ----------
    digest
        The digest of the inputs.
    tables
        The tables as Arrow IPC: links, their rejected rows, stock, attached links, rejected rows of the stock. Empty
        for a worker that has opened the parcel before.
    sources
        Source and digest of the links and of the stock.
    """

    digest: str
    tables: tuple[bytes, ...]
    sources: tuple[str, str, str, str]

    @classmethod
    def of(cls, inputs: Inputs) -> Parcel:
        """Pack inputs."""
        links, stock = inputs.links, inputs.stock
        tables = (links.table, links.rejected, stock.table, stock.attached, stock.rejected)
        sources = (links.source, links.digest, stock.source, stock.digest)
        return cls(inputs.digest, tuple(map(_packed, tables)), sources)

    def without_tables(self) -> Parcel:
        """Return the parcel for a worker that has opened it before."""
        return replace(self, tables=())

    def opened(self) -> Inputs:
        """Return what was packed, and keep it for the next time."""
        with _OPENED_LOCK:
            if self.digest not in _OPENED:
                _OPENED[self.digest] = self._unpacked()
            _OPENED.move_to_end(self.digest)
            while len(_OPENED) > _KEPT:
                _OPENED.popitem(last=False)
            return _OPENED[self.digest]

    def _unpacked(self) -> Inputs:
        links, links_rejected, stock, attached, stock_rejected = (pl.read_ipc(io.BytesIO(data)) for data in self.tables)
        return Inputs(
            Links(links, links_rejected, *self.sources[:2]),
            Stock(stock, attached, stock_rejected, *self.sources[2:]),
            self.digest,
        )


_KEPT = 2
_OPENED: OrderedDict[str, Inputs] = OrderedDict()
_OPENED_LOCK = threading.Lock()


def _packed(table: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.write_ipc(buffer, compression="lz4")
    return buffer.getvalue()


def work(packed: Inputs | Parcel, job: Job) -> Files:
    """Plan a scenario.

    Parameters
    ----------
    packed
        The inputs; in a parcel if they come from another process.
    job
        The scenario.

    Returns
    -------
    dict of bytes
        The files of a plan, without requests.

    Raises
    ------
    AllocatorError
        This worker has another version of the engine or of the data.
    """
    here, wanted = (engine(), data_version()), (job.engine, job.data)
    if here != wanted:
        raise AllocatorError(
            f"a worker has allocator {_versions(*here)}, and the sweep runs with {_versions(*wanted)}",
            remedy="Install the same version everywhere.",
        )
    plan = job.scenario.plan(packed if isinstance(packed, Inputs) else packed.opened())
    scenario = {"name": job.scenario.name, **job.scenario.changes(), "digest": job.digest}
    return dict(plan.files(requests=False, scenario=scenario))


def _versions(engine: dict[str, str], data: dict[str, str]) -> str:
    return f"{engine['version']} and data {data['edition']} ({data['manifest_sha256'][:12]})"
