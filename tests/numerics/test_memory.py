from __future__ import annotations

import numpy as np
import pytest

from empatune.numerics.memory import autoregress


@pytest.mark.parametrize("kept", [0.0625, 0.8, -0.5])
def test_each_time_keeps_its_share_of_the_one_before(kept: float) -> None:
    draws = np.random.default_rng(0).standard_normal((50, 2))
    found = autoregress(draws, kept)
    np.testing.assert_array_equal(found[0], draws[0])
    np.testing.assert_allclose(
        found[1:], kept * found[:-1] + np.sqrt(1 - kept**2) * draws[1:], rtol=1e-13
    )


def test_variance_and_correlation_are_those_asked_for() -> None:
    found = autoregress(np.random.default_rng(1).standard_normal((100_000, 1)), 0.7)[:, 0]
    assert found.std() == pytest.approx(1, abs=0.02)
    assert np.corrcoef(found[1:], found[:-1])[0, 1] == pytest.approx(0.7, abs=0.01)
