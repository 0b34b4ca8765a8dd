"""A decoder of one person: trained on blocks of a localizer, tested on another run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import optimize, special

from empatune.errors import TrainingError
from empatune.signatures.training.blocks import Block, Contrast, hold_out_together
from empatune.signatures.training.data import Images, TrainingData
from empatune.signatures.training.evaluation import Result, evaluate
from empatune.signatures.training.folds import permuted
from empatune.signatures.training.localizer import Run, block_images, noise, responsive
from empatune.signatures.training.measures import Measure
from empatune.signatures.training.permutation import Null
from empatune.signatures.training.procedure import (
    Progress,
    Trained,
    TrainingSettings,
    measures_of,
    train,
)
from empatune.typing import BoolArray, Float32Array, FloatArray, IntArray

FEWEST_VOXELS = 20
"""A decoder of fewer voxels is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """From a score to the probability of the positive side.

    Parameters
    ----------
    threshold : float
        Score at which both sides are as probable.
    scale : float
        How far from it the odds are e to 1.
    """

    threshold: float
    scale: float

    def probability(self, scores: FloatArray) -> FloatArray:
        """Return the probability of the positive side.

        Parameters
        ----------
        scores : ndarray, shape (n_blocks,)
            Scores.

        Returns
        -------
        ndarray, shape (n_blocks,)
            0 to 1.
        """
        return np.asarray(special.expit((scores - self.threshold) / self.scale))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scored:
    """Blocks of a run with their scores.

    Parameters
    ----------
    blocks : tuple of Block
        Those of both sides, by onset.
    outcome : ndarray, shape (n_blocks,)
        1 and -1.
    scores : ndarray, shape (n_blocks,)
        What the decoder says; out of fold in the run that it was trained on.
    pairs : ndarray, shape (n_blocks,), int
        What was held out, or is compared, together.
    results : dict of str to Result
        Measures with permutation p.
    """

    blocks: tuple[Block, ...]
    outcome: FloatArray
    scores: FloatArray
    pairs: IntArray
    results: dict[str, Result] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decoder:
    """A decoder of one person.

    Parameters
    ----------
    contrast : Contrast
        What it tells apart.
    run : Run
        The localizer.
    trained : Trained
        The map with its validation; weights in the unit of the images, so that the score of an
        image is ``weights . image + intercept``.
    calibration : Calibration
        From out-of-fold scores to probabilities.
    localizer : Scored
        The blocks that it was trained on, scored out of fold.
    test : Scored or None
        Blocks of another run.
    """

    contrast: Contrast
    run: Run
    trained: Trained
    calibration: Calibration
    localizer: Scored
    test: Scored | None = None


def train_decoder(
    run: Run,
    blocks: Sequence[Block],
    contrast: Contrast,
    *,
    settings: TrainingSettings | None = None,
    least_t: float | None = None,
    progress: Progress = lambda _step, _share: None,
) -> Decoder:
    """Train a decoder on a localizer; cross-validate it over blocks of that run.

    Images of blocks are divided by each voxel's noise before training (Misaki et al. 2010, doi
    10.1016/j.neuroimage.2010.05.051), and the weights after it, so that they fit raw images.

    Parameters
    ----------
    run : Run
        The localizer.
    blocks : sequence of Block
        All its blocks; those on neither side are modelled and not trained on.
    contrast : Contrast
        What to tell apart.
    settings : TrainingSettings, optional
        How; ridge regression if not given. Folds hold blocks of both sides.
    least_t : float, optional
        Train on voxels alone that answer to blocks of any kind, up or down, with such a t; on
        the whole brain if not given.
    progress : callable
        Told what is being done and how far it is.

    Returns
    -------
    Decoder
        Map, validation, calibration.

    Raises
    ------
    TrainingError
        If blocks are too few, or do not fit the run.
    """
    settings = settings or TrainingSettings(method="ridge")
    outcome = contrast.outcome(blocks)
    chosen = np.flatnonzero(outcome)
    folds = hold_out_together(outcome[chosen], n_folds=settings.n_folds)
    progress("estimating blocks", 0.0)
    spread = noise(run, blocks)
    voxels = _voxels(run, blocks, spread=spread, least_t=least_t)
    images = block_images(run, blocks)[chosen][:, voxels]
    spread = spread[voxels]
    progress("estimating blocks", 1.0)
    trained = train(
        TrainingData(
            images=_images((images / spread).astype(np.float32), run, voxels=voxels),
            outcome=outcome[chosen],
            groups=folds,
            classes=contrast.names,
            outcome_name="condition",
            group_name="set of blocks",
            space="the person's own EPI",
        ),
        replace(settings, n_folds=None),
        progress=progress,
    )
    localizer = Scored(
        blocks=tuple(blocks[row] for row in chosen),
        outcome=outcome[chosen],
        scores=trained.predictions,
        pairs=folds,
        results=trained.results,
    )
    return Decoder(
        contrast=contrast,
        run=run,
        trained=_for_raw_images(trained, spread),
        calibration=calibrate(trained.predictions, outcome[chosen]),
        localizer=localizer,
    )


