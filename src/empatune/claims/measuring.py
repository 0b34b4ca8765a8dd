"""What a scanner and a questionnaire make of people: a value a trial, with all that blurs it.

Activity of regions takes the way of real data: it becomes a time series with haemodynamics,
noise that remembers, and drift; the model that `decode` uses turns that into a value a trial.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from empatune.decoding.models import estimator, nuisance_basis
from empatune.decoding.trials import Trials
from empatune.errors import ClaimError
from empatune.motives import LOADINGS, Simulated
from empatune.numerics.design import boxcar_responses
from empatune.paradigms import Paradigm
from empatune.simulation.cohort import Layout
from empatune.simulation.regions import ScannedRun, scan, scanned_runs
from empatune.typing import FloatArray

HIGH_PASS_S = 128.0

MODULES: Mapping[str, str] = {
    "prefrontal": "training_presence",
    "frontoinsular": "training_concern",
    "temporal": "training_mentalizing",
}
"""Cortex that each module of a long training changed, and the training.

Valk et al. 2017, doi 10.1126/sciadv.1700489: presence, socio-affective, socio-cognitive."""


def structure(
    layout: Layout,
    people: Mapping[str, FloatArray],
    cortex: str,
    *,
    rng: np.random.Generator,
) -> FloatArray:
    """Measure the thickness of cortex, once a session.

    Parameters
    ----------
    layout : Layout
        The trials.
    people : mapping of str to ndarray, shape (n_people,)
        Parameters of the model.
    cortex : str
        Which: a name in ``MODULES``.
    rng : Generator
        Of people's own thickness and of errors.

    Returns
    -------
    ndarray, shape (n_rows,)
        Thickness [standard deviations between people], the same in all trials of a session.

    Raises
    ------
    ClaimError
        If no such cortex is known.
    """
    if cortex not in MODULES:
        raise ClaimError(f"No training is known to change '{cortex}'. Known: {', '.join(MODULES)}.")
    n_people = len(layout.there)
    session = layout.codes("session")
    own = rng.standard_normal(n_people)
    error = 0.3 * rng.standard_normal((n_people, session.max() + 1))
    trained = layout.table[MODULES[cortex]].to_numpy(dtype=float)
    grown: FloatArray = people["plasticity"][layout.person] * trained
    return own[layout.person] + grown + error[layout.person, session]


class Scanner:
    """Scans the regions of people who went through the same trials, as often as one likes.

    Parameters
    ----------
    layout : Layout
        The trials.
    paradigm : Paradigm
        Their design, with a repetition time.
    seed : int
        Seed of delays, noise and drift.

    Raises
    ------
    ClaimError
        If nobody is scanned.
    """

    def __init__(self, layout: Layout, paradigm: Paradigm, *, seed: int) -> None:
        tr_s = paradigm.paradigm.tr_s
        if tr_s is None:
            raise ClaimError(f"Nobody is scanned in {paradigm.name}: it has no tr_s.")
        self._layout, self._seed = layout, seed
        self._runs = [
            _Modelled(run) for run in scanned_runs(layout, paradigm, tr_s=tr_s, seed=seed)
        ]

    def measure(self, simulated: Simulated, region: str) -> FloatArray:
        """Scan a region and estimate its response to every trial.

        Parameters
        ----------
        simulated : Simulated
            What the regions do.
        region : str
            Which.

        Returns
        -------
        ndarray, shape (n_rows,)
            Its response to each trial; NaN where the trial is not modelled.

        Raises
        ------
        ClaimError
            If the region does not exist.
        """
        if region not in LOADINGS:
            raise ClaimError(f"There is no region '{region}'. The model has {', '.join(LOADINGS)}.")
        rng = np.random.default_rng([self._seed, zlib.crc32(region.encode())])
        activity = self._layout.gather(simulated.seen.activity[region])
        found = np.full(len(activity), np.nan)
        for run in self._runs:
            found[run.events] = run.estimate(activity[run.events], rng)
        return found


class _Modelled:
    """A run of one person with the model that is fitted to it."""

    def __init__(self, run: ScannedRun) -> None:
        self.events = run.events
        n_volumes = run.least_volumes
        self._true = run.responses(n_volumes)
        expected = boxcar_responses(run.onset, run.duration, n_volumes=n_volumes, tr_s=run.tr_s)
        trials = Trials(
            onset=run.onset,
            duration=run.duration,
            trial_type=("trial",) * len(run.onset),
            scored=np.ones(len(run.onset), dtype=bool),
            extra={},
        )
        courses = [column[:, None] for column in expected.T]
        self._model = estimator(trials, courses, _nuisance(n_volumes, run.tr_s), separate=False)

    def estimate(self, activity: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Scan a region and return its response to each trial."""
        estimates: FloatArray = self._model @ scan(self._true, activity, rng)
        return estimates


@lru_cache(maxsize=512)
def _nuisance(n_volumes: int, tr_s: float) -> FloatArray:
    frame_times = (np.arange(n_volumes, dtype=np.float64) + 0.5) * tr_s
    return nuisance_basis(np.zeros((n_volumes, 0)), frame_times, high_pass_s=HIGH_PASS_S)
