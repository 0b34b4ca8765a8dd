"""Answers of regions by a general linear model."""

from __future__ import annotations

import numpy as np
import pytest

from empatune.connectivity.series import Series
from empatune.errors import ConnectivityError
from empatune.motives.activity import activity_of, answer_weights
from empatune.motives.classification.features import activity_view, correlation_view


def recorded(inputs: np.ndarray | None = None) -> Series:
    rng = np.random.default_rng(0)
    if inputs is None:
        inputs = np.zeros((3200, 2))
        inputs[(np.arange(3200) % 320) < 16, 0] = 1
        inputs[(np.arange(3200) % 448) // 16 == 9, 1] = 1
    return Series(signals=rng.standard_normal((200, 3)), inputs=inputs, tr_s=2.0, bin_s=0.125)


def test_answers_that_were_put_in_are_found() -> None:
    series = recorded()
    weights = answer_weights(series.timing, (0, 1), confounds=series.confounds)
    courses = np.linalg.pinv(weights)  # the least signals with an answer of 1 to each input
    wanted = np.array([[1.0, 0.5, 0.0], [0.0, 2.0, -1.0]])
    mixed = Series(signals=courses @ wanted + 7.0, inputs=series.inputs, tr_s=2.0, bin_s=0.125)
    np.testing.assert_allclose(activity_of(mixed, (0, 1)), wanted, atol=1e-9)
    assert np.abs(activity_of(series, (0, 1))).max() < 1


def test_inputs_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(ConnectivityError, match="inputs 0 to 1"):
        activity_of(recorded(), (0, 2))
    with pytest.raises(ConnectivityError, match="inputs 0 to 1"):
        activity_of(recorded(), ())
    with pytest.raises(ConnectivityError, match="told apart"):
        activity_of(recorded(), (0, 0))


def test_views_name_their_numbers() -> None:
    conditions = {"control": 0, "helping": 1}
    regions = ("ACC", "AI", "VS")
    names, values = activity_view(recorded(), conditions, regions)
    assert names[:4] == ("control ACC", "control AI", "control VS", "helping ACC")
    assert values.shape == (6,)
    full, z = correlation_view(recorded(), conditions, regions)
    assert full[0] == "control ACC-AI"
    assert z.shape == (6,)
    lagged, z = correlation_view(recorded(), conditions, regions, "lagged")
    assert lagged[0] == "control ACC<-AI"
    assert z.shape == (12,)
