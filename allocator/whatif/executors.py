"""Who plans the scenarios of a sweep: this process, others of this machine, any executor, a Dask cluster."""

from __future__ import annotations

import io
import os
import signal
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from allocator.errors import AllocatorError, OptionError
from allocator.places import data_version
from allocator.plans import Plan, engine_version
from allocator.tables import Links, Stock
from allocator.whatif.scenario import Inputs, Scenario, digest_of

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from distributed import Client

__all__ = ["Crew", "Files", "Job", "crew", "work"]

# --- what a worker does ----------------------------------------------------------------------------------------------

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
        The versions that it is to be planned with.
    """

    scenario: Scenario
    digest: str
    engine: dict[str, str]
    data: dict[str, str]

    @classmethod
    def of(cls, scenario: Scenario, inputs: Inputs) -> Job:
        """The job of planning a scenario with these inputs, and with the engine and the data that are here."""
        engine, data = engine_told(), data_version()
        told = [engine, data, inputs.digest, scenario.name, scenario.options(), scenario.changes()]
        return cls(scenario, digest_of(told), engine, data)


def engine_told() -> dict[str, str]:
    """Name and version of this package, for a summary."""
    return {"name": "allocator", "version": engine_version()}


@dataclass(frozen=True, slots=True)
class _Parcel:
    """Inputs on their way to a worker.

    Attributes
    ----------
    digest
        That of the inputs.
    tables
        The tables as Arrow IPC: links, their rejected rows, stock, attached links, rejected rows of the stock. None for
        a worker that has them already.
    sources
        Source and digest of the links and of the stock.
    """

    digest: str
    tables: tuple[bytes, ...]
    sources: tuple[str, str, str, str]

    @classmethod
    def of(cls, inputs: Inputs) -> _Parcel:
        """The parcel of some inputs."""
        links, stock = inputs.links, inputs.stock
        tables = (links.table, links.rejected, stock.table, stock.attached, stock.rejected)
        sources = (links.source, links.digest, stock.source, stock.digest)
        return cls(inputs.digest, tuple(map(_packed, tables)), sources)

    def opened(self) -> Inputs:
        """What was packed; kept for the next time."""
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


def work(packed: Inputs | _Parcel, job: Job) -> Files:
    """Plan a scenario.

    Parameters
    ----------
    packed
        The inputs, packed where they come from another process.
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
    if (engine_told(), data_version()) != (job.engine, job.data):
        here, there = _versions(engine_told(), data_version()), _versions(job.engine, job.data)
        raise AllocatorError(
            f"a worker has allocator {here}, and the sweep runs with {there}", remedy="Install the same everywhere."
        )
    return _files(job, job.scenario.plan(packed if isinstance(packed, Inputs) else packed.opened()))


def _versions(engine: dict[str, str], data: dict[str, str]) -> str:
    return f"{engine['version']} and data {data['edition']} ({data['manifest_sha256'][:12]})"


def _files(job: Job, plan: Plan) -> Files:
    scenario = {"name": job.scenario.name, **job.scenario.changes(), "digest": job.digest}
    return dict(plan.files(requests=False, scenario=scenario))


# --- who plans -------------------------------------------------------------------------------------------------------

_MOST_WIDTH = 256  # scenarios that are handed out to a cluster at once, at most
_WIDTH = 64  # scenarios that are handed at once to an executor whose size is not known
RENEWALS = 3
"""How often a scenario is handed out again whose worker is gone."""
_AGAIN = "Run the same again when it is there: what is finished stays."
_ANSWER_S = 30  # how long a scheduler may take to answer, and a cluster to show a worker


@dataclass(frozen=True)
class Crew:
    """Those who plan.

    Attributes
    ----------
    submit
        Hands a scenario out.
    width
        How many are handed out at once: enough that nobody waits, few enough that their files do not pile up.
    lost
        How it shows that a worker is gone.
    renew
        Makes good what was lost with a worker, where that can be done.
    ends
        Whether it ends by itself what still runs when nobody wants it any more.
    """

    submit: Callable[[Job], Future[Files]]
    width: int
    lost: tuple[type[BaseException], ...] = (BrokenExecutor, CancelledError)
    renew: Callable[[], None] | None = None
    ends: bool = False


