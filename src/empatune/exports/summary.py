"""Numbers that sum a session up: completeness, blocks, effects, couplings, delays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from empatune.exports import statistics
from empatune.exports.blocks import Stretch, baseline_conditions, settled, stretches
from empatune.exports.history import SessionHistory, VolumeHistory
from empatune.exports.measures import MOTION, Measure, measures, standardised
from empatune.exports.statistics import Estimate
from empatune.typing import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSummary:
    """What one block came to.

    Parameters
    ----------
    number : int
        Its place in the protocol, from 0.
    condition : str
        Its condition.
    parts : tuple of Stretch
        The block as it ran; more than one where a pause cut it.
    used : tuple of VolumeHistory
        Volumes that count: usable, and later than the haemodynamic delay.
    means : dict of str to Estimate
        Per measure.
    shown : float
        Mean of the values that the page was told to show; NaN if none.
    """

    number: int
    condition: str
    parts: tuple[Stretch, ...]
    used: tuple[VolumeHistory, ...]
    means: dict[str, Estimate]
    shown: float

    @property
    def volumes(self) -> tuple[VolumeHistory, ...]:
        """All of its volumes."""
        return tuple(volume for part in self.parts for volume in part.volumes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A condition against the baseline, for one measure.

    Parameters
    ----------
    measure : Measure
        The measure.
    condition : str
        The condition.
    n_blocks, n_baseline_blocks : int
        Number of blocks on both sides.
    difference : Estimate
        Mean of the block means, condition minus baseline.
    d : float
        The same over volumes, in pooled standard deviations.
    """

    measure: Measure
    condition: str
    n_blocks: int
    n_baseline_blocks: int
    difference: Estimate
    d: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupling:
    """How a measure goes with the score and with motion, volume by volume.

    Parameters
    ----------
    measure : Measure
        The measure.
    with_score : Estimate
        Its correlation with the score.
    with_motion : Estimate
        Its correlation with framewise displacement.
    """

    measure: Measure
    with_score: Estimate
    with_motion: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """How long a stage took after a volume's last byte.

    Parameters
    ----------
    stage : str
        Which stage was done.
    values_ms : ndarray, shape (n_volumes,)
        Delays [ms].
    """

    stage: str
    values_ms: FloatArray

    def quantile(self, share: float) -> float:
        """Return the delay that a share of the volumes stays below.

        Parameters
        ----------
        share : float
            Between 0 and 1.

        Returns
        -------
        float
            The delay [ms]; NaN if there is none.
        """
        return float(np.quantile(self.values_ms, share)) if len(self.values_ms) else float("nan")


def counted(history: SessionHistory, stretch: Stretch) -> tuple[VolumeHistory, ...]:
    """Return the volumes of a block that count for it.

    Parameters
    ----------
    history : SessionHistory
        The session.
    stretch : Stretch
        The block.

    Returns
    -------
    tuple of VolumeHistory
        Usable, standardised, and later than the haemodynamic delay after the block's start.
    """
    return tuple(
        volume
        for volume in stretch.volumes
        if volume.usable and settled(history, volume) and standardised(volume)
    )


def blocks(history: SessionHistory) -> tuple[BlockSummary, ...]:
    """Sum up every block.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    tuple of BlockSummary
        In their order, without pauses.
    """
    found = measures(history)
    ran = [stretch for stretch in stretches(history) if stretch.block >= 0]
    groups = [tuple(parts) for _, parts in groupby(ran, key=lambda stretch: stretch.block)]
    used = [tuple(v for part in parts for v in counted(history, part)) for parts in groups]
    rho = {m.name: statistics.autocorrelation([m.series(v) for v in used]) for m in found}
    return tuple(
        BlockSummary(
            number=parts[0].block,
            condition=parts[0].condition,
            parts=parts,
            used=volumes,
            means={
                m.name: statistics.mean(m.series(volumes), correlation=rho[m.name]) for m in found
            },
            shown=_shown(history, parts),
        )
        for parts, volumes in zip(groups, used, strict=True)
    )


