"""Where the scenarios of a sweep are planned: in this process, in others of this machine, or on a Dask cluster."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allocator.errors import AllocatorError, OptionError
from allocator.whatif.inputs import Inputs
from allocator.whatif.job import Files, Job, Parcel, work

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from distributed import Client

_MOST_WIDTH = 256  # scenarios handed out at once, at most
_WIDTH = 64  # scenarios handed at once to an executor of unknown size
RENEWALS = 3
"""How often a scenario is handed out again when its worker is gone."""
_AGAIN = "Run the same again when it is there: finished scenarios are kept."
_ANSWER_S = 30  # how long a scheduler may take to answer, and a cluster to show a worker


@dataclass(frozen=True)
class Executors:
    """Where scenarios are planned.

    Attributes
    ----------
    submit
        Hands out a scenario.
    width
        How many scenarios to hand out at once: enough that no worker waits, few enough that files do not pile up.
    lost
        The errors which say that a worker is gone.
    renew
        Replaces what was lost with a worker; None where that can't be done.
    cancels_on_exit
        Whether leaving the context ends the scenarios that still run.
    """

    submit: Callable[[Job], Future[Files]]
    width: int
    lost: tuple[type[BaseException], ...] = (BrokenExecutor, CancelledError)
    renew: Callable[[], None] | None = None
    cancels_on_exit: bool = False


class _Here(Executor):
    """Runs each call at once, in this thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run a call; the future holds its result or its error."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - raised where the result is asked for
            future.set_exception(error)
        return future


@contextmanager
def open_executors(
    inputs: Inputs, workers: int, executor: Executor | None, scheduler: str | Client | None
) -> Iterator[Executors]:
    """Make ready to plan, with the inputs at hand.

    Parameters
    ----------
    inputs
        The links and the stock that the scenarios start from.
    workers, executor, scheduler
        As in `allocator.whatif.run`.

    Raises
    ------
    AllocatorError
        There is no such scheduler, it has no worker, or `distributed` is not installed.
    """
    if scheduler is not None:
        with _on_cluster(inputs, scheduler) as executors:
            yield executors
    elif executor is not None:
        parcel = Parcel.of(inputs)
        yield Executors(lambda job: executor.submit(work, parcel, job), _WIDTH)
    elif workers == 1:
        yield Executors(lambda job: _Here().submit(work, inputs, job), 1)
    else:
        with _in_processes(inputs, workers) as executors:
            yield executors


@contextmanager
def _in_processes(inputs: Inputs, workers: int) -> Iterator[Executors]:
    """Open processes of this machine, which end with this one however it ends."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("spawn")
    parcel = Parcel.of(inputs)
    opened = parcel.without_tables()
    # Nothing is ever sent: a worker holds the first end, and reads the end of the file when this process is gone.
    ending, alive = context.Pipe(duplex=False)
    threads = max(1, _cores() // workers)
    pools: list[ProcessPoolExecutor] = []

    def renew() -> None:
        # A pool is useless once one of its processes was killed, by hand or for lack of memory.
        pools.append(ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(parcel, ending)))

    def submit(job: Job) -> Future[Files]:
        with _spawning(threads):
            return pools[-1].submit(work, opened, job)

    renew()
    try:
        yield Executors(submit, 2 * workers, renew=renew, cancels_on_exit=True)
        for pool in pools:
            pool.shutdown()
    finally:
        alive.close()
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)
        ending.close()


def _begin(parcel: Parcel, ending: Connection) -> None:
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


_SPAWNING = threading.Lock()
_THREADS = "POLARS_MAX_THREADS"


@contextmanager
def _spawning(threads: int) -> Iterator[None]:
    """Let processes that start here have this number of polars threads, and ignore Ctrl-C: the sweep handles it.

    A process inherits both, so they hold before it imports anything.
    """
    mask = getattr(signal, "pthread_sigmask", None)
    with _SPAWNING:
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
def _on_cluster(inputs: Inputs, scheduler: str | Client) -> Iterator[Executors]:
    """Use an existing Dask cluster."""
    try:
        import distributed
        from distributed.comm.core import CommClosedError
    except ModuleNotFoundError as error:
        raise AllocatorError(
            "a scheduler needs distributed, which is not installed",
            remedy="Install it: pip install 'voxnumber-allocator[dask]'.",
        ) from error
    client: Any = _client(scheduler) if isinstance(scheduler, str) else scheduler
    parcel = Parcel.of(inputs)
    sent: list[Any] = []
    running: dict[str, Any] = {}

    def send() -> None:
        try:
            client.wait_for_workers(1, timeout=_ANSWER_S)
            # To all workers, so that losing one loses no inputs.
            sent[:] = [client.scatter(parcel, broadcast=True, hash=False)]
        except (*lost, OSError, TimeoutError) as error:
            raise AllocatorError("the cluster is gone, or has no worker", remedy=_AGAIN) from error

    # Not the client's own executor: one of its futures never ends if the result is lost while it is fetched.
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
        yield Executors(submit, width, lost, send)
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
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        remedy = "Give the address that `dask scheduler` prints, such as tcp://127.0.0.1:8786."
        raise OptionError(f"no scheduler answers there ({reason})", value=address, remedy=remedy) from error
