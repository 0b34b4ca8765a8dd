import numpy as np
import pytest
from tests.connectivity.linear_fits import fit_exactly

from empatune.connectivity.comparison.reduction import switch_off
from empatune.connectivity.group.averaging import average_models, average_participants
from empatune.errors import ConnectivityError

NAMES = ("A one", "A two", "decay")
PRIOR_MEAN = np.array([0.1, 0.0, 0.3])
PRIOR = np.diag([1.0, 0.5, 0.0])


def people(n=4, prior=PRIOR):
    rng = np.random.default_rng(5)
    fits, designs, series = [], [], []
    for number in range(n):
        design = rng.normal(size=(10 + 5 * number, 3))
        data = design @ [0.8, -0.5, 0.3] + rng.normal(size=len(design))
        designs.append(design)
        series.append(data)
        fits.append(
            fit_exactly(
                design,
                data,
                prior_mean=PRIOR_MEAN,
                prior_covariance=prior,
                names=NAMES,
                name=f"sub-{number}",
            )
        )
    return fits, np.concatenate(designs), np.concatenate(series)


def test_with_the_prior_once_people_are_one_long_recording():
    fits, design, data = people()
    whole = fit_exactly(design, data, prior_mean=PRIOR_MEAN, prior_covariance=PRIOR, names=NAMES)
    average = average_participants(fits, prior_once=True)
    assert average.mean == pytest.approx(whole.mean)
    assert average.covariance == pytest.approx(whole.covariance)


def test_as_spm_precisions_add():
    fits, _, _ = people()
    average = average_participants(fits)
    precisions = [np.linalg.inv(fit.covariance[:2, :2]) for fit in fits]
    assert np.linalg.inv(average.covariance[:2, :2]) == pytest.approx(sum(precisions))
    weighted = sum(p @ fit.mean[:2] for p, fit in zip(precisions, fits, strict=True))
    assert average.mean[:2] == pytest.approx(np.linalg.solve(sum(precisions), weighted))
    assert average.mean[2] == pytest.approx(0.3)
    assert average.sd[2] == 0
    assert average.free_energy == pytest.approx(sum(fit.free_energy for fit in fits))


def test_models_mix_by_their_evidence():
    full = people()[0][0]
    models = [full, switch_off(full, ["A two"])]
    average = average_models(models)
    rng = np.random.default_rng(6)
    odds = np.exp(models[1].free_energy - models[0].free_energy)
    share = rng.random(200_000) < odds / (1 + odds)
    draws = np.where(
        share[:, None],
        *(rng.multivariate_normal(m.mean, m.covariance, 200_000) for m in models[::-1]),
    )
    assert average.mean == pytest.approx(draws.mean(axis=0), abs=0.01)
    assert average.covariance == pytest.approx(np.cov(draws.T), abs=0.01)
    mean_evidence = np.logaddexp(models[0].free_energy, models[1].free_energy) - np.log(2)
    assert average.free_energy == pytest.approx(mean_evidence)


def test_models_far_behind_stay_out():
    full = people()[0][3]
    behind = switch_off(full, ["A"])
    assert behind.free_energy < full.free_energy - 1
    assert average_models([behind, full], window=1.0).mean == pytest.approx(full.mean)


def test_who_differs_is_named():
    fits, _, _ = people()
    other = switch_off(fits[1], ["A two"])
    with pytest.raises(ConnectivityError, match=r"sub-1 estimates other.*A two is fixed"):
        average_participants([fits[0], other])
    wide = people(prior=PRIOR * 2)[0][2]
    with pytest.raises(ConnectivityError, match="sub-2 has other priors"):
        average_participants([fits[0], wide], prior_once=True)
