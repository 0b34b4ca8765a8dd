"""Values and prediction errors on their way into events and models of runs."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from tests.behaviour.learners import as_table, learners

from empatune.behaviour.bridges import modulated, parameters_of, quantities_for, with_quantities
from empatune.behaviour.catalogue import find_model
from empatune.behaviour.fitting import Fit
from empatune.behaviour.tables import quantity_table
from empatune.behaviour.trials import trials_of
from empatune.errors import BehaviourError, UsageError


@lru_cache
def fitted():
    _, trials = learners(n_people=6, n_trials=40)
    table = as_table(trials)
    table["run"] = (table["trial"] - 1) // 20 + 1
    model = find_model("learning")
    scaled = np.random.default_rng(3).normal([-1, 1.2], [0.8, 0.3], (6, 2))
    found = Fit(
        model=model,
        method="map",
        trials=trials_of(table, model),
        scaled=scaled,
        covariance=np.zeros((6, 2, 2)),
        log_likelihood=np.zeros(6),
        log_evidence=np.zeros(6),
        converged=np.ones(6, bool),
    )
    return table, found


def events_of(table: pd.DataFrame) -> list[pd.DataFrame]:
    """Give each run a cue and an outcome a trial."""
    runs = []
    for _, own in table.groupby("run"):
        onset = 4.0 + 8.0 * np.arange(len(own))
        cue = pd.DataFrame({"onset": onset, "duration": 2.0, "trial_type": "cue"})
        outcome = cue.assign(onset=onset + 4, trial_type="outcome")
        for part in (cue, outcome):
            part["trial"] = own["trial"].to_numpy()
        runs.append(pd.concat([cue, outcome]).sort_values("onset", ignore_index=True))
    return runs


def by_hand(own: pd.DataFrame, rate: float) -> list[float]:
    """Follow a person without the room's own machinery."""
    cues, errors = [0.5, 0.5], []
    for choice, outcome in zip(own["choice"], own["outcome"], strict=True):
        if np.isnan(choice):
            errors.append(np.nan)
            continue
        errors.append(outcome - cues[int(choice)])
        cues[int(choice)] += rate * errors[-1]
    return errors


def test_prediction_errors_arrive_at_the_outcome_of_their_trial() -> None:
    table, found = fitted()
    own = table[table["participant"] == "p3"]
    runs = with_quantities(events_of(own), quantities_for(found, "sub-p3"), trial_types=["outcome"])
    joined = pd.concat(runs)
    outcome = joined[joined["trial_type"] == "outcome"]
    expected = by_hand(own, found.values["rate"][3])
    assert np.allclose(outcome["prediction_error"], expected, equal_nan=True, atol=1e-12)
    assert joined.loc[joined["trial_type"] == "cue", "prediction_error"].isna().all()
    assert [len(run) for run in runs] == [40, 40]

    keys = ("run", "trial")
    made = quantities_for(found, "p3", table=table, keys=keys)
    shuffled = [
        run.assign(run=number).sample(frac=1, random_state=0)
        for number, run in enumerate(events_of(own), start=1)
    ]
    keyed = pd.concat(with_quantities(shuffled, made, trial_types=["outcome"], keys=keys))
    keyed = keyed[keyed["trial_type"] == "outcome"].sort_values("trial")
    assert np.allclose(keyed["prediction_error"], expected, equal_nan=True, atol=1e-12)


def test_the_group_s_parameters_are_one_set_for_all() -> None:
    table, found = fitted()
    group = parameters_of(found, "group")
    assert len(set(group["rate"])) == 1 < len(set(found.values["rate"]))
    assert group["rate"][0] == pytest.approx(np.median(found.values["rate"]), abs=0.03)
    made = quantities_for(found, "p3", whose="group")
    own = table[table["participant"] == "p3"]
    errors = by_hand(own, group["rate"][0])
    assert np.allclose(made["prediction_error"], errors, equal_nan=True, atol=1e-12)
    whole = quantity_table(found, "group")
    assert whole.notes["ParameterValues"]["rate"] == pytest.approx(group["rate"][0])
    mine = np.array(whole.column("participant")) == "p3"
    assert np.allclose(
        np.array(whole.column("prediction_error"))[mine], errors, equal_nan=True, atol=1e-12
    )
    with pytest.raises(UsageError, match="'own' or 'group'"):
        parameters_of(found, "mine")  # type: ignore[arg-type]


def test_what_does_not_match_is_refused() -> None:
    table, found = fitted()
    own = table[table["participant"] == "p1"]
    runs, made = events_of(own), quantities_for(found, "p1")
    with pytest.raises(BehaviourError, match="80 events and 40 trials of p1"):
        with_quantities(runs, made)
    with pytest.raises(BehaviourError, match="20 events of type outcome and 40 trials"):
        with_quantities(runs[:1], made, trial_types=["outcome"])
    with pytest.raises(BehaviourError, match=r"No event is of type feedback\. Types: cue, outcome"):
        with_quantities(runs, made, trial_types=["feedback"])
    with pytest.raises(BehaviourError, match="was not fitted"):
        quantities_for(found, "p9")
    with pytest.raises(BehaviourError, match="no column scan"):
        quantities_for(found, "p1", table=table, keys=("scan",))
    keyed = quantities_for(found, "p1", table=table, keys=("trial",))
    far = [run.assign(trial=run["trial"] + 100) for run in runs]
    same = [run.assign(trial=1) for run in runs]
    with pytest.raises(BehaviourError, match="40 events have no trial, the first trial 101"):
        with_quantities(far, keyed, trial_types=["outcome"], keys=("trial",))
    with pytest.raises(BehaviourError, match="trial 1 is there more than once in the events"):
        with_quantities(same, keyed, trial_types=["outcome"], keys=("trial",))


def test_modulators_recover_what_a_signal_follows() -> None:
    """Nilearn's own design: mean response 2, 1.5 more a unit of prediction error."""
    from nilearn.glm.first_level import make_first_level_design_matrix

    table, found = fitted()
    own = table[table["participant"] == "p0"]
    made = quantities_for(found, "p0")
    run = with_quantities(events_of(own), made, trial_types=["outcome"])[0]
    assert run["prediction_error"].isna().sum() > 20  # a trial is missed
    glm = modulated(run, ["prediction_error"])
    errors = glm[glm["trial_type"] == "prediction_error"]
    assert errors["modulation"].mean() == pytest.approx(0, abs=1e-12)
    assert set(glm["trial_type"]) == {"cue", "outcome", "outcome_missed", "prediction_error"}

    design = make_first_level_design_matrix(
        np.arange(0, 200, 1.5), events=glm, drift_model=None, hrf_model="spm"
    )
    signal = 2 * design["outcome"] + 1.5 * design["prediction_error"]
    weights = np.linalg.lstsq(design.to_numpy(), signal, rcond=None)[0]
    fitted_weights = dict(zip(design.columns, weights, strict=True))
    assert fitted_weights["prediction_error"] == pytest.approx(1.5)
    assert fitted_weights["outcome"] == pytest.approx(2)

    scaled = modulated(run, ["prediction_error"], by_type=True, standardised=True)
    own_type = scaled[scaled["trial_type"] == "outcome_prediction_error"]
    assert own_type["modulation"].std(ddof=0) == pytest.approx(1)
    with pytest.raises(BehaviourError, match="does not vary"):
        modulated(run.assign(flat=1.0), ["flat"])
    with pytest.raises(BehaviourError, match="no quantity surprise"):
        modulated(run, ["surprise"])
