"""The tasks of a study: reading a series, and fitting a network to it."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from empatune import __version__
from empatune.connectivity.network import Network
from empatune.connectivity.series import Series
from empatune.decoding.connections.assembly import Group, assemble, describe_space
from empatune.decoding.connections.methods import DYNAMIC, fit_by
from empatune.decoding.connections.settings import ReadingSettings
from empatune.decoding.connections.space import ModelSpace
from empatune.decoding.connections.storage import (
    DIGEST,
    describe_network,
    digest_of,
    load_series,
    pack_fit,
    pack_series,
    read_facts,
)
from empatune.decoding.job import trace
from empatune.errors import EmpatuneError
from empatune.files import checksum, write_whole
from empatune.numerics.threads import one_thread
from empatune.typing import JsonObject

if TYPE_CHECKING:
    from empatune.connectivity.dcm.fitting import FitSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of a task.

    Parameters
    ----------
    status : {"done", "kept", "failed"}
        Done now, found finished from before, or failed.
    why : str
        What went wrong, or what a user should know.
    seconds : float
        Time it took [s].
    """

    status: Literal["done", "kept", "failed"]
    why: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingJob:
    """All that a worker needs to make a series.

    Parameters
    ----------
    group : Group
        The runs.
    space : ModelSpace
        Regions and inputs.
    settings : ReadingSettings
        How.
    folder : Path
        Where paths of masks begin.
    path : Path
        Where the series goes.
    """

    group: Group
    space: ModelSpace
    settings: ReadingSettings
    folder: Path
    path: Path

    @property
    def digest(self) -> str:
        """What the series depends on, as a digest."""
        masks = [self.folder / part.mask for part in self.space.regions.values() if part.mask]
        files = [path for each in self.group.recordings for path in each.files]
        facts: JsonObject = {
            "Version": __version__,
            "Files": {str(path): trace(path) for path in (*files, *masks)},
            "Metadata": [dict(each.metadata) for each in self.group.recordings],
            "Settings": self.settings.to_json(),
            **describe_space(self.space),
        }
        return digest_of(facts)

    def finished(self) -> bool:
        """Tell whether the series is there, made of the same.

        Returns
        -------
        bool
            True if it need not be made again.
        """
        return read_facts(self.path).get(DIGEST) == self.digest

    def perform(self) -> Told:
        """Read the runs and write their series.

        Returns
        -------
        Told
            What became of it.
        """

        def work() -> str:
            series, facts = assemble(self.group, self.space, self.settings, folder=self.folder)
            write_whole(self.path, pack_series(series, {DIGEST: self.digest, **facts}))
            return ""

        return _attempt(work, self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class FitJob:
    """All that a worker needs to fit a network to a series.

    Parameters
    ----------
    group : Group
        Whose series it is.
    name : str
        Name of the network.
    network : Network
        The network.
    series : Path
        The series.
    settings : FitSettings
        How.
    path : Path
        Where the fit goes.
    method : str
        Name in `empatune.decoding.connections.methods.METHODS`.
    """

    group: Group
    name: str
    network: Network
    series: Path
    settings: FitSettings
    path: Path
    method: str = DYNAMIC

    @property
    def digest(self) -> str:
        """What the fit depends on, as a digest."""
        return digest_of(
            {
                "Version": __version__,
                "Series": checksum(self.series),
                "Network": describe_network(self.network),
                "Settings": asdict(self.settings),
                "Method": self.method,
            }
        )

    def finished(self) -> bool:
        """Tell whether the fit is there, made of the same.

        Returns
        -------
        bool
            True if it need not be made again.
        """
        return self.path.is_file() and read_facts(self.path).get(DIGEST) == self.digest

    def perform(self) -> Told:
        """Fit and write.

        Returns
        -------
        Told
            What became of it.
        """

        def work() -> str:
            series = _series(self.series)
            found = fit_by(self.method, series, self.network, settings=self.settings)
            facts: JsonObject = {
                DIGEST: self.digest,
                "Participant": self.group.participant,
                "Run": self.group.run,
                "Network": self.name,
                "Method": self.method,
                "Settings": asdict(self.settings),
            }
            write_whole(self.path, pack_fit(found, facts))
            return "; ".join(found.remarks)

        return _attempt(work, self.path)


Job = ReadingJob | FitJob


def perform(job: Job) -> Told:
    """
    Do a task; whatever goes wrong becomes what is told.

    Parameters
    ----------
    job : ReadingJob or FitJob
        The task.

    Returns
    -------
    Told
        What became of it.
    """
    return job.perform()


def _attempt(work: object, path: Path) -> Told:
    start = time.perf_counter()
    status: Literal["done", "failed"] = "failed"
    try:
        path.unlink(missing_ok=True)  # what was there no longer counts
        with one_thread():
            why = work()  # type: ignore[operator]
        status = "done"
    except EmpatuneError as problem:
        why = str(problem)
    except OSError as problem:
        why = f"{path} cannot be written: {problem}."
    except Exception as problem:  # noqa: BLE001 - one bad recording never stops the rest
        why = f"{type(problem).__name__}: {problem}"
    return Told(status=status, why=why, seconds=round(time.perf_counter() - start, 3))


@lru_cache(maxsize=8)
def _read(path: Path, changed_ns: int) -> Series:  # noqa: ARG001 - a changed file is another
    return load_series(path)


def _series(path: Path) -> Series:
    """Read a series once for all networks."""
    return _read(path, path.stat().st_mtime_ns)
