from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from empatune.connectivity.dcm.fit import Failure, Fit
from empatune.connectivity.dcm.fitting import FitSettings, Task, fit, fit_all, fits_of
from empatune.connectivity.dcm.parameters import prior_of
from empatune.connectivity.dcm.scoring import Noise
from empatune.connectivity.dcm.simulation import simulate
from empatune.connectivity.network import Network, connect
from empatune.connectivity.series import Series
from empatune.errors import ConnectivityError
from empatune.typing import FloatArray

NETWORK = connect(["ACC", "AI"], ["events"], driven={"events": ["ACC"]})
N_SCANS, BINS = 100, 16


def truth(network: Network = NETWORK) -> FloatArray:
    prior = prior_of(network)
    vector = prior.mean.copy()
    vector[prior.names.index("A AI<-ACC")] = 0.5
    vector[prior.names.index("C ACC<-events")] = 0.6
    return vector


def recording(snr: float = 5.0, name: str = "sub-01") -> Series:
    inputs = np.zeros((N_SCANS * BINS, 1))
    for onset in range(40, N_SCANS * BINS, 170):
        inputs[onset : onset + 16] = 1
    rng = np.random.default_rng(2)
    return simulate(
        NETWORK, truth(), inputs=inputs, n_scans=N_SCANS, tr_s=2.0, snr=snr, rng=rng, name=name
    )


@pytest.fixture(scope="module")
def fitted() -> Fit:
    return fit(recording(), NETWORK)


def test_a_fit_tells_how_it_went(fitted: Fit) -> None:
    assert fitted.ascent.stop == "converged"
    assert len(fitted.ascent.free_energies) == fitted.ascent.iterations
    assert fitted.ascent.free_energies.max() == pytest.approx(fitted.free_energy)
    assert fitted.explained.min() > 0.8
    assert fitted.remarks == ()
    np.testing.assert_allclose(fitted.signals, fitted.predicted + fitted.residuals)


def test_the_strong_direction_is_found(fitted: Fit) -> None:
    there = fitted.posterior.names.index("A AI<-ACC")
    back = fitted.posterior.names.index("A ACC<-AI")
    assert fitted.posterior.mean[there] > 0.25
    assert abs(fitted.posterior.mean[back]) < fitted.posterior.mean[there] / 2


def test_a_fit_is_the_same_to_the_bit(fitted: Fit) -> None:
    again = fit(recording(), NETWORK)
    np.testing.assert_array_equal(again.posterior.mean, fitted.posterior.mean)
    assert again.free_energy == fitted.free_energy


def test_more_starts_never_lose_evidence(fitted: Fit) -> None:
    more = fit(recording(), NETWORK, settings=FitSettings(n_starts=4, seed=1))
    assert len(more.ascents) == 4
    assert more.free_energy >= fitted.free_energy
    assert more.free_energy == max(ascent.free_energy for ascent in more.ascents)


def test_noise_alone_is_remarked() -> None:
    rng = np.random.default_rng(3)
    series = replace(recording(), signals=0.5 * rng.standard_normal((N_SCANS, 2)))
    assert "of any region's variance" in fit(series, NETWORK).remarks[0]


def test_one_failure_does_not_end_the_others() -> None:
    heard: list[Fit | Failure] = []
    short = Task(series=recording(name="sub-02"), network=connect(["ACC", "AI", "VS"], ["events"]))
    outcomes = fit_all([short, Task(series=recording(), network=NETWORK)], told=heard.append)
    assert isinstance(outcomes[0], Failure)
    assert outcomes[0].name == "sub-02"
    assert "sub-02 has 2 regions and 1 inputs; the network has 3" in outcomes[0].reason
    assert [one.name for one in fits_of(outcomes)] == ["sub-01"]
    assert len(heard) == 2


def test_unstable_parameters_are_a_message_not_a_number() -> None:
    prior = prior_of(NETWORK)
    wild = prior.mean.copy()
    for edge in ("A AI<-ACC", "A ACC<-AI"):
        wild[prior.names.index(edge)] = 9.0
    wild[prior.names.index("C ACC<-events")] = 0.5
    with pytest.raises(ConnectivityError, match="unstable from each of 1 starts"):
        fit(recording(), NETWORK, prior=replace(prior, mean=wild))
    with pytest.raises(ConnectivityError, match="signals grow without limit"):
        simulate(
            NETWORK,
            wild,
            inputs=recording().inputs,
            n_scans=N_SCANS,
            tr_s=2.0,
            snr=1.0,
            rng=np.random.default_rng(0),
        )


def test_too_few_scans_are_refused() -> None:
    whole = recording()
    short = replace(
        whole, signals=whole.signals[:4], inputs=whole.inputs[: 4 * BINS], confounds=np.ones((4, 1))
    )
    with pytest.raises(ConnectivityError, match="too few scans: 4 of 2 regions give 8 values"):
        fit(short, NETWORK)


def test_gates_need_an_integrator_that_keeps_them() -> None:
    gates = np.zeros((2, 2, 2), bool)
    gates[0, 1, 0] = True
    with pytest.raises(ConnectivityError, match="integrator='local-linear'"):
        fit(recording(), replace(NETWORK, gates=gates))


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ConnectivityError, match=r"no integrator 'rk4'\. Integrators: bilinear"):
        FitSettings(integrator="rk4")
    with pytest.raises(ConnectivityError, match=r"no scheme 'em'\. Schemes: spm12, converged"):
        FitSettings(scheme="em")
    with pytest.raises(ConnectivityError, match="at least 1; given: 0"):
        FitSettings(n_starts=0)


def test_a_prior_of_another_network_is_refused() -> None:
    with pytest.raises(ConnectivityError, match="Begin from prior_of"):
        fit(recording(), NETWORK, prior=prior_of(connect(["a", "b"], ["events"])))


def test_a_prior_that_expects_more_noise_finds_wider_intervals() -> None:
    noisy = recording(snr=1.0)
    strict, open_minded = (
        fit(noisy, NETWORK, settings=FitSettings(noise=noise)).posterior
        for noise in (Noise(), Noise(4.0, 1.0))
    )
    place = strict.names.index("A AI<-ACC")
    assert open_minded.sd[place] > 1.1 * strict.sd[place]
