"""Whether posterior samples can be believed, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from empatune.behaviour.wording import counted, first_of
from empatune.numerics.posterior_draws import arviz
from empatune.typing import BoolArray, FloatArray

LARGEST_R_HAT = 1.01
"""Chains agree below this (Vehtari et al. 2021, doi:10.1214/20-BA1221)."""

LOOSE_R_HAT = 1.05
"""Above this even one person among many is not settled: with a hundred numbers, chance alone
brings one to 1.01 in a thousand draws."""

FEWEST = 200
"""Independent draws that a mean and a 90 % interval need."""

LEAST_ENERGY = 0.3
"""Of the fraction of missing information on energy (Betancourt 2016, arXiv:1604.00695)."""

_GROUP = {"coefficients": "the group's coefficient", "spread": "the spread of people"}
"""What is known of the group, and what it is called."""


def convergence_cautions(draws: Any) -> tuple[tuple[str, ...], BoolArray]:
    """
    Say in words what speaks against believing posterior samples.

    Parameters
    ----------
    draws : arviz.InferenceData
        Posterior samples, with ``coefficients``, ``spread``, ``scaled`` and sampler statistics.

    Returns
    -------
    cautions : tuple of str
        Each says what was seen, what it means and what to do; empty if all is well.
    converged : ndarray of bool, shape (n_people,)
        Whose parameters have settled.
    """
    posterior = draws.posterior
    kept = [*_GROUP, "scaled"]
    r_hat, bulk = arviz.rhat(posterior, var_names=kept), arviz.ess(posterior, var_names=kept)
    tail = arviz.ess(posterior, var_names=kept, method="tail")
    enough = np.minimum(bulk["scaled"], tail["scaled"]) >= FEWEST
    agreed = (
        r_hat["scaled"] <= LOOSE_R_HAT
        if posterior.sizes["chain"] > 1
        else np.isfinite(bulk["scaled"])
    )
    settled: BoolArray = (enough & agreed).all("parameter").values
    cautions = (
        *_of_chains(posterior, r_hat),
        *_of_numbers(bulk, tail),
        *_of_steps(draws.sample_stats),
        *_of_people(posterior, settled),
    )
    return cautions, settled


def _of_chains(posterior: Any, r_hat: Any) -> Iterator[str]:
    """Say whether chains agree on the group."""
    if posterior.sizes["chain"] < 2:
        yield (
            "There is one chain alone, so nothing shows whether another would have ended "
            "elsewhere. Run at least two."
        )
        return
    worst = {name: float(r_hat[name].max()) for name in _GROUP}
    name = max(worst, key=lambda one: worst[one])
    if worst[name] > LARGEST_R_HAT:
        yield (
            f"Chains do not agree on the group: R-hat of {_GROUP[name]} ({_where(r_hat[name])}) is "
            f"{worst[name]:.3f}, and should be at most {LARGEST_R_HAT}. Means and intervals "
            f"depend on the chain. Take more --warmup and --draws; if that does not help, the "
            f"trials do not tell this parameter: hold it, or take a simpler model."
        )
    for stuck in _stuck(posterior):
        yield (
            f"Chain {stuck + 1} stayed in a place of its own. There may be two explanations of "
            f"the trials. Run more chains with another seed and look whether they part again."
        )


def _stuck(posterior: Any) -> list[int]:
    """Find chains that lie apart from the others by more than they move."""
    numbers = posterior["coefficients"].values
    means, moves = numbers.mean(axis=1), numbers.std(axis=1)
    others = (means.sum(axis=0) - means) / (len(means) - 1)
    still = moves.max(axis=0) < 1e-8 * (1 + np.abs(means).max(axis=0))
    apart = np.abs(means - others) > 3 * np.median(moves, axis=0)
    found = (apart & ~still).reshape(len(means), -1).any(axis=1)
    stays = (moves.reshape(len(means), -1) < 1e-8).any(axis=1)
    if len(means) == 2 and found.all():
        found = np.array([False, True])
    return [int(place) for place in np.flatnonzero(found | stays)]


def _of_numbers(bulk: Any, tail: Any) -> Iterator[str]:
    """Say whether there are enough independent draws of the group."""
    sizes = [
        (float(size[name].min()), f"{_GROUP[name]} ({_where(-size[name])})", kind)
        for kind, size in (("bulk", bulk), ("tail", tail))
        for name in _GROUP
    ]
    least, name, kind = min(sizes, key=lambda one: one[0] if one[0] >= 0 else -1.0)
    if not least >= FEWEST:
        yield (
            f"Draws follow one another too closely: the {kind} effective sample size of {name} is "
            f"{least:.0f}, and means and ends of intervals need {FEWEST}. Take more draws (--draws)."
        )


def _of_steps(statistics: Any) -> Iterator[str]:
    """Say whether the sampler could follow the posterior's shape."""
    n_diverging = int(statistics["diverging"].sum())
    if n_diverging:
        n_draws = int(statistics["diverging"].size)
        yield (
            f"{n_diverging} of {n_draws} draws diverged: there is a corner of the posterior that "
            f"the sampler could not enter, so estimates may be biased away from it. Take more "
            f"warm-up; if they remain, hold a parameter, or take a simpler model."
        )
    energy: FloatArray = statistics["energy"].values
    share = np.mean(np.diff(energy, axis=1) ** 2, axis=1) / np.var(energy, axis=1)
    for chain in np.flatnonzero(share < LEAST_ENERGY):
        yield (
            f"Chain {chain + 1} moves through the posterior's heights in small steps only (energy "
            f"fraction {share[chain]:.2f}, should be above {LEAST_ENERGY}): wide ends may be "
            f"missed. Take more draws, or narrower priors."
        )


def _of_people(posterior: Any, settled: BoolArray) -> Iterator[str]:
    """Name the people whose parameters have not settled."""
    names = posterior["participant"].values[~settled]
    if len(names):
        yield (
            f"Parameters of {counted(len(names), 'participant')} have not settled "
            f"({first_of(names)}): fewer than {FEWEST} independent draws, or chains that differ. "
            f"Take more draws (--draws)."
        )


def _where(values: Any) -> str:
    """Name the place of the largest value."""
    place = values.argmax(...)
    return ", ".join(str(values[dim].values[int(number)]) for dim, number in place.items())
