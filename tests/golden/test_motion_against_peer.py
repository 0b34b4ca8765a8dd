"""Motion against known truth and against python-rtspm, in one run; small and few, see benchmarks."""

import importlib.util
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from empatune.numerics import rigid
from empatune.numerics.realignment import estimate, prepare_reference

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
BRAIN_RMS_MM = 0.05


def benchmark(name):
    """A module of benchmarks/, which is not a package of the product."""
    spec = importlib.util.spec_from_file_location(f"benchmarks_{name}", BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def peer():
    if os.environ.get("EMPATUNE_TEST_ALL") != "1":
        pytest.importorskip("rtspm")
    return benchmark("rtspm_peer").Peer


@pytest.fixture(scope="module")
def phantoms():
    return benchmark("phantom")


def ours(volumes, image, affine):
    reference, last, found = prepare_reference(image, affine), np.zeros(6), []
    for number, volume in enumerate(volumes):
        result = estimate(volume, reference, last, coarse=number == 0)
        assert result.converged
        last = result.parameters
        found.append(rigid.matrix(last))
    return found


def errors(found, truth, points):
    pairs = zip(found, truth, strict=True)
    return np.array([rigid.rms_displacement(a, b, points=points) for a, b in pairs])


def rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


@pytest.mark.slow
def test_error_is_at_most_that_of_rtspm_where_the_motion_is_known(peer, phantoms):
    head, rng = phantoms.phantom("64x64x36"), np.random.default_rng(1)
    track = phantoms.motion(8, rng)
    image = phantoms.noisy(head.volume(np.zeros(6)), rng)
    volumes = [phantoms.noisy(head.volume(motion), rng) for motion in track]
    truth = [rigid.matrix(motion) for motion in track]
    theirs = peer(image, head.affine)
    their_error = rms(errors([theirs.realign(v) for v in volumes], truth, head.brain_points))
    our_error = rms(errors(ours(volumes, image, head.affine), truth, head.brain_points))
    assert our_error <= their_error
    assert our_error < BRAIN_RMS_MM


@pytest.mark.slow
@pytest.mark.parametrize("run", ["siemens_nf_run", "siemens_objects_run-1"])
def test_real_runs_agree_with_spm_quality_realignment(peer, testdata, run):
    runs = benchmark("real_runs")
    volumes, affine = runs.mosaics(testdata / runs.RUNS[run])
    image = volumes[0]
    some = volumes[:: len(volumes) // 8]
    theirs = peer(image, affine, precise=True)
    matrices = [theirs.realign(volume) for volume in some]
    brain = np.argwhere(image > 0.25 * np.percentile(image, 98))
    points = brain @ affine[:3, :3].T + affine[:3, 3]
    assert rms(errors(ours(some, image, affine), matrices, points)) < BRAIN_RMS_MM
