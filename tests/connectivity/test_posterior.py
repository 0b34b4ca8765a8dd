import numpy as np
import pytest
from scipy.stats import norm

from empatune.connectivity.posterior import Posterior, check_alike
from empatune.errors import ConnectivityError

NAMES = ("A AI<-ACC", "A ACC<-AI", "B[motive] AI<-ACC", "B[motives] AI<-ACC", "C AI<-x", "decay")
VARIANCES = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 0.5])


def make(**changes):
    parts = {
        "names": NAMES,
        "mean": np.array([0.5, 0.0, -1.0, 0.2, 0.0, 0.1]),
        "covariance": np.diag(VARIANCES / 4),
        "prior_mean": np.zeros(6),
        "prior_covariance": np.diag(VARIANCES),
        "free_energy": -10.0,
        "name": "sub-01",
    }
    return Posterior(**(parts | changes))


@pytest.mark.parametrize(
    ("fields", "picked"),
    [
        ("all", [0, 2, 3, 5]),
        (["A"], [0]),
        ("B", [2, 3]),
        (["B[motive]"], [2]),
        (["decay", "A AI<-ACC"], [0, 5]),
    ],
)
def test_fields_pick_what_is_estimated(fields, picked):
    assert make().places(fields).tolist() == picked


def test_selection_is_the_marginal():
    part = make().select(["B[motive]", "decay"])
    assert part.names == ("B[motive] AI<-ACC", "decay")
    assert part.mean.tolist() == [-1.0, 0.1]
    assert np.diag(part.covariance).tolist() == [0.25, 0.125]
    assert part.free_energy == -10.0


def test_probability_of_a_sign_is_that_of_the_tail():
    probability = make().sign_probability
    assert np.isnan(probability[[1, 4]]).all()
    assert probability[2] == pytest.approx(norm.cdf(1.0 / 0.5))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (["A ACC<-AI"], "'A ACC<-AI' is fixed in the posterior of sub-01"),
        (["C"], "'C' is fixed"),
        (["transit"], "'transit' picks no parameter.*Estimated are: A AI<-ACC, B"),
        ([], "No parameters were asked for"),
    ],
)
def test_fields_that_pick_nothing_are_told(fields, message):
    with pytest.raises(ConnectivityError, match=message):
        make().places(fields)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mean": np.zeros(5)}, r"mean of the posterior of sub-01 has shape \(5,\)"),
        ({"mean": np.full(6, np.nan)}, "The posterior of sub-01 holds NaN"),
        ({"free_energy": np.inf}, "NaN or infinity"),
        ({"names": ("A", *NAMES[2:], "A")}, "each its own"),
        ({"covariance": np.triu(np.ones((6, 6)))}, "no covariance"),
        ({"prior_covariance": -np.eye(6)}, "prior covariance of the posterior of sub-01"),
    ],
)
def test_what_no_analysis_could_use_is_refused(changes, message):
    with pytest.raises(ConnectivityError, match=message):
        make(**changes)


def test_other_parameters_are_named():
    other = make(names=(*NAMES[:5], "epsilon"), name="sub-02")
    with pytest.raises(ConnectivityError, match=r"sub-02 .* than sub-01 .*decay, epsilon"):
        check_alike([make(), other])
    turned = make(names=NAMES[::-1], name="sub-03")
    with pytest.raises(ConnectivityError, match="the order differs"):
        check_alike([make(), turned])
    with pytest.raises(ConnectivityError, match="No posteriors"):
        check_alike([])
