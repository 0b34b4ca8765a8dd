"""Contrasts over people against scipy and pandas, on tables made by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from empatune.claims.analysis import Cells, estimate, per_person, slopes
from empatune.errors import ClaimError
from empatune.paradigms import Contrast

CONDITIONS = ("in", "out", "rest")
SESSIONS = ("before", "after")


def contrast(**given: object) -> Contrast:
    return Contrast(**{"meaning": "a difference", "conditions": {"in": 1.0, "out": -1.0}, **given})


@pytest.fixture
def table() -> pd.DataFrame:
    """Unequal numbers of trials a cell, in no order."""
    rng = np.random.default_rng(3)
    rows = [
        (person, session, condition)
        for person in range(7)
        for session in range(2)
        for condition in range(3)
        for _ in range(rng.integers(1, 5))
    ]
    found = pd.DataFrame(rows, columns=["person", "session", "condition"])
    found["value"] = rng.normal(0, 1, len(found)) + found["condition"] + 0.3 * found["session"]
    found["strength"] = rng.normal(0, 1, len(found))
    return found.sample(frac=1, random_state=1, ignore_index=True)


def cells(table: pd.DataFrame) -> Cells:
    return Cells(
        person=table["person"].to_numpy(),
        session=table["session"].to_numpy(),
        condition=table["condition"].to_numpy(),
        n_people=7,
        sessions=SESSIONS,
        conditions=CONDITIONS,
    )


def test_cell_means_are_weighed_within_people(table: pd.DataFrame) -> None:
    means = table.groupby(["person", "session", "condition"])["value"].mean().unstack()
    one = (means[0] - means[1]).unstack()
    values = table["value"].to_numpy()
    found = per_person(cells(table), contrast(), values)
    np.testing.assert_allclose(found, one.mean(axis=1))
    over = contrast(sessions={"after": 1.0, "before": -1.0})
    np.testing.assert_allclose(per_person(cells(table), over, values), one[1] - one[0])


def test_unknown_values_do_not_count(table: pd.DataFrame) -> None:
    gone = (table["person"] == 2) & (table["condition"] == 0)
    first = table.index[(table["person"] == 3) & (table["condition"] == 1)][0]
    values = table["value"].where(~gone).to_numpy().copy()
    values[first] = np.nan
    found = per_person(cells(table), contrast(), values)
    assert np.isnan(found[2])
    kept = table.drop(index=first)
    means = kept.groupby(["person", "session", "condition"])["value"].mean().unstack()
    expected = (means[0] - means[1]).groupby("person").mean()
    assert found[3] == pytest.approx(expected[3])


def test_a_cell_that_nobody_has_is_an_error(table: pd.DataFrame) -> None:
    values = table["value"].where(table["condition"] != 1).to_numpy()
    with pytest.raises(ClaimError, match="Nobody has a value in every cell"):
        per_person(cells(table), contrast(), values)


def test_people_with_either_of_two_conditions(table: pd.DataFrame) -> None:
    """Conditions of which each group has one stand in for one another."""
    has_in = table["person"] < 4
    kept = table[np.where(has_in, table["condition"] == 0, table["condition"] == 1)]
    found = per_person(
        cells(kept), contrast(conditions={"in": 1.0, "out": 1.0}), kept["value"].to_numpy()
    )
    means = kept.groupby(["person", "session"])["value"].mean().groupby("person").mean()
    np.testing.assert_allclose(found, 2 * means)


def test_slopes_are_those_of_regression(table: pd.DataFrame) -> None:
    only = contrast(conditions={"in": 1.0, "rest": 1.0})
    values, strength = table["value"].to_numpy(), table["strength"].to_numpy()
    found = slopes(cells(table), only, values, strength)
    for person in range(7):
        own = table[(table["person"] == person) & (table["condition"] != 1)]
        expected = stats.linregress(own["strength"], own["value"]).slope
        assert found[person] == pytest.approx(expected)
    assert np.isnan(slopes(cells(table), only, values, np.ones_like(strength))).all()


def test_mean_is_a_t_test_against_zero() -> None:
    values = np.random.default_rng(5).normal(0.4, 1, 18)
    found = estimate(np.append(values, np.nan), contrast(), groups={})
    peer = stats.ttest_1samp(values, 0)
    interval = peer.confidence_interval(0.95)
    assert (found.test, found.n) == ("mean", 18)
    assert found.p == pytest.approx(peer.pvalue)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.size == pytest.approx(values.mean() / values.std(ddof=1))


def test_groups_are_compared_after_welch() -> None:
    rng = np.random.default_rng(6)
    values = np.concatenate([rng.normal(1, 1, 12), rng.normal(0, 3, 20)])
    first = np.arange(32) < 12
    weights = contrast(groups={"b": -1.0, "a": 1.0})
    found = estimate(values, weights, groups={"a": first, "b": ~first})
    peer = stats.ttest_ind(values[:12], values[12:], equal_var=False)
    assert found.value == pytest.approx(values[:12].mean() - values[12:].mean())
    assert (found.p, found.n) == (pytest.approx(peer.pvalue), 32)
    alone = estimate(values, contrast(groups={"a": 1.0}), groups={"a": first, "b": ~first})
    assert (alone.test, alone.n) == ("mean", 12)


def test_slope_along_a_trait_is_a_correlation() -> None:
    rng = np.random.default_rng(7)
    trait = rng.normal(0, 1, 25)
    values = 0.6 * trait + rng.normal(0, 1, 25)
    found = estimate(values, contrast(by="empathic concern"), groups={}, trait=trait)
    peer = stats.pearsonr(trait, values)
    assert (found.value, found.p) == pytest.approx((peer.statistic, peer.pvalue))
    assert found.sign == (1 if peer.pvalue < 0.05 else 0)


def test_no_spread_is_no_finding() -> None:
    assert estimate(np.full(8, 0.3), contrast(), groups={}).sign == 0
    flat = estimate(np.full(8, 0.3), contrast(), groups={}, trait=np.arange(8.0))
    assert (flat.value, flat.sign) == (0.0, 0)


def test_too_few_people_are_an_error() -> None:
    with pytest.raises(ClaimError, match="at least 2 are needed"):
        estimate(np.array([1.0, np.nan]), contrast(), groups={})
    with pytest.raises(ClaimError, match="at least 4 are needed"):
        estimate(np.arange(3.0), contrast(), groups={}, trait=np.arange(3.0))
    one = np.array([True, False, False, False])
    with pytest.raises(ClaimError, match="1 people"):
        estimate(
            np.arange(4.0), contrast(groups={"a": 1.0, "b": -1.0}), groups={"a": one, "b": ~one}
        )
