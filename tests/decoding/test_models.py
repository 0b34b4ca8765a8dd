"""The matrix of a model against nilearn's own general linear model, voxel by voxel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from nilearn.glm.first_level import make_first_level_design_matrix, run_glm

from empatune.decoding import models
from empatune.decoding.trials import Trials
from empatune.errors import DecodingError

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


@pytest.mark.parametrize("separate", [True, False])
def test_a_response_with_derivative_equals_plain_least_squares(
    trials: Trials, separate: bool
) -> None:
    rng = np.random.default_rng(3)
    times = TR_S / 2 + TR_S * np.arange(N_VOLUMES)
    voxels = 1000 + 10 * rng.standard_normal((N_VOLUMES, 50))
    confounds = rng.standard_normal((N_VOLUMES, 3))
    chosen = replace(trials, scored=np.array(trials.trial_type) == "a")
    nuisance = models.nuisance_basis(confounds, times, high_pass_s=100.0)
    courses = models.responses(chosen, times, hrf="spm + derivative")
    matrix = models.estimator(chosen, courses, nuisance, separate=separate)
    others = sum(courses[place] for place in range(1, 12, 2))
    slow = make_first_level_design_matrix(times, drift_model="cosine", high_pass=0.01).to_numpy()
    expected = []
    for number in range(0, 12, 2):
        same = [courses[place] for place in range(0, 12, 2) if place != number]
        rest = [sum(same)] if separate else same
        design = np.hstack([courses[number], *rest, others, confounds, slow])
        expected.append(np.linalg.lstsq(design, voxels, rcond=None)[0][0])
    np.testing.assert_allclose(matrix @ voxels, expected, rtol=1e-6, atol=1e-7)


def test_more_trials_than_volumes_need_separate_models(trials: Trials) -> None:
    times = TR_S / 2 + TR_S * np.arange(N_VOLUMES)
    nuisance = models.nuisance_basis(np.zeros((N_VOLUMES, 0)), times, high_pass_s=0.0)
    many = Trials(
        onset=np.arange(119) * 2.0,
        duration=np.ones(119),
        trial_type=("a",) * 119,
        scored=np.ones(119, dtype=bool),
        extra={},
    )
    courses = models.responses(many, times, hrf="spm")
    with pytest.raises(DecodingError, match="--estimates lss"):
        models.estimator(many, courses, nuisance, separate=False)
    assert np.isfinite(models.estimator(many, courses, nuisance, separate=True)[:110]).all()


def test_confounds_that_take_everything_are_refused() -> None:
    times = TR_S / 2 + TR_S * np.arange(30)
    with pytest.raises(DecodingError, match="leave nothing of 30 volumes"):
        models.nuisance_basis(np.eye(30)[:, :28], times, high_pass_s=0.0)


def test_equal_and_empty_confounds_count_once() -> None:
    times = TR_S / 2 + TR_S * np.arange(30)
    one = np.random.default_rng(0).standard_normal((30, 1))
    basis = models.nuisance_basis(np.hstack([one, one, 0 * one]), times, high_pass_s=0.0)
    assert basis.shape == (30, 2)
    np.testing.assert_allclose(basis.T @ basis, np.eye(2), atol=1e-12)
