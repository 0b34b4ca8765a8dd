"""The same work on many things at once, in processes of their own: JAX must not be forked."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_limits

from empatune.errors import UsageError
from empatune.numerics.threads import one_thread

Job = TypeVar("Job")
Result = TypeVar("Result")


def each(do: Callable[[Job], Result], jobs: Sequence[Job], *, workers: int) -> Iterator[Result]:
    """Do every job, each on one thread, so that results do not depend on the number of workers.

    Parameters
    ----------
    do : callable
        What is done; a function of a module, so that other processes find it.
    jobs : sequence
        What it is done with.
    workers : int
        Processes; 1 does all in this one. With more, a script of your own must start its work
        below ``if __name__ == "__main__":``.

    Yields
    ------
    object
        Results in the order of the jobs.

    Raises
    ------
    UsageError
        If there are no workers.
    """
    if workers < 1:
        raise UsageError(f"{workers} workers were asked for; at least 1 is needed.")
    n_processes = min(workers, len(jobs))
    if n_processes <= 1:
        with one_thread():
            yield from map(do, jobs)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n_processes, mp_context=context, initializer=_alone) as pool:
        try:
            yield from pool.map(do, jobs)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _alone() -> None:
    threadpool_limits(limits=1, user_api="blas")
