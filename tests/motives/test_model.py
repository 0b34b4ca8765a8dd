"""The model: context acts through motives alone, and motives act as the framework says."""

import numpy as np
import pytest

from empatune.core import situation
from empatune.errors import UsageError
from empatune.motives import PARAMETERS, Experiment, expect, population, simulate
from empatune.motives.appraisal import APPROACH, AVOIDANCE

PAIN, JOY = {"affect": -0.8}, {"affect": 0.8}
MIDDLE = 1
DEFAULT = {each.name: each.default for each in PARAMETERS}


def people(n=MIDDLE, **overrides):
    """Return people who are all in the middle of the population."""
    values = DEFAULT | overrides
    return {name: np.full(n, value) for name, value in values.items()}


def see(*contexts, person=None, **given):
    """Take one person through situations, one trial each."""
    rows = np.array([[situation(context) for context in contexts]])
    given = {name: np.asarray(value)[None] for name, value in given.items() if name != "alike"} | {
        name: value for name, value in given.items() if name == "alike"
    }
    return expect(person or people(), Experiment.of(rows, **given))


MORE_EMPATHY = [
    {"membership": 1},
    {"closeness": 0.8},
    {"similarity": 0.8},
    {"kindness": 0.8},
    {"desirability": 0.8},
    {"incentive": 0.8},
    {"goal": 1},
]
LESS_EMPATHY = [
    {"membership": -1},
    {"kindness": -0.8},
    {"goal": -1},
    {"competition": 1},
    {"cost": 0.8},
    {"exhaustion": 0.8},
]


@pytest.mark.parametrize("context", MORE_EMPATHY, ids=lambda c: next(iter(c)))
def test_approach_raises_net_motive_sharing_and_concern(context):
    plain, moved = see(PAIN), see(PAIN | context)
    assert moved.net > plain.net
    assert moved.components.shared_pain > plain.components.shared_pain
    assert moved.components.concern > plain.components.concern


@pytest.mark.parametrize("context", LESS_EMPATHY, ids=lambda c: next(iter(c)))
def test_avoidance_lowers_net_motive_sharing_and_concern(context):
    plain, moved = see(PAIN), see(PAIN | context)
    assert moved.net < plain.net
    assert moved.components.shared_pain < plain.components.shared_pain
    assert moved.components.concern < plain.components.concern


@pytest.mark.parametrize("context", MORE_EMPATHY + LESS_EMPATHY, ids=lambda c: next(iter(c)))
def test_without_the_path_of_motives_context_changes_no_component_and_no_region(context):
    cut = people(coupling=0.0)
    plain, moved = see(PAIN, person=cut), see(PAIN | context, person=cut)
    assert moved.components == plain.components
    assert moved.activity == plain.activity
    assert moved.quantities["approach"] == 0.5


def test_every_motive_has_a_side_and_approach_counts_against_avoidance():
    everything = {"affect": -0.5, "membership": 1, "desirability": 1, "cost": 1, "competition": 1}
    seen = see(everything)
    assert set(seen.motives) == {*APPROACH, *AVOIDANCE}
    balance = sum(seen.motives[n] for n in APPROACH) - sum(seen.motives[n] for n in AVOIDANCE)
    assert seen.net == pytest.approx(balance + DEFAULT["disposition"])


def test_efficacy_takes_exhaustion_away():
    tired, able = see({"exhaustion": 0.8}), see({"exhaustion": 0.8, "efficacy": 1})
    assert tired.quantities["approach"] < 0.5
    rested = see({})
    assert able.quantities["approach"] == rested.quantities["approach"] > 0.5


def test_a_rival_s_failure_is_liked_and_moves_the_striatum_up():
    rival = {"membership": -1, "competition": 1}
    seen = see(rival | PAIN, rival | JOY, {"membership": 1} | PAIN)
    assert seen.components.value[0, 0] > 0 > seen.components.value[0, 1]
    assert seen.components.value[0, 2] < 0
    assert seen.activity["VS"][0, 0] > seen.activity["VS"][0, 1]


def test_a_computer_has_no_feelings_to_share():
    seen = see(PAIN | {"mind": 0})
    assert seen.components.shared_pain == 0
    assert seen.components.concern == 0


def test_concern_keeps_sharing_from_turning_into_distress():
    poor, rich = see(PAIN, person=people(concern=0.2)), see(PAIN, person=people(concern=4.0))
    assert rich.components.shared_pain == poor.components.shared_pain
    assert rich.components.distress < poor.components.distress


def test_concern_strengthens_approach_and_distress_avoidance_on_later_trials():
    warm = see(PAIN, PAIN, PAIN, person=people(aversion=0.0))
    averse = see(PAIN, PAIN, PAIN, person=people(warmth=0.0))
    assert (np.diff(warm.net[0]) > 0).all()
    assert (np.diff(averse.net[0]) < 0).all()


def test_shared_suffering_disturbs_mentalizing():
    thought = {"thought": 1}
    assert (
        see(thought | PAIN).components.mentalizing[0, 0] < see(thought).components.mentalizing[0, 0]
    )


