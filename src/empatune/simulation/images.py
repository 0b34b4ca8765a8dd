"""Images of many runs, here or in other processes. Knows no model, so that these start fast."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from empatune.bids import SeriesLayout, write_series
from empatune.signatures import Signature
from empatune.simulation.brain import Activity, Brain, BrainSettings, tissue_means
from empatune.simulation.confounds import confounds, displacement


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunImages:
    """The images of one run that are to be made.

    Parameters
    ----------
    image, table : Path
        Where the series and its table of confounds are written.
    activity : Activity
        What the blood does.
    tr_s : float
        Repetition time [s].
    seed : tuple of int
        Of physiology, motion and noise.
    """

    image: Path
    table: Path
    activity: Activity
    tr_s: float
    seed: tuple[int, ...]


def make_images(
    jobs: Sequence[RunImages],
    settings: BrainSettings,
    *,
    care: Signature,
    distress: Signature,
    workers: int = 1,
) -> Iterator[None]:
    """Make images, equal to the bit whatever the number of workers.

    Parameters
    ----------
    jobs : sequence of RunImages
        The runs.
    settings : BrainSettings
        The images.
    care, distress : Signature
        Where these states show.
    workers : int
        Processes.

    Yields
    ------
    None
        After every run.
    """
    if workers == 1 or len(jobs) == 1:
        brain = Brain(settings, care=care, distress=distress)
        for job in jobs:
            make(brain, job)
            yield
        return
    spawn = multiprocessing.get_context("spawn")  # a fork would copy the threads of JAX
    pool = ProcessPoolExecutor(min(workers, len(jobs)), spawn, _prepare, (settings, care, distress))
    try:
        yield from pool.map(_make_here, jobs)
    finally:
        pool.shutdown(cancel_futures=True)


def make(brain: Brain, job: RunImages) -> None:
    """Make the images of one run.

    Parameters
    ----------
    brain : Brain
        The brain.
    job : RunImages
        The run.
    """
    rng = np.random.Generator(np.random.SFC64([*job.seed]))
    courses = brain.courses(job.activity, tr_s=job.tr_s, rng=rng)
    means: list[list[float]] = []
    layout = SeriesLayout(
        grid=brain.head.grid,
        n_volumes=len(courses.loadings),
        dtype=np.dtype(np.int16),
        slope=1.0,
        intercept=0.0,
        tr_s=job.tr_s,
    )
    with threadpool_limits(1):  # several threads sum in another order
        volumes = tissue_means(brain.head, brain.volumes(courses, rng), means)
        write_series(job.image, layout, volumes)
    names = ("csf", "white_matter", "global_signal")
    signals = dict(zip(names, np.array(means).T, strict=True))
    signals["framewise_displacement"] = displacement(courses.places)
    job.table.write_text(confounds(courses.places, signals=signals), encoding="utf-8")


_HERE: list[Brain] = []  # the brain of a worker process


def _prepare(settings: BrainSettings, care: Signature, distress: Signature) -> None:
    _HERE[:] = [Brain(settings, care=care, distress=distress)]


def _make_here(job: RunImages) -> None:
    make(_HERE[0], job)