def assess_decoder(
    decoder: Decoder,
    run: Run,
    blocks: Sequence[Block],
    *,
    n_permutations: int = 2000,
    seed: int = 1,
) -> Decoder:
    """Score the blocks of a run that the decoder has not seen.

    Parameters
    ----------
    decoder : Decoder
        The decoder.
    run : Run
        Another run of the same person, brought to the same reference.
    blocks : sequence of Block
        All its blocks.
    n_permutations : int
        Exchanges of the labels of the blocks.
    seed : int
        Seed of permutations and intervals.

    Returns
    -------
    Decoder
        With the test: forced choice compares blocks that are neighbours in time.

    Raises
    ------
    TrainingError
        If blocks are too few, or do not fit the run.
    """
    outcome = decoder.contrast.outcome(blocks)
    chosen = np.flatnonzero(outcome)
    truth = outcome[chosen]
    pairs = hold_out_together(truth)
    inside = decoder.trained.data.images.mask[run.head.brain]
    images = block_images(run, blocks)[chosen][:, inside].astype(np.float64)
    scores = images @ decoder.trained.weights + decoder.trained.intercept
    measures = measures_of(decoder.trained.data)
    results = evaluate(scores, truth, pairs, measures=measures, seed=seed)
    null = _exchanged(scores, truth, pairs, measures=measures, n=n_permutations, seed=seed)
    found = Scored(
        blocks=tuple(blocks[row] for row in chosen),
        outcome=truth,
        scores=scores,
        pairs=pairs,
        results={name: null.test(result) for name, result in results.items()},
    )
    return replace(decoder, test=found)


def calibrate(scores: FloatArray, outcome: FloatArray) -> Calibration:
    """Fit probabilities to out-of-fold scores.

    Platt's method with his smoothed targets, which stays finite where both sides separate
    completely (Lin, Lin & Weng 2007, doi 10.1007/s10994-007-5018-6).

    Parameters
    ----------
    scores : ndarray, shape (n_blocks,)
        Out-of-fold scores.
    outcome : ndarray, shape (n_blocks,)
        1 and -1.

    Returns
    -------
    Calibration
        Threshold and scale; the scale is infinite where higher scores do not go with the positive
        side.
    """
    n_positive, n_against = (outcome > 0).sum(), (outcome < 0).sum()
    targets = np.where(outcome > 0, (n_positive + 1) / (n_positive + 2), 1 / (n_against + 2))
    middle, spread = float(scores.mean()), float(scores.std()) or 1.0
    z = (scores - middle) / spread

    def loss(line: FloatArray) -> tuple[float, FloatArray]:
        logit = line[0] * z + line[1]
        error = special.expit(logit) - targets
        return float((np.logaddexp(0, logit) - targets * logit).sum()), np.array(
            [error @ z, error.sum()]
        )

    found = optimize.minimize(loss, np.zeros(2), jac=True, method="BFGS")
    slope, shift = (float(value) for value in found.x)
    if slope <= 0:
        return Calibration(threshold=middle, scale=np.inf)
    return Calibration(threshold=middle - spread * shift / slope, scale=spread / slope)


def _exchanged(
    scores: FloatArray,
    outcome: FloatArray,
    pairs: IntArray,
    *,
    measures: Sequence[Measure],
    n: int,
    seed: int,
) -> Null:
    """Exchange the labels of all blocks; for forced choice those of neighbours."""
    rng = np.random.default_rng(seed)
    every = [rng.permutation(outcome) for _ in range(n)]
    near = [permuted(outcome, pairs, rng) for _ in range(n)]
    return Null(
        kind="free",
        values={
            m.name: np.array(
                [
                    m.function(scores, each, pairs)
                    for each in (near if m.name == "forced_choice" else every)
                ]
            )
            for m in measures
            if m.chance is not None
        },
    )


def _voxels(
    run: Run, blocks: Sequence[Block], *, spread: FloatArray, least_t: float | None
) -> BoolArray:
    if least_t is None:
        return np.ones(len(spread), dtype=bool)
    found = np.abs(responsive(run, blocks, spread=spread)) >= least_t
    if found.sum() < FEWEST_VOXELS:
        raise TrainingError(
            f"{int(found.sum())} voxels answer to the blocks with a t of {least_t:g}; at least "
            f"{FEWEST_VOXELS} are needed. Ask for a smaller t, or look whether events and series "
            "belong together."
        )
    return np.asarray(found)


def _images(values: Float32Array, run: Run, *, voxels: BoolArray) -> Images:
    if not np.isfinite(values).all():
        raise TrainingError("An estimate of a block is not finite: look at the run.")
    mask = np.zeros(run.head.grid.shape, dtype=bool)
    mask[run.head.brain] = voxels
    digest = hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()
    return Images(values=values, mask=mask, grid=run.head.grid, checksum=digest)


def _for_raw_images(trained: Trained, spread: FloatArray) -> Trained:
    """Divide weights by the noise instead of images."""
    statistics = trained.statistics
    if statistics is not None:
        in_unit = {
            name: getattr(statistics, name) / spread for name in ("mean", "error", "low", "high")
        }
        statistics = replace(statistics, **in_unit)
    return replace(trained, weights=trained.weights / spread, statistics=statistics)
