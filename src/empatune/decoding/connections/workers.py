"""Where tasks are done: threads of this process, or workers that Dask finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from typing import Any

from empatune.decoding.cluster import ClusterSettings, connect
from empatune.decoding.connections.job import Job, Told, perform

Workers = Callable[[Sequence[Job]], Iterator[tuple[int, Told]]]
"""Does tasks, and tells the place of each that has ended, with what became of it."""


@contextmanager
def open_workers(cluster: ClusterSettings | None, *, n_threads: int) -> Iterator[Workers]:
    """
    Hold workers ready for tasks; they are started when there is the first.

    Parameters
    ----------
    cluster : ClusterSettings or None
        Where; if None threads of this process, which share every compiled model.
    n_threads : int
        How many at a time, in threads.

    Yields
    ------
    callable
        Does tasks, some at a time.

    Raises
    ------
    DecodingError
        If SLURM does not take the jobs.
    MissingExtraError
        If Dask is not installed.
    UsageError
        If the scheduler does not answer, or SLURM is not here.
    """
    with ExitStack() as stack:
        clients: list[Any] = []

        def perform_all(jobs: Sequence[Job]) -> Iterator[tuple[int, Told]]:
            if cluster is None:
                yield from _in_threads(jobs, n_threads)
            elif jobs:
                if not clients:
                    clients.append(stack.enter_context(connect(cluster)))
                yield from _on_dask(jobs, clients[0])

        yield perform_all


def _in_threads(jobs: Sequence[Job], n_threads: int) -> Iterator[tuple[int, Told]]:
    pool = ThreadPoolExecutor(n_threads)
    try:
        futures = {pool.submit(perform, job): place for place, job in enumerate(jobs)}
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)  # an interrupt ends after the running ones


def _on_dask(jobs: Sequence[Job], client: Any) -> Iterator[tuple[int, Told]]:
    from distributed import as_completed as completed

    futures = {client.submit(perform, job, pure=False): place for place, job in enumerate(jobs)}
    for future in completed(list(futures)):
        if future.status == "finished":
            yield futures[future], future.result()
            continue
        kind = type(future.exception()).__name__
        yield (
            futures[future],
            Told(
                status="failed",
                why=f"Its worker died or was lost, each time it was tried ({kind}): perhaps it "
                "needs more memory (--memory).",
            ),
        )
