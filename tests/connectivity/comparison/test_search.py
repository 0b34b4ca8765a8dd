import itertools

import numpy as np
import pytest
from scipy.special import softmax
from tests.connectivity.linear_fits import fit_exactly

from empatune.connectivity.comparison.reduction import log_evidence_without
from empatune.connectivity.comparison.search import search
from empatune.errors import ConnectivityError

N = 12
TRUE = np.array([1.0, 0, 0, -0.8, 0, 0, 0.9, 0, 0, 0, 0.7, 0])
NAMES = tuple(f"{'A' if place < 6 else 'B'} {place}" for place in range(N))


def fit(seed, n_data=120, noise=1.0, truth=TRUE):
    rng = np.random.default_rng(seed)
    design = rng.normal(size=(n_data, len(truth)))
    data = design @ truth + np.sqrt(noise) * rng.normal(size=n_data)
    return fit_exactly(
        design,
        data,
        prior_mean=np.zeros(len(truth)),
        prior_covariance=np.eye(len(truth)),
        names=NAMES[: len(truth)],
        noise=noise,
    )


@pytest.mark.parametrize("seed", range(2))
def test_greedy_search_finds_the_best_of_all_models(seed):
    full = fit(seed)
    every = np.array(list(itertools.product((False, True), repeat=N)))
    best = every[log_evidence_without(full, every).argmax()]
    found = search(full)
    assert found.surviving == tuple(name for name, off in zip(NAMES, best, strict=True) if not off)
    assert set(found.dropped) == set(NAMES) - set(found.surviving)
    assert (found.probability[TRUE != 0] > 0.95).all()


def test_a_small_model_is_searched_whole():
    full = fit(9, n_data=25, truth=np.array([0.5, 0.0, 0.3]))
    found = search(full)
    every = np.array(list(itertools.product((False, True), repeat=3)))
    probability = softmax(log_evidence_without(full, every))
    assert found.probability == pytest.approx(probability @ ~every)
    assert np.sort(found.model_probability) == pytest.approx(np.sort(probability))


def test_what_the_best_model_drops_stays_dropped_in_the_average():
    found = search(fit(1))
    last = [NAMES.index(name) for name in found.dropped]
    assert (found.average.mean[last] == 0).all()
    assert (found.average.sd[last] == 0).all()
    assert (np.abs(found.average.mean[TRUE != 0] - TRUE[TRUE != 0]) < 0.3).all()


def test_only_the_fields_in_question_may_go():
    found = search(fit(2), ["B"])
    assert all(name.startswith("B") for name in (*found.dropped, *found.candidates))
    assert (found.probability[:6] == 1).all()


def test_everything_may_go():
    found = search(fit(6, truth=np.zeros(5), n_data=400))
    assert found.surviving == ()
    assert found.average.mean == pytest.approx(np.zeros(5))


@pytest.mark.parametrize("number", [0, 17])
def test_rounds_have_bounds(number):
    with pytest.raises(ConnectivityError, match="from 1 to 16"):
        search(fit(1), n_at_once=number)


def test_a_fixed_parameter_cannot_be_searched():
    with pytest.raises(ConnectivityError, match="picks no parameter"):
        search(fit(1), ["C"])
