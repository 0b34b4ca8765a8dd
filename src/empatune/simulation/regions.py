"""Time series of regions: what blood and scanner make of their activity, run by run."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import signal

from empatune.motives import LOADINGS
from empatune.numerics.design import boxcar_responses
from empatune.paradigms import Paradigm
from empatune.simulation.cohort import Layout
from empatune.typing import FloatArray, IntArray

DELAY_S = 0.5
"""Standard deviation between people of how late the blood answers [s]."""

NOISE = 0.5
"""Standard deviation of a region's noise [units of a component]."""

MEMORY = 0.4
"""Correlation of a region's noise from one volume to the next."""

DRIFT = 1.0
"""Standard deviation of slow drift [units of a component]."""

AFTER_S = 12.0
"""Scanning after the last trial [s]."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScannedRun:
    """One run of one person: what happens when, and how the blood follows it.

    Parameters
    ----------
    rows : ndarray of int, shape (n_trials,)
        All its rows in the table of trials, in time.
    events : ndarray of int, shape (n_events,)
        Those of them that have a modelled phase.
    onset, duration : ndarray, shape (n_events,)
        Of that phase, from the first volume [s].
    person : int
        Whose it is.
    delay_s : float
        How late their blood answers [s].
    tr_s : float
        Repetition time [s].
    end_s : float
        When the last trial is over [s].
    """

    rows: IntArray
    events: IntArray
    onset: FloatArray
    duration: FloatArray
    person: int
    delay_s: float
    tr_s: float
    end_s: float

    @property
    def least_volumes(self) -> int:
        """Volumes until the blood has answered to the last modelled phase."""
        return int(np.ceil((self.onset[-1] + self.duration[-1] + AFTER_S) / self.tr_s))

    @property
    def n_volumes(self) -> int:
        """Volumes until all is over and answered."""
        return max(self.least_volumes, int(np.ceil(self.end_s / self.tr_s)))

    def responses(self, n_volumes: int) -> FloatArray:
        """Tell how the blood follows each event.

        Parameters
        ----------
        n_volumes : int
            Length of the run.

        Returns
        -------
        ndarray, shape (n_volumes, n_events)
            Its answer to activity of 1.
        """
        late = self.onset + self.delay_s
        return boxcar_responses(late, self.duration, n_volumes=n_volumes, tr_s=self.tr_s)


def scanned_runs(layout: Layout, paradigm: Paradigm, *, tr_s: float, seed: int) -> list[ScannedRun]:
    """List the runs of an experiment in which something is modelled.

    Parameters
    ----------
    layout : Layout
        The trials.
    paradigm : Paradigm
        Their design.
    tr_s : float
        Repetition time [s].
    seed : int
        Seed of people's delays.

    Returns
    -------
    list of ScannedRun
        Person after person.
    """
    delays = DELAY_S * np.random.default_rng(seed).standard_normal(len(layout.there))
    onset, duration = _events(layout.table, paradigm)
    end = (layout.table["onset"] + layout.table["duration"]).to_numpy(dtype=float)
    found = []
    for rows in _runs(layout.table):
        events = rows[np.isfinite(onset[rows])]
        if not len(events):
            continue
        person = int(layout.person[events[0]])
        run = ScannedRun(
            rows=rows,
            events=events,
            onset=onset[events],
            duration=duration[events],
            person=person,
            delay_s=float(delays[person]),
            tr_s=tr_s,
            end_s=float(end[rows].max()) + paradigm.timing.end_s,
        )
        found.append(run)
    return found


def scan(responses: FloatArray, activity: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Scan a region in one run.

    Parameters
    ----------
    responses : ndarray, shape (n_volumes, n_events)
        How the blood follows each event.
    activity : ndarray, shape (n_events,)
        What the region does in each [units of a component].
    rng : Generator
        Of noise and drift.

    Returns
    -------
    ndarray, shape (n_volumes,)
        Its time series [units of a component]: haemodynamics, noise that remembers, and drift.
    """
    n_volumes = len(responses)
    white = rng.standard_normal(n_volumes)
    noise = NOISE * signal.lfilter([np.sqrt(1 - MEMORY**2)], [1, -MEMORY], white)
    time = np.arange(n_volumes) / n_volumes
    drift = DRIFT * np.sqrt(2) * np.sin(np.pi * time + rng.uniform(0, 2 * np.pi))
    series: FloatArray = responses @ activity + noise + drift
    return series


def scan_all(
    run: ScannedRun, activity: Mapping[str, FloatArray], *, seed: int
) -> dict[str, FloatArray]:
    """Scan all regions in one run.

    Parameters
    ----------
    run : ScannedRun
        The run.
    activity : mapping of str to ndarray, shape (n_rows,)
        What each region does in every row of the table of trials [units of a component].
    seed : int
        Seed of noise and drift.

    Returns
    -------
    dict of str to ndarray, shape (n_volumes,)
        Time series by region [units of a component].
    """
    responses = run.responses(run.n_volumes)
    found = {}
    for region in LOADINGS:
        rng = np.random.default_rng([seed, zlib.crc32(region.encode()), int(run.rows[0])])
        found[region] = scan(responses, activity[region][run.events], rng)
    return found


def _events(table: pd.DataFrame, paradigm: Paradigm) -> tuple[FloatArray, FloatArray]:
    """Return onset and duration of the modelled phase of each trial; NaN where it has none."""
    modelled = [phase.name for phase in paradigm.timing.phases if phase.modelled]
    if not modelled:
        return table["onset"].to_numpy(dtype=float), table["duration"].to_numpy(dtype=float)
    onset = table[f"onset_{modelled[0]}"].to_numpy(dtype=float).copy()
    duration = table[f"duration_{modelled[0]}"].to_numpy(dtype=float).copy()
    for name in modelled[1:]:
        missing = ~np.isfinite(onset)
        onset[missing] = table[f"onset_{name}"].to_numpy(dtype=float)[missing]
        duration[missing] = table[f"duration_{name}"].to_numpy(dtype=float)[missing]
    return onset, duration


def _runs(table: pd.DataFrame) -> list[IntArray]:
    """Return the rows of each run, in time."""
    grouped = table.groupby(["participant", "session", "run"], observed=True, sort=False)
    onset = table["onset"].to_numpy(dtype=float)
    return [rows[np.argsort(onset[rows])] for rows in grouped.indices.values()]
