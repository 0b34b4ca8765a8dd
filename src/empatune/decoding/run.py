"""One run decoded: its images pass once through a block of memory, and scores remain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from empatune.bids.derivatives import RunFiles
from empatune.core import Grid
from empatune.decoding import models
from empatune.decoding.confounds import read_confounds
from empatune.decoding.scorer import Scorer
from empatune.decoding.series import Series
from empatune.decoding.settings import DecodingSettings
from empatune.decoding.trials import NO_TRIALS, Trials, read_trials
from empatune.errors import DecodingError
from empatune.signatures import Signature
from empatune.typing import BoolArray, FloatArray

BLOCK = 16
"""Volumes that are read at a time."""

LARGEST = 256_000_000
"""Memory that maps of trials may take; for more trials the run is read again [bytes]."""

_SPIKE = 1e-9

GRAND_MEAN = 100.0
"""What the brain's mean over the run is scaled to."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunScores:
    """What every trial of a run says.

    Parameters
    ----------
    trials : Trials
        The run's events.
    names, kinds, measures : tuple of str
        Of every column of the scores: signature or system, which of them, and what is measured.
    scores : ndarray, shape (n_trials, n_columns)
        One row a scored trial; NaN where the run cannot tell it from others.
    coverage_voxels, coverage_weight : ndarray, shape (n_columns,)
        Share of each map's voxels and weight energy in the brain.
    volumes : ndarray, shape (n_volumes, n_columns), or None
        Scores of every volume, where these are what was estimated.
    confounds : tuple of str
        Columns that were taken out.
    times_s : ndarray, shape (n_volumes,)
        When each volume was measured [s].
    notes : tuple of str
        What a user should know.
    """

    trials: Trials
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    measures: tuple[str, ...]
    scores: FloatArray
    coverage_voxels: FloatArray
    coverage_weight: FloatArray
    volumes: FloatArray | None
    confounds: tuple[str, ...]
    times_s: FloatArray
    notes: tuple[str, ...]


def decode_run(
    run: RunFiles, signatures: Sequence[Signature], settings: DecodingSettings
) -> RunScores:
    """Score the trials of a run on signatures and component systems.

    Parameters
    ----------
    run : RunFiles
        The run's files.
    signatures : sequence of Signature
        The signatures.
    settings : DecodingSettings
        How.

    Returns
    -------
    RunScores
        The scores.

    Raises
    ------
    DecodingError
        If a file is missing or does not fit the others.
    ImageError
        If an image is damaged or not in MNI space.
    """
    if run.bold is None:
        raise DecodingError(f"{run.stem} of the raw data set has no preprocessed series.")
    if "Damaged" in run.metadata:
        raise DecodingError(str(run.metadata["Damaged"]))
    series = Series.open(run.bold)
    times = _frame_times(run, series)
    trials = _trials(run, settings, run_s=series.n_volumes * float(times[1] - times[0]))
    confounds, columns = read_confounds(
        run.confounds, settings.confounds, n_volumes=series.n_volumes
    )
    nuisance = models.nuisance_basis(confounds, times, high_pass_s=settings.high_pass_s)
    scorer = Scorer(signatures, series.grid, _brain(run, series), settings)
    if settings.estimates == "volumes":
        volumes = _score_volumes(series, scorer, nuisance, settings)
        scores = _windows(volumes, trials, times, delay_s=settings.delay_s)
    else:
        volumes = None
        courses = models.responses(trials, times, hrf=settings.hrf)
        matrix = models.estimator(trials, courses, nuisance, separate=settings.estimates == "lss")
        scores = _score_trials(series, scorer, matrix, settings)
    names, kinds, measures = zip(*scorer.columns, strict=True)
    return RunScores(
        trials=trials,
        names=names,
        kinds=kinds,
        measures=measures,
        scores=scores,
        coverage_voxels=scorer.coverage[0],
        coverage_weight=scorer.coverage[1],
        volumes=volumes,
        confounds=columns,
        times_s=times,
        notes=_notes(scores, volumes, scorer),
    )


def _trials(run: RunFiles, settings: DecodingSettings, *, run_s: float) -> Trials:
    """Read the events; where volumes are scored, rest and films have none."""
    if settings.estimates == "volumes" and run.events is None:
        return NO_TRIALS
    return read_trials(run.events, run_s=run_s, trial_types=settings.trial_types)


def _frame_times(run: RunFiles, series: Series) -> FloatArray:
    """Say when volumes were measured: as the sidecar tells, else in the middle of each."""
    told = run.metadata.get("RepetitionTime")
    tr_s = float(told) if isinstance(told, int | float) else series.tr_s
    if not 0.05 <= tr_s <= 30 or series.n_volumes < 3:
        raise DecodingError(
            f"{series.path.name} has {series.n_volumes} volumes with a repetition time of "
            f"{tr_s:g} s; at least 3 volumes and 0.05 to 30 s are needed. "
            "Write RepetitionTime into its sidecar."
        )
    start = run.metadata.get("StartTime")
    first = float(start) if isinstance(start, int | float) else tr_s / 2
    return np.asarray(first + tr_s * np.arange(series.n_volumes), dtype=np.float64)


