"""Families of models against direct integration over the frequencies of models."""

import numpy as np
import pytest

from empatune.connectivity.comparison.families import (
    compare_families_fixed,
    compare_families_random,
)
from empatune.errors import ConnectivityError

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


def test_fixed_families_are_equally_probable_beforehand():
    found = compare_families_fixed(np.zeros((3, 3)), ("f", "f", "g"))
    assert found.probability == pytest.approx([0.5, 0.5])
    shifted = compare_families_fixed(np.array([[0, np.log(3), np.log(4)]]), ("f", "f", "g"))
    assert shifted.families == ("f", "g")
    assert shifted.probability == pytest.approx([2 / 6, 4 / 6])
    assert shifted.model_probability == pytest.approx([0.5 / 6, 1.5 / 6, 4 / 6])


def test_random_families_equal_the_integral():
    """Family shares are uniform, shares within the pair follow an arcsine law."""
    middle = (np.arange(300) + 0.5) / 300
    pair, angle = np.meshgrid(middle, middle * np.pi / 2, indexing="ij")
    within = np.sin(angle) ** 2
    points = np.stack([pair * within, pair * (1 - within), 1 - pair], axis=-1)
    weight = np.exp(sum(np.log(points @ np.exp(row)) for row in TABLE))
    weight = weight / weight.sum()
    found = compare_families_random(
        TABLE, ("f", "f", "g"), rng=np.random.default_rng(2), n_samples=50_000
    )
    assert found.frequency[0] == pytest.approx((weight * pair).sum(), abs=0.01)
    assert found.exceedance[0] == pytest.approx(weight[pair > 0.5].sum(), abs=0.015)
    expected = np.einsum("ij,ijk->k", weight, points)
    assert found.model_frequency == pytest.approx(expected, abs=0.01)
    assert found.responsibility.sum(axis=1) == pytest.approx(np.ones(6))
    assert 0 < found.omnibus_risk < 1
    assert found.protected.sum() == pytest.approx(1)


def test_families_repeat_with_their_seed():
    first, again, other = (
        compare_families_random(
            TABLE, ("f", "g", "g"), rng=np.random.default_rng(seed), n_samples=500
        )
        for seed in (3, 3, 4)
    )
    assert (first.frequency == again.frequency).all()
    assert (first.frequency != other.frequency).any()


@pytest.mark.parametrize("membership", ["ffg", ("f", "f", "f"), ("f", "g")])
def test_families_must_fit(membership):
    with pytest.raises(ConnectivityError, match="one of two families or more"):
        compare_families_fixed(TABLE, membership)


def test_too_few_samples_are_refused():
    with pytest.raises(ConnectivityError, match="n_samples is 10"):
        compare_families_random(TABLE, ("f", "f", "g"), rng=np.random.default_rng(1), n_samples=10)
