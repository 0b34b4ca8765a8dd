"""Recovery test: a learner that is built into the simulation is found again in the record.

Twelve simulated people go through a session of the real engine with their own feedback, and the
same twelve, untrained again, with the feedback of another one (yoked sham). The learning rule is
the same in both arms; only what is shown differs. That the record shows learning in the first
arm and none in the second proves that the loop is closed, in time and in the right direction.
It is no evidence about people.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from empatune.realtime import study as studies
from empatune.realtime.feedback.allocation import make_donor
from empatune.realtime.messages import Aligned, Decoded, Feedback
from empatune.realtime.plan import Circumstances
from empatune.realtime.recorder import PREPARATION, Record
from empatune.realtime.session import Session
from empatune.realtime.sources.simulate import SimulatedSource
from empatune.realtime.study import BlockSettings, Study
from empatune.simulation import haemodynamics
from empatune.simulation.participant import ParticipantSettings, SimulatedParticipant
from empatune.simulation.signatures import synthetic

pytestmark = pytest.mark.slow

N_PEOPLE = 12
N_BLOCKS = 8
TR_S = 2.0
REST = BlockSettings(condition="rest", duration_s=14)
CARE = BlockSettings(condition="care", duration_s=28, feedback=True)
FIRST_REST = BlockSettings(condition="rest", duration_s=28)
MAPS = (synthetic("care"), synthetic("distress"))


@dataclass(frozen=True)
class Run:
    """What a session's record shows."""

    amplitudes: np.ndarray
    values: tuple[tuple[float, ...], ...]

    @property
    def rise(self) -> float:
        """Change of regulation from the first to the last block [SD of the noise]."""
        return float(np.polyfit(np.arange(N_BLOCKS), self.amplitudes, 1)[0]) * (N_BLOCKS - 1)


def study(preparation: Path | None = None) -> Study:
    plain = studies.loads("")
    return replace(
        plain,
        preparation=replace(
            plain.preparation,
            n_volumes=3,
            folder=None if preparation is None else str(preparation),
        ),
        protocol=replace(plain.protocol, blocks=(FIRST_REST, *(CARE, REST) * N_BLOCKS)),
    )


def session(
    folder: Path, person: int, *, donor: Run | None = None, preparation: Path | None = None
) -> Run:
    settings = ParticipantSettings(
        seed=person,
        tr_s=TR_S,
        shape=(32, 40, 26),
        voxel_size_mm=(5.5, 5.5, 5.5),
        care_percent=1.5,
        distress_percent=1.5,
    )
    plan = study(preparation)
    n_volumes = round(sum(block.duration_s for block in plan.protocol.all_blocks) / TR_S)
    maps = {signature.name: signature for signature in MAPS}
    source = SimulatedSource(SimulatedParticipant(settings, maps, n_volumes=n_volumes), pace=0)
    Session(
        folder,
        plan,
        source=source,
        signatures=MAPS,
        circumstances=Circumstances(
            synthetic=True,
            synthetic_signatures=True,
            shown_instead=None if donor is None else donor.values,
        ),
        mni_to_world=source.mni_to_world,
    ).run()
    return read(folder)


def read(folder: Path) -> Run:
    with Record(folder) as record:
        decoded = [entry.message for entry in record.entries(Decoded)]
        motion = np.array([entry.message.motion for entry in record.entries(Aligned)])
        told = [entry.message for entry in record.entries(Feedback)]
        values = make_donor(record.facts, told).values
        blocks = record.facts["overview"]["blocks"]
    raw = np.array([[d.signatures[name].raw for name in ("care", "distress")] for d in decoded])
    return Run(amplitudes=amplitudes(raw, motion, blocks), values=values)


def amplitudes(raw: np.ndarray, motion: np.ndarray, blocks: list[dict]) -> np.ndarray:
    """Fit one amplitude of care minus distress for each block, beside drift and motion."""
    n_volumes = len(raw)
    care = [block for block in blocks if block["condition"] == "care"]
    boxcars = np.zeros((n_volumes, len(care)))
    for column, block in enumerate(care):
        boxcars[block["start"] : block["start"] + block["n_volumes"], column] = 1
    expected = np.apply_along_axis(np.convolve, 0, boxcars, haemodynamics.response(TR_S))
    time = np.linspace(-1, 1, n_volumes)
    slow = [np.cos(np.pi * k * (np.arange(n_volumes) + 0.5) / n_volumes) for k in (2, 3)]
    nuisance = np.column_stack([np.ones(n_volumes), time, *slow, motion - motion.mean(axis=0)])
    design = np.column_stack([expected[:n_volumes], nuisance])
    fitted = np.linalg.lstsq(design, raw, rcond=None)[0]
    scaled = fitted[: len(care)] / (raw - design @ fitted).std(axis=0)
    return scaled[:, 0] - scaled[:, 1]


@pytest.fixture(scope="module")
def arms(tmp_path_factory) -> tuple[list[Run], list[Run]]:
    """Twelve people with their own feedback, the same twelve with that of their neighbour."""
    folder = tmp_path_factory.mktemp("learning")
    own = [session(folder / f"own-{person}", person) for person in range(N_PEOPLE)]
    sham = [
        session(
            folder / f"sham-{person}",
            person,
            donor=own[(person + 1) % N_PEOPLE],
            preparation=folder / f"own-{person}" / PREPARATION,
        )
        for person in range(N_PEOPLE)
    ]
    return own, sham


def rises(runs: list[Run]) -> np.ndarray:
    return np.array([run.rise for run in runs])


def test_sham_shows_the_values_of_another(arms):
    own, sham = arms
    for person, run in enumerate(sham):
        donor = np.concatenate(own[(person + 1) % N_PEOPLE].values)
        shown = np.concatenate(run.values)
        assert shown.size == donor.size == N_BLOCKS * CARE.duration_s / TR_S
        same = shown == donor
        held = shown == np.roll(shown, 1)  # a marked volume moves no value, in either arm
        assert (same | held)[1:].all()
        assert same.mean() > 0.8


def test_people_start_alike(arms):
    first = [np.array([run.amplitudes[0] for run in runs]) for runs in arms]
    assert abs(np.mean(first[0] - first[1])) < 0.5 * np.std(first[0])


def test_own_feedback_is_learned_from(arms):
    own, _ = arms
    found = stats.ttest_1samp(rises(own), 0, alternative="greater")
    assert found.pvalue < 0.01


def test_sham_is_not(arms):
    own, sham = arms
    assert stats.ttest_1samp(rises(sham), 0).pvalue > 0.05
    assert abs(rises(sham).mean()) < rises(own).mean() / 3


def test_arms_differ(arms):
    own, sham = arms
    found = stats.ttest_rel(rises(own), rises(sham), alternative="greater")
    assert found.pvalue < 0.01
