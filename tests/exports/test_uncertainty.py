"""Standard errors of z must rest on the very spread by which the loop divided."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from empatune.exports.history import SessionHistory, VolumeHistory
from empatune.exports.uncertainty import standard_errors
from empatune.realtime.feedback.controller import FeedbackController
from empatune.realtime.feedback.protocol import make_timeline
from empatune.realtime.messages import Decoded, Response, VolumeLost
from empatune.realtime.study import loads

STUDY = """
[protocol]
repeat = 3
[[protocol.blocks]]
condition = "rest"
duration_s = 24
[[protocol.blocks]]
condition = "care"
duration_s = 20
feedback = true
[score]
delay_s = 5
"""


def _volume(index, timeline, decoded, *, status="decoded"):
    block = timeline.block_at(index)
    return VolumeHistory(
        index=index,
        status=status,
        reason="",
        received=None,
        aligned=None,
        decoded=decoded,
        position=index,
        block=-1 if block is None else block.number,
        condition="" if block is None else block.condition,
        during=None,
        derived=None,
        paused=False,
        waited=False,
        follows=True,
        timing=None,
    )


def test_they_divide_by_the_baseline_before_the_volume():
    rng = np.random.default_rng(5)
    study = loads(STUDY)
    timeline = make_timeline(study, 2.0)
    controller = FeedbackController(study, timeline, signatures=("care", "distress"))
    state, volumes, expected = controller.init(), [], []
    for index in range(timeline.n_volumes):
        if index == 17:
            state, _ = controller.step(state, VolumeLost(index=index, reason="test"))
            volumes.append(_volume(index, timeline, None, status="lost"))
            expected.append(np.nan)
            continue
        usable = index not in (5, 9, 30)
        responses = {
            name: Response(
                raw=0.0, cleaned=float(rng.normal()), standard_error=float(rng.random()), z=0.0
            )
            for name in ("care", "distress")
        }
        decoded = Decoded(index=index, signatures=responses, systems={}, usable=usable)
        decoded = controller.standardised(state, decoded)
        care = decoded.signatures["care"]
        expected.append(care.standard_error / state.baseline.sd[0] if care.z else np.nan)
        volumes.append(_volume(index, timeline, decoded, status="decoded" if usable else "marked"))
        state, _ = controller.step(state, decoded)
    history = SessionHistory(
        folder=Path(),
        facts={"study": study.to_json()},
        overview={
            "tr_s": 2.0,
            "blocks": [
                {
                    "condition": b.condition,
                    "start": b.start,
                    "n_volumes": b.n_volumes,
                    "feedback": b.feedback,
                }
                for b in timeline.plan()
            ],
        },
        volumes=tuple(volumes),
        entries=(),
        n_entries=0,
        last_wall_s=0.0,
        arrivals=(),
    )
    assert np.isfinite(expected).sum() > 40
    assert standard_errors(history, "signatures", "care") == pytest.approx(expected, nan_ok=True)
