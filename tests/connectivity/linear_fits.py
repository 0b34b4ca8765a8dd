"""Fits of linear models with Gaussian noise: their posterior and evidence are known exactly."""

import numpy as np

from empatune.connectivity.posterior import Posterior


def fit_exactly(design, data, *, prior_mean, prior_covariance, names, noise=1.0, name=""):
    """Give the exact posterior; parameters of prior variance 0 are fixed."""
    free = np.diag(prior_covariance) > 0
    block = np.ix_(free, free)
    fixed = design[:, ~free] @ prior_mean[~free]
    left = data - fixed - design[:, free] @ prior_mean[free]
    spread = design[:, free] @ prior_covariance[block] @ design[:, free].T
    spread = spread + noise * np.eye(len(data))
    gain = np.linalg.solve(spread, design[:, free] @ prior_covariance[block]).T
    mean, covariance = prior_mean.copy(), np.zeros_like(prior_covariance)
    mean[free] = prior_mean[free] + gain @ left
    reduced = prior_covariance[block] - gain @ design[:, free] @ prior_covariance[block]
    covariance[block] = (reduced + reduced.T) / 2
    evidence = -(
        len(data) * np.log(2 * np.pi)
        + np.linalg.slogdet(spread)[1]
        + left @ np.linalg.solve(spread, left)
    )
    return Posterior(
        names=names,
        mean=mean,
        covariance=covariance,
        prior_mean=prior_mean,
        prior_covariance=prior_covariance,
        free_energy=evidence / 2,
        name=name,
    )


def assert_same(found, expected, *, abs_=1e-8):
    """Compare two posteriors part by part."""
    for part in ("mean", "covariance", "prior_mean", "prior_covariance", "free_energy"):
        np.testing.assert_allclose(
            getattr(found, part), getattr(expected, part), rtol=0, atol=abs_, err_msg=part
        )
