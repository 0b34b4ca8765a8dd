"""Posteriors of people and their group by sums over grids, without sampling and without JAX.

People have two parameters, normal over people and independent of each other on the scale of
estimation. Each person's likelihood is known on a grid; so are the group's means and SDs. Then
every integral is a product of matrices, and the only error is the grid's (far below that of
draws: for a smooth density sums over equal steps converge faster than any power of the step).
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.stats import norm

from empatune.numerics.posterior_draws import arviz

ENDS = (0.05, 0.95)


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A parameter: where people and the group may be, and its priors."""

    people: np.ndarray
    means: np.ndarray
    spreads: np.ndarray
    centre: float
    """Prior mean of the group's mean."""
    width: float
    """Its prior SD."""
    scale: float
    """Scale of the half-normal prior of the SD over people."""

    def weights(self):
        """Probability of places of people, shape (n_groups, n_people_places)."""
        means, spreads = self.groups()
        density = norm.pdf(self.people, means[:, None], spreads[:, None])
        return density * (self.people[1] - self.people[0])

    def groups(self):
        """Every mean with every SD."""
        return tuple(one.ravel() for one in np.meshgrid(self.means, self.spreads, indexing="ij"))

    def log_prior(self):
        means, spreads = self.groups()
        return norm.logpdf(means, self.centre, self.width) + norm.logpdf(spreads, 0, self.scale)


def axis(people, means, highest_spread, *, centre, width, scale, n=31):
    """Lay equal steps between ends; SDs lie in the middle of theirs."""
    return Axis(
        people=np.linspace(*people, 161),
        means=np.linspace(*means, n),
        spreads=(np.arange(n) + 0.5) * highest_spread / n,
        centre=centre,
        width=width,
        scale=scale,
    )


def posterior(log_likelihoods, axes):
    """Give places and their probabilities of everything: ``mean``, ``spread`` and ``people``.

    log_likelihoods has the shape (n_people, places of the first parameter, of the second).
    """
    likelihoods = np.exp(log_likelihoods - log_likelihoods.max(axis=(1, 2), keepdims=True))
    first, second = (one.weights() for one in axes)
    ways = first @ likelihoods @ second.T  # of a person, given a group
    log_group = np.log(ways).sum(axis=0)
    log_group += axes[0].log_prior()[:, None] + axes[1].log_prior()
    group = np.exp(log_group - log_group.max())
    group /= group.sum()
    people = likelihoods * np.stack([first.T @ (group / way) @ second for way in ways])
    found = {"mean": [], "spread": [], "people": []}
    for place, one in enumerate(axes):
        alone = group.sum(axis=1 - place).reshape(len(one.means), -1)
        found["mean"].append((one.means, alone.sum(axis=1)))
        found["spread"].append((one.spreads, alone.sum(axis=0)))
        found["people"].append((one.people, people.sum(axis=2 - place)))
    return found


def distances(places, masses, draws, weights=None):
    """Give how far weighted draws (n_chains, n_draws) are from a posterior, in Monte Carlo errors.

    For the mean and both interval ends: ends are compared by the share of the posterior that lies
    below the draws' own.
    """
    weights = np.ones(draws.shape) if weights is None else weights / weights.mean()
    step, masses = places[1] - places[0], masses / masses.sum()
    below = PchipInterpolator(
        np.append(places - step / 2, places[-1] + step / 2), np.append(0, np.cumsum(masses))
    )
    mean = (weights * draws).mean()
    told = {"mean": (mean - masses @ places) / _error(weights * (draws - mean))}
    order = np.argsort(draws, axis=None)
    reached = np.cumsum(weights.ravel()[order]) / weights.size
    for share in ENDS:
        end = draws.ravel()[order][np.argmax(reached >= share)]
        told[share] = (below(end) - share) / _error(weights * ((draws <= end) - share))
    return told


def _error(values):
    """Monte Carlo error of a mean over dependent draws."""
    return float(arviz.mcse({"x": values}, method="mean")["x"])
