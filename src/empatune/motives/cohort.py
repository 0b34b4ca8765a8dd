"""Simulated people who help from a known motive: recordings with its connections.

A recovery test, not evidence: signs and order of connections are those of Hein et al. 2016, all
strengths and spreads are ours. Activity is matched: each person's drives are solved so that what
a general linear model finds in every region and condition is drawn from one distribution for
all motives. What is left of the motive is how activity spreads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from empatune.connectivity.dcm.integrators import INTEGRATORS
from empatune.connectivity.dcm.inversion import Model, predict_at
from empatune.connectivity.dcm.parameters import names_of, sizes_of
from empatune.connectivity.dcm.simulation import simulate
from empatune.connectivity.network import Edge, Network
from empatune.connectivity.series import Series, Timing
from empatune.errors import ConnectivityError
from empatune.motives.activity import answer_weights
from empatune.motives.network import (
    EDGES,
    FROM_VS,
    MOTIVES,
    REGIONS,
    TO_ACC,
    TO_AI,
    TO_VS,
    motive_network,
    parameter_of,
)
from empatune.typing import BoolArray, FloatArray, IntArray

CONTROL, HELPING, MODULATOR = "control", "helping", "motive"
"""Inputs: decisions for the control partner, for the partner of the motive, and whose turn it is."""

CHANGES: Mapping[str, Mapping[Edge, float]] = MappingProxyType(
    {
        "empathy": MappingProxyType({TO_AI: 0.3}),
        "reciprocity": MappingProxyType({TO_AI: 0.3, TO_ACC: 0.2, TO_VS: 0.4}),
    }
)
"""Mean change of each connection by the motive [Hz]; our strengths, the paper's signs and order."""

CONNECTIONS: Mapping[Edge, float] = MappingProxyType(
    {TO_AI: 0.15, TO_ACC: 0.05, TO_VS: 0.15, FROM_VS: 0.0}
)
"""Mean fixed connections, the same for all motives [Hz]; ours."""

LEAST_DECAY_HZ = 0.1
"""People whose network calms down slower than this are drawn again [Hz]; ours."""

_DECISION_S = 2.0
_BINS = 16
_MOST_DRAWS = 1000
_STEP = 0.2
_MOST_ROUNDS = 30
_CLOSE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortSettings:
    """How a cohort is simulated.

    Attributes
    ----------
    n_people : int
        People in all; 34 as in the paper.
    within : bool
        Whether everybody helps from both motives, in a recording each; else half the people from
        each motive, as in the paper.
    effect : float
        What the difference between motives is multiplied by; at 0 everybody has the mean of the
        motives.
    matched : bool
        Whether drives are solved so that activity says nothing of the motive; if not, people
        keep the drives that they would have without one.
    spread_hz : float
        Standard deviation of connections and their changes between people [Hz].
    snr : float
        Signal over noise, standard deviations.
    n_scans : int
        Scans of a recording.
    tr_s : float
        Time from scan to scan [s].
    block_s : float
        How long it is one partner's turn [s].
    """

    n_people: int = 34
    within: bool = False
    effect: float = 1.0
    matched: bool = True
    spread_hz: float = 0.12
    snr: float = 2.0
    n_scans: int = 240
    tr_s: float = 2.0
    block_s: float = 40.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recording:
    """A simulated person's recording and what made it.

    Attributes
    ----------
    person, motive : str
        Who, and from which motive.
    series : Series
        The recording.
    parameters : ndarray, shape (n_parameters,)
        The parameters that made it.
    """

    person: str
    motive: str
    series: Series
    parameters: FloatArray


def cohort_network() -> Network:
    """
    Build the network of simulated people: decisions of each condition drive regions apart.

    Returns
    -------
    Network
        The motive network with two drives and one modulator.
    """
    return motive_network(MODULATOR, (CONTROL, HELPING))


def simulate_cohort(settings: CohortSettings, *, rng: np.random.Generator) -> tuple[Recording, ...]:
    """
    Simulate people who help from empathy or reciprocity, alike in activity.

    Parameters
    ----------
    settings : CohortSettings
        How many people, how strong an effect.
    rng : numpy.random.Generator
        Source of people, times and noise.

    Returns
    -------
    tuple of Recording
        A recording a person, or two where everybody has both motives.
    """
    motives = tuple(MOTIVES)
    recordings: list[Recording] = []
    for number in range(settings.n_people):
        person = _draw_person(settings, rng)
        name = f"sub-{number + 1:02d}"
        from_which = motives if settings.within else (motives[number % 2],)
        recordings += [_record(name, each, person, settings, rng) for each in from_which]
    return tuple(recordings)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Person:
    """What a person brings to every recording: fixed connections and activity."""

    connections: FloatArray
    activity: FloatArray


def _draw_person(settings: CohortSettings, rng: np.random.Generator) -> _Person:
    """Draw fixed connections, and activity of regions by condition, whatever the motive."""
    spread = settings.spread_hz / 2
    connections = np.array([CONNECTIONS[edge] for edge in EDGES])
    control = 0.35 + 0.08 * rng.standard_normal(len(REGIONS))
    helping = control + 0.07 + 0.05 * rng.standard_normal(len(REGIONS))
    return _Person(
        connections=connections + spread * rng.standard_normal(len(EDGES)),
        activity=np.stack([control, helping]),
    )