def test_kindness_is_learned_and_carries_over_by_likeness():
    alike = np.array([[1, 0.8, 0.2], [0.8, 1, 0.2], [0.2, 0.2, 1.0]])
    given = {
        "target": [0, 0, 0, 1, 2, 0],
        "outcome": [1, 1, 1, np.nan, np.nan, np.nan],
        "alike": alike,
    }
    seen = see(*[PAIN] * 6, **given)
    belief, rate, shared = seen.belief[0], DEFAULT["learning"], DEFAULT["generalization"]
    itself = 1 - (1 - rate) ** np.arange(4)
    assert belief[[0, 1, 2, 5]] == pytest.approx(itself)
    assert belief[3] == pytest.approx(shared * 0.8 * itself[3])
    assert belief[4] == pytest.approx(shared * 0.2 * itself[3])
    assert seen.surprise[0, :3] == pytest.approx(1 - itself[:3])
    calm = see(*[PAIN] * 6, person=people(surprise=0.0), **given)
    extra = seen.activity["AI"] - calm.activity["AI"]
    assert extra == pytest.approx(DEFAULT["surprise"] * seen.surprise)


def test_a_cue_learns_from_pain_that_is_shared():
    trials = {"cue": [0, 0, 0, 1, 0]}
    kind = see(*[PAIN | {"goal": 1}] * 3, {}, {}, **trials).quantities["conditioned"][0]
    cold = see(*[PAIN | {"goal": -1}] * 3, {}, {}, **trials).quantities["conditioned"][0]
    assert kind[0] == kind[3] == 0
    assert kind[4] > cold[4] > 0
    seen = people(resonance=0.0)
    same = [
        see(*[PAIN | {"goal": goal}] * 3, {}, {}, person=seen, **trials).quantities["conditioned"]
        for goal in (-1, 1)
    ]
    assert np.array_equal(*same)


def test_trainings_raise_their_own_component():
    def after(training):
        return see(PAIN | {"thought": 1}, training=[training]).components

    plain, empathy, compassion, perspective = map(
        after, ([0.0, 0, 0], [1.0, 0, 0], [0.0, 1, 0], [0.0, 0, 1])
    )
    assert empathy.shared_pain > plain.shared_pain
    assert empathy.distress > plain.distress
    assert compassion.concern > plain.concern
    assert compassion.distress < plain.distress
    assert perspective.mentalizing > plain.mentalizing


def test_feedback_teaches_a_policy_and_that_of_others_does_not():
    n = 40
    rows = np.tile(situation(PAIN), (n, 150, 1))
    group = population(n, seed=5)
    end = {}
    for arm, shown in (("own", 1.0), ("sham", -1.0), ("none", 0.0)):
        given = Experiment.of(rows, feedback=np.full((n, 150), shown))
        end[arm] = simulate(group, given, seed=6).seen.policy[:, -1]
    assert end["own"].mean() > 4 * end["own"].std() / np.sqrt(n)
    assert abs(end["sham"].mean()) < 3 * end["sham"].std() / np.sqrt(n)
    assert not end["none"].any()


def test_the_same_seed_gives_the_same_bits_and_another_one_others():
    rows = np.tile(situation(PAIN), (3, 5, 1))
    one, same, other = (
        simulate(population(3, seed=s), Experiment.of(rows), seed=s) for s in (1, 1, 2)
    )
    assert one.responses["care"].tobytes() == same.responses["care"].tobytes()
    assert one.activity["VS"].tobytes() == same.activity["VS"].tobytes()
    assert not np.array_equal(one.responses["care"], other.responses["care"])


def test_choices_are_as_frequent_as_their_probability():
    rows = np.tile(situation({"exhaustion": 0.5}), (100, 200, 1))
    found = simulate(people(100), Experiment.of(rows), seed=3)
    expected = found.seen.quantities["approach"]
    assert np.ptp(expected) == 0
    assert found.responses["approach"].mean() == pytest.approx(expected[0, 0], abs=0.01)


def test_people_and_experiment_must_have_the_same_number():
    with pytest.raises(UsageError, match="2 people were given for an experiment with 1"):
        simulate(people(2), Experiment.of(np.zeros((1, 4, 16))), seed=1)


def test_the_appeal_of_a_target_is_a_motive_of_ones_own():
    pair = Experiment.of(
        np.array([[situation(PAIN)] * 3]), target=np.array([[0, 1, -1]]), alike=np.eye(2)
    )
    plain, moved = (
        expect(people(warmth=0.0, aversion=0.0), pair, appeal=np.array([values]))
        for values in ((0.0, 0.0), (1.5, -1.0))
    )
    shift = DEFAULT["affinity"] * np.array([[1.5, -1.0, 0.0]])  # strangers have none
    assert moved.net - plain.net == pytest.approx(shift)
    assert moved.quantities["closeness"] - plain.quantities["closeness"] == pytest.approx(shift)
    cut = expect(people(coupling=0.0), pair, appeal=np.array([[1.5, -1.0]]))
    assert cut.net == pytest.approx(0.0)


def test_people_differ_in_whom_they_like():
    pair = Experiment.of(
        np.tile(situation(PAIN), (400, 2, 1)), target=np.tile([0, 1], (400, 1)), alike=np.eye(2)
    )
    seen = simulate(people(400, warmth=0.0, aversion=0.0), pair, seed=1).seen
    gap = seen.net[:, 0] - seen.net[:, 1]
    assert gap.std() == pytest.approx(DEFAULT["affinity"] * np.sqrt(2), rel=0.1)
    assert abs(np.corrcoef(seen.net.T)[0, 1]) < 0.15