def _brain(run: RunFiles, series: Series) -> BoolArray:
    import nibabel

    if run.mask is None:
        raise DecodingError(f"{run.stem} has no *_desc-brain_mask.nii.gz in {run.space}.")
    try:
        image: Any = nibabel.load(run.mask)
        values = np.asarray(image.dataobj)
    except Exception as problem:  # nibabel raises many kinds for damaged files
        raise DecodingError(f"{run.mask} cannot be read: {problem}") from problem
    if values.ndim != 3 or not Grid(shape=values.shape, affine=image.affine).matches(series.grid):
        raise DecodingError(
            f"{run.mask.name} does not lie in the grid of {series.path.name}: "
            f"shapes {values.shape} and {series.grid.shape}."
        )
    brain: BoolArray = values > 0
    if not brain.any():
        raise DecodingError(f"{run.mask.name} is empty.")
    return brain


def _score_trials(
    series: Series, scorer: Scorer, matrix: FloatArray, settings: DecodingSettings
) -> FloatArray:
    scores = np.full((len(matrix), len(scorer.columns)), np.nan)
    known = np.flatnonzero(np.isfinite(matrix).all(axis=1))
    at_once = max(1, LARGEST // (8 * scorer.n_voxels))
    for first in range(0, len(known), at_once):
        rows = known[first : first + at_once]
        maps, scale = _combine(series, scorer.brain, matrix[rows])
        maps *= _factor(scale, settings, series)
        scores[rows] = scorer.score(maps)
    return scores


def _combine(series: Series, brain: BoolArray, matrix: FloatArray) -> tuple[FloatArray, float]:
    """Apply a matrix to a series as it is read; return the maps and the brain's mean."""
    maps = np.zeros((len(matrix), int(brain.sum())))
    total, first = np.zeros(maps.shape[1]), 0
    for block in series.blocks(brain, n_volumes=BLOCK):
        maps += matrix[:, first : first + len(block)] @ block
        total += block.sum(axis=0)
        first += len(block)
    present = total[np.isfinite(total)] / series.n_volumes
    return maps, float(present.mean()) if present.size else 0.0


def _factor(mean: float, settings: DecodingSettings, series: Series) -> float:
    if settings.scaling == "none":
        return 1.0
    if not mean > 1e-3:
        raise DecodingError(
            f"The brain's mean in {series.path.name} is {mean:g}: the series is empty or was "
            "demeaned. Decode demeaned series with --scaling none."
        )
    return GRAND_MEAN / mean


def _score_volumes(
    series: Series, scorer: Scorer, nuisance: FloatArray, settings: DecodingSettings
) -> FloatArray:
    loads, mean = _combine(series, scorer.brain, nuisance.T)
    factor = _factor(mean, settings, series)
    return np.vstack(list(_residual_scores(series, scorer, nuisance, loads, factor)))


def _residual_scores(
    series: Series, scorer: Scorer, nuisance: FloatArray, loads: FloatArray, factor: float
) -> Iterator[FloatArray]:
    first = 0
    spent = (nuisance**2).sum(axis=1) > 1 - _SPIKE  # spikes leave nothing of these volumes
    for block in series.blocks(scorer.brain, n_volumes=BLOCK):
        block -= nuisance[first : first + len(block)] @ loads
        block[spent[first : first + len(block)]] = np.nan
        yield scorer.score(block * factor)
        first += len(block)


def _windows(
    volumes: FloatArray, trials: Trials, times: FloatArray, *, delay_s: float
) -> FloatArray:
    """Average the volumes of each trial's response that have a score; at least one TR's length."""
    tr_s = times[1] - times[0]
    known = np.isfinite(volumes).any(axis=1)
    chosen = np.flatnonzero(trials.scored)
    rows = np.full((len(chosen), volumes.shape[1]), np.nan)
    for row, number in zip(rows, chosen, strict=True):
        start = trials.onset[number] + delay_s
        within = (times >= start) & (times < start + max(trials.duration[number], tr_s)) & known
        if within.any():
            row[:] = volumes[within].mean(axis=0)
    return rows


def _notes(scores: FloatArray, volumes: FloatArray | None, scorer: Scorer) -> tuple[str, ...]:
    notes = []
    if volumes is not None and not len(scores):
        notes.append("no events: volumes are scored, and there are no trials")
    n_spikes = 0 if volumes is None else int(np.isnan(volumes).all(axis=1).sum())
    if n_spikes:
        notes.append(f"{n_spikes} volumes were taken out as spikes and have no score")
    n_lost = int(np.isnan(scores).all(axis=1).sum())
    if n_lost:
        notes.append(f"{n_lost} trials cannot be estimated: too near the end or one another")
    limit = 0.9
    low = {
        name: min(pair)
        for (name, _, _), pair in zip(scorer.columns, scorer.coverage.T, strict=True)
        if min(pair) < limit
    }
    notes += [f"{name}: only {share:.0%} in the brain" for name, share in low.items()]
    return tuple(notes)
