"""The sleep deprivation data (Belenky et al. 2003, doi 10.1046/j.1365-2869.2003.00337.x; 18 people,
10 days) with what lme4 prints for them (doi 10.18637/jss.v067.i01, sections 1 and 5)."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest

from empatune.numerics.multilevel import fit

REACTION_MS = np.loadtxt(
    io.StringIO("""
    249.56 258.7047 250.8006 321.4398 356.8519 414.6901 382.2038 290.1486 430.5853 466.3535
    222.7339 205.2658 202.9778 204.707 207.7161 215.9618 213.6303 217.7272 224.2957 237.3142
    199.0539 194.3322 234.32 232.8416 229.3074 220.4579 235.4208 255.7511 261.0125 247.5153
    321.5426 300.4002 283.8565 285.133 285.7973 297.5855 280.2396 318.2613 305.3495 354.0487
    287.6079 285.0 301.8206 320.1153 316.2773 293.3187 290.075 334.8177 293.7469 371.5811
    234.8606 242.8118 272.9613 309.7688 317.4629 309.9976 454.1619 346.8311 330.3003 253.8644
    283.8424 289.555 276.7693 299.8097 297.171 338.1665 332.0265 348.8399 333.36 362.0428
    265.4731 276.2012 243.3647 254.6723 279.0244 284.1912 305.5248 331.5229 335.7469 377.299
    241.6083 273.9472 254.4907 270.8021 251.4519 254.6362 245.4523 235.311 235.7541 237.2466
    312.3666 313.8058 291.6112 346.1222 365.7324 391.8385 404.2601 416.6923 455.8643 458.9167
    236.1032 230.3167 238.9256 254.922 250.7103 269.7744 281.5648 308.102 336.2806 351.6451
    256.2968 243.4543 256.2046 255.5271 268.9165 329.7247 379.4445 362.9184 394.4872 389.0527
    250.5265 300.0576 269.8939 280.5891 271.8274 304.6336 287.7466 266.5955 321.5418 347.5655
    221.6771 298.1939 326.8785 346.8555 348.7402 352.8287 354.4266 360.4326 375.6406 388.5417
    271.9235 268.4369 257.2424 277.6566 314.8222 317.2135 298.1353 348.1229 340.28 366.5131
    225.264 234.5235 238.9008 240.473 267.5373 344.1937 281.1481 347.5855 365.163 372.2288
    269.8804 272.4428 277.8989 281.7895 279.1705 284.512 259.2658 304.6306 350.7807 369.4692
    269.4117 273.474 297.5968 310.6316 287.1726 329.6076 334.4818 343.2199 369.1417 364.1236
    """)
).ravel()
DAYS = np.column_stack([np.ones(180), np.tile(np.arange(10.0), 18)])
PEOPLE = np.repeat(np.arange(18), 10)


def test_correlated_slopes_equal_the_published_fit_of_lme4():
    found = fit(REACTION_MS, DAYS, DAYS, PEOPLE)
    assert found.converged
    assert found.deviance == pytest.approx(1743.6, abs=0.05)
    np.testing.assert_allclose(found.fixed, [251.405, 10.467], atol=6e-4)
    errors = np.sqrt(np.diag(found.fixed_covariance))
    np.testing.assert_allclose(errors, [6.825, 1.546], atol=6e-4)
    covariance = found.random_covariance
    np.testing.assert_allclose(np.diag(covariance), [612.10, 35.07], rtol=2e-4)
    assert covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]) == pytest.approx(
        0.07, abs=0.005
    )
    assert found.residual_variance == pytest.approx(654.94, abs=0.02)


@pytest.mark.parametrize("correlated", [True, False])
def test_no_other_covariance_is_likelier_than_the_optimum(correlated):
    rng = np.random.default_rng(3)
    values = REACTION_MS + rng.normal(0, 20, 180)
    best = fit(values, DAYS, DAYS, PEOPLE, correlated=correlated)
    assert bool(best.random_covariance[0, 1]) is correlated
    tried = [
        _deviance(best.random_covariance * s, best.residual_variance, values) for s in (0.9, 1, 1.1)
    ]
    assert best.deviance == pytest.approx(tried[1], abs=1e-6)
    assert tried[0] > tried[1] < tried[2]


def test_it_is_never_less_likely_than_what_statsmodels_finds():
    mixed = pytest.importorskip("statsmodels.regression.mixed_linear_model")
    rng = np.random.default_rng(0)
    code = np.tile(np.repeat([0.5, -0.5], 6), 10)
    people = np.repeat(np.arange(10), 12)
    design = np.column_stack([np.ones(120), code])
    closer = 0
    for _ in range(4):
        values = rng.normal(0, 1, 10)[people] + rng.normal(0, 0.4, 10)[people] * code
        values = values + rng.normal(0, 1, 120)
        own = fit(values, design, design, people)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            peer = mixed.MixedLM(values, design, groups=people, exog_re=design).fit(reml=True)
        assert own.deviance <= -2 * peer.llf + 1e-6
        if -2 * peer.llf - own.deviance < 1e-4:  # it often rests before the optimum
            closer += 1
            np.testing.assert_allclose(own.fixed, peer.fe_params, atol=1e-6)
            np.testing.assert_allclose(
                np.sqrt(np.diag(own.fixed_covariance)), peer.bse_fe, rtol=2e-3
            )
    assert closer >= 1


def test_the_order_of_observations_does_not_matter():
    shuffled = np.random.default_rng(1).permutation(180)
    one = fit(REACTION_MS, DAYS, DAYS, PEOPLE)
    other = fit(REACTION_MS[shuffled], DAYS[shuffled], DAYS[shuffled], PEOPLE[shuffled])
    np.testing.assert_allclose(one.fixed_covariance, other.fixed_covariance, rtol=1e-4)


def _deviance(covariance, variance, values):
    """The restricted likelihood by its definition, with the whole covariance of the data."""
    whole = np.kron(np.eye(18), DAYS[:10] @ covariance @ DAYS[:10].T) + variance * np.eye(180)
    inverse = np.linalg.inv(whole)
    precision = DAYS.T @ inverse @ DAYS
    rest = values - DAYS @ np.linalg.solve(precision, DAYS.T @ inverse @ values)
    logs = np.linalg.slogdet(whole)[1] + np.linalg.slogdet(precision)[1]
    return logs + rest @ inverse @ rest + 178 * np.log(2 * np.pi)