def effects(
    history: SessionHistory, summaries: Iterable[BlockSummary] | None = None
) -> tuple[Effect, ...]:
    """Compare every condition with the baseline, for every measure.

    Parameters
    ----------
    history : SessionHistory
        The session.
    summaries : iterable of BlockSummary, optional
        What `blocks` said, to spare its time.

    Returns
    -------
    tuple of Effect
        Condition by condition.
    """
    used = [b for b in (blocks(history) if summaries is None else summaries) if b.used]
    baseline = baseline_conditions(history)
    rest = [block for block in used if block.condition in baseline]
    conditions = dict.fromkeys(b.condition for b in used if b.condition not in baseline)
    return tuple(
        _effect(measure, [b for b in used if b.condition == condition], rest)
        for condition in conditions
        for measure in measures(history)
    )


def learning(history: SessionHistory, summaries: Iterable[BlockSummary]) -> dict[str, Estimate]:
    """Estimate how the score changes from block to block of every condition.

    Parameters
    ----------
    history : SessionHistory
        The session.
    summaries : iterable of BlockSummary
        What `blocks` said.

    Returns
    -------
    dict of str to Estimate
        Slope of the block means per condition other than the baseline [baseline SD per block].
    """
    baseline = baseline_conditions(history)
    means: dict[str, list[float]] = {}
    for block in summaries:
        if block.used and block.condition not in baseline:
            means.setdefault(block.condition, []).append(block.means["score"].value)
    return {condition: statistics.slope(np.array(values)) for condition, values in means.items()}


def couplings(history: SessionHistory) -> tuple[Coupling, ...]:
    """Correlate every measure with the score and with motion.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    tuple of Coupling
        Over the volumes that count for a block.
    """
    volumes = [
        volume
        for stretch in stretches(history)
        if stretch.block >= 0
        for volume in counted(history, stretch)
    ]
    values = {measure.name: measure.series(volumes) for measure in measures(history)}
    nothing = Estimate(value=np.nan, low=np.nan, high=np.nan, n=len(volumes))
    return tuple(
        Coupling(
            measure=measure,
            with_score=statistics.correlation(values[measure.name], values["score"]),
            with_motion=nothing
            if measure.name == MOTION
            else statistics.correlation(values[measure.name], values[MOTION]),
        )
        for measure in measures(history)
        if measure.name != "score"
    )


def delays(history: SessionHistory) -> tuple[Delay, ...]:
    """Return how long every stage took, for volumes that did not wait for the preparation.

    Parameters
    ----------
    history : SessionHistory
        The session.

    Returns
    -------
    tuple of Delay
        Recorded, decoded, handed to the pages, drawn by each page.
    """
    timed = [v for v in history.volumes if v.timing is not None and not v.waited]
    stages: dict[str, list[float]] = {}
    for volume in timed:
        timing = volume.timing
        if timing is None:
            continue
        done = {
            "recorded": timing.recorded_ns,
            "decoded": timing.decoded_ns,
            "handed to the pages": timing.shown_ns,
            "drawn on the participant page": volume.drawn_ns.get("participant"),
            "drawn on the operator page": volume.drawn_ns.get("operator"),
        }
        for stage, moment in done.items():
            values = stages.setdefault(stage, [])
            if moment is not None:
                values.append((moment - timing.received_ns) / 1e6)
    return tuple(Delay(stage=stage, values_ms=np.array(v)) for stage, v in stages.items())


def _effect(measure: Measure, active: list[BlockSummary], rest: list[BlockSummary]) -> Effect:
    means = [np.array([b.means[measure.name].value for b in group]) for group in (active, rest)]
    values = [measure.series(v for b in group for v in b.used) for group in (active, rest)]
    return Effect(
        measure=measure,
        condition=active[0].condition,
        n_blocks=len(active),
        n_baseline_blocks=len(rest),
        difference=statistics.difference(means[0], means[1]),
        d=statistics.effect_size(values[0], values[1]),
    )


def _shown(history: SessionHistory, parts: tuple[Stretch, ...]) -> float:
    if history.sealed:
        return float("nan")
    told = [volume.during for part in parts for volume in part.volumes]
    values = [feedback.value for feedback in told if feedback is not None and feedback.show]
    return float(np.mean(values)) if values else float("nan")
