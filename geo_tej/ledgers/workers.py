"""Who works through the batches: threads of this process, or a Dask cluster."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from geo_tej.errors import QuestionError
from geo_tej.ledgers.batch import ledger_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from geo_tej.ledgers.batch import Job, Part

_PATIENCE_S = 10
"""How long a scheduler may take to answer."""


class Promise(Protocol):
    """A part that is being worked on."""

    def result(self) -> Part:
        """Wait for it."""


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def on_threads(job: Job, workers: int | None) -> Iterator[Callable[[pa.RecordBatch], Promise]]:
    """Work in threads, one a processor unless said otherwise; numpy and GEOS let them run side by side."""
    job.index.chart  # noqa: B018  drawn once, before the threads ask for it
    with ThreadPoolExecutor(workers or processors()) as pool:
        try:
            yield lambda batch: pool.submit(ledger_of, job, batch)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


@contextmanager
def on_dask(job: Job, workers: int | None, scheduler: str | None) -> Iterator[Callable[[pa.RecordBatch], Promise]]:
    """Work on the cluster of a scheduler, or on one of processes on this machine.

    The job is itself a task, so that it is made again where the worker that held it is gone.

    Raises
    ------
    QuestionError
        If Dask is not installed, or the scheduler does not answer.
    """
    try:
        distributed: Any = import_module("distributed")  # an extra, without types
    except ImportError as fault:
        message = "the engine dask needs the extra: pip install 'geo_tej[dask]'"
        raise QuestionError(message) from fault
    if scheduler is not None:
        try:
            client = distributed.Client(scheduler, timeout=_PATIENCE_S)
        except (OSError, ValueError) as fault:
            message = f"--scheduler {scheduler}: does not answer; start one with `dask scheduler`"
            raise QuestionError(message) from fault
        with client:
            yield _submitting(client, job)
        return
    with (
        distributed.LocalCluster(
            n_workers=workers or processors(), threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield _submitting(client, job)


def _submitting(client: Any, job: Job) -> Callable[[pa.RecordBatch], Promise]:  # noqa: ANN401  Dask ships no types
    shared = client.submit(_same, job, pure=False)
    return lambda batch: client.submit(ledger_of, shared, batch, pure=False)


def _same(job: Job) -> Job:
    return job
