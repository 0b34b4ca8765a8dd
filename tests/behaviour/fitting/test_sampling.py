"""Full sampling: what it gives, that it repeats to the bit, and what it finds in simulations."""

from dataclasses import replace

import numpy as np
import pytest
from tests.behaviour.learners import learners

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.fitting.convergence import convergence_cautions
from empatune.behaviour.fitting.design import Design
from empatune.behaviour.fitting.hierarchy import fit_group
from empatune.behaviour.fitting.methods import n_parts
from empatune.behaviour.fitting.sampling import fit_sampled
from empatune.behaviour.simulation import simulate
from empatune.errors import BehaviourError, UsageError
from empatune.numerics.posterior_draws import arviz

MODEL = find_model("learning")


def explained(n_people=24, effect=0.8):
    """Simulate people whose learning rate depends on a covariate."""
    rng = np.random.default_rng(5)
    _, trials = learners(n_people)
    trait = rng.normal(size=n_people)
    trait = (trait - trait.mean()) / trait.std(ddof=1)
    scaled = -1 + effect * trait + rng.normal(0, 0.4, n_people)
    values = {
        "rate": 1 / (1 + np.exp(-scaled)),
        "precision": np.exp(rng.normal(1.5, 0.3, n_people)),
    }
    design = Design(
        people=trials.people,
        regressors=("mean", "trait"),
        rows=np.stack([np.ones(n_people), trait], axis=1),
        widths=np.array([1.0, 7.0]),
    )
    return design, simulate(MODEL, values, trials, seed=9)


@pytest.fixture(scope="module")
def sampled():
    design, trials = explained()
    settings = {"design": design, "correlated": True, "n_warmup": 150, "n_draws": 100}
    begun = []
    fit = fit_sampled(MODEL, trials, **settings, progress=begun.append)
    assert begun == [
        "learning the group by empirical Bayes",
        "compiling the sampler",
        "sampling 2 chains of 250 draws",
    ]
    assert len(begun) == n_parts("nuts")
    return fit, settings


def test_effect_of_a_covariate_is_found_and_covered(sampled):
    fit, settings = sampled
    assert fit.group.widths is settings["design"].widths
    effect = fit.draws.posterior["coefficients"].sel(regressor="trait", parameter="rate")
    low, high = np.quantile(effect, [0.025, 0.975])
    assert low < 0.8 < high
    assert low > 0
    by_eb = fit_group(MODEL, fit.trials, design=settings["design"], correlated=True).group
    assert by_eb.coefficients[1, 0] == pytest.approx(float(effect.mean()), abs=0.15)
    assert abs(by_eb.coefficients[1, 0] - 0.8) < 2 * by_eb.standard_errors[1, 0]


def test_draws_have_names_and_agree_with_the_fit(sampled):
    fit, _ = sampled
    posterior = fit.draws.posterior
    assert tuple(posterior["participant"].values) == fit.people
    assert tuple(posterior["parameter"].values) == MODEL.names
    means = posterior["scaled"].mean(("chain", "draw")).values
    assert np.allclose(means, fit.scaled)
    rates = 1 / (1 + np.exp(-posterior["scaled"].sel(parameter="rate")))
    assert np.allclose(rates, posterior["value"].sel(parameter="rate"))
    correlation = posterior["correlation"].sel(parameter="rate", other="precision")
    assert (np.abs(correlation) < 1).all()
    assert np.allclose(posterior["correlation"].sel(parameter="rate", other="rate"), 1)


def test_log_likelihoods_are_those_of_answered_trials(sampled):
    fit, _ = sampled
    scored = fit.draws.log_likelihood["response"]
    assert scored.sizes["observation"] == fit.trials.answered.sum()
    assert (scored["person"] == fit.people[0]).sum() == fit.trials.n_answered[0]
    last = fit.draws.posterior["value"].isel(chain=1, draw=-1, participant=0).values
    preference, cues = [], np.full(2, 0.5)
    counts = fit.trials.answered[0]
    columns = (fit.trials.columns[name][0][counts] for name in ("choice", "outcome"))
    for choice, outcome in zip(*columns, strict=True):
        chosen = int(choice)
        preference.append(last[1] * (cues[chosen] - cues[1 - chosen]))
        cues[chosen] += last[0] * (outcome - cues[chosen])
    by_hand = -np.logaddexp(0, -np.array(preference))
    assert np.allclose(scored.isel(chain=1, draw=-1).values[: len(by_hand)], by_hand)


def test_the_same_seed_gives_the_same_draws_to_the_bit(sampled):
    fit, settings = sampled
    again = fit_sampled(MODEL, fit.trials, **settings).draws.posterior
    assert (again["scaled"].values == fit.draws.posterior["scaled"].values).all()
    assert (again["scaled"].values[0] != again["scaled"].values[1]).any()


def test_person_without_a_design_row_and_useless_counts_are_refused():
    design, trials = explained()
    short = replace(design, people=("x", *design.people[1:]))
    with pytest.raises(BehaviourError, match="no complete covariates: p0"):
        fit_sampled(MODEL, trials, design=short)
    with pytest.raises(UsageError, match="n_draws must be at least 10, not 3"):
        fit_sampled(MODEL, trials, n_draws=3)


def made(change=None, n_chains=2):
    """Draws that are independent and normal, with a fault."""
    rng = np.random.default_rng(0)
    posterior = {
        "coefficients": rng.normal(size=(n_chains, 400, 1, 2)),
        "spread": np.exp(rng.normal(size=(n_chains, 400, 2))),
        "scaled": rng.normal(size=(n_chains, 400, 3, 2)),
    }
    statistics = {
        "diverging": np.zeros((n_chains, 400), bool),
        "energy": rng.normal(size=(n_chains, 400)),
    }
    if change:
        change(posterior, statistics)
    dims = {
        "coefficients": ["regressor", "parameter"],
        "spread": ["parameter"],
        "scaled": ["participant", "parameter"],
    }
    coords = {
        "regressor": ["mean"],
        "parameter": ["rate", "precision"],
        "participant": ["a", "b", "c"],
    }
    return arviz.from_dict(posterior=posterior, sample_stats=statistics, dims=dims, coords=coords)


def _shift(posterior, _):
    posterior["coefficients"][1, :, 0, 1] += 8


def _walk(posterior, _):
    posterior["spread"] = np.exp(np.cumsum(posterior["spread"] - 1.6, axis=1) / 40)


def _diverge(_, statistics):
    statistics["diverging"][0, :7] = True


def _slow(_, statistics):
    statistics["energy"] = np.cumsum(statistics["energy"], axis=1)


def _one_person(posterior, _):
    posterior["scaled"][1, :, 2, 0] += 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_shift, "R-hat of the group's coefficient (mean, precision)"),
        (_shift, "stayed in a place of its own"),
        (_walk, "effective sample size of the spread of people (rate)"),
        (_diverge, "7 of 800 draws diverged"),
        (_slow, "small steps only"),
        (_one_person, "Parameters of 1 participant have not settled (c)"),
    ],
)
def test_every_fault_is_said_in_words(change, said):
    cautions, _ = convergence_cautions(made(change))
    assert any(said in one for one in cautions), cautions


def test_good_draws_give_no_caution_and_one_chain_is_told():
    cautions, settled = convergence_cautions(made())
    assert cautions == ()
    assert settled.all()
    assert any("one chain alone" in one for one in convergence_cautions(made(n_chains=1))[0])
