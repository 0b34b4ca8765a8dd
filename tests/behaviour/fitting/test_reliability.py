"""Reliability between sessions, in simulated people who keep what they have or do not."""

from dataclasses import replace

import numpy as np
import pytest
from tests.behaviour.learners import learners

from empatune.behaviour.catalogue import find_model
from empatune.behaviour.fitting.hierarchy import fit_group
from empatune.behaviour.fitting.reliability import consistency, reliability_of
from empatune.behaviour.simulation import simulate
from empatune.behaviour.variation import by_session
from empatune.errors import BehaviourError

SESSIONS = ("1", "2")


def test_consistency_is_that_of_the_published_table():
    # Shrout and Fleiss 1979, doi:10.1037/0033-2909.86.2.420, table 2: ICC(3,1) = .71
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    assert consistency(np.array(ratings, float)) == pytest.approx(0.71, abs=0.005)


def test_group_finds_which_parameter_is_kept():
    model = by_session(find_model("learning"), SESSIONS)
    rng = np.random.default_rng(3)
    _, trials = learners(30, 240)
    columns = {**trials.columns, "session": np.tile(np.arange(240) >= 120, (30, 1)).astype(float)}
    trials = replace(trials, columns=columns)
    kept, first, second = rng.normal(size=(3, 30))
    values = {
        "rate_1": 1 / (1 + np.exp(1 - first)),
        "rate_2": 1 / (1 + np.exp(1 - second)),
        "precision_1": np.exp(1.3 + 0.5 * kept),
        "precision_2": np.exp(1.3 + 0.5 * kept),
    }
    played = simulate(model, values, trials, seed=2)
    fitted = fit_group(model, played, correlated=True)
    found = reliability_of(fitted, SESSIONS)
    rate, precision = found
    assert (rate.parameter, precision.parameter) == ("rate", "precision")
    assert precision.correlation > 0.8
    assert abs(rate.correlation - np.corrcoef(first, second)[0, 1]) < 0.3
    apart = replace(fitted.group, covariance=np.diag(np.diag(fitted.group.covariance)))
    with pytest.raises(BehaviourError, match="correlated=True"):
        reliability_of(replace(fitted, group=apart), SESSIONS)
    with pytest.raises(BehaviourError, match="no parameter of the sessions a and b"):
        reliability_of(fitted, ("a", "b"))
