"""One run as a task: all that a worker needs, and whatever goes wrong as its outcome."""

from __future__ import annotations

import errno
import hashlib
import json
import resource
import sys
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from empatune import __version__
from empatune.bids.derivatives import RunFiles
from empatune.decoding.outcome import Outcome
from empatune.decoding.outputs import DIGEST, table_path, write_scores
from empatune.decoding.run import decode_run
from empatune.decoding.settings import DecodingSettings
from empatune.errors import EmpatuneError
from empatune.files import checksum
from empatune.numerics.threads import one_thread
from empatune.signatures import CATALOGUE, Signature, find, load
from empatune.typing import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """All that a worker needs to decode one run.

    Parameters
    ----------
    run : RunFiles
        The run's files.
    maps : tuple of (str, str)
        Names or paths of the signatures, each with the checksum of its file.
    settings : DecodingSettings
        How.
    folder : Path
        Where the results go.
    """

    run: RunFiles
    maps: tuple[tuple[str, str], ...]
    settings: DecodingSettings
    folder: Path

    @property
    def path(self) -> Path:
        """The trial table that it makes."""
        return table_path(self.folder, self.run, self.settings.estimates)

    def facts(self) -> JsonObject:
        """Return what the result depends on.

        Returns
        -------
        dict
            Version, settings, signatures and inputs, and the digest of it all.
        """
        files = (self.run.bold, self.run.mask, self.run.confounds, self.run.events)
        facts: JsonObject = {
            "Version": __version__,
            "Settings": self.settings.to_json(),
            "Signatures": dict(self.maps),
            "Inputs": {path.name: trace(path) for path in files if path is not None},
            "Timing": {k: self.run.metadata.get(k) for k in ("RepetitionTime", "StartTime")},
        }
        text = json.dumps(facts, sort_keys=True)
        return {DIGEST: hashlib.sha256(text.encode()).hexdigest(), **facts}


def perform(job: Job) -> Outcome:
    """Decode one run and write what it says; whatever goes wrong becomes the outcome.

    Parameters
    ----------
    job : Job
        The run and all it needs.

    Returns
    -------
    Outcome
        What became of it.
    """
    start = time.perf_counter()
    status: Literal["done", "failed"] = "failed"
    n_trials, why = 0, ""
    try:
        job.path.with_suffix(".json").unlink(missing_ok=True)  # what was there no longer counts
        with one_thread():
            scores = decode_run(job.run, _signatures(job.maps), job.settings)
        n_trials = write_scores(job.path, job.run, scores, notes=job.facts())
        status, why = "done", "; ".join(scores.notes)
    except EmpatuneError as problem:
        why = str(problem)
    except OSError as problem:
        full = problem.errno in (errno.ENOSPC, errno.EDQUOT)
        why = f"The disk of {job.folder} is full: make room." if full else str(problem)
    except Exception as problem:  # noqa: BLE001 - one bad run never stops the rest
        why = f"{type(problem).__name__}: {problem}"
    return Outcome(
        run=job.run.stem,
        status=status,
        why=why,
        n_trials=n_trials,
        seconds=round(time.perf_counter() - start, 3),
        memory_mib=round(_peak_mib(), 1),
    )


def map_checksum(name: str) -> str:
    """Tell a weight map from a changed one.

    Parameters
    ----------
    name : str
        Name of the catalogue or path of a weight map.

    Returns
    -------
    str
        SHA-256 of its file.

    Raises
    ------
    SignatureError
        If it cannot be loaded.
    """
    load(name)  # a clear error before any run, not one for each
    entry = CATALOGUE.get(name)
    path = find(entry) if entry is not None else Path(name).expanduser()
    return checksum(path) if path is not None else ""


def trace(path: Path) -> str:
    """Tell a file from a changed one: by content if small, else by size and time.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        Equal for files that are taken as unchanged.
    """
    try:
        facts = path.stat()
        if facts.st_size <= 10_000_000 and not path.name.endswith((".nii", ".nii.gz")):
            return checksum(path)
    except OSError:
        return "missing"
    return f"{facts.st_size} bytes, {facts.st_mtime_ns} ns"


@lru_cache(maxsize=1)
def _signatures(maps: tuple[tuple[str, str], ...]) -> tuple[Signature, ...]:
    return tuple(load(name) for name, _ in maps)


def _peak_mib() -> float:
    """Tell the peak of this process alone; what ``resource`` tells begins with the parent's."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1024**2 if sys.platform == "darwin" else 1024)
