"""The simulated participant: repeatable, real motion, states that signatures can see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from empatune.errors import UsageError
from empatune.numerics import realignment, rigid
from empatune.simulation import head, patterns
from empatune.simulation.learning import Seen
from empatune.simulation.motion import MotionSettings
from empatune.simulation.participant import ParticipantSettings, SimulatedParticipant
from empatune.simulation.physiology import NoiseSettings
from empatune.simulation.signatures import synthetic

MAPS = {name: synthetic(name) for name in ("care", "distress")}
SMALL = ParticipantSettings(seed=3, shape=(32, 40, 26), voxel_size_mm=(5.5, 5.5, 5.5))
STILL = MotionSettings(
    wander_mm_per_min=0, wander_deg_per_min=0, jumps_per_min=0, nods_per_min=0, breath_mm=0
)
QUIET = NoiseSettings(
    thermal_percent=0,
    local_percent=0,
    network_percent=0,
    breath_percent=0,
    heart_percent=0,
    drift_percent=0,
)
CARE = Seen(phase="care", elapsed=0.5)


def run(settings: ParticipantSettings, seen: list[Seen]):
    person = SimulatedParticipant(settings, MAPS, n_volumes=len(seen))
    moments = [person.live(what) for what in seen]
    return person, moments


def response(name: str, image: np.ndarray, person: SimulatedParticipant) -> float:
    """Respond as a slow decoder would: weights brought to the EPI by the true affine."""
    weights = MAPS[name]
    to_map = np.linalg.inv(person.mni_to_world @ weights.grid.affine) @ person.grid.affine
    moved = ndimage.affine_transform(
        weights.weights,
        to_map[:3, :3],
        offset=to_map[:3, 3],
        output_shape=image.shape,
        order=1,
    )
    return float((ndimage.gaussian_filter(moved, 0.5) * image).sum())


def test_volumes_are_images_of_a_brain():
    person, moments = run(SMALL, [CARE] * 2)
    image = person.scan(moments[0])
    assert image.dtype == np.int16
    assert image.shape == person.grid.shape
    inside = image[image > 400]
    brain_ml = inside.size * 5.5**3 / 1000
    assert 1200 < brain_ml < 2400
    assert image[:2, :2].mean() < 20


def test_same_seed_same_images_in_any_order():
    one, moments = run(SMALL, [CARE] * 8)
    two, others = run(SMALL, [CARE] * 8)
    forwards = [one.scan(moment) for moment in moments]
    backwards = [two.scan(moment) for moment in reversed(others)][::-1]
    assert all(np.array_equal(a, b) for a, b in zip(forwards, backwards, strict=True))


def test_longer_run_begins_the_same():
    short, moments = run(SMALL, [CARE] * 4)
    long, others = run(SMALL, [CARE] * 9)
    assert np.array_equal(short.scan(moments[3]), long.scan(others[3]))


def test_restart_forgets():
    person, moments = run(SMALL, [replace(CARE, value=0.8)] * 5)
    person.restart()
    again = [person.live(replace(CARE, value=0.8)) for _ in range(5)]
    assert np.array_equal(moments[-1].habit, again[-1].habit)
    assert moments[-1].care == again[-1].care


@pytest.mark.parametrize("name", ["care", "distress"])
def test_signature_sees_its_own_state_more_than_the_other(name):
    settings = replace(SMALL, noise=QUIET, motion=STILL)
    person, (moment,) = run(settings, [Seen()])
    states = {"care": 0, "distress": 1}

    def moved_by(state: str) -> float:
        course = np.zeros(patterns.N_STATES)
        course[states[state]] = 1.0
        base = person.scan(replace(moment, response=np.zeros(patterns.N_STATES)))
        return response(name, person.scan(replace(moment, response=course)) - base, person)

    other = next(state for state in states if state != name)
    assert moved_by(name) > 0
    assert abs(moved_by(other)) < 0.6 * moved_by(name)


def test_strongest_voxels_change_by_about_a_percent():
    settings = replace(SMALL, noise=QUIET, motion=STILL)
    person, (moment,) = run(settings, [Seen()])
    course = np.array([1.0, 0, 0, 0])
    rest = person.scan(replace(moment, response=np.zeros(4))).astype(float)
    moved = person.scan(replace(moment, response=course)) - rest
    percent = 100 * np.abs(moved[rest > 400]) / rest[rest > 400]
    assert 0.5 < np.percentile(percent, 99.5) < 1.5


def test_motion_is_rigid_motion_of_the_head():
    settings = replace(SMALL, noise=QUIET, motion=STILL)
    person, (moment,) = run(settings, [Seen()])
    truth = np.array([0.4, -0.7, 0.9, 0.01, -0.006, 0.008])
    reference = person.scan(moment).astype(np.float32)
    moved = person.scan(replace(moment, motion=truth)).astype(np.float32)
    found = realignment.estimate(
        moved, realignment.prepare_reference(reference, person.grid.affine), start=np.zeros(6)
    )
    points = person.mni_to_world[:3, 3] + np.random.default_rng(0).normal(0, 40, (100, 3))
    error = rigid.rms_displacement(
        rigid.matrix(truth), rigid.matrix(found.parameters), points=points
    )
    assert error < 0.2


def test_temporal_noise_is_that_of_real_runs():
    person, moments = run(SMALL, [Seen()] * 60)
    series = np.stack([person.scan(moment) for moment in moments]).astype(float)
    brain = series.mean(axis=0) > 500
    time = np.linspace(-1, 1, 60)
    design = np.column_stack([np.ones(60), time, time**2])
    voxels = series[:, brain]
    noise = voxels - design @ np.linalg.lstsq(design, voxels, rcond=None)[0]
    tsnr = np.median(voxels.mean(axis=0) / noise.std(axis=0))
    lag_1 = np.median((noise[1:] * noise[:-1]).sum(axis=0) / (noise**2).sum(axis=0))
    assert 60 < tsnr < 110
    assert 0.02 < lag_1 < 0.5


def test_needs_both_maps_and_an_end():
    with pytest.raises(UsageError, match="distress"):
        SimulatedParticipant(SMALL, {"care": MAPS["care"]}, n_volumes=3)
    person, _ = run(SMALL, [Seen()] * 2)
    with pytest.raises(UsageError, match="2 volumes"):
        person.live(Seen())


def test_stand_ins_overlap_as_the_published_markers_do():
    inside = head.load(3.0).brain
    care, distress = (MAPS[name].weights[inside] for name in ("care", "distress"))
    assert np.corrcoef(care, distress)[0, 1] == pytest.approx(0.215, abs=1e-4)
    assert np.array_equal(synthetic("care").weights, MAPS["care"].weights)
    assert not np.array_equal(synthetic("vps").weights, MAPS["care"].weights)


def test_stand_in_of_care_weighs_the_ventral_striatum():
    grid = MAPS["care"].grid
    at = np.linalg.inv(grid.affine) @ [-8, 8, -6, 1]
    place = tuple(np.rint(at[:3]).astype(int))
    assert MAPS["care"].weights[place] > 1.0
    assert MAPS["care"].weights[place] > MAPS["distress"].weights[place]


def test_another_run_has_the_same_brain_and_other_noise():
    still = replace(SMALL, motion=STILL)
    images = {}
    for occasion in (0, 1, 2):
        person, moments = run(replace(still, occasion=occasion), [Seen(phase="rest")] * 2)
        images[occasion] = [person.scan(moment).astype(float) for moment in moments]
        assert person.describe()["occasion"] == occasion
    inside = images[0][0] > 400
    noise = {n: (pair[1] - pair[0])[inside] for n, pair in images.items()}
    for one, other in ((0, 1), (1, 2)):
        assert np.corrcoef(images[one][0][inside], images[other][0][inside])[0, 1] > 0.98
        assert abs(np.corrcoef(noise[one], noise[other])[0, 1]) < 0.2
