"""The matrix of a model against nilearn's own general linear model, voxel by voxel."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from nilearn.glm.first_level import make_first_level_design_matrix, run_glm

from empatune.decoding import models
from empatune.decoding.trials import Trials

N_VOLUMES, TR_S = 120, 2.0


@pytest.fixture
def trials() -> Trials:
    onset = np.arange(12) * 17.0 + 8.3
    return Trials(
        onset=onset,
        duration=np.full(12, 5.0),
        trial_type=("a", "b") * 6,
        scored=np.ones(12, dtype=bool),
        extra={},
    )


def nilearn_maps(trials: Trials, voxels, confounds, times, *, separate: bool):
    maps = []
    for number in range(12):
        names = list(trials.trial_type)
        if separate:
            names[number] = "this"
        else:
            names = [f"t{place:02d}" for place in range(12)]
        events = pd.DataFrame(
            {"onset": trials.onset, "duration": trials.duration, "trial_type": names}
        )
        design = make_first_level_design_matrix(
            times,
            events,
            hrf_model="spm",
            drift_model="cosine",
            high_pass=1 / 128,
            add_regs=confounds,
            add_reg_names=["m1", "m2"],
            oversampling=50,
        )
        labels, results = run_glm(voxels, design.to_numpy(), noise_model="ols")
        column = list(design.columns).index("this" if separate else names[number])
        maps.append(results[labels[0]].theta[column])
    return np.array(maps)


@pytest.mark.parametrize("separate", [True, False])
def test_trials_equal_those_of_nilearn(trials: Trials, separate: bool) -> None:
    rng = np.random.default_rng(0)
    times = TR_S / 2 + TR_S * np.arange(N_VOLUMES)
    voxels = 1000 + 10 * rng.standard_normal((N_VOLUMES, 400))
    confounds = rng.standard_normal((N_VOLUMES, 2))
    weights = rng.standard_normal(400)
    nuisance = models.nuisance_basis(confounds, times, high_pass_s=128.0)
    courses = models.responses(trials, times, hrf="spm")
    matrix = models.estimator(trials, courses, nuisance, separate=separate)
    expected = nilearn_maps(trials, voxels, confounds, times, separate=separate)
    np.testing.assert_allclose(matrix @ voxels, expected, rtol=1e-7, atol=1e-7)
    # the signature's response of a map is the map of the signature's responses
    np.testing.assert_allclose(matrix @ (voxels @ weights), expected @ weights, rtol=1e-6)


def test_a_trial_that_the_run_cannot_tell_has_no_score(trials: Trials) -> None:
    onset = trials.onset.copy()
    onset[11] = N_VOLUMES * TR_S - 0.01  # its response comes after the end
    late = Trials(
        onset=onset,
        duration=np.full(12, 0.0),
        trial_type=trials.trial_type,
        scored=trials.scored,
        extra={},
    )
    times = TR_S / 2 + TR_S * np.arange(N_VOLUMES)
    nuisance = models.nuisance_basis(np.zeros((N_VOLUMES, 0)), times, high_pass_s=128.0)
    courses = models.responses(late, times, hrf="spm")
    matrix = models.estimator(late, courses, nuisance, separate=True)
    assert np.isfinite(matrix[:11]).all()
    assert np.isnan(matrix[11]).all()
