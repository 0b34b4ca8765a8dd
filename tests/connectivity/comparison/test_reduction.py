"""Reduction is exact where posteriors are Gaussian: it must equal refitting."""

import numpy as np
import pytest
from tests.connectivity.linear_fits import assert_same, fit_exactly

from empatune.connectivity.comparison.reduction import (
    log_evidence_without,
    reduce,
    switch_off,
    without,
)
from empatune.errors import ConnectivityError

NAMES = ("A one", "A two", "B one", "B two", "decay")


@pytest.fixture
def data():
    rng = np.random.default_rng(3)
    design = rng.normal(size=(30, 5))
    return design, design @ [0.6, -0.4, 0.0, 0.9, 0.3] + rng.normal(size=30)


@pytest.fixture
def prior():
    rng = np.random.default_rng(4)
    root = rng.normal(size=(5, 5)) / 3
    covariance = root @ root.T + np.eye(5)
    covariance[4, :] = covariance[:, 4] = 0.0
    return np.array([0.1, 0.0, 0.2, 0.0, 0.25]), covariance


@pytest.fixture
def full(data, prior):
    return fit_exactly(
        *data, prior_mean=prior[0], prior_covariance=prior[1], names=NAMES, name="sub-01"
    )


def test_other_priors_give_what_refitting_gives(data, full):
    mean = np.array([-0.2, 0.3, 0.0, 0.1, 0.25])
    covariance = np.diag([0.3, 0.8, 0.2, 0.1, 0.0])
    covariance[0, 1] = covariance[1, 0] = 0.2
    refitted = fit_exactly(*data, prior_mean=mean, prior_covariance=covariance, names=NAMES)
    assert_same(reduce(full, prior_mean=mean, prior_covariance=covariance), refitted)


def test_priors_may_widen_while_the_data_hold_the_parameters(data, full, prior):
    wide = prior[1] * 20
    refitted = fit_exactly(*data, prior_mean=prior[0], prior_covariance=wide, names=NAMES)
    assert_same(reduce(full, prior_covariance=wide), refitted, abs_=1e-6)


@pytest.mark.parametrize("off", [["B one"], ["A two", "B"], ["A", "B"]])
def test_switching_off_is_refitting_without(data, full, prior, off):
    gone = np.isin(NAMES, full.select(off).names)
    mean = np.where(gone, 0.0, prior[0])
    covariance = np.where(np.outer(~gone, ~gone), prior[1], 0.0)
    refitted = fit_exactly(*data, prior_mean=mean, prior_covariance=covariance, names=NAMES)
    assert_same(switch_off(full, off), refitted)
    change = log_evidence_without(full, gone[None])
    assert change[0] == pytest.approx(refitted.free_energy - full.free_energy, abs=1e-8)


def test_narrow_priors_tend_to_switching_off(full, prior):
    """The limit is continuous: where other software adds a small variance, results meet."""
    nearly = np.array([1, 1, 1e-5, 1, 1])
    narrow = prior[1] * np.outer(nearly, nearly)
    mean = prior[0] * [1, 1, 0, 1, 1]
    close = reduce(full, prior_mean=mean, prior_covariance=narrow)
    assert_same(close, switch_off(full, ["B one"]), abs_=1e-4)


def test_a_value_other_than_zero_is_kept(full):
    fixed = switch_off(full, ["B one"], value=0.7)
    assert fixed.mean[2] == fixed.prior_mean[2] == 0.7
    assert fixed.sd[2] == 0.0
    assert fixed.mean[4] == 0.25


def test_same_priors_change_nothing(full):
    assert_same(reduce(full), full, abs_=0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"prior_mean": np.zeros(4)}, r"must be finite and of shape \(5,\)"),
        ({"prior_covariance": np.full((5, 5), np.nan)}, "must be finite"),
        ({"prior_covariance": np.eye(5)}, "decay: fixed in the full model"),
        ({"prior_mean": np.zeros(5)}, "decay: fixed in the full model"),
    ],
)
def test_what_the_full_model_cannot_say_is_refused(full, changes, message):
    with pytest.raises(ConnectivityError, match=message):
        reduce(full, **changes)


def test_a_prior_wider_than_the_data_hold_is_refused(prior):
    nothing = fit_exactly(
        np.zeros((3, 5)), np.zeros(3), prior_mean=prior[0], prior_covariance=prior[1], names=NAMES
    )
    too_sure = np.diag([0.1, 0.1, 0.1, 0.1, 0.0])
    doubtful = reduce(nothing, prior_covariance=too_sure)
    wider = type(doubtful)(
        names=NAMES,
        mean=doubtful.mean,
        covariance=doubtful.covariance * 1.5,
        prior_mean=doubtful.prior_mean,
        prior_covariance=doubtful.prior_covariance,
        free_energy=0.0,
    )
    with pytest.raises(ConnectivityError, match="wider than the fit can say"):
        reduce(wider, prior_covariance=prior[1] * 9)


def test_marks_of_another_length_are_refused(full):
    with pytest.raises(ConnectivityError, match="5 parameters"):
        without(full, np.zeros(4, bool))
