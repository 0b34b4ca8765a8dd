"""Where runs are decoded: processes of this machine, a SLURM cluster, or a scheduler that runs."""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from empatune.errors import DecodingError, MissingExtraError, UsageError

_ADDRESS = re.compile(r"(tcp|tls|ucx|wss?)://\S+:\d+")
_WAIT_S = 20

WORKER_MB, RUN_MB = 220, 180
"""What a worker takes for itself and, at 2 mm, for a run that it decodes [MB]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSettings:
    """Where and how many.

    Parameters
    ----------
    where : str
        ``local`` for processes of this machine, ``slurm`` for jobs of a SLURM cluster, or the
        address of a Dask scheduler that runs already, such as ``tcp://host:8786``; the rest does
        not count then.
    n_workers : int
        Workers, each decodes one run at a time.
    memory_limit : str
        Memory of a worker, as Dask writes it, at least `WORKER_MB` + `RUN_MB`; a worker that takes
        more is started again.
    walltime : str
        Length of a SLURM job.
    queue, account : str
        Partition and account of SLURM jobs; those of Dask's own settings if empty.

    Raises
    ------
    UsageError
        If there is no worker, the place is unknown, or the memory is no size or too small.
    """

    where: str = "local"
    n_workers: int = 2
    memory_limit: str = "4GB"
    walltime: str = "02:00:00"
    queue: str = ""
    account: str = ""

    def __post_init__(self) -> None:
        if self.n_workers < 1:
            raise UsageError(f"Decoding needs at least one worker; given {self.n_workers}.")
        if self.where not in ("local", "slurm") and not _ADDRESS.fullmatch(self.where):
            raise UsageError(
                f"The cluster is '{self.where}'; allowed: local, slurm, or a scheduler's address "
                "such as tcp://host:8786."
            )
        if self.where in ("local", "slurm"):
            _check_memory(self.memory_limit)


def _check_memory(text: str) -> None:
    """Refuse what no worker fits in: Dask would start it again and again, without a word."""
    try:
        from dask.utils import parse_bytes
    except ImportError:  # told when workers are started
        return
    try:
        size = parse_bytes(text)
    except ValueError:
        raise UsageError(
            f"The memory of a worker is '{text}'; write it as 4GB or 900MB (--memory)."
        ) from None
    if size < (WORKER_MB + RUN_MB) * 1_000_000:
        raise UsageError(
            f"The memory of a worker is {text}, and it needs {WORKER_MB + RUN_MB} MB at least: about "
            f"{WORKER_MB} MB for itself and {RUN_MB} MB for a run at 2 mm. Give more (--memory 1GB), "
            "and fewer workers (--n-workers) if this machine has too little."
        )


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
    DecodingError
        If SLURM does not take the jobs.
    MissingExtraError
        If Dask is not installed.
    UsageError
        If the scheduler does not answer, or SLURM is not here.
    """
    try:
        from distributed import Client
    except ImportError:
        raise MissingExtraError("Decoding a study", "decode") from None
    logging.getLogger("distributed").setLevel(logging.ERROR)  # lost runs are told by their status
    with ExitStack() as stack:
        if settings.where == "local":
            cluster = _local(settings, stack)
        elif settings.where == "slurm":
            cluster = stack.enter_context(_slurm(settings))
        else:
            cluster = settings.where
        try:
            client = stack.enter_context(Client(cluster, timeout=_WAIT_S))
        except OSError as problem:
            raise UsageError(
                f"The scheduler {settings.where} does not answer: {problem}. Start it (dask "
                "scheduler), or mend the address."
            ) from problem
        yield client


def _local(settings: ClusterSettings, stack: ExitStack) -> Any:
    from distributed import LocalCluster

    scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="empatune-"))
    return stack.enter_context(
        LocalCluster(
            n_workers=settings.n_workers,
            threads_per_worker=1,
            memory_limit=settings.memory_limit,
            local_directory=scratch,
            dashboard_address="127.0.0.1:0",  # any port: two studies may run side by side
            silence_logs=logging.ERROR,
        )
    )


def _slurm(settings: ClusterSettings) -> Any:
    try:
        from dask_jobqueue import SLURMCluster
    except ImportError:
        raise MissingExtraError("A SLURM cluster", "decode") from None
    if shutil.which("sbatch") is None:
        raise UsageError(
            "SLURM is not here: there is no sbatch on the PATH. Start the command on a login node "
            "of the cluster, or decode on this machine (--cluster local)."
        )
    cluster = SLURMCluster(
        cores=1,
        processes=1,
        memory=settings.memory_limit,
        walltime=settings.walltime,
        queue=settings.queue or None,
        account=settings.account or None,
        silence_logs=logging.ERROR,
        scheduler_options={"dashboard": False, "dashboard_address": ":0"},
    )
    try:
        _rehearse(cluster.job_script())
    except BaseException:
        cluster.close()
        raise
    cluster.scale(jobs=settings.n_workers)
    return cluster


def _rehearse(script: str) -> None:
    """Ask SLURM whether it would take a job: Dask would only log that it does not, and wait."""
    with tempfile.NamedTemporaryFile("w", suffix=".sh") as file:
        file.write(script)
        file.flush()
        asked = subprocess.run(
            ["sbatch", "--test-only", file.name], capture_output=True, text=True, check=False
        )
    if asked.returncode != 0:
        raise DecodingError(
            f"SLURM does not take the jobs: {asked.stderr.strip()}. Look at --queue, --account, "
            "--walltime and --memory."
        )
