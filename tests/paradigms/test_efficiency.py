"""How well a design tells its contrasts apart."""

from __future__ import annotations

import numpy as np
import pytest

from empatune.errors import ParadigmError
from empatune.numerics.design import convolved_boxcars
from empatune.paradigms import load, loads
from empatune.paradigms.efficiency import design_matrix, efficiency, inflation
from empatune.paradigms.paradigm import Paradigm


def one_run(design: Paradigm):
    trials = design.draw(len(design.groups), 0)
    first = trials[(trials["participant"] == "001") & (trials["run"] == 1)]
    return first[first["session"] == first["session"].iloc[0]]


def test_efficiency_is_that_of_the_formula(small: str) -> None:
    design = loads(small)
    table = efficiency(design, seed=0, n_orders=1).set_index("contrast")
    trials = design.draw(2, 0)
    mine = trials[(trials["group"] == "asked") & (trials["run"] == 1)]
    variance = 0.0
    for session in ("before", "after"):
        matrix = design_matrix(design, mine[mine["session"] == session])
        weights = np.zeros(matrix.shape[1])
        weights[matrix.columns.get_loc("friend_pain")] = 0.5
        weights[matrix.columns.get_loc("stranger_pain")] = -0.5
        x = matrix.to_numpy()
        variance += weights @ np.linalg.inv(x.T @ x) @ weights / 2  # two runs
    assert table.loc["closeness", "efficiency"] == pytest.approx(1 / variance)
    assert table.loc["closeness", "best"] >= table.loc["closeness", "efficiency"]
    assert table.loc["closeness", "share"] <= 1


def test_regressors_are_the_haemodynamic_response_to_their_phases(small: str) -> None:
    design = loads(small)
    trials = one_run(design)
    matrix = design_matrix(design, trials)
    mine = trials[trials["condition"] == "friend_pain"]
    expected = convolved_boxcars(
        mine["onset_pain"], mine["duration_pain"], n_volumes=len(matrix), tr_s=2.0
    )
    # ours are of the middle of a volume, nilearn's of its start
    times = matrix.index.to_numpy()
    shifted = np.interp(times, times + 1.0, expected)
    assert np.corrcoef(matrix["friend_pain"], shifted)[0, 1] > 0.98


def test_twice_the_runs_are_twice_the_efficiency(small: str) -> None:
    once = efficiency(loads(small), n_orders=1)["efficiency"]
    twice = efficiency(loads(small.replace("runs = 2", "runs = 4")), n_orders=1)["efficiency"]
    np.testing.assert_allclose(twice / once, 2, rtol=0.2)  # other pauses are drawn


def test_longer_pauses_share_less_variance(small: str) -> None:
    tight = small.replace("iti_s = { low = 2, high = 5 }", "iti_s = 0.5")
    loose = small.replace("iti_s = { low = 2, high = 5 }", "iti_s = 14")
    assert inflation(loads(tight))["vif"].max() > 1.5 * inflation(loads(loose))["vif"].max()


def test_inflation_is_that_of_a_regression_on_the_others(small: str) -> None:
    design = loads(small)
    found = inflation(design, seed=0).set_index(["group", "session", "regressor"])["vif"]
    matrix = design_matrix(design, one_run(design))
    others = matrix.drop(columns="rating").to_numpy()
    y = matrix["rating"].to_numpy()
    rest = y - others @ np.linalg.lstsq(others, y, rcond=None)[0]
    assert found["asked", "before", "rating"] == pytest.approx(y.var() / rest.var(), rel=1e-6)


def test_a_phase_can_be_chosen_for_a_contrast() -> None:
    design = load("kanske-2015")
    assert design.contrasts["mentalizing"].phase == "question"
    question = efficiency(design, n_orders=1).set_index("contrast")["efficiency"]["mentalizing"]
    from dataclasses import replace

    clip = replace(design.contrasts["mentalizing"], phase=None)
    changed = replace(design, contrasts={"mentalizing": clip})
    assert efficiency(changed, n_orders=1)["efficiency"][0] != pytest.approx(question)


def test_without_a_scanner_there_are_no_regressors() -> None:
    with pytest.raises(ParadigmError, match=r"cameron-2019 nobody is scanned.*tr_s"):
        efficiency(load("cameron-2019"))


def test_progress_is_told(small: str) -> None:
    told: list[int] = []
    efficiency(loads(small), n_orders=2, progress=told.append)
    assert told == [1, 2, 3]
