"""Models of behaviour compared, against integrals and criteria written here without the room."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logsumexp
from tests.behaviour.learners import learners

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.comparison import compare, criteria_of, find_criterion, integrate
from empatune.behaviour.fitting import Unfitted, fit_each, fit_group
from empatune.behaviour.parameters import Parameter
from empatune.behaviour.responses import RATING
from empatune.errors import BehaviourError, UsageError
from empatune.numerics.differentiable import jnp
from empatune.numerics.posterior_draws import arviz

MODEL = find_model("learning")

COIN = replace(
    MODEL,
    name="coin",
    parameters=(Parameter(name="bias", summary="leaning to choice 1", typical=0.0),),
    start=lambda values, trial: jnp.zeros(1),
    expect=lambda values, state, trial: values["bias"],
    learn=lambda values, state, trial: (state, {}),
)
"""Who learns nothing."""


@pytest.fixture(scope="module")
def groups():
    return [fit_group(model, learners()[1], n_starts=2) for model in (COIN, MODEL)]


@pytest.fixture(scope="module")
def alone():
    return [fit_each(model, learners()[1], method="ml", n_starts=4) for model in (COIN, MODEL)]


def on_grid(fit, place):
    """Integrate a coin's bias over its group on a fine grid."""
    counts = fit.trials.answered[place]
    choices = fit.trials.columns["choice"][place][counts]
    mean, variance = fit.group.coefficients[0, 0], fit.group.covariance[0, 0]
    bias = mean + np.sqrt(variance) * np.linspace(-8, 8, 4001)
    log_prior = -((bias - mean) ** 2) / variance / 2 - np.log(2 * np.pi * variance) / 2
    ones = choices.sum()
    scored = ones * np.log(expit(bias)) + (len(choices) - ones) * np.log(expit(-bias))
    return logsumexp(scored + log_prior) + np.log(bias[1] - bias[0])


def test_integrals_equal_those_on_a_grid(groups):
    coin = groups[0]
    grid = [on_grid(coin, place) for place in range(coin.trials.n_people)]
    for draws, n_draws in (("posterior", 500), ("group", 4000)):
        found = integrate(coin, draws=draws, n_draws=n_draws, seed=1)
        assert np.abs(found.log_marginal - grid).max() < 5 * found.error.max()
        assert found.error.max() < 0.1
    assert coin.log_evidence == pytest.approx(grid, abs=0.02)


def test_draws_from_group_and_posteriors_agree(groups):
    near = integrate(groups[1], draws="posterior", seed=1)
    far = integrate(groups[1], draws="group", n_draws=3000, seed=2)
    error = np.hypot(near.error, far.error)
    assert (np.abs(near.log_marginal - far.log_marginal) < 5 * error).all()
    assert near.error.max() < 0.1
    # Few draws of the group are where a person is; around the person most are.
    assert np.median(near.n_effective) / 500 > 3 * np.median(far.n_effective) / 3000
    again = integrate(groups[1], draws="posterior", seed=1)
    assert (again.log_marginal == near.log_marginal).all()


def test_those_who_learn_are_told_from_those_who_do_not(groups):
    found = compare(groups)
    assert found.criterion.name == "integrated-bic"
    assert found.best == "learning"
    assert found.random_effects.protected[1] > 0.99
    marginal = [integrate(fit, seed=0).log_marginal.sum() for fit in groups]
    cost = np.array([1, 2]) * np.log(groups[0].trials.answered.sum())
    assert found.total == pytest.approx(cost - 2 * np.array(marginal))
    laplace = compare(groups, criterion="laplace")
    assert found.difference == pytest.approx(laplace.difference, abs=5)
    table = found.table().set_index("model")
    assert table.loc["learning", "difference"] == 0
    assert table.loc["coin", "n_best"] + table.loc["learning", "n_best"] == 24
    assert table["weight"].sum() == pytest.approx(1)
    people = found.people_table()
    assert list(people.columns) == ["participant", "coin", "learning", "best"]
    assert (people["best"] == "learning").sum() == table.loc["learning", "n_best"]


def test_criteria_of_maximum_likelihood_are_the_textbook_ones(alone):
    n_trials = alone[0].trials.answered.sum(axis=1)
    bic, aic = compare(alone), compare(alone, criterion="aic")
    for place, (fit, size) in enumerate(zip(alone, (1, 2), strict=True)):
        deviance = -2 * fit.log_likelihood
        assert bic.by_person[:, place] == pytest.approx(deviance + size * np.log(n_trials))
        assert aic.by_person[:, place] == pytest.approx(deviance + 2 * size)
    assert bic.total == pytest.approx(bic.by_person.sum(axis=0))
    away = bic.by_person[:, 0] - bic.by_person[:, 1]
    assert bic.difference_error == pytest.approx([np.sqrt(24) * away.std(ddof=1), 0])


