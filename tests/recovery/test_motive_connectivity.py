"""Motives of simulated people: told from connections, not from activity, and only where they are.

``benchmarks/motive_recovery.py`` does the same for hundreds of cohorts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from empatune.connectivity.dcm import schedule
from empatune.connectivity.dcm.fit import Fit
from empatune.connectivity.dcm.fitting import FitSettings, Task, fit_all
from empatune.connectivity.dcm.simulation import simulate
from empatune.errors import ConnectivityError
from empatune.motives.activity import activity_of
from empatune.motives.classification.cases import arrange
from empatune.motives.classification.features import activity_view
from empatune.motives.classification.validation import Validation, validate
from empatune.motives.cohort import (
    CONTROL,
    HELPING,
    CohortSettings,
    Recording,
    cohort_network,
    simulate_cohort,
)
from empatune.motives.network import FROM_VS, REGIONS, TO_ACC, TO_AI, TO_VS, parameter_of
from empatune.motives.sliding import sliding

NETWORK = cohort_network()
ONE_START = FitSettings(n_starts=1)
SETTINGS = CohortSettings(n_people=34, snr=3.0, n_scans=160)


@pytest.fixture(scope="module", autouse=True)
def one_program() -> Iterator[None]:
    """Give all recordings room for the same number of input patterns: they share what is compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schedule, "ROUND_PATTERNS", 8)
        yield


def fitted(recordings: tuple[Recording, ...]) -> list[Fit]:
    tasks = [Task(series=each.series, network=NETWORK) for each in recordings]
    fits = [fit for fit in fit_all(tasks, settings=ONE_START) if isinstance(fit, Fit)]
    assert len(fits) == len(recordings)
    return fits


def told(recordings: tuple[Recording, ...], values: np.ndarray) -> Validation:
    cases = arrange(
        [str(place) for place in range(values.shape[1])],
        values,
        labels=[each.motive for each in recordings],
        people=[each.person for each in recordings],
    )
    return validate(cases, n_permutations=300, rng=np.random.default_rng(0))


def changes(fits: list[Fit]) -> np.ndarray:
    return np.array([fit.posterior.select(["B"]).mean for fit in fits])


@pytest.fixture(scope="module")
def cohort() -> tuple[tuple[Recording, ...], list[Fit]]:
    recordings = simulate_cohort(SETTINGS, rng=np.random.default_rng(1))
    return recordings, fitted(recordings)


def test_connections_tell_the_motive_and_activity_does_not(
    cohort: tuple[tuple[Recording, ...], list[Fit]],
) -> None:
    recordings, fits = cohort
    connections = told(recordings, changes(fits))
    assert connections.accuracy > 0.8
    assert connections.p < 0.01
    conditions = {CONTROL: 0, HELPING: 1}
    activity = np.array([activity_view(r.series, conditions, REGIONS)[1] for r in recordings])
    assert told(recordings, activity).p > 0.05


def test_the_direction_and_order_of_each_connection_is_recovered(
    cohort: tuple[tuple[Recording, ...], list[Fit]],
) -> None:
    recordings, fits = cohort
    place = {edge: parameter_of(edge) for edge in (TO_AI, TO_ACC, TO_VS, FROM_VS)}
    mean = {
        motive: {
            edge: np.mean(
                [
                    fit.posterior.select([name]).mean[0]
                    for fit, each in zip(fits, recordings, strict=True)
                    if each.motive == motive
                ]
            )
            for edge, name in place.items()
        }
        for motive in ("empathy", "reciprocity")
    }
    empathy, reciprocity = mean["empathy"], mean["reciprocity"]
    assert empathy[TO_AI] > 0.15 > abs(empathy[TO_ACC])
    assert abs(empathy[TO_VS]) < 0.15
    assert reciprocity[TO_AI] > 0.15
    assert reciprocity[TO_VS] > reciprocity[TO_ACC] > 0.08
    assert reciprocity[TO_VS] > abs(reciprocity[FROM_VS]) + 0.15


def test_without_an_effect_of_motives_accuracy_is_at_chance() -> None:
    alike = replace(SETTINGS, effect=0.0, n_people=20)
    recordings = simulate_cohort(alike, rng=np.random.default_rng(2))
    found = told(recordings, changes(fitted(recordings)))
    assert found.p > 0.05
    assert found.accuracy <= found.chance_95


@pytest.mark.parametrize("matched", [True, False])
def test_activity_is_the_same_for_both_motives_of_a_person(matched: bool) -> None:
    settings = replace(SETTINGS, n_people=3, within=True, matched=matched)
    recordings = simulate_cohort(settings, rng=np.random.default_rng(3))
    active = [_clean_activity(each) for each in recordings]
    differences = [np.abs(active[i] - active[i + 1]).max() for i in (0, 2, 4)]
    if matched:
        assert max(differences) < 3e-3
    else:
        assert min(differences) > 0.02


def test_effects_that_no_network_can_bear_are_refused() -> None:
    with pytest.raises(ConnectivityError, match="No stable network"):
        simulate_cohort(
            replace(SETTINGS, effect=40.0, spread_hz=0.01), rng=np.random.default_rng(0)
        )


def test_a_window_as_long_as_the_run_is_the_fit_of_the_run(
    cohort: tuple[tuple[Recording, ...], list[Fit]],
) -> None:
    recordings, fits = cohort
    length_s = SETTINGS.n_scans * SETTINGS.tr_s
    (window,) = sliding(recordings[1].series, NETWORK, length_s, length_s, settings=ONE_START)
    assert window.posterior is not None
    np.testing.assert_allclose(window.posterior.mean, fits[1].posterior.mean, atol=1e-9)
    mean, sd, sure = window.shown(parameter_of(TO_VS))
    assert sure == (abs(mean) > 1.6449 * sd)


def _clean_activity(recording: Recording) -> np.ndarray:
    series = recording.series
    clean = simulate(
        NETWORK,
        recording.parameters,
        inputs=series.inputs,
        n_scans=series.n_scans,
        tr_s=series.tr_s,
        snr=np.inf,
        rng=np.random.default_rng(0),
    )
    return activity_of(clean, (0, 1))