def _record(
    name: str,
    motive: str,
    person: _Person,
    settings: CohortSettings,
    rng: np.random.Generator,
) -> Recording:
    """Simulate one recording with a motive's connections and the person's activity."""
    network = cohort_network()
    names = names_of(network)
    changes = _draw_changes(motive, person, settings, rng)
    vector = np.zeros(len(names))
    for (origin, to), fixed, change in zip(EDGES, person.connections, changes, strict=True):
        vector[names.index(f"A {to}<-{origin}")] = fixed
        vector[names.index(parameter_of((origin, to), MODULATOR))] = change
    inputs = _inputs(settings, rng)
    drives = np.flatnonzero([each.startswith("C ") for each in names])[: person.activity.size]
    solved = vector if settings.matched else np.where(_is_change(names), 0.0, vector)
    vector[drives] = _match(
        solved, drives, wanted=person.activity, inputs=inputs, tr_s=settings.tr_s
    )
    series = simulate(
        network,
        vector,
        inputs=inputs,
        n_scans=settings.n_scans,
        tr_s=settings.tr_s,
        snr=settings.snr,
        rng=rng,
        name=name,
    )
    return Recording(person=name, motive=motive, series=series, parameters=vector)


def _is_change(names: tuple[str, ...]) -> BoolArray:
    return np.array([name.startswith("B[") for name in names])


def _draw_changes(
    motive: str, person: _Person, settings: CohortSettings, rng: np.random.Generator
) -> FloatArray:
    """Draw what the motive does to each connection, until the network calms down by itself."""
    table = np.array([[CHANGES[each].get(edge, 0.0) for edge in EDGES] for each in MOTIVES])
    own = table[list(MOTIVES).index(motive)]
    mean = table.mean(axis=0) + settings.effect * (own - table.mean(axis=0))
    for _ in range(_MOST_DRAWS):
        changes: FloatArray = mean + settings.spread_hz * rng.standard_normal(len(EDGES))
        if _slowest(person.connections + changes) < -LEAST_DECAY_HZ:
            return changes
    raise ConnectivityError(
        f"No stable network was drawn in {_MOST_DRAWS} tries with a spread of "
        f"{settings.spread_hz:g} Hz and an effect of {settings.effect:g}. Make them smaller."
    )


def _slowest(connections: FloatArray) -> float:
    """Give the growth rate of the network's slowest pattern [Hz]."""
    matrix = -0.5 * np.eye(len(REGIONS))
    for (origin, to), strength in zip(EDGES, connections, strict=True):
        matrix[REGIONS.index(to), REGIONS.index(origin)] = strength
    return float(np.linalg.eigvals(matrix).real.max())


def _inputs(settings: CohortSettings, rng: np.random.Generator) -> FloatArray:
    """Let partners take turns, with a decision every 8 to 14 s, shape (n_bins, 3)."""
    bin_s = settings.tr_s / _BINS
    inputs = np.zeros((settings.n_scans * _BINS, 3))
    times = np.arange(len(inputs)) * bin_s
    inputs[:, 2] = (times // settings.block_s) % 2
    onset = rng.uniform(2.0, 6.0)
    while onset < times[-1] - _DECISION_S:
        begin = int(onset / bin_s)
        inputs[begin : begin + round(_DECISION_S / bin_s), int(inputs[begin, 2])] = 1.0
        onset += rng.uniform(8.0, 14.0)
    return inputs


def _match(
    vector: FloatArray, drives: IntArray, *, wanted: FloatArray, inputs: FloatArray, tr_s: float
) -> FloatArray:
    """Solve the drives so that regions are as active as wanted, with the slopes at rest."""
    n_scans = len(inputs) // _BINS
    timing = Timing(
        inputs=inputs,
        n_scans=n_scans,
        tr_s=tr_s,
        bin_s=tr_s / _BINS,
        delays_s=np.full(len(REGIONS), tr_s / 2),
    )
    plan = INTEGRATORS["bilinear"].plan(timing)
    model = Model(sizes_of(cohort_network()), timing.bin_s)
    weights = answer_weights(timing, (0, 1), confounds=np.ones((n_scans, 1)))

    def active(tried: FloatArray) -> FloatArray:
        lanes = np.repeat(vector[:, None], len(drives), axis=1)
        lanes[drives] = tried
        courses = np.asarray(predict_at(lanes, plan, model))
        found: FloatArray = np.einsum("ct,trl->crl", weights, courses).reshape(len(drives), -1)
        return found

    slopes = active(_STEP * np.eye(len(drives))) / _STEP
    found: FloatArray = np.asarray(np.linalg.solve(slopes, wanted.ravel()), float)
    for _ in range(_MOST_ROUNDS):
        missed = wanted.ravel() - active(np.repeat(found[:, None], len(drives), axis=1))[:, 0]
        if np.abs(missed).max() < _CLOSE:
            return found
        found = found + np.asarray(np.linalg.solve(slopes, missed), float)
    raise ConnectivityError(
        "The activity of a simulated person could not be matched. Make activity or connections "
        "weaker."
    )
