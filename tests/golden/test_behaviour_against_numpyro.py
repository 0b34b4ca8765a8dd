"""Full sampling against a plain NumPyro model of the same task, written here without the room."""

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest
from numpyro.infer import MCMC, NUTS
from tests.behaviour.learners import learners

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.fitting.sampling import fit_sampled
from empatune.numerics.posterior_draws import arviz

N_PEOPLE, N_TRIALS, N_DRAWS = 10, 60, 500


def plain(trials):
    """Sample mean, spread and people as a tutorial of NumPyro would; non-centred."""
    choices = trials.columns["choice"].astype(int).T
    outcomes, counts = trials.columns["outcome"].T, trials.answered.T

    def walk(cues, trial):
        rate, precision, choice, outcome, counted = trial
        logit = precision * (cues[:, 1] - cues[:, 0])
        chosen = jax.nn.one_hot(choice, 2) * counted[:, None]
        error = outcome - (cues * chosen).sum(axis=1)
        return cues + (rate * error)[:, None] * chosen, logit

    def model():
        centre, width = np.array([np.log(1 / 3), np.log(5.0)]), np.array([1.5, 1.0])
        mean = numpyro.sample("mean", dist.Normal(centre, width))
        spread = numpyro.sample("spread", dist.HalfNormal(width))
        with numpyro.plate("people", N_PEOPLE):
            away = numpyro.sample("away", dist.Normal(jnp.zeros(2), 1).to_event(1))
        scaled = numpyro.deterministic("scaled", mean + spread * away)
        wide = [
            jnp.broadcast_to(one, choices.shape)
            for one in (jax.nn.sigmoid(scaled[:, 0]), jnp.exp(scaled[:, 1]))
        ]
        start = jnp.full((N_PEOPLE, 2), 0.5)
        _, logits = jax.lax.scan(walk, start, (*wide, choices, outcomes, counts))
        with numpyro.handlers.mask(mask=counts):
            numpyro.sample("choice", dist.Bernoulli(logits=logits), obs=choices)

    sampler = MCMC(
        NUTS(model),
        num_warmup=500,
        num_samples=2 * N_DRAWS,
        num_chains=1,
        progress_bar=False,
    )
    sampler.run(jax.random.key(7))
    return {name: np.asarray(one)[None] for name, one in sampler.get_samples().items()}


@pytest.fixture(scope="module")
def both():
    trials = learners(N_PEOPLE, N_TRIALS, seed=4)[1]
    ours = fit_sampled(find_model("learning"), trials, n_draws=N_DRAWS, seed=2).draws.posterior
    mine = {name: ours[name].values for name in ("spread", "scaled")}
    return {"mean": ours["coefficients"].values[:, :, 0], **mine}, plain(trials)


@pytest.mark.parametrize("name", ["mean", "spread", "scaled"])
def test_means_and_intervals_agree_within_monte_carlo_error(both, name):
    ours, theirs = (one[name] for one in both)
    kinds = [("mean", {}), ("quantile", {"prob": 0.05}), ("quantile", {"prob": 0.95})]
    for kind, options in kinds:
        errors = [
            np.asarray(arviz.mcse({"x": one}, method=kind, **options)["x"])
            for one in (ours, theirs)
        ]
        found = [
            one.mean(axis=(0, 1)) if kind == "mean" else np.quantile(one, options["prob"], (0, 1))
            for one in (ours, theirs)
        ]
        off = np.abs(found[0] - found[1]) / np.hypot(*errors)
        assert off.max() < 4.5, (kind, options, off)
        sd = theirs.std(axis=(0, 1))
        assert (np.hypot(*errors) < 0.4 * sd).all(), "too few draws to tell"