def sampled(fit, seed=3):
    """Take the coin's draws from around its estimates, as if sampled."""
    rng = np.random.default_rng(seed)
    shape = (2, 200, fit.trials.n_people)
    bias = fit.scaled[:, 0] + np.sqrt(fit.covariance[:, 0, 0]) * rng.standard_normal(shape)
    sign = 2 * fit.trials.columns["choice"] - 1
    scored = -np.logaddexp(0, -bias[..., None] * sign)
    draws = arviz.from_dict(posterior={"bias": bias}, log_likelihood={"choice": scored})
    return replace(fit, method="nuts", draws=draws), scored.reshape(400, *sign.shape)


def test_waic_is_its_formula_and_loo_is_near(groups):
    fit, scored = sampled(groups[0])
    other = replace(fit, model=replace(COIN, name="other"))
    found = compare([fit, other], criterion="waic")
    density = logsumexp(scored, axis=0) - np.log(len(scored)) - scored.var(axis=0)
    expected = -2 * (density * fit.trials.answered).sum(axis=1)
    assert found.by_person[:, 0] == pytest.approx(expected)
    loo = compare([fit, other])
    assert loo.criterion.name == "loo"
    assert loo.by_person == pytest.approx(found.by_person, abs=0.2)
    assert not loo.cautions


def test_doubtful_samples_are_told_in_our_words(groups):
    fit, _ = sampled(groups[0])
    scored = np.asarray(fit.draws.log_likelihood["choice"]).copy()
    person, trial = np.argwhere(fit.trials.answered)[0]
    tails = np.random.default_rng(1).standard_t(1, scored.shape[:2])  # no mean, no variance
    scored[:, :, person, trial] = -np.abs(tails)
    blank = {"none": np.zeros((*scored.shape[:2], 1))}
    draws = arviz.from_dict(posterior=blank, log_likelihood={"choice": scored})
    lost = np.arange(fit.trials.n_people) > 0
    doubtful = replace(fit, draws=draws, converged=lost)
    other = replace(fit, model=replace(COIN, name="other"))
    found = compare([doubtful, other])  # a warning of ArviZ's would be an error here
    n_trials = f"{int(fit.trials.answered.sum()):,}".replace(",", " ")
    said = f"coin: 1 of {n_trials} trials has a Pareto k above 0.7: what is predicted of them may"
    assert found.cautions[0].startswith(said)
    assert "coin: the draws of 1 person do not suffice: everybody needs 200" in found.cautions[1]
    searched = replace(groups[0], converged=lost)
    assert compare([searched, groups[1]]).cautions[-1] == (
        "coin: the search did not arrive for 1 person."
    )


def test_who_could_not_be_fitted_by_one_is_left_out_of_all(alone):
    coin, learning = alone
    fewer = replace(
        learning,
        trials=learning.trials.take(range(1, 24)),
        log_likelihood=learning.log_likelihood[1:],
        converged=learning.converged[1:],
        unfitted=(Unfitted(participant="p0", reason="no end"),),
    )
    found = compare([coin, fewer])
    assert len(found.people) == 23
    assert found.left_out == (Unfitted(participant="p0", reason="learning: no end"),)
    whole = compare(alone)
    assert found.by_person == pytest.approx(whole.by_person[1:])


def test_fits_that_cannot_be_compared_are_refused(alone, groups):
    coin, learning = alone
    with pytest.raises(UsageError, match="two fits or more, not 1"):
        compare([coin])
    with pytest.raises(UsageError, match="all different; given: coin, coin"):
        compare([coin, coin])
    with pytest.raises(UsageError, match=r"different methods \(eb, ml\)"):
        compare([coin, groups[1]])
    with pytest.raises(
        UsageError, match=r"waic is defined for fits by nuts, not by ml; there.*bic"
    ):
        compare(alone, criterion="waic")
    with pytest.raises(UsageError, match="no criterion 'dic'"):
        find_criterion("dic")
    fewer = replace(learning, trials=learning.trials.take(range(2, 24)))
    with pytest.raises(BehaviourError, match=r"different people \(p0, p1"):
        compare([coin, fewer])
    columns = learning.trials.columns
    flipped = replace(
        learning.trials, columns={**columns, "choice": 1 - np.asarray(columns["choice"])}
    )
    with pytest.raises(BehaviourError, match="different trials of p0"):
        compare([coin, replace(learning, trials=flipped)])
    rated = replace(learning, model=replace(MODEL, name="rated", response=RATING))
    with pytest.raises(BehaviourError, match="different responses"):
        compare([coin, rated])
    with pytest.raises(BehaviourError, match="no samples"):
        compare([replace(fit, method="nuts") for fit in alone])


def test_every_method_has_a_criterion():
    defaults = [criteria_of(method)[0].name for method in ("ml", "map", "eb", "nuts")]
    assert defaults == ["bic", "integrated-bic", "integrated-bic", "loo"]
    with pytest.raises(UsageError, match="draws must be"):
        integrate(None, draws="prior", seed=1)
