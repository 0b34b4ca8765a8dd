"""Where tasks are done: threads of this process, or workers that Dask finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from empatune.decoding.cluster import ClusterSettings, connect
from empatune.decoding.connections.job import Job, Told, perform

THREADS = "threads"
"""Tasks share this process, and with it every compiled model."""


def perform_all(
    jobs: Sequence[Job], cluster: ClusterSettings | None, *, n_threads: int
) -> Iterator[tuple[int, Told]]:
    """
    Do tasks, some at a time.

    Parameters
    ----------
    jobs : sequence of ReadingJob or FitJob
        The tasks.
    cluster : ClusterSettings or None
        Where; threads of this process if None.
    n_threads : int
        How many at a time, in threads.

    Yields
    ------
    int
        Place of a task that has ended.
    Told
        What became of it.

    Raises
    ------
    DecodingError
        If SLURM does not take the jobs.
    MissingExtraError
        If Dask is not installed.
    UsageError
        If the scheduler does not answer, or SLURM is not here.
    """
    if not jobs:
        return
    if cluster is not None:
        yield from _on_dask(jobs, cluster)
        return
    pool = ThreadPoolExecutor(n_threads)
    try:
        futures = {pool.submit(perform, job): place for place, job in enumerate(jobs)}
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)  # an interrupt ends after the running ones


def _on_dask(jobs: Sequence[Job], cluster: ClusterSettings) -> Iterator[tuple[int, Told]]:
    with connect(cluster) as client:
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
