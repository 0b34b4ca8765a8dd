"""Recovery: people's parameters of the framework are found again from their answers."""

from __future__ import annotations

import numpy as np
import pytest

from empatune import paradigms
from empatune.errors import UsageError
from empatune.motives import population, simulate
from empatune.motives.fitting import FREE, IDENTIFIABLE, fit
from empatune.motives.parameters import BY_NAME, to_scale
from empatune.simulation.cohort import Layout, to_experiment

pytestmark = pytest.mark.slow  # compiling the fit takes long, fitting does not

N = 30
CHOSEN = ("kindness", "cost", "concern", "welfare", "learning", "group")


@pytest.fixture(scope="module")
def study():
    design = paradigms.load("battery")
    experiment = to_experiment(Layout.of(design.draw(N, 3)), design)
    people = population(N, seed=3)
    simulated = simulate(people, experiment, seed=3)
    answers = {each.of: simulated.responses[each.of] for each in design.responses.values()}
    return experiment, people, answers


def _z(name, values):
    parameter = BY_NAME[name]
    middle = to_scale(parameter, parameter.default)
    return np.array([(to_scale(parameter, v) - middle) / parameter.spread for v in values])


def _fitted(study, identification):
    experiment, people, answers = study
    others = {name: values for name, values in people.items() if name not in CHOSEN}
    found = fit(experiment, answers, free=CHOSEN, fixed=others | {"identification": identification})
    true = {name: _z(name, people[name]) for name in CHOSEN}
    return found, true


def test_parameters_called_identifiable_are_recovered_with_honest_errors(study):
    found, true = _fitted(study, study[1]["identification"])
    assert found.converged.all()
    for place, name in enumerate(CHOSEN):
        assert np.corrcoef(true[name], found.z[:, place])[0, 1] > 0.8, name
        inside = np.abs(found.z[:, place] - true[name]) < 1.96 * found.sd[:, place]
        # of 30 people, fewer than 24 inside 95 % intervals has a chance below 1 in 200
        assert inside.sum() >= 24, name


def test_group_cannot_be_told_where_identification_is_unknown(study):
    found, true = _fitted(study, BY_NAME["identification"].default)
    place = CHOSEN.index("group")
    assert np.corrcoef(true["group"], found.z[:, place])[0, 1] < 0.8
    product = _z("group", study[1]["group"]) * BY_NAME["group"].spread
    product += np.log(study[1]["identification"] / BY_NAME["identification"].default)
    assert np.corrcoef(product, found.z[:, place])[0, 1] > 0.8


def test_what_is_called_identifiable_is_fitted():
    assert set(IDENTIFIABLE) < set(FREE)
    assert "group" not in IDENTIFIABLE


@pytest.mark.parametrize(
    ("fixed", "message"),
    [
        ({"identification": np.ones(4)}, r"shape \(4,\); give one number, or one for each"),
        ({"identification": 2.0}, "identification is 2; allowed is 0 to 1"),
        ({"identity": 1.0}, "no parameter 'identity'"),
    ],
)
def test_impossible_fixed_values_are_refused(study, fixed, message):
    experiment, _, answers = study
    with pytest.raises(UsageError, match=message):
        fit(experiment, answers, free=CHOSEN, fixed=fixed)
