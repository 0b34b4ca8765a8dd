"""Windows of a run: where they lie, what each is given, what is shown while nothing is sure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from empatune.connectivity.dcm.parameters import prior_of
from empatune.connectivity.network import Network
from empatune.connectivity.posterior import Posterior
from empatune.connectivity.series import Series
from empatune.errors import ConnectivityError
from empatune.motives import sliding as room
from empatune.motives.network import TO_AI, motive_network, parameter_of
from empatune.motives.sliding import sliding

NETWORK = motive_network()
NAME = parameter_of(TO_AI)


@dataclass(frozen=True)
class Fitted:
    posterior: Posterior
    remarks: tuple[str, ...] = ()


def recording(n_scans: int = 100) -> Series:
    rng = np.random.default_rng(0)
    inputs = np.zeros((n_scans * 16, 2))
    inputs[::100, 0] = 1
    inputs[50::100, 1] = 1
    drift = np.column_stack([np.ones(n_scans), np.arange(n_scans) > 80])
    return Series(
        signals=rng.standard_normal((n_scans, 3)),
        inputs=inputs,
        tr_s=2.0,
        bin_s=0.125,
        confounds=drift.astype(float),
    )


def posterior(z: float) -> Posterior:
    prior = prior_of(NETWORK)
    mean = prior.mean.copy()
    mean[prior.names.index(NAME)] = z * 0.1
    return Posterior(
        names=prior.names,
        mean=mean,
        covariance=np.diag(np.where(prior.variance > 0, 0.01, 0.0)),
        prior_mean=prior.mean,
        prior_covariance=np.diag(prior.variance),
        free_energy=0.0,
    )


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[Series]:
    """What each window's fit was given; a fit of real data is in tests/recovery."""
    seen: list[Series] = []

    def fit(series: Series, network: Network, **_: Any) -> Fitted:
        assert network is NETWORK
        seen.append(series)
        return Fitted(posterior(3.0 * (-1) ** len(seen)), ("flat",) if len(seen) == 3 else ())

    monkeypatch.setattr(room, "fit", fit)
    return seen


def test_each_window_has_its_own_part_of_the_run(given: list[Series]) -> None:
    whole = recording()
    windows = sliding(whole, NETWORK, 100.0, 30.0)
    assert [each.start_s for each in windows] == [0.0, 30.0, 60.0, 90.0]
    assert [each.end_s for each in windows] == [100.0, 130.0, 160.0, 190.0]
    np.testing.assert_array_equal(given[1].signals, whole.signals[15:65])
    np.testing.assert_array_equal(given[1].inputs, whole.inputs[240:1040])
    assert given[0].confounds.shape == (50, 1)  # the second never changes in this window
    np.testing.assert_array_equal(given[3].confounds, whole.confounds[45:95])
    assert sliding(whole, NETWORK, 300.0, 30.0) == ()


def test_only_a_sure_sign_is_shown_in_colour(given: list[Series]) -> None:
    windows = sliding(recording(), NETWORK, 100.0, 30.0)
    assert windows[0].shown(NAME) == (pytest.approx(-0.3), pytest.approx(0.1), True)
    assert windows[1].shown(NAME) == (pytest.approx(0.3), pytest.approx(0.1), True)
    assert windows[2].shown(NAME)[2] is False  # the fit has a remark
    doubtful = replace(windows[0], posterior=posterior(1.0))
    assert doubtful.shown(NAME)[2] is False
    with pytest.raises(ConnectivityError, match="picks no parameter"):
        windows[0].shown("B[other] AI<-ACC")


def test_a_window_that_cannot_be_fitted_says_why() -> None:
    windows = sliding(recording(), NETWORK, 10.0, 190.0)
    assert windows[0].posterior is None
    assert "too few scans" in windows[0].remark
    mean, _, sure = windows[0].shown(NAME)
    assert np.isnan(mean)
    assert not sure
    with pytest.raises(ConnectivityError, match="shorter than a scan"):
        sliding(recording(), NETWORK, 0.5, 60.0)
