"""What the operator is told when study and preparation do not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.recorded_session import GRID, SHAPE, prepared

from empatune.core import Provenance, Volume
from empatune.preparation import with_decoder
from empatune.realtime import study as studies
from empatune.realtime.clock import SystemClock
from empatune.realtime.plan import Circumstances, SessionPlan
from empatune.realtime.recorder import Recorder

STUDY = """
[signatures]
feedback = ["living"]
[score.weights]
living = 1
[preparation]
folder = "{folder}"
smoothing_fwhm_mm = {fwhm}
"""


@pytest.mark.parametrize(("fwhm_mm", "n_told"), [(6.0, 0), (4.0, 1)])
def test_a_decoder_of_other_smoothing_is_told(tmp_path: Path, fwhm_mm: float, n_told: int) -> None:
    weights = np.random.default_rng(1).normal(size=SHAPE).astype(np.float32)
    ours = with_decoder(
        prepared(np.random.default_rng(0)), "living", weights, facts={"smoothing_fwhm_mm": 6.0}
    )
    ours.save(tmp_path / "prepared")
    text = STUDY.format(folder=tmp_path / "prepared", fwhm=fwhm_mm)
    volume = Volume(
        stored=np.ones(SHAPE, np.int16),
        grid=GRID,
        index=0,
        tr_s=2.0,
        received_ns=0,
        provenance=Provenance(source="replay", kind="nifti", series="s"),
    )
    with Recorder(tmp_path / "session", SystemClock()) as recorder:
        plan = SessionPlan(
            study=studies.loads(text, Path("study.toml")),
            recorder=recorder,
            signatures=(),
            mni_to_world=None,
            circumstances=Circumstances(),
        )
        notices = plan.build([volume]).notices
    told = [notice.text for notice in notices if notice.code == "other-smoothing"]
    assert len(told) == n_told
    assert all("'living' was trained with 6.0 mm" in text for text in told)