class _Here(Executor):
    """Does what it is asked to at once, in this thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do it; what goes wrong stands in the future."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - raised where the result is asked for
            future.set_exception(error)
        return future


@contextmanager
def crew(inputs: Inputs, workers: int, executor: Executor | None, scheduler: str | Client | None) -> Iterator[Crew]:
    """Those who plan, with the inputs at hand.

    Parameters
    ----------
    inputs
        What the scenarios start from.
    workers, executor, scheduler
        As in `allocator.whatif.run`.

    Raises
    ------
    AllocatorError
        There is no such scheduler, it has no worker, or `distributed` is not installed.
    """
    if scheduler is not None:
        with _on_cluster(inputs, scheduler) as those:
            yield those
    elif executor is not None:
        parcel = _Parcel.of(inputs)
        yield Crew(lambda job: executor.submit(work, parcel, job), _WIDTH)
    elif workers == 1:
        yield Crew(lambda job: _Here().submit(work, inputs, job), 1)
    else:
        with _in_processes(inputs, workers) as those:
            yield those


@contextmanager
def _in_processes(inputs: Inputs, workers: int) -> Iterator[Crew]:
    """Processes of this machine, which end with this one however it ends."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("spawn")
    parcel = _Parcel.of(inputs)
    bare = replace(parcel, tables=())
    # Nothing is ever sent: whoever holds the first end learns when nobody holds the second any more.
    ending, alive = context.Pipe(duplex=False)
    threads = max(1, _cores() // workers)
    pools: list[ProcessPoolExecutor] = []

    def renew() -> None:
        # A pool is of no use any more when one of its processes was killed, by hand or for want of memory.
        pools.append(ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(parcel, ending)))

    def submit(job: Job) -> Future[Files]:
        with _starting(threads):
            return pools[-1].submit(work, bare, job)

    renew()
    try:
        yield Crew(submit, 2 * workers, renew=renew, ends=True)
        for pool in pools:
            pool.shutdown()
    finally:
        alive.close()
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)
        ending.close()


def _begin(parcel: _Parcel, ending: Connection) -> None:
    """Begin a worker's process: open the inputs, and end when the sweep does."""
    threading.Thread(target=_end_with, args=(ending,), daemon=True).start()
    parcel.opened()


def _end_with(ending: Connection) -> None:
    try:
        ending.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_STARTING = threading.Lock()
_THREADS = "POLARS_MAX_THREADS"


@contextmanager
def _starting(threads: int) -> Iterator[None]:
    """Within this, processes start with so many threads for polars, and deaf to Ctrl-C, which is for the sweep to hear.

    Both are inherited, so they are there before the new process imports anything.
    """
    mask = getattr(signal, "pthread_sigmask", None)
    with _STARTING:
        before = mask(signal.SIG_BLOCK, {signal.SIGINT}) if mask else None
        kept = os.environ.get(_THREADS)
        os.environ.setdefault(_THREADS, str(threads))
        try:
            yield
        finally:
            if kept is None:
                os.environ.pop(_THREADS, None)
            if mask and before is not None:
                mask(signal.SIG_SETMASK, before)


@contextmanager
def _on_cluster(inputs: Inputs, scheduler: str | Client) -> Iterator[Crew]:
    """An existing Dask cluster."""
    try:
        import distributed
        from distributed.comm.core import CommClosedError
    except ModuleNotFoundError as error:
        raise AllocatorError(
            "a scheduler needs distributed, which is not installed",
            remedy="Install it: pip install 'voxnumber-allocator[dask]'.",
        ) from error
    client: Any = _client(scheduler) if isinstance(scheduler, str) else scheduler
    parcel = _Parcel.of(inputs)
    sent: list[Any] = []
    running: dict[str, Any] = {}

    def send() -> None:
        try:
            client.wait_for_workers(1, timeout=_ANSWER_S)
            # To all that are there, so that one may go.
            sent[:] = [client.scatter(parcel, broadcast=True, hash=False)]
        except (*lost, OSError, TimeoutError) as error:
            raise AllocatorError("the cluster is gone, or has no worker", remedy=_AGAIN) from error

    # Not the client's own executor: a future of it whose result gets lost while it is fetched never ends.
    def result(future: Any) -> Files:
        try:
            files: Files = future.result()
            return files
        finally:
            running.pop(future.key, None)

    def submit(job: Job) -> Future[Files]:
        future = client.submit(work, sent[0], job, pure=False)
        running[future.key] = future
        return threads.submit(result, future)

    cancelled = (CancelledError, distributed.CancelledError, distributed.client.FutureCancelledError)
    lost = (*cancelled, distributed.KilledWorker, CommClosedError)
    width = min(max(2 * sum(client.nthreads().values()), 2), _MOST_WIDTH)
    threads = ThreadPoolExecutor(width)
    try:
        send()
        yield Crew(submit, width, lost, send)
    finally:
        client.cancel(list(running.values()))
        threads.shutdown(wait=False, cancel_futures=True)
        sent.clear()
        if client is not scheduler:
            client.close()


def _client(address: str) -> Any:
    import distributed

    connect: Any = distributed.Client
    try:
        return connect(address, timeout=_ANSWER_S, set_as_default=False)
    except (OSError, ValueError) as error:
        what = str(error).splitlines()[0] if str(error) else type(error).__name__
        remedy = "Give the address that `dask scheduler` tells, such as tcp://127.0.0.1:8786."
        raise OptionError(f"no scheduler answers there ({what})", value=address, remedy=remedy) from error
