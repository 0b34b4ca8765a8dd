"""Reading a series to its end, or as far as it is needed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Event

from empatune.core import Volume
from empatune.realtime.messages import VolumeLost
from empatune.realtime.sources import open_source


def read_series(
    series: str,
    *,
    n_wanted: int | None = None,
    progress: Callable[[int], None] = lambda _n_read: None,
) -> tuple[list[Volume], int]:
    """Read volumes of a series.

    Parameters
    ----------
    series : str
        A folder of DICOM files, a NIfTI image or a folder of them, or any source of a session.
    n_wanted : int, optional
        Stop after so many volumes; all if not given.
    progress : callable
        Told how many volumes were read.

    Returns
    -------
    volumes : list of Volume
        In their order.
    n_lost : int
        Volumes that could not be used.
    """
    spec = f"replay:{series}?pace=0" if Path(series).exists() else series
    stop = Event()
    volumes: list[Volume] = []
    n_lost = 0
    with tempfile.TemporaryDirectory(prefix="empatune-") as spool:
        source = open_source(spec, spool=Path(spool))
        source.open()
        try:
            for message in source.messages(stop):
                if isinstance(message, Volume) and (n_wanted is None or len(volumes) < n_wanted):
                    volumes.append(message)
                    progress(len(volumes))
                elif isinstance(message, VolumeLost):
                    n_lost += 1
                if len(volumes) == n_wanted:
                    stop.set()
        finally:
            source.close()
    return volumes, n_lost
