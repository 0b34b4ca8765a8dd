"""Model selection against direct integration over the frequencies of models."""

import numpy as np
import pytest
from scipy import integrate
from scipy.special import logsumexp
from scipy.stats import beta, dirichlet

from empatune.errors import ComparisonError
from empatune.numerics.exceedance import exceedance
from empatune.numerics.model_selection import select_fixed, select_random

TABLE = np.array(
    [
        [3.0, 0.0, 1.0],
        [2.0, 0.5, 0.0],
        [0.0, 4.0, 1.0],
        [5.0, 0.0, 2.0],
        [1.0, 0.5, 0.0],
        [2.5, 0.0, 3.0],
    ]
)


def integrated(table):
    """Integrate over frequencies of three models on a grid: log evidence, means, wins."""
    middle = (np.arange(400) + 0.5) / 400
    first, second = np.meshgrid(middle, middle, indexing="ij")
    points = np.stack([first, (1 - first) * second, (1 - first) * (1 - second)], axis=-1)
    log_density = np.log(2 * (1 - first))
    for row in table:
        log_density = log_density + np.log(points @ np.exp(row))
    weight = np.exp(log_density - logsumexp(log_density))
    wins = np.bincount(points.argmax(-1).ravel(), weights=weight.ravel(), minlength=3)
    log_evidence = logsumexp(log_density) - np.log(points[..., 0].size)
    return log_evidence, np.einsum("ij,ijk->k", weight, points), wins


@pytest.mark.parametrize("counts", [(1, 1), (5.5, 2.5), (30, 41), (0.3, 0.2)])
def test_two_models_exceed_as_the_beta_density_says(counts):
    assert exceedance(counts)[0] == pytest.approx(beta(*counts).sf(0.5), abs=1e-6)


@pytest.mark.parametrize(
    "counts", [(2.0, 3.0, 4.0), (1.0, 1.0, 1.0), (0.5, 9.0, 8.0), (40, 50, 45)]
)
def test_three_models_exceed_as_draws_do(counts):
    draws = dirichlet(counts).rvs(200_000, random_state=np.random.default_rng(1))
    share = np.bincount(draws.argmax(axis=1), minlength=3) / len(draws)
    assert exceedance(counts) == pytest.approx(share, abs=0.005)


def test_equal_models_share_exceedance():
    assert exceedance(np.full(7, 3.0)) == pytest.approx(np.full(7, 1 / 7), abs=1e-9)


def test_random_effects_are_near_the_integral():
    log_evidence, frequency, wins = integrated(TABLE)
    found = select_random(TABLE, models=("a", "b", "c"))
    assert found.frequency == pytest.approx(frequency, abs=0.06)
    # Variational counts are surer than the exact posterior, in SPM too.
    assert found.exceedance == pytest.approx(wins, abs=0.1)
    null = logsumexp(TABLE - np.log(3), axis=1).sum()
    risk = 1 / (1 + np.exp(log_evidence - null))
    # The variational bound is below the evidence of the alternative, so the risk errs upwards.
    assert risk <= found.omnibus_risk <= risk + 0.1
    mixed = (1 - found.omnibus_risk) * found.exceedance + found.omnibus_risk / 3
    assert found.protected == pytest.approx(mixed)
    assert found.responsibility.sum(axis=1) == pytest.approx(np.ones(6))
    assert found.counts.sum() == pytest.approx(9)


def test_certain_participants_are_counted():
    """With certain models the posterior of frequencies is exact: one count a participant."""
    table = 100.0 * np.eye(2)[[0, 0, 0, 0, 1]]
    found = select_random(table)
    assert found.counts == pytest.approx([5, 2])
    assert found.exceedance[0] == pytest.approx(beta(5, 2).sf(0.5), abs=1e-8)
    alternative, _ = integrate.quad(lambda r: r**4 * (1 - r), 0, 1)
    risk = 0.5**5 / (0.5**5 + alternative)
    assert found.omnibus_risk == pytest.approx(risk, abs=1e-8)


def test_without_evidence_nothing_is_protected():
    found = select_random(np.zeros((8, 3)))
    assert found.omnibus_risk > 0.5
    assert found.protected == pytest.approx(np.full(3, 1 / 3))


def test_fixed_effects_add_and_one_participant_can_decide():
    table = np.array([[2.0, 0.0], [2.0, 0.0], [2.0, 0.0], [0.0, 30.0]])
    fixed = select_fixed(table, models=("many", "one"))
    assert fixed.log_evidence == pytest.approx([0, 24])
    assert fixed.probability[1] > 0.999
    assert select_random(table).frequency[0] > 0.5


@pytest.mark.parametrize(
    ("table", "models", "message"),
    [
        (np.zeros(3), None, "table of one participant"),
        (np.zeros((3, 1)), None, "two models or more"),
        (np.array([[0, np.nan], [1, 2]]), ("a", "b"), "'b' for participant 1 is nan"),
        (np.zeros((3, 2)), ("a",), "1 names"),
        (np.zeros((3, 2)), ("a", "a"), "all different"),
    ],
)
def test_tables_that_cannot_be_compared_are_refused(table, models, message):
    for compare in (select_fixed, select_random):
        with pytest.raises(ComparisonError, match=message):
            compare(table, models=models)


@pytest.mark.parametrize("counts", [np.ones(2), np.array([1, 0, 1.0])])
def test_prior_counts_must_fit(counts):
    with pytest.raises(ComparisonError, match="there must be 3"):
        select_random(TABLE, prior_counts=counts)
