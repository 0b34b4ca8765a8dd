"""Where runs are decoded: processes of this machine, a SLURM cluster, or a scheduler that runs."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from empatune.errors import MissingExtraError, UsageError

Kind = Literal["local", "slurm"]
"""Where workers run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSettings:
    """Where and how many.

    Parameters
    ----------
    kind : {"local", "slurm"}
        Processes of this machine, or jobs of a SLURM cluster.
    scheduler : str
        Address of a Dask scheduler that runs already; then the rest does not count.
    n_workers : int
        Workers, each decodes one run at a time.
    memory_limit : str
        Memory of a worker, as Dask writes it; a worker that takes more is started again.
    walltime : str
        Length of a SLURM job.

    Raises
    ------
    UsageError
        If there is no worker.
    """

    kind: Kind = "local"
    scheduler: str = ""
    n_workers: int = 2
    memory_limit: str = "4GB"
    walltime: str = "02:00:00"

    def __post_init__(self) -> None:
        if self.n_workers < 1:
            raise UsageError(f"Decoding needs at least one worker; given {self.n_workers}.")


@contextmanager
def connect(settings: ClusterSettings) -> Iterator[Any]:
    """Start or reach workers.

    Parameters
    ----------
    settings : ClusterSettings
        Where and how many.

    Yields
    ------
    distributed.Client
        Takes tasks.

    Raises
    ------
    MissingExtraError
        If Dask is not installed.
    UsageError
        If the scheduler does not answer.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise MissingExtraError("Decoding a study", "decode") from None
    logging.getLogger("distributed").setLevel(logging.ERROR)  # lost runs are told by their status
    with ExitStack() as stack:
        if settings.scheduler:
            try:
                yield stack.enter_context(Client(settings.scheduler, timeout=20))
            except OSError as problem:
                raise UsageError(
                    f"The scheduler {settings.scheduler} does not answer: {problem}."
                ) from problem
            return
        if settings.kind == "slurm":
            cluster = stack.enter_context(_slurm(settings))
        else:
            scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="empatune-"))
            cluster = stack.enter_context(
                LocalCluster(
                    n_workers=settings.n_workers,
                    threads_per_worker=1,
                    memory_limit=settings.memory_limit,
                    local_directory=scratch,
                    dashboard_address=None,
                    silence_logs=logging.ERROR,
                )
            )
        yield stack.enter_context(Client(cluster))


def _slurm(settings: ClusterSettings) -> Any:
    try:
        from dask_jobqueue import SLURMCluster
    except ImportError:
        raise MissingExtraError("A SLURM cluster", "decode") from None
    cluster = SLURMCluster(
        cores=1, processes=1, memory=settings.memory_limit, walltime=settings.walltime
    )
    cluster.scale(jobs=settings.n_workers)
    return cluster
