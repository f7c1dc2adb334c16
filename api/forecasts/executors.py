"""Where chunks are forecast: on processes of this machine, or on a Dask cluster. It knows no chunks.

Processes of a pool are started anew, not forked, and end with their parent however that ends: each holds the
reading end of a pipe whose writing end is the parent's alone, so even `kill -9` closes it. A pool on its own
does not do that (github.com/python/cpython/issues/111873).
"""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, Protocol, TypeVar

from api.errors import ClusterAway
from api.interrupts import held_back
from api.settings import Settings, SettingsError

Arguments = ParamSpec("Arguments")
Done = TypeVar("Done")
_AHEAD = 2  # tasks that wait or run, for each process
_CLUSTER_SECONDS = 10  # to find the scheduler
_TRIES = 2  # of a task, by a cluster that has lost a worker
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class Pool(Protocol):
    """Runs functions elsewhere, several at once."""

    @property
    def ahead(self) -> int:
        """Tasks worth having handed out at once."""
        ...

    def submit(
        self, work: Callable[Arguments, Done], /, *args: Arguments.args, **named: Arguments.kwargs
    ) -> Future[Done]: ...

    def renew(self) -> None:
        """After a `BrokenExecutor`: begin anew. What was handed out is lost."""
        ...

    def close(self) -> None:
        """Hand out nothing more, and wait for nothing."""
        ...


def open_pool(settings: Settings) -> Pool:
    """The cluster that the settings name, else processes of this machine.

    Raises
    ------
    SettingsError
        A cluster is named, and the packages of the extra are not installed.
    ClusterAway
        Its scheduler does not answer.
    """
    if settings.forecast_cluster:
        return Cluster(settings.forecast_cluster)
    return Processes(settings.forecast_processes or os.cpu_count() or 1)


class Processes:
    """So many processes of this machine."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._begin()

    @property
    def ahead(self) -> int:
        return _AHEAD * self._count

    def submit(
        self, work: Callable[Arguments, Done], /, *args: Arguments.args, **named: Arguments.kwargs
    ) -> Future[Done]:
        with held_back():  # a process that is half begun would die with a traceback of its own
            return self._executor.submit(work, *args, **named)

    def renew(self) -> None:
        self.close()
        self._begin()

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._lifeline.close()
        self._held.close()

    def _begin(self) -> None:
        context = get_context("spawn")
        self._held, self._lifeline = context.Pipe(duplex=False)
        self._executor = ProcessPoolExecutor(
            self._count, mp_context=context, initializer=_end_with_parent, initargs=(self._held,)
        )


class Cluster:
    """A Dask cluster, by the address of its scheduler. Nodewise is installed on its workers."""

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError as error:
            raise SettingsError(
                f"forecast_cluster: is {address}, but the packages that reach a cluster are not installed",
                fix='Install the extra, pip install "nodewise[dask]", or leave forecast_cluster empty',
            ) from error
        try:
            client: Any = distributed  # untyped
            self._client = client.Client(address, timeout=_CLUSTER_SECONDS, set_as_default=False)
        except OSError as error:
            raise ClusterAway(address, str(error)) from error
        self._executor = self._client.get_executor(pure=False, retries=_TRIES)

    @property
    def ahead(self) -> int:
        threads: int = sum(self._client.nthreads().values())
        return _AHEAD * max(1, threads)

    def submit(
        self, work: Callable[Arguments, Done], /, *args: Arguments.args, **named: Arguments.kwargs
    ) -> Future[Done]:
        future: Future[Done] = self._executor.submit(work, *args, **named)
        return future

    def renew(self) -> None:
        """Nothing is to be done: the cluster replaces its own workers."""

    def close(self) -> None:
        self._executor.shutdown(wait=False)
        self._client.close()


def _end_with_parent(lifeline: Connection) -> None:
    """In each process of a pool, before its first task."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends this one
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))  # before what reads them is loaded
    threading.Thread(target=_wait_for_the_end, args=(lifeline,), daemon=True).start()


def _wait_for_the_end(lifeline: Connection) -> None:
    lifeline.poll(None)  # nothing is ever sent: it returns when the parent has let go of its end
    os._exit(1)
